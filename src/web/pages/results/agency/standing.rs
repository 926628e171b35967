//! Where an agency stands out: its highest and lowest rated questions, and those on which it differs from the state.

use serde::Serialize;

use super::super::number::{Number, Source, estimate};
use crate::report::model::{Cut, Interval};
use crate::report::since::rated_subject;

/// A question with the figures of the agency and of the state.
#[derive(Debug, Clone, Serialize)]
pub(in super::super) struct Difference {
    pub title: String,
    pub number: Number,
    pub state: Number,
}

/// How many items are told of each side.
const MOST_DIFFERENCES: usize = 4;

/// Questions that stand out.
#[derive(Debug, Serialize)]
pub(in super::super) struct Standing {
    /// Above the state, the largest difference first.
    pub above: Vec<Difference>,
    /// Below the state.
    pub below: Vec<Difference>,
    /// The questions with the lowest scores, lowest first ...
    pub lowest: Vec<Difference>,
    /// ... and with the highest, highest first.
    pub highest: Vec<Difference>,
}

/// Of the unit beside the state.
pub(super) fn standing(source: &Source<'_>, state: &Source<'_>) -> Standing {
    let mut rated = rated(source, state);
    let highest = ends(&rated);
    rated.reverse();
    let lowest = ends(&rated);
    let differences = differences(source, &rated).into_iter();
    let (above, below): (Vec<_>, Vec<_>) = differences.partition(|(difference, _)| *difference > 0.0);
    let most = |side: Vec<(f64, Difference)>| {
        let first = side.into_iter().take(MOST_DIFFERENCES);
        first.map(|(_, view)| view).collect()
    };
    Standing {
        above: most(above),
        below: most(below),
        lowest,
        highest,
    }
}

/// A rated item with the figures of the unit and of the state.
struct Rated {
    value: f64,
    interval: Option<Interval>,
    of_state: f64,
    view: Difference,
}

/// How many questions are told of each end.
const ENDS: usize = 5;

fn ends(rated: &[Rated]) -> Vec<Difference> {
    // So few that both ends would tell the same questions are told once, by the other end.
    let most = ENDS.min(rated.len() / 2);
    rated.iter().take(most).map(|rated| rated.view.clone()).collect()
}

/// The items that unit and state both have a figure of, the highest first.
fn rated(source: &Source<'_>, state: &Source<'_>) -> Vec<Rated> {
    let mut found: Vec<Rated> = Vec::new();
    for item in source.definition.items() {
        let Some(subject) = rated_subject(item) else {
            continue;
        };
        let own = source
            .figure(&Cut::Everybody, &subject)
            .map(|figure| estimate(&figure.measured));
        let whole = state
            .figure(&Cut::Everybody, &subject)
            .map(|figure| estimate(&figure.measured));
        let (Some((Some(value), interval)), Some((Some(of_state), _))) = (own, whole) else {
            continue;
        };
        found.push(Rated {
            value,
            interval,
            of_state,
            view: Difference {
                title: source.say.subject(source.definition, &subject),
                number: source.number(&subject),
                state: state.number(&subject),
            },
        });
    }
    found.sort_by(|a, b| b.value.total_cmp(&a.value));
    found
}

/// Items where the state's figure lies outside the unit's interval and at least the promised points away, the largest
/// first. It is a comparison of stored figures and no test; the page says so.
fn differences(source: &Source<'_>, rated: &[Rated]) -> Vec<(f64, Difference)> {
    let least = source.results.document.thresholds.least_change;
    let stands_out = |rated: &&Rated| {
        let outside = |interval| {
            let Interval { low, high } = interval;
            rated.of_state < low || rated.of_state > high
        };
        rated.interval.is_some_and(outside) && (rated.value - rated.of_state).abs() >= least
    };
    let found = rated.iter().filter(stands_out);
    let mut found: Vec<(f64, Difference)> = found
        .map(|rated| (rated.value - rated.of_state, rated.view.clone()))
        .collect();
    found.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    found
}
