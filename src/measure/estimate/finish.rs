//! From a mean and its variance to what is published beside it.

use crate::measure::descriptives::Moments;
use crate::measure::interval::{Confidence, Interval};
use crate::measure::method::Method;
use crate::measure::numeric::{count, real_u64};

use super::{IntervalKind, MeanEstimate, NO_SPREAD};

/// What is known of a mean before its interval.
pub(super) struct Summary {
    pub people: u64,
    pub strata: usize,
    pub mean: f64,
    pub variance: f64,
    pub process_variance: Option<f64>,
    pub weight_deff: f64,
    pub method: Method,
}

/// Puts the interval, or the reason for none, beside the mean.
///
/// `moments` are those of all respondents together, unweighted.
pub(super) fn finish(moments: &Moments, summary: Summary, confidence: Confidence) -> MeanEstimate {
    let respondents = moments.n;
    let sd = moments.sd().ok();
    let df = moments.n_real() - real_u64(count(summary.strata));
    let se = summary.variance.max(0.0).sqrt();
    let mean = summary.mean.clamp(0.0, 100.0);
    let spread = se > NO_SPREAD && df > 0.0;
    let (interval_kind, se, interval) = if respondents == summary.people {
        let point = Interval {
            low: mean,
            high: mean,
        };
        (IntervalKind::CompleteCount, Some(0.0), Some(point))
    } else if respondents == 1 {
        (IntervalKind::OneRespondent, None, None)
    } else if !spread || mean <= 0.0 || mean >= 100.0 {
        (IntervalKind::NoVariation, None, None)
    } else {
        let interval = logit_interval(mean, se, df, confidence);
        (IntervalKind::LogitT, Some(se), Some(interval))
    };
    MeanEstimate {
        respondents,
        people: summary.people,
        rate: moments.n_real() / real_u64(summary.people),
        mean,
        sd,
        se,
        process_se: summary.process_variance.map(f64::sqrt),
        df: (df > 0.0).then_some(df),
        interval,
        interval_kind,
        collapsed: Vec::new(),
        weight_deff: summary.weight_deff,
        method: summary.method.with("confidence", confidence.level()),
    }
}

/// `100 expit(logit(m/100) -+ t(df) SE / (100 p (1 - p)))` for 0 < m < 100, SE > 0, df > 0.
#[must_use]
pub fn logit_interval(mean: f64, se: f64, df: f64, confidence: Confidence) -> Interval {
    let p = mean / 100.0;
    let centre = libm::log(p / (1.0 - p));
    let half = confidence.t(df) * se / (100.0 * p * (1.0 - p));
    Interval {
        low: 100.0 * expit(centre - half),
        high: 100.0 * expit(centre + half),
    }
}

/// `1/(1 + e^-x)`, from whichever side does not overflow.
fn expit(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::exp(-x))
    } else {
        let e = libm::exp(x);
        e / (1.0 + e)
    }
}
