//! How far a seal is.

use serde::Serialize;

/// What a seal is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Reading responses.
    Reading,
    /// Computing figures.
    Computing,
    /// Resampling what goes with what.
    Resampling,
    /// Storing the result.
    Storing,
}

/// How far a seal is: so much done of so much, in responses while reading and in tasks while computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// So many are done ...
    pub done: u64,
    /// ... of so many.
    pub total: u64,
}

/// Who is told of it, from any thread and often: it should return at once.
pub type Watch<'a> = &'a (dyn Fn(Progress) + Sync);

impl Phase {
    /// English words for a page or a terminal.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Reading => "reading responses",
            Self::Computing => "computing figures",
            Self::Resampling => "resampling drivers",
            Self::Storing => "storing the result",
        }
    }
}

impl Progress {
    /// So much of so much.
    #[must_use]
    pub fn new(phase: Phase, done: u64, total: u64) -> Self {
        Self { phase, done, total }
    }

    /// In per cent of the phase, rounded down.
    #[must_use]
    pub fn per_cent(self) -> u64 {
        (100 * self.done.min(self.total))
            .checked_div(self.total)
            .unwrap_or(100)
    }
}
