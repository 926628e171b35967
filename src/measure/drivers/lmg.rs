//! Lindeman, Merenda and Gold's shares of R^2 (the Shapley value of each predictor).

use nalgebra::{DMatrix, DVector};

use crate::measure::numeric::{count, real};
use crate::measure::undefined::Undefined;

use super::regression::DriverTable;

/// More predictors than this have too many subsets.
pub const MOST_PREDICTORS: usize = 12;

/// Shares of R^2 by averaging over all orders in which predictors may enter.
#[derive(Debug, Clone, PartialEq)]
pub struct Lmg {
    /// Each predictor's share, adding up to R^2.
    pub shares: Vec<f64>,
    /// What each explains alone.
    pub first: Vec<f64>,
    /// What each adds to all others.
    pub last: Vec<f64>,
}

/// The increment of each predictor to R^2, averaged over all orders: the mean over subset sizes of
/// the mean increment. A check on [`super::relative_weights`].
///
/// Reference implementation: R `relaimpo::calc.relimp(type = "lmg")`.
///
/// # Errors
/// [`Undefined::TooFew`] above [`MOST_PREDICTORS`] (there are then too few for this method),
/// [`Undefined::Collinear`].
pub fn lmg(table: &DriverTable) -> Result<Lmg, Undefined> {
    shares_of(&table.among(), &table.with_outcome())
}

/// The same from the correlations among the predictors, and theirs with the outcome.
pub(super) fn shares_of(among: &DMatrix<f64>, with: &DVector<f64>) -> Result<Lmg, Undefined> {
    let k = with.len();
    if k > MOST_PREDICTORS {
        return Err(Undefined::TooFew {
            given: count(MOST_PREDICTORS),
            needed: count(k),
        });
    }
    let subsets = 1_usize << k;
    let mut explained = Vec::with_capacity(subsets);
    for subset in 0..subsets {
        explained.push(r_squared(among, with, subset)?);
    }
    let of = |subset: usize| explained.get(subset).copied().unwrap_or(0.0);
    let chances = size_weights(k);
    let share = |own: usize| -> f64 {
        (0..subsets)
            .filter(|subset| subset & (1 << own) == 0)
            .map(|subset| {
                let size = usize::try_from(subset.count_ones()).unwrap_or(0);
                let chance = chances.get(size).copied().unwrap_or(0.0);
                chance * (of(subset | (1 << own)) - of(subset))
            })
            .sum()
    };
    let all = subsets - 1;
    Ok(Lmg {
        shares: (0..k).map(share).collect(),
        first: (0..k).map(|own| of(1 << own)).collect(),
        last: (0..k).map(|own| of(all) - of(all & !(1 << own))).collect(),
    })
}

/// The chance that a given set of s predictors stands before another one: `s!(k-s-1)!/k!`.
fn size_weights(k: usize) -> Vec<f64> {
    let mut choose = 1.0;
    (0..k)
        .map(|s| {
            let chance = 1.0 / (real(k) * choose);
            choose = choose * real(k - 1 - s) / real(s + 1);
            chance
        })
        .collect()
}

/// R^2 of the predictors whose bits are set.
fn r_squared(among: &DMatrix<f64>, with: &DVector<f64>, subset: usize) -> Result<f64, Undefined> {
    let chosen: Vec<usize> = (0..with.len()).filter(|at| subset & (1 << at) != 0).collect();
    if chosen.is_empty() {
        return Ok(0.0);
    }
    let r = with.select_rows(&chosen);
    let x = among.select_rows(&chosen).select_columns(&chosen);
    let solved = x.cholesky().ok_or(Undefined::Collinear)?.solve(&r);
    Ok(r.dot(&solved))
}
