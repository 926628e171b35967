//! What may be shown: asked once, over all cells of an audience, before any figure is made.
//!
//! The rules in force:
//!
//! - a cell needs k respondents of at least k people, and below fifty respondents they must not all say the same;
//! - a cut is shown only where everybody of the unit is, and only so many of its options that those left over (the options
//!   not shown and those who did not say) are nobody or at least k: otherwise they could be had by subtraction;
//! - a figure of the state is made of units that are shown themselves, so that nothing is left when they are taken
//!   away. Only where none is shown do all enter, if they have at least k respondents together. An agency without any
//!   response and one with too few look alike;
//! - of a segment item, nothing is shown by its own segment.
//!
//! Withheld is withheld for good: what is not in a [`Plan`] reaches no estimate of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{At, Cells, EVERYBODY};
use super::menu::Menu;
use super::score::Chosen;
use crate::protect::figure::refusal;
use crate::protect::mean::UNANIMITY_FROM;
use crate::protect::{Part, Thresholds, withhold_remainders};

/// What may be shown of an audience.
#[derive(Debug, Default)]
pub(super) struct Plan {
    shown: BTreeSet<At>,
    /// By cut and subject.
    state: BTreeMap<(usize, usize), Entering>,
}

/// The units that a figure of the state is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Entering {
    pub units: Vec<usize>,
    /// Whether they are all units of the audience.
    pub is_whole: bool,
    /// Whether the figure may be shown.
    pub shown: bool,
}

/// Whether a group of so many respondents may be shown by itself. Without a known headcount the respondents are the
/// least that there can be.
pub(super) fn may_show(respondents: u64, people: Option<u32>, varies: bool, rule: &Thresholds) -> bool {
    let people = people.map_or(respondents, u64::from);
    let unanimous = !varies && respondents < UNANIMITY_FROM;
    refusal(respondents, people, rule).is_none() && !unanimous
}

/// Whether a part of a group may be told together with the whole: neither it nor the others are few.
pub(super) fn may_show_part(part: u64, whole: u64, rule: &Thresholds) -> bool {
    let k = rule.least_respondents();
    let rest = whole.saturating_sub(part);
    part >= k && (rest == 0 || rest >= k)
}

impl Plan {
    /// Decides over all cells.
    pub(super) fn of(cells: &Cells, rule: &Thresholds) -> Self {
        let mut plan = Self::default();
        for subject in 0..cells.subjects.len() {
            for unit in cells.unit_positions() {
                let whole = At { unit, cut: EVERYBODY, subject };
                if alone(cells, whole, rule) {
                    plan.shown.insert(whole);
                    for menu in &cells.menus {
                        plan.shown.extend(options(cells, whole, menu, rule));
                    }
                }
            }
            plan.state_of(cells, subject, rule);
        }
        plan
    }

    /// Whether a cell of a unit may be shown.
    pub(super) fn shows(&self, at: At) -> bool {
        self.shown.contains(&at)
    }

    /// The units whose cells of a cut and subject are shown.
    pub(super) fn units(&self, cells: &Cells, cut: usize, subject: usize) -> Vec<usize> {
        let shown = |unit: &usize| self.shows(At { unit: *unit, cut, subject });
        cells.unit_positions().filter(shown).collect()
    }

    /// What the state's figure of a cut and subject is made of.
    pub(super) fn entering(&self, cut: usize, subject: usize) -> Option<&Entering> {
        self.state.get(&(cut, subject)).filter(|entering| entering.shown)
    }

    fn state_of(&mut self, cells: &Cells, subject: usize, rule: &Thresholds) {
        let all: Vec<usize> = cells.unit_positions().collect();
        let whole = self.entering_of(cells, &all, EVERYBODY, subject, rule);
        let candidates = whole.units.clone();
        let (is_shown, total) = (whole.shown, respondents(cells, &whole.units, EVERYBODY, subject));
        self.state.insert((EVERYBODY, subject), whole);
        for menu in cells.menus.iter().filter(|menu| is_shown && !is_own(cells, menu, subject)) {
            let entering: Vec<Entering> = menu
                .positions()
                .map(|cut| self.entering_of(cells, &candidates, cut, subject, rule))
                .collect();
            let parts: Vec<Part> = entering
                .iter()
                .zip(menu.positions())
                .map(|(entering, cut)| Part {
                    respondents: respondents(cells, &entering.units, cut, subject),
                    shown: entering.shown,
                })
                .collect();
            let kept = withhold_remainders(total, &parts, rule);
            for ((mut entering, cut), shown) in entering.into_iter().zip(menu.positions()).zip(kept) {
                entering.shown = shown;
                self.state.insert((cut, subject), entering);
            }
        }
    }

    /// Of these units those that are shown in the cut; where none is, all of them.
    fn entering_of(
        &self,
        cells: &Cells,
        candidates: &[usize],
        cut: usize,
        subject: usize,
        rule: &Thresholds,
    ) -> Entering {
        let shown = |unit: &&usize| self.shows(At { unit: **unit, cut, subject });
        let mut units: Vec<usize> = candidates.iter().filter(shown).copied().collect();
        if units.is_empty() {
            units = candidates.to_vec();
        }
        let n = respondents(cells, &units, cut, subject);
        let people: Option<u32> = units.iter().map(|unit| cells.people(*unit, cut)).sum();
        Entering {
            is_whole: units.len() == cells.units.len(),
            shown: may_show(n, people, true, rule),
            units,
        }
    }
}

/// Whether a cell may be shown by itself.
fn alone(cells: &Cells, at: At, rule: &Thresholds) -> bool {
    cells.cell(at).is_some_and(|cell| {
        may_show(cell.respondents, cells.people(at.unit, at.cut), cell.varies(), rule)
    })
}

/// The options of a segment that may be shown beside everybody of the unit.
fn options(cells: &Cells, whole: At, menu: &Menu, rule: &Thresholds) -> Vec<At> {
    if is_own(cells, menu, whole.subject) {
        return Vec::new();
    }
    let at = |cut: usize| At { cut, ..whole };
    let parts: Vec<Part> = menu
        .positions()
        .map(|cut| Part {
            respondents: n(cells, at(cut)),
            shown: alone(cells, at(cut), rule),
        })
        .collect();
    let kept = withhold_remainders(n(cells, whole), &parts, rule);
    menu.positions()
        .zip(kept)
        .filter(|(_, shown)| *shown)
        .map(|(cut, _)| at(cut))
        .collect()
}

/// Whether a subject is the very item that the segment is read from.
fn is_own(cells: &Cells, menu: &Menu, subject: usize) -> bool {
    match cells.subjects.get(subject) {
        Some(super::cells::Counted::Choices(Chosen { offset, .. })) => *offset == menu.column,
        _ => false,
    }
}

fn n(cells: &Cells, at: At) -> u64 {
    cells.cell(at).map_or(0, |cell| cell.respondents)
}

fn respondents(cells: &Cells, units: &[usize], cut: usize, subject: usize) -> u64 {
    units.iter().map(|unit| n(cells, At { unit: *unit, cut, subject })).sum()
}
