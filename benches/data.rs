//! The data of the benchmark: 24 five-point items, a twentieth missing, 120 agencies of very different sizes, 8 rounds.
//!
//! Seeded, so that everybody measures the same bytes: a respondent has a leaning, an agency and round shift it, and an
//! answer is the leaning with noise, cut to five points. The last item of each six is reverse-keyed.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rapport::measure::tally::Columns;

pub const ITEMS: usize = 24;
pub const AGENCIES: u32 = 120;
pub const ROUNDS: u32 = 8;
pub const STRATA: u32 = 4;
/// Agency by round.
pub const DOMAINS: usize = (AGENCIES * ROUNDS) as usize;

pub struct Data {
    pub columns: Columns,
    /// `agency * 8 + round` of each row, from 0.
    pub domain: Vec<u32>,
    pub agency: Vec<u32>,
    /// `domain * 4 + stratum` of each row.
    pub cell: Vec<u32>,
    pub weights: Vec<f64>,
}

impl Data {
    pub fn seeded(rows: usize) -> Self {
        let mut random = ChaCha12Rng::seed_from_u64(20_251_123);
        let sizes = cumulative((0..AGENCIES).map(|_| 0.05 - (1.0 - random.random::<f64>()).ln()));
        let shift: Vec<f64> = (0..DOMAINS).map(|_| 0.35 * normal(&mut random)).collect();
        let level: Vec<f64> = (0..ITEMS).map(|_| 0.3 * normal(&mut random)).collect();
        let mut columns = vec![Vec::new(); ITEMS];
        let (mut agency, mut domain, mut cell) = (Vec::new(), Vec::new(), Vec::new());
        let mut weights = Vec::with_capacity(rows);
        for _ in 0..rows {
            let pick = random.random::<f64>();
            let own = (sizes.partition_point(|upto| *upto < pick) as u32).min(AGENCIES - 1);
            agency.push(own);
            domain.push(own * ROUNDS + random.random_range(0..ROUNDS));
            cell.push(domain[domain.len() - 1] * STRATA + random.random_range(0..STRATA));
            weights.push((1000.0 * (0.2 + random.random::<f64>() + random.random::<f64>())).round() / 1000.0);
            let leaning = 0.8 * normal(&mut random) + shift[domain[domain.len() - 1] as usize];
            for (item, column) in columns.iter_mut().enumerate() {
                let answer = (0.7 * leaning + 0.8 * normal(&mut random) + level[item] + 3.4)
                    .floor()
                    .clamp(1.0, 5.0) as u8;
                let keyed = if item % 6 == 5 { 6 - answer } else { answer };
                column.push(if random.random::<f64>() < 0.05 { 0 } else { keyed });
            }
        }
        Self {
            columns: Columns::new(columns).unwrap(),
            domain,
            agency,
            cell,
            weights,
        }
    }
}

/// Outcome and drivers of people in agencies, correlated with each other.
pub struct DriverData {
    pub outcome: Vec<f64>,
    pub drivers: Vec<Vec<f64>>,
    pub agency: Vec<u32>,
}

impl DriverData {
    pub fn seeded(rows: usize, drivers: usize) -> Self {
        let mut random = ChaCha12Rng::seed_from_u64(7);
        let step = |x: f64| (x + 3.4).floor().clamp(1.0, 5.0) * 25.0 - 25.0;
        let mut data = Self {
            outcome: Vec::new(),
            drivers: vec![Vec::new(); drivers],
            agency: Vec::new(),
        };
        for row in 0..rows {
            let leaning = normal(&mut random);
            let mut sum = 0.0;
            for (at, driver) in data.drivers.iter_mut().enumerate() {
                let own = 0.6 * leaning + 0.8 * normal(&mut random);
                sum += own * at as f64 / drivers as f64;
                driver.push(step(own));
            }
            data.outcome.push(step(0.3 * sum + normal(&mut random)));
            data.agency.push((row * row % 120) as u32);
        }
        data
    }
}

fn cumulative(sizes: impl Iterator<Item = f64>) -> Vec<f64> {
    let sizes: Vec<f64> = sizes.collect();
    let total: f64 = sizes.iter().sum();
    let mut sum = 0.0;
    sizes
        .iter()
        .map(|size| {
            sum += size / total;
            sum
        })
        .collect()
}

/// Box and Muller.
fn normal(random: &mut ChaCha12Rng) -> f64 {
    let (u, v) = (1.0 - random.random::<f64>(), random.random::<f64>());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}
