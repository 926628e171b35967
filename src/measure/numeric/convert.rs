//! Between counts and reals, in one place, since `as` is not allowed elsewhere.

/// A count as a real. Exact below 2^53, far above any head count.
#[must_use]
#[expect(
    clippy::as_conversions,
    reason = "std has no From<usize> for f64; exact below 2^53"
)]
pub fn real(count: usize) -> f64 {
    count as f64
}

/// A stored count as a real. Exact below 2^53.
#[must_use]
#[expect(
    clippy::as_conversions,
    reason = "std has no From<u64> for f64; exact below 2^53"
)]
pub fn real_u64(count: u64) -> f64 {
    count as f64
}

/// A sum of squares as a real, rounded to the nearest.
#[must_use]
#[expect(
    clippy::as_conversions,
    reason = "std has no From<u128> for f64; rounds once, to nearest"
)]
pub fn real_u128(sum: u128) -> f64 {
    sum as f64
}

/// The length of a slice as a count that is the same on every machine.
#[must_use]
pub fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The whole part of a real that is known to be a position: negative and NaN give 0.
#[must_use]
#[expect(
    clippy::as_conversions,
    reason = "float-to-int `as` saturates, which is what a position wants"
)]
pub fn position(value: f64) -> usize {
    value as usize
}
