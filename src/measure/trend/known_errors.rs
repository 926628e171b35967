//! The trend of an index over rounds, each with its standard error.

use serde::{Deserialize, Serialize};

use crate::measure::interval::{Confidence, Interval};
use crate::measure::method::Method;
use crate::measure::numeric::{chi_squared_upper, normal_upper, real, t_two_sided};
use crate::measure::undefined::Undefined;

use super::regression::{self, Line};

/// One round's estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrendPoint {
    /// When, as a number; the slope is per unit of it.
    pub time: f64,
    /// The index.
    pub value: f64,
    /// Its standard error without finite population correction.
    pub se: f64,
}

/// Whether the known errors explain the scatter around the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// `Q/(k-2) <= 1`: the known errors suffice; normal quantiles.
    Known,
    /// `Q/(k-2) > 1`: the standard error is widened by its root; t quantiles with k - 2.
    Widened,
}

/// A weighted least squares trend with known standard errors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KnownErrorTrend {
    /// Rounds.
    pub rounds: u64,
    /// Points per unit of time.
    pub slope: f64,
    /// Its standard error, widened where the scatter asks for it.
    pub se: f64,
    /// Its standard error before widening: `1/sqrt(sum w (t - tbar)^2)`.
    pub se_known: f64,
    /// The line at time 0.
    pub intercept: f64,
    /// Standard error of the intercept before widening.
    pub intercept_se_known: f64,
    /// Cochran's Q, `sum w r^2`.
    pub q: f64,
    /// `P(chi2(k-2) > Q)`: small when the rounds scatter more than their errors allow.
    pub q_p: f64,
    /// Which scale was used.
    pub scale: Scale,
    /// `slope / se`.
    pub statistic: f64,
    /// Two-sided p value.
    pub p: f64,
    /// Interval of the slope.
    pub interval: Interval,
}

impl KnownErrorTrend {
    /// How it is computed, for a stored result.
    #[must_use]
    pub fn method(confidence: Confidence) -> Method {
        Method::named("trend.wls-known-errors")
            .with("confidence", confidence.level())
            .with("weights", "1 / se^2")
            .with("widened_when", "Q / (k - 2) > 1")
    }

    /// The slope judged with the known errors alone (a fixed-effect meta-regression): z, two-sided
    /// p, interval.
    #[must_use]
    pub fn unwidened(&self, confidence: Confidence) -> (f64, f64, Interval) {
        let z = self.slope / self.se_known;
        let interval = Interval::around(self.slope, confidence.z() * self.se_known);
        (z, 2.0 * normal_upper(z.abs()), interval)
    }
}

/// The trend over at least three rounds: `w = 1/SE^2`, `b = sum w (t - tbar)(y - ybar) / sum w (t - tbar)^2`,
/// `Q = sum w r^2`; if `Q/(k-2) > 1`, `SE_b` is multiplied by its root and `t(k-2)` used, else the normal.
///
/// Reference implementation: R `metafor::rma(yi, sei, mods = ~t, method = "FE")` for the unwidened part.
///
/// # Errors
/// [`Undefined::TooFew`] below three rounds, [`Undefined::ZeroStandardError`], [`Undefined::NotFinite`],
/// [`Undefined::Collinear`] when all times are equal.
pub fn known_error_trend(
    points: &[TrendPoint],
    confidence: Confidence,
) -> Result<KnownErrorTrend, Undefined> {
    if points.len() < 3 {
        return Err(Undefined::TooFew {
            given: crate::measure::numeric::count(points.len()),
            needed: 3,
        });
    }
    if points.iter().any(|point| !point.se.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let weights: Vec<f64> = points.iter().map(|point| (point.se * point.se).recip()).collect();
    if points.iter().any(|point| point.se <= 0.0) || weights.iter().any(|w| !w.is_finite()) {
        return Err(Undefined::ZeroStandardError);
    }
    let times: Vec<f64> = points.iter().map(|point| point.time).collect();
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    let line = regression::fit(&times, &values, &weights)?;
    let trend = judge(&line, real(points.len()) - 2.0, confidence);
    let finite = trend.statistic.is_finite() && trend.intercept_se_known.is_finite();
    if finite {
        Ok(trend)
    } else {
        Err(Undefined::NotFinite)
    }
}

fn judge(line: &Line, df: f64, confidence: Confidence) -> KnownErrorTrend {
    let se_known = 1.0 / line.spread.sqrt();
    let excess = line.residual / df;
    let (scale, se) = if excess > 1.0 {
        (Scale::Widened, se_known * excess.sqrt())
    } else {
        (Scale::Known, se_known)
    };
    let statistic = line.slope / se;
    let (p, reach) = match scale {
        Scale::Known => (2.0 * normal_upper(statistic.abs()), confidence.z()),
        Scale::Widened => (t_two_sided(statistic, df), confidence.t(df)),
    };
    KnownErrorTrend {
        rounds: line.n,
        slope: line.slope,
        se,
        se_known,
        intercept: line.intercept,
        intercept_se_known: regression::intercept_unit(line),
        q: line.residual,
        q_p: chi_squared_upper(line.residual, df),
        scale,
        statistic,
        p,
        interval: Interval::around(line.slope, reach * se),
    }
}
