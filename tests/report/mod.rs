//! Results: sealed by hand-computed cases, shown within a scope, withheld on every way out.

mod chart;
mod disclosure;
mod fixture;
mod history;
mod out;
mod seal;
