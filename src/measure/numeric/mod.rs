//! Numbers underneath: conversions, special functions, quantiles, root finding.
//!
//! Everything here is deterministic and total: arguments outside the domain are the caller's to
//! refuse (the rooms above return [`Undefined`](super::Undefined) for them), and are clamped here.

pub mod beta;
pub mod convert;
pub mod noncentral;
pub mod normal;
pub mod roots;
pub mod stirling;
pub mod student;

pub use beta::{beta_quantile, f_quantile, f_upper, incomplete_beta};
pub use convert::{count, real, real_u64};
pub use normal::{chi_squared_upper, normal_lower, normal_quantile, normal_upper, normal_upper_quantile};
pub use student::{t_two_sided, t_upper, t_upper_quantile};
