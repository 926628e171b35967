//! Quantiles of a list of values, in the two definitions in common use.
//!
//! Reference implementation: R `quantile(x, type = 7)` and `type = 6`, `IQR`, `mad`.
//! Source: Hyndman & Fan, *The American Statistician* 50 (1996).

use super::numeric::convert::position;
use super::numeric::real;
use super::undefined::Undefined;

/// Which definition of a sample quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    /// Position `(n - 1) p + 1`: R, numpy, spreadsheets. Ours unless said otherwise.
    Seven,
    /// Position `(n + 1) p`, held within 1..n: SPSS, Minitab.
    Six,
}

/// The constant that makes the median absolute deviation estimate a normal standard deviation.
pub const MAD_SCALE: f64 = 1.4826;

/// A sorted, non-empty list of finite values.
#[derive(Debug, Clone, PartialEq)]
pub struct Sorted {
    values: Vec<f64>,
    min: f64,
    max: f64,
}

impl Sorted {
    /// Sorts a list.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`], [`Undefined::NotFinite`].
    pub fn of(values: &[f64]) -> Result<Self, Undefined> {
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Undefined::NotFinite);
        }
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        match (values.first().copied(), values.last().copied()) {
            (Some(min), Some(max)) => Ok(Self { values, min, max }),
            _ => Err(Undefined::EmptyGroup),
        }
    }

    /// The smallest value.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.min
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.max
    }

    /// The values, smallest first.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The middle value, or the mean of the middle two.
    #[must_use]
    pub fn median(&self) -> f64 {
        let half = self.values.len() / 2;
        let upper = self.at(half);
        if self.values.len() % 2 == 1 {
            upper
        } else {
            0.5 * self.at(half.saturating_sub(1)) + 0.5 * upper
        }
    }

    /// The quantile at `p` (held within 0..1) under a definition.
    #[must_use]
    pub fn quantile(&self, p: f64, definition: Definition) -> f64 {
        let (below, share) = place(self.values.len(), p, definition);
        let low = self.at(below);
        if share.abs() < 1e-12 {
            return low;
        }
        low + share * (self.at(below + 1) - low)
    }

    /// Distance between the upper and lower quartile (type 7).
    #[must_use]
    pub fn interquartile_range(&self) -> f64 {
        self.quantile(0.75, Definition::Seven) - self.quantile(0.25, Definition::Seven)
    }

    /// Median absolute deviation from the median, times [`MAD_SCALE`].
    #[must_use]
    pub fn median_absolute_deviation(&self) -> f64 {
        let median = self.median();
        let mut distances: Vec<f64> = self.values.iter().map(|v| (v - median).abs()).collect();
        distances.sort_by(f64::total_cmp);
        let max = distances.last().copied().unwrap_or(0.0);
        let distances = Self {
            values: distances,
            min: 0.0,
            max,
        };
        MAD_SCALE * distances.median()
    }

    fn at(&self, index: usize) -> f64 {
        self.values.get(index).copied().unwrap_or(self.max)
    }
}

/// One quantile of values that need not be sorted, for a handful of quantiles of many lists: linear work. Reorders them.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::NotFinite`].
pub fn quantile_of(values: &mut [f64], p: f64, definition: Definition) -> Result<f64, Undefined> {
    if values.is_empty() {
        return Err(Undefined::EmptyGroup);
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let (below, share) = place(values.len(), p, definition);
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    match above.iter().copied().min_by(f64::total_cmp) {
        Some(next) if share.abs() >= 1e-12 => Ok(low + share * (next - low)),
        _ => Ok(low),
    }
}

/// Between which sorted values the quantile at `p` (held within 0..1) lies: the position of the lower, and how far beyond it
/// as a share of the way to the next.
fn place(values: usize, p: f64, definition: Definition) -> (usize, f64) {
    let n = real(values);
    let p = p.clamp(0.0, 1.0);
    let raw = match definition {
        Definition::Seven => (n - 1.0) * p,
        Definition::Six => (n + 1.0) * p - 1.0,
    };
    // As R does: a position within 4 ulp of a whole number is that number.
    let place = raw.clamp(0.0, n - 1.0);
    let below = (place + 4.0 * f64::EPSILON).floor();
    (position(below), place - below)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_single_quantile_is_that_of_the_sorted_list(
            values in prop::collection::vec(-1e3..1e3_f64, 1..60),
            p in 0.0..=1.0_f64,
        ) {
            let sorted = Sorted::of(&values).unwrap();
            for definition in [Definition::Seven, Definition::Six] {
                let single = quantile_of(&mut values.clone(), p, definition).unwrap();
                prop_assert_eq!(single.to_bits(), sorted.quantile(p, definition).to_bits());
            }
        }
    }
}
