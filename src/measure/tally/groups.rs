//! Tallies of many groups from whole columns, on several threads.

use std::ops::Range;

use crate::measure::numeric::count;
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::undefined::Undefined;

use super::block::{BLOCK, Block};
use super::columns::Columns;
use super::scorer::Scorer;
use super::sums::Tally;

/// Beyond this many counts (8 MB) a tally for each group is the smaller table.
const MOST_COUNTS: usize = 1 << 21;
/// Rows after which counts of 32 bits are moved to wide ones.
const MOST_UNCOUNTED: usize = 1 << 31;

/// Which group each row belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Grouping<'a> {
    /// A number below `groups` for each row; a row with another number belongs to none and is left out.
    pub of_row: &'a [u32],
    /// How many groups there are.
    pub groups: usize,
}

impl Grouping<'_> {
    pub(in crate::measure) fn check(&self, rows: usize) -> Result<(), Undefined> {
        if self.of_row.len() == rows {
            return Ok(());
        }
        Err(Undefined::UnequalLengths {
            left: count(rows),
            right: count(self.of_row.len()),
        })
    }
}

/// The tallies of each scorer, group by group: `result[scorer][group]`.
///
/// # Errors
/// [`Undefined::UnequalLengths`] when there are not as many group numbers as rows.
pub fn tally_groups(
    scorers: &[Scorer],
    columns: &Columns,
    grouping: Grouping<'_>,
    workers: Workers,
) -> Result<Vec<Vec<Tally>>, Undefined> {
    let rows = columns.rows();
    grouping.check(rows)?;
    let mut all: Vec<Vec<Tally>> = scorers
        .iter()
        .map(|scorer| vec![Tally::new(scorer.grain()); grouping.groups])
        .collect();
    let parts = in_parts(rows, BLOCK, workers, |part| {
        part_of(scorers, columns, grouping, part)
    });
    for part in parts {
        for (all, part) in all.iter_mut().flatten().zip(part.iter().flatten()) {
            all.merge(part)?;
        }
    }
    Ok(all)
}

/// The tallies of some rows. One scorer after the other, although the groups are read again for each: the counts of one
/// fit the cache, those of all would not.
fn part_of(
    scorers: &[Scorer],
    columns: &Columns,
    grouping: Grouping<'_>,
    rows: Range<usize>,
) -> Vec<Vec<Tally>> {
    let mut slots = [0; BLOCK];
    let mut block = Block::default();
    let mut of_scorer = |scorer| {
        let mut running = Running::new(scorer, grouping.groups);
        for from in rows.clone().step_by(BLOCK) {
            let rows = from..(from + BLOCK).min(rows.end);
            let groups = grouping.of_row.get(rows.clone()).unwrap_or(&[]);
            let slots = slots.get_mut(..rows.len()).unwrap_or_default();
            block.slots(scorer, columns, rows, slots);
            running.add(slots, groups);
        }
        running.finish()
    };
    scorers.iter().map(&mut of_scorer).collect()
}

/// The sums of one scorer while rows run by.
pub(super) struct Running<'a> {
    scorer: &'a Scorer,
    groups: usize,
    /// How often each slot occurred, group by group: one addition a row, whatever is to be known in the end. Empty
    /// where groups times slots are too many for the cache, as they are for a grain of many steps.
    counts: Vec<u32>,
    /// The tallies; with counts, those that were moved here before they could overflow.
    tallies: Vec<Tally>,
    uncounted: usize,
}

impl<'a> Running<'a> {
    pub fn new(scorer: &'a Scorer, groups: usize) -> Self {
        let counts = groups
            .checked_mul(scorer.slots().count())
            .filter(|counts| *counts <= MOST_COUNTS);
        Self {
            scorer,
            groups,
            counts: vec![0; counts.unwrap_or(0)],
            tallies: vec![Tally::new(scorer.grain()); groups],
            uncounted: 0,
        }
    }

    /// The slots of some rows and their groups.
    pub fn add(&mut self, slots: &[u32], groups: &[u32]) {
        let width = self.scorer.slots().count();
        if self.counts.is_empty() {
            for (slot, group) in slots.iter().zip(groups) {
                let tally = usize::try_from(*group)
                    .ok()
                    .and_then(|group| self.tallies.get_mut(group));
                if let (Some(scored), Some(tally)) = (self.scorer.slots().scored(*slot), tally) {
                    tally.add(scored);
                }
            }
            return;
        }
        for (slot, group) in slots.iter().zip(groups) {
            let (slot, group) = (index(*slot), index(*group));
            // A group beyond the last is left out.
            if group < self.groups
                && let Some(count) = self.counts.get_mut(group * width + slot)
            {
                *count += 1;
            }
        }
        self.uncounted += slots.len();
        if self.uncounted > MOST_UNCOUNTED {
            self.settle();
        }
    }

    /// Moves the counts into the tallies.
    fn settle(&mut self) {
        let width = self.scorer.slots().count().max(1);
        for (counts, tally) in self.counts.chunks_mut(width).zip(&mut self.tallies) {
            for (slot, count) in (0..).zip(counts.iter_mut()).filter(|(_, count)| **count > 0) {
                if let Some(scored) = self.scorer.slots().scored(slot) {
                    tally.add_many(scored, u64::from(*count));
                }
                *count = 0;
            }
        }
        self.uncounted = 0;
    }

    /// The tallies, group by group.
    pub fn finish(mut self) -> Vec<Tally> {
        self.settle();
        self.tallies
    }
}

/// A row's number as a position; beyond everything where it is none.
fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
