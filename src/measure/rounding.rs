//! Rounding, which happens once and last.

/// A value rounded to `decimals` places for a page, halves away from zero.
#[must_use]
pub fn rounded(value: f64, decimals: u32) -> f64 {
    let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
    (value * scale).round() / scale
}

/// A difference rounded from *unrounded* values: 52.952 and 58.495 are shown as 53 and 58, and
/// their difference as -6 (UK Civil Service People Survey technical guide 2014).
#[must_use]
pub fn rounded_difference(after: f64, before: f64, decimals: u32) -> f64 {
    rounded(after - before, decimals)
}
