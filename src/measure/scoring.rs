//! From answers to scores: item, dimension, index of one person.
//!
//! Every score runs from 0 (worst) to 100 (best). An answer that was not given ("don't know",
//! "does not apply", skipped) is missing, and never the middle of the scale.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::method::Method;
use super::numeric::{count, real};

/// Scores this close to a boundary are on it: facet means carry rounding noise.
const NOISE: f64 = 1e-9;
/// From here on a score is favourable.
pub const FAVOURABLE_FROM: f64 = 75.0;
/// Up to here a score is unfavourable.
pub const UNFAVOURABLE_TO: f64 = 25.0;

/// The score of raw answer `raw` on a scale of `points` points: `100 (raw - 1)/(points - 1)`,
/// from 100 down when `reverse`.
///
/// `None` when `raw` is not one of `1..=points`, or the scale has fewer than two points.
#[must_use]
pub fn item_score(raw: u8, points: u8, reverse: bool) -> Option<f64> {
    if points < 2 || raw == 0 || raw > points {
        return None;
    }
    let steps = if reverse { points - raw } else { raw - 1 };
    Some(100.0 * f64::from(steps) / f64::from(points - 1))
}

/// A value on a scale from `min` to `max` as 0..100, from 100 down when `reverse`.
///
/// For data that does not come as points 1..m. `None` when the scale has no extent.
#[must_use]
pub fn rescaled(value: f64, min: f64, max: f64, reverse: bool) -> Option<f64> {
    if max.partial_cmp(&min) != Some(std::cmp::Ordering::Greater) || !value.is_finite() {
        return None;
    }
    let distance = if reverse { max - value } else { value - min };
    Some(distance / (max - min) * 100.0)
}

/// Where a score stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 75 and above.
    Favourable,
    /// Between 25 and 75.
    Neutral,
    /// 25 and below.
    Unfavourable,
}

/// Favourable from 75, unfavourable up to 25, neutral between. On five points: the upper two,
/// the middle, the lower two.
#[must_use]
pub fn standing(score: f64) -> Standing {
    if score >= FAVOURABLE_FROM - NOISE {
        Standing::Favourable
    } else if score <= UNFAVOURABLE_TO + NOISE {
        Standing::Unfavourable
    } else {
        Standing::Neutral
    }
}

/// How many scores stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standings {
    /// Scores of 75 and above.
    pub favourable: u64,
    /// Scores between.
    pub neutral: u64,
    /// Scores of 25 and below.
    pub unfavourable: u64,
}

impl Standings {
    /// Of a list of scores.
    #[must_use]
    pub fn of(scores: &[f64]) -> Self {
        scores.iter().fold(Self::default(), |mut all, score| {
            match standing(*score) {
                Standing::Favourable => all.favourable += 1,
                Standing::Neutral => all.neutral += 1,
                Standing::Unfavourable => all.unfavourable += 1,
            }
            all
        })
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.favourable + self.neutral + self.unfavourable
    }
}

/// Where an item's answer is found in a person's row, and how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemKey {
    /// The item's place in the row of answers, from 0.
    pub column: usize,
    /// The points of its scale, 2 to 11.
    pub points: u8,
    /// A high answer means a low score.
    pub reverse: bool,
}

impl ItemKey {
    /// The item's score in a person's row; `None` when not answered.
    #[must_use]
    pub fn score(&self, row: &[Option<u8>]) -> Option<f64> {
        self.score_of(row.get(self.column).copied().flatten()?)
    }

    /// The score of a raw answer to it; `None` when that is no point of its scale.
    #[must_use]
    pub fn score_of(&self, raw: u8) -> Option<f64> {
        item_score(raw, self.points, self.reverse)
    }
}

/// How an index is scored: dimensions of items, and how much must be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexForm {
    /// The items, dimension by dimension.
    pub dimensions: Vec<Vec<ItemKey>>,
    /// A person's index needs at least so many answered items.
    pub min_items: usize,
    /// ... and at least so many scored dimensions.
    pub min_dimensions: usize,
}

/// Why an index cannot be scored as defined.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadForm {
    /// No dimension, or one without items.
    #[error("dimension {0} (from 0) of the index has no items: give it items or remove it")]
    EmptyDimension(usize),
    /// A minimum that nobody can reach, or that is zero.
    #[error("{what} is {given}: it must be between 1 and {most}")]
    MinimumOutOfRange {
        /// `min_items` or `min_dimensions`.
        what: &'static str,
        /// What the definition says.
        given: usize,
        /// The most that makes sense.
        most: usize,
    },
    /// A scale with fewer than two points.
    #[error("the item in column {0} has a scale of fewer than two points")]
    NoScale(usize),
}

impl IndexForm {
    /// A form with defaults where a minimum is not given: two thirds of the items (rounded up),
    /// and all dimensions but one (at least one).
    ///
    /// # Errors
    /// [`BadForm`] names what cannot be.
    pub fn new(
        dimensions: Vec<Vec<ItemKey>>,
        min_items: Option<usize>,
        min_dimensions: Option<usize>,
    ) -> Result<Self, BadForm> {
        if dimensions.is_empty() {
            return Err(BadForm::EmptyDimension(0));
        }
        if let Some(empty) = dimensions.iter().position(Vec::is_empty) {
            return Err(BadForm::EmptyDimension(empty));
        }
        if let Some(item) = dimensions.iter().flatten().find(|item| item.points < 2) {
            return Err(BadForm::NoScale(item.column));
        }
        let items: usize = dimensions.iter().map(Vec::len).sum();
        let min_items = min_items.unwrap_or_else(|| (2 * items).div_ceil(3));
        let min_dimensions = min_dimensions.unwrap_or_else(|| (dimensions.len() - 1).max(1));
        check_minimum("min_items", min_items, items)?;
        check_minimum("min_dimensions", min_dimensions, dimensions.len())?;
        Ok(Self {
            dimensions,
            min_items,
            min_dimensions,
        })
    }

    /// Every item, dimension by dimension.
    pub fn items(&self) -> impl Iterator<Item = &ItemKey> {
        self.dimensions.iter().flatten()
    }

    /// A person's score in each dimension: the mean of the answered items where at least half of
    /// them (rounded up) are answered, else `None`.
    #[must_use]
    pub fn dimension_scores(&self, row: &[Option<u8>]) -> Vec<Option<f64>> {
        self.dimensions
            .iter()
            .map(|items| dimension_score(items, |item| item.score(row)))
            .collect()
    }

    /// A person's index: the mean of the scored dimensions; `None` when fewer than `min_items` items
    /// are answered or fewer than `min_dimensions` dimensions scored.
    #[must_use]
    pub fn index_score(&self, row: &[Option<u8>]) -> Option<f64> {
        self.index_score_of(|item| item.score(row))
    }

    /// The same from the score of each item, however a person's answers are held.
    pub fn index_score_of(&self, score: impl Fn(&ItemKey) -> Option<f64>) -> Option<f64> {
        let answered = self.items().filter(|item| score(item).is_some()).count();
        if answered < self.min_items {
            return None;
        }
        let (sum, scored) = self
            .dimensions
            .iter()
            .filter_map(|items| dimension_score(items, &score))
            .fold((0.0, 0_usize), |(sum, n), score| (sum + score, n + 1));
        (scored > 0 && scored >= self.min_dimensions).then(|| sum / real(scored))
    }

    /// Whether every item of the index is answered.
    #[must_use]
    pub fn is_complete(&self, row: &[Option<u8>]) -> bool {
        self.items().all(|item| item.score(row).is_some())
    }

    /// How the index is computed, for a stored result.
    #[must_use]
    pub fn method(&self) -> Method {
        Method::named("index.mean-of-dimensions")
            .with("min_items", count(self.min_items))
            .with("min_dimensions", count(self.min_dimensions))
            .with("dimension_needs", "half of its items, rounded up")
    }
}

fn check_minimum(what: &'static str, given: usize, most: usize) -> Result<(), BadForm> {
    if (1..=most).contains(&given) {
        Ok(())
    } else {
        Err(BadForm::MinimumOutOfRange { what, given, most })
    }
}

/// The mean of the answered items, where at least half of them (rounded up) are answered.
fn dimension_score(items: &[ItemKey], score: impl Fn(&ItemKey) -> Option<f64>) -> Option<f64> {
    mean_of_answered(items.iter().map(score), items.len(), items.len().div_ceil(2))
}

/// The mean of the scores that are there, if at least `needed` of `all` are.
#[must_use]
pub fn mean_of_answered(scores: impl Iterator<Item = Option<f64>>, all: usize, needed: usize) -> Option<f64> {
    let (sum, answered) = scores
        .flatten()
        .fold((0.0, 0_usize), |(sum, n), score| (sum + score, n + 1));
    (answered > 0 && answered >= needed.min(all)).then(|| sum / real(answered))
}

/// How many of `k` items must be answered when a share of them must: rounded up, at least one,
/// and safe from rounding noise (0.2 of 5 is 1, not 2).
#[must_use]
pub fn needed_of_share(share: f64, k: usize) -> usize {
    let exact = share * real(k) - NOISE;
    super::numeric::convert::position(exact.ceil()).clamp(1, k.max(1))
}

/// Whether a person gave the same raw answer to every one of at least `least` answered items.
///
/// With reverse-keyed items among them such a row contradicts itself. It is flagged in the
/// result and never deleted.
#[must_use]
pub fn is_straight_lined(items: &[ItemKey], row: &[Option<u8>], least: usize) -> bool {
    let mut answers = items
        .iter()
        .filter_map(|item| row.get(item.column).copied().flatten());
    let Some(first) = answers.next() else {
        return false;
    };
    let mut answered = 1;
    for answer in answers {
        if answer != first {
            return false;
        }
        answered += 1;
    }
    answered >= least.max(2)
}
