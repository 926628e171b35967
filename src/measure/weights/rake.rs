//! Raking: weights that fit several margins at once, one after the other until all hold.

use serde::{Deserialize, Serialize};

use crate::measure::numeric::count;
use crate::measure::undefined::Undefined;

use super::kish::check;
use super::poststratify::{factors, poststratify};
use super::trim::trim_to_median;

/// One margin: each respondent's category, and the people of each category.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// A position in `population` for each respondent.
    pub category: Vec<usize>,
    /// People of each category.
    pub population: Vec<f64>,
}

/// When raking stops.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RakeRule {
    /// The largest `|sum w / N_m - 1|` that is accepted. Default 1e-6.
    pub tolerance: f64,
    /// The most passes over all margins. Default 100.
    pub passes: u32,
}

impl Default for RakeRule {
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            passes: 100,
        }
    }
}

/// How raking ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Raked {
    /// The weights.
    pub weights: Vec<f64>,
    /// Passes used.
    pub passes: u32,
    /// The largest `|sum w / N_m - 1|` that is left.
    pub error: f64,
    /// Whether the first margin alone was used, because all together would not settle: say so.
    pub fell_back: bool,
    /// Whether weights were trimmed.
    pub trimmed: bool,
}

/// Rakes base weights to margins.
///
/// Reference implementation: R `survey::rake` run to convergence.
///
/// # Errors
/// [`Undefined::TooFew`] without a margin, [`Undefined::UnequalLengths`], [`Undefined::BadWeights`],
/// [`Undefined::CellWithoutRespondents`], [`Undefined::NotConverged`].
pub fn rake(base: &[f64], margins: &[Margin], rule: RakeRule) -> Result<Raked, Undefined> {
    check_margins(base, margins)?;
    let mut weights = base.to_vec();
    let mut error = f64::INFINITY;
    for pass in 1..=rule.passes {
        for margin in margins {
            weights = poststratify(&weights, &margin.category, &margin.population)?.1;
        }
        let left = worst(&weights, margins)?;
        // Either good enough, or as good as it gets: rounding noise no longer shrinks.
        if left <= rule.tolerance {
            return Ok(Raked {
                weights,
                passes: pass,
                error: left,
                fell_back: false,
                trimmed: false,
            });
        }
        error = left;
    }
    if error.is_finite() {
        Err(Undefined::NotConverged {
            passes: u64::from(rule.passes),
        })
    } else {
        Err(Undefined::NotFinite)
    }
}

/// Rakes, trims to a third and three times the median, and rakes again, at most five times; falls
/// back to the first margin alone where all together do not settle.
///
/// # Errors
/// As [`rake`], except for [`Undefined::NotConverged`], which is what the fall-back is for.
pub fn rake_and_trim(base: &[f64], margins: &[Margin], rule: RakeRule) -> Result<Raked, Undefined> {
    let mut raked = match rake(base, margins, rule) {
        Err(Undefined::NotConverged { .. }) => return first_margin(base, margins),
        other => other?,
    };
    for _ in 0..5 {
        let (weights, changed) = trim_to_median(&raked.weights);
        if !changed {
            break;
        }
        match rake(&weights, margins, rule) {
            Ok(again) => {
                raked = Raked {
                    trimmed: true,
                    ..again
                }
            }
            Err(Undefined::NotConverged { .. }) => break,
            Err(other) => return Err(other),
        }
    }
    Ok(raked)
}

fn first_margin(base: &[f64], margins: &[Margin]) -> Result<Raked, Undefined> {
    let first = margins.first().ok_or(Undefined::TooFew { given: 0, needed: 1 })?;
    let weights = poststratify(base, &first.category, &first.population)?.1;
    let error = worst(&weights, margins)?;
    Ok(Raked {
        weights,
        passes: 1,
        error,
        fell_back: true,
        trimmed: false,
    })
}

fn check_margins(base: &[f64], margins: &[Margin]) -> Result<(), Undefined> {
    if margins.is_empty() {
        return Err(Undefined::TooFew { given: 0, needed: 1 });
    }
    if let Some(bad) = margins.iter().find(|margin| margin.category.len() != base.len()) {
        return Err(Undefined::UnequalLengths {
            left: count(base.len()),
            right: count(bad.category.len()),
        });
    }
    check(base)
}

/// The largest `|sum w / N_m - 1|` over all categories with people.
fn worst(weights: &[f64], margins: &[Margin]) -> Result<f64, Undefined> {
    let mut worst = 0.0_f64;
    for margin in margins {
        for factor in factors(weights, &margin.category, &margin.population)? {
            worst = worst.max((1.0 / factor - 1.0).abs().min(f64::MAX));
        }
    }
    Ok(worst)
}
