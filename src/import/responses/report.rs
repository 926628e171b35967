//! What an import of responses matched, and what not.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::agency::AgencyCode;
use crate::survey::definition::ItemId;
use crate::table::Problems;

/// What was matched, and what not.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Rows with content.
    pub rows: usize,
    /// Rows that became responses.
    pub responses: usize,
    /// Answers in them.
    pub answers: usize,
    /// Responses by agency.
    pub by_agency: BTreeMap<AgencyCode, u32>,
    /// Agencies whose number of invited people is not known and was taken to be that of the responses.
    pub headcount_unknown: Vec<AgencyCode>,
    /// Agencies that are made.
    pub created: Vec<AgencyCode>,
    /// Columns that no item has and that are not ignored.
    pub unmatched_columns: Vec<String>,
    /// Items of the version that no column has.
    pub items_without_column: Vec<ItemId>,
    /// What stood in the agency's cell and is no agency, with the rows.
    pub unmatched_agencies: BTreeMap<String, Vec<u32>>,
    /// What stood in an item's cell and is no answer, with the rows.
    pub unmatched_labels: BTreeMap<String, Vec<u32>>,
    /// Everything that is wrong, with its row.
    pub problems: Problems,
}

impl Report {
    /// Whether the plan may be stored. Rows of unknown agencies and columns that nobody mapped may be skipped
    /// when that is said; a wrong cell never.
    #[must_use]
    pub fn is_good(&self, skip_unmatched: bool) -> bool {
        let complete = self.unmatched_columns.is_empty() && self.unmatched_agencies.is_empty();
        self.problems.is_empty() && (complete || skip_unmatched)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} rows, {} responses, {} answers",
            self.rows, self.responses, self.answers
        )?;
        for (agency, responses) in &self.by_agency {
            writeln!(f, "  {agency}: {responses}")?;
        }
        if !self.headcount_unknown.is_empty() {
            let agencies: Vec<&str> = self.headcount_unknown.iter().map(AgencyCode::as_str).collect();
            writeln!(
                f,
                "invited people not known, taken as the responses (results will claim a complete count): {}",
                agencies.join(", ")
            )?;
        }
        list(
            f,
            "items that no column has",
            self.items_without_column.iter().map(ToString::to_string),
        )?;
        list(f, "unmatched columns", self.unmatched_columns.iter().cloned())?;
        let rows = |rows: &[u32]| {
            let first: Vec<String> = rows.iter().take(10).map(u32::to_string).collect();
            let more = if rows.len() > first.len() { ", ..." } else { "" };
            format!("{} rows: {}{more}", rows.len(), first.join(", "))
        };
        let agencies = self.unmatched_agencies.iter();
        list(
            f,
            "unmatched agencies",
            agencies.map(|(label, found)| format!("`{label}` in {}", rows(found))),
        )?;
        let labels = self.unmatched_labels.iter();
        list(
            f,
            "unmatched labels",
            labels.map(|(label, found)| format!("{label} in {}", rows(found))),
        )?;
        list(
            f,
            "problems",
            self.problems.listed.iter().map(ToString::to_string),
        )?;
        if self.problems.more > 0 {
            writeln!(f, "  and {} more", self.problems.more)?;
        }
        Ok(())
    }
}

fn list(f: &mut fmt::Formatter<'_>, title: &str, lines: impl Iterator<Item = String>) -> fmt::Result {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title} ({}):", lines.len())?;
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}
