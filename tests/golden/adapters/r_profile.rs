//! How R reads an interval off a likelihood profile.
//!
//! R's `survey` evaluates the profile at about a dozen points, lays a spline through them, evaluates
//! the spline at three times as many, and interpolates linearly between those. The engine solves the
//! likelihood itself, which differs by up to 0.3 % near 0 and 1; so that its *likelihood* is compared and
//! not R's reading, the golden figures are held against the engine's profile read in R's way.

use nalgebra::{DMatrix, DVector};
use rapport::measure::Interval;
use rapport::measure::design::ProportionIntervals;
use rapport::measure::numeric::{normal_upper, real, t_upper_quantile};

/// A profile: positions on the logit scale and signed roots, both rising.
struct Profile {
    logit: Vec<f64>,
    root: Vec<f64>,
}

fn share(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// The interval at `-+limit` as R would read it; `p` the estimate, `se` its standard error over n rows.
pub fn likelihood(all: &ProportionIntervals, p: f64, se: f64, n: f64) -> Interval {
    let limit = all.likelihood_limit();
    let profile = profile(all, p, se, n, limit);
    let (places, values) = profile.spline(3 * profile.logit.len());
    Interval {
        low: share(read(&places, &values, -limit)),
        high: share(read(&places, &values, limit)),
    }
}

/// Steps outward until the root passes a limit of its own, ten steps at most.
fn profile(all: &ProportionIntervals, p: f64, se: f64, n: f64, limit: f64) -> Profile {
    let centre = (p / (1.0 - p)).ln();
    let alpha = normal_upper(limit) / 2.0;
    let far = t_upper_quantile(alpha / 2.0, n - 1.0);
    let step = far / 5.0 * se / (p * (1.0 - p));
    let mut points = vec![(centre, 0.0)];
    for sign in [-1.0, 1.0] {
        let mut root = 0.0_f64;
        for at in 1..10 {
            if root.abs() >= far {
                break;
            }
            let logit = centre + sign * f64::from(at) * step;
            root = all.likelihood_root(share(logit));
            points.push((logit, root));
        }
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (logit, root) = points.into_iter().unzip();
    Profile { logit, root }
}

impl Profile {
    /// The cubic spline at equally spaced places; at both ends its third derivative is that of the
    /// cubic through the outer four points.
    fn spline(&self, places: usize) -> (Vec<f64>, Vec<f64>) {
        let (x, y) = (&self.logit, &self.root);
        let n = x.len();
        let bend = self.second_derivatives();
        let first = x[0];
        let spacing = (x[n - 1] - first) / (real(places) - 1.0);
        let at = |place: f64| {
            let i = x.iter().rposition(|own| *own <= place).unwrap_or(0).min(n - 2);
            let h = x[i + 1] - x[i];
            let (a, b) = ((x[i + 1] - place) / h, (place - x[i]) / h);
            a * y[i]
                + b * y[i + 1]
                + ((a.powi(3) - a) * bend[i] + (b.powi(3) - b) * bend[i + 1]) * h * h / 6.0
        };
        let x: Vec<f64> = (0..places).map(|i| first + spacing * real(i)).collect();
        let y = x.iter().map(|place| at(*place)).collect();
        (x, y)
    }

    fn second_derivatives(&self) -> DVector<f64> {
        let (x, y) = (&self.logit, &self.root);
        let n = x.len();
        let mut left = DMatrix::zeros(n, n);
        let mut right = DVector::zeros(n);
        for i in 1..n - 1 {
            let (h, k) = (x[i] - x[i - 1], x[i + 1] - x[i]);
            left[(i, i - 1)] = h;
            left[(i, i)] = 2.0 * (h + k);
            left[(i, i + 1)] = k;
            right[i] = 6.0 * ((y[i + 1] - y[i]) / k - (y[i] - y[i - 1]) / h);
        }
        for (row, i) in [(0, 0), (n - 1, n - 4)] {
            let (from, to) = if row == 0 { (0, 1) } else { (n - 2, n - 1) };
            left[(row, from)] = -1.0;
            left[(row, to)] = 1.0;
            right[row] = 6.0 * third_difference(&x[i..i + 4], &y[i..i + 4]) * (x[to] - x[from]);
        }
        left.lu().solve(&right).unwrap()
    }
}

/// The leading coefficient of the cubic through four points.
fn third_difference(x: &[f64], y: &[f64]) -> f64 {
    (0..4)
        .map(|i| {
            let others = (0..4).filter(|j| *j != i).map(|j| x[i] - x[j]);
            y[i] / others.product::<f64>()
        })
        .sum()
}

/// Where the values pass `target`, linearly between places.
fn read(places: &[f64], values: &[f64], target: f64) -> f64 {
    let above = values.iter().position(|value| *value >= target).unwrap();
    let share = (target - values[above - 1]) / (values[above] - values[above - 1]);
    places[above - 1] + share * (places[above] - places[above - 1])
}
