//! The regression beneath the drivers, through the correlation matrix.

use nalgebra::{DMatrix, DVector};

use crate::measure::descriptives::Moments;
use crate::measure::numeric::{count, f_upper, real, t_two_sided};
use crate::measure::undefined::Undefined;

/// Complete rows of an outcome and its predictors, with their moments and correlations.
#[derive(Debug, Clone)]
pub struct DriverTable {
    /// Rows.
    pub n: usize,
    /// Moments of the outcome.
    pub outcome: Moments,
    /// Moments of each predictor.
    pub predictors: Vec<Moments>,
    /// Correlations, the outcome first.
    pub correlations: DMatrix<f64>,
}

impl DriverTable {
    /// From an outcome and predictors, one list each.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`], [`Undefined::TooFew`] without a predictor or with no more rows than
    /// coefficients, [`Undefined::NotFinite`], [`Undefined::NoVariation`] when one of them does not vary.
    pub fn new(outcome: &[f64], predictors: &[Vec<f64>]) -> Result<Self, Undefined> {
        let n = outcome.len();
        if let Some(other) = predictors.iter().find(|x| x.len() != n) {
            return Err(Undefined::UnequalLengths {
                left: count(n),
                right: count(other.len()),
            });
        }
        let needed = predictors.len().max(1) + 2;
        if predictors.is_empty() || n < needed {
            return Err(Undefined::TooFew {
                given: count(if predictors.is_empty() { 0 } else { n }),
                needed: count(needed),
            });
        }
        let moments = Moments::of(outcome)?;
        let mut all = vec![standardised(outcome, &moments)?];
        let mut described = Vec::with_capacity(predictors.len());
        for predictor in predictors {
            let moments = Moments::of(predictor)?;
            all.push(standardised(predictor, &moments)?);
            described.push(moments);
        }
        let columns = DMatrix::from_columns(&all);
        let mut correlations = columns.tr_mul(&columns);
        correlations.fill_diagonal(1.0);
        Ok(Self {
            n,
            outcome: moments,
            predictors: described,
            correlations,
        })
    }

    /// Correlations among the predictors.
    #[must_use]
    pub fn among(&self) -> DMatrix<f64> {
        self.correlations.clone().remove_row(0).remove_column(0)
    }

    /// Correlations of the predictors with the outcome.
    #[must_use]
    pub fn with_outcome(&self) -> DVector<f64> {
        self.correlations.column(0).into_owned().remove_row(0)
    }
}

/// Deviations divided by the root of their sum of squares: inner products are correlations.
fn standardised(values: &[f64], moments: &Moments) -> Result<DVector<f64>, Undefined> {
    let scale = moments.squares.sqrt();
    if scale <= 0.0 {
        return Err(Undefined::NoVariation);
    }
    let unit = values.iter().map(|value| (value - moments.mean) / scale);
    Ok(DVector::from_iterator(values.len(), unit))
}

/// One predictor in the regression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driver {
    /// Coefficient, outcome units per unit of the predictor.
    pub coefficient: f64,
    /// Its standard error.
    pub se: f64,
    /// `coefficient / se`.
    pub t: f64,
    /// Two-sided p value.
    pub p: f64,
    /// Standardised coefficient.
    pub beta: f64,
    /// Variance inflation: how much the others blur it (1: not at all).
    pub inflation: f64,
}

/// The regression of an outcome on its drivers.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverRegression {
    /// Share of the outcome's variance explained.
    pub r_squared: f64,
    /// The same, corrected for the number of predictors.
    pub adjusted_r_squared: f64,
    /// F of the whole model; `None` when it explains everything.
    pub f: Option<f64>,
    /// Its p value.
    pub f_p: Option<f64>,
    /// Residual standard deviation.
    pub sigma: f64,
    /// The constant.
    pub intercept: f64,
    /// Predictor by predictor.
    pub drivers: Vec<Driver>,
}

/// Least squares of the outcome on all predictors.
///
/// Reference implementation: R `lm`, `car::vif`.
///
/// # Errors
/// [`Undefined::Collinear`]; [`Undefined::NoVariation`] when the fit is perfect, so that no error can be estimated.
pub fn driver_regression(table: &DriverTable) -> Result<DriverRegression, Undefined> {
    let inverse = inverse_of(table.among())?;
    let with = table.with_outcome();
    let beta = &inverse * &with;
    let r_squared = with.dot(&beta).clamp(0.0, 1.0);
    let (n, k) = (real(table.n), real(beta.len()));
    let df = n - k - 1.0;
    let variance = table.outcome.squares * (1.0 - r_squared) / df;
    if variance <= table.outcome.squares * 1e-15 {
        return Err(Undefined::NoVariation);
    }
    let mut intercept = table.outcome.mean;
    let mut drivers = Vec::with_capacity(beta.len());
    for ((beta, inflation), moments) in beta.iter().zip(inverse.diagonal().iter()).zip(&table.predictors) {
        let coefficient = beta * (table.outcome.squares / moments.squares).sqrt();
        let se = (variance * inflation / moments.squares).sqrt();
        intercept -= coefficient * moments.mean;
        drivers.push(Driver {
            coefficient,
            se,
            t: coefficient / se,
            p: t_two_sided(coefficient / se, df),
            beta: *beta,
            inflation: *inflation,
        });
    }
    let numbers = drivers
        .iter()
        .flat_map(|driver| [driver.coefficient, driver.se, driver.t]);
    if !intercept.is_finite() || numbers.into_iter().any(|number| !number.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let f = r_squared / k / ((1.0 - r_squared) / df);
    Ok(DriverRegression {
        r_squared,
        adjusted_r_squared: 1.0 - (1.0 - r_squared) * (n - 1.0) / df,
        f: Some(f),
        f_p: Some(f_upper(f, k, df)),
        sigma: variance.sqrt(),
        intercept,
        drivers,
    })
}

fn inverse_of(among: DMatrix<f64>) -> Result<DMatrix<f64>, Undefined> {
    let inverse = among.cholesky().ok_or(Undefined::Collinear)?.inverse();
    // An inflation of 1e12 is a predictor that the others spell out.
    if inverse
        .diagonal()
        .iter()
        .all(|inflation| inflation.is_finite() && *inflation < 1e12)
    {
        Ok(inverse)
    } else {
        Err(Undefined::Collinear)
    }
}
