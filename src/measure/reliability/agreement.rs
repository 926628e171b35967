//! May persons be averaged to an agency? Agreement within, and differences between.

use crate::measure::descriptives::Moments;
use crate::measure::numeric::{count, real};
use crate::measure::undefined::Undefined;

/// Below this ICC(2) agency means are too unreliable to be ranked.
pub const LEAST_FOR_RANKING: f64 = 0.7;

/// Intraclass correlations of a one-way layout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intraclass {
    /// Groups with at least one score.
    pub groups: u64,
    /// Scores.
    pub n: u64,
    /// ICC(1), `(MSB - MSW)/(MSB + (k - 1) MSW)` with k the mean group size: the share of the variance that
    /// lies between agencies. Negative when agencies differ less than chance makes them.
    pub single: f64,
    /// ICC(2), `(MSB - MSW)/MSB`: the reliability of agency means.
    pub mean: f64,
}

/// ICC(1) and ICC(2) of scores by group.
///
/// Reference implementation: R `multilevel::ICC1`, `ICC2` on `aov(score ~ group)`.
///
/// # Errors
/// [`Undefined::TooFew`] below two groups or without a group of two, [`Undefined::NotFinite`],
/// [`Undefined::NoVariation`] when the group means do not differ at all.
pub fn intraclass(groups: &[&[f64]]) -> Result<Intraclass, Undefined> {
    let mut described = Vec::with_capacity(groups.len());
    for group in groups.iter().filter(|group| !group.is_empty()) {
        described.push(Moments::of(group)?);
    }
    intraclass_of(&described)
}

/// The same from the moments of each group that has a score.
///
/// # Errors
/// As [`intraclass`].
pub fn intraclass_of(described: &[Moments]) -> Result<Intraclass, Undefined> {
    let j = real(described.len());
    let n: f64 = described.iter().map(Moments::n_real).sum();
    if described.len() < 2 || n <= j {
        return Err(Undefined::TooFew {
            given: count(described.len()),
            needed: 2,
        });
    }
    let grand = described
        .iter()
        .map(|group| group.n_real() * group.mean)
        .sum::<f64>()
        / n;
    let between: f64 = described
        .iter()
        .map(|group| group.n_real() * (group.mean - grand).powi(2))
        .sum();
    let within: f64 = described.iter().map(|group| group.squares).sum();
    let (msb, msw) = (between / (j - 1.0), within / (n - j));
    if msb <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let k = n / j;
    let result = Intraclass {
        groups: count(described.len()),
        n: described.iter().map(|group| group.n).sum(),
        single: (msb - msw) / (msb + (k - 1.0) * msw),
        mean: (msb - msw) / msb,
    };
    if result.single.is_finite() && result.mean.is_finite() {
        Ok(result)
    } else {
        Err(Undefined::NotFinite)
    }
}

/// `r_wg(J)`: how far the persons of one group agree on J items of m points, against answers spread evenly
/// over the scale, whose variance is `(m^2 - 1)/12`. With `q = mean item variance / that`:
/// `J (1 - q) / (J (1 - q) + q)`. 0 when they agree no more than that.
///
/// `variances` are of raw answers (points, not 0..100), one an item.
///
/// Source: James, Demaree & Wolf 1984. Reference implementation: R `multilevel::rwg.j`.
///
/// # Errors
/// [`Undefined::EmptyGroup`] without an item, [`Undefined::TooFew`] below two points, [`Undefined::NotFinite`].
pub fn within_group_agreement(variances: &[f64], points: u8) -> Result<f64, Undefined> {
    if points < 2 {
        return Err(Undefined::TooFew {
            given: u64::from(points),
            needed: 2,
        });
    }
    if variances.iter().any(|variance| *variance < 0.0) {
        return Err(Undefined::NotFinite);
    }
    let mean = Moments::of(variances)?.mean;
    let m = f64::from(points);
    let ratio = mean / ((m * m - 1.0) / 12.0);
    if ratio >= 1.0 {
        return Ok(0.0);
    }
    let j = real(variances.len());
    Ok(j * (1.0 - ratio) / (j * (1.0 - ratio) + ratio))
}
