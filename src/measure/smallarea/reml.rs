//! The variance between areas, by restricted maximum likelihood.

use nalgebra::{DMatrix, DVector};

use crate::measure::numeric::{count, roots};
use crate::measure::undefined::Undefined;

/// Direct estimates with their sampling variances and covariates (the first column a constant).
#[derive(Debug, Clone)]
pub struct Areas {
    /// y_a.
    pub direct: DVector<f64>,
    /// psi_a.
    pub variance: DVector<f64>,
    /// One row an area.
    pub covariates: DMatrix<f64>,
}

impl Areas {
    /// Checked areas: covariates as columns, without the constant.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`], [`Undefined::TooFew`] when there are not more areas than coefficients,
    /// [`Undefined::NotFinite`], [`Undefined::ZeroStandardError`] for a variance that is not positive.
    pub fn new(direct: &[f64], variance: &[f64], covariates: &[Vec<f64>]) -> Result<Self, Undefined> {
        let m = direct.len();
        let lengths = std::iter::once(variance.len()).chain(covariates.iter().map(Vec::len));
        if let Some(other) = lengths.into_iter().find(|length| *length != m) {
            return Err(Undefined::UnequalLengths {
                left: count(m),
                right: count(other),
            });
        }
        if m < covariates.len() + 2 {
            return Err(Undefined::TooFew {
                given: count(m),
                needed: count(covariates.len() + 2),
            });
        }
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        if !finite(direct) || !finite(variance) || !covariates.iter().all(|x| finite(x)) {
            return Err(Undefined::NotFinite);
        }
        if variance.iter().any(|v| *v <= 0.0) {
            return Err(Undefined::ZeroStandardError);
        }
        let mut columns = vec![DVector::from_element(m, 1.0)];
        columns.extend(covariates.iter().map(|x| DVector::from_column_slice(x)));
        Ok(Self {
            direct: DVector::from_column_slice(direct),
            variance: DVector::from_column_slice(variance),
            covariates: DMatrix::from_columns(&columns),
        })
    }

    /// Generalised least squares at a variance between areas: coefficients and their covariance.
    ///
    /// # Errors
    /// [`Undefined::Collinear`].
    pub fn fit(&self, between: f64) -> Result<(DVector<f64>, DMatrix<f64>), Undefined> {
        let weights = self.variance.map(|v| 1.0 / (v + between));
        let weighted = self.weighted(&weights);
        let information = self.covariates.tr_mul(&weighted);
        let inverse = inverse_of(information)?;
        let coefficients = &inverse * weighted.tr_mul(&self.direct);
        Ok((coefficients, inverse))
    }

    fn weighted(&self, weights: &DVector<f64>) -> DMatrix<f64> {
        let mut weighted = self.covariates.clone();
        for mut column in weighted.column_iter_mut() {
            column.component_mul_assign(weights);
        }
        weighted
    }

    /// The derivative of the restricted log likelihood by the variance between areas, and the
    /// likelihood itself (up to a constant).
    fn likelihood(&self, between: f64) -> Result<(f64, f64), Undefined> {
        let weights = self.variance.map(|v| 1.0 / (v + between));
        let weighted = self.weighted(&weights);
        let information = self.covariates.tr_mul(&weighted);
        let log_determinant = information
            .clone()
            .cholesky()
            .ok_or(Undefined::Collinear)?
            .l_dirty()
            .diagonal()
            .map(|d| 2.0 * libm::log(d))
            .sum();
        let inverse = inverse_of(information)?;
        let coefficients = &inverse * weighted.tr_mul(&self.direct);
        let residuals = &self.direct - &self.covariates * coefficients;
        let projected = residuals.component_mul(&weights);
        // trace(P) = sum w - trace((X'WX)^-1 X'W^2X)
        let squared = weighted.tr_mul(&weighted);
        let trace = weights.sum() - (&inverse * squared).trace();
        let score = 0.5 * (projected.norm_squared() - trace);
        let value =
            -0.5 * (weights.map(|w| -libm::log(w)).sum() + log_determinant + projected.dot(&residuals));
        Ok((score, value))
    }

    /// The restricted maximum likelihood estimate of the variance between areas, 0 when the areas
    /// differ no more than their errors.
    ///
    /// The likelihood is scanned for its highest place before the score is solved there, since it may
    /// have more than one peak.
    ///
    /// # Errors
    /// [`Undefined::Collinear`].
    pub fn restricted_likelihood_variance(&self) -> Result<f64, Undefined> {
        const GRID: u16 = 400;
        let reach = 4.0 * self.direct.variance() + 4.0 * self.variance.mean() * 1e-3;
        let mut best = (f64::NEG_INFINITY, 0_u16);
        for step in 0..=GRID {
            let value = self.likelihood(grid_point(step, GRID, reach))?.1;
            if value > best.0 {
                best = (value, step);
            }
        }
        let below = grid_point(best.1.saturating_sub(1), GRID, reach);
        let above = grid_point(best.1 + 1, GRID, reach);
        if best.1 == 0 && self.likelihood(0.0)?.0 <= 0.0 {
            return Ok(0.0);
        }
        let falling = |between: f64| -self.likelihood(between).map_or(0.0, |(score, _)| score);
        Ok(roots::increasing(below, above, falling))
    }
}

/// Points that lie closer together near zero.
fn grid_point(step: u16, of: u16, reach: f64) -> f64 {
    reach * (f64::from(step) / f64::from(of)).powi(2)
}

fn inverse_of(information: DMatrix<f64>) -> Result<DMatrix<f64>, Undefined> {
    let scale = information.diagonal().map(f64::sqrt);
    let correlation = information.component_div(&(&scale * scale.transpose()));
    let inverse = correlation.cholesky().ok_or(Undefined::Collinear)?.inverse();
    let inverse = inverse.component_div(&(&scale * scale.transpose()));
    if inverse.iter().all(|value| value.is_finite()) {
        Ok(inverse)
    } else {
        Err(Undefined::Collinear)
    }
}
