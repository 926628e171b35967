//! What the store did so far, for `/metrics`: how often it committed, how long that took, how many shared a commit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::meter::{Histogram, Reading, SECONDS, SIZES};

/// Counts what the writer does.
#[derive(Debug)]
pub(super) struct Activity {
    seconds: Histogram,
    sizes: Histogram,
    failed: AtomicU64,
}

/// The store at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulse {
    /// How many writes wait.
    pub waiting: usize,
    /// How many may wait before callers are told to come back.
    pub may_wait: usize,
    /// How long commits took, in seconds, from the first statement of the batch until it was on the disk.
    pub commit_seconds: Reading,
    /// How many writes shared a commit.
    pub batch_sizes: Reading,
    /// How many commits failed.
    pub failed: u64,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            seconds: Histogram::new(SECONDS),
            sizes: Histogram::new(SIZES),
            failed: AtomicU64::new(0),
        }
    }
}

impl Activity {
    pub(super) fn committed(&self, batch: usize, took: Duration, succeeded: bool) {
        self.seconds.took(took);
        self.sizes.size(batch);
        if !succeeded {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn pulse(&self, waiting: usize, may_wait: usize) -> Pulse {
        Pulse {
            waiting,
            may_wait,
            commit_seconds: self.seconds.read(),
            batch_sizes: self.sizes.read(),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}
