//! Where time comes from. Everything else gets it as a parameter, so that a test, the demo or an auditor
//! can say what "now" is.

use jiff::Timestamp;

/// The present instant.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the clock"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
