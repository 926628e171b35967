//! Ranks, only with how uncertain they are.
//!
//! An agency's rank interval counts who is surely better and who is surely worse, from all pairwise
//! comparisons adjusted together. When the intervals are wide no ranking is shown, and agencies stand
//! in the order of their names.
//!
//! Source: Mogstad, Romano, Shaikh & Wilhelm 2023, in the simple form of all pairs by Holm.

use serde::{Deserialize, Serialize};

use super::change::{Adjustment, Sample, adjust, welch};
use super::interval::Confidence;
use super::numeric::{count, real};
use super::quantile::Sorted;
use super::undefined::Undefined;

/// The ranks that an agency may truly have; 1 is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankInterval {
    /// One more than the agencies that are surely better.
    pub best: u64,
    /// All but the agencies that are surely worse.
    pub worst: u64,
}

/// Rank intervals of some agencies, and whether they say enough to be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// In the order given.
    pub intervals: Vec<RankInterval>,
    /// Their median width, `worst - best`.
    pub median_width: f64,
    /// Whether that is at most half the number of agencies. Otherwise show no ranking.
    pub shown: bool,
}

/// Ranks agencies by all pairwise Welch tests, Holm-adjusted, at the given confidence. Hand in only
/// agencies that are shown: a suppressed one never has a rank.
///
/// Two agencies whose scores do not vary at all are told apart by their means.
///
/// # Errors
/// [`Undefined::TooFew`] below two agencies, and as [`fn@welch`].
pub fn rank_intervals(agencies: &[Sample], confidence: Confidence) -> Result<Ranking, Undefined> {
    if agencies.len() < 2 {
        return Err(Undefined::TooFew {
            given: count(agencies.len()),
            needed: 2,
        });
    }
    let pairs = pairs(agencies, confidence)?;
    let p: Vec<Option<f64>> = pairs.iter().map(|pair| Some(pair.p)).collect();
    let adjusted = adjust(&p, Adjustment::Holm)?;
    let mut intervals = vec![
        RankInterval {
            best: 1,
            worst: count(agencies.len()),
        };
        agencies.len()
    ];
    let sure = 1.0 - confidence.level();
    for (pair, p) in pairs.iter().zip(adjusted.into_iter().flatten()) {
        if p < sure {
            let (better, worse) = if pair.difference > 0.0 {
                (pair.first, pair.second)
            } else {
                (pair.second, pair.first)
            };
            if let Some(interval) = intervals.get_mut(better) {
                interval.worst -= 1;
            }
            if let Some(interval) = intervals.get_mut(worse) {
                interval.best += 1;
            }
        }
    }
    let widths: Vec<f64> = intervals
        .iter()
        .map(|interval| super::numeric::real_u64(interval.worst.saturating_sub(interval.best)))
        .collect();
    let median_width = Sorted::of(&widths)?.median();
    Ok(Ranking {
        intervals,
        median_width,
        shown: median_width <= real(agencies.len()) / 2.0,
    })
}

struct Pair {
    first: usize,
    second: usize,
    difference: f64,
    p: f64,
}

fn pairs(agencies: &[Sample], confidence: Confidence) -> Result<Vec<Pair>, Undefined> {
    let mut pairs = Vec::new();
    for (first, a) in agencies.iter().enumerate() {
        for (second, b) in agencies.iter().enumerate().skip(first + 1) {
            let (difference, p) = match welch(*a, *b, confidence) {
                Ok(test) => (test.difference, test.p),
                Err(Undefined::NoVariation) => (a.mean - b.mean, if a.mean == b.mean { 1.0 } else { 0.0 }),
                Err(other) => return Err(other),
            };
            pairs.push(Pair {
                first,
                second,
                difference,
                p,
            });
        }
    }
    Ok(pairs)
}
