//! Exact summaries of scores: whole numbers that may be added up in any order.
//!
//! An index is a mean of means of a few answers, so every score that a form can produce is a multiple of one small
//! fraction of the scale: a trust index of three dimensions with three five-point items moves in 144ths. [`Scorer`]
//! finds that fraction (the [`Grain`]), turns answers into whole **steps** of it by lookup tables, and a [`Tally`]
//! adds up counts, steps and squares of steps in integers. Nothing is rounded before the last division. So
//!
//! - the order of respondents and the split over threads or files cannot change a bit of any figure;
//! - tallies of agencies add up to that of their cluster or of the state ([`Tally::merge`]);
//! - a few numbers stand for a million respondents in every estimate, change and ranking.
//!
//! The way through: [`Scorer::new`] from an [`IndexForm`](crate::measure::scoring::IndexForm);
//! [`tally_groups`] over whole columns, or [`Scorer::read`] and [`Tally::add`] person by person; then
//! [`Tally::moments`], [`Tally::standings`], [`Tally::sample`] (for Welch), and
//! [`group_mean`](crate::measure::estimate::group_mean),
//! [`stratified_mean`](crate::measure::estimate::stratified_mean) and
//! [`poststratified_mean`](crate::measure::estimate::poststratified_mean), which take tallies and lists alike.
//!
//! A form whose fraction would be absurdly small (a dimension of twenty items of which ten to twenty may be
//! answered) is scored in floating point, person by person, and each score is rounded to a billionth of the scale. Order
//! and split still cannot matter; a mean is then good to 0.000 000 1 points, and [`Grain::is_exact`] says so.

mod answers;
mod block;
mod columns;
mod grain;
mod groups;
mod scorer;
mod sums;
mod weighted;

pub use answers::count_answers;
pub use columns::{Columns, UnevenRecords};
pub use grain::Grain;
pub use groups::{Grouping, tally_groups};
pub use scorer::{Scored, Scorer};
pub use sums::Tally;
pub use weighted::{WeightedTally, weigh_groups};
