//! What goes with an outcome, and how much: Johnson's relative weights on scores centred within agencies.
//!
//! **Which questions.** The theme `drivers` of a survey names the predictors, the theme `services` adds how satisfied
//! people are with each service, and the theme `outcomes` names outcomes beside the indices: items that everybody is asked.
//! Persons enter who answered all predictors and have all outcomes, so that every model speaks of the same people.
//!
//! The state has a model for every outcome; an agency has one of its own for each index, from 150 such persons on. Each
//! agency is resampled once: the state's resample is the sum of its agencies'. A driver is shown only where it surely
//! weighs more than an added predictor of pure chance. The method's parameters say how people were resampled, and the seed.

use std::collections::BTreeMap;

use super::cells::{At, Cells, Counted, EVERYBODY};
use super::disclosure::Place;
use super::figures::{Audience, Figures, Key};
use super::material::{as_count, as_people};
use super::reliability::members_of;
use crate::measure::drivers::{AgencySample, Importance, Resamples, Rule};
use crate::measure::method::Method;
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::scoring::ItemKey;
use crate::measure::tally::Scorer;
use crate::protect::may_show_part;
use crate::report::model::{Cut, Driver, Drivers, Figure, Measured, Subject, Unit};
use crate::survey::definition::{Definition, ItemId};

/// From so many persons on a unit has a model of its own.
const LEAST_PERSONS: u64 = 150;

/// The models of an audience.
pub(super) struct Models<'a> {
    audience: &'a Audience<'a>,
    predictors: Vec<Predictor>,
    /// Positions of outcomes among the subjects: the indices, then single items.
    outcomes: Vec<usize>,
    /// How many of them are indices.
    indices: usize,
}

/// A predictor: what it is, and where its answers stand.
struct Predictor {
    subject: Subject,
    item: ItemKey,
}

fn predictors(cells: &Cells, definition: &Definition) -> Vec<Predictor> {
    let is_predictor = |subject: &Subject| match subject {
        Subject::Item(item) => is_in(definition, "drivers", item),
        Subject::Satisfaction(item) => is_in(definition, "services", item),
        _ => false,
    };
    let predictor = |counted: &Counted| match counted {
        Counted::Scores(scored) if is_predictor(&scored.subject) => Some(Predictor {
            subject: scored.subject.clone(),
            item: *scored.single()?,
        }),
        _ => None,
    };
    cells.subjects.iter().filter_map(predictor).collect()
}

fn is_outcome(definition: &Definition, subject: &Subject) -> bool {
    let is_for_all = |item: &ItemId| definition.item(item).is_some_and(|item| item.show_if.is_none());
    matches!(subject, Subject::Item(item) if is_in(definition, "outcomes", item) && is_for_all(item))
}

fn is_in(definition: &Definition, theme: &str, item: &ItemId) -> bool {
    let mut themes = definition.themes.iter().filter(|of| of.id.as_str() == theme);
    themes.any(|theme| theme.items.contains(item))
}

impl<'a> Models<'a> {
    /// What there is to model; nothing without predictors.
    pub(super) fn of(audience: &'a Audience<'a>) -> Self {
        let definition = &audience.material.present.definition;
        let cells = &audience.cells;
        let predictors = predictors(cells, definition);
        let scored = |place: &usize| match cells.subjects.get(*place) {
            Some(Counted::Scores(scored)) if !predictors.is_empty() => Some(scored),
            _ => None,
        };
        let all = || 0..cells.subjects.len();
        let indices: Vec<usize> = all()
            .filter(|place| scored(place).is_some_and(|scored| scored.index().is_some()))
            .collect();
        let items = all().filter(|place| scored(place).is_some_and(|of| is_outcome(definition, &of.subject)));
        Self {
            audience,
            indices: indices.len(),
            outcomes: indices.into_iter().chain(items).collect(),
            predictors,
        }
    }

    /// In how many parts the work is done.
    pub(super) fn parts(&self) -> usize {
        if self.outcomes.is_empty() {
            0
        } else {
            self.audience.cells.units.len() + 1
        }
    }

    /// All models: each unit is resampled once, for its own and for the state's. `done` hears of each part.
    pub(super) fn figures(&self, workers: Workers, done: &dyn Fn()) -> Figures {
        let mut figures = Figures::new();
        if self.outcomes.is_empty() {
            return figures;
        }
        let mut states = self.states();
        let all: Vec<usize> = self.audience.cells.unit_positions().collect();
        for some in all.chunks(workers.count()) {
            // A unit a thread; one that is left alone has them all.
            let of_unit = workers.shared(some.len());
            let modelled = in_parts(some.len(), 1, workers, |part| {
                let units = some.get(part).unwrap_or_default().iter();
                units.map(|unit| self.of_unit(*unit, of_unit)).collect::<Vec<_>>()
            });
            for (unit, own) in some.iter().zip(modelled.into_iter().flatten()) {
                let entering = states.iter_mut().filter(|(units, _)| units.contains(unit));
                entering.for_each(|(_, state)| state.resamples.plus(&own.resamples));
                for place in 0..self.indices {
                    let found = own.found.get(&place);
                    self.put(&mut figures, Place::Unit(*unit), place, &[*unit], found);
                }
                done();
            }
        }
        for (units, state) in states {
            let found = self.found(&state.resamples, &state.outcomes, workers);
            for place in &state.outcomes {
                self.put(&mut figures, Place::State, *place, &units, found.get(place));
            }
        }
        done();
        figures
    }

    /// A unit's people resampled, and its own models.
    fn of_unit(&self, unit: usize, workers: Workers) -> OfUnit {
        let resamples = self.resampled(unit, workers);
        let shown = |place: &usize| {
            let outcome = self.outcomes.get(*place).copied();
            outcome.is_some_and(|subject| self.audience.plan.shows(at(unit, subject)))
        };
        let wanted: Vec<usize> = (0..self.indices).filter(shown).collect();
        let found = self.found(&resamples, &wanted, workers);
        OfUnit { resamples, found }
    }

    fn none(&self) -> Resamples {
        Resamples::none(self.outcomes.len(), self.predictors.len(), Rule::default())
    }

    /// The units of which the state's figures are made, with the outcomes they are made of them for. Mostly there is
    /// one set for all outcomes; an outcome that the state does not show has the empty one.
    fn states(&self) -> BTreeMap<Vec<usize>, State> {
        let mut states: BTreeMap<Vec<usize>, State> = BTreeMap::new();
        for (place, subject) in self.outcomes.iter().enumerate() {
            let entering = self.audience.plan.entering(EVERYBODY, *subject);
            let units = entering.map_or_else(Vec::new, |entering| entering.units());
            let state = states.entry(units).or_insert_with(|| State {
                outcomes: Vec::new(),
                resamples: self.none(),
            });
            state.outcomes.push(place);
        }
        states
    }

    /// The people of a unit, resampled within each of its agencies.
    fn resampled(&self, unit: usize, workers: Workers) -> Resamples {
        let mut resamples = self.none();
        let members = members_of(&self.audience.cells, &[unit]);
        let agencies = &self.audience.fielded.answers.agencies;
        for (number, (agency, rows)) in agencies.iter().enumerate() {
            if members.contains(agency) {
                let rows = self.rows(rows.clone());
                let sample = AgencySample {
                    agency: as_count(number),
                    outcomes: &rows.outcomes,
                    drivers: &rows.predictors,
                };
                // Scores are finite and columns of one length, so nothing is refused.
                resamples.add(sample, workers).ok();
            }
        }
        resamples
    }

    /// The importance of the drivers for some outcomes, where it can be told.
    fn found(
        &self,
        resamples: &Resamples,
        wanted: &[usize],
        workers: Workers,
    ) -> BTreeMap<usize, Importance> {
        if resamples.people() < LEAST_PERSONS || wanted.is_empty() {
            return BTreeMap::new();
        }
        let found = resamples.importance(wanted, workers).unwrap_or_default();
        let found = wanted.iter().copied().zip(found);
        found
            .filter_map(|(place, found)| Some((place, found.ok()?)))
            .collect()
    }

    /// Puts the figure of an outcome. Too few persons for a model, and withheld, look alike.
    fn put(
        &self,
        figures: &mut Figures,
        place: Place,
        outcome: usize,
        units: &[usize],
        found: Option<&Importance>,
    ) {
        let cells = &self.audience.cells;
        let Some(subject) = self.outcomes.get(outcome).copied() else {
            return;
        };
        let Some(Counted::Scores(scored)) = cells.subjects.get(subject) else {
            return;
        };
        let modelled = match &scored.subject {
            Subject::Index(index) => Subject::IndexDrivers(index.clone()),
            Subject::Item(item) => Subject::ItemDrivers(item.clone()),
            _ => return,
        };
        let unit = match place {
            Place::State => Some(Unit::StateMean),
            Place::Unit(unit) => cells.units.get(unit).map(|of| of.unit.clone()),
        };
        let Some(unit) = unit else { return };
        let key = Key {
            unit,
            cut: Cut::Everybody,
            subject: modelled,
        };
        let is_state = place == Place::State;
        let figure = || self.figure(subject, units, found?, is_state);
        let protected = self.audience.plan.protect(place, EVERYBODY, subject, figure);
        figures.insert(key, protected);
    }

    fn figure(&self, subject: usize, units: &[usize], found: &Importance, is_state: bool) -> Option<Figure> {
        let cells = &self.audience.cells;
        let of_units = units.iter().filter_map(|unit| cells.cell(at(*unit, subject)));
        let respondents: u64 = of_units.map(|cell| cell.respondents).sum();
        if !may_show_part(found.n, respondents, &self.audience.rule) {
            return None;
        }
        let people: Option<u32> = units.iter().map(|unit| cells.people(*unit, EVERYBODY)).sum();
        let responses: u64 = units.iter().map(|unit| cells.responses(*unit, EVERYBODY)).sum();
        Some(Figure {
            respondents: as_people(found.n),
            people,
            response_rate: people.map(|people| super::comparing::rate(responses, people)),
            method: method(found, &self.predictors),
            measured: Measured::Drivers(told(found, &self.predictors, is_state)),
            change: None,
            trend: None,
            warnings: Vec::new(),
        })
    }

    /// Who answered all predictors and has all outcomes, of some rows.
    fn rows(&self, rows: std::ops::Range<usize>) -> Rows {
        let columns = &self.audience.fielded.answers.columns;
        let outcomes: Vec<Outcome> = self
            .outcomes
            .iter()
            .filter_map(|subject| self.outcome(*subject))
            .collect();
        let predictors: Vec<(&[u8], &ItemKey)> = self
            .predictors
            .iter()
            .map(|predictor| (columns.column(predictor.item.column), &predictor.item))
            .collect();
        let mut found = Rows {
            outcomes: vec![Vec::with_capacity(rows.len()); outcomes.len()],
            predictors: vec![Vec::with_capacity(rows.len()); predictors.len()],
        };
        let (mut record, mut values, mut scores) = (
            vec![0; self.audience.material.present.layout.width()],
            Vec::new(),
            Vec::new(),
        );
        for row in rows {
            let raw = |column: &[u8]| column.get(row).copied().unwrap_or(0);
            values.clear();
            values.extend(
                predictors
                    .iter()
                    .map_while(|(column, item)| item.score_of(raw(column))),
            );
            scores.clear();
            if values.len() == predictors.len() {
                scores.extend(outcomes.iter().map_while(|outcome| {
                    for column in &outcome.columns {
                        if let Some(place) = record.get_mut(*column) {
                            *place = raw(columns.column(*column));
                        }
                    }
                    let score = outcome.scorer.read(&record)?;
                    Some(outcome.scorer.grain().score(score.steps))
                }));
            }
            if scores.len() == outcomes.len() {
                keep(&mut found.outcomes, &scores);
                keep(&mut found.predictors, &values);
            }
        }
        found
    }

    fn outcome(&self, subject: usize) -> Option<Outcome> {
        match self.audience.cells.subjects.get(subject)? {
            Counted::Scores(scored) => Some(Outcome {
                scorer: Scorer::new(&scored.form),
                columns: scored.form.items().map(|item| item.column).collect(),
            }),
            _ => None,
        }
    }
}

/// The state, of some units.
struct State {
    /// For these outcomes.
    outcomes: Vec<usize>,
    resamples: Resamples,
}

/// A unit, resampled, and the importance of the drivers for some outcomes.
struct OfUnit {
    resamples: Resamples,
    found: BTreeMap<usize, Importance>,
}

/// How an outcome is scored, and the columns that takes.
struct Outcome {
    scorer: Scorer,
    columns: Vec<usize>,
}

/// Complete rows of persons: outcome by outcome, predictor by predictor.
struct Rows {
    outcomes: Vec<Vec<f64>>,
    predictors: Vec<Vec<f64>>,
}

fn keep(columns: &mut [Vec<f64>], row: &[f64]) {
    for (column, value) in columns.iter_mut().zip(row) {
        column.push(*value);
    }
}

fn at(unit: usize, subject: usize) -> At {
    At {
        unit,
        cut: EVERYBODY,
        subject,
    }
}

fn method(found: &Importance, predictors: &[Predictor]) -> Method {
    let names: Vec<String> = predictors
        .iter()
        .map(|predictor| predictor.subject.to_string())
        .collect();
    found
        .method
        .clone()
        .with("predictors", names)
        .with("least_persons", LEAST_PERSONS)
}

fn told(found: &Importance, predictors: &[Predictor], is_state: bool) -> Drivers {
    // The check is the state's: a unit's model is there to be compared with it.
    let check = found.check.as_ref().filter(|_| is_state);
    let (mut drivers, mut noise) = (Vec::new(), Vec::new());
    for (place, (driver, predictor)) in found.drivers.iter().zip(predictors).enumerate() {
        if driver.shown {
            drivers.push(Driver {
                subject: predictor.subject.clone(),
                weight: driver.weight,
                interval: driver.interval,
                above_chance: driver.above_chance,
                share: driver.share,
                lmg_share: check.and_then(|shares| shares.get(place)).copied(),
            });
        } else {
            noise.push(predictor.subject.clone());
        }
    }
    drivers.sort_by(|one, other| other.weight.total_cmp(&one.weight));
    Drivers {
        explained: found.r_squared,
        drivers,
        noise,
    }
}
