//! Work split over threads, with the same result whatever their number.
//!
//! Plain scoped threads: the work here is a few long, equal parts, so there is nothing for a work-stealing pool to
//! even out, and a pool would be a dependency that reads the environment to size itself. How many threads there
//! may be is the caller's to say; whoever adds up results either adds whole numbers or keeps to the order of the parts.

use std::num::NonZero;
use std::ops::Range;

/// How many threads may be used. No figure depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers(NonZero<usize>);

impl Workers {
    /// The caller's thread alone.
    pub const ONE: Self = Self(NonZero::<usize>::MIN);

    /// As many as the caller found the machine to have.
    #[must_use]
    pub fn new(threads: NonZero<usize>) -> Self {
        Self(threads)
    }

    /// How many each of so many parts may use by itself when they are done at the same time.
    #[must_use]
    pub fn shared(self, parts: usize) -> Self {
        Self(NonZero::new(self.count() / parts.max(1)).unwrap_or(NonZero::<usize>::MIN))
    }

    /// How many.
    #[must_use]
    pub fn count(self) -> usize {
        self.0.get()
    }
}

/// Does `0..length` in as many contiguous parts as there are workers, each a multiple of `step` long but the last, and
/// returns what came of them in order. A panic in a part is a panic here.
pub fn in_parts<T: Send>(
    length: usize,
    step: usize,
    workers: Workers,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let step = step.max(1);
    let share = length.div_ceil(workers.count()).next_multiple_of(step).max(step);
    let mut parts = (0..length)
        .step_by(share)
        .map(|from| from..(from + share).min(length));
    let Some(first) = parts.next() else {
        return Vec::new();
    };
    std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let mut done = vec![work(first)];
        for thread in others {
            match thread.join() {
                Ok(part) => done.push(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_everything_once_and_in_order() {
        for threads in 1..9 {
            for length in [0, 1, 9, 10, 11, 97] {
                let workers = Workers::new(NonZero::new(threads).unwrap());
                let parts = in_parts(length, 4, workers, |part| part.collect::<Vec<_>>());
                assert_eq!(parts.concat(), (0..length).collect::<Vec<_>>());
                assert!(parts.len() <= threads);
            }
        }
    }
}
