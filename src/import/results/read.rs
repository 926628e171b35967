//! From one file to its figures.

use super::Source;
use super::mapping::{Mapping, Period, Subject};
use super::names::{Meaning, Names, split, wanted};
use super::report::{FileReport, Report, Unmatched};
use crate::agency::AgencyCode;
use crate::import::PastFigure;
use crate::import::cells;
use crate::import::figure::PastSubject;
use crate::table::{Column, Columns, Limits, Problems, Row, Table};

/// What a file holds.
#[derive(Debug, Clone)]
pub struct FileFigures {
    /// Its name.
    pub name: String,
    /// The period it is of.
    pub period: Period,
    /// Its columns of figures.
    pub columns: Vec<SubjectColumn>,
    /// Its rows of agencies, in order.
    pub rows: Vec<Found>,
}

/// A column of figures.
#[derive(Debug, Clone)]
pub struct SubjectColumn {
    /// What the figures are about.
    pub subject: PastSubject,
    /// Under which of the subject's headings they stand.
    pub heading: usize,
    column: Column,
    standard_error: Column,
}

/// The row of an agency.
#[derive(Debug, Clone)]
pub struct Found {
    /// Whose row.
    pub agency: AgencyCode,
    /// Under which name.
    pub name: String,
    /// As a spreadsheet numbers it.
    pub row: u32,
    n: Option<u32>,
    people: Option<u32>,
    response_rate: Option<f64>,
    values: Vec<Option<Value>>,
}

#[derive(Debug, Clone, Copy)]
struct Value {
    value: f64,
    standard_error: Option<f64>,
}

/// A figure with what is needed to compare it with the one before.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The figure.
    pub figure: PastFigure,
    /// Under which of the subject's headings it stood.
    pub heading: usize,
}

/// The columns that describe the organisation.
struct About {
    name: Column,
    n: Column,
    people: Column,
    response_rate: Column,
}

/// Reads one file. `None` when it is no table at all; the report says why.
pub fn file(
    mapping: &Mapping,
    period: &Period,
    source: &Source,
    names: &Names,
    report: &mut Report,
) -> Option<FileFigures> {
    let table = match Table::read(&source.bytes, &Limits::default()) {
        Ok(table) => table,
        Err(problems) => {
            report.problems_of(&source.name, problems);
            return None;
        }
    };
    let mut problems = Problems::default();
    let mut columns = table.columns();
    let about = About::find(mapping, &mut columns, &mut problems);
    let subjects = subjects(mapping, &mut columns, &mut problems);
    for heading in &mapping.ignore {
        columns.optional(heading, &[], &mut problems);
    }
    for column in columns.rest() {
        report.unmatched_column(&source.name, column.heading());
    }
    for subject in &subjects {
        suspect_fractions(period, &table, subject, &mut problems);
    }
    let mut file = FileFigures {
        name: source.name.clone(),
        period: period.clone(),
        columns: subjects,
        rows: Vec::new(),
    };
    let counted = rows(mapping, &table, &about, names, &mut file, report, &mut problems);
    report.problems_of(&source.name, problems);
    report.files.push(counted);
    Some(file)
}

impl About {
    fn find(mapping: &Mapping, columns: &mut Columns<'_>, problems: &mut Problems) -> Self {
        let name = wanted(columns, &mapping.organisation.headings, problems);
        let mut optional = |headings: &[String]| {
            let (name, aliases) = split(headings);
            columns.optional(name, &aliases, problems)
        };
        Self {
            name,
            n: optional(&mapping.n),
            people: optional(&mapping.people),
            response_rate: optional(&mapping.response_rate),
        }
    }
}

fn subjects(mapping: &Mapping, columns: &mut Columns<'_>, problems: &mut Problems) -> Vec<SubjectColumn> {
    let mut found = Vec::new();
    for subject in &mapping.subjects {
        let before = found.len();
        for (heading, given) in subject.headings.iter().enumerate() {
            let column = columns.optional(&given.heading, &[], problems);
            if column.is_present() {
                found.push((subject, heading, column));
            }
        }
        if found.len() > before + 1 {
            problems.file(format!(
                "more than one column is `{}`: keep one of them, or give the other to another subject",
                subject.subject
            ));
        }
    }
    let with_error = |(subject, heading, column): (&Subject, usize, Column)| {
        let (name, aliases) = split(&subject.standard_error);
        SubjectColumn {
            subject: subject.subject.clone(),
            heading,
            column,
            standard_error: columns.optional(name, &aliases, problems),
        }
    };
    found.into_iter().map(with_error).collect()
}

fn suspect_fractions(period: &Period, table: &Table, subject: &SubjectColumn, problems: &mut Problems) {
    let cells: Vec<&str> = table.rows().iter().map(|row| row.get(&subject.column)).collect();
    if period.numbers == cells::Numbers::Percent && cells::look_like_fractions(&cells) {
        problems.file(format!(
            "all figures of `{}` lie between 0 and 1: set \"numbers\": \"fraction\" for this period in the mapping",
            subject.column.heading()
        ));
    }
}

fn rows(
    mapping: &Mapping,
    table: &Table,
    about: &About,
    names: &Names,
    file: &mut FileFigures,
    report: &mut Report,
    problems: &mut Problems,
) -> FileReport {
    let mut counted = FileReport::new(&file.name, &file.period.period, file.columns.len());
    for row in table.rows() {
        let name = row.get(&about.name);
        match names.meaning(name) {
            Meaning::Ignored => counted.ignored += 1,
            Meaning::Unmatched => report.unmatched_organisations.push(Unmatched {
                file: file.name.clone(),
                row: row.number(),
                name: name.to_owned(),
            }),
            Meaning::Agency(agency) => {
                if let Some(first) = file.rows.iter().find(|found| found.agency == agency) {
                    let problem = format!(
                        "`{name}` is {agency}, and so is row {}: keep one of them",
                        first.row
                    );
                    problems.row(row.number(), problem);
                }
                let found = found(mapping, file, about, agency, row, problems);
                let published = found.values.iter().flatten().count();
                counted.organisations += 1;
                counted.figures += published;
                counted.without_figure += found.values.len() - published;
                file.rows.push(found);
            }
        }
    }
    counted
}

fn found(
    mapping: &Mapping,
    file: &FileFigures,
    about: &About,
    agency: AgencyCode,
    row: &Row,
    problems: &mut Problems,
) -> Found {
    let missing = &mapping.missing;
    let mut told = |column: &Column, problem: String| problems.cell(row, column, problem);
    let n = cells::count(row.get(&about.n), missing).unwrap_or_else(|problem| {
        told(&about.n, problem);
        None
    });
    let people = cells::count(row.get(&about.people), missing).unwrap_or_else(|problem| {
        told(&about.people, problem);
        None
    });
    let rate = cells::figure(row.get(&about.response_rate), file.period.numbers, missing);
    let rate = rate.unwrap_or_else(|problem| {
        told(&about.response_rate, problem);
        None
    });
    let values = file
        .columns
        .iter()
        .map(|column| value(mapping, file, column, row, problems))
        .collect();
    Found {
        agency,
        name: row.get(&about.name).to_owned(),
        row: row.number(),
        n,
        people,
        response_rate: rate.map(|percent| percent / 100.0),
        values,
    }
}

fn value(
    mapping: &Mapping,
    file: &FileFigures,
    column: &SubjectColumn,
    row: &Row,
    problems: &mut Problems,
) -> Option<Value> {
    let missing = &mapping.missing;
    let standard_error =
        cells::standard_error(row.get(&column.standard_error), missing).unwrap_or_else(|problem| {
            problems.cell(row, &column.standard_error, problem);
            None
        });
    let value =
        cells::figure(row.get(&column.column), file.period.numbers, missing).unwrap_or_else(|problem| {
            problems.cell(row, &column.column, problem);
            None
        });
    Some(Value {
        value: value?,
        standard_error,
    })
}

/// Every figure of the files, by agency and subject, in the order of time.
#[must_use]
pub fn figures(mapping: &Mapping, files: &[FileFigures]) -> Vec<Placed> {
    let mut figures = Vec::new();
    for file in files {
        for row in &file.rows {
            let values = file.columns.iter().zip(&row.values);
            figures
                .extend(values.filter_map(|(column, value)| placed(mapping, file, row, column, (*value)?)));
        }
    }
    figures.sort_by(|one, other| {
        let key = |placed: &Placed| (placed.figure.agency.clone(), placed.figure.subject.clone());
        key(one).cmp(&key(other))
    });
    figures
}

fn placed(
    mapping: &Mapping,
    file: &FileFigures,
    row: &Found,
    column: &SubjectColumn,
    value: Value,
) -> Option<Placed> {
    let subject = mapping
        .subjects
        .iter()
        .find(|subject| subject.subject == column.subject)?;
    Some(Placed {
        heading: column.heading,
        figure: PastFigure {
            series: mapping.series.clone(),
            agency: row.agency.clone(),
            subject: column.subject.clone(),
            period: file.period.period.clone(),
            published_on: file.period.date.clone(),
            kind: subject.kind,
            value: value.value,
            n: row.n,
            people: row.people,
            response_rate: row.response_rate,
            standard_error: value.standard_error,
            break_before: None,
            source: mapping.source.clone(),
        },
    })
}
