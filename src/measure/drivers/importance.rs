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

use std::ops::Range;

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

/// People in the order of their agencies.
struct People<'a> {
    rows: usize,
    /// Outcome, then drivers.
    columns: Vec<&'a [f64]>,
    /// What is taken off each column, so that sums of squares lose no digits.
    centres: Vec<f64>,
    /// Rows, agency by agency.
    order: Vec<usize>,
    /// The places of each agency in that order.
    agencies: Vec<Range<usize>>,
}

impl<'a> People<'a> {
    fn of(sample: DriverSample<'a>) -> Result<Self, Undefined> {
        let rows = sample.outcome.len();
        let columns: Vec<&[f64]> = std::iter::once(sample.outcome)
            .chain(sample.drivers.iter().map(Vec::as_slice))
            .collect();
        let mut lengths = columns.iter().map(|column| column.len()).chain([sample.agency.len()]);
        if let Some(other) = lengths.find(|length| *length != rows) {
            return Err(Undefined::UnequalLengths {
                left: count(rows),
                right: count(other),
            });
        }
        if columns.iter().any(|column| column.iter().any(|value| !value.is_finite())) {
            return Err(Undefined::NotFinite);
        }
        let agency = |row: &usize| sample.agency.get(*row).copied();
        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_by_key(agency);
        let mut agencies = Vec::new();
        let mut from = 0;
        for own in order.chunk_by(|a, b| agency(a) == agency(b)) {
            agencies.push(from..from + own.len());
            from += own.len();
        }
        let mean = |column: &&[f64]| column.iter().sum::<f64>() / real(rows.max(1));
        Ok(Self {
            rows,
            centres: columns.iter().map(mean).collect(),
            columns,
            order,
            agencies,
        })
    }

    /// Outcome, drivers and chance.
    fn width(&self) -> usize {
        self.columns.len() + 1
    }

    /// The values of everybody in order, with pure chance beside them: the sum of four uniform numbers, which has the same
    /// bits on every machine.
    fn each_row(&self, generator: &mut ChaCha12Rng, mut take: impl FnMut(&[f64])) {
        let mut values = Vec::with_capacity(self.width());
        for row in &self.order {
            values.clear();
            let own = self.columns.iter().zip(&self.centres);
            values.extend(own.map(|(column, centre)| column.get(*row).map_or(0.0, |value| value - centre)));
            values.push((0..4).map(|_| generator.random::<f64>()).sum::<f64>() - 2.0);
            take(&values);
        }
    }
}

/// Sums of a set of people: how many, each variable, and each variable times those up to itself.
///
/// A row of products is as long as the number of variables rounded up to fours, and worked on in fours: the loops
/// have a fixed length, and the compiler makes vector instructions of them.
#[derive(Clone)]
struct Products {
    n: f64,
    sums: Vec<[f64; 4]>,
    /// As many rows as variables, each as long as `sums`. Beyond the diagonal's four there are zeros.
    lower: Vec<[f64; 4]>,
}

impl Products {
    fn new(width: usize) -> Self {
        let fours = width.div_ceil(4);
        Self {
            n: 0.0,
            sums: vec![[0.0; 4]; fours],
            lower: vec![[0.0; 4]; width * fours],
        }
    }

    fn clear(&mut self) {
        self.n = 0.0;
        self.sums.fill([0.0; 4]);
        self.lower.fill([0.0; 4]);
    }

    /// A row of as many fours as `sums`, filled up with zeros.
    fn add_row(&mut self, row: &[[f64; 4]], times: f64) {
        self.add_rows([row; 4], [times, 0.0, 0.0, 0.0]);
    }

    /// Four rows at once: the sums are read and written once for all of them, which is where the time goes.
    fn add_rows(&mut self, [a, b, c, d]: [&[[f64; 4]]; 4], times: [f64; 4]) {
        self.n += times.iter().sum::<f64>();
        add_scaled(&mut self.sums, [a, b, c, d], times);
        let [ta, tb, tc, td] = times;
        let own = a.as_flattened().iter().zip(b.as_flattened()).zip(c.as_flattened().iter().zip(d.as_flattened()));
        let products = self.lower.chunks_exact_mut(a.len().max(1));
        for ((at, ((xa, xb), (xc, xd))), products) in (0..).zip(own).zip(products) {
            let upto: usize = at / 4 + 1;
            let products = products.get_mut(..upto).unwrap_or_default();
            add_scaled(products, [a, b, c, d], [ta * xa, tb * xb, tc * xc, td * xd]);
        }
    }

    fn add_products(&mut self, other: &Self, times: f64) {
        self.n += times * other.n;
        add_times(&mut self.sums, &other.sums, times);
        add_times(&mut self.lower, &other.lower, times);
    }

    /// Adds the products about the own means: those of one agency to those of all.
    fn centre_into(&self, all: &mut Self) {
        if self.n <= 0.0 {
            return;
        }
        all.n += self.n;
        let fours = self.sums.len();
        let rows = self.lower.chunks_exact(fours).zip(all.lower.chunks_exact_mut(fours));
        for (sum, (own, all)) in self.sums.as_flattened().iter().zip(rows) {
            let mean = sum / self.n;
            let expected = own.as_flattened().iter().zip(self.sums.as_flattened());
            for (all, (own, other)) in all.as_flattened_mut().iter_mut().zip(expected) {
                *all += own - mean * other;
            }
        }
    }

    /// The products as a matrix.
    fn matrix(&self) -> DMatrix<f64> {
        let width = self.lower.len() / self.sums.len().max(1);
        let row = |at: usize| self.lower.chunks_exact(self.sums.len()).nth(at).map_or(&[][..], <[_]>::as_flattened);
        let at = |a: usize, b: usize| row(a.max(b)).get(a.min(b)).copied().unwrap_or(0.0);
        DMatrix::from_fn(width, width, at)
    }
}

/// Adds four rows, each times its factor.
fn add_scaled(sums: &mut [[f64; 4]], [a, b, c, d]: [&[[f64; 4]]; 4], [fa, fb, fc, fd]: [f64; 4]) {
    for ((sums, (a, b)), (c, d)) in sums.iter_mut().zip(a.iter().zip(b)).zip(c.iter().zip(d)) {
        for ((sum, (a, b)), (c, d)) in sums.iter_mut().zip(a.iter().zip(b)).zip(c.iter().zip(d)) {
            *sum += (fa * a + fb * b) + (fc * c + fd * d);
        }
    }
}

fn add_times(sums: &mut [[f64; 4]], values: &[[f64; 4]], times: f64) {
    for (sums, values) in sums.iter_mut().zip(values) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += times * value;
        }
    }
}

/// What is drawn, agency by agency: people, or packs of them.
enum Units {
    People {
        width: usize,
        /// Everybody's values, filled up to fours.
        rows: Vec<[f64; 4]>,
        agencies: Vec<Range<usize>>,
    },
    Packs {
        width: usize,
        packs: Vec<Products>,
        agencies: Vec<Range<usize>>,
    },
}

impl Units {
    fn of(people: &People<'_>, rule: Rule, generator: &mut ChaCha12Rng) -> Self {
        if people.rows <= rule.most_people {
            Self::people(people, generator)
        } else {
            Self::packs(people, rule, generator)
        }
    }

    fn people(people: &People<'_>, generator: &mut ChaCha12Rng) -> Self {
        let width = people.width();
        let mut rows = Vec::with_capacity(people.rows * width.div_ceil(4));
        people.each_row(generator, |row| rows.extend(in_fours(row)));
        Self::People {
            width,
            rows,
            agencies: people.agencies.clone(),
        }
    }

    fn packs(people: &People<'_>, rule: Rule, generator: &mut ChaCha12Rng) -> Self {
        let size = people.rows.div_ceil(rule.packs.max(1)).max(1);
        let mut agencies = Vec::with_capacity(people.agencies.len());
        let mut pack_of = Vec::with_capacity(people.rows);
        let mut first = 0;
        for agency in &people.agencies {
            // Dealt like cards: packs of one agency differ by one person at most.
            let own = (agency.len() / size).max(agency.len().min(8));
            let mut dealt: Vec<usize> = (0..agency.len()).map(|place| first + place % own).collect();
            dealt.shuffle(generator);
            pack_of.extend(dealt);
            agencies.push(first..first + own);
            first += own;
        }
        let width = people.width();
        let mut packs = vec![Products::new(width); first];
        let mut pack_of = pack_of.into_iter();
        let mut fours = Vec::with_capacity(width.div_ceil(4));
        people.each_row(generator, |row| {
            fours.clear();
            fours.extend(in_fours(row));
            if let Some(pack) = pack_of.next().and_then(|pack| packs.get_mut(pack)) {
                pack.add_row(&fours, 1.0);
            }
        });
        Self::Packs {
            width,
            packs,
            agencies,
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::People { width, .. } | Self::Packs { width, .. } => *width,
        }
    }

    fn agencies(&self) -> &[Range<usize>] {
        match self {
            Self::People { agencies, .. } | Self::Packs { agencies, .. } => agencies,
        }
    }

    /// Adds those units of an agency that were drawn, as often as they were.
    fn add(&self, agency: &Range<usize>, times: &[u32], sums: &mut Products) {
        let drawn = |times: &u32| *times > 0;
        match self {
            Self::People { width, rows, .. } => {
                let rows = rows.chunks_exact(width.div_ceil(4)).skip(agency.start);
                let mut some = rows.zip(times).filter(|(_, times)| drawn(times)).map(|(row, times)| (row, f64::from(*times)));
                while let Some((a, ta)) = some.next() {
                    // Where the drawn are no multiple of four, the first of the last stands in, no time.
                    let mut next = || some.next().unwrap_or((a, 0.0));
                    let ((b, tb), (c, tc), (d, td)) = (next(), next(), next());
                    sums.add_rows([a, b, c, d], [ta, tb, tc, td]);
                }
            }
            Self::Packs { packs, .. } => {
                let packs = packs.iter().skip(agency.start);
                for (pack, times) in packs.zip(times).filter(|(_, times)| drawn(times)) {
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

/// A row in fours, filled up with zeros.
fn in_fours(row: &[f64]) -> impl Iterator<Item = [f64; 4]> {
    row.chunks(4).map(|some| {
        let mut four = [0.0; 4];
        four.iter_mut().zip(some).for_each(|(place, value)| *place = *value);
        four
    })
}

/// Room to draw resamples in.
struct Drawing<'a> {
    units: &'a Units,
    times: Vec<u32>,
    own: Products,
    all: Products,
}

impl<'a> Drawing<'a> {
    fn new(units: &'a Units) -> Self {
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
