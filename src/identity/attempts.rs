//! How often a password may be guessed: per account, in memory, without any network address.
//!
//! An attempt is counted *before* the password is compared, so that a hundred parallel guesses are a hundred
//! guesses; a right password clears the count. Somebody can therefore lock another person's sign-in for at most
//! [`WINDOW`]; running sessions are not touched. Each process counts for itself: with several instances behind a
//! balancer the limit is that many times higher, which argon2 bears.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Email;

/// So many failures within [`WINDOW`] are allowed.
pub const ALLOWED: usize = 5;

/// Failures older than this are forgotten.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// So many accounts are remembered at most; an attacker who invents addresses must not fill the memory.
const REMEMBERED: usize = 10_000;

/// The memory of recent failures.
#[derive(Debug, Default)]
pub struct Attempts {
    recent: Mutex<HashMap<Email, VecDeque<Timestamp>>>,
}

/// Too many failures: come back later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// Seconds until the next attempt is admitted, at least 1.
    pub retry_after: u32,
}

impl Attempts {
    /// Counts an attempt at `now`.
    ///
    /// # Errors
    /// [`TooMany`] when the account had [`ALLOWED`] failures within [`WINDOW`]; the refused attempt is not counted.
    pub fn admit(&self, account: &Email, now: Timestamp) -> Result<(), TooMany> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= REMEMBERED {
            recent.retain(|_, failures| {
                failures
                    .back()
                    .is_some_and(|last| now.duration_since(*last) < WINDOW)
            });
        }
        if recent.len() >= REMEMBERED && !recent.contains_key(account) {
            return Err(TooMany { retry_after: 60 });
        }
        let failures = recent.entry(account.clone()).or_default();
        while failures
            .front()
            .is_some_and(|first| now.duration_since(*first) >= WINDOW)
        {
            failures.pop_front();
        }
        match failures.front() {
            Some(first) if failures.len() >= ALLOWED => Err(TooMany {
                retry_after: seconds_until_forgotten(*first, now),
            }),
            _ => {
                failures.push_back(now);
                Ok(())
            }
        }
    }

    /// Forgets the failures of an account whose password was right.
    pub fn clear(&self, account: &Email) {
        self.recent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(account);
    }
}

fn seconds_until_forgotten(first: Timestamp, now: Timestamp) -> u32 {
    let left = WINDOW - now.duration_since(first);
    u32::try_from(left.as_secs()).unwrap_or(0).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn the_sixth_guess_waits_until_the_first_is_forgotten() {
        let (attempts, ann) = (Attempts::default(), "ann@example.gov".parse().unwrap());
        for second in 0..5 {
            assert_eq!(attempts.admit(&ann, at(second)), Ok(()));
        }
        assert_eq!(attempts.admit(&ann, at(10)), Err(TooMany { retry_after: 891 }));
        assert_eq!(attempts.admit(&ann, at(901)), Ok(()));
    }

    #[test]
    fn one_account_does_not_lock_another_and_success_clears() {
        let attempts = Attempts::default();
        let (ann, bob) = (
            "ann@example.gov".parse().unwrap(),
            "bob@example.gov".parse().unwrap(),
        );
        for _ in 0..5 {
            attempts.admit(&ann, at(0)).unwrap();
        }
        assert_eq!(attempts.admit(&bob, at(0)), Ok(()));
        attempts.clear(&ann);
        assert_eq!(attempts.admit(&ann, at(0)), Ok(()));
    }

    #[test]
    fn invented_addresses_cannot_fill_the_memory() {
        let attempts = Attempts::default();
        for number in 0..REMEMBERED {
            attempts
                .admit(&format!("a{number}@x.gov").parse().unwrap(), at(0))
                .unwrap();
        }
        let next = "one-more@x.gov".parse().unwrap();
        assert!(attempts.admit(&next, at(1)).is_err());
        assert_eq!(attempts.admit(&next, at(901)), Ok(()));
        assert_eq!(attempts.recent.lock().unwrap().len(), 1);
    }
}
