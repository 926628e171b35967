//! The normal and chi-squared distributions, tails first.

use std::f64::consts::{PI, SQRT_2};

use statrs::function::{erf, gamma};

/// `P(Z > z)` of the standard normal, accurate far into the tail.
#[must_use]
pub fn normal_upper(z: f64) -> f64 {
    0.5 * erf::erfc(z / SQRT_2)
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
