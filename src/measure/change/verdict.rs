//! Up, down, or no detectable change.

use serde::{Deserialize, Serialize};

/// What may be said about a change. Never concluded from overlapping intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It rose, beyond chance and by enough to matter.
    Up,
    /// It fell, beyond chance and by enough to matter.
    Down,
    /// Neither can be said. It does not mean that nothing changed: see the minimum detectable
    /// change beside it.
    NoDetectableChange,
}

/// When a change counts: settings of the round, frozen with it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VerdictRule {
    /// The adjusted p must be below this. Default 0.05.
    pub significance: f64,
    /// The difference must be at least so many points. Default 5.
    pub least_change: f64,
}

impl Default for VerdictRule {
    fn default() -> Self {
        Self {
            significance: 0.05,
            least_change: 5.0,
        }
    }
}

impl VerdictRule {
    /// The verdict on an unrounded difference (after minus before) with its adjusted p.
    /// NaN never speaks for a change.
    #[must_use]
    pub fn judge(&self, difference: f64, adjusted_p: f64) -> Verdict {
        let sure = adjusted_p < self.significance;
        if sure && difference > 0.0 && difference >= self.least_change {
            Verdict::Up
        } else if sure && difference < 0.0 && difference <= -self.least_change {
            Verdict::Down
        } else {
            Verdict::NoDetectableChange
        }
    }
}
