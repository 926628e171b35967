//! Differences of two shares: % favourable in one round against another.

use serde::{Deserialize, Serialize};

use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::normal_upper;
use crate::measure::proportion::Share;
use crate::measure::undefined::Undefined;

/// Newcombe's hybrid score interval of `first - second`, ours for shares.
///
/// Reference implementation: statsmodels `confint_proportions_2indep(method="newcomb")`.
#[must_use]
pub fn newcombe(first: Share, second: Share, confidence: Confidence) -> Interval {
    let (a, b) = (first.wilson(confidence), second.wilson(confidence));
    let (p1, p2) = (first.value(), second.value());
    let difference = p1 - p2;
    Interval {
        low: difference - libm::hypot(p1 - a.low, b.high - p2),
        high: difference + libm::hypot(a.high - p1, p2 - b.low),
    }
}

/// Agresti and Caffo's interval: one success and one failure added to each. It can leave -1..1.
#[must_use]
pub fn agresti_caffo(first: Share, second: Share, confidence: Confidence) -> Interval {
    let shrunk = |share: Share| (share.x() + 1.0) / (share.n() + 2.0);
    let (q1, q2) = (shrunk(first), shrunk(second));
    let variance = q1 * (1.0 - q1) / (first.n() + 2.0) + q2 * (1.0 - q2) / (second.n() + 2.0);
    Interval::around(q1 - q2, confidence.z() * variance.sqrt())
}

/// The plain normal interval, unclipped. For comparison with others.
#[must_use]
pub fn wald(first: Share, second: Share, confidence: Confidence) -> Interval {
    let (p1, p2) = (first.value(), second.value());
    Interval::around(p1 - p2, confidence.z() * unpooled_se(first, second))
}

/// `sqrt(p1 q1/n1 + p2 q2/n2)`.
#[must_use]
pub fn unpooled_se(first: Share, second: Share) -> f64 {
    let part = |share: Share| share.value() * (1.0 - share.value()) / share.n();
    (part(first) + part(second)).sqrt()
}

/// Cohen's h, `2 asin sqrt p1 - 2 asin sqrt p2`.
#[must_use]
pub fn cohens_h(first: Share, second: Share) -> f64 {
    2.0 * libm::asin(first.value().sqrt()) - 2.0 * libm::asin(second.value().sqrt())
}

/// A z test of two shares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Signed, positive when the first share is larger.
    pub z: f64,
    /// Two-sided p value.
    pub p: f64,
    /// The unpooled normal interval of the difference, held within -1..1.
    pub interval: Interval,
}

/// The z test with the pooled share: `z = (p1 - p2)/sqrt(p (1-p) (1/n1 + 1/n2))`.
///
/// Reference implementation: R `prop.test(correct = FALSE)`, `z = sign sqrt(X-squared)`.
///
/// # Errors
/// [`Undefined::NoVariation`] when everybody or nobody is favourable in both.
pub fn pooled_z(first: Share, second: Share, confidence: Confidence) -> Result<Comparison, Undefined> {
    corrected(first, second, 0.0, confidence)
}

/// The z test with Yates' correction, capped at the observed difference so that equal shares give
/// z = 0.
///
/// Reference implementation: R `prop.test(correct = TRUE)`.
///
/// # Errors
/// [`Undefined::NoVariation`] when everybody or nobody is favourable in both.
pub fn pooled_z_corrected(
    first: Share,
    second: Share,
    confidence: Confidence,
) -> Result<Comparison, Undefined> {
    let unit = 1.0 / first.n() + 1.0 / second.n();
    let difference = (first.value() - second.value()).abs();
    corrected(first, second, 0.5_f64.min(difference / unit) * unit, confidence)
}

fn corrected(
    first: Share,
    second: Share,
    correction: f64,
    confidence: Confidence,
) -> Result<Comparison, Undefined> {
    let pooled = (first.x() + second.x()) / (first.n() + second.n());
    if pooled <= 0.0 || pooled >= 1.0 {
        return Err(Undefined::NoVariation);
    }
    let difference = first.value() - second.value();
    let se = (pooled * (1.0 - pooled) * (1.0 / first.n() + 1.0 / second.n())).sqrt();
    let distance = (difference.abs() - correction).max(0.0);
    let z = if difference < 0.0 {
        -distance / se
    } else {
        distance / se
    };
    let half = confidence.z() * unpooled_se(first, second) + correction;
    Ok(Comparison {
        z,
        p: (2.0 * normal_upper(z.abs())).min(1.0),
        interval: Interval::around(difference, half).within(-1.0, 1.0),
    })
}
