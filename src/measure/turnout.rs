//! How many people a round in the field will hear from in the end, from what may be seen of it today.
//!
//! What may be seen is coarse: a count that was floored for the sake of those who answered, the share of the window
//! that is over, and how many answered an earlier round. The forecast is a function of these alone, so it can tell nothing more
//! about anybody than the floored count does.
//!
//! **The model.** Of N invited people Y answer in the end, and Y is beta-binomial: uniform over 0..N where nothing is known,
//! else around the earlier rate with the weight of [`EARLIER_WEIGHT`] people, since agencies differ from each other and from year to year. Of those Y, X have
//! answered by now, X ~ Binomial(Y, F(t)), t being the share of the window that is over. Times of answers are never kept, so the curve of
//! arrivals cannot be learned; three are taken with equal weight, `F(t) = 1 - (1 - t)^p` for p in [`CURVES`], from "one by one until the last day" to
//! "most of them in the first days". Given `at_least <= X <= at_most`,
//!
//! ```text
//! P(Y = y | X) ~ BetaBinomial(y; N, a, b) * mean over p of P(at_least <= Binomial(y, F_p(t)) <= at_most)
//! ```
//!
//! which is summed exactly up to [`FINEST`] people and on evenly spaced values of y beyond. Reminders are not part of it: it says what happens if
//! nobody does anything that the curves do not know of.

use libm::lgamma;

use super::interval::{Confidence, Interval};
use super::numeric::real_u64;
use super::numeric::stirling::binomial_weight;
use super::undefined::Undefined;

/// The response rate of an earlier round weighs as much as so many people.
pub const EARLIER_WEIGHT: f64 = 8.0;
/// Exponents of the curves of arrivals.
pub const CURVES: [f64; 3] = [1.0, 2.0, 4.0];
/// Up to so many people every possible outcome is weighed; beyond, evenly spaced ones.
pub const FINEST: u64 = 2000;
/// The share of the window that counts as over in its first moments: before it the curves say nothing.
const LEAST_ELAPSED: f64 = 0.005;

/// What may be seen of a group while its round is in the field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// N: how many are invited.
    pub people: u64,
    /// At least so many have answered ...
    pub at_least: u64,
    /// ... and at most so many, as far as can be told.
    pub at_most: u64,
    /// The share of the window that is over, 0..1.
    pub elapsed: f64,
    /// The share that answered an earlier round, 0..1.
    pub earlier: Option<f64>,
}

/// How many will have answered in the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turnout {
    /// The expected number of people.
    pub expected: f64,
    /// From and to how many people, whole numbers.
    pub interval: Interval,
    /// The chance, 0..1, that they will be at least as many as the threshold.
    pub reaches: f64,
}

/// How many of a group will have answered in the end, and how likely it is that they will be `threshold` or more.
///
/// # Errors
/// [`Undefined::EmptyGroup`] without people, [`Undefined::PartExceedsWhole`] when more answered than are invited or the limits are
/// the wrong way round, [`Undefined::BadProbability`] for a share outside 0..1.
pub fn turnout(seen: &Seen, threshold: u64, confidence: Confidence) -> Result<Turnout, Undefined> {
    check(seen)?;
    let (a, b) = prior(seen.earlier);
    let elapsed = seen.elapsed.max(LEAST_ELAPSED);
    let weigh = |y: u64| beta_binomial(y, seen.people, a, b) * likelihood(seen, y, elapsed);
    let mut weights: Vec<(u64, f64)> = outcomes(seen).map(|y| (y, weigh(y))).collect();
    let mut whole: f64 = weights.iter().map(|(_, weight)| weight).sum();
    if whole <= 0.0 {
        // So many so early that every curve calls it impossible: then nothing is known but the limits.
        weights.iter_mut().for_each(|(_, weight)| *weight = 1.0);
        whole = weights.iter().map(|(_, weight)| weight).sum();
    }
    let expected = weights
        .iter()
        .map(|(y, weight)| real_u64(*y) * weight)
        .sum::<f64>()
        / whole;
    let reaching = weights.iter().filter(|(y, _)| *y >= threshold);
    let reaches = if seen.at_least >= threshold {
        1.0
    } else {
        reaching.map(|(_, weight)| weight).sum::<f64>() / whole
    };
    Ok(Turnout {
        expected,
        interval: Interval {
            low: quantile(&weights, whole, confidence.tail()),
            high: quantile(&weights, whole, 1.0 - confidence.tail()),
        },
        reaches,
    })
}

fn check(seen: &Seen) -> Result<(), Undefined> {
    if seen.people == 0 {
        return Err(Undefined::EmptyGroup);
    }
    let within = |part: u64, whole: u64| {
        if part > whole {
            Err(Undefined::PartExceedsWhole { part, whole })
        } else {
            Ok(())
        }
    };
    within(seen.at_most, seen.people)?;
    within(seen.at_least, seen.at_most)?;
    let is_share = |share: f64| (0.0..=1.0).contains(&share);
    if is_share(seen.elapsed) && seen.earlier.is_none_or(is_share) {
        Ok(())
    } else {
        Err(Undefined::BadProbability)
    }
}

/// The parameters of the beta. A rate of 0 or 1 was a rate of one round, not a law.
fn prior(earlier: Option<f64>) -> (f64, f64) {
    match earlier {
        None => (1.0, 1.0),
        Some(rate) => {
            let rate = rate.clamp(0.02, 0.98);
            (EARLIER_WEIGHT * rate, EARLIER_WEIGHT * (1.0 - rate))
        }
    }
}

/// The outcomes that are weighed: all, or evenly spaced ones and both ends.
fn outcomes(seen: &Seen) -> impl Iterator<Item = u64> + use<> {
    let (least, most) = (seen.at_least, seen.people);
    let step = (most - least).div_ceil(FINEST).max(1);
    let steps = (most - least) / step;
    let spaced = (0..=steps).map(move |place| least + place * step);
    spaced.chain((least + steps * step < most).then_some(most))
}

/// `C(n, y) B(y + a, n - y + b) / B(a, b)`.
fn beta_binomial(y: u64, n: u64, a: f64, b: f64) -> f64 {
    let (y, n) = (real_u64(y), real_u64(n));
    let choose = lgamma(n + 1.0) - lgamma(y + 1.0) - lgamma(n - y + 1.0);
    let beta = |a: f64, b: f64| lgamma(a) + lgamma(b) - lgamma(a + b);
    libm::exp(choose + beta(y + a, n - y + b) - beta(a, b))
}

/// How likely what is seen is when y answer in the end.
fn likelihood(seen: &Seen, y: u64, elapsed: f64) -> f64 {
    let top = seen.at_most.min(y);
    let under = |power: f64| {
        let later = libm::pow(1.0 - elapsed, power);
        (seen.at_least..=top)
            .map(|x| binomial_weight(real_u64(x), real_u64(y), 1.0 - later, later))
            .sum::<f64>()
    };
    CURVES.into_iter().map(under).sum::<f64>() / 3.0
}

fn quantile(weights: &[(u64, f64)], whole: f64, share: f64) -> f64 {
    let mut passed = 0.0;
    for (y, weight) in weights {
        passed += weight;
        if passed >= share * whole {
            return real_u64(*y);
        }
    }
    weights.last().map_or(0.0, |(y, _)| real_u64(*y))
}

#[cfg(test)]
mod tests {
    use super::*;

    const K: u64 = 10;

    fn seen(people: u64, at_least: u64, at_most: u64, elapsed: f64) -> Seen {
        Seen {
            people,
            at_least,
            at_most,
            elapsed,
            earlier: None,
        }
    }

    fn told(seen: Seen) -> Turnout {
        turnout(&seen, K, Confidence::new(0.9).unwrap()).unwrap()
    }

    #[test]
    fn when_the_window_is_over_only_the_floor_is_uncertain() {
        let end = told(seen(60, 20, 24, 1.0));
        assert_eq!((end.interval.low, end.interval.high), (20.0, 24.0));
        assert_eq!(end.reaches, 1.0);
        let none = told(seen(60, 0, 9, 1.0));
        assert_eq!(none.reaches, 0.0);
    }

    #[test]
    fn before_anything_is_known_everything_is_possible() {
        let start = told(seen(100, 0, 9, 0.0));
        assert!(start.interval.width() > 80.0, "{start:?}");
        let like_last_year = told(Seen {
            earlier: Some(0.6),
            ..seen(100, 0, 9, 0.0)
        });
        assert!((like_last_year.expected - 60.0).abs() < 3.0, "{like_last_year:?}");
        assert!(like_last_year.interval.width() < start.interval.width());
    }

    #[test]
    fn more_answers_and_more_time_left_never_promise_less() {
        let by_answers: Vec<f64> = (2..18)
            .map(|five| told(seen(100, 5 * five, 5 * five + 4, 0.5)).expected)
            .collect();
        assert!(by_answers.is_sorted(), "{by_answers:?}");
        let by_time: Vec<f64> = (1..=10)
            .rev()
            .map(|tenth| told(seen(100, 20, 24, f64::from(tenth) / 10.0)).expected)
            .collect();
        assert!(by_time.is_sorted(), "{by_time:?}");
    }

    #[test]
    fn evenly_spaced_outcomes_say_what_all_of_them_say() {
        let all = told(seen(2000, 400, 404, 0.4));
        let spaced = told(seen(4000, 800, 804, 0.4));
        assert!(
            (all.expected / 2000.0 - spaced.expected / 4000.0).abs() < 0.01,
            "{all:?} {spaced:?}"
        );
        assert!((all.interval.low / 2000.0 - spaced.interval.low / 4000.0).abs() < 0.02);
    }

    #[test]
    fn so_many_so_early_that_no_curve_knows_it_leaves_the_limits() {
        let flood = told(seen(3000, 3000, 3000, 0.0));
        assert_eq!((flood.interval.low, flood.interval.high), (3000.0, 3000.0));
    }

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        let ask = |seen: Seen| turnout(&seen, K, Confidence::NINETY_FIVE);
        assert_eq!(ask(seen(0, 0, 0, 0.5)), Err(Undefined::EmptyGroup));
        assert!(matches!(
            ask(seen(10, 11, 12, 0.5)),
            Err(Undefined::PartExceedsWhole { .. })
        ));
        assert!(matches!(
            ask(seen(10, 6, 5, 0.5)),
            Err(Undefined::PartExceedsWhole { .. })
        ));
        for elapsed in [-0.1, 1.1, f64::NAN] {
            assert_eq!(ask(seen(10, 0, 5, elapsed)), Err(Undefined::BadProbability));
        }
    }

    /// Rounds drawn from the model itself: nine in ten of the intervals must hold what came of them.
    #[test]
    fn nine_of_ten_intervals_hold_what_came_of_the_round() {
        let mut state = 2026_u64;
        let mut draw = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
        };
        let (mut held, mut rounds) = (0, 0);
        for _ in 0..600 {
            let (rate, elapsed) = (draw(), 0.1 + 0.8 * draw());
            let power = match draw() {
                pick if pick < 1.0 / 3.0 => CURVES[0],
                pick if pick < 2.0 / 3.0 => CURVES[1],
                _ => CURVES[2],
            };
            let arrived = 1.0 - libm::pow(1.0 - elapsed, power);
            let (mut by_now, mut in_the_end) = (0_u64, 0_u64);
            for _ in 0..80 {
                if draw() < rate {
                    in_the_end += 1;
                    by_now += u64::from(draw() < arrived);
                }
            }
            let (low, high) = if by_now < K {
                (0, K - 1)
            } else {
                (by_now - by_now % 5, (by_now - by_now % 5 + 4).min(80))
            };
            let forecast = told(seen(80, low, high, elapsed));
            rounds += 1;
            held += i32::from(forecast.interval.contains(real_u64(in_the_end)));
        }
        let share = f64::from(held) / f64::from(rounds);
        assert!((0.88..=0.97).contains(&share), "{share}");
    }
}
