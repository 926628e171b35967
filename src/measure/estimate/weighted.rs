//! Respondents with weights of their own: raked weights, for instance.

use crate::measure::descriptives::Moments;
use crate::measure::interval::Confidence;
use crate::measure::method::Method;
use crate::measure::numeric::{count, real_u64};
use crate::measure::tally::{Tally, WeightedTally};
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
    linearised(&sorted, kish_of(&sorted)?, || Moments::of(&all), confidence)
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
    linearised(&strata, kish_of(&strata)?, all, confidence)
}

/// The same from the sums of [`weigh_groups`](crate::measure::tally::weigh_groups): the headcount and the weighted
/// tally of each stratum.
///
/// # Errors
/// As [`weighted_mean`]; [`Undefined::DifferentSteps`] for tallies of different forms.
pub fn tallied_weighted_mean(
    strata: &[(u64, WeightedTally)],
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
    for (people, stratum) in strata {
        super::check(*people, &stratum.tally)?;
    }
    let sum = |of: fn(&WeightedTally) -> f64| strata.iter().map(|(_, stratum)| of(stratum)).sum::<f64>();
    let n = strata.iter().map(|(_, stratum)| stratum.tally.n()).sum();
    let kish = Kish::of_sums(
        n,
        sum(|stratum| stratum.sums.weights),
        sum(|stratum| stratum.sums.squares),
    )?;
    let all = || {
        let tallies = strata.iter().map(|(_, stratum)| &stratum.tally);
        Tally::together(tallies)?.ok_or(Undefined::EmptyGroup)?.moments()
    };
    linearised(strata, kish, all, confidence)
}

/// Respondents of a stratum as the linearised variance sees them.
trait Weighed {
    fn n(&self) -> u64;
    /// `sum w x`, in points.
    fn scores(&self) -> f64;
    /// `sum u` and `sum u^2`, with `u = w (x - mean) / weights`.
    fn linearised(&self, mean: f64, weights: f64) -> Result<(f64, f64), Undefined>;
}

impl Weighed for Vec<Equals> {
    fn n(&self) -> u64 {
        self.iter().map(|equals| equals.moments.n).sum()
    }

    fn scores(&self) -> f64 {
        let of = |equals: &Equals| equals.weight * equals.moments.n_real() * equals.moments.mean;
        self.iter().map(of).sum()
    }

    fn linearised(&self, mean: f64, weights: f64) -> Result<(f64, f64), Undefined> {
        // Of a class: u = w (x - m)/W has mean w (x_c - m)/W, and w^2/W^2 times the squares of x about x_c.
        let of = |equals: &Equals| {
            let share = equals.weight / weights;
            let (n, centre) = (equals.moments.n_real(), share * (equals.moments.mean - mean));
            (
                n * centre,
                share * share * equals.moments.squares + n * centre * centre,
            )
        };
        Ok(self
            .iter()
            .map(of)
            .fold((0.0, 0.0), |(sum, squares), (u, u2)| (sum + u, squares + u2)))
    }
}

impl Weighed for WeightedTally {
    fn n(&self) -> u64 {
        self.tally.n()
    }

    fn scores(&self) -> f64 {
        self.sums.scores * self.tally.grain().step()
    }

    fn linearised(&self, mean: f64, weights: f64) -> Result<(f64, f64), Undefined> {
        let (sums, moments) = (&self.sums, self.tally.moments()?);
        let u = (self.scores() - mean * sums.weights) / weights;
        if moments.squares <= 0.0 {
            // Equal scores: without the differences below, which would leave rounding noise.
            return Ok((u, sums.squares * ((moments.mean - mean) / weights).powi(2)));
        }
        let step = self.tally.grain().step();
        let squares = sums.square_score_squares * step * step - 2.0 * mean * sums.square_scores * step
            + mean * mean * sums.squares;
        Ok((u, squares.max(0.0) / (weights * weights)))
    }
}

fn kish_of(strata: &[(u64, Vec<Equals>)]) -> Result<Kish, Undefined> {
    let classes = strata.iter().flat_map(|(_, equals)| equals);
    Kish::of_classes(classes.map(|equals| (equals.weight, equals.moments.n)))
}

fn linearised<W: Weighed>(
    strata: &[(u64, W)],
    kish: Kish,
    all: impl Fn() -> Result<Moments, Undefined>,
    confidence: Confidence,
) -> Result<MeanEstimate, Undefined> {
    let answered = || strata.iter().filter(|(_, respondents)| respondents.n() > 0);
    let mean = answered()
        .map(|(_, respondents)| respondents.scores())
        .sum::<f64>()
        / kish.sum;
    let (mut variance, mut process_variance) = (0.0, 0.0);
    for (people, respondents) in answered() {
        let (with, without) = linear_variance(respondents, mean, kish.sum, *people)?;
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
fn linear_variance(
    respondents: &impl Weighed,
    mean: f64,
    weights: f64,
    people: u64,
) -> Result<(f64, f64), Undefined> {
    let n = real_u64(respondents.n());
    let sampled = n / real_u64(people);
    if n < 2.0 {
        return if sampled >= 1.0 {
            Ok((0.0, 0.0))
        } else {
            Err(Undefined::OneRespondent)
        };
    }
    let (sum, squares) = respondents.linearised(mean, weights)?;
    let without = n / (n - 1.0) * (squares - sum * sum / n).max(0.0);
    Ok(((1.0 - sampled) * without, without))
}
