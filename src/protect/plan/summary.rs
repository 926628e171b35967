//! What a plan did, in numbers that give nothing away: part of the sealed document.

use serde::{Deserialize, Serialize};

use super::audit::{Findings, WIDTH};
use super::level::Decision;
use crate::protect::figure::Reason;

/// A plan in numbers. It is only there when the audit passed: a plan that does not pass withholds more until it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Cells with anybody in them.
    pub cells: u64,
    /// Those that are shown.
    pub shown: u64,
    /// Withheld for their own sake.
    pub primary: u64,
    /// Withheld for the sake of others.
    pub complementary: u64,
    /// Different patterns of respondents whose sums were audited exactly.
    pub patterns_audited: u64,
    /// Withheld means whose possible interval was audited ...
    pub intervals_audited: u64,
    /// ... to be at least so many points wide ...
    pub least_width: u64,
    /// ... but for these: nothing more of the cut can be withheld that would widen theirs. It is the figure of the whole unit
    /// that tells so much, e.g. of nine people in a unit of ten with a mean of 97.
    pub narrow: u64,
}

impl Summary {
    pub(super) fn add(&mut self, findings: Findings) {
        self.least_width = WIDTH;
        self.patterns_audited += findings.patterns;
        self.intervals_audited += findings.intervals;
        self.narrow += findings.narrow;
    }

    pub(super) fn count(&mut self, decisions: &[Decision], has_people: impl Fn(usize) -> bool) {
        for (place, decision) in decisions.iter().enumerate() {
            if !has_people(place) {
                continue;
            }
            self.cells += 1;
            match decision {
                Decision::Shown => self.shown += 1,
                Decision::Withheld(Reason::Complement) => self.complementary += 1,
                Decision::Withheld(_) => self.primary += 1,
            }
        }
    }
}
