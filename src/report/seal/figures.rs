//! From cells, plan, changes and trends to the figures of a result: every unit, cut and subject, each protected.

use std::collections::BTreeMap;

use super::cells::{At, Cell, Cells, Content, Counted, EVERYBODY, RESPONSES, as_respondents};
use super::change::{Changes, changes};
use super::choices::{Part, numbers, state_options, unit_options};
use super::comparing::{Comparing, rate};
use super::disclosure::{Entering, Place, Plan, places};
use super::levels::{Levels, MedianLevel, StateLevel, UnitLevel, levels};
use super::material::{Fielded, Material, as_count, as_people};
use super::reliability::{Together, members_of};
use super::rules::thresholds;
use super::score::{Chosen, Scored};
use super::shares::{state_answers, state_standing, unit_answers, unit_standing};
use super::trend::trends;
use crate::measure::change::minimum_detectable_change;
use crate::measure::estimate::IntervalKind;
use crate::measure::method::Method;
use crate::measure::numeric::real_u64;
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::weights::WARN_ABOVE;
use crate::protect::{Protected, Thresholds, may_show_part};
use crate::report::model::{
    Change, CompleteCases, Cut, Family, Figure, Measured, Score, Subject, Trend, Unit, Warning,
};
use crate::round::AudienceName;
use crate::survey::definition::IndexId;

/// The key of a figure within an audience.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub unit: Unit,
    pub cut: Cut,
    pub subject: Subject,
}

/// The figures of an audience by their keys.
pub(super) type Figures = BTreeMap<Key, Protected<Figure>>;

/// Below this response rate a figure carries a warning.
const LOW_RESPONSE: f64 = 0.5;

/// One audience with everything that its figures are made of.
pub(super) struct Audience<'a> {
    pub material: &'a Material,
    pub fielded: &'a Fielded,
    pub cells: Cells,
    pub plan: Plan,
    places: BTreeMap<Unit, Place>,
    pub rule: Thresholds,
    pub families: Vec<Family>,
    /// By index: since the round before, over all rounds, and how its items go together.
    indices: BTreeMap<IndexId, OfIndex>,
}

struct OfIndex {
    changes: BTreeMap<Unit, Change>,
    trends: BTreeMap<Unit, Trend>,
    together: Together,
}

/// A part of the work that stands by itself.
#[derive(Debug, Clone)]
pub(super) enum Task {
    /// One subject in one cut.
    Subject { subject: usize, cut: usize },
    /// Agencies beside each other on an index.
    Comparing(IndexId),
}

impl<'a> Audience<'a> {
    /// Counts, decides what may be shown, and looks back.
    pub(super) fn of(
        material: &'a Material,
        name: &AudienceName,
        fielded: &'a Fielded,
        workers: Workers,
    ) -> Self {
        let rule = thresholds(&material.present);
        let cells = Cells::of(&material.present, fielded, workers);
        let plan = Plan::of(&cells, &fielded.alike, &rule);
        let (changes, families) = changes(material, name, fielded);
        let scored = cells.subjects.iter().filter_map(|counted| match counted {
            Counted::Scores(scored) => Some((scored.index()?.clone(), scored)),
            _ => None,
        });
        let indices = scored
            .map(|(index, scored)| {
                let of_index = OfIndex {
                    changes: changes_of(&changes, &index),
                    trends: trends(material, name, fielded, &index),
                    together: Together::of(&fielded.answers, &scored.form, workers),
                };
                (index, of_index)
            })
            .collect();
        Self {
            material,
            fielded,
            places: places(&cells),
            cells,
            plan,
            rule,
            families,
            indices,
        }
    }

    /// What there is to do but for the drivers.
    pub(super) fn tasks(&self) -> Vec<Task> {
        let of_subject =
            |subject: usize| (0..self.cells.cuts.len()).map(move |cut| Task::Subject { subject, cut });
        (0..self.cells.subjects.len())
            .flat_map(of_subject)
            .chain(self.indices.keys().cloned().map(Task::Comparing))
            .collect()
    }

    /// The figures of a task.
    fn figures(&self, task: &Task) -> Figures {
        match task {
            Task::Subject { subject, cut } => self.of_subject(*subject, *cut),
            Task::Comparing(index) => self.comparing(index),
        }
    }

    fn comparing(&self, index: &IndexId) -> Figures {
        let found = self.cells.index_position(index).zip(self.indices.get(index));
        let Some((subject, of_index)) = found else {
            return Figures::new();
        };
        let levels = levels(self.fielded, &self.cells, &self.plan, EVERYBODY, subject);
        let comparing = Comparing {
            index,
            cells: &self.cells,
            levels: &levels,
            together: &of_index.together,
            plan: &self.plan,
        };
        comparing.figures()
    }

    fn of_subject(&self, subject: usize, cut: usize) -> Figures {
        let mut desk = Desk {
            audience: self,
            subject,
            cut,
            figures: Figures::new(),
        };
        match self.cells.subjects.get(subject) {
            Some(Counted::Responses) => desk.responses(),
            Some(Counted::Scores(scored)) => desk.scored(scored),
            Some(Counted::Choices(chosen)) => desk.chosen(chosen),
            Some(Counted::Numbers(_)) => desk.numbers(),
            None => {}
        }
        desk.figures
    }
}

fn changes_of(changes: &Changes, index: &IndexId) -> BTreeMap<Unit, Change> {
    let of_index = changes.iter().filter(|((of, _), _)| of == index);
    of_index
        .map(|((_, unit), change)| (unit.clone(), change.clone()))
        .collect()
}

/// Does tasks on some threads, and with the figures of each, `then`: figures take much more room than what is kept of
/// them. `done` hears of each task.
pub(super) fn each_of<T: Send>(
    audience: &Audience<'_>,
    tasks: &[Task],
    workers: Workers,
    then: &(dyn Fn(Figures) -> T + Sync),
    done: &(dyn Fn() + Sync),
) -> Vec<T> {
    // The heavy tasks stand together; dealt out in turn, every thread gets its share of them.
    let hands = workers.count().max(1);
    let hands_of = in_parts(hands, 1, workers, |range| {
        let own = tasks
            .iter()
            .enumerate()
            .filter(|(place, _)| range.contains(&(place % hands)));
        own.map(|(place, task)| {
            let found = then(audience.figures(task));
            done();
            (place, found)
        })
        .collect::<Vec<_>>()
    });
    let mut all: Vec<(usize, T)> = hands_of.into_iter().flatten().collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, found)| found).collect()
}

/// Where the figures of one subject and cut are put together.
struct Desk<'a> {
    audience: &'a Audience<'a>,
    subject: usize,
    cut: usize,
    figures: Figures,
}

impl Desk<'_> {
    fn cells(&self) -> &Cells {
        &self.audience.cells
    }

    fn at(&self, unit: usize) -> At {
        At {
            unit,
            cut: self.cut,
            subject: self.subject,
        }
    }

    /// Whether the segment is read from this very item: then there is nothing to tell by it.
    fn is_told(&self) -> bool {
        let column = match self.cells().subjects.get(self.subject) {
            Some(Counted::Choices(chosen)) => Some(chosen.offset),
            _ => None,
        };
        let menus = self.cells().menus.iter();
        !menus
            .filter(|menu| menu.positions().contains(&self.cut))
            .any(|menu| Some(menu.column) == column)
    }

    /// Puts a figure, or that there is none to show. An empty and a withheld one become the same.
    fn put(&mut self, unit: Unit, figure: Option<Figure>) {
        let (Some(cut), Some(subject)) = (
            self.cells().cuts.get(self.cut),
            self.cells().subject(self.subject),
        ) else {
            return;
        };
        let key = Key {
            unit,
            cut: cut.clone(),
            subject,
        };
        let place = self
            .audience
            .places
            .get(&key.unit)
            .copied()
            .unwrap_or(Place::State);
        let figure = self
            .audience
            .plan
            .protect(place, self.cut, self.subject, || figure);
        self.figures.insert(key, figure);
    }

    /// A figure for each unit that may be shown, and nothing for the others.
    fn units(&mut self, figure: impl Fn(&Self, usize, &Cell) -> Option<Figure>) {
        for unit in self.cells().unit_positions() {
            let at = self.at(unit);
            let shown = self.audience.plan.shows(at);
            let figure = self
                .cells()
                .cell(at)
                .filter(|_| shown)
                .and_then(|cell| figure(self, unit, cell));
            if let Some(of) = self.cells().units.get(unit) {
                let unit = of.unit.clone();
                self.put(unit, figure);
            }
        }
    }

    fn responses(&mut self) {
        self.units(|desk, unit, _| Some(desk.participation(desk.turnout(unit), true)));
        let state = self.state_turnout();
        let is_whole = self.entering().is_some_and(|entering| entering.is_whole);
        let state = state.map(|turnout| self.participation(turnout, is_whole));
        self.put(Unit::StateMean, state);
    }

    fn entering(&self) -> Option<Entering> {
        self.audience.plan.entering(self.cut, self.subject)
    }

    fn turnout(&self, unit: usize) -> Turnout {
        Turnout {
            responses: self.cells().responses(unit, self.cut),
            people: self.cells().people(unit, self.cut),
        }
    }

    /// The turnout of the units that the state's participation is made of.
    fn state_turnout(&self) -> Option<Turnout> {
        let entering = self.audience.plan.entering(self.cut, RESPONSES)?;
        let turnouts = entering.units().into_iter().map(|unit| self.turnout(unit));
        Some(turnouts.fold(Turnout::nobody(), Turnout::plus))
    }

    fn participation(&self, turnout: Turnout, is_whole: bool) -> Figure {
        Figure {
            respondents: as_respondents(turnout.responses),
            ..self.figure(
                turnout,
                turnout.people,
                Measured::Participation,
                Method::named("participation.count"),
                is_whole,
            )
        }
    }

    fn figure(
        &self,
        turnout: Turnout,
        people: Option<u32>,
        measured: Measured,
        method: Method,
        is_whole: bool,
    ) -> Figure {
        Figure {
            respondents: 0,
            people,
            response_rate: turnout.rate(),
            measured,
            change: None,
            trend: None,
            warnings: warnings(turnout, is_whole),
            method,
        }
    }

    fn scored(&mut self, scored: &Scored) {
        let audience = self.audience;
        let levels = levels(
            audience.fielded,
            &audience.cells,
            &audience.plan,
            self.cut,
            self.subject,
        );
        self.units(|desk, unit, cell| {
            let of = desk.cells().units.get(unit)?;
            let level = levels.shown.get(&of.unit)?;
            let figure = desk.unit_figure(scored, unit, cell, level)?;
            Some(desk.looking_back(figure, scored, &of.unit))
        });
        let mean = levels
            .mean
            .as_ref()
            .and_then(|level| self.state_figure(scored, level));
        let mean = mean.map(|figure| self.looking_back(figure, scored, &Unit::StateMean));
        self.put(Unit::StateMean, mean);
        let median = self.median_figure(&levels);
        let median = median.map(|figure| self.looking_back(figure, scored, &Unit::StateMedian));
        self.put(Unit::StateMedian, median);
    }

    /// What an index has over other subjects; of everybody only.
    fn of_index(&self, scored: &Scored) -> Option<&OfIndex> {
        let index = scored.index().filter(|_| self.cut == EVERYBODY)?;
        self.audience.indices.get(index)
    }

    fn unit_figure(&self, scored: &Scored, unit: usize, cell: &Cell, level: &UnitLevel) -> Option<Figure> {
        let rule = &self.audience.rule;
        let turnout = self.turnout(unit);
        let (standing, favourable_interval) = unit_standing(level);
        let counts = match &cell.content {
            Content::Scores(counts) => counts,
            _ => return None,
        };
        let members = &self.cells().units.get(unit)?.members;
        let respondents = level.respondents();
        let together = self.of_index(scored).map(|of_index| &of_index.together);
        let reliability = together.and_then(|of| of.reliability(members, respondents, rule));
        let estimate = level.estimate();
        let weighted = level.estimated.is_weighted();
        let mut warnings = warnings(turnout, true);
        let deff = weighted.then_some(estimate.weight_deff);
        warnings.extend(
            deff.filter(|deff| *deff > WARN_ABOVE)
                .map(|_| Warning::HighDesignEffect),
        );
        warnings.extend(complete_count(estimate.interval_kind));
        let keyed_badly = reliability
            .as_ref()
            .is_some_and(|reliability| reliability.alpha < 0.0);
        warnings.extend(keyed_badly.then_some(Warning::CheckKeying));
        let contradicts = self.cut == EVERYBODY && self.cells().contradicts(unit);
        warnings.extend(contradicts.then_some(Warning::HeadcountsContradict));
        let score = Score {
            mean: estimate.mean,
            sd: estimate.sd,
            standard_error: estimate.se,
            interval: estimate.interval,
            minimum_detectable: level
                .estimated
                .process_sd()
                .and_then(|sd| minimum_detectable_change(sd, respondents).ok()),
            design_effect: deff,
            interval_kind: estimate.interval_kind,
            standing,
            favourable_interval,
            complete_cases: scored.index().map(|_| self.complete_cases(level)),
            straight_lined: together.and_then(|of| of.straight_lined(members, respondents, rule)),
            reliability,
            answers: unit_answers(scored, counts, rule),
        };
        Some(Figure {
            respondents: as_respondents(respondents),
            warnings,
            ..self.figure(
                turnout,
                level.group.people,
                Measured::Score(Box::new(score)),
                method(&estimate.method, scored),
                true,
            )
        })
    }

    /// Those who answered everything, where neither they nor the others are few.
    fn complete_cases(&self, level: &UnitLevel) -> CompleteCases {
        let (complete, all) = (level.group.all.complete(), level.respondents());
        let shown = may_show_part(complete, all, &self.audience.rule);
        let moments = level.group.all.complete_moments().ok().filter(|_| shown);
        CompleteCases {
            share: shown.then(|| real_u64(complete) / real_u64(all.max(1))),
            mean: moments.map(|moments| moments.mean),
        }
    }

    fn state_figure(&self, scored: &Scored, level: &StateLevel) -> Option<Figure> {
        let rule = &self.audience.rule;
        let turnout = self.state_turnout()?;
        let (standing, favourable_interval) = state_standing(level)?;
        let estimate = &level.estimate;
        let units: Vec<usize> = level
            .parts
            .iter()
            .flat_map(|(units, _, _)| units)
            .copied()
            .collect();
        let members = members_of(self.cells(), &units);
        let together = self.of_index(scored).map(|of_index| &of_index.together);
        let reliability = together.and_then(|of| of.reliability(&members, estimate.respondents, rule));
        let mut warnings = warnings(turnout, level.is_whole);
        warnings.extend(complete_count(estimate.interval_kind));
        let keyed_badly = reliability
            .as_ref()
            .is_some_and(|reliability| reliability.alpha < 0.0);
        warnings.extend(keyed_badly.then_some(Warning::CheckKeying));
        let process_sd = estimate
            .process_se
            .map(|se| se * real_u64(estimate.respondents).sqrt());
        let score = Score {
            mean: estimate.mean,
            sd: None,
            standard_error: estimate.se,
            interval: estimate.interval,
            minimum_detectable: process_sd
                .and_then(|sd| minimum_detectable_change(sd, estimate.respondents).ok()),
            design_effect: None,
            interval_kind: estimate.interval_kind,
            standing,
            favourable_interval,
            complete_cases: None,
            straight_lined: together.and_then(|of| of.straight_lined(&members, estimate.respondents, rule)),
            reliability,
            answers: state_answers(scored, level, self.cells(), |unit| self.at(unit), rule),
        };
        Some(Figure {
            respondents: as_people(estimate.respondents),
            warnings,
            ..self.figure(
                turnout,
                level.people,
                Measured::Score(Box::new(score)),
                method(&estimate.method, scored),
                level.is_whole,
            )
        })
    }

    fn median_figure(&self, levels: &Levels) -> Option<Figure> {
        let level: &MedianLevel = levels.median.as_ref()?;
        let turnout = self.state_turnout()?;
        let measured = Measured::Median {
            value: level.value,
            agencies: level.agencies,
            interval: level.interval,
        };
        let method = Method::named("state.median-agency")
            .with("interval", "median of lower limits to median of upper limits");
        Some(Figure {
            respondents: level.respondents,
            ..self.figure(turnout, level.people, measured, method, level.is_whole)
        })
    }

    fn looking_back(&self, mut figure: Figure, scored: &Scored, unit: &Unit) -> Figure {
        let Some(back) = self.of_index(scored) else {
            return figure;
        };
        figure.change = back.changes.get(unit).cloned();
        figure.trend = back.trends.get(unit).cloned();
        if let Some(Change::Tested(change)) = &figure.change
            && change.flagged
        {
            figure.warnings.push(Warning::WordingChanged);
        }
        figure
    }

    fn chosen(&mut self, item: &Chosen) {
        if !self.is_told() {
            return;
        }
        let method = || Method::named("share.of-respondents");
        self.units(|desk, unit, cell| {
            let options = unit_options(item, desk.cells(), desk.at(unit), &desk.audience.rule)?;
            let turnout = desk.turnout(unit);
            Some(Figure {
                respondents: as_respondents(cell.respondents),
                ..desk.figure(
                    turnout,
                    turnout.people,
                    Measured::Choices { options },
                    method(),
                    true,
                )
            })
        });
        let state = self.state_of(|desk, parts| {
            let options = state_options(item, desk.cells(), parts, &desk.audience.rule)?;
            Some((Measured::Choices { options }, method()))
        });
        self.put(Unit::StateMean, state);
    }

    fn numbers(&mut self) {
        let method = || Method::named("number.mean-and-median");
        self.units(|desk, unit, cell| {
            let Content::Numbers(values) = &cell.content else {
                return None;
            };
            let turnout = desk.turnout(unit);
            let summary = numbers(values, turnout.people)?;
            Some(Figure {
                respondents: as_respondents(cell.respondents),
                ..desk.figure(turnout, turnout.people, Measured::Number(summary), method(), true)
            })
        });
        let state = self.state_of(|desk, parts| {
            let lists = parts.iter().flat_map(|(group, _)| group).filter_map(|at| {
                match &desk.cells().cell(*at)?.content {
                    Content::Numbers(values) => Some(values),
                    _ => None,
                }
            });
            let mut values: Vec<f64> = lists.flatten().copied().collect();
            values.sort_by(f64::total_cmp);
            let method = method().with("weights", "each respondent counts once");
            Some((Measured::Number(numbers(&values, None)?), method))
        });
        self.put(Unit::StateMean, state);
    }

    /// A figure of the state for what has no scores.
    fn state_of(&self, measure: impl Fn(&Self, &[Part]) -> Option<(Measured, Method)>) -> Option<Figure> {
        let entering = self.entering()?;
        // Where the roster does not tell, each unit weighs as many as said so.
        let weight = |unit: usize| {
            let said = || as_respondents(self.cells().responses(unit, self.cut));
            self.cells().people(unit, self.cut).unwrap_or_else(said)
        };
        let parts: Vec<Part> = entering
            .groups
            .iter()
            .map(|group| {
                (
                    group.iter().map(|unit| self.at(*unit)).collect(),
                    group.iter().map(|unit| weight(*unit)).sum(),
                )
            })
            .collect();
        let respondents: u64 = parts
            .iter()
            .flat_map(|(group, _)| group)
            .filter_map(|at| self.cells().cell(*at))
            .map(|cell| cell.respondents)
            .sum();
        let people: Option<u32> = entering
            .units()
            .into_iter()
            .map(|unit| self.cells().people(unit, self.cut))
            .sum();
        let (measured, method) = measure(self, &parts)?;
        Some(Figure {
            respondents: as_respondents(respondents),
            ..self.figure(self.state_turnout()?, people, measured, method, entering.is_whole)
        })
    }
}

/// Responses and people of a unit or the state, in one cut.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Turnout {
    responses: u64,
    people: Option<u32>,
}

impl Turnout {
    fn nobody() -> Self {
        Self {
            responses: 0,
            people: Some(0),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            responses: self.responses + other.responses,
            people: self.people.zip(other.people).map(|(one, other)| one + other),
        }
    }

    fn rate(self) -> Option<f64> {
        self.people.map(|people| rate(self.responses, people))
    }
}

fn warnings(turnout: Turnout, is_whole: bool) -> Vec<Warning> {
    let low = turnout.rate().is_some_and(|rate| rate < LOW_RESPONSE);
    let low = low.then_some(Warning::LowResponse);
    let missing = (!is_whole).then_some(Warning::AgenciesMissing);
    low.into_iter().chain(missing).collect()
}

fn complete_count(kind: IntervalKind) -> Option<Warning> {
    (kind == IntervalKind::CompleteCount).then_some(Warning::CompleteCount)
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
