//! The variance of weighted data, in the definitions that go by that name.

use crate::measure::numeric::{count, real};
use crate::measure::undefined::Undefined;

use super::kish::Kish;

/// A weighted mean with the variances and standard errors in use, side by side.
///
/// For a survey the linearised standard error is the right one. Frequency formulas read a weight of
/// 31 as 31 people asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedDescription {
    /// Values.
    pub n: u64,
    /// The weights.
    pub kish: Kish,
    /// `sum w x / sum w`.
    pub mean: f64,
    /// `sum w (x-m)^2 / W`.
    pub variance_population: f64,
    /// `... / (W - 1)`: weights are repetitions. `None` when W <= 1.
    pub variance_frequency: Option<f64>,
    /// `... / (W - sum w^2/W)`: weights are precisions.
    pub variance_reliability: f64,
    /// `... / W * n/(n-1)`: weights scaled to n.
    pub variance_normalised: f64,
    /// `sqrt(variance_frequency / W)`.
    pub se_frequency: Option<f64>,
    /// `sqrt(variance_reliability / effective n)`.
    pub se_kish: f64,
    /// `sqrt(n/(n-1) sum (w (x - m))^2) / W`: with replacement, as R's `survey`.
    pub se_linearised: f64,
}

/// Describes weighted values.
///
/// Reference implementations: statsmodels `DescrStatsW`, Hmisc `wtd.var`, survey `svymean`.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::EmptyGroup`], [`Undefined::OneRespondent`], [`Undefined::NotFinite`],
/// [`Undefined::BadWeights`]; [`Undefined::NoVariation`] when one value carries all the weight.
pub fn describe_weighted(values: &[f64], weights: &[f64]) -> Result<WeightedDescription, Undefined> {
    if values.len() != weights.len() {
        return Err(Undefined::UnequalLengths {
            left: count(values.len()),
            right: count(weights.len()),
        });
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let kish = Kish::of(weights)?;
    if values.len() < 2 {
        return Err(Undefined::OneRespondent);
    }
    let n = real(values.len());
    let total = kish.sum;
    let pairs = || values.iter().zip(weights);
    let mean = pairs().map(|(x, w)| w * x).sum::<f64>() / total;
    let squares: f64 = pairs().map(|(x, w)| w * (x - mean).powi(2)).sum();
    let linear: f64 = pairs().map(|(x, w)| (w * (x - mean)).powi(2)).sum();
    let reliability = total - kish.sum_of_squares / total;
    if reliability <= total * 1e-14 {
        return Err(Undefined::NoVariation);
    }
    let variance_reliability = squares / reliability;
    let variance_frequency = (total > 1.0).then(|| squares / (total - 1.0));
    let described = WeightedDescription {
        n: count(values.len()),
        kish,
        mean,
        variance_population: squares / total,
        variance_frequency,
        variance_reliability,
        variance_normalised: squares / total * n / (n - 1.0),
        se_frequency: variance_frequency.map(|variance| (variance / total).sqrt()),
        se_kish: (variance_reliability / kish.effective_n).sqrt(),
        se_linearised: (n / (n - 1.0) * linear).sqrt() / total,
    };
    if described.se_linearised.is_finite() && described.variance_normalised.is_finite() {
        Ok(described)
    } else {
        Err(Undefined::NotFinite)
    }
}
