//! The normal and chi-squared distributions, tails first.

use std::f64::consts::{PI, SQRT_2};

use statrs::function::{erf, gamma};

/// `P(Z > z)` of the standard normal, accurate far into the tail.
#[must_use]
pub fn normal_upper(z: f64) -> f64 {
    0.5 * erfc(z / SQRT_2)
}

/// The complementary error function to about 1e-14 relative: the one of `statrs` stops at 4e-11, which would be seen in
/// the eleventh digit of every interval.
///
/// A series of positive terms (DLMF 7.6.2) where little is subtracted from 1, else the continued fraction (DLMF 7.9.2)
/// from a depth at which it has converged.
fn erfc(x: f64) -> f64 {
    const DEPTH: u32 = 120;
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    let bell = (-x * x).exp();
    if x < 1.5 {
        let (mut term, mut sum) = (x, x);
        let mut odd = 1.0;
        while term > sum * 1e-17 {
            odd += 2.0;
            term *= 2.0 * x * x / odd;
            sum += term;
        }
        return 1.0 - 2.0 / PI.sqrt() * bell * sum;
    }
    let fraction = (1..=DEPTH)
        .rev()
        .fold(x, |below, k| x + f64::from(k) / 2.0 / below);
    bell / (PI.sqrt() * fraction)
}

/// `P(Z <= z)` of the standard normal.
#[must_use]
pub fn normal_lower(z: f64) -> f64 {
    normal_upper(-z)
}

/// The z with `P(Z <= z) = p`, for 0 < p < 1.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    -normal_upper_quantile(p)
}

/// The z with `P(Z > z) = p`, for 0 < p < 1.
#[must_use]
pub fn normal_upper_quantile(p: f64) -> f64 {
    let z = SQRT_2 * erf::erfc_inv(2.0 * p);
    // One Newton step takes the rational approximation to the last bits.
    let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    if density > 0.0 {
        z + (normal_upper(z) - p) / density
    } else {
        z
    }
}

/// `P(X > x)` of a chi-squared with `df` degrees of freedom.
#[must_use]
pub fn chi_squared_upper(x: f64, df: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    gamma::checked_gamma_ur(df / 2.0, x / 2.0).unwrap_or(0.0)
}
