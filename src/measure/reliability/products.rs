//! Products of items, group by group, in vector instructions.
//!
//! The answers of a row are laid side by side in lanes of 16 bits: a constant 1, then each item; zeros for somebody who
//! left one out. The row times its first lane is added to the first row of sums, the row times its second to the
//! second, and so on. So n, sums and products come from one loop of fixed length without a branch.

use std::ops::Range;

use crate::measure::parallel::{Workers, in_parts};
use crate::measure::scoring::ItemKey;
use crate::measure::tally::{Columns, Grouping};

/// Rows that are laid out side by side at a time.
const BLOCK: usize = 1024;

/// For each group `1 + k` rows of as many sums: the constant and the items, each times each.
pub(super) fn products<const LANES: usize>(
    items: &[ItemKey],
    columns: &Columns,
    grouping: Grouping<'_>,
    workers: Workers,
) -> Vec<u64> {
    let side = items.len() + 1;
    let parts = in_parts(columns.rows(), BLOCK, workers, |rows| {
        let mut running = Running::<LANES>::new(items, grouping.groups);
        let mut side_by_side = vec![[0_u16; LANES]; BLOCK];
        let mut complete = vec![0_u8; BLOCK];
        for from in rows.clone().step_by(BLOCK) {
            let rows = from..(from + BLOCK).min(rows.end);
            lay_out(items, columns, rows.clone(), &mut complete, &mut side_by_side);
            let groups = grouping.of_row.get(rows).unwrap_or(&[]);
            for (row, group) in side_by_side.iter().zip(groups) {
                running.add(row, *group);
            }
        }
        running.finish()
    });
    let mut all = vec![0_u64; grouping.groups * side * side];
    for part in &parts {
        for (all, part) in all.iter_mut().zip(part) {
            *all += part;
        }
    }
    all
}

/// Writes the answers of some rows side by side: 1 and each item's points above its worst, or nothing but zeros for
/// somebody who left one out.
fn lay_out<const LANES: usize>(
    items: &[ItemKey],
    columns: &Columns,
    rows: Range<usize>,
    complete: &mut [u8],
    side_by_side: &mut [[u16; LANES]],
) {
    let answers = |item: &ItemKey| columns.column(item.column).get(rows.clone()).unwrap_or(&[]);
    complete.fill(1);
    for item in items {
        for (complete, raw) in complete.iter_mut().zip(answers(item)) {
            *complete &= u8::from(raw.wrapping_sub(1) < item.points);
        }
    }
    for (row, complete) in side_by_side.iter_mut().zip(complete.iter()) {
        *row = [0; LANES];
        if let Some(first) = row.first_mut() {
            *first = u16::from(*complete);
        }
    }
    for (lane, item) in (1..).zip(items) {
        let highest = item.points.wrapping_sub(1);
        for ((row, raw), complete) in side_by_side.iter_mut().zip(answers(item)).zip(complete.iter()) {
            let worst = raw.wrapping_sub(1);
            let points = if item.reverse {
                highest.wrapping_sub(worst)
            } else {
                worst
            };
            if let Some(cell) = row.get_mut(lane) {
                *cell = u16::from(points.wrapping_mul(*complete));
            }
        }
    }
}

/// Sums of products in 16 bits, moved to 64 before they can overflow.
struct Running<const LANES: usize> {
    side: usize,
    /// Rows that a group may add before it is settled.
    room: u32,
    unsettled: Vec<u32>,
    /// `side` rows of lanes a group.
    small: Vec<[u16; LANES]>,
    /// `side * side` sums a group.
    settled: Vec<u64>,
}

impl<const LANES: usize> Running<LANES> {
    fn new(items: &[ItemKey], groups: usize) -> Self {
        let highest = items
            .iter()
            .map(|item| u32::from(item.points.saturating_sub(1)))
            .max()
            .unwrap_or(1);
        let side = items.len() + 1;
        Self {
            side,
            room: u32::from(u16::MAX) / (highest * highest).max(1),
            unsettled: vec![0; groups],
            small: vec![[0; LANES]; groups * side],
            settled: vec![0; groups * side * side],
        }
    }

    fn add(&mut self, row: &[u16; LANES], group: u32) {
        let Some((group, unsettled)) = usize::try_from(group)
            .ok()
            .and_then(|group| Some((group, self.unsettled.get_mut(group)?)))
        else {
            return;
        };
        let from = group * self.side;
        let Some(sums) = self.small.get_mut(from..from + self.side) else {
            return;
        };
        for (sums, own) in sums.iter_mut().zip(row) {
            for (sum, other) in sums.iter_mut().zip(row) {
                *sum = sum.wrapping_add(own.wrapping_mul(*other));
            }
        }
        *unsettled += 1;
        if *unsettled >= self.room {
            self.settle(group);
        }
    }

    #[cold]
    fn settle(&mut self, group: usize) {
        let side = self.side;
        if let Some(unsettled) = self.unsettled.get_mut(group) {
            *unsettled = 0;
        }
        let small = self.small.iter_mut().skip(group * side).take(side);
        let settled = self.settled.chunks_mut(side).skip(group * side).take(side);
        for (small, settled) in small.zip(settled) {
            for (sum, small) in settled.iter_mut().zip(small.iter()) {
                *sum += u64::from(*small);
            }
            *small = [0; LANES];
        }
    }

    fn finish(mut self) -> Vec<u64> {
        for group in 0..self.unsettled.len() {
            self.settle(group);
        }
        self.settled
    }
}
