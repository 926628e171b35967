//! How two measures go together.

use crate::measure::change::ranks::mid_ranks;

use super::descriptives::Moments;
use super::interval::{Confidence, Interval};
use super::numeric::{count, normal_upper, real, t_two_sided};
use super::undefined::Undefined;

/// A correlation with its test against none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// The coefficient, -1..1.
    pub coefficient: f64,
    /// Its test statistic: t with n - 2 for Pearson and Spearman, z for Kendall.
    pub statistic: f64,
    /// Two-sided p value.
    pub p: f64,
}

/// Pearson's r. Reference: R `cor.test`.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::TooFew`] below three pairs, [`Undefined::NotFinite`],
/// [`Undefined::NoVariation`].
pub fn pearson(x: &[f64], y: &[f64]) -> Result<Correlation, Undefined> {
    check(x, y)?;
    let (mx, my) = (Moments::of(x)?, Moments::of(y)?);
    let scale = (mx.squares * my.squares).sqrt();
    if scale <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let products: f64 = x.iter().zip(y).map(|(a, b)| (a - mx.mean) * (b - my.mean)).sum();
    let r = (products / scale).clamp(-1.0, 1.0);
    Ok(with_t_test(r, x.len()))
}

/// Fisher's interval of Pearson's r over n pairs, `tanh(atanh r -+ z/sqrt(n-3))`; the point itself at r = -+1.
///
/// # Errors
/// [`Undefined::TooFew`] below four pairs.
pub fn fisher_interval(r: f64, n: usize, confidence: Confidence) -> Result<Interval, Undefined> {
    if n < 4 {
        return Err(Undefined::TooFew {
            given: count(n),
            needed: 4,
        });
    }
    if r.abs() >= 1.0 {
        return Ok(Interval::around(r, 0.0));
    }
    let half = confidence.z() / (real(n) - 3.0).sqrt();
    Ok(Interval {
        low: libm::tanh(libm::atanh(r) - half),
        high: libm::tanh(libm::atanh(r) + half),
    })
}

/// Spearman's rho: Pearson's r of mid-ranks, with the t approximation.
/// Reference: R `cor.test(method = "spearman", exact = FALSE)`.
///
/// # Errors
/// As [`pearson`].
pub fn spearman(x: &[f64], y: &[f64]) -> Result<Correlation, Undefined> {
    check(x, y)?;
    pearson(&mid_ranks(x).0, &mid_ranks(y).0)
}

/// Kendall's tau-b with the tie-corrected normal test.
/// Reference: R `cor.test(method = "kendall", exact = FALSE)`.
///
/// # Errors
/// As [`pearson`].
pub fn kendall(x: &[f64], y: &[f64]) -> Result<Correlation, Undefined> {
    check(x, y)?;
    let n = real(x.len());
    let points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    let sign = |d: f64| if d == 0.0 { 0.0 } else { d.signum() };
    let mut s = 0.0;
    for (at, (xa, ya)) in points.iter().enumerate() {
        for (xb, yb) in points.iter().skip(at + 1) {
            s += sign(xb - xa) * sign(yb - ya);
        }
    }
    let (tx, ty) = (tie_sums(x), tie_sums(y));
    let pairs = n * (n - 1.0) / 2.0;
    let scale = ((pairs - tx.pairs) * (pairs - ty.pairs)).sqrt();
    if scale <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - tx.cubic - ty.cubic) / 18.0
        + 4.0 * tx.pairs * ty.pairs / (2.0 * n * (n - 1.0))
        + tx.triples * ty.triples / (9.0 * n * (n - 1.0) * (n - 2.0));
    let z = s / variance.sqrt();
    Ok(Correlation {
        coefficient: s / scale,
        statistic: z,
        p: 2.0 * normal_upper(z.abs()),
    })
}

struct TieSums {
    pairs: f64,
    cubic: f64,
    triples: f64,
}

fn tie_sums(values: &[f64]) -> TieSums {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut sums = TieSums {
        pairs: 0.0,
        cubic: 0.0,
        triples: 0.0,
    };
    for group in sorted.chunk_by(|a, b| a == b) {
        let t = real(group.len());
        sums.pairs += t * (t - 1.0) / 2.0;
        sums.cubic += t * (t - 1.0) * (2.0 * t + 5.0);
        sums.triples += t * (t - 1.0) * (t - 2.0);
    }
    sums
}

fn with_t_test(r: f64, n: usize) -> Correlation {
    let df = real(n) - 2.0;
    let unexplained = 1.0 - r * r;
    let t = if unexplained > 0.0 {
        r * (df / unexplained).sqrt()
    } else {
        f64::MAX.copysign(r)
    };
    Correlation {
        coefficient: r,
        statistic: t,
        p: t_two_sided(t, df),
    }
}

fn check(x: &[f64], y: &[f64]) -> Result<(), Undefined> {
    if x.len() != y.len() {
        return Err(Undefined::UnequalLengths {
            left: count(x.len()),
            right: count(y.len()),
        });
    }
    if x.len() < 3 {
        return Err(Undefined::TooFew {
            given: count(x.len()),
            needed: 3,
        });
    }
    if x.iter().chain(y).any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    Ok(())
}
