//! What goes with an outcome, and how much: Johnson's relative weights on scores centred within agencies.
//!
//! **Which questions.** The theme `drivers` of a survey names the predictors, the theme `services` adds how satisfied
//! people are with each service, and the theme `outcomes` names outcomes beside the indices. Persons enter who answered all
//! predictors and have the outcome.
//!
//! The state has a model for every outcome; an agency has one of its own for each index, from 150 such persons on. A driver is
//! shown only where it surely weighs more than an added predictor of pure chance. The method's parameters say how people
//! were resampled, and the seed.

use super::cells::{At, Cells, Counted, EVERYBODY};
use super::disclosure::Place;
use super::figures::{Audience, Figures, Key, Task};
use super::material::as_people;
use super::score::Scored;
use crate::measure::drivers::{DriverSample, DriverTable, Importance, Rule, centre_within, importance, lmg};
use crate::measure::method::Method;
use crate::measure::parallel::Workers;
use crate::measure::scoring::ItemKey;
use crate::measure::tally::Scorer;
use crate::protect::may_show_part;
use crate::report::model::{Cut, Driver, Drivers, Figure, Measured, Subject, Unit};
use crate::survey::definition::{Definition, ItemId};

/// From so many persons on a unit has a model of its own.
const LEAST_PERSONS: u64 = 150;
/// Up to so many persons are resampled one by one, beyond in packs: see [`Rule`].
const MOST_PERSONS: usize = 500;
/// Packs of a unit's own model. (The state has those of [`Rule::default`].)
const PACKS_OF_UNIT: usize = 200;
/// The check by another method looks at about so many persons of a state: it is a check, and the state may have millions.
const MOST_CHECKED: usize = 50_000;

/// A model for each outcome of the state, and for each index of every unit. Without predictors there is none.
pub(super) fn driver_tasks(cells: &Cells, definition: &Definition) -> Vec<Task> {
    if predictors(cells, definition).is_empty() {
        return Vec::new();
    }
    let mut tasks = Vec::new();
    for (outcome, counted) in cells.subjects.iter().enumerate() {
        let Counted::Scores(scored) = counted else {
            continue;
        };
        let is_index = scored.index().is_some();
        if !is_index && !is_outcome(definition, &scored.subject) {
            continue;
        }
        tasks.push(Task::Drivers { outcome, unit: None });
        let units = cells.unit_positions().filter(|_| is_index);
        tasks.extend(units.map(|unit| Task::Drivers {
            outcome,
            unit: Some(unit),
        }));
    }
    tasks
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
    matches!(subject, Subject::Item(item) if is_in(definition, "outcomes", item))
}

fn is_in(definition: &Definition, theme: &str, item: &ItemId) -> bool {
    let mut themes = definition.themes.iter().filter(|of| of.id.as_str() == theme);
    themes.any(|theme| theme.items.contains(item))
}

/// Complete rows of persons.
#[derive(Default)]
struct Rows {
    outcome: Vec<f64>,
    predictors: Vec<Vec<f64>>,
    agency: Vec<u32>,
}

/// The drivers of an outcome, in the state or in one unit.
pub(super) fn drivers(audience: &Audience<'_>, outcome: usize, unit: Option<usize>) -> Figures {
    let mut figures = Figures::new();
    let cells = &audience.cells;
    let Some(Counted::Scores(scored)) = cells.subjects.get(outcome) else {
        return figures;
    };
    let (subject, of) = match (&scored.subject, unit.and_then(|unit| cells.units.get(unit))) {
        (Subject::Index(index), of) => (Subject::IndexDrivers(index.clone()), of),
        (Subject::Item(item), of) => (Subject::ItemDrivers(item.clone()), of),
        _ => return figures,
    };
    let key = Key {
        unit: of.map_or(Unit::StateMean, |of| of.unit.clone()),
        cut: Cut::Everybody,
        subject,
    };
    // Too few persons for a model, and withheld, look alike.
    let place = unit.map_or(Place::State, Place::Unit);
    let figure = || figure(audience, scored, outcome, unit);
    let protected = audience.plan.protect(place, EVERYBODY, outcome, figure);
    figures.insert(key, protected);
    figures
}

fn figure(audience: &Audience<'_>, scored: &Scored, outcome: usize, unit: Option<usize>) -> Option<Figure> {
    let cells = &audience.cells;
    let units: Vec<usize> = match unit {
        Some(unit) => {
            let at = At {
                unit,
                cut: EVERYBODY,
                subject: outcome,
            };
            audience.plan.shows(at).then(|| vec![unit])?
        }
        None => audience.plan.entering(EVERYBODY, outcome)?.units(),
    };
    let predictors = predictors(cells, &audience.material.present.definition);
    let rows = rows(audience, scored, &predictors, &units);
    let respondents: u64 = units
        .iter()
        .filter_map(|unit| {
            cells.cell(At {
                unit: *unit,
                cut: EVERYBODY,
                subject: outcome,
            })
        })
        .map(|cell| cell.respondents)
        .sum();
    let n = super::cells::respondents(rows.outcome.len());
    if n < LEAST_PERSONS || !may_show_part(n, respondents, &audience.rule) {
        return None;
    }
    let sample = DriverSample {
        outcome: &rows.outcome,
        drivers: &rows.predictors,
        agency: &rows.agency,
    };
    let rule = Rule {
        most_people: MOST_PERSONS,
        packs: unit.map_or(Rule::default().packs, |_| PACKS_OF_UNIT),
        ..Rule::default()
    };
    let found = importance(sample, rule, Workers::ONE).ok()?;
    let check = if unit.is_none() { lmg_shares(&rows) } else { None };
    let people: Option<u32> = units.iter().map(|unit| cells.people(*unit, EVERYBODY)).sum();
    let responses: u64 = units.iter().map(|unit| cells.responses(*unit, EVERYBODY)).sum();
    Some(Figure {
        respondents: as_people(found.n),
        people,
        response_rate: people.map(|people| super::comparing::rate(responses, people)),
        method: method(&found, &predictors),
        measured: Measured::Drivers(told(&found, &predictors, check.as_deref())),
        change: None,
        trend: None,
        warnings: Vec::new(),
    })
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

fn told(found: &Importance, predictors: &[Predictor], check: Option<&[f64]>) -> Drivers {
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

/// The shares of R squared by averaging over all orders, as a check; none where there are too many predictors. Of very
/// many persons every so-manieth is looked at: they stand in the order of their agency and answers.
fn lmg_shares(rows: &Rows) -> Option<Vec<f64>> {
    let every = rows.outcome.len().div_ceil(MOST_CHECKED).max(1);
    let some = |values: &Vec<f64>| values.iter().step_by(every).copied().collect::<Vec<f64>>();
    let group: Vec<usize> = rows
        .agency
        .iter()
        .step_by(every)
        .filter_map(|agency| usize::try_from(*agency).ok())
        .collect();
    let centred = |values: &Vec<f64>| centre_within(&some(values), &group).ok();
    let predictors: Option<Vec<Vec<f64>>> = rows.predictors.iter().map(centred).collect();
    let table = DriverTable::new(&centred(&rows.outcome)?, &predictors?).ok()?;
    let found = lmg(&table).ok()?;
    let all: f64 = found.shares.iter().sum();
    (all > 0.0).then(|| found.shares.iter().map(|share| share / all).collect())
}

/// Who answered all predictors and has the outcome, of the agencies of some units.
fn rows(audience: &Audience<'_>, scored: &Scored, predictors: &[Predictor], units: &[usize]) -> Rows {
    let members = super::reliability::members_of(&audience.cells, units);
    let answers = &audience.fielded.answers;
    let scorer = Scorer::new(&scored.form);
    let items: Vec<&ItemKey> = scored.form.items().collect();
    let width = items.iter().map(|item| item.column + 1).max().unwrap_or(0);
    let mut record = vec![0_u8; width];
    let mut rows = Rows {
        predictors: vec![Vec::new(); predictors.len()],
        ..Rows::default()
    };
    let columns: Vec<&[u8]> = predictors
        .iter()
        .map(|predictor| answers.columns.column(predictor.item.column))
        .collect();
    for (number, (_, own)) in (0..).zip(
        answers
            .agencies
            .iter()
            .filter(|(agency, _)| members.contains(agency)),
    ) {
        for row in own.clone() {
            let raw = |column: &[u8]| column.get(row).copied().unwrap_or(0);
            let complete = columns
                .iter()
                .zip(predictors)
                .all(|(column, predictor)| predictor.item.score_of(raw(column)).is_some());
            if !complete {
                continue;
            }
            for item in &items {
                if let Some(slot) = record.get_mut(item.column) {
                    *slot = raw(answers.columns.column(item.column));
                }
            }
            let Some(outcome) = scorer.read(&record) else {
                continue;
            };
            rows.outcome.push(scorer.grain().score(outcome.steps));
            rows.agency.push(number);
            for ((values, column), predictor) in rows.predictors.iter_mut().zip(&columns).zip(predictors) {
                values.push(predictor.item.score_of(raw(column)).unwrap_or_default());
            }
        }
    }
    rows
}
