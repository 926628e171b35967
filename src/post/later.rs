//! When to try again (pure): waits that double, up to a limit, and are spread so that many do not come at once.

use jiff::SignedDuration;

/// The wait after the first attempt.
const FIRST: SignedDuration = SignedDuration::from_mins(1);

/// No wait is longer, before it is spread.
const LONGEST: SignedDuration = SignedDuration::from_hours(4);

/// After so many attempts (about four days) nobody tries again.
pub const MOST_ATTEMPTS: i32 = 30;

/// How long to wait after the attempt of that number, from 1. `chance` (0 to 1) spreads the wait from half of it to
/// one and a half.
#[must_use]
pub fn wait(attempt: i32, chance: f64) -> SignedDuration {
    let doublings = u32::try_from(attempt.clamp(1, 16) - 1).unwrap_or(0);
    let doubled = FIRST.saturating_mul(2_i32.saturating_pow(doublings)).min(LONGEST);
    let seconds = doubled.as_secs_f64() * (0.5 + chance.clamp(0.0, 1.0));
    SignedDuration::try_from_secs_f64(seconds).unwrap_or(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_four_hours_and_are_spread_around_that() {
        let middle = |attempt| wait(attempt, 0.5).as_secs();
        assert_eq!(
            [1, 2, 3, 8, 9, 30].map(middle),
            [60, 120, 240, 7680, 14_400, 14_400]
        );
        assert_eq!((wait(1, 0.0).as_secs(), wait(1, 1.0).as_secs()), (30, 90));
        assert_eq!(middle(0), 60);
        assert_eq!(wait(3, f64::from(7)).as_secs(), 360);
    }

    #[test]
    fn all_attempts_together_take_some_days() {
        let hours: i64 = (1..MOST_ATTEMPTS)
            .map(|attempt| wait(attempt, 0.5).as_secs())
            .sum::<i64>()
            / 3600;
        assert!((72..120).contains(&hours), "{hours} hours");
    }
}
