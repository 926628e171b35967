//! Differences of two means: Welch's test (ours) and Student's (for comparison).

use serde::{Deserialize, Serialize};

use crate::measure::descriptives::Moments;
use crate::measure::interval::{Confidence, Interval};
use crate::measure::method::Method;
use crate::measure::numeric::{real_u64, t_two_sided};
use crate::measure::undefined::Undefined;

use super::effect;

/// What a comparison of means needs to know of one round: a sealed result stores it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Respondents.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (n - 1).
    pub sd: f64,
}

impl Sample {
    /// Of a list of scores.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`], [`Undefined::OneRespondent`], [`Undefined::NotFinite`].
    pub fn of(scores: &[f64]) -> Result<Self, Undefined> {
        let moments = Moments::of(scores)?;
        Ok(Self {
            n: moments.n,
            mean: moments.mean,
            sd: moments.sd()?,
        })
    }

    fn check(&self) -> Result<(), Undefined> {
        match self.n {
            0 => Err(Undefined::EmptyGroup),
            1 => Err(Undefined::OneRespondent),
            _ if !self.mean.is_finite() || !self.sd.is_finite() || self.sd < 0.0 => Err(Undefined::NotFinite),
            _ => Ok(()),
        }
    }

    /// n as a real.
    #[must_use]
    pub fn n_real(&self) -> f64 {
        real_u64(self.n)
    }

    fn error_variance(&self) -> f64 {
        self.sd * self.sd / self.n_real()
    }
}

/// A difference of two means with its test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanDifference {
    /// First minus second, in the units of the scores.
    pub difference: f64,
    /// Its standard error.
    pub se: f64,
    /// `difference / se`.
    pub t: f64,
    /// Degrees of freedom (Satterthwaite's for Welch: a real number).
    pub df: f64,
    /// Two-sided p value, from the survival function.
    pub p: f64,
    /// `difference -+ t(df) se`.
    pub interval: Interval,
    /// Hedges' g: the difference in pooled standard deviations, corrected for small samples.
    pub hedges_g: f64,
}

impl MeanDifference {
    /// How it is computed, for a stored result.
    #[must_use]
    pub fn method(confidence: Confidence) -> Method {
        Method::named("change.welch")
            .with("confidence", confidence.level())
            .with("finite_population_correction", false)
    }
}

/// Welch's comparison of two independent samples: `first - second` (after minus before),
/// `SE^2 = s1^2/n1 + s2^2/n2`, `df = SE^4 / (v1^2/(n1-1) + v2^2/(n2-1))` with `v = s^2/n`.
///
/// Reference implementation: R `t.test(x, y)`, `effectsize::hedges_g`.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::OneRespondent`], [`Undefined::NotFinite`];
/// [`Undefined::NoVariation`] when neither sample varies.
pub fn welch(first: Sample, second: Sample, confidence: Confidence) -> Result<MeanDifference, Undefined> {
    first.check()?;
    second.check()?;
    let (v1, v2) = (first.error_variance(), second.error_variance());
    let total = v1 + v2;
    if total <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    // Shares of the total first: the squares of tiny variances would underflow.
    let (a, b) = (v1 / total, v2 / total);
    let df = 1.0 / (a * a / (first.n_real() - 1.0) + b * b / (second.n_real() - 1.0));
    compare(first, second, total.sqrt(), df, confidence)
}

/// Student's comparison with a pooled variance, `df = n1 + n2 - 2`.
///
/// Reference implementation: R `t.test(x, y, var.equal = TRUE)`.
///
/// # Errors
/// As [`welch`].
pub fn student(first: Sample, second: Sample, confidence: Confidence) -> Result<MeanDifference, Undefined> {
    first.check()?;
    second.check()?;
    let pooled = effect::pooled_sd(first, second);
    if pooled <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let se = pooled * (1.0 / first.n_real() + 1.0 / second.n_real()).sqrt();
    let df = first.n_real() + second.n_real() - 2.0;
    compare(first, second, se, df, confidence)
}

fn compare(
    first: Sample,
    second: Sample,
    se: f64,
    df: f64,
    confidence: Confidence,
) -> Result<MeanDifference, Undefined> {
    let difference = first.mean - second.mean;
    let t = difference / se;
    let result = MeanDifference {
        difference,
        se,
        t,
        df,
        p: t_two_sided(t, df),
        interval: Interval::around(difference, confidence.t(df) * se),
        hedges_g: effect::hedges_g(first, second)?,
    };
    if result.t.is_finite() && result.interval.width().is_finite() {
        Ok(result)
    } else {
        Err(Undefined::NotFinite)
    }
}
