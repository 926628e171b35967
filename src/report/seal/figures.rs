//! From levels, changes and trends to the figures of a result: every unit on every subject, each protected.

use std::collections::BTreeMap;

use super::change::{Changes, changes};
use super::choices::{ChoiceLevel, choice_levels};
use super::levels::{Levels, MedianLevel, StateLevel, UnitLevel, levels};
use super::material::{Fielded, Material, as_count};
use super::participation::{Participation, Turnout};
use super::rules::thresholds;
use super::score::{Scored, Scores, choice_subjects, complete_scores, scored_subjects, scores, together};
use super::shares::{state_answers, state_standing, unit_answers, unit_standing};
use super::trend::trends;
use crate::measure::descriptives::Moments;
use crate::measure::method::Method;
use crate::protect::figure::refusal;
use crate::protect::{Protected, Reason, Thresholds, protect, withhold};
use crate::report::model::{
    Change, CompleteCases, Family, Figure, Measured, Score, Subject, Trend, Unit, Warning,
};
use crate::round::AudienceName;

/// The figures of an audience by their keys.
pub(super) type Figures = BTreeMap<(Unit, Subject), Protected<Figure>>;

/// Below this response rate a figure carries a warning.
const LOW_RESPONSE: f64 = 0.5;

/// All figures of an audience, and what its changes were computed against. `done` is called after each subject.
pub(super) fn figures(
    material: &Material,
    audience: &AudienceName,
    fielded: &Fielded,
    done: &mut dyn FnMut(),
) -> (Figures, Vec<Family>) {
    let (changes, families) = changes(material, audience, fielded);
    let rule = thresholds(&material.present);
    let mut desk = Desk {
        fielded,
        participation: Participation::of(fielded, &rule),
        rule,
        figures: Figures::new(),
    };
    let (definition, layout) = (&material.present.definition, &material.present.layout);
    desk.responses();
    for scored in scored_subjects(definition, layout) {
        let looks_back = match &scored.subject {
            Subject::Index(index) => LooksBack {
                changes: changes_of(&changes, index),
                trends: trends(material, audience, fielded, index),
            },
            _ => LooksBack::default(),
        };
        desk.scored(&scored, &looks_back);
        done();
    }
    for chosen in choice_subjects(definition, layout) {
        let levels = choice_levels(fielded, &chosen, &desk.rule);
        desk.chosen(&chosen.subject, &levels);
        done();
    }
    (desk.figures, families)
}

/// What an index has over other subjects.
#[derive(Default)]
struct LooksBack {
    changes: BTreeMap<Unit, Change>,
    trends: BTreeMap<Unit, Trend>,
}

fn changes_of(changes: &Changes, index: &crate::survey::definition::IndexId) -> BTreeMap<Unit, Change> {
    let of_index = changes.iter().filter(|((of, _), _)| of == index);
    of_index
        .map(|((_, unit), change)| (unit.clone(), change.clone()))
        .collect()
}

/// Where the figures of an audience are put together.
struct Desk<'a> {
    fielded: &'a Fielded,
    participation: Participation,
    rule: Thresholds,
    figures: Figures,
}

impl Desk<'_> {
    /// Puts a figure, or that there is none to show. An empty and a withheld one become the same.
    fn put(&mut self, unit: Unit, subject: &Subject, figure: Option<Figure>) {
        let figure = match figure {
            Some(figure) => {
                let (n, people) = (u64::from(figure.respondents), u64::from(figure.people));
                protect(figure, n, people, &self.rule)
            }
            None => withhold(Reason::TooFewRespondents),
        };
        self.figures.insert((unit, subject.clone()), figure);
    }

    fn responses(&mut self) {
        for unit in self.fielded.units().into_keys() {
            let figure = self
                .participation
                .shown(&unit)
                .map(|turnout| participation_figure(turnout, true));
            self.put(unit, &Subject::Responses, figure);
        }
        let state = self
            .participation
            .state
            .map(|(turnout, whole)| participation_figure(turnout, whole));
        self.put(Unit::StateMean, &Subject::Responses, state);
    }

    fn scored(&mut self, scored: &Scored, back: &LooksBack) {
        let all = scores(self.fielded, &scored.form);
        let levels = levels(self.fielded, &all, &self.rule);
        let complete = match scored.subject {
            Subject::Index(_) => Some(complete_scores(self.fielded, &scored.form)),
            _ => None,
        };
        for unit in self.fielded.units().into_keys() {
            let level = levels.shown.get(&unit);
            let figure = level.and_then(|level| self.unit_figure(scored, &unit, level, complete.as_ref()));
            let figure = figure.map(|figure| looking_back(figure, &unit, back));
            self.put(unit, &scored.subject, figure);
        }
        let mean = levels
            .mean
            .as_ref()
            .and_then(|level| self.state_figure(scored, level));
        let mean = mean.map(|figure| looking_back(figure, &Unit::StateMean, back));
        self.put(Unit::StateMean, &scored.subject, mean);
        let median = self.median_figure(&levels);
        let median = median.map(|figure| looking_back(figure, &Unit::StateMedian, back));
        self.put(Unit::StateMedian, &scored.subject, median);
    }

    fn unit_figure(
        &self,
        scored: &Scored,
        unit: &Unit,
        level: &UnitLevel,
        complete: Option<&Scores>,
    ) -> Option<Figure> {
        let turnout = self.participation.shown(unit)?;
        let people = turnout.people;
        let (standing, favourable_interval) = unit_standing(&level.scores, people, &self.rule)?;
        let complete = complete.map(|complete| {
            let members = self.fielded.units().remove(unit).unwrap_or_default();
            self.complete_cases(
                &together(complete, &members),
                as_count(level.scores.len()),
                people,
            )
        });
        let estimate = &level.estimate;
        Some(Figure {
            respondents: as_count(level.scores.len()),
            people,
            response_rate: turnout.rate(),
            measured: Measured::Score(Box::new(Score {
                mean: estimate.mean,
                sd: estimate.sd,
                standard_error: estimate.se,
                interval: estimate.interval,
                interval_kind: estimate.interval_kind,
                standing,
                favourable_interval,
                complete_cases: complete,
                answers: unit_answers(scored, &level.scores, people, &self.rule),
            })),
            change: None,
            trend: None,
            warnings: warnings(turnout, true),
            method: method(&estimate.method, scored),
        })
    }

    /// Those who answered everything, where neither they nor the others are few.
    fn complete_cases(&self, complete: &[f64], respondents: u32, people: u32) -> CompleteCases {
        let n = as_count(complete.len());
        let others = respondents.saturating_sub(n);
        let is_large = |count: u32| refusal(u64::from(count), u64::from(people), &self.rule).is_none();
        let shown = is_large(n) && (others == 0 || is_large(others));
        CompleteCases {
            share: shown.then(|| f64::from(n) / f64::from(respondents.max(1))),
            mean: Moments::of(complete)
                .ok()
                .filter(|_| shown)
                .map(|moments| moments.mean),
        }
    }

    fn state_figure(&self, scored: &Scored, level: &StateLevel) -> Option<Figure> {
        let (turnout, _) = self.participation.state?;
        let (standing, favourable_interval) = state_standing(level, &self.rule)?;
        let estimate = &level.estimate;
        let respondents: usize = level.parts.iter().map(|(_, scores)| scores.len()).sum();
        Some(Figure {
            respondents: as_count(respondents),
            people: level.people,
            response_rate: turnout.rate(),
            measured: Measured::Score(Box::new(Score {
                mean: estimate.mean,
                sd: None,
                standard_error: estimate.se,
                interval: estimate.interval,
                interval_kind: estimate.interval_kind,
                standing,
                favourable_interval,
                complete_cases: None,
                answers: state_answers(scored, level, &self.rule),
            })),
            change: None,
            trend: None,
            warnings: warnings(turnout, level.is_whole),
            method: method(&estimate.method, scored),
        })
    }

    fn median_figure(&self, levels: &Levels) -> Option<Figure> {
        let level: &MedianLevel = levels.median.as_ref()?;
        let (turnout, _) = self.participation.state?;
        Some(Figure {
            respondents: level.respondents,
            people: level.people,
            response_rate: turnout.rate(),
            measured: Measured::Median {
                value: level.value,
                agencies: level.agencies,
                interval: level.interval,
            },
            change: None,
            trend: None,
            warnings: warnings(turnout, level.is_whole),
            method: Method::named("state.median-agency")
                .with("interval", "median of lower limits to median of upper limits"),
        })
    }

    fn chosen(&mut self, subject: &Subject, levels: &BTreeMap<Unit, ChoiceLevel>) {
        let units: Vec<Unit> = self
            .fielded
            .units()
            .into_keys()
            .chain([Unit::StateMean])
            .collect();
        for unit in units {
            let turnout = match unit {
                Unit::StateMean => self.participation.state.map(|(turnout, _)| turnout),
                _ => self.participation.shown(&unit),
            };
            let figure = levels.get(&unit).zip(turnout).map(|(level, turnout)| Figure {
                respondents: level.respondents,
                people: level.people,
                response_rate: turnout.rate(),
                measured: Measured::Choices {
                    options: level.options.clone(),
                },
                change: None,
                trend: None,
                warnings: warnings(turnout, level.is_whole),
                method: Method::named("share.of-respondents"),
            });
            self.put(unit, subject, figure);
        }
    }
}

fn participation_figure(turnout: Turnout, is_whole: bool) -> Figure {
    Figure {
        respondents: turnout.responses,
        people: turnout.people,
        response_rate: turnout.rate(),
        measured: Measured::Participation,
        change: None,
        trend: None,
        warnings: warnings(turnout, is_whole),
        method: Method::named("participation.count"),
    }
}

fn looking_back(mut figure: Figure, unit: &Unit, back: &LooksBack) -> Figure {
    figure.change = back.changes.get(unit).cloned();
    figure.trend = back.trends.get(unit).cloned();
    if let Some(Change::Tested(change)) = &figure.change
        && change.flagged
    {
        figure.warnings.push(Warning::WordingChanged);
    }
    figure
}

fn warnings(turnout: Turnout, is_whole: bool) -> Vec<Warning> {
    let low = (turnout.rate() < LOW_RESPONSE).then_some(Warning::LowResponse);
    let missing = (!is_whole).then_some(Warning::AgenciesMissing);
    low.into_iter().chain(missing).collect()
}

/// The estimator, and for what is made of several items how persons are scored.
fn method(estimator: &Method, scored: &Scored) -> Method {
    let items = as_count(scored.form.items().count());
    if items < 2 {
        return estimator.clone();
    }
    estimator
        .clone()
        .with("items", items)
        .with("min_items", as_count(scored.form.min_items))
        .with("min_dimensions", as_count(scored.form.min_dimensions))
}
