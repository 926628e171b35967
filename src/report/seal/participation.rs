//! How many answered: shown under the same rule as everything else.

use std::collections::{BTreeMap, BTreeSet};

use super::levels::may_show;
use super::material::Fielded;
use crate::protect::Thresholds;
use crate::report::model::Unit;

/// Responses and people of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Turnout {
    pub responses: u32,
    pub people: u32,
}

/// The turnout of all units.
#[derive(Debug, Clone)]
pub(super) struct Participation {
    /// Of each unit, whether or not it may be shown.
    all: BTreeMap<Unit, Turnout>,
    /// Of the state, as far as it may be shown, and whether every unit is in it.
    pub state: Option<(Turnout, bool)>,
    rule: Thresholds,
}

impl Turnout {
    /// Responses per invited person, 0 to 1.
    pub fn rate(self) -> f64 {
        if self.people == 0 {
            0.0
        } else {
            f64::from(self.responses) / f64::from(self.people)
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            responses: self.responses + other.responses,
            people: self.people + other.people,
        }
    }
}

impl Participation {
    pub(super) fn of(fielded: &Fielded, rule: &Thresholds) -> Self {
        let turnout = |(unit, members)| {
            let turnout = Turnout {
                responses: fielded.responses(&members),
                people: fielded.people(&members),
            };
            (unit, turnout)
        };
        let all: BTreeMap<Unit, Turnout> = fielded.units().into_iter().map(turnout).collect();
        let counts = all.iter().map(|(unit, turnout)| (unit, turnout.responses));
        let shown = |unit: &Unit| {
            all.get(unit)
                .is_some_and(|t| may_show(t.responses, t.people, rule))
        };
        let entering = entering_the_state(counts, shown, rule);
        let sum = entering
            .iter()
            .filter_map(|unit| all.get(unit))
            .fold(Turnout::default(), |sum, t| sum.plus(*t));
        let state = may_show(sum.responses, sum.people, rule).then_some((sum, entering.len() == all.len()));
        Self {
            state,
            all,
            rule: *rule,
        }
    }

    /// The turnout of a unit, if it may be shown.
    pub(super) fn shown(&self, unit: &Unit) -> Option<Turnout> {
        let turnout = self.all.get(unit).copied()?;
        may_show(turnout.responses, turnout.people, &self.rule).then_some(turnout)
    }
}

/// The units that a figure of the state may be made of: those that are shown themselves, so that nothing is left when they
/// are taken away. Only where none is shown do all enter, if they have at least k respondents together.
pub(super) fn entering_the_state<'a>(
    counts: impl Iterator<Item = (&'a Unit, u32)>,
    is_shown: impl Fn(&Unit) -> bool,
    rule: &Thresholds,
) -> BTreeSet<Unit> {
    let (shown, hidden): (Vec<_>, Vec<_>) = counts.partition(|(unit, _)| is_shown(unit));
    let rest: u32 = hidden.iter().map(|(_, respondents)| respondents).sum();
    let with_rest = shown.is_empty() && u64::from(rest) >= rule.least_respondents();
    let hidden = hidden.into_iter().filter(|_| with_rest);
    shown
        .into_iter()
        .chain(hidden)
        .map(|(unit, _)| unit.clone())
        .collect()
}
