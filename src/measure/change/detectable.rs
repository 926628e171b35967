//! What a comparison could have seen.

use crate::measure::numeric::{normal_upper_quantile, real_u64};
use crate::measure::undefined::Undefined;

/// The chance of seeing a true change of the minimum detectable size.
pub const POWER: f64 = 0.8;
/// The two-sided error of the test it is stated for.
pub const SIGNIFICANCE: f64 = 0.05;

/// The smallest true change between two rounds of `n` respondents each that a two-sided test at
/// 5 % finds with 80 % chance: `(z(.975) + z(.8)) sqrt(2 s^2/n)`, in the units of `sd`.
///
/// Beside every change: "no detectable change" with a minimum of 14.5 points (s = 20, n = 30) says
/// little, with one of 2 points a lot.
///
/// # Errors
/// [`Undefined::EmptyGroup`] for n = 0, [`Undefined::NotFinite`], [`Undefined::NoVariation`] for s = 0.
pub fn minimum_detectable_change(sd: f64, n: u64) -> Result<f64, Undefined> {
    between(sd, n, sd, n)
}

/// The same for two rounds of different size and spread:
/// `(z(.975) + z(.8)) sqrt(s1^2/n1 + s2^2/n2)`.
///
/// # Errors
/// As [`minimum_detectable_change`].
pub fn between(sd1: f64, n1: u64, sd2: f64, n2: u64) -> Result<f64, Undefined> {
    if n1 == 0 || n2 == 0 {
        return Err(Undefined::EmptyGroup);
    }
    let se = (sd1 * sd1 / real_u64(n1) + sd2 * sd2 / real_u64(n2)).sqrt();
    if !se.is_finite() {
        return Err(Undefined::NotFinite);
    }
    if se <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let reach = normal_upper_quantile(SIGNIFICANCE / 2.0) + normal_upper_quantile(1.0 - POWER);
    Ok(reach * se)
}
