//! The numbers a round promises.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// No round may go below this many respondents, whatever it says.
pub const FLOOR: u64 = 5;

/// From how many people on something may be shown. Frozen when a round opens: it can be raised
/// before, never lowered below [`FLOOR`], never changed after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Thresholds {
    least_respondents: u64,
    least_people: u64,
    distribution_from: u64,
}

/// As stored: checked on the way in.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    least_respondents: u64,
    least_people: u64,
    distribution_from: u64,
}

/// Why thresholds are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadThresholds {
    /// A k below the floor.
    #[error("least_respondents is {0}: a round must withhold groups below {FLOOR} respondents")]
    TooFewRespondents(u64),
    /// A headcount below k would never matter, so it is a mistake.
    #[error("least_people is {people}: it must be at least least_respondents, {respondents}")]
    FewerPeopleThanRespondents {
        /// What was given.
        people: u64,
        /// k.
        respondents: u64,
    },
    /// Full distributions need at least as many as any figure.
    #[error("distribution_from is {from}: it must be at least 20 and at least least_respondents")]
    DistributionTooSoon {
        /// What was given.
        from: u64,
    },
}

impl Default for Thresholds {
    /// k = 10 of at least 10 people, distributions from 20.
    fn default() -> Self {
        Self {
            least_respondents: 10,
            least_people: 10,
            distribution_from: 20,
        }
    }
}

impl Thresholds {
    /// Checked thresholds.
    ///
    /// # Errors
    /// [`BadThresholds`] names the rule.
    pub fn new(
        least_respondents: u64,
        least_people: u64,
        distribution_from: u64,
    ) -> Result<Self, BadThresholds> {
        if least_respondents < FLOOR {
            return Err(BadThresholds::TooFewRespondents(least_respondents));
        }
        if least_people < least_respondents {
            return Err(BadThresholds::FewerPeopleThanRespondents {
                people: least_people,
                respondents: least_respondents,
            });
        }
        if distribution_from < 20 || distribution_from < least_respondents {
            return Err(BadThresholds::DistributionTooSoon {
                from: distribution_from,
            });
        }
        Ok(Self {
            least_respondents,
            least_people,
            distribution_from,
        })
    }

    /// The usual thresholds with another k: people at least k, distributions from 20 or k.
    ///
    /// # Errors
    /// [`BadThresholds::TooFewRespondents`] below [`FLOOR`].
    pub fn with_least_respondents(k: u64) -> Result<Self, BadThresholds> {
        Self::new(k, k, k.max(20))
    }

    /// k: respondents behind any shown figure.
    #[must_use]
    pub fn least_respondents(&self) -> u64 {
        self.least_respondents
    }

    /// People a group must have for any figure.
    #[must_use]
    pub fn least_people(&self) -> u64 {
        self.least_people
    }

    /// Respondents from which every answer point is shown; three bands below.
    #[must_use]
    pub fn distribution_from(&self) -> u64 {
        self.distribution_from
    }

    /// Whether these are at least as strict as `other` in every respect.
    #[must_use]
    pub fn at_least_as_strict_as(&self, other: &Self) -> bool {
        self.least_respondents >= other.least_respondents
            && self.least_people >= other.least_people
            && self.distribution_from >= other.distribution_from
    }
}

impl TryFrom<Raw> for Thresholds {
    type Error = BadThresholds;
    fn try_from(raw: Raw) -> Result<Self, BadThresholds> {
        Self::new(raw.least_respondents, raw.least_people, raw.distribution_from)
    }
}

impl From<Thresholds> for Raw {
    fn from(thresholds: Thresholds) -> Self {
        Self {
            least_respondents: thresholds.least_respondents,
            least_people: thresholds.least_people,
            distribution_from: thresholds.distribution_from,
        }
    }
}
