//! Results: sealed by hand-computed cases, shown within a scope, withheld on every way out.

mod beside;
mod chart;
mod cuts;
mod fixture;
mod files;
mod history;
mod offices;
mod out;
mod seal;
mod while_sealing;
