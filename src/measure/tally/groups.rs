//! Tallies of many groups from whole columns, on several threads.

use std::ops::Range;

use crate::measure::numeric::count;
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::undefined::Undefined;

use super::columns::Columns;
use super::grain::Grain;
use super::scorer::{ItemCode, Scored, Scorer};
use super::sums::{Sums, Tally};

/// Rows that are scored at a time: codes, scores and groups of a block stay in the first cache.
const BLOCK: usize = 2048;
/// Rows after which running sums are moved to wide ones: 2^23 squares of 2^20 steps fit in 64 bits.
const MOST_RUNNING: usize = 1 << 23;
/// The score of somebody who has none.
const NONE: u32 = u32::MAX;
/// The bit that marks the score of somebody who answered every item.
const COMPLETE: u32 = 1 << 31;

/// Which group each row belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Grouping<'a> {
    /// A number below `groups` for each row; a row with another number belongs to none and is left out.
    pub of_row: &'a [u32],
    /// How many groups there are.
    pub groups: usize,
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
    if grouping.of_row.len() != rows {
        return Err(Undefined::UnequalLengths {
            left: count(rows),
            right: count(grouping.of_row.len()),
        });
    }
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

/// The tallies of some rows.
fn part_of(
    scorers: &[Scorer],
    columns: &Columns,
    grouping: Grouping<'_>,
    rows: Range<usize>,
) -> Vec<Vec<Tally>> {
    let mut running: Vec<Running> = scorers
        .iter()
        .map(|scorer| Running::new(scorer.grain(), grouping.groups))
        .collect();
    let mut scores = [NONE; BLOCK];
    let mut block = Block::default();
    let mut unmoved = 0;
    for from in rows.clone().step_by(BLOCK) {
        let rows = from..(from + BLOCK).min(rows.end);
        let groups = grouping.of_row.get(rows.clone()).unwrap_or(&[]);
        for (scorer, running) in scorers.iter().zip(&mut running) {
            let scores = scores.get_mut(..rows.len()).unwrap_or_default();
            block.score(scorer, columns, rows.clone(), scores);
            running.add(scores, groups);
        }
        unmoved += rows.len();
        if unmoved > MOST_RUNNING {
            running.iter_mut().for_each(Running::settle);
            unmoved = 0;
        }
    }
    running.into_iter().map(Running::finish).collect()
}

/// Room for the codes and worths of a block of rows.
struct Block {
    codes: Vec<u16>,
    worths: Vec<u64>,
}

impl Default for Block {
    fn default() -> Self {
        Self {
            codes: vec![0; BLOCK],
            worths: vec![0; BLOCK],
        }
    }
}

impl Block {
    /// Scores some rows, at most [`BLOCK`] of them.
    fn score(&mut self, scorer: &Scorer, columns: &Columns, rows: Range<usize>, scores: &mut [u32]) {
        if !scorer.grain().is_exact() {
            let raw = |row, column| columns.column(column).get(row).copied();
            for (row, score) in rows.zip(scores) {
                *score = marked(scorer.rounded(|item| raw(row, item.column)));
            }
            return;
        }
        self.worths.fill(0);
        for dimension in scorer.dimensions() {
            self.codes.fill(0);
            for item in &dimension.items {
                let answers = columns.column(item.key.column).get(rows.clone()).unwrap_or(&[]);
                fold(&mut self.codes, answers, *item);
            }
            for (worth, code) in self.worths.iter_mut().zip(&self.codes) {
                *worth += dimension.worth.get(usize::from(*code)).copied().unwrap_or(0);
            }
        }
        for (score, worth) in scores.iter_mut().zip(&self.worths) {
            *score = marked(scorer.finish().of(*worth));
        }
    }
}

/// Adds the answers to an item to the codes of their rows.
fn fold(codes: &mut [u16], answers: &[u8], item: ItemCode) {
    for (code, answer) in codes.iter_mut().zip(answers) {
        *code += item.of(*answer);
    }
}

fn marked(scored: Option<Scored>) -> u32 {
    scored.map_or(NONE, |scored| {
        scored.steps | if scored.complete { COMPLETE } else { 0 }
    })
}

fn unmarked(score: u32) -> Option<Scored> {
    (score != NONE).then_some(Scored {
        steps: score & !COMPLETE,
        complete: score & COMPLETE != 0,
    })
}

/// The sums of one scorer while rows run by: those with gaps and those without apart, so that one addition serves
/// both.
struct Running {
    grain: Grain,
    /// By group: with gaps, complete.
    cells: Vec<[Cell; 2]>,
    settled: Vec<Tally>,
}

/// Sums that fit in a few words; they are moved to a [`Tally`] before they can overflow.
#[derive(Clone, Copy, Default)]
struct Cell {
    n: u32,
    favourable: u32,
    unfavourable: u32,
    sum: u64,
    squares: u64,
}

impl Running {
    fn new(grain: Grain, groups: usize) -> Self {
        Self {
            grain,
            cells: vec![[Cell::default(); 2]; groups],
            settled: vec![Tally::new(grain); groups],
        }
    }

    fn add(&mut self, scores: &[u32], groups: &[u32]) {
        let grain = self.grain;
        if !grain.is_exact() {
            return self.add_wide(scores, groups);
        }
        for (scored, group) in scores.iter().map(|score| unmarked(*score)).zip(groups) {
            let Some(Scored { steps, complete }) = scored else {
                continue;
            };
            let Some([gaps, whole]) = usize::try_from(*group)
                .ok()
                .and_then(|group| self.cells.get_mut(group))
            else {
                continue;
            };
            let cell = if complete { whole } else { gaps };
            cell.n += 1;
            cell.favourable += u32::from(grain.is_favourable(steps));
            cell.unfavourable += u32::from(grain.is_unfavourable(steps));
            cell.sum += u64::from(steps);
            cell.squares += u64::from(steps) * u64::from(steps);
        }
    }

    /// Squares of a thousand million steps do not fit in a cell.
    fn add_wide(&mut self, scores: &[u32], groups: &[u32]) {
        for (scored, group) in scores.iter().map(|score| unmarked(*score)).zip(groups) {
            let tally = usize::try_from(*group)
                .ok()
                .and_then(|group| self.settled.get_mut(group));
            if let (Some(scored), Some(tally)) = (scored, tally) {
                tally.add(scored);
            }
        }
    }

    fn settle(&mut self) {
        for ([gaps, whole], tally) in self.cells.iter_mut().zip(&mut self.settled) {
            tally.add_sums(whole.sums(), gaps.sums());
            tally.add_standings(
                u64::from(gaps.favourable) + u64::from(whole.favourable),
                u64::from(gaps.unfavourable) + u64::from(whole.unfavourable),
            );
            (*gaps, *whole) = Default::default();
        }
    }

    fn finish(mut self) -> Vec<Tally> {
        self.settle();
        self.settled
    }
}

impl Cell {
    fn sums(&self) -> Sums {
        Sums {
            n: u64::from(self.n),
            sum: self.sum,
            squares: u128::from(self.squares),
        }
    }
}
