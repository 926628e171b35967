//! General sampling designs: strata, clusters in up to two stages, weights, population counts.
//!
//! A round is a stratified census and needs only [`estimate`](super::estimate). This room holds the
//! general case, for data that comes with a design of its own and as the yardstick against R's `survey`:
//! a statistic is turned into one influence value a row, and the variance of their total is taken stage
//! by stage.

pub mod calibrated;
pub mod domain;
pub mod plan;
pub mod proportion;

pub use domain::{DesignEstimate, MeanContrast, contrast, mean, total};
pub use plan::{Lonely, Plan, PlanInput};
pub use proportion::ProportionIntervals;
