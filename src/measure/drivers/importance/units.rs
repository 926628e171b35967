//! What is drawn in a resample, and the drawing.

use std::ops::Range;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

use crate::measure::numeric::count;

use super::Rule;
use super::people::People;
use super::products::Products;

/// What is drawn, agency by agency: people, or packs of them.
pub(super) enum Units {
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
    pub fn of(people: &People<'_>, rule: Rule, generator: &mut ChaCha12Rng) -> Self {
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

    pub fn width(&self) -> usize {
        match self {
            Self::People { width, .. } | Self::Packs { width, .. } => *width,
        }
    }

    pub fn agencies(&self) -> &[Range<usize>] {
        match self {
            Self::People { agencies, .. } | Self::Packs { agencies, .. } => agencies,
        }
    }

    /// Adds those units of an agency that were drawn, as often as they were.
    pub fn add(&self, agency: &Range<usize>, times: &[u32], sums: &mut Products) {
        let drawn = |times: &u32| *times > 0;
        match self {
            Self::People { width, rows, .. } => {
                let rows = rows.chunks_exact(width.div_ceil(4)).skip(agency.start);
                let mut some = rows
                    .zip(times)
                    .filter(|(_, times)| drawn(times))
                    .map(|(row, times)| (row, f64::from(*times)));
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

    pub fn everybody(&self) -> Products {
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
        four.iter_mut()
            .zip(some)
            .for_each(|(place, value)| *place = *value);
        four
    })
}

/// Room to draw resamples in.
pub(super) struct Drawing<'a> {
    units: &'a Units,
    times: Vec<u32>,
    own: Products,
    all: Products,
}

impl<'a> Drawing<'a> {
    pub fn new(units: &'a Units) -> Self {
        Self {
            units,
            times: Vec::new(),
            own: Products::new(units.width()),
            all: Products::new(units.width()),
        }
    }

    /// The centred sums of one resample.
    pub fn resample(&mut self, seed: u64, resample: usize) -> &Products {
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
