//! What unequal weights cost.

use serde::{Deserialize, Serialize};

use crate::measure::numeric::real_u64;
use crate::measure::undefined::Undefined;

/// Above this design effect a page warns.
pub const WARN_ABOVE: f64 = 1.5;

/// Kish's summary of a list of weights. It knows nothing of strata or clusters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Kish {
    /// `sum w`.
    pub sum: f64,
    /// `sum w^2`.
    pub sum_of_squares: f64,
    /// `(sum w)^2 / sum w^2`: so many equally weighted answers carry as much.
    pub effective_n: f64,
    /// `n sum w^2 / (sum w)^2`: 1 when all weights are equal.
    pub deff: f64,
}

impl Kish {
    /// Of a list of weights.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`]; [`Undefined::BadWeights`] when one is negative or not finite, or all are zero.
    pub fn of(weights: &[f64]) -> Result<Self, Undefined> {
        Self::of_classes(weights.iter().map(|weight| (*weight, 1)))
    }

    /// Of weights that so many respondents share each.
    ///
    /// # Errors
    /// As [`Kish::of`].
    pub fn of_classes(classes: impl Iterator<Item = (f64, u64)> + Clone) -> Result<Self, Undefined> {
        let n = real_u64(classes.clone().map(|(_, n)| n).sum());
        if n <= 0.0 {
            return Err(Undefined::EmptyGroup);
        }
        check_classes(classes.clone())?;
        let sum: f64 = classes.clone().map(|(weight, n)| weight * real_u64(n)).sum();
        // Relative to the mean weight, so that tiny and huge weights square without leaving range.
        let mean = sum / n;
        let relative: f64 = classes
            .map(|(weight, n)| real_u64(n) * (weight / mean).powi(2))
            .sum();
        let kish = Self {
            sum,
            sum_of_squares: relative * mean * mean,
            effective_n: n * n / relative,
            deff: relative / n,
        };
        if kish.sum_of_squares.is_finite() && kish.deff.is_finite() {
            Ok(kish)
        } else {
            Err(Undefined::BadWeights)
        }
    }

    /// Of n weights with these sums.
    ///
    /// # Errors
    /// As [`Kish::of`].
    pub fn of_sums(n: u64, sum: f64, sum_of_squares: f64) -> Result<Self, Undefined> {
        if n == 0 {
            return Err(Undefined::EmptyGroup);
        }
        let deff = real_u64(n) * sum_of_squares / (sum * sum);
        if !sum_of_squares.is_finite() || !deff.is_finite() || sum <= 0.0 {
            return Err(Undefined::BadWeights);
        }
        Ok(Self {
            sum,
            sum_of_squares,
            effective_n: real_u64(n) / deff,
            deff,
        })
    }

    /// Whether the page should warn of the design effect.
    #[must_use]
    pub fn is_high(&self) -> bool {
        self.deff > WARN_ABOVE
    }
}

/// Weights must be finite, not negative, and not all zero.
///
/// # Errors
/// [`Undefined::BadWeights`].
pub fn check(weights: &[f64]) -> Result<(), Undefined> {
    check_classes(weights.iter().map(|weight| (*weight, 1)))
}

fn check_classes(classes: impl Iterator<Item = (f64, u64)> + Clone) -> Result<(), Undefined> {
    let sum: f64 = classes.clone().map(|(weight, n)| weight * real_u64(n)).sum();
    let mut weights = classes.map(|(weight, _)| weight);
    let bad = weights.any(|weight| !weight.is_finite() || weight < 0.0);
    if bad || sum <= 0.0 || !sum.is_finite() {
        Err(Undefined::BadWeights)
    } else {
        Ok(())
    }
}
