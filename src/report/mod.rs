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
//! | [`read`] | published results within what somebody may see |
//! | [`anchored`] | an index on the questions that a draft still asks, for those who decide about it |
//! | [`export`], [`workbook`], [`codebook`] | files of a published result |
//! | [`raw`] | single responses as a file |
//! | [`briefing`] | two printed pages as PDF |
//! | [`scorecard`] | what everybody may see, off by default |
//! | [`words`] | numbers, verdicts and methods as people read them |
//! | [`chart`] | SVG |
//!
//! Nobody computes a statistic after the seal: pages, API and files read what is stored. The one exception is [`anchored`], a mean of
//! published means, which looks ahead and is published nowhere.

pub mod anchored;
pub mod briefing;
pub mod chart;
pub mod codebook;
pub mod desk;
pub mod export;
pub mod model;
pub mod raw;
pub mod read;
pub mod scorecard;
pub mod seal;
pub mod seals;
pub mod words;
pub mod workbook;

pub use crate::measure::METHOD_VERSION;
pub use seal::{SealError, Sealed, Verification};
