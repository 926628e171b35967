//! What is drawn of an agency in a resample, and the drawing.

use std::iter::repeat;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

use crate::measure::numeric::count;
use crate::measure::wide::{Work, wide};

use super::Rule;
use super::people::People;
use super::products::Products;

/// What is drawn: people, or packs of them.
pub(super) enum Units {
    People {
        width: usize,
        /// Everybody's values, filled up to fours.
        rows: Vec<[f64; 4]>,
    },
    Packs {
        width: usize,
        packs: Vec<Products>,
    },
}

impl Units {
    pub fn of(people: &People<'_>, rule: Rule, generator: &mut ChaCha12Rng) -> Self {
        if people.rows <= rule.most_people.max(rule.packs) {
            Self::people(people, generator)
        } else {
            Self::packs(people, rule.packs.max(1), generator)
        }
    }

    fn people(people: &People<'_>, generator: &mut ChaCha12Rng) -> Self {
        let width = people.width();
        let mut rows = Vec::with_capacity(people.rows * width.div_ceil(4));
        people.each_row(generator, |row| rows.extend_from_slice(row));
        Self::People { width, rows }
    }

    fn packs(people: &People<'_>, packs: usize, generator: &mut ChaCha12Rng) -> Self {
        let width = people.width();
        let fours = width.div_ceil(4);
        let mut rows = Vec::with_capacity(people.rows * fours);
        people.each_row(generator, |row| rows.extend_from_slice(row));
        let mut rows: Vec<&[[f64; 4]]> = rows.chunks_exact(fours).collect();
        rows.shuffle(generator);
        // Packs differ by one person at most.
        let (least, more) = (rows.len() / packs, rows.len() % packs);
        let mut rest = rows.as_slice();
        let pack = |pack: usize| {
            let (own, others) = rest.split_at(least + usize::from(pack < more));
            rest = others;
            let mut sums = Products::new(width);
            wide(AddPeople(own.iter().copied().zip(repeat(1)), &mut sums));
            sums
        };
        Self::Packs {
            width,
            packs: (0..packs).map(pack).collect(),
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::People { width, .. } | Self::Packs { width, .. } => *width,
        }
    }

    /// How many units there are.
    fn len(&self) -> usize {
        match self {
            Self::People { width, rows } => rows.len() / width.div_ceil(4),
            Self::Packs { packs, .. } => packs.len(),
        }
    }

    /// The packs, if people are drawn in packs.
    pub fn packs_drawn(&self) -> usize {
        match self {
            Self::People { .. } => 0,
            Self::Packs { packs, .. } => packs.len(),
        }
    }

    /// Adds each unit as often as it was drawn.
    fn add(&self, times: &[u32], sums: &mut Products) {
        let times = times.iter().copied();
        match self {
            Self::People { width, rows } => {
                wide(AddPeople(rows.chunks_exact(width.div_ceil(4)).zip(times), sums));
            }
            Self::Packs { packs, .. } => wide(AddPacks(packs.iter().zip(times), sums)),
        }
    }

    /// The centred sums of everybody.
    pub fn everybody(&self) -> Products {
        let mut all = Products::new(self.width());
        self.add(&vec![1; self.len()], &mut all);
        all.centre();
        all
    }
}

/// Adds people, each so many times.
struct AddPeople<'s, I>(I, &'s mut Products);

impl<'a, I: Iterator<Item = (&'a [[f64; 4]], u32)>> Work for AddPeople<'_, I> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (rows, times) in InFours(self.0) {
            self.1.add_rows(rows, times);
        }
    }
}

/// Adds packs, each so many times.
struct AddPacks<'s, I>(I, &'s mut Products);

impl<'a, I: Iterator<Item = (&'a Products, u32)>> Work for AddPacks<'_, I> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (packs, times) in InFours(self.0) {
            self.1.add_four(packs, times);
        }
    }
}

/// What was drawn at all, four at a time with how often. Where that is no multiple of four, the first of the last stands in, no time.
struct InFours<I>(I);

impl<'a, T: ?Sized + 'a, I: Iterator<Item = (&'a T, u32)>> InFours<I> {
    #[inline(always)]
    fn next_drawn(&mut self) -> Option<(&'a T, f64)> {
        loop {
            let (unit, times) = self.0.next()?;
            if times > 0 {
                return Some((unit, f64::from(times)));
            }
        }
    }
}

impl<'a, T: ?Sized + 'a, I: Iterator<Item = (&'a T, u32)>> Iterator for InFours<I> {
    type Item = ([&'a T; 4], [f64; 4]);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let (a, ta) = self.next_drawn()?;
        let (b, tb) = self.next_drawn().unwrap_or((a, 0.0));
        let (c, tc) = self.next_drawn().unwrap_or((a, 0.0));
        let (d, td) = self.next_drawn().unwrap_or((a, 0.0));
        Some(([a, b, c, d], [ta, tb, tc, td]))
    }
}

/// The generator of one agency and one of its resamples. Number 0 makes chance and deals the packs.
pub(super) fn generator(seed: u64, agency: u32, resample: usize) -> ChaCha12Rng {
    let mut generator = ChaCha12Rng::seed_from_u64(seed);
    generator.set_stream((u64::from(agency) << 32) | count(resample));
    generator
}

/// Room to draw resamples of an agency in.
pub(super) struct Drawing<'a> {
    units: &'a Units,
    agency: u32,
    times: Vec<u32>,
}

impl<'a> Drawing<'a> {
    pub fn new(units: &'a Units, agency: u32) -> Self {
        Self {
            units,
            agency,
            times: vec![0; units.len()],
        }
    }

    /// The centred sums of one resample.
    pub fn resample(&mut self, seed: u64, resample: usize) -> Products {
        let mut generator = generator(seed, self.agency, resample + 1);
        let size = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        self.times.fill(0);
        for _ in 0..size {
            let drawn = usize::try_from(generator.random_range(0..size)).unwrap_or(0);
            if let Some(times) = self.times.get_mut(drawn) {
                *times += 1;
            }
        }
        let mut sums = Products::new(self.units.width());
        self.units.add(&self.times, &mut sums);
        sums.centre();
        sums
    }
}
