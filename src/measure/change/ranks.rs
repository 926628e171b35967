//! Comparisons by rank, which no outlier moves: Mann-Whitney and Cliff's delta.

use serde::{Deserialize, Serialize};

use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::{normal_upper, real};
use crate::measure::undefined::Undefined;

/// Mid-ranks (1 for the smallest; ties share their mean rank) in the order given, and the sum of
/// `t^3 - t` over groups of t tied values.
#[must_use]
pub fn mid_ranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut ranks = vec![0.0; values.len()];
    let mut tie_sum = 0.0;
    let mut before = 0;
    for group in order.chunk_by(|a, b| a.1 == b.1) {
        let size = real(group.len());
        let rank = real(before) + (size + 1.0) / 2.0;
        for (at, _) in group {
            if let Some(slot) = ranks.get_mut(*at) {
                *slot = rank;
            }
        }
        tie_sum += size * size * size - size;
        before += group.len();
    }
    (ranks, tie_sum)
}

/// The Mann-Whitney comparison of two samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MannWhitney {
    /// U of the first sample: pairs in which it is larger, ties as halves (R's `W`).
    pub u_first: f64,
    /// U of the second sample.
    pub u_second: f64,
    /// Variance of U under no difference, corrected for ties.
    pub variance: f64,
    /// Standardised, without continuity correction.
    pub z: f64,
    /// Two-sided p of `z`.
    pub p: f64,
    /// With continuity correction, as R does by default.
    pub z_corrected: f64,
    /// Two-sided p of `z_corrected`.
    pub p_corrected: f64,
    /// The chance that a random member of the first is larger than one of the second.
    pub superiority: f64,
    /// Cliff's delta, `2 superiority - 1`.
    pub cliffs_delta: f64,
}

/// Compares two samples by ranks.
///
/// Reference implementation: R `wilcox.test(exact = FALSE)`, `coin::wilcox_test`.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::NotFinite`], [`Undefined::NoVariation`].
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Result<MannWhitney, Undefined> {
    if first.is_empty() || second.is_empty() {
        return Err(Undefined::EmptyGroup);
    }
    let together: Vec<f64> = first.iter().chain(second).copied().collect();
    if together.iter().any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let (n1, n2) = (real(first.len()), real(second.len()));
    let n = n1 + n2;
    let (ranks, ties) = mid_ranks(&together);
    let u_first = ranks.iter().take(first.len()).sum::<f64>() - n1 * (n1 + 1.0) / 2.0;
    let variance = n1 * n2 / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)));
    if variance <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let distance = u_first - n1 * n2 / 2.0;
    let z = distance / variance.sqrt();
    let z_corrected = if distance == 0.0 {
        0.0
    } else {
        (distance.abs() - 0.5) * distance.signum() / variance.sqrt()
    };
    let superiority = u_first / (n1 * n2);
    Ok(MannWhitney {
        u_first,
        u_second: n1 * n2 - u_first,
        variance,
        z,
        p: 2.0 * normal_upper(z.abs()),
        z_corrected,
        p_corrected: (2.0 * normal_upper(z_corrected.abs())).min(1.0),
        superiority,
        cliffs_delta: 2.0 * superiority - 1.0,
    })
}

/// The Fisher-z interval of Cliff's delta, `tanh(atanh d -+ z sqrt((n1+n2+1)/(3 n1 n2)))`.
///
/// Reference implementation: R `effectsize::rank_biserial`.
#[must_use]
pub fn cliffs_delta_interval(delta: f64, n1: u64, n2: u64, confidence: Confidence) -> Interval {
    let (n1, n2) = (
        crate::measure::numeric::real_u64(n1),
        crate::measure::numeric::real_u64(n2),
    );
    if delta.abs() >= 1.0 {
        return Interval::around(delta, 0.0);
    }
    let half = confidence.z() * ((n1 + n2 + 1.0) / (3.0 * n1 * n2)).sqrt();
    let centre = libm::atanh(delta);
    Interval {
        low: libm::tanh(centre - half),
        high: libm::tanh(centre + half),
    }
}
