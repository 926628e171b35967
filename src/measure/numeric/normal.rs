//! The normal and chi-squared distributions, tails first.

use std::f64::consts::{PI, SQRT_2};

use statrs::function::erf;

use super::stirling::poisson_weight;

/// `P(Z > z)` of the standard normal, accurate far into the tail.
#[must_use]
pub fn normal_upper(z: f64) -> f64 {
    0.5 * libm::erfc(z / SQRT_2)
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
    // Newton's method: two steps take half of the digits to the last bits.
    let mut z = half_of_the_digits(SQRT_2 * erf::erfc_inv(2.0 * p));
    for _ in 0..2 {
        let density = libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
        if density <= 0.0 {
            break;
        }
        z += (normal_upper(z) - p) / density;
    }
    z
}

/// The first half of a number's binary digits. `statrs` takes its logarithms from the C library, whose last digit depends on
/// the processor: a start without the last digits leads everywhere to the same end.
fn half_of_the_digits(x: f64) -> f64 {
    const LATER: u64 = (1 << 26) - 1;
    f64::from_bits(x.to_bits() & !LATER)
}

/// `P(X > x)` of a chi-squared with `df` degrees of freedom, a whole number of 1 or more.
///
/// A finite sum of positive terms, so that nothing cancels: the terms of a Poisson distribution with mean `x/2` at
/// `df/2 - 1, df/2 - 2, ...`, and for odd `df` the tail of one squared normal.
///
/// Source: DLMF 8.4.10 and 8.8.2.
#[must_use]
pub fn chi_squared_upper(x: f64, df: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let mean = x / 2.0;
    let mut upper = 0.0;
    let mut place = df / 2.0 - 1.0;
    while place >= 0.0 {
        upper += poisson_weight(place, mean);
        place -= 1.0;
    }
    if place > -0.75 {
        upper += libm::erfc(mean.sqrt());
    }
    upper.min(1.0)
}
