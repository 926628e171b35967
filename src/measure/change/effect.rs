//! How large a difference is, in standard deviations or in ranks.

use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::noncentral::noncentral_t_lower;
use crate::measure::numeric::roots;
use crate::measure::numeric::stirling::ln_gamma_half_step;
use crate::measure::undefined::Undefined;

use super::welch::Sample;

/// Student's statistic beyond which the noncentral t distribution is not summed.
pub const LARGEST_T: f64 = 100.0;

/// `sqrt(((n1-1) s1^2 + (n2-1) s2^2)/(n1+n2-2))`; both samples have at least two.
#[must_use]
pub fn pooled_sd(first: Sample, second: Sample) -> f64 {
    let (d1, d2) = (first.n_real() - 1.0, second.n_real() - 1.0);
    ((d1 * first.sd.powi(2) + d2 * second.sd.powi(2)) / (d1 + d2)).sqrt()
}

/// Cohen's d with the pooled standard deviation.
///
/// # Errors
/// [`Undefined::NoVariation`] when neither sample varies.
pub fn cohens_d(first: Sample, second: Sample) -> Result<f64, Undefined> {
    ratio(first.mean - second.mean, pooled_sd(first, second))
}

/// Cohen's d with `sqrt((s1^2 + s2^2)/2)`, which does not depend on the sizes.
///
/// # Errors
/// [`Undefined::NoVariation`] when neither sample varies.
pub fn cohens_d_average(first: Sample, second: Sample) -> Result<f64, Undefined> {
    let average = ((first.sd.powi(2) + second.sd.powi(2)) / 2.0).sqrt();
    ratio(first.mean - second.mean, average)
}

/// Hedges' g: d times the exact correction [`small_sample_factor`].
///
/// Reference implementation: R `effectsize::hedges_g`.
///
/// # Errors
/// [`Undefined::NoVariation`] when neither sample varies.
pub fn hedges_g(first: Sample, second: Sample) -> Result<f64, Undefined> {
    let df = first.n_real() + second.n_real() - 2.0;
    Ok(cohens_d(first, second)? * small_sample_factor(df))
}

/// `J(df) = Gamma(df/2) / (sqrt(df/2) Gamma((df-1)/2))`, for df > 1.
#[must_use]
pub fn small_sample_factor(df: f64) -> f64 {
    let a = (df - 1.0) / 2.0;
    libm::exp(ln_gamma_half_step(a) - 0.5 * libm::log(df / 2.0))
}

/// The common approximation `1 - 3/(4 df - 1)` of [`small_sample_factor`] (pingouin, textbooks).
#[must_use]
pub fn small_sample_factor_approximate(df: f64) -> f64 {
    1.0 - 3.0 / (4.0 * df - 1.0)
}

/// The interval of Cohen's d from the noncentral t distribution of Student's statistic.
///
/// Reference implementation: R `effectsize::cohens_d` (to its 1e-6).
///
/// # Errors
/// [`Undefined::NoVariation`] when neither sample varies, [`Undefined::NotConverged`] beyond
/// [`LARGEST_T`]: two groups that hardly vary within have nothing to learn from it.
pub fn cohens_d_interval(
    first: Sample,
    second: Sample,
    confidence: Confidence,
) -> Result<Interval, Undefined> {
    let unit = (1.0 / first.n_real() + 1.0 / second.n_real()).sqrt();
    let t = cohens_d(first, second)? / unit;
    let df = first.n_real() + second.n_real() - 2.0;
    if t.is_nan() || t.abs() > LARGEST_T {
        return Err(Undefined::NotConverged { passes: 0 });
    }
    let reach = 10.0 + t.abs();
    // The lower tail falls as the noncentrality grows.
    let shift_at =
        |p: f64| roots::increasing(t - reach, t + reach, |shift| p - noncentral_t_lower(t, df, shift));
    let tail = confidence.tail();
    Ok(Interval {
        low: shift_at(1.0 - tail) * unit,
        high: shift_at(tail) * unit,
    })
}

fn ratio(difference: f64, sd: f64) -> Result<f64, Undefined> {
    if sd <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let ratio = difference / sd;
    if ratio.is_finite() {
        Ok(ratio)
    } else {
        Err(Undefined::NotFinite)
    }
}
