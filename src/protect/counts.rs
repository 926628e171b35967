//! What an open round shows: response counts, coarsely, and nothing else.

use serde::{Deserialize, Serialize};

use super::thresholds::Thresholds;

/// A count is floored to a multiple of this.
pub const STEP: u64 = 5;

/// A daily response count of an open round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenCount {
    /// At least so many, a multiple of five.
    AtLeast(u64),
    /// Fewer than the round's k, none included.
    BelowThreshold,
}

/// Floors the responses of one agency: none below k, else down to a multiple of five (and never
/// below k). Ask for it once a day at most; counts by the minute would show who just answered.
#[must_use]
pub fn open_count(responses: u64, thresholds: &Thresholds) -> OpenCount {
    let k = thresholds.least_respondents();
    if responses < k {
        OpenCount::BelowThreshold
    } else {
        OpenCount::AtLeast((responses - responses % STEP).max(k))
    }
}
