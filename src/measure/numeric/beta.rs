//! The incomplete beta function, its quantile, and the F distribution on top of it.
//!
//! `statrs::function::beta::beta_reg` stops after 140 terms and takes its factor from differences
//! of `ln_gamma`; with the counts of a whole state (tens of thousands) neither is good to 1e-9. This one
//! runs the same continued fraction to convergence behind Loader's factor, and takes x *and* 1 - x
//! so that both tails keep their digits.

use super::roots;
use super::stirling::binomial_weight;

/// The regularised incomplete beta function `I_x(a, b)` for a, b > 0, and `y = 1 - x`. NaN in, NaN out.
///
/// Lentz's continued fraction (DLMF 8.17.22), on the side where it converges fast.
#[must_use]
pub fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        1.0 - tail(b, a, y, x)
    } else {
        tail(a, b, x, y)
    }
}

/// `I_x(a, b)` by the continued fraction, for x at or below its turning point.
fn tail(a: f64, b: f64, x: f64, y: f64) -> f64 {
    // x^a y^b / (a B(a, b)) = weight * b / (a + b)
    let factor = binomial_weight(a, a + b, x, y) * b / (a + b);
    factor * continued_fraction(a, b, x)
}

fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for step in 1..100_000_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let change = d * c;
        h *= change;
        if (change - 1.0).abs() < 3e-16 || !change.is_finite() {
            break;
        }
    }
    h
}

/// The x with `I_x(a, b) = p`, for a, b > 0. 0 and 1 at the ends of p.
#[must_use]
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    roots::increasing(0.0, 1.0, |x| incomplete_beta(a, b, x, 1.0 - x) - p)
}

/// `P(F > f)` for an F with `d1` and `d2` degrees of freedom.
#[must_use]
pub fn f_upper(f: f64, d1: f64, d2: f64) -> f64 {
    if f <= 0.0 {
        return 1.0;
    }
    let scale = d2 + d1 * f;
    incomplete_beta(d2 / 2.0, d1 / 2.0, d2 / scale, d1 * f / scale)
}

/// The f with `P(F <= f) = p`, for 0 < p < 1.
#[must_use]
pub fn f_quantile(p: f64, d1: f64, d2: f64) -> f64 {
    // Solved in the smaller tail's own variable, so that 1 - x is never formed from x near 1.
    let upper = beta_quantile(1.0 - p, d2 / 2.0, d1 / 2.0);
    if upper > 0.5 {
        let lower = beta_quantile(p, d1 / 2.0, d2 / 2.0);
        return d2 * lower / (d1 * (1.0 - lower));
    }
    d2 * (1.0 - upper) / (d1 * upper)
}
