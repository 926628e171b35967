//! Does the index go one way more often than the other? Mann and Kendall's test, which asks for no
//! straight line.

use serde::{Deserialize, Serialize};

use crate::measure::numeric::{count, normal_upper, real};
use crate::measure::undefined::Undefined;

/// Up to so many rounds without ties the exact p value is used.
pub const EXACT_UP_TO: usize = 10;
/// Up to so many values the exact distribution is computed at all (counts stay exact in 2^53
/// after division).
const EXACT_AT_MOST: usize = 30;

/// Which p value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PValueKind {
    /// From all orders of the values (no ties, k <= 10).
    Exact,
    /// Normal approximation with continuity and tie correction.
    Normal,
}

/// Mann and Kendall's test of a monotone trend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MannKendall {
    /// Values.
    pub n: u64,
    /// Pairs that rise minus pairs that fall.
    pub s: f64,
    /// Variance of S under no trend, corrected for ties.
    pub variance: f64,
    /// Standardised, with continuity correction.
    pub z: f64,
    /// Two-sided p of `z`.
    pub p_normal: f64,
    /// Exact two-sided p, where there are no ties and at most 30 values.
    pub p_exact: Option<f64>,
    /// The p value to use.
    pub p: f64,
    /// Which one that is.
    pub kind: PValueKind,
    /// `S / (n (n-1)/2)`.
    pub tau_a: f64,
    /// Kendall's tau-b, corrected for ties in the values.
    pub tau_b: f64,
    /// Whether values repeat.
    pub ties: bool,
}

/// Tests a series in time order. Four values can never reach 5 %: the smallest exact p is .0833.
///
/// Reference implementation: pymannkendall `original_test` (normal form), R `cor.test(method = "kendall")` (exact).
///
/// # Errors
/// [`Undefined::TooFew`] below three values, [`Undefined::NotFinite`], [`Undefined::NoVariation`].
pub fn mann_kendall(values: &[f64]) -> Result<MannKendall, Undefined> {
    if values.len() < 3 {
        return Err(Undefined::TooFew {
            given: count(values.len()),
            needed: 3,
        });
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let n = real(values.len());
    let s = score(values);
    let groups = tie_sizes(values);
    let variance = score_variance(n, &groups);
    if variance <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let z = if s == 0.0 {
        0.0
    } else {
        (s - s.signum()) / variance.sqrt()
    };
    let pairs = n * (n - 1.0) / 2.0;
    let tied_pairs: f64 = groups.iter().map(|t| t * (t - 1.0) / 2.0).sum();
    let ties = tied_pairs > 0.0;
    let p_exact = (!ties && values.len() <= EXACT_AT_MOST).then(|| exact_p(values.len(), s));
    let p_normal = 2.0 * normal_upper(z.abs());
    let exact = p_exact.filter(|_| values.len() <= EXACT_UP_TO);
    Ok(MannKendall {
        n: count(values.len()),
        s,
        variance,
        z,
        p_normal,
        p_exact,
        p: exact.unwrap_or(p_normal),
        kind: if exact.is_some() {
            PValueKind::Exact
        } else {
            PValueKind::Normal
        },
        tau_a: s / pairs,
        tau_b: s / (pairs * (pairs - tied_pairs)).sqrt(),
        ties,
    })
}

/// Rising pairs minus falling pairs.
fn score(values: &[f64]) -> f64 {
    values
        .iter()
        .enumerate()
        .flat_map(|(at, earlier)| {
            values
                .iter()
                .skip(at + 1)
                .map(move |later| match later.total_cmp(earlier) {
                    _ if later == earlier => 0.0,
                    std::cmp::Ordering::Greater => 1.0,
                    _ => -1.0,
                })
        })
        .sum()
}

/// Sizes of the groups of equal values (ones included).
pub(super) fn tie_sizes(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .chunk_by(|a, b| a == b)
        .map(|group| real(group.len()))
        .collect()
}

/// `[n(n-1)(2n+5) - sum t(t-1)(2t+5)]/18`.
pub(super) fn score_variance(n: f64, ties: &[f64]) -> f64 {
    let term = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    (term(n) - ties.iter().map(|t| term(*t)).sum::<f64>()) / 18.0
}

/// `P(|S'| >= |s|)` over all n! orders: twice the chance of at most `(n(n-1)/2 - |s|)/2` inversions.
fn exact_p(n: usize, s: f64) -> f64 {
    // chances[i] = share of the orders of the values so far with i inversions
    let mut chances = vec![1.0];
    for size in 2..=n {
        let mut next = vec![0.0; chances.len() + size - 1];
        for (inversions, chance) in chances.iter().enumerate() {
            for slot in next.iter_mut().skip(inversions).take(size) {
                *slot += chance / real(size);
            }
        }
        chances = next;
    }
    let pairs = real(n) * (real(n) - 1.0) / 2.0;
    let most = crate::measure::numeric::convert::position(((pairs - s.abs()) / 2.0).round());
    let tail: f64 = chances.iter().take(most + 1).sum();
    (2.0 * tail).min(1.0)
}
