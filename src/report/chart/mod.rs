//! Charts, written on the server: no script, no library in the browser.
//!
//! What every chart here keeps to:
//! - **Accessible**: `role="img"` with a `<title>` and a `<desc>` that say in words what the picture shows, real
//!   `<text>`, and never colour alone (a second line is dashed and has square marks). A data table stands beside each
//!   chart; that is the page's duty. Charts within a table's cells are decoration and hidden from screen readers.
//! - **Readable at every width**: places along the width are shares of it, text and strokes have fixed sizes. So letters
//!   are as large on a phone as on a desk; dates thin out by themselves.
//! - **Honest**: the axis spans at least 20 points ([`TrendChart::axis`] lets the page say where it starts); a break in
//!   comparability is a gap with a mark; figures taken over from elsewhere are hollow and have no interval.
//! - **Themed from outside**: classes only, no colours and no inline style (the content security policy forbids
//!   them), so that dark mode and print belong to the stylesheet. Files that stand alone have their ink from `style`.
//! - **Reproducible**: ids come from the caller's `id`, numbers have fixed digits; the same input gives the same bytes.
//!
//! A chart is plain numbers and texts (in the reader's language) -> [`Picture`] -> [`Picture::inline`] on a page,
//! [`Picture::file`] as SVG, [`png`](fn@png), or any [`Canvas`].

mod axis;
mod bars;
mod canvas;
mod dots;
mod font;
mod heat;
mod picture;
mod png;
mod quadrant;
mod spark;
mod style;
mod svg;
mod trend;

pub use bars::{AnswersBar, IntervalBar, Slice};
pub use canvas::{Anchor, Canvas};
pub use dots::{Dot, DotPlot, DotRow};
pub use font::Face;
pub use heat::{HEAT_BOUNDS, HeatMap, heat_class};
pub use picture::{FILE_WIDTH, Picture};
pub use png::png;
pub use quadrant::{Quadrant, QuadrantMark};
pub use spark::Sparkline;
pub use style::{Colour, Ink, RIM};
pub use trend::{Line, Mark, PastPoint, Point, TrendChart};
