//! What may be shown of a result (pure).
//!
//! [`Thresholds`] are part of a round's promise. [`Protected`] is the only form in which a figure leaves towards a page, a chart,
//! the API or a file. A [`Plan`] alone makes one: it decides about all cells of a round together, from the people behind
//! them, and audits what everything shown could still give away; see [`mod@plan`]. [`shares`] codes the tails of distributions,
//! [`group`] has the rules about one group by itself, [`remainder`] that of a list whose total is known, [`counts`] floors what an open round shows.

pub mod comment;
pub mod counts;
pub mod figure;
pub mod group;
pub mod names;
pub mod plan;
pub mod remainder;
pub mod rounds;
mod scrub;
pub mod shares;
pub mod thresholds;

pub use comment::{NotARedaction, Released, Scrubbed, TooFew, release, scrub};
pub use counts::{OpenCount, open_count};
pub use figure::{Protected, View};
pub use group::{may_show_group, may_show_part};
pub use names::Names;
pub use plan::Plan;
pub use remainder::{Part, withhold_remainders};
pub use scrub::{Found, Kind, MARK, Removed, found};
pub use shares::{Bar, Distribution, coded_answers, coded_standings};
pub use thresholds::{BadThresholds, Thresholds};
