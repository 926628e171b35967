//! McDonald's omega total: reliability under a one-factor model.
//!
//! Omega has no single value: it depends on how the factor is estimated and on what stands below the
//! line. Ours on pages is maximum likelihood on covariances, model variance below the line; the
//! others are here so that figures of other packages can be told apart.

use nalgebra::{DMatrix, DVector};

use crate::measure::undefined::Undefined;

/// Below so many complete persons omega is not shown.
pub const LEAST_PERSONS: u64 = 100;
/// Passes before an estimate is given up.
const PASSES: u32 = 20_000;
/// An item whose error is a smaller share of its variance than this is a Heywood case: the model does not
/// fit, and its estimate creeps towards zero for ever.
const HEYWOOD: f64 = 1e-4;

/// A one-factor model: `S = l l' + diag(u)`.
#[derive(Debug, Clone, PartialEq)]
pub struct OneFactor {
    /// Loadings, signed so that their sum is positive.
    pub loadings: Vec<f64>,
    /// Error variances.
    pub uniquenesses: Vec<f64>,
    /// `(sum l)^2 / ((sum l)^2 + sum u)`.
    pub omega: f64,
    /// `(sum l)^2 / sum S` resp. `1 - sum u / sum S`: the observed variance below the line.
    pub omega_of_observed: f64,
}

/// Maximum likelihood on a covariance (or correlation) matrix, by Jöreskog's likelihood and EM steps
/// that are extrapolated while that helps.
///
/// Reference implementation: R `lavaan::cfa(std.lv = TRUE)`, `factanal(factors = 1)`.
///
/// # Errors
/// [`Undefined::TooFew`] below three items, [`Undefined::NoVariation`], [`Undefined::HeywoodCase`],
/// [`Undefined::NotConverged`].
pub fn maximum_likelihood(matrix: &DMatrix<f64>) -> Result<OneFactor, Undefined> {
    check(matrix)?;
    let diagonal = matrix.diagonal();
    // On correlations every quantity is of order one; loadings scale back exactly.
    let scale = diagonal.map(f64::sqrt);
    let correlation = matrix.component_div(&(&scale * scale.transpose()));
    let start = State {
        loadings: start(&correlation),
        uniquenesses: DVector::from_element(matrix.nrows(), 0.5),
    };
    let fitted = settle(&correlation, start)?;
    let loadings = fitted.loadings.component_mul(&scale);
    let uniquenesses = fitted.uniquenesses.component_mul(&diagonal);
    let sum = loadings.sum();
    Ok(OneFactor {
        omega: sum * sum / (sum * sum + uniquenesses.sum()),
        omega_of_observed: sum * sum / matrix.sum(),
        loadings: signed(&loadings),
        uniquenesses: uniquenesses.iter().copied().collect(),
    })
}

/// Minimum residuals on a correlation matrix: least squares off the diagonal, one loading at a time.
///
/// Reference implementation: R `psych::fa(nfactors = 1, fm = "minres")`; `omega_of_observed` is
/// `psych::omega(nfactors = 1)$omega.tot`.
///
/// # Errors
/// As [`maximum_likelihood`].
pub fn minimum_residuals(correlation: &DMatrix<f64>) -> Result<OneFactor, Undefined> {
    check(correlation)?;
    let mut loadings = start(correlation);
    for _ in 0..PASSES {
        let mut change = 0.0_f64;
        for at in 0..loadings.len() {
            let own = loadings.get(at).copied().unwrap_or(0.0);
            let others = loadings.norm_squared() - own * own;
            let pull = correlation.column(at).dot(&loadings)
                - own * correlation.get((at, at)).copied().unwrap_or(1.0);
            let next = pull / others;
            change = change.max((next - own).abs());
            if let Some(slot) = loadings.get_mut(at) {
                *slot = next;
            }
        }
        if change < 1e-15 {
            let uniquenesses = loadings.map(|l| 1.0 - l * l);
            if uniquenesses.iter().any(|u| *u <= HEYWOOD) {
                return Err(Undefined::HeywoodCase);
            }
            let sum = loadings.sum();
            return Ok(OneFactor {
                omega: sum * sum / (sum * sum + uniquenesses.sum()),
                omega_of_observed: 1.0 - uniquenesses.sum() / correlation.sum(),
                loadings: signed(&loadings),
                uniquenesses: uniquenesses.iter().copied().collect(),
            });
        }
        if !change.is_finite() {
            break;
        }
    }
    Err(Undefined::NotConverged {
        passes: u64::from(PASSES),
    })
}

fn check(matrix: &DMatrix<f64>) -> Result<(), Undefined> {
    if matrix.nrows() < 3 {
        return Err(Undefined::TooFew {
            given: crate::measure::numeric::count(matrix.nrows()),
            needed: 3,
        });
    }
    if matrix.iter().any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    if matrix.diagonal().iter().any(|variance| *variance <= 0.0) {
        return Err(Undefined::NoVariation);
    }
    Ok(())
}

/// The first principal component, shrunk.
fn start(correlation: &DMatrix<f64>) -> DVector<f64> {
    let eigen = correlation.clone().symmetric_eigen();
    let (at, value) =
        eigen
            .eigenvalues
            .iter()
            .enumerate()
            .fold((0, f64::NEG_INFINITY), |best, (at, value)| {
                if *value > best.1 { (at, *value) } else { best }
            });
    eigen.eigenvectors.column(at) * (0.8 * value.max(1e-3).sqrt())
}

fn signed(loadings: &DVector<f64>) -> Vec<f64> {
    let sign = if loadings.sum() < 0.0 { -1.0 } else { 1.0 };
    loadings.iter().map(|loading| sign * loading).collect()
}

#[derive(Clone)]
struct State {
    loadings: DVector<f64>,
    uniquenesses: DVector<f64>,
}

/// One EM step of the one-factor model: regress the factor on the items, then the items on it.
fn step(matrix: &DMatrix<f64>, state: &State) -> State {
    let ratio = state.loadings.component_div(&state.uniquenesses);
    let b = &ratio / (1.0 + ratio.dot(&state.loadings));
    let covariance = matrix * &b;
    let factor_variance = 1.0 - b.dot(&state.loadings) + b.dot(&covariance);
    let loadings = &covariance / factor_variance;
    let uniquenesses = matrix.diagonal() - loadings.component_mul(&covariance);
    State {
        loadings,
        uniquenesses: uniquenesses.map(|u| u.max(1e-9)),
    }
}

/// EM to its fixed point, with squared extrapolation (Varadhan & Roland 2008) wherever the
/// extrapolated point is admissible and moves less than the plain one.
fn settle(matrix: &DMatrix<f64>, mut state: State) -> Result<State, Undefined> {
    for _ in 0..PASSES {
        let one = step(matrix, &state);
        let two = step(matrix, &one);
        let first = one.distance(&state);
        let second = two.distance(&one);
        if two.uniquenesses.iter().any(|u| *u <= HEYWOOD) {
            return Err(Undefined::HeywoodCase);
        }
        if second < 1e-15 {
            return Ok(two);
        }
        if !second.is_finite() {
            break;
        }
        let ratio = (second / first).min(0.999_9);
        let leap = two.towards(&one, ratio / (1.0 - ratio));
        let landed = step(matrix, &leap);
        let admissible = leap.uniquenesses.iter().all(|u| *u > 1e-9);
        state = if admissible && landed.distance(&leap) < second {
            landed
        } else {
            two
        };
    }
    Err(Undefined::NotConverged {
        passes: u64::from(PASSES),
    })
}

impl State {
    /// The largest change of any parameter.
    fn distance(&self, other: &Self) -> f64 {
        let loadings = (&self.loadings - &other.loadings).amax();
        loadings.max((&self.uniquenesses - &other.uniquenesses).amax())
    }

    /// On along the last step, by a multiple of it.
    fn towards(&self, from: &Self, times: f64) -> Self {
        Self {
            loadings: &self.loadings + (&self.loadings - &from.loadings) * times,
            uniquenesses: &self.uniquenesses + (&self.uniquenesses - &from.uniquenesses) * times,
        }
    }
}
