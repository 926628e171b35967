//! Mean, spread and range of a list of values.

use serde::{Deserialize, Serialize};

use super::interval::{Confidence, Interval};
use super::numeric::{count, real};
use super::quantile;
use super::undefined::Undefined;

/// The first two moments of a list: what every test of means needs, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// How many values.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Sum of squared deviations from the mean.
    pub squares: f64,
}

impl Moments {
    /// Of a list of finite values, in two passes: first the mean, then the deviations, with the
    /// residual of the mean taken out (the corrected two-pass algorithm), so that neither a large
    /// offset nor a long list costs digits.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`], [`Undefined::NotFinite`].
    pub fn of(values: &[f64]) -> Result<Self, Undefined> {
        if values.is_empty() {
            return Err(Undefined::EmptyGroup);
        }
        let n = real(values.len());
        let first = values.iter().sum::<f64>() / n;
        let (residual, squares) = values.iter().fold((0.0, 0.0), |(residual, squares), value| {
            let deviation = value - first;
            (residual + deviation, squares + deviation * deviation)
        });
        let moments = Self {
            n: count(values.len()),
            mean: first + residual / n,
            squares: (squares - residual * residual / n).max(0.0),
        };
        if moments.mean.is_finite() && moments.squares.is_finite() {
            Ok(moments.flattened(values))
        } else {
            Err(Undefined::NotFinite)
        }
    }

    /// Equal values have no spread, whatever rounding left in the sum of squares.
    fn flattened(self, values: &[f64]) -> Self {
        match values.first() {
            Some(first) if values.iter().all(|value| value == first) => Self {
                mean: *first,
                squares: 0.0,
                ..self
            },
            _ => self,
        }
    }

    /// The variance with n - 1.
    ///
    /// # Errors
    /// [`Undefined::OneRespondent`] for n = 1.
    pub fn variance(&self) -> Result<f64, Undefined> {
        if self.n < 2 {
            return Err(Undefined::OneRespondent);
        }
        Ok(self.squares / (self.n_real() - 1.0))
    }

    /// The standard deviation with n - 1.
    ///
    /// # Errors
    /// [`Undefined::OneRespondent`] for n = 1.
    pub fn sd(&self) -> Result<f64, Undefined> {
        self.variance().map(f64::sqrt)
    }

    /// n as a real.
    #[must_use]
    pub fn n_real(&self) -> f64 {
        super::numeric::real_u64(self.n)
    }
}

/// A list of values described as if drawn at random from a process (no finite population).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// How many values.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Standard deviation (n - 1).
    pub sd: f64,
    /// Standard error of the mean, `sd / sqrt(n)`.
    pub se: f64,
    /// Degrees of freedom, n - 1.
    pub df: f64,
    /// `mean -+ t(df) se`. A single point when all values are equal.
    pub interval: Interval,
    /// The median (type 7).
    pub median: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

/// Describes a list of at least two values.
///
/// Reference implementation: R `t.test(x)$conf.int`, `sd`, `median`.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::OneRespondent`], [`Undefined::NotFinite`].
pub fn describe(values: &[f64], confidence: Confidence) -> Result<Description, Undefined> {
    let moments = Moments::of(values)?;
    let sd = moments.sd()?;
    let n = moments.n_real();
    let se = sd / n.sqrt();
    let sorted = quantile::Sorted::of(values)?;
    Ok(Description {
        n: moments.n,
        mean: moments.mean,
        sd,
        se,
        df: n - 1.0,
        interval: Interval::around(moments.mean, confidence.t(n - 1.0) * se),
        median: sorted.median(),
        min: sorted.min(),
        max: sorted.max(),
    })
}
