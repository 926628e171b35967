//! Weights that make those who answered stand for all who were asked.
//!
//! [`mod@poststratify`] where the headcount of each cell is known, [`mod@rake`] where only margins are, [`trim`] to keep
//! single voices from weighing too much, [`kish`] for what it costs.

pub mod describe;
pub mod kish;
pub mod poststratify;
pub mod rake;
pub mod trim;

pub use describe::{WeightedDescription, describe_weighted};
pub use kish::{Kish, WARN_ABOVE};
pub use poststratify::{Cell, CellRule, Collapsed, collapse_cells, poststratify};
pub use rake::{Margin, RakeRule, Raked, rake};
