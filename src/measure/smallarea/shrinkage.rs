//! Random effects: the common mean, how far the areas differ, and each drawn towards it.

use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::{chi_squared_upper, count, real, roots, t_two_sided};
use crate::measure::undefined::Undefined;

use super::reml::Areas;

/// The areas' figures around one common mean.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomEffects {
    /// Areas.
    pub areas: u64,
    /// Cochran's Q about the fixed-effect mean.
    pub q: f64,
    /// `P(chi2(k-1) > Q)`.
    pub q_p: f64,
    /// The fixed-effect mean and its standard error.
    pub fixed: (f64, f64),
    /// By DerSimonian and Laird, ours for this view.
    pub dersimonian_laird: Stabilised,
    /// By restricted maximum likelihood.
    pub reml: Stabilised,
    /// By Paule and Mandel.
    pub paule_mandel: Stabilised,
}

/// The view at one estimate of the variance between areas.
#[derive(Debug, Clone, PartialEq)]
pub struct Stabilised {
    /// Variance between areas; 0 draws every area fully to the mean.
    pub between: f64,
    /// The random-effects mean.
    pub mean: f64,
    /// Its standard error.
    pub se: f64,
    /// `mean -+ z se`.
    pub interval: Interval,
    /// Where a new area's true value would lie, `mean -+ z sqrt(between + se^2)`.
    pub prediction: Interval,
    /// Share of the variance that is between areas, in per cent (`I^2`).
    pub i_squared: f64,
    /// Total variance over sampling variance (`H^2`).
    pub h_squared: f64,
    /// Hartung and Knapp's standard error and t interval of the mean.
    pub hartung_knapp: HartungKnapp,
    /// Area by area.
    pub estimates: Vec<Shrunk>,
}

/// Hartung and Knapp's correction for few areas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HartungKnapp {
    /// Standard error of the mean.
    pub se: f64,
    /// `mean -+ t(k-1) se`.
    pub interval: Interval,
    /// Two-sided p value of the mean against zero; `None` when the standard error is zero.
    pub p: Option<f64>,
}

/// One area's figure drawn towards the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shrunk {
    /// How much of its own figure it keeps.
    pub own_share: f64,
    /// `mean + g (y - mean)`.
    pub value: f64,
    /// `g psi + (1-g)^2 se^2`.
    pub mse: f64,
}

/// Draws at least three areas' figures towards their mean.
///
/// Reference implementation: R `metafor::rma(method = "DL" | "REML" | "PM")`, `blup`, `predict`.
///
/// # Errors
/// [`Undefined::TooFew`], [`Undefined::UnequalLengths`], [`Undefined::NotFinite`], [`Undefined::ZeroStandardError`].
pub fn random_effects(
    direct: &[f64],
    variance: &[f64],
    confidence: Confidence,
) -> Result<RandomEffects, Undefined> {
    let areas = Areas::new(direct, variance, &[])?;
    if direct.len() < 3 {
        return Err(Undefined::TooFew {
            given: count(direct.len()),
            needed: 3,
        });
    }
    let model = Model {
        direct,
        variance,
        confidence,
    };
    let df = real(direct.len()) - 1.0;
    let weights: Vec<f64> = variance.iter().map(|v| 1.0 / v).collect();
    let total: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    let q = model.q(0.0);
    let moment = ((q - df) / (total - squares / total)).max(0.0);
    let (fixed, fixed_se) = model.mean(0.0);
    let effects = RandomEffects {
        areas: count(direct.len()),
        q,
        q_p: chi_squared_upper(q, df),
        fixed: (fixed, fixed_se),
        dersimonian_laird: model.at(moment),
        reml: model.at(areas.restricted_likelihood_variance()?),
        paule_mandel: model.at(model.paule_mandel(df)),
    };
    let views = [&effects.dersimonian_laird, &effects.reml, &effects.paule_mandel];
    if effects.q.is_finite() && views.into_iter().all(Stabilised::is_finite) {
        Ok(effects)
    } else {
        Err(Undefined::NotFinite)
    }
}

impl Stabilised {
    fn is_finite(&self) -> bool {
        let numbers = [
            self.mean,
            self.se,
            self.i_squared,
            self.h_squared,
            self.prediction.width(),
        ];
        numbers.iter().all(|number| number.is_finite())
            && self.hartung_knapp.interval.width().is_finite()
            && self
                .estimates
                .iter()
                .all(|area| area.value.is_finite() && area.mse.is_finite())
    }
}

struct Model<'a> {
    direct: &'a [f64],
    variance: &'a [f64],
    confidence: Confidence,
}

impl Model<'_> {
    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.direct.iter().copied().zip(self.variance.iter().copied())
    }

    fn mean(&self, between: f64) -> (f64, f64) {
        let (total, sum) = self.pairs().fold((0.0, 0.0), |(total, sum), (y, v)| {
            let weight = 1.0 / (v + between);
            (total + weight, sum + weight * y)
        });
        (sum / total, (1.0 / total).sqrt())
    }

    /// The generalised Q at a variance between areas.
    fn q(&self, between: f64) -> f64 {
        let mean = self.mean(between).0;
        self.pairs()
            .map(|(y, v)| (y - mean).powi(2) / (v + between))
            .sum()
    }

    /// Where the generalised Q equals its expectation, or 0.
    fn paule_mandel(&self, df: f64) -> f64 {
        let spread: f64 = self.pairs().map(|(y, _)| (y - self.mean(0.0).0).powi(2)).sum();
        roots::increasing(0.0, 100.0 * spread + 1.0, |between| df - self.q(between))
    }

    fn at(&self, between: f64) -> Stabilised {
        let (mean, se) = self.mean(between);
        let z = self.confidence.z();
        let df = real(self.direct.len()) - 1.0;
        let (total, squares) = self.pairs().fold((0.0, 0.0), |(total, squares), (_, v)| {
            (total + 1.0 / v, squares + 1.0 / (v * v))
        });
        let typical = df * total / (total * total - squares);
        let knapp_se = (self.q(between) / df).sqrt() * se;
        let estimates = self.pairs().map(|(y, v)| {
            let g = between / (between + v);
            Shrunk {
                own_share: g,
                value: mean + g * (y - mean),
                mse: g * v + (1.0 - g).powi(2) * se * se,
            }
        });
        Stabilised {
            between,
            mean,
            se,
            interval: Interval::around(mean, z * se),
            prediction: Interval::around(mean, z * (between + se * se).sqrt()),
            i_squared: 100.0 * between / (between + typical),
            h_squared: 1.0 + between / typical,
            hartung_knapp: HartungKnapp {
                se: knapp_se,
                interval: Interval::around(mean, self.confidence.t(df) * knapp_se),
                p: (knapp_se > 0.0).then(|| t_two_sided(mean / knapp_se, df)),
            },
            estimates: estimates.collect(),
        }
    }
}
