//! Results: sealed by hand-computed cases, shown within a scope, withheld on every way out.

mod beside;
mod chart;
mod comments;
mod cuts;
mod disclosure;
mod files;
pub mod fixture;
mod history;
mod kept;
mod nearly_same;
mod nearly_same_cuts;
mod offices;
mod out;
mod portions;
mod raw;
mod seal;
mod since;
mod while_sealing;
mod withheld;
