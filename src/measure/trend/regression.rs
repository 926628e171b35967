//! The weighted straight line: `y = a + b x`, with the scale of the errors estimated.

use serde::{Deserialize, Serialize};

use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::{count, real, t_two_sided};
use crate::measure::undefined::Undefined;

/// Sums of a weighted line, shared by every way of stating its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Points.
    pub n: u64,
    /// b.
    pub slope: f64,
    /// a, at x = 0.
    pub intercept: f64,
    /// Sum of the weights.
    pub weight: f64,
    /// Weighted mean of x.
    pub centre: f64,
    /// `sum w (x - xbar)^2`.
    pub spread: f64,
    /// `sum w r^2` of the residuals.
    pub residual: f64,
    /// `sum w (y - ybar)^2`.
    pub total: f64,
}

/// Fits `y = a + b x` with weights.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::TooFew`] below two points, [`Undefined::NotFinite`],
/// [`Undefined::BadWeights`] for a weight that is not positive, [`Undefined::Collinear`] when all x are equal.
pub fn fit(x: &[f64], y: &[f64], weights: &[f64]) -> Result<Line, Undefined> {
    for other in [y, weights] {
        if other.len() != x.len() {
            return Err(Undefined::UnequalLengths {
                left: count(x.len()),
                right: count(other.len()),
            });
        }
    }
    if x.len() < 2 {
        return Err(Undefined::TooFew {
            given: count(x.len()),
            needed: 2,
        });
    }
    if x.iter().chain(y).any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    if weights.iter().any(|weight| !weight.is_finite() || *weight <= 0.0) {
        return Err(Undefined::BadWeights);
    }
    let sum = |f: &dyn Fn(f64, f64, f64) -> f64| -> f64 {
        x.iter()
            .zip(y)
            .zip(weights)
            .map(|((x, y), w)| f(*x, *y, *w))
            .sum()
    };
    let weight = sum(&|_, _, w| w);
    let centre = sum(&|x, _, w| w * x) / weight;
    let level = sum(&|_, y, w| w * y) / weight;
    let spread = sum(&|x, _, w| w * (x - centre).powi(2));
    let extent = x.iter().fold(0.0_f64, |most, x| most.max((x - centre).abs()));
    if spread <= 0.0 || extent <= 1e-12 * centre.abs() {
        return Err(Undefined::Collinear);
    }
    let slope = sum(&|x, y, w| w * (x - centre) * (y - level)) / spread;
    let line = Line {
        n: count(x.len()),
        slope,
        intercept: level - slope * centre,
        weight,
        centre,
        spread,
        residual: sum(&|x, y, w| w * (y - level - slope * (x - centre)).powi(2)),
        total: sum(&|_, y, w| w * (y - level).powi(2)),
    };
    let sums = [
        line.slope,
        line.intercept,
        line.spread,
        line.residual,
        line.total,
        line.weight,
    ];
    if sums.iter().all(|sum| sum.is_finite()) {
        Ok(line)
    } else {
        Err(Undefined::NotFinite)
    }
}

/// A line whose error scale is estimated from its residuals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// b, in units of y per unit of x.
    pub slope: f64,
    /// Its standard error.
    pub slope_se: f64,
    /// `slope / slope_se`.
    pub t: f64,
    /// Two-sided p value.
    pub p: f64,
    /// Interval of the slope.
    pub slope_interval: Interval,
    /// a, at x = 0.
    pub intercept: f64,
    /// Its standard error.
    pub intercept_se: f64,
    /// Interval of the intercept.
    pub intercept_interval: Interval,
    /// n - 2.
    pub df: f64,
    /// Residual standard deviation (of unit weight).
    pub sigma: f64,
    /// Share of the weighted variance explained; `None` when y does not vary.
    pub r_squared: Option<f64>,
}

/// Least squares with equal weights. Reference: R `lm(y ~ x)`.
///
/// # Errors
/// As [`weighted`].
pub fn ordinary(x: &[f64], y: &[f64], confidence: Confidence) -> Result<Regression, Undefined> {
    weighted(x, y, &vec![1.0; x.len()], confidence)
}

/// Weighted least squares, scale estimated. Reference: R `lm(y ~ x, weights = w)`.
///
/// # Errors
/// As [`fit`]; [`Undefined::TooFew`] below three points; [`Undefined::NoVariation`] when the points lie exactly
/// on a line, so that no error can be estimated.
pub fn weighted(
    x: &[f64],
    y: &[f64],
    weights: &[f64],
    confidence: Confidence,
) -> Result<Regression, Undefined> {
    let line = fit(x, y, weights)?;
    if line.n < 3 {
        return Err(Undefined::TooFew {
            given: line.n,
            needed: 3,
        });
    }
    let df = real(x.len()) - 2.0;
    let sigma = (line.residual / df).sqrt();
    if sigma <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let slope_se = sigma / line.spread.sqrt();
    let intercept_se = sigma * intercept_unit(&line);
    let reach = confidence.t(df);
    let t = line.slope / slope_se;
    if !t.is_finite() || !intercept_se.is_finite() {
        return Err(Undefined::NotFinite);
    }
    Ok(Regression {
        slope: line.slope,
        slope_se,
        t,
        p: t_two_sided(t, df),
        slope_interval: Interval::around(line.slope, reach * slope_se),
        intercept: line.intercept,
        intercept_se,
        intercept_interval: Interval::around(line.intercept, reach * intercept_se),
        df,
        sigma,
        r_squared: (line.total > 0.0).then(|| 1.0 - line.residual / line.total),
    })
}

/// Standard error of the intercept for a residual scale of one.
#[must_use]
pub fn intercept_unit(line: &Line) -> f64 {
    (1.0 / line.weight + line.centre * line.centre / line.spread).sqrt()
}
