//! Intervals for a share: x of n.
//!
//! For a group of known size N the exact hypergeometric interval is ours ([`hypergeometric`]). The
//! others answer the question about the process behind the group, and serve comparisons and
//! figures from elsewhere. All limits are shares, 0..1.

use super::interval::{Confidence, Interval};
use super::numeric::stirling::binomial_weight;
use super::numeric::{beta_quantile, real_u64};
use super::undefined::Undefined;

/// The exact interval of a share in a finite population: of N people n answered, x of them
/// favourably. `M_L = min{M: P(X >= x | N, M, n) > alpha/2}`, `M_U = max{M: P(X <= x | N, M, n) > alpha/2}`,
/// and the interval is `[M_L/N, M_U/N]`. With n = N it is the point x/N.
///
/// Reference implementation: `scipy.stats.hypergeom`, enumerated.
///
/// # Errors
/// [`Undefined::EmptyGroup`] for n = 0, [`Undefined::PartExceedsWhole`],
/// [`Undefined::MoreRespondentsThanPeople`].
pub fn hypergeometric(
    people: u64,
    respondents: u64,
    favourable: u64,
    confidence: Confidence,
) -> Result<Interval, Undefined> {
    check(favourable, respondents)?;
    if respondents > people {
        return Err(Undefined::MoreRespondentsThanPeople { respondents, people });
    }
    let (n, x, tail) = (respondents, favourable, confidence.tail());
    let (least, most) = (x, people - (n - x));
    let low = first_true(least, most, |m| at_least(people, m, n, x) > tail);
    // P(X <= x | M) is P(X' >= n - x | N - M) of the unfavourable, so the same tail serves twice.
    let high = people
        - first_true(people - most, people - least, |m| {
            at_least(people, m, n, n - x) > tail
        });
    Ok(Interval {
        low: real_u64(low) / real_u64(people),
        high: real_u64(high) / real_u64(people),
    })
}

/// The first m in `least..=most` for which a monotone condition holds (it holds at `most`).
fn first_true(mut least: u64, mut most: u64, holds: impl Fn(u64) -> bool) -> u64 {
    while least < most {
        let middle = least + (most - least) / 2;
        if holds(middle) {
            most = middle;
        } else {
            least = middle + 1;
        }
    }
    least
}

/// `P(X >= x)` when n are drawn from N of which m are marked, summed from x away from the mode.
fn at_least(people: u64, marked: u64, drawn: u64, x: u64) -> f64 {
    let fewest = (drawn + marked).saturating_sub(people);
    if x <= fewest {
        return 1.0;
    }
    if x > marked.min(drawn) {
        return 0.0;
    }
    let mode = (real_u64(drawn) + 1.0) * (real_u64(marked) + 1.0) / (real_u64(people) + 2.0);
    if real_u64(x) > mode {
        tail_upward(people, marked, drawn, x)
    } else {
        1.0 - tail_downward(people, marked, drawn, x - 1)
    }
}

/// `P(X = k)`: three binomial weights, none of which loses digits (Loader).
fn hypergeometric_weight(people: u64, marked: u64, drawn: u64, k: u64) -> f64 {
    let (people, marked, drawn, k) = (real_u64(people), real_u64(marked), real_u64(drawn), real_u64(k));
    let p = drawn / people;
    let q = (people - drawn) / people;
    binomial_weight(k, marked, p, q) * binomial_weight(drawn - k, people - marked, p, q)
        / binomial_weight(drawn, people, p, q)
}

fn tail_upward(people: u64, marked: u64, drawn: u64, from: u64) -> f64 {
    let mut term = hypergeometric_weight(people, marked, drawn, from);
    let mut sum = term;
    for k in from..marked.min(drawn) {
        let failures_left = people + k + 1 - marked - drawn;
        term *= real_u64(marked - k) * real_u64(drawn - k) / (real_u64(k + 1) * real_u64(failures_left));
        sum += term;
        if term < sum * 1e-18 {
            break;
        }
    }
    sum
}

fn tail_downward(people: u64, marked: u64, drawn: u64, from: u64) -> f64 {
    let fewest = (drawn + marked).saturating_sub(people);
    let mut term = hypergeometric_weight(people, marked, drawn, from);
    let mut sum = term;
    for k in (fewest + 1..=from).rev() {
        let failures = people + k - marked - drawn;
        term *= real_u64(k) * real_u64(failures) / (real_u64(marked - k + 1) * real_u64(drawn - k + 1));
        sum += term;
        if term < sum * 1e-18 {
            break;
        }
    }
    sum
}

fn check(part: u64, whole: u64) -> Result<(), Undefined> {
    if whole == 0 {
        return Err(Undefined::EmptyGroup);
    }
    if part > whole {
        return Err(Undefined::PartExceedsWhole { part, whole });
    }
    Ok(())
}

/// A share x/n whose interval is asked for: checked once, used by every interval below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    x: f64,
    n: f64,
}

impl Share {
    /// x of n.
    ///
    /// # Errors
    /// [`Undefined::EmptyGroup`] for n = 0, [`Undefined::PartExceedsWhole`] for x > n.
    pub fn new(x: u64, n: u64) -> Result<Self, Undefined> {
        check(x, n)?;
        Ok(Self {
            x: real_u64(x),
            n: real_u64(n),
        })
    }

    /// x / n.
    #[must_use]
    pub fn value(self) -> f64 {
        self.x / self.n
    }

    /// n as a real.
    #[must_use]
    pub fn n(self) -> f64 {
        self.n
    }

    /// x as a real.
    #[must_use]
    pub fn x(self) -> f64 {
        self.x
    }

    /// Wilson's score interval; exactly 0 below when x = 0 and exactly 1 above when x = n.
    ///
    /// Reference: R `prop.test(correct = FALSE)`.
    #[must_use]
    pub fn wilson(self, confidence: Confidence) -> Interval {
        let z2 = confidence.z().powi(2);
        let (p, n) = (self.value(), self.n);
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = confidence.z() / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        self.exact_at_ends(Interval::around(centre, half))
    }

    /// Wilson's interval with continuity correction (Newcombe 1998, method 4), the correction
    /// capped at `|x - n/2|` as R does.
    ///
    /// Reference: R `prop.test(correct = TRUE)`.
    #[must_use]
    pub fn wilson_corrected(self, confidence: Confidence) -> Interval {
        let z = confidence.z();
        let (p, n) = (self.value(), self.n);
        let correction = 0.5_f64.min((self.x - n / 2.0).abs()) / n;
        let z22 = z * z / (2.0 * n);
        let root = |q: f64| (q * (1.0 - q) / n + z22 / (2.0 * n)).max(0.0).sqrt();
        let (below, above) = (p - correction, p + correction);
        let interval = Interval {
            low: (below + z22 - z * root(below)) / (1.0 + 2.0 * z22),
            high: (above + z22 + z * root(above)) / (1.0 + 2.0 * z22),
        };
        self.exact_at_ends(interval)
    }

    /// Clopper and Pearson's exact binomial interval.
    ///
    /// Reference: R `binom.test`.
    #[must_use]
    pub fn clopper_pearson(self, confidence: Confidence) -> Interval {
        let (x, n, tail) = (self.x, self.n, confidence.tail());
        self.exact_at_ends(Interval {
            low: if x > 0.0 {
                beta_quantile(tail, x, n - x + 1.0)
            } else {
                0.0
            },
            high: if x < n {
                1.0 - beta_quantile(tail, n - x, x + 1.0)
            } else {
                1.0
            },
        })
    }

    /// Agresti and Coull's centre, `(x + z^2/2)/(n + z^2)`.
    #[must_use]
    pub fn agresti_coull_centre(self, confidence: Confidence) -> f64 {
        let z2 = confidence.z().powi(2);
        (self.x + z2 / 2.0) / (self.n + z2)
    }

    /// Agresti and Coull's interval. It leaves 0..1 for small x; clip it with [`Interval::within`].
    #[must_use]
    pub fn agresti_coull(self, confidence: Confidence) -> Interval {
        let n = self.n + confidence.z().powi(2);
        let p = self.agresti_coull_centre(confidence);
        Interval::around(p, confidence.z() * (p * (1.0 - p) / n).sqrt())
    }

    /// Jeffreys' equal-tailed interval, not set to 0 or 1 at the ends.
    ///
    /// Reference: statsmodels `proportion_confint(method="jeffreys")`.
    #[must_use]
    pub fn jeffreys(self, confidence: Confidence) -> Interval {
        let (x, rest, tail) = (self.x + 0.5, self.n - self.x + 0.5, confidence.tail());
        Interval {
            low: beta_quantile(tail, x, rest),
            high: 1.0 - beta_quantile(tail, rest, x),
        }
    }

    /// The plain normal interval, held within 0..1. For comparison with others; it covers badly.
    #[must_use]
    pub fn wald(self, confidence: Confidence) -> Interval {
        let p = self.value();
        Interval::around(p, confidence.z() * (p * (1.0 - p) / self.n).sqrt()).within(0.0, 1.0)
    }

    fn exact_at_ends(self, interval: Interval) -> Interval {
        Interval {
            low: if self.x <= 0.0 { 0.0 } else { interval.low.max(0.0) },
            high: if self.x >= self.n {
                1.0
            } else {
                interval.high.min(1.0)
            },
        }
    }
}
