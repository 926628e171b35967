//! What may be shown.

mod plan;
mod primary;
