//! What is wrong with a table, in sentences that a person with the spreadsheet open can act on.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Column, Row, harmless};

/// How many problems are listed one by one. Beyond it they are only counted.
pub const LISTED_PROBLEMS: usize = 1000;

/// Something wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// The row as a spreadsheet numbers it; the header is row 1. Absent when it is about the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// The heading of the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is wrong, and what to do about it.
    pub problem: String,
}

/// Every problem of a table, in the order in which they were found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problems {
    /// The first 1000.
    pub listed: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

impl Problems {
    /// One problem of the whole file, and nothing else.
    pub(super) fn of_file(problem: String) -> Self {
        let mut problems = Self::default();
        problems.file(problem);
        problems
    }

    /// Notes a problem of the whole file.
    pub fn file(&mut self, problem: impl Into<String>) {
        self.note(None, None, problem.into());
    }

    /// Notes a problem of a whole row.
    pub fn row(&mut self, number: u32, problem: impl Into<String>) {
        self.note(Some(number), None, problem.into());
    }

    /// Notes a problem of one cell.
    pub fn cell(&mut self, row: &Row, column: &Column, problem: impl Into<String>) {
        self.note(
            Some(row.number()),
            Some(column.heading().to_owned()),
            problem.into(),
        );
    }

    /// Notes a problem, or only counts it when there are many already.
    pub(super) fn note(&mut self, row: Option<u32>, column: Option<String>, problem: String) {
        if self.listed.len() < LISTED_PROBLEMS {
            self.listed.push(Problem { row, column, problem });
        } else {
            self.more += 1;
        }
    }

    /// Adds what another pass found.
    pub fn append(&mut self, other: Self) {
        for problem in other.listed {
            self.note(problem.row, problem.column, problem.problem);
        }
        self.more += other.more;
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// How many there are, listed or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.listed.len() + self.more
    }

    /// `Ok` when nothing was noted.
    ///
    /// # Errors
    /// The problems themselves.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl Problems {
    /// The listed problems as a table `row,column,problem`, for whoever corrects the file.
    #[must_use]
    pub fn as_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut written = writer.write_record(["row", "column", "problem"]);
        for problem in &self.listed {
            let row = problem.row.map(|row| row.to_string()).unwrap_or_default();
            let column = problem.column.clone().unwrap_or_default();
            written = written.and_then(|()| {
                writer.write_record([harmless(&row), harmless(&column), harmless(&problem.problem)])
            });
        }
        // Writing to memory cannot fail, and every cell was text.
        match (written, writer.into_inner()) {
            (Ok(()), Ok(bytes)) => String::from_utf8(bytes).unwrap_or_default(),
            _ => String::new(),
        }
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, &self.column) {
            (Some(row), Some(column)) => write!(f, "row {row}, {column}: {}", self.problem),
            (Some(row), None) => write!(f, "row {row}: {}", self.problem),
            (None, Some(column)) => write!(f, "{column}: {}", self.problem),
            (None, None) => f.write_str(&self.problem),
        }
    }
}

impl fmt::Display for Problems {
    /// One problem a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.listed.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        if self.more > 0 {
            write!(f, "\n... and {} more", self.more)?;
        }
        Ok(())
    }
}
