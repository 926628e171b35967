//! Subtraction: a total and all of its parts but one give the one away.
//!
//! Rule R2 for a list whose total everybody can count, such as the spent tokens of a round by unit: the total minus the
//! shown parts must be nobody, or at least k respondents. Figures of a round are decided by the
//! [`Plan`](super::plan::Plan), over all cells together.

use super::thresholds::Thresholds;

/// One part of a total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Respondents behind it.
    pub respondents: u64,
    /// Whether it may be shown by itself.
    pub shown: bool,
}

/// Which parts stay shown, in the order given.
///
/// While the withheld remainder of a *shown* total is neither empty nor at least k, the smallest shown part is
/// withheld too (ties: the first). Respondents of the total who belong to no part count as
/// remainder. Deterministic: the same counts always give the same answer.
#[must_use]
pub fn withhold_remainders(total: u64, parts: &[Part], thresholds: &Thresholds) -> Vec<bool> {
    let mut shown: Vec<bool> = parts.iter().map(|part| part.shown).collect();
    loop {
        let published: u64 = parts
            .iter()
            .zip(&shown)
            .filter(|(_, shown)| **shown)
            .map(|(part, _)| part.respondents)
            .sum();
        let remainder = total.saturating_sub(published);
        if remainder == 0 || remainder >= thresholds.least_respondents() {
            return shown;
        }
        let smallest = parts
            .iter()
            .zip(shown.iter_mut())
            .filter(|(_, shown)| **shown)
            .min_by_key(|(part, _)| part.respondents);
        match smallest {
            Some((_, slot)) => *slot = false,
            None => return shown,
        }
    }
}
