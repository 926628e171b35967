//! Sums of weighted scores, for respondents with weights of their own.
//!
//! Weights are reals, so these sums are too, and the order of rows shows in their last bits; the number of threads does not,
//! because every 262 144 rows are added up on their own and then in order. Where weights have few values, tally
//! their holders class by class instead ([`class_weighted_mean`](crate::measure::estimate::class_weighted_mean)): that is
//! exact.

use std::ops::Range;

use crate::measure::numeric::count;
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::undefined::Undefined;

use super::block::{BLOCK, Block};
use super::columns::Columns;
use super::groups::{Grouping, Running};
use super::scorer::Scorer;
use super::sums::Tally;

/// Rows whose sums are made in one go, whatever the number of threads.
const CHUNK: usize = 128 * BLOCK;

/// What a group of respondents with weights scored: the tally without weights, and the sums that a linearised variance
/// needs. Scores are in steps of the tally's grain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedTally {
    /// The same people without weights.
    pub tally: Tally,
    pub(in crate::measure) sums: WeightedSums,
}

/// `sum w`, `sum w^2`, `sum w s`, `sum w^2 s`, `sum w^2 s^2`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::measure) struct WeightedSums {
    pub weights: f64,
    pub squares: f64,
    pub scores: f64,
    pub square_scores: f64,
    pub square_score_squares: f64,
}

impl WeightedSums {
    fn add(&mut self, weight: f64, steps: f64) {
        let square = weight * weight;
        self.weights += weight;
        self.squares += square;
        self.scores += weight * steps;
        self.square_scores += square * steps;
        self.square_score_squares += square * steps * steps;
    }

    fn merge(&mut self, other: &Self) {
        self.weights += other.weights;
        self.squares += other.squares;
        self.scores += other.scores;
        self.square_scores += other.square_scores;
        self.square_score_squares += other.square_score_squares;
    }
}

/// The weighted tallies of each scorer, group by group: `result[scorer][group]`. A group here is a stratum of whatever is
/// to be estimated.
///
/// # Errors
/// [`Undefined::UnequalLengths`] when there are not as many group numbers or weights as rows;
/// [`Undefined::BadWeights`] for a weight that is negative or not a number.
pub fn weigh_groups(
    scorers: &[Scorer],
    columns: &Columns,
    grouping: Grouping<'_>,
    weights: &[f64],
    workers: Workers,
) -> Result<Vec<Vec<WeightedTally>>, Undefined> {
    let rows = columns.rows();
    grouping.check(rows)?;
    if weights.len() != rows {
        return Err(Undefined::UnequalLengths {
            left: count(rows),
            right: count(weights.len()),
        });
    }
    if weights.iter().any(|weight| !(0.0..=f64::MAX).contains(weight)) {
        return Err(Undefined::BadWeights);
    }
    let parts = in_parts(rows, CHUNK, workers, |part| {
        let of = |scorer| part_of(scorer, columns, grouping, weights, part.clone());
        scorers.iter().map(of).collect::<Vec<Part>>()
    });
    let mut all: Vec<Vec<WeightedTally>> = Vec::with_capacity(scorers.len());
    for scorer in scorers {
        let nobody = WeightedTally {
            tally: Tally::new(scorer.grain()),
            sums: WeightedSums::default(),
        };
        all.push(vec![nobody; grouping.groups]);
    }
    for part in &parts {
        for (all, part) in all.iter_mut().zip(part) {
            for (group, tally) in all.iter_mut().zip(&part.tallies) {
                group.tally.merge(tally)?;
            }
            for chunk in &part.chunks {
                for (group, sums) in all.iter_mut().zip(chunk) {
                    group.sums.merge(sums);
                }
            }
        }
    }
    Ok(all)
}

/// What came of the rows of one thread, for one scorer.
struct Part {
    tallies: Vec<Tally>,
    /// Chunk by chunk, group by group.
    chunks: Vec<Vec<WeightedSums>>,
}

fn part_of(
    scorer: &Scorer,
    columns: &Columns,
    grouping: Grouping<'_>,
    weights: &[f64],
    rows: Range<usize>,
) -> Part {
    let mut running = Running::new(scorer, grouping.groups);
    let mut chunks = Vec::new();
    let mut slots = [0; BLOCK];
    let mut block = Block::default();
    for chunk in rows.clone().step_by(CHUNK) {
        let mut sums = vec![WeightedSums::default(); grouping.groups];
        let end = (chunk + CHUNK).min(rows.end);
        for from in (chunk..end).step_by(BLOCK) {
            let rows = from..(from + BLOCK).min(end);
            let groups = grouping.of_row.get(rows.clone()).unwrap_or(&[]);
            let weights = weights.get(rows.clone()).unwrap_or(&[]);
            let slots = slots.get_mut(..rows.len()).unwrap_or_default();
            block.slots(scorer, columns, rows, slots);
            running.add(slots, groups);
            for ((slot, group), weight) in slots.iter().zip(groups).zip(weights) {
                let sum = usize::try_from(*group).ok().and_then(|group| sums.get_mut(group));
                if let (Some(scored), Some(sum)) = (scorer.slots().scored(*slot), sum) {
                    sum.add(*weight, f64::from(scored.steps));
                }
            }
        }
        chunks.push(sums);
    }
    Part {
        tallies: running.finish(),
        chunks,
    }
}
