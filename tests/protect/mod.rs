//! What may be shown.

pub mod plan;
mod primary;
mod scrub;
