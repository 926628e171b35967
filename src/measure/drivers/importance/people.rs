//! The people of one agency, with pure chance beside their values.

use rand::Rng;
use rand_chacha::ChaCha12Rng;

use crate::measure::numeric::{count, real};
use crate::measure::undefined::Undefined;

use super::AgencySample;

/// The people of one agency.
pub(super) struct People<'a> {
    pub rows: usize,
    /// Outcomes, then drivers.
    columns: Vec<&'a [f64]>,
    /// What is taken off each column, so that sums of squares lose no digits.
    centres: Vec<f64>,
}

impl<'a> People<'a> {
    pub fn of(sample: AgencySample<'a>) -> Result<Self, Undefined> {
        let columns: Vec<&[f64]> = sample
            .outcomes
            .iter()
            .chain(sample.drivers)
            .map(Vec::as_slice)
            .collect();
        let rows = columns.first().map_or(0, |column| column.len());
        if let Some(other) = columns.iter().find(|column| column.len() != rows) {
            return Err(Undefined::UnequalLengths {
                left: count(rows),
                right: count(other.len()),
            });
        }
        if columns
            .iter()
            .any(|column| column.iter().any(|value| !value.is_finite()))
        {
            return Err(Undefined::NotFinite);
        }
        let mean = |column: &&[f64]| column.iter().sum::<f64>() / real(rows.max(1));
        Ok(Self {
            rows,
            centres: columns.iter().map(mean).collect(),
            columns,
        })
    }

    /// Outcomes, drivers and chance.
    pub fn width(&self) -> usize {
        self.columns.len() + 1
    }

    /// The values of everybody, filled up to fours, with pure chance beside them: the sum of four uniform numbers, which
    /// has the same bits on every machine.
    pub fn each_row(&self, generator: &mut ChaCha12Rng, mut take: impl FnMut(&[[f64; 4]])) {
        let mut values = vec![[0.0; 4]; self.width().div_ceil(4)];
        for row in 0..self.rows {
            let chance = (0..4).map(|_| generator.random::<f64>()).sum::<f64>() - 2.0;
            let own = self.columns.iter().zip(&self.centres);
            let own = own.map(|(column, centre)| column.get(row).map_or(0.0, |value| value - centre));
            for (place, value) in values.as_flattened_mut().iter_mut().zip(own.chain([chance])) {
                *place = value;
            }
            take(&values);
        }
    }
}
