//! Do the items of an index measure one thing? And may groups be compared by it at all?

pub mod agreement;
pub mod alpha;
pub mod covariance;
pub mod items;
pub mod omega;
mod products;

pub use alpha::{
    Alpha, alpha_of_covariance, alpha_standard_error, cronbach_alpha, feldt_interval, resampled_alpha,
};
pub use covariance::{Columns, Missing};
pub use items::{ItemSums, Reliability, item_sums};
