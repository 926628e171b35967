//! Every formula of Rapport, and nothing else: no I/O, no clock, no survey files (pure).
//!
//! The way through: [`scoring`] says what a person's answers are worth; [`tally`] adds that up, exactly, for groups; [`estimate`] and [`proportion`] give
//! the level of a group with its interval; [`state`] the two figures of the whole; [`change`] compares two
//! rounds; [`trend`] many; [`ranking`] agencies. Around them stand [`descriptives`], [`quantile`], [`correlation`], [`reliability`], [`weights`],
//! [`drivers`], the stabilised view of [`smallarea`], the forecast of a round's [`turnout`](mod@turnout), general sampling designs ([`design`]) and the [`bootstrap`].
//! [`published`] reads figures that others computed.
//!
//! Three habits hold everywhere:
//!
//! - Plain slices and small structs come in, so that anything can be measured with it.
//! - What does not exist is an [`Undefined`] with words for the page; no function returns NaN or infinity.
//! - Each function names its formula, its units, its edge cases and the reference implementation
//!   it is checked against (`tests/golden`).

pub mod bootstrap;
pub mod change;
pub mod correlation;
pub mod descriptives;
pub mod design;
pub mod drivers;
pub mod estimate;
pub mod interval;
pub mod method;
pub mod numeric;
pub mod parallel;
pub mod proportion;
pub mod published;
pub mod quantile;
pub mod ranking;
pub mod reliability;
pub mod rounding;
pub mod scoring;
pub mod smallarea;
pub mod state;
pub mod tally;
pub mod trend;
pub mod turnout;
mod undefined;
pub mod weights;
pub mod wide;

pub use interval::{Confidence, Interval};
pub use method::{METHOD_VERSION, Method};
pub use undefined::{DesignFault, Undefined};
