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
//! | [`seal`] | computing and storing a result once, making it again to compare, correcting it |
//! | [`chart`] | SVG |
//!
//! Nobody computes a statistic after the seal: pages, API and files read what is stored.

pub mod chart;
pub mod model;
pub mod seal;

pub use seal::{SealError, Sealed, Verification, reseal, seal, verify};
