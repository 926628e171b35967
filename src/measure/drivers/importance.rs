//! Which drivers matter, for a state or a large agency, and which of them surely.
//!
//! Scores are centred within agencies, so that what is shared out is the variance among colleagues and not among
//! agencies. A predictor of pure chance is added to the model: a driver counts only when, over resamples, its weight stays
//! above that of chance (Tonidandel & LeBreton 2011).
//!
//! **Resampling.** People are drawn with replacement within their agency. Up to [`Rule::most_people`] they are drawn one by
//! one. Beyond, each agency's people are dealt at random into packs, as many over the state as [`Rule::packs`] says, and
//! whole packs are drawn: a pack of random colleagues scatters like its size in single people, so the bootstrap variance
//! is the same in expectation and itself scatters by about `1/sqrt(2 packs)`, 1.1 % at 4 000; the work no longer grows with the number of
//! people. An agency keeps at least as many packs as the smaller of its people and eight.
//!
//! **Reproducible.** People are first sorted by agency and values, the seed fixes packs and chance, and each resample has a
//! stream of its own. So neither the order of people nor the number of threads changes a bit.

use nalgebra::{DMatrix, DVector};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

use crate::measure::interval::{Confidence, Interval};
use crate::measure::method::Method;
use crate::measure::numeric::{count, real};
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::quantile::{Definition, Sorted};
use crate::measure::undefined::Undefined;

use super::johnson::relative_weights_of;

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
            packs: 4000,
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
/// Reference implementation: R `rwa` / the RWA-Web scripts of Tonidandel & LeBreton for the comparison with chance.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::NotFinite`], [`Undefined::TooFew`] without a driver, with fewer than ten people
/// a coefficient or two resamples; [`Undefined::NoVariation`] when one of them does not vary within agencies;
/// [`Undefined::Collinear`].
pub fn importance(
    sample: DriverSample<'_>,
    rule: Rule,
    workers: Workers,
) -> Result<Importance, Undefined> {
    let people = People::sorted(sample)?;
    let variables = sample.drivers.len() + 1;
    let needed = 10 * (variables + 1);
    if sample.drivers.is_empty() || people.rows < needed || rule.resamples < 2 {
        return Err(Undefined::TooFew {
            given: count(people.rows.min(rule.resamples)),
            needed: count(needed),
        });
    }
    let mut generator = ChaCha12Rng::seed_from_u64(rule.seed);
    let people = people.with_chance(&mut generator);
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

fn method(units: &Units<'_>, rule: Rule) -> Method {
    let method = Method::named("drivers.johnson")
        .with("centred", "within agencies")
        .with("resamples", count(rule.resamples))
        .with("seed", rule.seed)
        .with("confidence", rule.confidence.level());
    match units {
        Units::People(_) => method.with("resampled", "people within agencies"),
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

/// People agency by agency, each a row of values: outcome, drivers.
struct People {
    rows: usize,
    width: usize,
    values: Vec<f64>,
    /// The rows of each agency.
    agencies: Vec<std::ops::Range<usize>>,
}

impl People {
    fn sorted(sample: DriverSample<'_>) -> Result<Self, Undefined> {
        let rows = sample.outcome.len();
        let lengths = sample.drivers.iter().map(Vec::len).chain([sample.agency.len()]);
        for other in lengths {
            if other != rows {
                return Err(Undefined::UnequalLengths {
                    left: count(rows),
                    right: count(other),
                });
            }
        }
        let width = sample.drivers.len() + 1;
        let columns = || std::iter::once(sample.outcome).chain(sample.drivers.iter().map(Vec::as_slice));
        if columns().flatten().any(|value| !value.is_finite()) {
            return Err(Undefined::NotFinite);
        }
        let mut table: Vec<(u32, Vec<f64>)> = sample.agency.iter().map(|own| (*own, Vec::with_capacity(width))).collect();
        for column in columns() {
            for ((_, row), value) in table.iter_mut().zip(column) {
                row.push(*value);
            }
        }
        table.sort_unstable_by(|(a, x), (b, y)| {
            let values = || x.iter().zip(y).map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne());
            a.cmp(b).then_with(|| values().unwrap_or(std::cmp::Ordering::Equal))
        });
        let mut agencies = Vec::new();
        let mut from = 0;
        for agency in table.chunk_by(|(a, _), (b, _)| a == b) {
            agencies.push(from..from + agency.len());
            from += agency.len();
        }
        Ok(Self {
            rows,
            width,
            values: table.into_iter().flat_map(|(_, row)| row).collect(),
            agencies,
        })
    }

    /// A column of pure chance beside the others: the sum of twelve uniform numbers is normal enough, and the same on
    /// every machine. Values are centred within agencies, which keeps sums of squares free of cancellation.
    fn with_chance(self, generator: &mut ChaCha12Rng) -> Self {
        let width = self.width + 1;
        let mut values = Vec::with_capacity(self.rows * width);
        for row in self.values.chunks(self.width) {
            values.extend_from_slice(row);
            values.push((0..12).map(|_| generator.random::<f64>()).sum::<f64>() - 6.0);
        }
        for agency in &self.agencies {
            let rows = values.get_mut(agency.start * width..agency.end * width).unwrap_or_default();
            let n = real(agency.len());
            let mut means = vec![0.0; width];
            for row in rows.chunks(width) {
                means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / n);
            }
            for row in rows.chunks_mut(width) {
                row.iter_mut().zip(&means).for_each(|(value, mean)| *value -= mean);
            }
        }
        Self { width, values, ..self }
    }
}

/// Sums of a set of people: how many, each variable, and each variable times each up to itself.
#[derive(Clone)]
struct Products {
    n: f64,
    sums: Vec<f64>,
    lower: Vec<f64>,
}

impl Products {
    fn new(width: usize) -> Self {
        Self {
            n: 0.0,
            sums: vec![0.0; width],
            lower: vec![0.0; width * (width + 1) / 2],
        }
    }

    fn clear(&mut self) {
        self.n = 0.0;
        self.sums.fill(0.0);
        self.lower.fill(0.0);
    }

    fn add_row(&mut self, row: &[f64], times: f64) {
        self.n += times;
        let mut lower = self.lower.as_mut_slice();
        for (at, (value, sum)) in row.iter().zip(&mut self.sums).enumerate() {
            let weighted = times * value;
            *sum += weighted;
            let Some((own, rest)) = std::mem::take(&mut lower).split_at_mut_checked(at + 1) else {
                return;
            };
            for (product, other) in own.iter_mut().zip(row) {
                *product += weighted * other;
            }
            lower = rest;
        }
    }

    fn add_products(&mut self, other: &Self, times: f64) {
        self.n += times * other.n;
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum += times * other);
        self.lower.iter_mut().zip(&other.lower).for_each(|(sum, other)| *sum += times * other);
    }

    /// Adds the products about the own means: those of one agency to those of all.
    fn centre_into(&self, all: &mut Self) {
        if self.n <= 0.0 {
            return;
        }
        all.n += self.n;
        let mut lower = self.lower.iter().zip(&mut all.lower);
        for (at, sum) in self.sums.iter().enumerate() {
            let mean = sum / self.n;
            for (other, (own, all)) in self.sums.iter().take(at + 1).zip(lower.by_ref()) {
                *all += own - mean * other;
            }
        }
    }
}

/// What is drawn: people, or packs of them.
enum Units<'a> {
    People(&'a People),
    Packs {
        width: usize,
        packs: Vec<Products>,
        /// The packs of each agency.
        agencies: Vec<std::ops::Range<usize>>,
    },
}

impl<'a> Units<'a> {
    fn of(people: &'a People, rule: Rule, generator: &mut ChaCha12Rng) -> Self {
        if people.rows <= rule.most_people {
            return Self::People(people);
        }
        let size = people.rows.div_ceil(rule.packs.max(1)).max(1);
        let mut packs = Vec::new();
        let mut agencies = Vec::with_capacity(people.agencies.len());
        for agency in &people.agencies {
            let own = (agency.len() / size).max(agency.len().min(8));
            let first = packs.len();
            packs.resize(first + own, Products::new(people.width));
            // Dealt like cards after a shuffle: packs of one agency differ by one person at most.
            let mut order: Vec<usize> = agency.clone().collect();
            order.shuffle(generator);
            for (place, row) in order.into_iter().enumerate() {
                let values = people.values.get(row * people.width..(row + 1) * people.width);
                if let (Some(pack), Some(values)) = (packs.get_mut(first + place % own), values) {
                    pack.add_row(values, 1.0);
                }
            }
            agencies.push(first..packs.len());
        }
        Self::Packs {
            width: people.width,
            packs,
            agencies,
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::People(people) => people.width,
            Self::Packs { width, .. } => *width,
        }
    }

    fn agencies(&self) -> &[std::ops::Range<usize>] {
        match self {
            Self::People(people) => &people.agencies,
            Self::Packs { agencies, .. } => agencies,
        }
    }

    /// Adds those units of an agency that were drawn, as often as they were.
    fn add(&self, agency: &std::ops::Range<usize>, times: &[u32], sums: &mut Products) {
        match self {
            Self::People(people) => {
                let rows = people.values.chunks(people.width).skip(agency.start);
                for (row, times) in rows.zip(times).filter(|(_, times)| **times > 0) {
                    sums.add_row(row, f64::from(*times));
                }
            }
            Self::Packs { packs, .. } => {
                let packs = packs.iter().skip(agency.start);
                for (pack, times) in packs.zip(times).filter(|(_, times)| **times > 0) {
                    sums.add_products(pack, f64::from(*times));
                }
            }
        }
    }

    fn everybody(&self) -> Products {
        let mut all = Products::new(self.width());
        for agency in self.agencies() {
            let mut own = Products::new(self.width());
            self.add(agency, &vec![1; agency.len()], &mut own);
            own.centre_into(&mut all);
        }
        all
    }
}

/// Room to draw resamples in.
struct Drawing<'a> {
    units: &'a Units<'a>,
    times: Vec<u32>,
    own: Products,
    all: Products,
}

impl<'a> Drawing<'a> {
    fn new(units: &'a Units<'a>) -> Self {
        Self {
            units,
            times: Vec::new(),
            own: Products::new(units.width()),
            all: Products::new(units.width()),
        }
    }

    /// The centred sums of one resample.
    fn resample(&mut self, seed: u64, resample: usize) -> &Products {
        let mut generator = ChaCha12Rng::seed_from_u64(seed);
        // Stream 0 dealt the packs.
        generator.set_stream(count(resample) + 1);
        self.all.clear();
        for agency in self.units.agencies() {
            let size = u32::try_from(agency.len()).unwrap_or(u32::MAX);
            self.times.clear();
            self.times.resize(agency.len(), 0);
            for _ in 0..size {
                let drawn = usize::try_from(generator.random_range(0..size)).unwrap_or(0);
                if let Some(times) = self.times.get_mut(drawn) {
                    *times += 1;
                }
            }
            self.own.clear();
            self.units.add(agency, &self.times, &mut self.own);
            self.own.centre_into(&mut self.all);
        }
        &self.all
    }
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
    let width = products.sums.len();
    let mut correlations = DMatrix::<f64>::zeros(width, width);
    let mut lower = products.lower.iter();
    for row in 0..width {
        for column in 0..=row {
            let value = lower.next().copied().unwrap_or(0.0);
            for at in [(row, column), (column, row)] {
                if let Some(cell) = correlations.get_mut(at) {
                    *cell = value;
                }
            }
        }
    }
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
