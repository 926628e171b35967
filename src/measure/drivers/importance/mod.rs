//! Which drivers matter, for a state or a large agency, and which of them surely.
//!
//! Scores are centred within agencies, so that what is shared out is the variance among colleagues and not among
//! agencies. A predictor of pure chance is added to the model: a driver counts only when, over resamples, its weight stays
//! above that of chance (Tonidandel & LeBreton 2011).
//!
//! **Resampling.** People are drawn with replacement within their agency. Up to [`Rule::most_people`] of an agency they are
//! drawn one by one. Beyond, its people are dealt at random into [`Rule::packs`] packs, and whole packs are drawn: a pack of random
//! colleagues scatters like its size in single people, so the bootstrap variance is the same in expectation (but for one part in the number of packs) and itself
//! scatters by about `1/sqrt(2 packs)`, 7 % at 100 in one agency and much less over many; the work no longer grows with the
//! number of people.
//!
//! **Agencies add up.** Each resample of an agency is kept as its centred sums of squares and products. The resample of a cluster
//! or of the state is the sum of those of its agencies, so an agency is drawn once for all models it enters.
//!
//! | file | concern |
//! | --- | --- |
//! | `people`, `units` | the people of an agency, chance beside them; people or packs, and drawing them |
//! | `products` | sums of squares and products |
//! | `near`, `square` | the weights of thousands of resamples without a decomposition each |
//!
//! **Reproducible.** The seed fixes packs and chance, and each resample of each agency has a stream of its own, so the number of
//! threads changes no bit. Which people are drawn depends on where they stand within their agency: hand them in in an order
//! that does not depend on storage, sorted by content for instance.

mod near;
mod people;
mod products;
mod square;
mod units;

use nalgebra::DMatrix;

use crate::measure::interval::{Confidence, Interval};
use crate::measure::method::Method;
use crate::measure::numeric::count;
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::quantile::{Definition, quantile_of};
use crate::measure::undefined::Undefined;

use super::lmg::shares_of;
use near::{Neighbourhood, decomposed};
use people::People;
use products::Products;
use square::Square;
use units::{Drawing, Units, generator};

/// Complete rows of the people of one agency: everybody has all outcomes and all drivers.
#[derive(Debug, Clone, Copy)]
pub struct AgencySample<'a> {
    /// Which agency: a number of its own, the same whenever its resamples are to be the same.
    pub agency: u32,
    /// Outcome by outcome, the value of each person.
    pub outcomes: &'a [Vec<f64>],
    /// Driver by driver, the value of each person.
    pub drivers: &'a [Vec<f64>],
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
    /// Up to so many people of an agency are drawn one by one.
    pub most_people: usize,
    /// Beyond, in so many packs.
    pub packs: usize,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            resamples: 2000,
            seed: 1,
            confidence: Confidence::NINETY_FIVE,
            most_people: 500,
            packs: 100,
        }
    }
}

/// The importance of drivers for one outcome.
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
    /// The drivers' shares of R squared by averaging over all orders ([`lmg`](fn@super::lmg)), as a check by another method;
    /// `None` with more drivers than that takes.
    pub check: Option<Vec<f64>>,
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

/// The people of some agencies and their resamples.
#[derive(Debug, Clone)]
pub struct Resamples {
    rule: Rule,
    outcomes: usize,
    drivers: usize,
    people: u64,
    agencies: u64,
    packs: u64,
    /// Outcomes, drivers, chance.
    everybody: Products,
    drawn: Vec<Products>,
}

/// Johnson's relative weights of within-agency centred scores, with bootstrap intervals: an answer for each outcome.
///
/// Sources: Johnson 2000; Tonidandel & LeBreton 2011 for the comparison with chance. The weights themselves are held against R
/// in the golden cases of [`relative_weights`](super::relative_weights).
///
/// # Errors
/// As [`Resamples::add`] and [`Resamples::importance`].
pub fn importance(
    agencies: &[AgencySample<'_>],
    rule: Rule,
    workers: Workers,
) -> Result<Vec<Result<Importance, Undefined>>, Undefined> {
    let (outcomes, drivers) = agencies
        .first()
        .map_or((0, 0), |first| (first.outcomes.len(), first.drivers.len()));
    let mut resamples = Resamples::none(outcomes, drivers, rule);
    for agency in agencies {
        resamples.add(*agency, workers)?;
    }
    let all: Vec<usize> = (0..outcomes).collect();
    resamples.importance(&all, workers)
}

impl Resamples {
    /// Of nobody yet.
    #[must_use]
    pub fn none(outcomes: usize, drivers: usize, rule: Rule) -> Self {
        let nobody = Products::new(outcomes + drivers + 1);
        Self {
            rule,
            outcomes,
            drivers,
            people: 0,
            agencies: 0,
            packs: 0,
            drawn: vec![nobody.clone(); rule.resamples],
            everybody: nobody,
        }
    }

    /// How many people are in.
    #[must_use]
    pub fn people(&self) -> u64 {
        self.people
    }

    /// Draws the people of an agency and adds them. An agency without people changes nothing.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`] also for other numbers of outcomes and drivers than before, [`Undefined::NotFinite`].
    pub fn add(&mut self, sample: AgencySample<'_>, workers: Workers) -> Result<(), Undefined> {
        let given = sample.outcomes.len() + sample.drivers.len();
        if (sample.outcomes.len(), sample.drivers.len()) != (self.outcomes, self.drivers) {
            return Err(Undefined::UnequalLengths {
                left: count(self.outcomes + self.drivers),
                right: count(given),
            });
        }
        let people = People::of(sample)?;
        if people.rows == 0 {
            return Ok(());
        }
        let rule = self.rule;
        let units = Units::of(&people, rule, &mut generator(rule.seed, sample.agency, 0));
        self.people += count(people.rows);
        self.agencies += 1;
        self.packs += count(units.packs_drawn());
        self.everybody.add(&units.everybody());
        let drawn = in_parts(rule.resamples, 1, workers, |resamples| {
            let mut drawing = Drawing::new(&units, sample.agency);
            resamples
                .map(|resample| drawing.resample(rule.seed, resample))
                .collect::<Vec<Products>>()
        });
        for (all, own) in self.drawn.iter_mut().zip(drawn.iter().flatten()) {
            all.add(own);
        }
        Ok(())
    }

    /// Adds other agencies, drawn by the same rule: resample by resample.
    pub fn plus(&mut self, others: &Self) {
        self.people += others.people;
        self.agencies += others.agencies;
        self.packs += others.packs;
        self.everybody.add(&others.everybody);
        for (own, other) in self.drawn.iter_mut().zip(&others.drawn) {
            own.add(other);
        }
    }

    /// The importance of the drivers for some of the outcomes, by position. An outcome that does not vary has none.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] without a driver, with fewer than ten people a coefficient or two resamples;
    /// [`Undefined::NoVariation`] when a driver does not vary within agencies; [`Undefined::Collinear`].
    pub fn importance(
        &self,
        wanted: &[usize],
        workers: Workers,
    ) -> Result<Vec<Result<Importance, Undefined>>, Undefined> {
        let needed = 10 * (count(self.drivers) + 2);
        if self.drivers == 0 || self.people < needed || self.rule.resamples < 2 {
            return Err(Undefined::TooFew {
                given: self.people.min(count(self.rule.resamples)),
                needed,
            });
        }
        let everybody = Correlations::of(&self.everybody, self.outcomes, wanted)?;
        let model = Model::around(&everybody)?;
        let parts = in_parts(self.drawn.len(), 1, workers, |part| {
            let mut model = model.clone();
            let drawn = self.drawn.get(part).unwrap_or_default().iter();
            drawn
                .map(|drawn| model.weights(&Correlations::of(drawn, self.outcomes, wanted)?))
                .collect::<Result<Vec<_>, Undefined>>()
        });
        let replicates: Vec<Vec<Option<Weights>>> =
            parts.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        let observed = everybody.weights(decomposed, decomposed)?;
        let outcomes = observed.iter().enumerate().map(|(outcome, observed)| {
            let own: Option<Vec<&Weights>> = replicates
                .iter()
                .map(|replicate| replicate.get(outcome)?.as_ref())
                .collect();
            let (observed, own) = observed.as_ref().zip(own).ok_or(Undefined::NoVariation)?;
            Ok(Importance {
                n: self.people,
                agencies: self.agencies,
                r_squared: observed.drivers.iter().sum(),
                drivers: self.drivers_of(observed, &own)?,
                check: everybody.shares(outcome),
                method: self.method(),
            })
        });
        Ok(outcomes.collect())
    }

    fn drivers_of(
        &self,
        observed: &Weights,
        replicates: &[&Weights],
    ) -> Result<Vec<DriverImportance>, Undefined> {
        let r_squared: f64 = observed.drivers.iter().sum();
        let driver = |(at, weight): (usize, &f64)| {
            let of = |weights: &[f64]| weights.get(at).copied().unwrap_or(0.0);
            let weights = replicates.iter().map(|own| of(&own.drivers)).collect();
            let above = replicates
                .iter()
                .map(|own| of(&own.beside_chance) - own.chance)
                .collect();
            let above_chance = percentiles(above, self.rule.confidence)?;
            Ok(DriverImportance {
                weight: *weight,
                share: weight / r_squared,
                interval: percentiles(weights, self.rule.confidence)?,
                above_chance,
                shown: above_chance.low > 0.0,
            })
        };
        observed.drivers.iter().enumerate().map(driver).collect()
    }

    fn method(&self) -> Method {
        let method = Method::named("drivers.johnson")
            .with("centred", "within agencies")
            .with("resamples", count(self.rule.resamples))
            .with("seed", self.rule.seed)
            .with("confidence", self.rule.confidence.level());
        if self.packs == 0 {
            return method.with("resampled", "people within agencies");
        }
        method
            .with("resampled", "packs of people within agencies")
            .with("most_people", count(self.rule.most_people))
            .with("packs_per_agency", count(self.rule.packs))
            .with("packs", self.packs)
    }
}

fn percentiles(mut values: Vec<f64>, confidence: Confidence) -> Result<Interval, Undefined> {
    let mut at = |p| quantile_of(&mut values, p, Definition::Seven);
    Ok(Interval {
        low: at(confidence.tail())?,
        high: at(1.0 - confidence.tail())?,
    })
}

/// The correlations of one set of people.
struct Correlations {
    /// Among the drivers, pure chance the last of them.
    among: Square,
    /// Of each outcome with the same, filled up to fours; `None` of one that does not vary.
    with: Vec<Option<Vec<[f64; 4]>>>,
    /// Drivers and chance.
    width: usize,
}

impl Correlations {
    /// Of centred sums.
    fn of(products: &Products, outcomes: usize, wanted: &[usize]) -> Result<Self, Undefined> {
        let rows: Vec<&[f64]> = products.rows().collect();
        let product = |a: usize, b: usize| {
            let place = rows.get(a.max(b)).and_then(|row| row.get(a.min(b)));
            place.copied().unwrap_or(0.0)
        };
        let scales: Vec<f64> = (0..rows.len())
            .map(|at| product(at, at).max(0.0).sqrt())
            .collect();
        if scales.iter().skip(outcomes).any(|scale| *scale <= 0.0) {
            return Err(Undefined::NoVariation);
        }
        let scale = |at: usize| scales.get(at).copied().unwrap_or(0.0);
        let correlation = |a: usize, b: usize| product(a, b) / (scale(a) * scale(b));
        let width = rows.len() - outcomes;
        let with = |outcome: &usize| {
            (scale(*outcome) > 0.0).then(|| {
                let mut with = vec![[0.0; 4]; width.div_ceil(4)];
                let places = with.as_flattened_mut().iter_mut().take(width);
                for (at, place) in places.enumerate() {
                    *place = correlation(*outcome, outcomes + at);
                }
                with
            })
        };
        Ok(Self {
            among: Square::from_fn(width, |a, b| correlation(outcomes + a, outcomes + b)),
            with: wanted.iter().map(with).collect(),
            width,
        })
    }

    /// The same without chance, which is the last.
    fn among_drivers(&self) -> Square {
        self.among.leading(self.width - 1)
    }

    /// Each outcome that varies, with the first `width` of drivers and chance.
    fn varying(&self, width: usize) -> Vec<Vec<[f64; 4]>> {
        let leading = |with: &Vec<[f64; 4]>| {
            let mut own = vec![[0.0; 4]; width.div_ceil(4)];
            let places = own.as_flattened_mut().iter_mut().take(width);
            for (place, value) in places.zip(with.as_flattened()) {
                *place = *value;
            }
            own
        };
        self.with.iter().flatten().map(leading).collect()
    }

    /// The weights without and beside chance, each made as is given from correlations among drivers and with outcomes.
    fn weights(
        &self,
        drivers: impl FnOnce(&Square, &[Vec<[f64; 4]>]) -> Result<Vec<Vec<f64>>, Undefined>,
        beside: impl FnOnce(&Square, &[Vec<[f64; 4]>]) -> Result<Vec<Vec<f64>>, Undefined>,
    ) -> Result<Vec<Option<Weights>>, Undefined> {
        let beside = beside(&self.among, &self.varying(self.width))?;
        let drivers = drivers(&self.among_drivers(), &self.varying(self.width - 1))?;
        let mut found = drivers
            .into_iter()
            .zip(beside)
            .map(|(drivers, mut beside_chance)| Weights {
                chance: beside_chance.pop().unwrap_or(0.0),
                drivers,
                beside_chance,
            });
        // At their places among all outcomes.
        let own = self
            .with
            .iter()
            .map(|with| with.as_ref().and_then(|_| found.next()));
        Ok(own.collect())
    }

    /// LMG's shares of what is explained of an outcome.
    fn shares(&self, outcome: usize) -> Option<Vec<f64>> {
        let with = self.with.get(outcome)?.as_ref()?;
        let drivers = self.width - 1;
        let with =
            nalgebra::DVector::from_iterator(drivers, with.as_flattened().iter().take(drivers).copied());
        let among: DMatrix<f64> = self.among_drivers().matrix();
        let found = shares_of(&among, &with).ok()?;
        let all: f64 = found.shares.iter().sum();
        (all > 0.0).then(|| found.shares.iter().map(|share| share / all).collect())
    }
}

/// The relative weights of one set of people.
#[derive(Clone)]
struct Weights {
    drivers: Vec<f64>,
    /// The drivers' weights with chance among them, and that of chance.
    beside_chance: Vec<f64>,
    chance: f64,
}

/// The model without and with chance, near everybody's correlations.
#[derive(Clone)]
struct Model {
    drivers: Neighbourhood,
    beside_chance: Neighbourhood,
}

impl Model {
    fn around(everybody: &Correlations) -> Result<Self, Undefined> {
        Ok(Self {
            drivers: Neighbourhood::of(&everybody.among_drivers())?,
            beside_chance: Neighbourhood::of(&everybody.among)?,
        })
    }

    fn weights(&mut self, own: &Correlations) -> Result<Vec<Option<Weights>>, Undefined> {
        own.weights(
            |among, with| self.drivers.weights(among, with),
            |among, with| self.beside_chance.weights(among, with),
        )
    }
}
