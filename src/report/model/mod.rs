//! What a sealed result says: one [`Figure`] for each audience, [`Unit`], [`Cut`] and [`Subject`], and one
//! [`Document`] that says what it was made of.
//!
//! These types are also the stored form (JSON in the tables `seals` and `figures`), the form of the API
//! and the input of every page. Whether a figure may be shown at all is not for them to say: outside of
//! `protect` a figure exists only as [`Protected`], and what is withheld is not in there.
//!
//! All scores run from 0 to 100, shares of answers are in per cent, rates from 0 to 1; nothing is rounded: rounding is the last step,
//! done by whoever shows it.

mod change;
mod cut;
mod document;
mod drivers;
mod figure;
mod standing;
mod subject;
mod trend;
mod unit;

pub use crate::measure::change::Verdict;
pub use change::{Before, Change, ChangeTest, FavourableChange, NoChange, TestedChange};
pub use cut::Cut;
pub use document::{Document, DocumentAudience, DocumentUnit, Family, PastRound, Replaced};
pub use drivers::{Driver, Drivers};
pub use figure::{
    Bar, CompleteCases, Distribution, Figure, Interval, IntervalKind, Measured, NumberSummary, OptionShare,
    Points, Protected, Reliability, Score, Warning,
};
pub use standing::{Agreement, Rank, Ranking, Stabilisation, Stabilised};
pub use subject::Subject;
pub use trend::{Break, Segment, Slope, Trend, TrendPoint, TrendTest};
pub use unit::{BadKey, Unit};
