//! Many rounds: the slope of the line, and whether there is one at all.
//!
//! Time is the real date, given by the caller as a number (years are readable: slopes are then
//! points a year). Rounds on both sides of a *break* never enter one trend together.

pub mod known_errors;
pub mod mann_kendall;
pub mod regression;
pub mod theil_sen;

pub use known_errors::{KnownErrorTrend, Scale, TrendPoint, known_error_trend};
pub use mann_kendall::{MannKendall, PValueKind, mann_kendall};
pub use theil_sen::{TheilSen, theil_sen};
