//! The plan of disclosure over all cells of an audience, in the terms of the seal.
//!
//! The cells of [`super::cells`] are counted into a census of [`mod@crate::protect::plan`], which decides about all of them together
//! before any figure is made; here its answers are translated back into positions. Subjects whose scores share an item (an
//! index, its dimensions, a theme, the items) are one family. Of a segment item, nothing is shown by its own segment.
//!
//! Withheld is withheld for good: what is not in a [`Plan`] reaches no estimate of its own, and no weight either: see
//! [`Plan::alone`] and [`Entering`].

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{At, Cell, Cells, Content, Counted, EVERYBODY};
use super::material::Alike;
use super::menu::Menu;
use super::score::Chosen;
use crate::collect::packed::Slot;
use crate::measure::numeric::real_u64;
use crate::protect::plan::{self, Census, Family, Layout, Summary, Sums};
use crate::protect::{Protected, Thresholds, may_show_group};

/// Whom a cell is about: the state, or a unit by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    State,
    Unit(usize),
}

/// What may be shown of an audience.
pub(super) struct Plan {
    decided: plan::Plan<Place, usize, usize>,
    units: usize,
    /// Units that are not counted at all: what an earlier round says of them is nearly the same ([`super::alike`]).
    apart: BTreeSet<usize>,
}

/// What a figure of the state is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entering {
    /// Units whose own figure is shown each form a group of their own and may be weighted. All others that enter are one group,
    /// within which people count alike: known weights on few people can be solved for.
    pub groups: Vec<Vec<usize>>,
    /// Whether they are all units of the audience.
    pub is_whole: bool,
}

impl Entering {
    /// All units that enter.
    pub(super) fn units(&self) -> Vec<usize> {
        self.groups.iter().flatten().copied().collect()
    }
}

/// Whether a group of so many respondents may be shown by itself. Without a known headcount the respondents are the
/// least that there can be.
pub(super) fn may_show(respondents: u64, people: Option<u32>, varies: bool, rule: &Thresholds) -> bool {
    may_show_group(respondents, people.map_or(respondents, u64::from), varies, rule)
}

impl Plan {
    /// Decides over all cells.
    pub(super) fn of(cells: &Cells, alike: &Alike, rule: &Thresholds) -> Self {
        let state = [(Place::State, None)];
        let units = cells
            .unit_positions()
            .map(|unit| (Place::Unit(unit), Some(Place::State)));
        let mut census = Census::new(Layout {
            units: state.into_iter().chain(units).collect(),
            everybody: EVERYBODY,
            segments: cells
                .menus
                .iter()
                .map(|menu| menu.positions().collect())
                .collect(),
            families: families(cells, rule),
        });
        let of_unit = |unit: usize| cells.units.get(unit).map(|of| &of.unit);
        let is_alike = |unit: &usize| of_unit(*unit).is_some_and(|unit| alike.units.contains(unit));
        let apart: BTreeSet<usize> = cells.unit_positions().filter(is_alike).collect();
        for (unit, menu) in cells
            .unit_positions()
            .flat_map(|unit| (0..cells.menus.len()).map(move |menu| (unit, menu)))
        {
            let segment = cells.menus.get(menu).map(|menu| menu.segment.clone());
            let key = of_unit(unit).cloned().zip(segment);
            if key.is_some_and(|key| alike.cuts.contains(&key)) {
                // Laid out above, like the cells below.
                census.hold(&Place::Unit(unit), menu).ok();
            }
        }
        for subject in 0..cells.subjects.len() {
            let scale = Scale::of(cells, subject);
            for (unit, cut) in cells
                .unit_positions()
                .filter(|unit| !apart.contains(unit))
                .flat_map(|unit| (0..cells.cuts.len()).map(move |cut| (unit, cut)))
            {
                let own = cells
                    .menus
                    .iter()
                    .any(|menu| menu.positions().contains(&cut) && is_own(cells, menu, subject));
                let at = At { unit, cut, subject };
                if let Some(cell) = cells.cell(at).filter(|_| !own) {
                    let people = cells.people(unit, cut).or(cells.people(unit, EVERYBODY));
                    let people = people.map_or(cell.respondents, u64::from);
                    // The census was laid out by these very cells: there is no key it does not know.
                    census
                        .count(&Place::Unit(unit), &cut, &subject, scale.counted(cell, people))
                        .ok();
                }
            }
        }
        Self {
            decided: plan::Plan::of(census, rule),
            units: cells.units.len(),
            apart,
        }
    }

    /// The figure of a cell, or of something that is made of that cell alone, as it may leave the house.
    pub(super) fn protect<T>(
        &self,
        place: Place,
        cut: usize,
        subject: usize,
        figure: impl FnOnce() -> Option<T>,
    ) -> Protected<T> {
        self.decided.protect(&place, &cut, &subject, figure)
    }

    /// Whether a cell of a unit may be shown.
    pub(super) fn shows(&self, at: At) -> bool {
        self.decided.shows(&Place::Unit(at.unit), &at.cut, &at.subject)
    }

    /// The units whose cells of a cut and subject are shown.
    pub(super) fn units(&self, cells: &Cells, cut: usize, subject: usize) -> Vec<usize> {
        let shown = |unit: &usize| {
            self.shows(At {
                unit: *unit,
                cut,
                subject,
            })
        };
        cells.unit_positions().filter(shown).collect()
    }

    /// What the state's figure of a cut and subject is made of, where it is shown.
    pub(super) fn entering(&self, cut: usize, subject: usize) -> Option<Entering> {
        if !self.decided.shows(&Place::State, &cut, &subject) {
            return None;
        }
        let unit = |place: &Place| match place {
            Place::State => None,
            Place::Unit(unit) => Some(*unit),
        };
        let groups: Vec<Vec<usize>> = self
            .decided
            .parts(&Place::State, &cut, &subject)
            .iter()
            .map(|group| {
                let counted = group
                    .iter()
                    .filter_map(unit)
                    .filter(|unit| !self.apart.contains(unit));
                counted.collect::<Vec<usize>>()
            })
            .filter(|group| !group.is_empty())
            .collect();
        Some(Entering {
            is_whole: groups.iter().map(Vec::len).sum::<usize>() == self.units,
            groups,
        })
    }

    /// For each option of a segment, whether it may be a stratum of its own in a unit's figure. All others together, those
    /// who did not say included, are one more.
    pub(super) fn alone(&self, at: At, menu: &Menu) -> Vec<bool> {
        menu.positions().map(|cut| self.shows(At { cut, ..at })).collect()
    }

    /// What was decided and audited, in numbers.
    pub(super) fn summary(&self) -> Summary {
        *self.decided.summary()
    }
}

/// Subjects that share an item, by the columns that they are scored from.
fn families(cells: &Cells, rule: &Thresholds) -> Vec<Family<usize>> {
    let mut families: Vec<(Vec<usize>, Family<usize>)> = Vec::new();
    for (subject, counted) in cells.subjects.iter().enumerate() {
        let columns: Vec<usize> = match counted {
            Counted::Scores(scored) => scored.form.items().map(|item| item.column).collect(),
            _ => Vec::new(),
        };
        let is_composite = columns.len() > 1;
        let shares =
            |(taken, _): &(Vec<usize>, Family<usize>)| taken.iter().any(|column| columns.contains(column));
        let (joined, others): (Vec<_>, Vec<_>) = families.into_iter().partition(shares);
        // The shares of all options are a whole distribution, and there are no bands to fall back to.
        let least_respondents = match counted {
            Counted::Choices(Chosen {
                slot: Slot::Single { .. },
                ..
            }) => rule.distribution_from(),
            _ => 0,
        };
        let mut family = (
            columns.clone(),
            Family {
                composites: Vec::new(),
                parts: Vec::new(),
                least_respondents,
            },
        );
        for (taken, old) in joined {
            family.0.extend(taken);
            family.1.composites.extend(old.composites);
            family.1.parts.extend(old.parts);
        }
        if is_composite {
            family.1.composites.push(subject);
        } else {
            family.1.parts.push(subject);
        }
        families = others;
        families.push(family);
    }
    families.into_iter().map(|(_, family)| family).collect()
}

/// Whether a subject is the very item that the segment is read from.
fn is_own(cells: &Cells, menu: &Menu, subject: usize) -> bool {
    match cells.subjects.get(subject) {
        Some(Counted::Choices(Chosen { offset, .. })) => *offset == menu.column,
        _ => false,
    }
}

/// Numbers of any size as scores from 0 to 100, so that the width of what is left open means the same.
#[derive(Default)]
struct Scale {
    low: f64,
    range: f64,
}

impl Scale {
    fn of(cells: &Cells, subject: usize) -> Self {
        let all = cells.unit_positions().filter_map(|unit| {
            match &cells
                .cell(At {
                    unit,
                    cut: EVERYBODY,
                    subject,
                })?
                .content
            {
                Content::Numbers(numbers) => Some((*numbers.first()?, *numbers.last()?)),
                _ => None,
            }
        });
        let ends = all.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        ends.map_or_else(Self::default, |(low, high)| Self {
            low,
            range: high - low,
        })
    }

    fn counted(&self, cell: &Cell, people: u64) -> plan::Counted {
        match &cell.content {
            Content::Scores(scores) => plan::Counted {
                scores: scores.tally.moments().ok().map(|moments| Sums {
                    first: moments.mean * real_u64(moments.n),
                    second: moments.squares + moments.mean * moments.mean * real_u64(moments.n),
                }),
                ..plan::Counted::heads(cell.respondents, people)
            },
            Content::Numbers(numbers) => {
                let score = |number: &f64| {
                    if self.range > 0.0 {
                        100.0 * (number - self.low) / self.range
                    } else {
                        0.0
                    }
                };
                let scores: Vec<f64> = numbers.iter().map(score).collect();
                plan::Counted::scores(&scores, people)
            }
            Content::Responses | Content::Choices(_) => plan::Counted::heads(cell.respondents, people),
        }
    }
}

/// The units of a place, for figures that are looked up by unit.
pub(super) fn places(cells: &Cells) -> BTreeMap<crate::report::model::Unit, Place> {
    let units = cells
        .units
        .iter()
        .enumerate()
        .map(|(at, of)| (of.unit.clone(), Place::Unit(at)));
    units
        .chain([
            (crate::report::model::Unit::StateMean, Place::State),
            (crate::report::model::Unit::StateMedian, Place::State),
        ])
        .collect()
}
