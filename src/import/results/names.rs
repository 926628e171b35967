//! Which name means which agency.

use std::collections::{BTreeMap, BTreeSet};

use super::mapping::Mapping;
use super::report::Report;
use crate::agency::{Agency, AgencyCode};
use crate::table::{Limits, Problems, Table};

/// All names that are known, from the mapping, from a table of organisations, and from the agencies there are.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The code, and who said so.
    agencies: BTreeMap<String, (AgencyCode, &'static str)>,
    ignored: BTreeSet<String>,
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// This agency.
    Agency(AgencyCode),
    /// No agency, and the mapping says so.
    Ignored,
    /// Nobody knows.
    Unmatched,
}

impl Names {
    /// Collects the names; what the mapping says goes before the table, the table before the store.
    #[must_use]
    pub fn collect(
        mapping: &Mapping,
        table: Option<&[u8]>,
        agencies: &[Agency],
        report: &mut Report,
    ) -> Self {
        let mut names = Self {
            agencies: BTreeMap::new(),
            ignored: mapping
                .organisation
                .ignore
                .iter()
                .map(|name| plain(name))
                .collect(),
        };
        for (code, given) in &mapping.organisation.names {
            for name in given {
                names.claim(name, code, "the mapping", report);
            }
        }
        if let Some(bytes) = table {
            names.add_table(mapping, bytes, report);
        }
        for agency in agencies {
            for name in [agency.name.as_str(), agency.code.as_str()] {
                names
                    .agencies
                    .entry(plain(name))
                    .or_insert_with(|| (agency.code.clone(), "the store"));
            }
        }
        names
    }

    /// What a name in a file means.
    #[must_use]
    pub fn meaning(&self, name: &str) -> Meaning {
        let name = plain(name);
        if self.ignored.contains(&name) {
            return Meaning::Ignored;
        }
        self.agencies
            .get(&name)
            .map_or(Meaning::Unmatched, |(code, _)| Meaning::Agency(code.clone()))
    }

    fn add_table(&mut self, mapping: &Mapping, bytes: &[u8], report: &mut Report) {
        const SOURCE: &str = "the table of organisations";
        let mut problems = Problems::default();
        match Table::read(bytes, &Limits::default()) {
            Err(found) => problems = found,
            Ok(table) => {
                let mut columns = table.columns();
                let headings = &mapping.organisation.table;
                let code = wanted(&mut columns, &headings.code, &mut problems);
                let name = wanted(&mut columns, &headings.name, &mut problems);
                for row in table.rows() {
                    match row.get(&code).parse::<AgencyCode>() {
                        Ok(agency) => self.claim(row.get(&name), &agency, SOURCE, report),
                        Err(bad) => problems.cell(row, &code, bad.to_string()),
                    }
                }
            }
        }
        for problem in problems.listed {
            report.problem(SOURCE, problem.to_string());
        }
    }

    /// Notes that a name means an agency. The first to say so wins over other sources; within one source two
    /// meanings are a mistake.
    fn claim(&mut self, name: &str, code: &AgencyCode, source: &'static str, report: &mut Report) {
        let said = self
            .agencies
            .entry(plain(name))
            .or_insert_with(|| (code.clone(), source));
        let (claimed, by) = &*said;
        if claimed != code && *by == source {
            report.problem(
                source,
                format!("`{name}` is said to be both {claimed} and {code}: keep one of them"),
            );
        }
    }
}

/// A column by any of its headings; the first is how it is called in problems.
pub(super) fn wanted(
    columns: &mut crate::table::Columns<'_>,
    headings: &[String],
    problems: &mut Problems,
) -> crate::table::Column {
    let (name, aliases) = split(headings);
    columns.required(name, &aliases, problems)
}

/// The first heading and the others.
pub(super) fn split(headings: &[String]) -> (&str, Vec<&str>) {
    let name = headings.first().map_or("", String::as_str);
    (name, headings.iter().skip(1).map(String::as_str).collect())
}

/// A name without what people vary: case and runs of spaces. Everything else may tell two bodies apart.
fn plain(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
