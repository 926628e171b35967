//! What goes with satisfaction, and how much of it: importance of drivers.
//!
//! Relative weights share out R^2 among predictors that overlap. They say nothing about cause, and the
//! page says so. All functions take complete rows. [`fn@importance`] is what a result publishes: it centres scores within
//! agencies, or differences between agencies would pass for importance; the others take scores as they are
//! ([`centre_within`] first).

pub mod importance;
pub mod johnson;
pub mod lmg;
pub mod regression;

pub use importance::{DriverImportance, DriverSample, Importance, Rule, importance};
pub use johnson::relative_weights;
pub use lmg::{Lmg, lmg};
pub use regression::{Driver, DriverRegression, DriverTable, driver_regression};

use crate::measure::numeric::{count, real};
use crate::measure::undefined::Undefined;

/// Each value minus the mean of its group: what is left when the groups differ in nothing.
///
/// # Errors
/// [`Undefined::UnequalLengths`], [`Undefined::NotFinite`].
pub fn centre_within(values: &[f64], group: &[usize]) -> Result<Vec<f64>, Undefined> {
    if values.len() != group.len() {
        return Err(Undefined::UnequalLengths {
            left: count(values.len()),
            right: count(group.len()),
        });
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let mut sums: std::collections::BTreeMap<usize, (f64, usize)> = Default::default();
    for (value, group) in values.iter().zip(group) {
        let sum = sums.entry(*group).or_default();
        *sum = (sum.0 + value, sum.1 + 1);
    }
    let mean = |group: &usize| sums.get(group).map_or(0.0, |(sum, n)| sum / real(*n));
    Ok(values
        .iter()
        .zip(group)
        .map(|(value, group)| value - mean(group))
        .collect())
}
