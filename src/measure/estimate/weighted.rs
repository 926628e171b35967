//! Respondents with weights of their own: raked weights, for instance.

use crate::measure::descriptives::Moments;
use crate::measure::interval::Confidence;
use crate::measure::method::Method;
use crate::measure::numeric::{count, real_u64};
use crate::measure::tally::Tally;
use crate::measure::undefined::Undefined;
use crate::measure::weights::Kish;

use super::MeanEstimate;
use super::finish::{Summary, finish};

/// A stratum whose respondents carry weights of their own.
#[derive(Debug, Clone, Copy)]
pub struct WeightedStratum<'a> {
    /// Headcount, respondents included.
    pub people: u64,
    /// The respondents' scores, 0..100.
    pub scores: &'a [f64],
    /// Their weights, in the same order.
    pub weights: &'a [f64],
}

/// Respondents of one stratum who weigh the same. Weights that come from margins have few values, and a tally for each
/// keeps the figure free of the order of respondents.
#[derive(Debug, Clone, Copy)]
pub struct WeightClass<'a> {
    /// The stratum, a position in the list of headcounts.
    pub stratum: usize,
    /// Their weight.
    pub weight: f64,
    /// Their scores.
    pub tally: &'a Tally,
}

/// So many respondents of equal weight: their mean and squared deviations.
struct Equals {
    weight: f64,
    moments: Moments,
}

/// The weighted mean of a group with given weights, by linearisation of the ratio.
///
/// # Errors
/// As [`stratified_mean`](super::stratified_mean), and [`Undefined::UnequalLengths`], [`Undefined::BadWeights`], and
/// [`Undefined::OneRespondent`] for a stratum with one respondent of several people (collapse it first).
pub fn weighted_mean(
    strata: &[WeightedStratum<'_>],
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
    let mut sorted = Vec::with_capacity(strata.len());
    for stratum in strata {
        super::check(stratum.people, stratum.scores)?;
        if stratum.scores.len() != stratum.weights.len() {
            return Err(Undefined::UnequalLengths {
                left: count(stratum.scores.len()),
                right: count(stratum.weights.len()),
            });
        }
        let one = |(score, weight): (&f64, &f64)| Equals {
            weight: *weight,
            moments: Moments {
                n: 1,
                mean: *score,
                squares: 0.0,
            },
        };
        let each = stratum.scores.iter().zip(stratum.weights).map(one).collect();
        sorted.push((stratum.people, each));
    }
    let all: Vec<f64> = strata
        .iter()
        .flat_map(|stratum| stratum.scores)
        .copied()
        .collect();
    linearised(&sorted, || Moments::of(&all), confidence)
}

/// The same where respondents come in classes of equal weight, tallied. `people` gives the headcount of each stratum.
///
/// # Errors
/// As [`weighted_mean`]; [`Undefined::TooFew`] for a class whose stratum is not in `people`;
/// [`Undefined::DifferentSteps`] for tallies of different forms.
pub fn class_weighted_mean(
    people: &[u64],
    classes: &[WeightClass<'_>],
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
    let mut strata: Vec<(u64, Vec<Equals>)> = people.iter().map(|people| (*people, Vec::new())).collect();
    for class in classes.iter().filter(|class| class.tally.n() > 0) {
        let (_, equals) = strata.get_mut(class.stratum).ok_or(Undefined::TooFew {
            given: count(people.len()),
            needed: count(class.stratum) + 1,
        })?;
        equals.push(Equals {
            weight: class.weight,
            moments: class.tally.moments()?,
        });
    }
    for (people, equals) in &strata {
        let respondents = equals.iter().map(|equals| equals.moments.n).sum();
        if respondents > *people {
            return Err(Undefined::MoreRespondentsThanPeople {
                respondents,
                people: *people,
            });
        }
    }
    let all = || {
        let tallies = classes.iter().map(|class| class.tally);
        Tally::together(tallies)?.ok_or(Undefined::EmptyGroup)?.moments()
    };
    linearised(&strata, all, confidence)
}

fn linearised(
    strata: &[(u64, Vec<Equals>)],
    all: impl Fn() -> Result<Moments, Undefined>,
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
    let everybody = || strata.iter().flat_map(|(_, equals)| equals);
    let kish = Kish::of_classes(everybody().map(|equals| (equals.weight, equals.moments.n)))?;
    let weighted: f64 = everybody()
        .map(|equals| equals.weight * equals.moments.n_real() * equals.moments.mean)
        .sum();
    let mean = weighted / kish.sum;
    let (mut variance, mut process_variance) = (0.0, 0.0);
    let answered = || strata.iter().filter(|(_, equals)| !equals.is_empty());
    for (people, equals) in answered() {
        let (with, without) = linear_variance(equals, mean, kish.sum, *people)?;
        variance += with;
        process_variance += without;
    }
    let summary = Summary {
        people: strata.iter().map(|(people, _)| people).sum(),
        strata: answered().count(),
        mean,
        variance,
        process_variance: Some(process_variance),
        weight_deff: kish.deff,
        method: Method::named("mean.linearised-fpc").with("weights", "given"),
    };
    Ok(finish(&all()?, summary, confidence))
}

/// `(1 - f) n/(n-1) sum (u - ubar)^2` of one stratum, with and without the correction.
fn linear_variance(equals: &[Equals], mean: f64, weights: f64, people: u64) -> Result<(f64, f64), Undefined> {
    let n = real_u64(equals.iter().map(|equals| equals.moments.n).sum());
    let sampled = n / real_u64(people);
    if n < 2.0 {
        return if sampled >= 1.0 {
            Ok((0.0, 0.0))
        } else {
            Err(Undefined::OneRespondent)
        };
    }
    // Of a class: u = w (x - m)/W has mean w (x_c - m)/W, and w^2/W^2 times the squares of x about x_c.
    let centre = |equals: &Equals| equals.weight * (equals.moments.mean - mean) / weights;
    let sum: f64 = equals
        .iter()
        .map(|equals| equals.moments.n_real() * centre(equals))
        .sum();
    let ubar = sum / n;
    let squares: f64 = equals
        .iter()
        .map(|equals| {
            let share = equals.weight / weights;
            let from_centre = centre(equals) - ubar;
            share * share * equals.moments.squares + equals.moments.n_real() * from_centre * from_centre
        })
        .sum();
    let without = n / (n - 1.0) * squares;
    Ok(((1.0 - sampled) * without, without))
}
