//! The noncentral t distribution, for the interval of a standardised difference.

use super::beta::incomplete_beta;
use super::normal::normal_lower;

/// `P(T <= t)` of a noncentral t with `df` degrees of freedom and noncentrality `shift`.
///
/// Mixture of incomplete beta functions with Poisson weights (Lenth 1989, AS 243), summed outward
/// from the largest weight so that a large noncentrality does not underflow. Good to about 1e-12
/// absolute; the tails beyond that are of no use to an interval.
#[must_use]
pub fn noncentral_t_lower(t: f64, df: f64, shift: f64) -> f64 {
    if t < 0.0 {
        return 1.0 - noncentral_t_lower(-t, df, -shift);
    }
    let base = normal_lower(-shift);
    let square = t * t;
    if square == 0.0 {
        return base;
    }
    let (x, y) = (square / (square + df), df / (square + df));
    let half = shift * shift / 2.0;
    if half == 0.0 {
        return base + 0.5 * incomplete_beta(0.5, df / 2.0, x, y);
    }
    (base + 0.5 * mixture(x, y, df, half, shift)).clamp(0.0, 1.0)
}

/// `sum_j p_j I_x(j + 1/2, df/2) + q_j I_x(j + 1, df/2)`.
fn mixture(x: f64, y: f64, df: f64, half: f64, shift: f64) -> f64 {
    let term = |j: f64| {
        let poisson = libm::exp(-half + j * libm::log(half) - libm::lgamma(j + 1.0));
        let odd = shift / 2.0_f64.sqrt() * libm::exp(-half + j * libm::log(half) - libm::lgamma(j + 1.5));
        poisson * incomplete_beta(j + 0.5, df / 2.0, x, y) + odd * incomplete_beta(j + 1.0, df / 2.0, x, y)
    };
    let centre = half.floor();
    // Ten standard deviations of the Poisson weights hold all but 1e-22 of them.
    let reach = 20.0 + 10.0 * half.sqrt();
    let mut sum = 0.0;
    let mut j = (centre - reach).max(0.0);
    while j <= centre + reach {
        sum += term(j);
        j += 1.0;
    }
    sum
}
