//! Files of a published result: one row a figure, the same columns for ever (new ones are added at the end).
//!
//! A withheld figure is a row with its key, `withheld` and nothing else. Cells that a spreadsheet would take for a
//! formula get an apostrophe in front ([`harmless`](crate::table::harmless)): agencies' names come from outside.
//!
//! | file | meaning |
//! | --- | --- |
//! | [`row`](mod@row) | a row, and the rows of a figure |
//! | [`text`] | rows as CSV and JSON, a portion at a time |

pub mod row;
pub mod text;

use thiserror::Error;

use crate::store::StoreError;

pub use row::{Row, cells, columns, each_row};
pub use text::{FileText, Form, csv, json};

/// A file could not be written; the disk or the pipe behind it is the cause.
#[derive(Debug, Error)]
#[error("the export could not be written: {0}")]
pub struct ExportError(String);

impl ExportError {
    /// From whatever the disk or the pipe said.
    pub(in crate::report) fn of(cause: &dyn std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::of(&error)
    }
}
