//! The measurement engine: worked examples, invariances, coverage, bad input.

mod bad_input;
mod comparing;
mod coverage;
mod invariances;
mod kernels;
mod numeric;
mod tally;
mod worked_examples;

/// Equal to within a stated absolute distance.
#[track_caller]
pub fn assert_close(actual: f64, expected: f64, within: f64) {
    assert!(
        (actual - expected).abs() <= within,
        "{actual} is not within {within} of {expected}"
    );
}
