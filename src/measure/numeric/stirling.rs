//! Binomial and Poisson weights that keep their digits when the counts are large.
//!
//! `ln C(n, x) + x ln p + (n - x) ln q` loses one digit for every ten-fold growth of n, because it
//! is a small difference of large logarithms. Loader's form computes that difference directly from
//! the error of Stirling's formula and from deviances.
//!
//! Source: C. Loader, *Fast and accurate computation of binomial probabilities* (2000).

use std::f64::consts::PI;

/// Coefficients 1/12, 1/360, ... of the series of Stirling's error.
const SERIES: [f64; 8] = [
    1.0 / 12.0,
    1.0 / 360.0,
    1.0 / 1260.0,
    1.0 / 1680.0,
    1.0 / 1188.0,
    691.0 / 360_360.0,
    1.0 / 156.0,
    3617.0 / 122_400.0,
];

/// `ln n! - [(n + 1/2) ln n - n + ln(2 pi)/2]` for real n > 0: the error of Stirling's formula.
#[must_use]
pub fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        // n! ~ : walk up to where the series is exact, one factor at a time.
        let mut low = n;
        let mut correction = 0.0;
        while low < 16.0 {
            // error(n) - error(n+1) = (n + 1/2) ln((n+1)/n) - 1
            correction += (low + 0.5) * libm::log1p(1.0 / low) - 1.0;
            low += 1.0;
        }
        return correction + stirling_error(low);
    }
    let inverse_square = 1.0 / (n * n);
    SERIES
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| coefficient - sum * inverse_square)
        / n
}

/// `x ln(x/m) + m - x`, the deviance of x from m; both positive.
#[must_use]
pub fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if difference.abs() < 0.1 * (x + m) {
        let v = difference / (x + m);
        let mut sum = difference * v;
        let mut power = 2.0 * x * v;
        let mut divisor = 1.0;
        for _ in 0..1000 {
            power *= v * v;
            divisor += 2.0;
            let next = sum + power / divisor;
            if next == sum {
                break;
            }
            sum = next;
        }
        return sum;
    }
    x * libm::log(x / m) + m - x
}

/// The binomial weight `Gamma(n+1)/(Gamma(x+1) Gamma(n-x+1)) p^x q^(n-x)` for real 0 <= x <= n,
/// with `q = 1 - p` passed on its own so that neither tail loses digits.
#[must_use]
pub fn binomial_weight(x: f64, n: f64, p: f64, q: f64) -> f64 {
    if p <= 0.0 {
        return if x == 0.0 { 1.0 } else { 0.0 };
    }
    if q <= 0.0 {
        return if x == n { 1.0 } else { 0.0 };
    }
    let y = n - x;
    if x <= 0.0 {
        return libm::exp(if p < 0.1 {
            n * libm::log1p(-p)
        } else {
            n * libm::log(q)
        });
    }
    if y <= 0.0 {
        return libm::exp(if q < 0.1 {
            n * libm::log1p(-q)
        } else {
            n * libm::log(p)
        });
    }
    let exponent =
        stirling_error(n) - stirling_error(x) - stirling_error(y) - deviance(x, n * p) - deviance(y, n * q);
    libm::exp(exponent) * (n / (2.0 * PI * x * y)).sqrt()
}

/// The Poisson weight `m^x e^-m / Gamma(x+1)` for real x >= 0 and a mean m > 0.
#[must_use]
pub fn poisson_weight(x: f64, m: f64) -> f64 {
    if x <= 0.0 {
        return libm::exp(-m);
    }
    libm::exp(-stirling_error(x) - deviance(x, m)) / (2.0 * PI * x).sqrt()
}

/// `ln Gamma(a + 1/2) - ln Gamma(a)` for a > 0, without the cancellation at large a.
#[must_use]
pub fn ln_gamma_half_step(a: f64) -> f64 {
    if a < 50.0 {
        return libm::lgamma(a + 0.5) - libm::lgamma(a);
    }
    // Gamma(z + 1) = z^(z + 1/2) e^(-z) sqrt(2 pi) e^error(z), at z = a - 1/2 and z = a - 1.
    let (high, low) = (a - 0.5, a - 1.0);
    (high + 0.5) * libm::log(high) - (low + 0.5) * libm::log(low) - 0.5 + stirling_error(high)
        - stirling_error(low)
}
