//! Counting what happens, cheaply: histograms of atomics. What is counted and who may see it is decided in
//! `web::metrics`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bounds of durations, in seconds: from a tenth of a millisecond to ten seconds.
pub const SECONDS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Bounds of sizes: powers of two up to the largest batch.
pub const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// How often a value fell between two bounds. Counting is one atomic addition for the bucket and one for the sum.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One more than bounds: the last holds what lies above them all.
    buckets: Vec<AtomicU64>,
    /// In millionths.
    sum: AtomicU64,
}

/// A histogram at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Upper bounds and how many values lay at or below each.
    pub at_most: Vec<(f64, u64)>,
    /// How many values there were.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
}

impl Histogram {
    /// An empty histogram with these upper bounds, which must ascend.
    #[must_use]
    pub fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            buckets: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }
    }

    /// Counts a duration, in seconds.
    pub fn took(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.count(duration.as_secs_f64(), micros);
    }

    /// Counts a size.
    pub fn size(&self, size: usize) {
        let whole = u32::try_from(size).unwrap_or(u32::MAX);
        self.count(f64::from(whole), u64::from(whole).saturating_mul(1_000_000));
    }

    fn count(&self, value: f64, millionths: u64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(millionths, Ordering::Relaxed);
    }

    /// What was counted so far.
    #[must_use]
    pub fn read(&self) -> Reading {
        let mut count = 0;
        let mut at_most = Vec::with_capacity(self.bounds.len());
        for (place, bucket) in self.buckets.iter().enumerate() {
            count += bucket.load(Ordering::Relaxed);
            at_most.extend(self.bounds.get(place).map(|bound| (*bound, count)));
        }
        let sum = Duration::from_micros(self.sum.load(Ordering::Relaxed)).as_secs_f64();
        Reading { at_most, count, sum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_at_and_below_their_bound() {
        let sizes = Histogram::new(SIZES);
        for size in [1, 2, 3, 512, 513] {
            sizes.size(size);
        }
        let reading = sizes.read();
        let at_most = |bound: f64| reading.at_most.iter().find(|(b, _)| *b == bound).unwrap().1;
        assert_eq!(
            (at_most(1.0), at_most(2.0), at_most(4.0), at_most(512.0)),
            (1, 2, 3, 4)
        );
        assert_eq!((reading.count, reading.sum), (5, 1031.0));
    }
}
