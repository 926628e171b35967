//! Weights held within limits.

use crate::measure::numeric::real;
use crate::measure::quantile::Sorted;
use crate::measure::undefined::Undefined;

/// Weights held within a third and three times their median; whether any had to be.
#[must_use]
pub fn trim_to_median(weights: &[f64]) -> (Vec<f64>, bool) {
    let Ok(sorted) = Sorted::of(weights) else {
        return (weights.to_vec(), false);
    };
    let median = sorted.median();
    let (low, high) = (median / 3.0, median * 3.0);
    let changed = sorted.min() < low || sorted.max() > high;
    (
        weights.iter().map(|weight| weight.clamp(low, high)).collect(),
        changed,
    )
}

/// Weights held within limits, with what was cut off spread in equal amounts over the others, until
/// all lie within.
///
/// Reference implementation: R `survey::trimWeights(strict = TRUE)`.
///
/// # Errors
/// [`Undefined::NotFinite`]; [`Undefined::NotConverged`] when the limits cannot hold the total.
pub fn trim_spreading(weights: &[f64], low: f64, high: f64) -> Result<Vec<f64>, Undefined> {
    const PASSES: u32 = 1000;
    if weights.iter().any(|w| !w.is_finite()) || low.is_nan() || high.is_nan() || low > high {
        return Err(Undefined::NotFinite);
    }
    let mut weights = weights.to_vec();
    for _ in 0..PASSES {
        let outside = |weight: f64| weight < low || weight > high;
        let inside = weights.iter().filter(|weight| !outside(**weight)).count();
        if inside == weights.len() {
            return Ok(weights);
        }
        if inside == 0 {
            break;
        }
        let excess: f64 = weights
            .iter()
            .map(|weight| weight - weight.clamp(low, high))
            .sum();
        let share = excess / real(inside);
        for weight in &mut weights {
            *weight = if outside(*weight) {
                weight.clamp(low, high)
            } else {
                *weight + share
            };
        }
    }
    Err(Undefined::NotConverged {
        passes: u64::from(PASSES),
    })
}
