//! The baseline: each person after the other, in floating point, on one thread, as one would write it first.

use rapport::measure::tally::Columns;

use crate::data::{DOMAINS, ITEMS};

/// n, mean, sd of one index in one domain.
#[derive(Clone, Copy, Default)]
pub struct Figure {
    pub n: f64,
    pub mean: f64,
    pub squares: f64,
}

/// Four indices of six items in every domain: `result[index][domain]`.
pub fn estimates(columns: &Columns, domain: &[u32]) -> Vec<Vec<Figure>> {
    let mut figures = vec![vec![Figure::default(); DOMAINS]; ITEMS / 6];
    for (row, domain) in domain.iter().enumerate() {
        for (index, figures) in figures.iter_mut().enumerate() {
            let (mut sum, mut answered) = (0.0, 0);
            for item in 0..6 {
                let raw = columns.column(6 * index + item)[row];
                if (1..=5).contains(&raw) {
                    let score = f64::from(raw - 1) * 25.0;
                    sum += if item == 5 { 100.0 - score } else { score };
                    answered += 1;
                }
            }
            if answered >= 3 {
                let (figure, score) = (&mut figures[*domain as usize], sum / f64::from(answered));
                figure.n += 1.0;
                let distance = score - figure.mean;
                figure.mean += distance / figure.n;
                figure.squares += distance * (score - figure.mean);
            }
        }
    }
    figures
}

/// Alpha of one index from the complete rows of each group.
pub fn alphas(columns: &Columns, group: &[u32], groups: usize, index: usize) -> Vec<f64> {
    let mut rows: Vec<Vec<[f64; 6]>> = vec![Vec::new(); groups];
    for (row, group) in group.iter().enumerate() {
        let raw: Vec<u8> = (0..6).map(|item| columns.column(6 * index + item)[row]).collect();
        if raw.iter().all(|raw| (1..=5).contains(raw)) {
            let score = |item: usize| f64::from(if item == 5 { 6 - raw[item] } else { raw[item] });
            rows[*group as usize].push(std::array::from_fn(score));
        }
    }
    rows.iter().map(|rows| alpha(rows)).collect()
}

fn alpha(rows: &[[f64; 6]]) -> f64 {
    let variance = |value: &dyn Fn(&[f64; 6]) -> f64| {
        let n = rows.len() as f64;
        let mean = rows.iter().map(value).sum::<f64>() / n;
        rows.iter().map(|row| (value(row) - mean).powi(2)).sum::<f64>() / (n - 1.0)
    };
    let items: f64 = (0..6).map(|item| variance(&|row| row[item])).sum();
    1.2 * (1.0 - items / variance(&|row| row.iter().sum()))
}
