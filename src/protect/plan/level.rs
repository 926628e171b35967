//! Which units are shown at all on a subject, before any cut.
//!
//! A unit with parts is shown when one of its parts is, and is then made of those parts alone: nothing is left when they
//! are taken away. Where no part is shown, all parts together are shown as one group if they are enough and none of them is
//! nearly all of it; their figure
//! must then be the plain mean of their people (`Plan::parts` gives one group), since known weights on small groups can be
//! solved for by search.

use super::census::{Census, Counted, Family};
use super::tree::Tree;
use crate::protect::figure::{Reason, refusal};
use crate::protect::group::UNANIMITY_FROM;
use crate::protect::thresholds::Thresholds;

/// What is decided about one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Shown,
    Withheld(Reason),
}

/// The decisions of one subject, unit by unit.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    pub decisions: Vec<Decision>,
    /// The units that figures are made of: the smallest that are shown, and those that are shown as one group.
    pub enters: Vec<bool>,
}

/// The numbers a decision is taken by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub thresholds: Thresholds,
    pub least: u64,
}

impl Rule {
    pub(super) fn of<S>(family: &Family<S>, thresholds: &Thresholds) -> Self {
        Self {
            thresholds: *thresholds,
            least: thresholds.least_respondents().max(family.least_respondents),
        }
    }

    /// R1 and, for scores, unanimity.
    pub(super) fn judge(&self, cell: &Counted) -> Decision {
        if let Some(reason) = refusal(cell.respondents, cell.people, &self.thresholds) {
            Decision::Withheld(reason)
        } else if cell.respondents < self.least {
            Decision::Withheld(Reason::TooFewRespondents)
        } else if cell.respondents < UNANIMITY_FROM && cell.is_unanimous() {
            Decision::Withheld(Reason::Unanimous)
        } else {
            Decision::Shown
        }
    }
}

/// The levels of each subject of a family, in the order of composites and parts.
pub(super) fn levels<U: Ord + Clone, C: Ord + Clone, S: Ord + Clone>(
    census: &Census<U, C, S>,
    tree: &Tree,
    family: &Family<S>,
    rule: &Rule,
) -> Vec<Levels> {
    let subjects: Vec<usize> = family
        .composites
        .iter()
        .chain(&family.parts)
        .map(|subject| census.subject(subject))
        .collect();
    let cell = |unit: usize, subject: usize| tree.pooled(census, (unit, 0, subject));
    let mut all: Vec<Levels> = subjects
        .iter()
        .map(|_| Levels {
            decisions: vec![Decision::Withheld(Reason::TooFewRespondents); census.units.len()],
            enters: vec![false; census.units.len()],
        })
        .collect();
    for unit in (0..census.units.len()).filter(|unit| tree.is_smallest(*unit)) {
        let cells: Vec<Counted> = subjects.iter().map(|subject| cell(unit, *subject)).collect();
        for (levels, decision) in all.iter_mut().zip(decided(&cells, family.composites.len(), rule)) {
            levels.set(unit, decision, decision == Decision::Shown);
        }
    }
    for unit in tree.upwards.iter().filter(|unit| !tree.is_smallest(**unit)) {
        for (levels, subject) in all.iter_mut().zip(&subjects) {
            if tree.children(*unit).iter().any(|part| levels.shows(*part)) {
                levels.set(*unit, Decision::Shown, false);
            } else {
                let decision = match rule.judge(&cell(*unit, *subject)) {
                    Decision::Shown if tree.is_dominated(census, (*unit, 0, *subject)) => {
                        Decision::Withheld(Reason::Complement)
                    }
                    decision => decision,
                };
                levels.set(*unit, decision, decision == Decision::Shown);
            }
        }
    }
    all
}

/// The family in one unit: each by itself, and then a composite and its part never side by side shown and withheld when
/// the one gives the other away.
///
/// An item of which one in ten people is missing can be computed from the index and the other items but for what that
/// one person would have added: within 100 m / n points, if m more people are in the index than the n of the
/// item. Below 20 points the shown one of the two is withheld too.
fn decided(cells: &[Counted], composites: usize, rule: &Rule) -> Vec<Decision> {
    let alone: Vec<Decision> = cells.iter().map(|cell| rule.judge(cell)).collect();
    let gives_away = |shown: usize| {
        let Some(one) = cells.get(shown) else { return false };
        let hidden = cells.iter().zip(&alone).enumerate();
        hidden
            .filter(|(other, _)| (*other < composites) != (shown < composites))
            .filter(|(_, (cell, decision))| **decision != Decision::Shown && cell.respondents > 0)
            .any(|(_, (cell, _))| too_near(cell.respondents, one.respondents))
    };
    alone
        .iter()
        .enumerate()
        .map(|(at, decision)| match decision {
            Decision::Shown if gives_away(at) => Decision::Withheld(Reason::Complement),
            decision => *decision,
        })
        .collect()
}

/// Whether `hidden` people are nearly the same as `shown`, so that 100 m / n stays under 20 points.
pub(super) fn too_near(hidden: u64, shown: u64) -> bool {
    5 * shown.abs_diff(hidden) < hidden
}

impl Levels {
    fn set(&mut self, unit: usize, decision: Decision, enters: bool) {
        if let Some(slot) = self.decisions.get_mut(unit) {
            *slot = decision;
        }
        if let Some(slot) = self.enters.get_mut(unit) {
            *slot = enters;
        }
    }

    pub(super) fn shows(&self, unit: usize) -> bool {
        self.decisions.get(unit) == Some(&Decision::Shown)
    }

    pub(super) fn enters(&self, unit: usize) -> bool {
        self.enters.get(unit).copied().unwrap_or(false)
    }
}
