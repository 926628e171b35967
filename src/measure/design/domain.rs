//! Means and totals under a design, of everybody or of a domain.
//!
//! A domain is not a sample of its own: its size is random too. So the whole design is kept, with zeros
//! outside the domain; missing answers make the answered rows a domain in the same way.

use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::{count, real, t_two_sided};
use crate::measure::undefined::Undefined;
use crate::measure::weights::Kish;

use super::plan::{Lonely, Plan};

/// A mean or total under a design.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignEstimate {
    /// The estimate.
    pub estimate: f64,
    /// Its variance by Taylor linearisation.
    pub variance: f64,
    /// The root of it.
    pub se: f64,
    /// `se / estimate`; `None` at zero.
    pub cv: Option<f64>,
    /// First-stage units minus strata within the domain.
    pub df: f64,
    /// `estimate -+ z se`.
    pub interval_normal: Interval,
    /// `estimate -+ t(df) se`; `None` without degrees of freedom.
    pub interval_t: Option<Interval>,
    /// Variance against simple random sampling without replacement; `None` where that has none.
    pub deff: Option<f64>,
    /// Variance against simple random sampling with replacement.
    pub deff_with_replacement: Option<f64>,
    /// Rows of the domain with a value.
    pub n: u64,
    /// Rows of the domain without one.
    pub missing: u64,
    /// The weights of the rows used.
    pub kish: Kish,
}

/// The weighted mean of `values` over the rows of a domain.
///
/// Reference implementation: R `survey::svymean(na.rm = TRUE, deff = TRUE)`.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::EmptyGroup`], [`Undefined::NotFinite`], [`Undefined::BadWeights`],
/// [`Undefined::BadDesign`].
pub fn mean(
    plan: &Plan,
    values: &[Option<f64>],
    domain: &[bool],
    lonely: Lonely,
    confidence: Confidence,
) -> Result<DesignEstimate, Undefined> {
    let used = Used::new(plan, values, domain)?;
    let mean = used.mean();
    let influence = used.map(|weight, value| weight * (value - mean) / used.kish.sum);
    let variance = plan.variance(&influence, lonely)?;
    let n = real(used.n);
    let total = used.kish.sum;
    let unit = used.unit_variance(mean);
    let frames = unit.map(|v| (v * (total - n) / (total * n), v / n));
    used.finish(plan, domain, mean, variance, frames, confidence)
}

/// The weighted total of `values` over the rows of a domain.
///
/// Reference implementation: R `survey::svytotal(na.rm = TRUE, deff = TRUE)`.
///
/// # Errors
/// As [`mean`].
pub fn total(
    plan: &Plan,
    values: &[Option<f64>],
    domain: &[bool],
    lonely: Lonely,
    confidence: Confidence,
) -> Result<DesignEstimate, Undefined> {
    let used = Used::new(plan, values, domain)?;
    let influence = used.map(|weight, value| weight * value);
    let variance = plan.variance(&influence, lonely)?;
    let n = real(used.n);
    let size = used.kish.sum;
    let unit = used.unit_variance(used.mean());
    let frames = unit.map(|v| (v / n * (size - n) * size, v / n * size * size));
    used.finish(plan, domain, influence.iter().sum(), variance, frames, confidence)
}

/// A difference of the means of two groups of one design, with their covariance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanContrast {
    /// Mean of the first group.
    pub first: f64,
    /// Mean of the second group.
    pub second: f64,
    /// Second minus first.
    pub difference: f64,
    /// Its standard error.
    pub se: f64,
    /// `difference / se`.
    pub t: f64,
    /// First-stage units minus strata minus one.
    pub df: f64,
    /// Two-sided p value.
    pub p: f64,
}

/// Compares two groups of rows of one design.
///
/// Reference implementation: R `survey::svyttest`.
///
/// # Errors
/// As [`mean`], and [`Undefined::NoVariation`], [`Undefined::TooFew`] without degrees of freedom.
pub fn contrast(
    plan: &Plan,
    values: &[Option<f64>],
    first: &[bool],
    second: &[bool],
) -> Result<MeanContrast, Undefined> {
    let influence = |group: &[bool]| -> Result<(f64, Vec<f64>), Undefined> {
        let used = Used::new(plan, values, group)?;
        let mean = used.mean();
        Ok((
            mean,
            used.map(|weight, value| weight * (value - mean) / used.kish.sum),
        ))
    };
    let (first_mean, a) = influence(first)?;
    let (second_mean, b) = influence(second)?;
    let both: Vec<f64> = b.iter().zip(&a).map(|(b, a)| b - a).collect();
    let se = plan.variance(&both, Lonely::Fail)?.sqrt();
    if se <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let df = plan.degrees_of_freedom(&vec![true; plan.rows()]) - 1.0;
    if df < 1.0 {
        return Err(Undefined::TooFew {
            given: count(plan.rows()),
            needed: 3,
        });
    }
    let difference = second_mean - first_mean;
    Ok(MeanContrast {
        first: first_mean,
        second: second_mean,
        difference,
        se,
        t: difference / se,
        df,
        p: t_two_sided(difference / se, df),
    })
}

/// The rows of a domain that have a value, within the whole design.
struct Used {
    weights: Vec<f64>,
    values: Vec<f64>,
    keep: Vec<bool>,
    n: usize,
    missing: usize,
    kish: Kish,
}

impl Used {
    fn new(plan: &Plan, values: &[Option<f64>], domain: &[bool]) -> Result<Self, Undefined> {
        for length in [values.len(), domain.len()] {
            if length != plan.rows() {
                return Err(Undefined::UnequalLengths {
                    left: count(plan.rows()),
                    right: count(length),
                });
            }
        }
        if values.iter().flatten().any(|value| !value.is_finite()) {
            return Err(Undefined::NotFinite);
        }
        let keep: Vec<bool> = values
            .iter()
            .zip(domain)
            .map(|(v, d)| v.is_some() && *d)
            .collect();
        let kept: Vec<f64> = plan
            .weights()
            .iter()
            .zip(&keep)
            .filter(|(_, keep)| **keep)
            .map(|(weight, _)| *weight)
            .collect();
        let inside = domain.iter().filter(|inside| **inside).count();
        Ok(Self {
            weights: plan.weights().to_vec(),
            values: values.iter().map(|value| value.unwrap_or(0.0)).collect(),
            n: kept.len(),
            missing: inside - kept.len(),
            kish: Kish::of(&kept)?,
            keep,
        })
    }

    /// One value a row, zero outside.
    fn map(&self, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        self.weights
            .iter()
            .zip(&self.values)
            .zip(&self.keep)
            .map(|((weight, value), keep)| if *keep { f(*weight, *value) } else { 0.0 })
            .collect()
    }

    fn mean(&self) -> f64 {
        self.map(|weight, value| weight * value).iter().sum::<f64>() / self.kish.sum
    }

    /// The weighted variance of one value; `None` for one row.
    fn unit_variance(&self, mean: f64) -> Option<f64> {
        let n = real(self.n);
        let squares = self.map(|weight, value| weight * (value - mean).powi(2));
        (self.n > 1).then(|| squares.iter().sum::<f64>() / self.kish.sum * n / (n - 1.0))
    }

    fn finish(
        &self,
        plan: &Plan,
        domain: &[bool],
        estimate: f64,
        variance: f64,
        frames: Option<(f64, f64)>,
        confidence: Confidence,
    ) -> Result<DesignEstimate, Undefined> {
        if !estimate.is_finite() || !variance.is_finite() {
            return Err(Undefined::NotFinite);
        }
        let se = variance.max(0.0).sqrt();
        let df = plan.degrees_of_freedom(domain);
        let against = |frame: f64| (frame > 0.0).then(|| variance / frame);
        Ok(DesignEstimate {
            estimate,
            variance,
            se,
            cv: (estimate != 0.0).then(|| se / estimate),
            df,
            interval_normal: Interval::around(estimate, confidence.z() * se),
            interval_t: (df > 0.0).then(|| Interval::around(estimate, confidence.t(df) * se)),
            deff: frames.and_then(|(without, _)| against(without)),
            deff_with_replacement: frames.and_then(|(_, with)| against(with)),
            n: count(self.n),
            missing: count(self.missing),
            kish: self.kish,
        })
    }
}
