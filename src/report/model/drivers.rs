//! What goes with an outcome, and how much. Correlation, not cause.

use serde::{Deserialize, Serialize};

use super::figure::Interval;
use super::subject::Subject;

/// The drivers of an outcome: Johnson's relative weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drivers {
    /// The share (0 to 1) of the outcome's variance within agencies that all predictors explain together.
    pub explained: f64,
    /// Those that surely weigh more than a predictor of pure chance, the heaviest first.
    pub drivers: Vec<Driver>,
    /// Predictors that chance could have made: they are named and bear no number.
    pub noise: Vec<Subject>,
}

/// One driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// What.
    pub subject: Subject,
    /// Its relative weight: its part in `explained`.
    pub weight: f64,
    /// The bootstrap interval of the weight, 95 %.
    pub interval: Interval,
    /// The interval of its distance to the weight of an added predictor of pure chance: above zero, or it would not stand
    /// here.
    pub above_chance: Interval,
    /// The weight as a share of all weights, 0 to 1.
    pub share: f64,
    /// The share by Lindeman, Merenda and Gold, as a check; none with more than twelve predictors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lmg_share: Option<f64>,
}
