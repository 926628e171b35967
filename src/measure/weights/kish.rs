//! What unequal weights cost.

use serde::{Deserialize, Serialize};

use crate::measure::numeric::real;
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
        if weights.is_empty() {
            return Err(Undefined::EmptyGroup);
        }
        check(weights)?;
        let sum: f64 = weights.iter().sum();
        // Relative to the mean weight, so that tiny and huge weights square without leaving range.
        let mean = sum / real(weights.len());
        let relative: f64 = weights.iter().map(|weight| (weight / mean).powi(2)).sum();
        let n = real(weights.len());
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
    let sum: f64 = weights.iter().sum();
    let bad = weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0);
    if bad || sum <= 0.0 || !sum.is_finite() {
        Err(Undefined::BadWeights)
    } else {
        Ok(())
    }
}
