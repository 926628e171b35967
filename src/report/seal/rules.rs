//! The disclosure thresholds in force: those of the round, and for comparisons the stricter of both rounds.

use crate::protect::Thresholds;
use crate::protect::thresholds::FLOOR;

use super::material::Fielding;

/// The thresholds of a round. A round below the floor cannot open, so the floor stands for one that says so.
pub(super) fn thresholds(round: &Fielding) -> Thresholds {
    with_k(round.thresholds.least_respondents)
}

/// The thresholds under which figures of two rounds may stand side by side.
pub(super) fn stricter(one: &Fielding, other: &Fielding) -> Thresholds {
    with_k(
        one.thresholds
            .least_respondents
            .max(other.thresholds.least_respondents),
    )
}

fn with_k(k: u32) -> Thresholds {
    let k = u64::from(k).max(FLOOR);
    Thresholds::with_least_respondents(k).unwrap_or_default()
}
