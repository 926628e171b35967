//! Theil and Sen's slope: the median of the slopes between all pairs of rounds. A descriptor that
//! no single odd round moves; the test is Mann and Kendall's.

use serde::{Deserialize, Serialize};

use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::convert::position;
use crate::measure::numeric::{count, real};
use crate::measure::quantile::Sorted;
use crate::measure::undefined::Undefined;

use super::mann_kendall::{score_variance, tie_sizes};

/// Theil and Sen's line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TheilSen {
    /// Points.
    pub n: u64,
    /// Pairs with different times.
    pub slopes: u64,
    /// The median slope, per unit of time.
    pub slope: f64,
    /// `median(y) - b median(t)`.
    pub intercept: f64,
    /// `median(y - b t)`, the other definition.
    pub intercept_joint: f64,
    /// Variance of Mann and Kendall's S, which places the interval.
    pub variance: f64,
    /// `z sqrt(variance)`.
    pub reach: f64,
    /// Order statistics `round((M - C)/2)` and `round((M + C)/2 + 1)` of the M slopes, held within them.
    pub interval: Interval,
}

/// The line through at least two points with different times.
///
/// Reference implementation: `scipy.stats.theilslopes`.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::TooFew`], [`Undefined::NotFinite`], [`Undefined::Collinear`] when
/// all times are equal.
pub fn theil_sen(times: &[f64], values: &[f64], confidence: Confidence) -> Result<TheilSen, Undefined> {
    if times.len() != values.len() {
        return Err(Undefined::UnequalLengths {
            left: count(times.len()),
            right: count(values.len()),
        });
    }
    if times.len() < 2 {
        return Err(Undefined::TooFew {
            given: count(times.len()),
            needed: 2,
        });
    }
    if times.iter().chain(values).any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let slopes = Sorted::of(&pair_slopes(times, values)).map_err(|why| match why {
        Undefined::EmptyGroup => Undefined::Collinear,
        other => other,
    })?;
    let slope = slopes.median();
    let residuals: Vec<f64> = times.iter().zip(values).map(|(t, y)| y - slope * t).collect();
    let variance = score_variance(real(times.len()), &tie_sizes(values)).max(0.0);
    let reach = confidence.z() * variance.sqrt();
    Ok(TheilSen {
        n: count(times.len()),
        slopes: count(slopes.values().len()),
        slope,
        intercept: Sorted::of(values)?.median() - slope * Sorted::of(times)?.median(),
        intercept_joint: Sorted::of(&residuals)?.median(),
        variance,
        reach,
        interval: interval(&slopes, reach),
    })
}

fn pair_slopes(times: &[f64], values: &[f64]) -> Vec<f64> {
    let points: Vec<(f64, f64)> = times.iter().copied().zip(values.iter().copied()).collect();
    points
        .iter()
        .enumerate()
        .flat_map(|(at, first)| points.iter().skip(at + 1).map(move |second| (first, second)))
        .filter(|(first, second)| first.0 != second.0)
        .map(|(first, second)| (second.1 - first.1) / (second.0 - first.0))
        .collect()
}

fn interval(slopes: &Sorted, reach: f64) -> Interval {
    let m = real(slopes.values().len());
    let pick = |rank: f64| {
        let held = rank.clamp(1.0, m) - 1.0;
        slopes
            .values()
            .get(position(held))
            .copied()
            .unwrap_or(slopes.max())
    };
    Interval {
        low: pick(((m - reach) / 2.0).round_ties_even()),
        high: pick(((m + reach) / 2.0).round_ties_even() + 1.0),
    }
}
