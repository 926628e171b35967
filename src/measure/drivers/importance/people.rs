//! People in the order of their agencies, with pure chance beside their values.

use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha12Rng;

use crate::measure::numeric::{count, real};
use crate::measure::undefined::Undefined;

use super::DriverSample;

/// People in the order of their agencies.
pub(super) struct People<'a> {
    pub rows: usize,
    /// Outcome, then drivers.
    columns: Vec<&'a [f64]>,
    /// What is taken off each column, so that sums of squares lose no digits.
    centres: Vec<f64>,
    /// Rows, agency by agency.
    order: Vec<usize>,
    /// The places of each agency in that order.
    pub agencies: Vec<Range<usize>>,
}

impl<'a> People<'a> {
    pub fn of(sample: DriverSample<'a>) -> Result<Self, Undefined> {
        let rows = sample.outcome.len();
        let columns: Vec<&[f64]> = std::iter::once(sample.outcome)
            .chain(sample.drivers.iter().map(Vec::as_slice))
            .collect();
        let mut lengths = columns
            .iter()
            .map(|column| column.len())
            .chain([sample.agency.len()]);
        if let Some(other) = lengths.find(|length| *length != rows) {
            return Err(Undefined::UnequalLengths {
                left: count(rows),
                right: count(other),
            });
        }
        if columns
            .iter()
            .any(|column| column.iter().any(|value| !value.is_finite()))
        {
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
    pub fn width(&self) -> usize {
        self.columns.len() + 1
    }

    /// The values of everybody in order, with pure chance beside them: the sum of four uniform numbers, which has the same
    /// bits on every machine.
    pub fn each_row(&self, generator: &mut ChaCha12Rng, mut take: impl FnMut(&[f64])) {
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
