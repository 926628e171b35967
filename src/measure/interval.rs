//! Intervals and the confidence they are stated with.

use serde::{Deserialize, Serialize};

use super::numeric::{normal_upper_quantile, t_upper_quantile};
use super::undefined::Undefined;

/// From `low` to `high`, in the units of the estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower limit.
    pub low: f64,
    /// The upper limit.
    pub high: f64,
}

impl Interval {
    /// `centre - half` to `centre + half`.
    #[must_use]
    pub fn around(centre: f64, half: f64) -> Self {
        Self {
            low: centre - half,
            high: centre + half,
        }
    }

    /// The interval with both limits held within `[least, most]`.
    #[must_use]
    pub fn within(self, least: f64, most: f64) -> Self {
        Self {
            low: self.low.clamp(least, most),
            high: self.high.clamp(least, most),
        }
    }

    /// Both limits times a positive constant.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            low: self.low * factor,
            high: self.high * factor,
        }
    }

    /// Its length.
    #[must_use]
    pub fn width(self) -> f64 {
        self.high - self.low
    }

    /// Whether `value` lies in it, limits included.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// A confidence level strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(f64);

impl Confidence {
    /// The level of every published interval unless a round says otherwise.
    pub const NINETY_FIVE: Self = Self(0.95);

    /// A level as a share, e.g. 0.95.
    ///
    /// # Errors
    /// [`Undefined::BadProbability`] unless 0 < level < 1.
    pub fn new(level: f64) -> Result<Self, Undefined> {
        if level > 0.0 && level < 1.0 {
            Ok(Self(level))
        } else {
            Err(Undefined::BadProbability)
        }
    }

    /// The level as a share.
    #[must_use]
    pub fn level(self) -> f64 {
        self.0
    }

    /// What lies outside on each side: 0.025 for 0.95.
    #[must_use]
    pub fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }

    /// The normal quantile of that tail: 1.96 for 0.95.
    #[must_use]
    pub fn z(self) -> f64 {
        normal_upper_quantile(self.tail())
    }

    /// The quantile of Student's t of that tail, for `df` > 0.
    #[must_use]
    pub fn t(self, df: f64) -> f64 {
        t_upper_quantile(self.tail(), df)
    }
}

impl TryFrom<f64> for Confidence {
    type Error = Undefined;
    fn try_from(level: f64) -> Result<Self, Undefined> {
        Self::new(level)
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> f64 {
        confidence.0
    }
}
