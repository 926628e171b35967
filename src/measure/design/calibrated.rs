//! Standard errors after post-stratification and raking.
//!
//! Adjusted weights are not fixed: they make the margins exact, so only what the margins do *not*
//! explain of a value is uncertain. The influence values are replaced by their residuals.

use nalgebra::{DMatrix, DVector};

use crate::measure::interval::Confidence;
use crate::measure::undefined::Undefined;
use crate::measure::weights::Margin;

use super::domain;
use super::plan::{Lonely, Plan};

/// A mean and a total under adjusted weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// Weighted mean.
    pub mean: f64,
    /// Its standard error.
    pub mean_se: f64,
    /// Weighted total.
    pub total: f64,
    /// Its standard error.
    pub total_se: f64,
}

/// Mean and total under post-stratified weights: residuals about the cell means, which are taken
/// with the weights from before.
///
/// Reference implementation: R `svymean(postStratify(d, ~cell, population))`.
///
/// # Errors
/// As [`domain::mean`].
pub fn poststratified(
    base: &Plan,
    weights: &[f64],
    cell: &[usize],
    values: &[f64],
) -> Result<Adjusted, Undefined> {
    let residuals = |influence: &[f64]| -> Vec<f64> {
        let means = cell_means(base.weights(), cell, influence);
        influence
            .iter()
            .zip(cell)
            .map(|(u, cell)| u - means(*cell))
            .collect()
    };
    adjusted(base, weights, values, residuals)
}

/// Mean and total under raked weights, by the residuals of a regression on all margins together,
/// weighted by the weights from before (generalised raking).
///
/// Reference implementation: R `svymean(calibrate(d, calfun = "raking"))`.
///
/// # Errors
/// As [`domain::mean`].
pub fn raked(
    base: &Plan,
    weights: &[f64],
    margins: &[Margin],
    values: &[f64],
) -> Result<Adjusted, Undefined> {
    let indicators = indicators(base.rows(), margins);
    adjusted(base, weights, values, |influence| {
        regression_residuals(base.weights(), &indicators, influence)
    })
}

/// The same by ten sweeps of the unweighted margin means, as R's `survey` does for a raked design.
/// Nearly equal to [`raked`] except where margins are nearly nested.
///
/// Reference implementation: R `svymean(rake(d, ...))`.
///
/// # Errors
/// As [`domain::mean`].
pub fn raked_by_sweeps(
    base: &Plan,
    weights: &[f64],
    margins: &[Margin],
    values: &[f64],
) -> Result<Adjusted, Undefined> {
    let ones = vec![1.0; base.rows()];
    adjusted(base, weights, values, |influence| {
        let mut residuals = influence.to_vec();
        for _ in 0..10 {
            for margin in margins {
                let means = cell_means(&ones, &margin.category, &residuals);
                let swept: Vec<f64> = residuals
                    .iter()
                    .zip(&margin.category)
                    .map(|(u, cell)| u - means(*cell))
                    .collect();
                drop(means);
                residuals = swept;
            }
        }
        residuals
    })
}

/// The standard error of the mean when adjusted weights are read as fixed, with replacement: larger
/// here, and blind to clusters. For comparison.
///
/// # Errors
/// As [`crate::measure::weights::describe_weighted`].
pub fn naive_se(weights: &[f64], values: &[f64]) -> Result<f64, Undefined> {
    crate::measure::weights::describe_weighted(values, weights).map(|all| all.se_linearised)
}

fn adjusted(
    base: &Plan,
    weights: &[f64],
    values: &[f64],
    residuals: impl Fn(&[f64]) -> Vec<f64>,
) -> Result<Adjusted, Undefined> {
    let plan = base.with_weights(weights)?;
    let everybody = vec![true; plan.rows()];
    let given: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
    let mean = domain::mean(
        &plan,
        &given,
        &everybody,
        Lonely::Certainty,
        Confidence::NINETY_FIVE,
    )?;
    let size = mean.kish.sum;
    let se = |influence: Vec<f64>| -> Result<f64, Undefined> {
        let weighted: Vec<f64> = residuals(&influence)
            .iter()
            .zip(weights)
            .map(|(u, w)| u * w)
            .collect();
        plan.variance(&weighted, Lonely::Fail).map(f64::sqrt)
    };
    Ok(Adjusted {
        mean: mean.estimate,
        mean_se: se(values
            .iter()
            .map(|value| (value - mean.estimate) / size)
            .collect())?,
        total: mean.estimate * size,
        total_se: se(values.to_vec())?,
    })
}

/// The weighted mean of each cell, as a function.
fn cell_means(weights: &[f64], cell: &[usize], values: &[f64]) -> impl Fn(usize) -> f64 + use<> {
    let cells = cell.iter().max().map_or(0, |most| most + 1);
    let mut sums = vec![(0.0, 0.0); cells];
    for ((weight, cell), value) in weights.iter().zip(cell).zip(values) {
        if let Some(sum) = sums.get_mut(*cell) {
            *sum = (sum.0 + weight, sum.1 + weight * value);
        }
    }
    move |cell| match sums.get(cell) {
        Some((weight, sum)) if *weight > 0.0 => sum / weight,
        _ => 0.0,
    }
}

/// A constant, and a column for each category of each margin but the first.
fn indicators(rows: usize, margins: &[Margin]) -> DMatrix<f64> {
    let mut columns = vec![DVector::from_element(rows, 1.0)];
    for margin in margins {
        for category in 1..margin.population.len() {
            let of = margin
                .category
                .iter()
                .map(|own| f64::from(u8::from(*own == category)));
            columns.push(DVector::from_iterator(rows, of));
        }
    }
    DMatrix::from_columns(&columns)
}

/// Residuals of a weighted least squares fit; a pseudo-inverse carries collinear margins.
fn regression_residuals(weights: &[f64], x: &DMatrix<f64>, y: &[f64]) -> Vec<f64> {
    let y = DVector::from_column_slice(y);
    let root = DVector::from_iterator(weights.len(), weights.iter().map(|w| w.sqrt()));
    let mut scaled = x.clone();
    for mut column in scaled.column_iter_mut() {
        column.component_mul_assign(&root);
    }
    let target = y.component_mul(&root);
    let size = scaled.amax().max(f64::MIN_POSITIVE);
    match scaled.svd(true, true).solve(&target, size * 1e-11) {
        Ok(coefficients) => (y - x * coefficients).iter().copied().collect(),
        Err(_) => y.iter().copied().collect(),
    }
}
