//! Small groups borrow strength from all: the "stabilised" view, never the headline.
//!
//! Each agency's own figure is drawn towards the line (or the mean) of all agencies, the more the less
//! certain it is. Where the agencies differ no more than their errors allow, they are not
//! distinguishable, and everyone takes the common value.

pub mod fay_herriot;
pub mod reml;
pub mod shrinkage;

pub use fay_herriot::{FayHerriot, LEAST_AGENCIES, fay_herriot};
pub use shrinkage::{RandomEffects, Stabilised, random_effects};
