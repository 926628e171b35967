//! Results: sealed by hand-computed cases, shown within a scope, withheld on every way out.

mod beside;
mod chart;
mod cuts;
mod disclosure;
pub mod fixture;
mod history;
mod offices;
mod out;
mod raw;
mod seal;
mod while_sealing;
