//! What may be shown of a result (pure).
//!
//! [`Thresholds`] are part of a round's promise. [`Protected`] is the only form in which a figure leaves
//! towards a page, a chart, the API or a file: it is made by this room alone, from the figure *and* the
//! number of people behind it, and there is no other way to make one. [`shares`] codes the tails of
//! distributions, [`remainder`] withholds what could be had by subtraction, [`counts`] floors what an open round
//! shows.
//!
//! This is primary suppression with the remainder rule over one level. The full plan over all cells
//! of a round and its audit take the same types.

pub mod counts;
pub mod figure;
pub mod mean;
pub mod plan;
pub mod remainder;
pub mod shares;
pub mod thresholds;

pub use counts::{OpenCount, open_count};
pub use figure::{Protected, Reason, View, protect, withhold};
pub use mean::protect_mean;
pub use plan::Plan;
pub use remainder::{Part, withhold_remainders};
pub use shares::{Bar, Distribution, protect_answers, protect_standings};
pub use thresholds::{BadThresholds, Thresholds};
