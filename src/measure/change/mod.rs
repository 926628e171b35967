//! From one round to the next: did it change, by how much, and could we have seen it?
//!
//! A change is a statement about the process behind the answers, so the finite population correction
//! does not enter it: with a complete count every wobble would be "significant". Rounds of an
//! anonymous audience are not linked; leaving the covariance out is conservative when the same
//! people keep answering.

pub mod adjust;
pub mod detectable;
pub mod effect;
pub mod paired;
pub mod proportions;
pub mod ranks;
pub mod verdict;
pub mod welch;

pub use adjust::{Adjustment, adjust};
pub use detectable::minimum_detectable_change;
pub use proportions::{Comparison, newcombe};
pub use verdict::{Verdict, VerdictRule};
pub use welch::{MeanDifference, Sample, student, welch};
