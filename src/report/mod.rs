//! Results: how they are sealed, what they say, and how they are shown.
//!
//! ```text
//! closed round -> seal (one batch over immutable input) -> document + protected figures, stored
//!     -> read (within a scope) -> pages, charts, API, files
//! ```
//!
//! | file | meaning |
//! | --- | --- |
//! | [`model`] | what a result says: figures by unit and subject, and the document of what they were made of |
//! | [`mod@seal`] | computing and storing a result once, making it again to compare, correcting it |
//! | [`desk`] | reading, computing, storing and recording a seal, as people do it |
//! | [`seals`] | seals under way in this process |
//! | [`forms`] | how the indices of a survey are scored |
//! | [`read`] | published results within what somebody may see |
//! | [`since`] | single questions since an earlier result, read off two of them |
//! | [`year`] | indices since a year ago, read off the points of a trend |
//! | [`anchored`] | an index on the questions that a draft still asks, for those who decide about it |
//! | [`export`], [`workbook`], [`codebook`] | files of a published result |
//! | [`portions`] | a result a unit at a time, for files of any size |
//! | [`raw`] | single responses as a file |
//! | [`briefing`] | two printed pages as PDF |
//! | [`scorecard`] | what everybody may see, off by default |
//! | [`words`] | numbers, verdicts and methods as people read them |
//! | [`chart`] | SVG |
//!
//! Pages, API and files read what is stored and compute no statistic; the exceptions are [`since`] and [`year`], tests of two stored
//! figures, and [`anchored`], a mean of published means that looks ahead and is published nowhere.

pub mod anchored;
pub mod briefing;
pub mod chart;
pub mod codebook;
pub mod comments;
pub mod desk;
pub mod export;
pub mod forms;
pub mod model;
pub mod portions;
pub mod raw;
pub mod read;
pub mod scorecard;
pub mod seal;
pub mod seals;
pub mod since;
pub mod words;
pub mod workbook;
pub mod year;

pub use crate::measure::METHOD_VERSION;
pub use seal::{SealError, Sealed, Verification};
