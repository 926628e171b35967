//! Tables as offices have them: CSV files from spreadsheets, directories and earlier tools (pure).
//!
//! **What is read.** Comma, semicolon, tab or bar between cells (told by the header, or by a first line
//! `sep=;`), with or without a byte order mark, lines ended by LF, CRLF or a bare CR, cells in double quotes where they
//! need them. Cells are trimmed. Rows without any content are skipped.
//!
//! **What is refused**, always with the row: text that is not UTF-8 (guessing an older encoding would turn
//! `Núñez` into something else without anybody noticing), control characters, a quote that is never closed,
//! a heading that is missing or stands twice, cells beyond the last heading, and anything over [`Limits`].
//!
//! **How to use it.** Ask for the columns by name and by the other names they go by; note problems as they
//! come; look at the rows only when the columns are all there.
//!
//! ```
//! use rapport::table::{Limits, Problems, Table};
//!
//! let table = Table::read("Department;person\nDOT;p-1\nDOC;\n".as_bytes(), &Limits::default()).unwrap();
//! let mut problems = Problems::default();
//! let mut columns = table.columns();
//! let agency = columns.required("agency", &["agency code", "department"], &mut problems);
//! let person = columns.required("person", &[], &mut problems);
//! columns.refuse_rest(&mut problems); // or `columns.rest()`, to take what is left
//! assert!(problems.is_empty());
//!
//! for row in table.rows() {
//!     if row.get(&person).is_empty() {
//!         problems.cell(row, &person, format!("is empty: give the person of {} an id", row.get(&agency)));
//!     }
//! }
//! assert_eq!(problems.to_string(), "row 3, person: is empty: give the person of DOC an id");
//! ```
//!
//! **What is written** of texts from outside goes through [`harmless`], so that no spreadsheet runs it.
//!
//! **Row numbers** are those that a spreadsheet shows: the header is row 1 (2 below a `sep=` line), skipped
//! rows count, and a line break inside a cell does not.

mod columns;
mod guard;
mod problems;
mod read;
#[cfg(test)]
mod tests;

pub use columns::{Column, Columns};
pub use guard::harmless;
pub use problems::{LISTED_PROBLEMS, Problem, Problems};

use csv::StringRecord;

/// How large a table may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of the whole file.
    pub bytes: usize,
    /// Without the header.
    pub rows: usize,
    /// Of one cell.
    pub characters: usize,
}

impl Default for Limits {
    /// 64 MiB, a million rows, 10 000 characters in a cell.
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            rows: 1_000_000,
            characters: 10_000,
        }
    }
}

/// How a file is to be read, as its first bytes say: for files too large to be held in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// What stands between cells.
    pub delimiter: u8,
    /// So many bytes stand before the header: a byte order mark, a line `sep=;`.
    pub skipped: usize,
    /// The row in which the headings stand, if no empty line is above them.
    pub header_row: u32,
}

impl Opening {
    /// Looks at the first bytes of a file: the header at least, as far as it goes.
    ///
    /// # Errors
    /// When it is a workbook or text of another kind, in words.
    pub fn of(start: &[u8]) -> Result<Self, Problems> {
        read::opening(start)
    }
}

/// A table that was read without a problem: headings, and rows under them.
#[derive(Debug, Clone)]
pub struct Table {
    headings: Vec<String>,
    header_row: u32,
    rows: Vec<Row>,
}

/// One row with content.
#[derive(Debug, Clone)]
pub struct Row {
    number: u32,
    cells: StringRecord,
}

impl Table {
    /// Reads a whole table from the bytes of a file.
    ///
    /// # Errors
    /// Every problem that can be told without knowing what the columns mean.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Problems> {
        read::table(bytes, limits)
    }

    /// The headings as they stand in the file. Without a heading, but empty: an empty text.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        self.headings.iter().map(String::as_str)
    }

    /// The row in which the headings stand.
    #[must_use]
    pub fn header_row(&self) -> u32 {
        self.header_row
    }

    /// For finding columns by name.
    #[must_use]
    pub fn columns(&self) -> Columns<'_> {
        Columns::of(self)
    }

    /// The rows in order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

impl Row {
    /// As a spreadsheet numbers it.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The trimmed cell; empty when the row is short or the table has no such column.
    #[must_use]
    pub fn get(&self, column: &Column) -> &str {
        column
            .index()
            .and_then(|index| self.cells.get(index))
            .unwrap_or("")
    }
}
