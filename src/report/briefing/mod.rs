//! A briefing on paper: two A4 pages, as an accessible PDF made here, without a browser and without a font of the
//! system.
//!
//! [`Briefing`] is what stands on it, in the reader's words; `layout` breaks it into lines and pages; `press` writes the
//! file (PDF/UA-1: tagged headings, paragraphs, tables and figures, outline, language, embedded font).

mod layout;
mod press;

pub use press::{PressError, pdf};

use super::chart::Picture;

/// What stands on a briefing.
#[derive(Debug, Clone, Default)]
pub struct Briefing {
    /// The first heading, and the title of the file.
    pub title: String,
    /// Below it, in smaller type.
    pub subtitle: String,
    /// `en` or `es`.
    pub language: String,
    /// In reading order.
    pub blocks: Vec<Block>,
    /// At the foot of each page.
    pub footer: String,
}

/// A part of a briefing.
#[derive(Debug, Clone)]
pub enum Block {
    /// A heading of the second level.
    Heading(String),
    /// Running text.
    Paragraph(String),
    /// Large figures side by side, at most three.
    Figures(Vec<LargeFigure>),
    /// A chart over the whole width.
    Chart(Box<Picture>),
    /// A table; the first column is wide and heads its row.
    Table {
        /// The headings of the columns.
        head: Vec<String>,
        /// As many cells as headings.
        rows: Vec<Vec<String>>,
        /// The widths of columns, in any unit.
        widths: Vec<f64>,
    },
    /// Points, one below the other.
    List(Vec<String>),
    /// What follows begins on a new page.
    PageBreak,
}

/// A figure that is read from afar.
#[derive(Debug, Clone, Default)]
pub struct LargeFigure {
    /// What it is.
    pub label: String,
    /// The figure.
    pub value: String,
    /// Beside it, in small type: interval, n, change.
    pub detail: String,
}
