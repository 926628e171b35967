//! Results: sealed by hand-computed cases, shown within a scope, withheld on every way out.

mod chart;
pub mod fixture;
mod history;
mod out;
mod raw;
mod seal;
