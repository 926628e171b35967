//! Where a function crosses zero.

/// The crossing of an increasing function on `[low, high]`, to the last bits: Chandrupatla's
/// method (bisection made faster by inverse quadratic interpolation where that is safe).
///
/// When the function does not change sign on the interval, the nearer end is returned; NaN where the
/// function has no value.
///
/// Source: T. R. Chandrupatla, *Advances in Engineering Software* 28 (1997).
#[must_use]
pub fn increasing(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut b, mut a) = (low, high);
    let (mut fb, mut fa) = (f(b), f(a));
    if fb >= 0.0 {
        return b;
    }
    if fa <= 0.0 {
        return a;
    }
    if fa.is_nan() || fb.is_nan() {
        return f64::NAN;
    }
    let mut share = 0.5;
    for _ in 0..400 {
        let x = a + share * (b - a);
        let fx = f(x);
        let (c, fc);
        if (fx > 0.0) == (fa > 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, fc) = (b, fb);
            (b, fb) = (a, fa);
        }
        (a, fa) = (x, fx);
        let (best, fbest) = if fa.abs() < fb.abs() { (a, fa) } else { (b, fb) };
        let limit = (2.0 * f64::EPSILON * best.abs() + f64::MIN_POSITIVE) / (b - a).abs();
        if fbest == 0.0 || limit > 0.5 {
            return best;
        }
        let xi = (a - b) / (c - b);
        let phi = (fa - fb) / (fc - fb);
        share = if phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi {
            fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        } else {
            0.5
        };
        share = share.clamp(limit, 1.0 - limit);
    }
    a
}
