//! The bootstrap: how a statistic would scatter over other samples like this one.
//!
//! Resamples are drawn by a seeded generator whose stream is the same on every machine, so a stored
//! interval can be derived again to the last bit.
//!
//! Reference implementations: R `boot` (`norm.inter`, `boot.ci`), `scipy.stats.bootstrap`.

use nalgebra::{DMatrix, DVector};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

use super::descriptives::Moments;
use super::interval::{Confidence, Interval};
use super::numeric::convert::position;
use super::numeric::{count, normal_lower, normal_quantile, normal_upper_quantile, real};
use super::quantile::{Definition, Sorted};
use super::undefined::Undefined;

/// A statistic on the sample and on its resamples.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// The statistic on the sample.
    pub observed: f64,
    /// Its mean over the resamples.
    pub mean: f64,
    /// Its standard deviation over the resamples: the bootstrap standard error.
    pub sd: f64,
    replicates: Vec<f64>,
    sorted: Sorted,
}

/// Draws `resamples` lists of `n` rows out of 0..n with replacement, and computes the statistic on each.
///
/// # Errors
/// [`Undefined::EmptyGroup`] for n = 0, whatever the statistic returns, and as [`Bootstrap::of`].
pub fn resample(
    n: usize,
    resamples: usize,
    seed: u64,
    statistic: impl Fn(&[usize]) -> Result<f64, Undefined>,
) -> Result<Bootstrap, Undefined> {
    let most = u32::try_from(n).map_err(|_too_many| Undefined::NotFinite)?;
    if n == 0 {
        return Err(Undefined::EmptyGroup);
    }
    let everyone: Vec<usize> = (0..n).collect();
    let observed = statistic(&everyone)?;
    let mut generator = ChaCha12Rng::seed_from_u64(seed);
    let mut rows = vec![0_usize; n];
    let mut replicates = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        for row in &mut rows {
            // Drawn as u32, so that the stream does not depend on the machine's word.
            *row = usize::try_from(generator.random_range(0..most)).unwrap_or(0);
        }
        replicates.push(statistic(&rows)?);
    }
    Bootstrap::of(observed, replicates)
}

impl Bootstrap {
    /// From a statistic and its values on given resamples.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] below two resamples, [`Undefined::NotFinite`].
    pub fn of(observed: f64, replicates: Vec<f64>) -> Result<Self, Undefined> {
        if replicates.len() < 2 {
            return Err(Undefined::TooFew {
                given: count(replicates.len()),
                needed: 2,
            });
        }
        let moments = Moments::of(&replicates)?;
        let sorted = Sorted::of(&replicates)?;
        Ok(Self {
            observed,
            mean: moments.mean,
            sd: moments.sd()?,
            replicates,
            sorted,
        })
    }

    /// The statistic on each resample, in order.
    #[must_use]
    pub fn replicates(&self) -> &[f64] {
        &self.replicates
    }

    /// Quantiles of the replicates at two probabilities.
    #[must_use]
    pub fn quantiles(&self, low: f64, high: f64, definition: Definition) -> Interval {
        Interval {
            low: self.sorted.quantile(low, definition),
            high: self.sorted.quantile(high, definition),
        }
    }

    /// The percentile interval.
    #[must_use]
    pub fn percentile(&self, confidence: Confidence, definition: Definition) -> Interval {
        let tail = confidence.tail();
        self.quantiles(tail, 1.0 - tail, definition)
    }

    /// Order statistics interpolated on the normal scale at `(B+1) p` (R's `boot:::norm.inter`), the
    /// extremes where p lies beyond them.
    #[must_use]
    pub fn normal_interpolated(&self, low: f64, high: f64) -> Interval {
        Interval {
            low: self.interpolate(low),
            high: self.interpolate(high),
        }
    }

    fn interpolate(&self, p: f64) -> f64 {
        let b = real(self.replicates.len());
        let rank = (b + 1.0) * p;
        let whole = (rank + 1e-9).floor();
        let at = |rank: f64| {
            let place = position(rank.clamp(1.0, b) - 1.0);
            self.sorted
                .values()
                .get(place)
                .copied()
                .unwrap_or(self.sorted.max())
        };
        if whole < 1.0 || whole >= b || (rank - whole).abs() <= 1e-9 {
            return at(whole);
        }
        let (below, above) = (
            normal_quantile(whole / (b + 1.0)),
            normal_quantile((whole + 1.0) / (b + 1.0)),
        );
        let share = (normal_quantile(p) - below) / (above - below);
        at(whole) + share * (at(whole + 1.0) - at(whole))
    }

    /// The basic interval: the percentile interval mirrored at the observed value.
    #[must_use]
    pub fn basic(&self, confidence: Confidence, definition: Definition) -> Interval {
        let percentile = self.percentile(confidence, definition);
        Interval {
            low: 2.0 * self.observed - percentile.high,
            high: 2.0 * self.observed - percentile.low,
        }
    }

    /// The normal interval, corrected for bias: `2 t0 - mean -+ z sd`.
    #[must_use]
    pub fn normal(&self, confidence: Confidence) -> Interval {
        let z = normal_upper_quantile(confidence.tail());
        Interval::around(2.0 * self.observed - self.mean, z * self.sd)
    }

    /// The bias correction `z0`, the normal quantile of the share of replicates below the observed value.
    ///
    /// # Errors
    /// [`Undefined::NoVariation`] when all replicates lie on one side.
    pub fn bias(&self) -> Result<f64, Undefined> {
        let below = self
            .replicates
            .iter()
            .filter(|value| **value < self.observed)
            .count();
        if below == 0 || below == self.replicates.len() {
            return Err(Undefined::NoVariation);
        }
        Ok(normal_quantile(real(below) / real(self.replicates.len())))
    }

    /// The probabilities at which BCa reads the replicates, for an acceleration `a`.
    ///
    /// # Errors
    /// As [`Bootstrap::bias`].
    pub fn bca_probabilities(
        &self,
        acceleration: f64,
        confidence: Confidence,
    ) -> Result<(f64, f64), Undefined> {
        let z0 = self.bias()?;
        let z = normal_upper_quantile(confidence.tail());
        let read = |z: f64| {
            let shifted = z0 + z;
            normal_lower(z0 + shifted / (1.0 - acceleration * shifted))
        };
        Ok((read(-z), read(z)))
    }
}

/// The acceleration from the statistic with each row left out:
/// `sum d^3 / (6 (sum d^2)^1.5)` with `d = mean - t_(i)`.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::NotFinite`], [`Undefined::NoVariation`].
pub fn jackknife_acceleration(left_out: &[f64]) -> Result<f64, Undefined> {
    let mean = Moments::of(left_out)?.mean;
    acceleration(left_out.iter().map(|value| mean - value))
}

/// The acceleration from a regression of the replicates on how often each row was drawn (R's
/// `empinf(type = "reg")`, as `boot.ci` uses it); `draws` lists the rows of each resample.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::Collinear`] with too few resamples, [`Undefined::NoVariation`].
pub fn regression_acceleration(replicates: &[f64], draws: &[Vec<usize>], n: usize) -> Result<f64, Undefined> {
    if replicates.len() != draws.len() {
        return Err(Undefined::UnequalLengths {
            left: count(replicates.len()),
            right: count(draws.len()),
        });
    }
    // A constant, then the frequency of every row but the first.
    let mut design = DMatrix::<f64>::zeros(draws.len(), n);
    for (mut row, drawn) in design.row_iter_mut().zip(draws) {
        for index in drawn.iter().filter(|index| **index > 0) {
            if let Some(cell) = row.get_mut(*index) {
                *cell += 1.0 / real(n);
            }
        }
        if let Some(constant) = row.get_mut(0) {
            *constant = 1.0;
        }
    }
    let outcome = DVector::from_column_slice(replicates);
    let normal = design.tr_mul(&design).cholesky().ok_or(Undefined::Collinear)?;
    let mut influence = normal.solve(&design.tr_mul(&outcome));
    if let Some(first) = influence.get_mut(0) {
        *first = 0.0;
    }
    let mean = influence.mean();
    acceleration(influence.iter().map(|value| value - mean))
}

fn acceleration(distances: impl Iterator<Item = f64>) -> Result<f64, Undefined> {
    let (cubes, squares) = distances.fold((0.0, 0.0), |(cubes, squares), d| {
        (cubes + d * d * d, squares + d * d)
    });
    if squares <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let acceleration = cubes / (6.0 * libm::pow(squares, 1.5));
    if acceleration.is_finite() {
        Ok(acceleration)
    } else {
        Err(Undefined::NotFinite)
    }
}
