//! Intervals for a share under a design, from its estimate, standard error and degrees of freedom.

use crate::measure::interval::{Confidence, Interval};
use crate::measure::numeric::{beta_quantile, real, roots};
use crate::measure::undefined::Undefined;

/// A share under a design, from which every kind of interval follows. All limits are shares.
///
/// Reference implementation: R `survey::svyciprop`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionIntervals {
    p: f64,
    se: f64,
    df: f64,
    n: f64,
    confidence: Confidence,
}

impl ProportionIntervals {
    /// For a share 0 < p < 1 with a positive standard error over n rows.
    ///
    /// # Errors
    /// [`Undefined::NoVariation`] at p = 0 or 1 or se = 0 (use [`exact_without_variation`]);
    /// [`Undefined::TooFew`] for n < 2 or without degrees of freedom; [`Undefined::NotFinite`].
    pub fn new(p: f64, se: f64, df: f64, n: usize, confidence: Confidence) -> Result<Self, Undefined> {
        if !p.is_finite() || !se.is_finite() || !df.is_finite() {
            return Err(Undefined::NotFinite);
        }
        if n < 2 || df <= 0.0 {
            return Err(Undefined::TooFew {
                given: crate::measure::numeric::count(n),
                needed: 2,
            });
        }
        if p <= 0.0 || p >= 1.0 || se <= 0.0 {
            return Err(Undefined::NoVariation);
        }
        Ok(Self {
            p,
            se,
            df,
            n: real(n),
            confidence,
        })
    }

    fn reach(&self) -> f64 {
        self.confidence.t(self.df)
    }

    /// t on the logit scale (`xlogit`): ours for weighted shares when n is large.
    #[must_use]
    pub fn logit(&self) -> Interval {
        let centre = libm::log(self.p / (1.0 - self.p));
        let half = self.reach() * self.se / (self.p * (1.0 - self.p));
        let back = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        Interval {
            low: back(centre - half),
            high: back(centre + half),
        }
    }

    /// t on the arcsine square root scale.
    #[must_use]
    pub fn arcsine(&self) -> Interval {
        let centre = libm::asin(self.p.sqrt());
        let half = self.reach() * self.se / (2.0 * (self.p * (1.0 - self.p)).sqrt());
        let back = |x: f64| libm::sin(x).powi(2);
        Interval {
            low: back(centre - half),
            high: back(centre + half),
        }
    }

    /// t on the scale of the share itself. It can leave 0..1.
    #[must_use]
    pub fn plain(&self) -> Interval {
        Interval::around(self.p, self.reach() * self.se)
    }

    /// Korn and Graubard's interval: Clopper-Pearson with the effective sample size
    /// `p(1-p)/SE^2 (t(n-1)/t(df))^2`. Ours for weighted shares.
    #[must_use]
    pub fn korn_graubard(&self) -> Interval {
        let ratio = self.confidence.t(self.n - 1.0) / self.reach();
        let effective = self.p * (1.0 - self.p) / (self.se * self.se) * ratio * ratio;
        let (x, rest) = (effective * self.p, effective * (1.0 - self.p));
        let tail = self.confidence.tail();
        Interval {
            low: beta_quantile(tail, x, rest + 1.0),
            high: 1.0 - beta_quantile(tail, rest, x + 1.0),
        }
    }

    /// The profile likelihood of the share, scaled by the design effect (Rao and Scott): all q whose
    /// [`Self::likelihood_root`] lies within -+[`Self::likelihood_limit`].
    ///
    /// R reads its interval off a profile of about a dozen points by interpolation, which is up to
    /// 0.3 % off where the share is near 0 or 1; this is the solution itself.
    #[must_use]
    pub fn likelihood(&self) -> Interval {
        let limit = self.likelihood_limit();
        Interval {
            low: roots::increasing(0.0, self.p, |q| self.likelihood_root(q) + limit),
            high: roots::increasing(self.p, 1.0, |q| self.likelihood_root(q) - limit),
        }
    }

    /// The signed root of `2n [p ln(p/q) + (1-p) ln((1-p)/(1-q))] (n-1)/n`: how far the likelihood of q lies
    /// below that of the estimate, in units of the dispersion that a quasi-binomial fit estimates.
    #[must_use]
    pub fn likelihood_root(&self, q: f64) -> f64 {
        if q <= 0.0 {
            return -f64::MAX;
        }
        if q >= 1.0 {
            return f64::MAX;
        }
        let distance =
            self.p * libm::log(self.p / q) + (1.0 - self.p) * libm::log((1.0 - self.p) / (1.0 - q));
        (2.0 * (self.n - 1.0) * distance.max(0.0))
            .sqrt()
            .copysign(q - self.p)
    }

    /// `t(df) sqrt(deff)` with `deff = n SE^2/(p(1-p))`.
    #[must_use]
    pub fn likelihood_limit(&self) -> f64 {
        self.reach() * self.se * (self.n / (self.p * (1.0 - self.p))).sqrt()
    }
}

/// The Clopper-Pearson interval where nobody (or everybody, `full`) of n is counted: no design can
/// narrow what did not vary.
///
/// # Errors
/// [`Undefined::EmptyGroup`] for n = 0.
pub fn exact_without_variation(n: u64, full: bool, confidence: Confidence) -> Result<Interval, Undefined> {
    let share = crate::measure::proportion::Share::new(if full { n } else { 0 }, n)?;
    Ok(share.clopper_pearson(confidence))
}
