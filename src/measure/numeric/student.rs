//! Student's t, tails first.

use std::f64::consts::PI;

use super::beta::incomplete_beta;
use super::normal::normal_upper_quantile;
use super::stirling::ln_gamma_half_step;

/// `P(T > t)` of a Student t with `df` > 0 degrees of freedom (any real).
#[must_use]
pub fn t_upper(t: f64, df: f64) -> f64 {
    let half = t_two_sided(t, df) / 2.0;
    if t < 0.0 { 1.0 - half } else { half }
}

/// `P(|T| > |t|)`: the two-sided p value, from the survival function and never from 1 - cdf.
#[must_use]
pub fn t_two_sided(t: f64, df: f64) -> f64 {
    let square = t * t;
    if !square.is_finite() {
        return 0.0;
    }
    let scale = df + square;
    incomplete_beta(df / 2.0, 0.5, df / scale, square / scale)
}

/// The t with `P(T > t) = tail`, for 0 < tail < 1.
///
/// A Cornish-Fisher series in 1/df to the fifth power, then Newton's method on the survival function, kept inside a
/// bracket that shrinks, so that it converges for every real df > 0. With some degrees of freedom one step is enough; with
/// hundreds the series is the answer. NaN where df is not positive.
///
/// Sources: Abramowitz & Stegun 26.7.5; Hill, *Communications of the ACM* 13 (1970).
#[must_use]
pub fn t_upper_quantile(tail: f64, df: f64) -> f64 {
    if tail.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if tail > 0.5 {
        return -t_upper_quantile(1.0 - tail, df);
    }
    if tail == 0.5 {
        return 0.0;
    }
    let mut t = start(tail, df);
    if df >= 300.0 && tail >= 0.005 {
        // What is left out of the series is below 1e-14 of t here (held by a test).
        return t;
    }
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    for _ in 0..200 {
        let error = t_upper(t, df) - tail;
        if error > 0.0 {
            low = t
        } else {
            high = t
        }
        let mut next = t + error / density(t, df);
        if !(next > low && next < high) {
            next = if high.is_finite() {
                0.5 * (low + high)
            } else {
                2.0 * t.max(1.0)
            };
        }
        // Newton's error is about the square of its last step: below 1e-8 of t the next step would be noise.
        if (next - t).abs() <= 1e-9 * t.abs() {
            return next;
        }
        t = next;
    }
    t
}

/// Quantiles of a normal distribution spread out to those of t, in powers of 1/df.
fn start(tail: f64, df: f64) -> f64 {
    let z = normal_upper_quantile(tail);
    if df < 3.0 {
        return z;
    }
    let q = z * z;
    let first = z * (q + 1.0) / 4.0;
    let second = z * ((5.0 * q + 16.0) * q + 3.0) / 96.0;
    let third = z * (((3.0 * q + 19.0) * q + 17.0) * q - 15.0) / 384.0;
    let fourth = z * ((((79.0 * q + 776.0) * q + 1482.0) * q - 1920.0) * q - 945.0) / 92_160.0;
    let fifth =
        z * (((((27.0 * q + 339.0) * q + 930.0) * q - 1782.0) * q - 765.0) * q + 17_955.0) / 368_640.0;
    z + (first + (second + (third + (fourth + fifth / df) / df) / df) / df) / df
}

fn density(t: f64, df: f64) -> f64 {
    let log =
        ln_gamma_half_step(df / 2.0) - 0.5 * libm::log(df * PI) - (df + 1.0) / 2.0 * libm::log1p(t * t / df);
    libm::exp(log)
}
