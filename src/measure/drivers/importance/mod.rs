//! Which drivers matter, for a state or a large agency, and which of them surely.
//!
//! Scores are centred within agencies, so that what is shared out is the variance among colleagues and not among
//! agencies. A predictor of pure chance is added to the model: a driver counts only when, over resamples, its weight stays
//! above that of chance (Tonidandel & LeBreton 2011).
//!
//! **Resampling.** People are drawn with replacement within their agency. Up to [`Rule::most_people`] they are drawn one by
//! one. Beyond, each agency's people are dealt at random into packs, as many over the state as [`Rule::packs`] says, and
//! whole packs are drawn: a pack of random colleagues scatters like its size in single people, so the bootstrap variance
//! is the same in expectation and itself scatters by about `1/sqrt(2 packs)`, 1.6 % at 2 000; the work no longer grows with the number of
//! people. An agency keeps at least as many packs as the smaller of its people and eight.
//!
//! **Reproducible.** The seed fixes packs and chance, and each resample has a stream of its own, so the number of threads
//! changes no bit. Which people are drawn depends on where they stand within their agency: hand them in in an order that
//! does not depend on storage, sorted by content for instance.

mod people;
mod products;
mod units;

use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;

use crate::measure::interval::{Confidence, Interval};
use crate::measure::method::Method;
use crate::measure::numeric::count;
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::quantile::{Definition, Sorted};
use crate::measure::undefined::Undefined;

use super::johnson::relative_weights_of;
use people::People;
use products::Products;
use units::{Drawing, Units};

/// Complete rows of people: an outcome, its drivers, and whose people they are.
#[derive(Debug, Clone, Copy)]
pub struct DriverSample<'a> {
    /// The outcome of each person.
    pub outcome: &'a [f64],
    /// Driver by driver, the value of each person.
    pub drivers: &'a [Vec<f64>],
    /// The agency of each person, any number.
    pub agency: &'a [u32],
}

/// How importance is resampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// How often. The method asks for 2 000 or more.
    pub resamples: usize,
    /// What fixes chance.
    pub seed: u64,
    /// Of the intervals.
    pub confidence: Confidence,
    /// Up to so many people are drawn one by one.
    pub most_people: usize,
    /// Beyond, about so many packs over all agencies.
    pub packs: usize,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            resamples: 2000,
            seed: 1,
            confidence: Confidence::NINETY_FIVE,
            most_people: 100_000,
            packs: 2000,
        }
    }
}

/// The importance of drivers.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// People.
    pub n: u64,
    /// Their agencies.
    pub agencies: u64,
    /// Share of the outcome's variance within agencies that the drivers explain together.
    pub r_squared: f64,
    /// Driver by driver.
    pub drivers: Vec<DriverImportance>,
    /// How it was computed.
    pub method: Method,
}

/// One driver.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriverImportance {
    /// Johnson's relative weight: its part of [`Importance::r_squared`].
    pub weight: f64,
    /// The same as a share of it, 0..1.
    pub share: f64,
    /// The percentile interval of the weight.
    pub interval: Interval,
    /// The percentile interval of its distance to the weight of pure chance.
    pub above_chance: Interval,
    /// Whether that interval lies above zero: only then show the driver.
    pub shown: bool,
}

/// Johnson's relative weights of within-agency centred scores, with bootstrap intervals.
///
/// Sources: Johnson 2000; Tonidandel & LeBreton 2011 for the comparison with chance. The weights themselves are held against R
/// in the golden cases of [`relative_weights`](super::relative_weights).
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::NotFinite`], [`Undefined::TooFew`] without a driver, with fewer than ten people
/// a coefficient or two resamples; [`Undefined::NoVariation`] when one of them does not vary within agencies;
/// [`Undefined::Collinear`].
pub fn importance(sample: DriverSample<'_>, rule: Rule, workers: Workers) -> Result<Importance, Undefined> {
    let people = People::of(sample)?;
    let needed = 10 * (sample.drivers.len() + 2);
    if sample.drivers.is_empty() || people.rows < needed || rule.resamples < 2 {
        return Err(Undefined::TooFew {
            given: count(people.rows.min(rule.resamples)),
            needed: count(needed),
        });
    }
    let mut generator = ChaCha12Rng::seed_from_u64(rule.seed);
    let units = Units::of(&people, rule, &mut generator);
    let observed = weights_of(&units.everybody())?;
    let replicates = in_parts(rule.resamples, 1, workers, |resamples| {
        let mut drawing = Drawing::new(&units);
        resamples
            .map(|resample| weights_of(drawing.resample(rule.seed, resample)))
            .collect::<Result<Vec<Weights>, Undefined>>()
    });
    let replicates: Vec<Weights> = replicates.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let mut drivers = Vec::with_capacity(sample.drivers.len());
    for (at, weight) in observed.drivers.iter().enumerate() {
        let of = |replicate: &Weights| replicate.drivers.get(at).copied().unwrap_or(0.0);
        let beside = |replicate: &Weights| replicate.beside_chance.get(at).copied().unwrap_or(0.0);
        let weights: Vec<f64> = replicates.iter().map(of).collect();
        let above: Vec<f64> = replicates.iter().map(|own| beside(own) - own.chance).collect();
        let above_chance = percentiles(&above, rule.confidence)?;
        drivers.push(DriverImportance {
            weight: *weight,
            share: weight / observed.r_squared,
            interval: percentiles(&weights, rule.confidence)?,
            above_chance,
            shown: above_chance.low > 0.0,
        });
    }
    Ok(Importance {
        n: count(people.rows),
        agencies: count(people.agencies.len()),
        r_squared: observed.r_squared,
        drivers,
        method: method(&units, rule),
    })
}

fn method(units: &Units, rule: Rule) -> Method {
    let method = Method::named("drivers.johnson")
        .with("centred", "within agencies")
        .with("resamples", count(rule.resamples))
        .with("seed", rule.seed)
        .with("confidence", rule.confidence.level());
    match units {
        Units::People { .. } => method.with("resampled", "people within agencies"),
        Units::Packs { packs, .. } => method
            .with("resampled", "packs of people within agencies")
            .with("packs", count(packs.len())),
    }
}

fn percentiles(values: &[f64], confidence: Confidence) -> Result<Interval, Undefined> {
    let (sorted, tail) = (Sorted::of(values)?, confidence.tail());
    Ok(Interval {
        low: sorted.quantile(tail, Definition::Seven),
        high: sorted.quantile(1.0 - tail, Definition::Seven),
    })
}

/// The relative weights of one set of sums.
#[derive(Clone)]
struct Weights {
    r_squared: f64,
    drivers: Vec<f64>,
    /// The drivers' weights with chance among them, and that of chance.
    beside_chance: Vec<f64>,
    chance: f64,
}

fn weights_of(products: &Products) -> Result<Weights, Undefined> {
    let mut correlations = products.matrix();
    let width = correlations.nrows();
    let scale = correlations.diagonal().map(f64::sqrt);
    if scale.iter().any(|scale| *scale <= 0.0) {
        return Err(Undefined::NoVariation);
    }
    correlations.component_div_assign(&(&scale * scale.transpose()));
    let with: DVector<f64> = correlations.column(0).rows(1, width - 1).into_owned();
    let among: DMatrix<f64> = correlations.view((1, 1), (width - 1, width - 1)).into_owned();
    let mut beside_chance = relative_weights_of(among.clone(), &with)?;
    let chance = beside_chance.pop().unwrap_or(0.0);
    let drivers = relative_weights_of(
        among.remove_row(width - 2).remove_column(width - 2),
        &with.remove_row(width - 2),
    )?;
    Ok(Weights {
        r_squared: drivers.iter().sum(),
        drivers,
        beside_chance,
        chance,
    })
}
