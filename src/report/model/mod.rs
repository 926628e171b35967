//! What a sealed result says: one [`Figure`] for each audience, [`Unit`] and [`Subject`], and one
//! [`Document`] that says what it was made of.
//!
//! These types are also the stored form (JSON in the tables `seals` and `figures`), the form of the API
//! and the input of every page. Whether a figure may be shown at all is not for them to say: outside of
//! `protect` a figure exists only as [`Protected`], and what is withheld is not in there.
//!
//! All scores run from 0 to 100, shares of answers are in per cent, rates from 0 to 1; nothing is rounded: rounding is the last step,
//! done by whoever shows it.

mod change;
mod document;
mod figure;
mod trend;
mod unit;

pub use crate::measure::change::Verdict;
pub use change::{Before, Change, NoChange, TestedChange};
pub use document::{Document, DocumentAudience, DocumentUnit, Family, PastRound, Replaced};
pub use figure::{
    Bar, CompleteCases, Distribution, Figure, Interval, IntervalKind, Measured, OptionShare, Points,
    Protected, Score, Warning,
};
pub use trend::{Break, Segment, Slope, Trend, TrendPoint, TrendTest};
pub use unit::{BadKey, Subject, Unit};
