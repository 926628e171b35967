//! How many people each agency has, and each segment of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::answers::Answers;
use super::unreadable;
use crate::cli::Failure;
use crate::table::{Limits, Problems, Table};

/// Names by which files call the column of the agency.
pub(super) const AGENCY: (&str, [&str; 3]) = ("agency", ["agency code", "department", "organisation"]);

/// Columns that mean something else than a segment.
pub(super) const RESERVED: [&str; 7] = [
    "agency",
    "agency code",
    "department",
    "organisation",
    "people",
    "headcount",
    "employees",
];

/// Files of a whole country are read, too: it is the analyst's own machine.
const LIMITS: Limits = Limits {
    bytes: 4 << 30,
    rows: 50_000_000,
    characters: 10_000,
};

/// People by agency and segment; the segment is empty where none was asked for.
#[derive(Debug, Default)]
pub(super) struct Population {
    file: String,
    pub agencies: BTreeMap<String, BTreeMap<String, u64>>,
}

/// A row a person.
pub(super) fn of_roster(path: &Path, segment: Option<&str>) -> Result<Population, Failure> {
    read(path, segment, false)
}

/// A row an agency, or a segment of one.
pub(super) fn of_headcounts(path: &Path, segment: Option<&str>) -> Result<Population, Failure> {
    read(path, segment, true)
}

fn read(path: &Path, segment: Option<&str>, counted: bool) -> Result<Population, Failure> {
    let refused = |problems: Problems| Failure::Input(format!("`{}`:\n{problems}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let table = Table::read(&bytes, &LIMITS).map_err(refused)?;
    let mut problems = Problems::default();
    let mut columns = table.columns();
    let agency = columns.required(AGENCY.0, &AGENCY.1, &mut problems);
    let people = counted.then(|| columns.required("people", &["headcount", "employees"], &mut problems));
    let segment = segment.map(|segment| columns.required(segment, &[], &mut problems));
    let mut population = Population {
        file: path.display().to_string(),
        ..Population::default()
    };
    let rows = if problems.is_empty() { table.rows() } else { &[] };
    for row in rows {
        let own = row.get(&agency);
        if own.is_empty() {
            problems.cell(row, &agency, "is empty: give the code of the agency");
        }
        let of_segment = segment.as_ref().map_or("", |segment| row.get(segment));
        if let Some(segment) = segment.as_ref().filter(|_| of_segment.is_empty()) {
            problems.cell(row, segment, "is empty: give the segment, or leave --segment out");
        }
        let count = match people
            .as_ref()
            .map(|people| (people, row.get(people).parse::<u64>()))
        {
            None => 1,
            Some((_, Ok(count))) if count < 1 << 32 => count,
            Some((people, _)) => {
                let told = format!("`{}` is no count of people: give a whole number", row.get(people));
                problems.cell(row, people, told);
                0
            }
        };
        let segments = population.agencies.entry(own.to_owned()).or_default();
        if people.is_some() && segments.contains_key(of_segment) {
            problems.row(
                row.number(),
                "is there already: give each agency (and segment) once",
            );
        }
        *segments.entry(of_segment.to_owned()).or_default() += count;
    }
    problems.into_result().map_err(refused)?;
    if population.agencies.is_empty() {
        let empty = format!(
            "`{}` has no row below its headings: nobody was asked",
            path.display()
        );
        return Err(Failure::Input(empty));
    }
    Ok(population)
}

impl Population {
    /// The people of an agency.
    pub fn of(&self, agency: &str) -> u64 {
        self.agencies
            .get(agency)
            .map_or(0, |segments| segments.values().sum())
    }

    /// Why a response cannot belong to this population, if so.
    pub fn refuses(&self, agency: &str, segment: &str) -> Option<(bool, String)> {
        let file = &self.file;
        match self.agencies.get(agency) {
            None => Some((
                false,
                format!("`{agency}` is no agency of `{file}`: add it there or correct it here"),
            )),
            Some(segments) if !segments.contains_key(segment) => Some((
                true,
                format!(
                    "`{segment}` is no segment of `{agency}` in `{file}`: add it there or correct it here"
                ),
            )),
            Some(_) => None,
        }
    }

    /// Refuses more responses than people.
    pub fn check(&self, answers: &Answers, responses: &Path) -> Result<(), Failure> {
        for (group, count) in answers.groups.iter().zip(&answers.counts) {
            let segments = self.agencies.get(&group.agency);
            let people = segments
                .and_then(|segments| segments.get(&group.segment))
                .copied()
                .unwrap_or(0);
            if *count > people {
                let part = if group.segment.is_empty() {
                    String::new()
                } else {
                    format!(" `{}`", group.segment)
                };
                return Err(Failure::Input(format!(
                    "`{}`: `{}`{part} has {count} responses, but only {people} people in `{}`: correct the headcount, or \
                     remove what was sent twice",
                    responses.display(),
                    group.agency,
                    self.file
                )));
            }
        }
        Ok(())
    }
}
