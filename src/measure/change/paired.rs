//! Changes of the same persons: attributed leaders who answered in both rounds.

use serde::{Deserialize, Serialize};

use crate::measure::descriptives::Moments;
use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::{count, normal_upper, real, t_two_sided};
use crate::measure::undefined::Undefined;

use super::ranks::mid_ranks;

/// Change within persons, after minus before, over complete pairs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedChange {
    /// Complete pairs.
    pub pairs: u64,
    /// Pairs with one side missing: counted, not used.
    pub incomplete: u64,
    /// Mean before, over complete pairs.
    pub mean_before: f64,
    /// Mean after, over complete pairs.
    pub mean_after: f64,
    /// Mean of the changes.
    pub change: f64,
    /// Standard deviation of the changes (n - 1).
    pub sd_change: f64,
    /// `sd_change / sqrt(pairs)`.
    pub se: f64,
    /// `change / se`.
    pub t: f64,
    /// pairs - 1.
    pub df: f64,
    /// Two-sided p value.
    pub p: f64,
    /// `change -+ t(df) se`.
    pub interval: Interval,
    /// Correlation of before and after; `None` where one of them does not vary.
    pub correlation: Option<f64>,
    /// `change / sd_change`.
    pub cohens_dz: f64,
    /// `change / sqrt((s_before^2 + s_after^2)/2)`.
    pub cohens_dav: f64,
}

/// Compares the same persons in two rounds; a missing side is `None`.
///
/// Reference implementation: R `t.test(after, before, paired = TRUE)`.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::EmptyGroup`], [`Undefined::OneRespondent`],
/// [`Undefined::NotFinite`], [`Undefined::NoVariation`] when every change is the same.
pub fn paired_change(
    before: &[Option<f64>],
    after: &[Option<f64>],
    confidence: Confidence,
) -> Result<PairedChange, Undefined> {
    let pairs = complete_pairs(before, after)?;
    let changes: Vec<f64> = pairs.iter().map(|(x, y)| y - x).collect();
    let change = Moments::of(&changes)?;
    let sd_change = change.sd()?;
    if sd_change <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let x = Moments::of(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>())?;
    let y = Moments::of(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>())?;
    let n = change.n_real();
    let (se, df) = (sd_change / n.sqrt(), n - 1.0);
    let products: f64 = pairs.iter().map(|(a, b)| (a - x.mean) * (b - y.mean)).sum();
    let scale = (x.squares * y.squares).sqrt();
    Ok(PairedChange {
        pairs: change.n,
        incomplete: count(before.len()) - change.n,
        mean_before: x.mean,
        mean_after: y.mean,
        change: change.mean,
        sd_change,
        se,
        t: change.mean / se,
        df,
        p: t_two_sided(change.mean / se, df),
        interval: Interval::around(change.mean, confidence.t(df) * se),
        correlation: (scale > 0.0).then(|| products / scale),
        cohens_dz: change.mean / sd_change,
        cohens_dav: change.mean / ((x.variance()? + y.variance()?) / 2.0).sqrt(),
    })
}

fn complete_pairs(before: &[Option<f64>], after: &[Option<f64>]) -> Result<Vec<(f64, f64)>, Undefined> {
    if before.len() != after.len() {
        return Err(Undefined::UnequalLengths {
            left: count(before.len()),
            right: count(after.len()),
        });
    }
    Ok(before.iter().zip(after).filter_map(|(x, y)| x.zip(*y)).collect())
}

/// Wilcoxon's signed rank test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SignedRank {
    /// Sum of the ranks of positive changes (R's `V`).
    pub v: f64,
    /// Changes of zero, dropped.
    pub zeros: u64,
    /// Two-sided p, normal approximation with tie correction.
    pub p: f64,
    /// The same with continuity correction, as R does by default.
    pub p_corrected: f64,
}

/// Wilcoxon's signed rank test of changes; zeros are dropped.
///
/// Ties among absolute changes are found by equality, so changes should be exact (integer sums of
/// answers), not differences of rounded means.
///
/// Reference implementation: R `wilcox.test(paired = TRUE, exact = FALSE)`.
///
/// # Errors
/// [`Undefined::NotFinite`], [`Undefined::NoVariation`] when every change is zero.
pub fn signed_rank(changes: &[f64]) -> Result<SignedRank, Undefined> {
    if changes.iter().any(|change| !change.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let moved: Vec<f64> = changes.iter().copied().filter(|change| *change != 0.0).collect();
    if moved.is_empty() {
        return Err(Undefined::NoVariation);
    }
    let sizes: Vec<f64> = moved.iter().map(|change| change.abs()).collect();
    let (ranks, ties) = mid_ranks(&sizes);
    let v: f64 = ranks
        .iter()
        .zip(&moved)
        .filter(|(_, change)| **change > 0.0)
        .map(|(rank, _)| rank)
        .sum();
    let m = real(moved.len());
    let sd = (m * (m + 1.0) * (2.0 * m + 1.0) / 24.0 - ties / 48.0).sqrt();
    let distance = (v - m * (m + 1.0) / 4.0).abs();
    let corrected = if distance == 0.0 { 0.0 } else { distance - 0.5 };
    Ok(SignedRank {
        v,
        zeros: count(changes.len() - moved.len()),
        p: 2.0 * normal_upper(distance / sd),
        p_corrected: (2.0 * normal_upper(corrected / sd)).min(1.0),
    })
}
