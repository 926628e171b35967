//! The mean of a group, through the rule.

use crate::measure::estimate::MeanEstimate;

use super::figure::{Protected, Reason, protect, withhold};
use super::thresholds::Thresholds;

/// Below so many respondents it is never shown that all said the same.
pub const UNANIMITY_FROM: u64 = 50;

/// Protects a mean with all that stands beside it (n, N, rate, spread, interval). Below 50
/// respondents a group whose scores are all equal is withheld: its mean or its missing spread would
/// be everybody's answer.
#[must_use]
pub fn protect_mean(estimate: MeanEstimate, thresholds: &Thresholds) -> Protected<MeanEstimate> {
    let (respondents, people) = (estimate.respondents, estimate.people);
    let equal = estimate.sd.is_none_or(|sd| sd < 1e-9);
    let shown = protect(estimate, respondents, people, thresholds);
    if shown.is_shown() && equal && respondents < UNANIMITY_FROM {
        return withhold(Reason::Unanimous);
    }
    shown
}
