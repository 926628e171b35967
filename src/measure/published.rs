//! Indices from figures that others published: shares by answer point instead of answers.

use super::numeric::real;
use super::undefined::Undefined;

/// The index of an item from the percentages of its answers, highest answer first, as published
/// (rounded, so that they may add up to 98 or 102): `sum share_j x_j / 100`.
///
/// Reproduces the UK Civil Service People Survey's technical guide 2014: 10/40/10/16/24 is 49.
///
/// # Errors
/// [`Undefined::TooFew`] below two points, [`Undefined::NotFinite`].
pub fn index_of_shares(highest_first: &[f64]) -> Result<f64, Undefined> {
    let points = highest_first.len();
    if points < 2 {
        return Err(Undefined::TooFew {
            given: super::numeric::count(points),
            needed: 2,
        });
    }
    let steps = real(points - 1);
    let index = highest_first
        .iter()
        .rev()
        .enumerate()
        .map(|(step, share)| share / 100.0 * (100.0 * real(step) / steps))
        .sum::<f64>();
    if index.is_finite() {
        Ok(index)
    } else {
        Err(Undefined::NotFinite)
    }
}

/// The percentage `part` is of `whole`, unrounded. Shares that are added up are added as counts:
/// 103 + 166 of 565 is 48 per cent, while 18 + 29 is 47.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::PartExceedsWhole`].
pub fn percentage(part: u64, whole: u64) -> Result<f64, Undefined> {
    if whole == 0 {
        return Err(Undefined::EmptyGroup);
    }
    if part > whole {
        return Err(Undefined::PartExceedsWhole { part, whole });
    }
    Ok(100.0 * super::numeric::real_u64(part) / super::numeric::real_u64(whole))
}
