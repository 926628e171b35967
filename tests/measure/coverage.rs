//! Do the intervals cover what they say? By enumeration where that is possible, else by seeded
//! simulation.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rapport::measure::Confidence;
use rapport::measure::descriptives::describe;
use rapport::measure::estimate::{IntervalKind, group_mean};
use rapport::measure::numeric::real;
use rapport::measure::proportion::hypergeometric;

const LEVEL: Confidence = Confidence::NINETY_FIVE;

/// n choose k, exact in the range used here.
fn choose(n: u64, k: u64) -> f64 {
    (0..k).fold(1.0, |product, i| {
        product * real(usize::try_from(n - i).unwrap()) / real(usize::try_from(i + 1).unwrap())
    })
}

#[test]
fn the_hypergeometric_interval_covers_at_least_95_per_cent_for_every_true_count() {
    for (people, n) in [(15, 10), (20, 12), (50, 30), (50, 40), (33, 1)] {
        let intervals: Vec<_> = (0..=n)
            .map(|x| hypergeometric(people, n, x, LEVEL).unwrap())
            .collect();
        for marked in 0..=people {
            let truth = real(usize::try_from(marked).unwrap()) / real(usize::try_from(people).unwrap());
            let covered: f64 = (0..=n)
                .filter(|x| *x <= marked && n - x <= people - marked)
                .filter(|x| {
                    let interval = intervals[usize::try_from(*x).unwrap()];
                    interval.low - 1e-12 <= truth && truth <= interval.high + 1e-12
                })
                .map(|x| choose(marked, x) * choose(people - marked, n - x) / choose(people, n))
                .sum();

            assert!(covered >= 0.95 - 1e-9, "{marked} of {people}, n = {n}: {covered}");
        }
    }
}

/// How often the logit interval, and the plain one with the same standard error, hold the mean of
/// the population that respondents are drawn from.
fn coverage(people: usize, n: usize, satisfied: f64, rounds: u32, seed: u64) -> (f64, f64) {
    let mut generator = ChaCha12Rng::seed_from_u64(seed);
    let (mut logit, mut plain) = (0_u32, 0_u32);
    for _ in 0..rounds {
        // Each person's index: the mean of nine answers on five points, leaning upwards.
        let mut population: Vec<f64> = (0..people)
            .map(|_| {
                let own: f64 = (satisfied + generator.random_range(-0.25..0.25)).clamp(0.02, 0.99);
                let steps: u32 = (0..36).map(|_| u32::from(generator.random_bool(own))).sum();
                f64::from(steps) / 36.0 * 100.0
            })
            .collect();
        let truth = population.iter().sum::<f64>() / real(people);
        population.shuffle(&mut generator);
        let sample = &population[..n];
        let estimate = group_mean(sample, u64::try_from(people).unwrap(), LEVEL).unwrap();
        match estimate.interval_kind {
            IntervalKind::LogitT => {
                logit += u32::from(estimate.interval.unwrap().contains(truth));
                let reach = LEVEL.t(estimate.df.unwrap()) * estimate.se.unwrap();
                plain += u32::from((estimate.mean - truth).abs() <= reach);
            }
            _ => continue,
        }
    }
    (
        f64::from(logit) / f64::from(rounds),
        f64::from(plain) / f64::from(rounds),
    )
}

#[test]
fn the_logit_interval_covers_near_95_per_cent_in_the_middle_of_the_scale() {
    for (people, n) in [(15, 10), (40, 25), (400, 60)] {
        let (logit, _) = coverage(people, n, 0.6, 4000, 7);

        assert!((0.935..=0.965).contains(&logit), "{n} of {people}: {logit}");
    }
}

#[test]
fn near_the_end_of_the_scale_the_logit_interval_covers_better_than_the_plain_one() {
    let (logit, plain) = coverage(15, 10, 0.9, 8000, 11);

    assert!(logit > plain, "logit {logit}, plain {plain}");
    assert!(logit >= 0.92, "{logit}");
}

#[test]
fn without_the_finite_population_correction_a_near_complete_count_would_cover_far_too_much() {
    // The guard against forgetting it: 36 of 40 people, interval from describe() has none.
    let mut generator = ChaCha12Rng::seed_from_u64(3);
    let scores: Vec<f64> = (0..36)
        .map(|_| f64::from(generator.random_range(20..90_u8)))
        .collect();

    let level = group_mean(&scores, 40, LEVEL).unwrap();
    let process = describe(&scores, LEVEL).unwrap();

    let shrunk = level.se.unwrap() / process.se;
    assert!((shrunk - (1.0_f64 - 36.0 / 40.0).sqrt()).abs() < 1e-12);
    assert!((level.process_se.unwrap() - process.se).abs() < 1e-12);
}
