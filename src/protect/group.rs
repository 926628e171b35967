//! The rules about one group by itself, before any plan.

use super::figure::refusal;
use super::thresholds::Thresholds;

/// Below so many respondents it is never shown that all said the same.
pub const UNANIMITY_FROM: u64 = 50;

/// R1 and unanimity for a group that stands alone: `respondents` of `people`, who differ in what they said or not.
///
/// Figures of a round are decided by a [`Plan`](super::plan::Plan). This is for comparisons of whole units on items that two
/// rounds share, which have no cuts.
#[must_use]
pub fn may_show_group(respondents: u64, people: u64, varies: bool, thresholds: &Thresholds) -> bool {
    let unanimous = !varies && respondents < UNANIMITY_FROM;
    refusal(respondents, people, thresholds).is_none() && !unanimous
}

/// Whether a part of a shown group may be told beside the whole (R2): neither it nor the others are few. Ask for one such
/// part of a cell only.
#[must_use]
pub fn may_show_part(part: u64, whole: u64, thresholds: &Thresholds) -> bool {
    let k = thresholds.least_respondents();
    let rest = whole.saturating_sub(part);
    part >= k && (rest == 0 || rest >= k)
}
