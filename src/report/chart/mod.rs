//! Charts as SVG text, written on the server: no script, no font, no library in the browser.
//!
//! What every chart here keeps to:
//! - **Accessible**: `role="img"` with a `<title>` and a `<desc>` that say in words what the picture shows, real
//!   `<text>`, and never colour alone (a second line is dashed and has square marks). A data table stands beside each
//!   chart; that is the page's duty.
//! - **Honest**: the axis spans at least 20 points and says so when it does not start at 0; a break in comparability is a
//!   gap with a mark; figures taken over from elsewhere are hollow and have no interval.
//! - **Themed from outside**: classes only, no colours and no inline style (the content security policy forbids
//!   them), so that dark mode and print belong to the stylesheet.
//! - **Reproducible**: ids come from the caller's `id`, numbers have fixed digits; the same input gives the same bytes.

mod axis;
mod bars;
mod spark;
mod svg;
mod trend;

pub use bars::{DistributionBar, IntervalBar, Slice};
pub use spark::Sparkline;
pub use trend::{Break, Line, PastPoint, Point, TrendChart};
