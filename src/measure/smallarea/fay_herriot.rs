//! Fay and Herriot's area-level model.

use crate::measure::numeric::count;
use crate::measure::undefined::Undefined;

use super::reml::Areas;

/// The stabilised view is shown only from so many agencies on.
pub const LEAST_AGENCIES: usize = 8;

/// The fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct FayHerriot {
    /// Areas.
    pub areas: u64,
    /// Variance between areas, `sigma_u^2`; 0: "agencies are not distinguishable".
    pub between: f64,
    /// Coefficients, the constant first.
    pub coefficients: Vec<f64>,
    /// Their standard errors.
    pub coefficient_se: Vec<f64>,
    /// Area by area, in the order given.
    pub estimates: Vec<AreaEstimate>,
}

/// One area's stabilised figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaEstimate {
    /// How much of its own figure it keeps, `sigma_u^2/(sigma_u^2 + psi)`.
    pub own_share: f64,
    /// `g y + (1-g) x'b`.
    pub value: f64,
    /// `g psi`: the part of the error that remains with everything known.
    pub g1: f64,
    /// The part from estimating the coefficients.
    pub g2: f64,
    /// The part from estimating the variance between areas.
    pub g3: f64,
    /// `g1 + g2 + 2 g3` (Prasad and Rao, for REML).
    pub mse: f64,
}

/// Fits the model with REML.
///
/// Reference implementation: R `metafor::rma(method = "REML")` with `blup`, and `sae::mseFH`.
///
/// # Errors
/// As [`Areas::new`], and [`Undefined::Collinear`].
pub fn fay_herriot(
    direct: &[f64],
    variance: &[f64],
    covariates: &[Vec<f64>],
) -> Result<FayHerriot, Undefined> {
    let areas = Areas::new(direct, variance, covariates)?;
    let between = areas.restricted_likelihood_variance()?;
    let (coefficients, spread) = areas.fit(between)?;
    let squares: f64 = areas.variance.iter().map(|v| (between + v).powi(-2)).sum();
    let mut estimates = Vec::with_capacity(direct.len());
    for ((y, psi), x) in areas
        .direct
        .iter()
        .zip(areas.variance.iter())
        .zip(areas.covariates.row_iter())
    {
        let g = between / (between + psi);
        let synthetic = (x * &coefficients).sum();
        let g1 = g * psi;
        let g2 = (1.0 - g).powi(2) * (x * &spread * x.transpose()).sum();
        let g3 = (psi / (between + psi)).powi(2) / (between + psi) * 2.0 / squares;
        estimates.push(AreaEstimate {
            own_share: g,
            value: synthetic + g * (y - synthetic),
            g1,
            g2,
            g3,
            mse: g1 + g2 + 2.0 * g3,
        });
    }
    if estimates
        .iter()
        .any(|area| !area.mse.is_finite() || !area.value.is_finite())
    {
        return Err(Undefined::NotFinite);
    }
    Ok(FayHerriot {
        areas: count(direct.len()),
        between,
        coefficients: coefficients.iter().copied().collect(),
        coefficient_se: spread.diagonal().iter().map(|v| v.sqrt()).collect(),
        estimates,
    })
}
