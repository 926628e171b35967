//! What an import of published results matched, and what not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::import::PastFigure;
use crate::table::Problems;

/// The report of one run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// What each file gave.
    pub files: Vec<FileReport>,
    /// What is wrong; nothing is written then.
    pub problems: Vec<FileProblem>,
    /// Columns that no subject has and that are not ignored, with the files they stand in.
    pub unmatched_columns: BTreeMap<String, Vec<String>>,
    /// Rows whose name is no agency.
    pub unmatched_organisations: Vec<Unmatched>,
    /// Subjects of the mapping that no file has.
    pub unused_subjects: Vec<String>,
    /// Files of the mapping that were not given. How wording changed against them is not known.
    pub absent: Vec<String>,
    /// Events of the mapping between agencies that are not there.
    pub events_left_out: Vec<String>,
    /// Codes of the agencies that are made.
    pub created: Vec<String>,
    /// Where trends break.
    pub breaks: BTreeSet<Break>,
    /// Where trends go on with a note.
    pub flagged: BTreeSet<String>,
    /// How many agencies have figures of so many periods.
    pub agencies_by_periods: BTreeMap<usize, usize>,
    /// Agencies with figures of two periods or more in one unbroken line.
    pub joined: usize,
    /// Figures that are not there yet.
    pub new: usize,
    /// Figures that are there with another value, date or break.
    pub changed: usize,
    /// Figures that are there already.
    pub unchanged: usize,
}

/// What one file gave.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// The file.
    pub file: String,
    /// Its period.
    pub period: String,
    /// Columns with figures.
    pub subjects: usize,
    /// Rows of agencies.
    pub organisations: usize,
    /// Rows that the mapping ignores.
    pub ignored: usize,
    /// Figures.
    pub figures: usize,
    /// Cells without one.
    pub without_figure: usize,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileProblem {
    /// In which file.
    pub file: String,
    /// With its row and column, and what to do.
    pub problem: String,
}

/// A name that is no agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmatched {
    /// In which file.
    pub file: String,
    /// As a spreadsheet numbers it.
    pub row: u32,
    /// As it stands there.
    pub name: String,
}

/// Where a trend breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Break {
    /// Whose trend.
    pub agency: String,
    /// Before which period.
    pub period: String,
    /// Why.
    pub reason: String,
}

impl Report {
    /// Notes something that is wrong.
    pub fn problem(&mut self, file: &str, problem: String) {
        self.problems.push(FileProblem {
            file: file.to_owned(),
            problem,
        });
    }

    /// Notes what is wrong with a table.
    pub fn problems_of(&mut self, file: &str, problems: Problems) {
        let more = problems.more;
        for problem in problems.listed {
            self.problem(file, problem.to_string());
        }
        if more > 0 {
            self.problem(file, format!("and {more} more"));
        }
    }

    pub(super) fn unmatched_column(&mut self, file: &str, heading: &str) {
        self.unmatched_columns
            .entry(heading.to_owned())
            .or_default()
            .push(file.to_owned());
    }

    /// Whether everything was matched.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unmatched_columns.is_empty() && self.unmatched_organisations.is_empty()
    }

    /// Whether the plan may be stored: nothing is wrong, and everything was matched or may be skipped.
    #[must_use]
    pub fn is_good(&self, skip_unmatched: bool) -> bool {
        self.problems.is_empty() && (skip_unmatched || self.is_complete())
    }

    /// Counts figures against what is there, and the lines that they make.
    pub(super) fn count(&mut self, figures: &[PastFigure], known: &[PastFigure]) {
        let known: BTreeMap<_, _> = known.iter().map(|figure| (key(figure), figure)).collect();
        for figure in figures {
            match known.get(&key(figure)) {
                None => self.new += 1,
                Some(before) if *before == figure => self.unchanged += 1,
                Some(_) => self.changed += 1,
            }
        }
        let mut periods: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for figure in figures {
            periods.entry(&figure.agency).or_default().insert(&figure.period);
        }
        for periods in periods.values() {
            *self.agencies_by_periods.entry(periods.len()).or_default() += 1;
        }
        let lines = figures.windows(2).filter_map(|pair| match pair {
            [one, next] => {
                (one.agency == next.agency && one.subject == next.subject && next.break_before.is_none())
                    .then_some(&one.agency)
            }
            _ => None,
        });
        self.joined = lines.collect::<BTreeSet<_>>().len();
    }
}

fn key(figure: &PastFigure) -> (&str, &str, &str) {
    (figure.agency.as_str(), figure.subject.as_str(), &figure.period)
}

impl FileReport {
    pub(super) fn new(file: &str, period: &str, subjects: usize) -> Self {
        Self {
            file: file.to_owned(),
            period: period.to_owned(),
            subjects,
            organisations: 0,
            ignored: 0,
            figures: 0,
            without_figure: 0,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            writeln!(
                f,
                "{} ({}): {} organisations x {} subjects = {} figures, {} cells without one, {} rows ignored",
                file.file,
                file.period,
                file.organisations,
                file.subjects,
                file.figures,
                file.without_figure,
                file.ignored
            )?;
        }
        let by_periods: Vec<String> = self
            .agencies_by_periods
            .iter()
            .map(|(periods, agencies)| format!("{agencies} with {periods}"))
            .collect();
        writeln!(f, "agencies by number of periods: {}", by_periods.join(", "))?;
        writeln!(f, "agencies with a joined trend: {}", self.joined)?;
        writeln!(f, "agencies made: {}", self.created.len())?;
        writeln!(
            f,
            "figures: {} new, {} changed, {} unchanged",
            self.new, self.changed, self.unchanged
        )?;
        list(
            f,
            "breaks",
            self.breaks
                .iter()
                .map(|b| format!("{} before {}: {}", b.agency, b.period, b.reason)),
        )?;
        list(f, "joined with a note", self.flagged.iter().cloned())?;
        list(
            f,
            "files of the mapping that were not given",
            self.absent.iter().cloned(),
        )?;
        list(
            f,
            "subjects that no file has",
            self.unused_subjects.iter().cloned(),
        )?;
        list(
            f,
            "events between agencies that are not there",
            self.events_left_out.iter().cloned(),
        )?;
        let columns = self.unmatched_columns.iter();
        list(
            f,
            "unmatched columns",
            columns.map(|(heading, files)| format!("`{heading}` in {}", files.join(", "))),
        )?;
        let names = self.unmatched_organisations.iter();
        list(
            f,
            "unmatched organisations",
            names.map(|u| format!("{} row {}: `{}`", u.file, u.row, u.name)),
        )?;
        list(
            f,
            "problems",
            self.problems.iter().map(|p| format!("{}: {}", p.file, p.problem)),
        )
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
