//! Johnson's relative weights.

use nalgebra::{DMatrix, DVector};

use crate::measure::undefined::Undefined;

use super::regression::DriverTable;

/// Johnson's relative weights: the predictors' share in R^2, through the nearest uncorrelated
/// predictors. `L = V sqrt(D) V'` of the correlation matrix, `raw = L^2 (L^-1 r)^2`, all squares element by element.
/// Non-negative; they add up to R^2.
///
/// Source: Johnson, *Multivariate Behavioral Research* 35 (2000); Tonidandel & LeBreton (2011).
///
/// # Errors
/// [`Undefined::Collinear`].
pub fn relative_weights(table: &DriverTable) -> Result<Vec<f64>, Undefined> {
    relative_weights_of(table.among(), &table.with_outcome())
}

/// The same from the correlations among the predictors, and theirs with the outcome.
pub(super) fn relative_weights_of(
    among: DMatrix<f64>,
    with_outcome: &DVector<f64>,
) -> Result<Vec<f64>, Undefined> {
    let eigen = among.symmetric_eigen();
    if eigen.eigenvalues.iter().any(|value| *value < 1e-12) {
        return Err(Undefined::Collinear);
    }
    let roots = eigen.eigenvalues.map(f64::sqrt);
    let rotate = |scale: &DVector<f64>| {
        let mut scaled = eigen.eigenvectors.clone();
        for (mut column, scale) in scaled.column_iter_mut().zip(scale.iter()) {
            column *= *scale;
        }
        scaled * eigen.eigenvectors.transpose()
    };
    let loadings = rotate(&roots);
    let weights = rotate(&roots.map(|root| 1.0 / root)) * with_outcome;
    let squared = loadings.map(|l| l * l) * weights.map(|w| w * w);
    Ok(squared.iter().copied().collect())
}
