//! Published figures of an earlier time: from yearly files to one honest trend for each agency.
//!
//! What a mapping says is in [`mapping`]; how names become agencies in [`names`]; how a file becomes figures
//! in [`read`]; where trends break in [`breaks`]. [`plan`] puts them together without touching anything,
//! [`store`] writes a plan.
//!
//! **Repeating is safe.** Figures are keyed by series, agency, subject and period: the same files again change
//! nothing, corrected files replace what they correct, and the report tells which it was. Give all files of a
//! series in one run: how the question of one period compares with that of the period before can only be told
//! when both are there.

pub mod breaks;
pub mod mapping;
pub mod names;
pub mod read;
pub mod report;

use std::collections::{BTreeMap, BTreeSet};

use crate::agency::{Agency, AgencyCode, LineageEvent};
use crate::import::PastFigure;
use crate::store::{Conn, StoreError, agencies, past};

use mapping::Mapping;
use names::Names;
use read::{FileFigures, Found};
use report::{Report, Unmatched};

/// A file as it was given.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name without the folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What is in the store already.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// All agencies.
    pub agencies: Vec<Agency>,
    /// The figures of the series.
    pub figures: Vec<PastFigure>,
}

/// What would be written.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Agencies that are not there yet.
    pub agencies: Vec<Agency>,
    /// What happened to agencies.
    pub events: Vec<LineageEvent>,
    /// All figures of the files.
    pub figures: Vec<PastFigure>,
}

/// Reads what a plan needs to know.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn known(conn: &mut Conn, mapping: &Mapping) -> Result<Known, StoreError> {
    Ok(Known {
        agencies: agencies::all(conn)?,
        figures: past::of_series(conn, &mapping.series)?,
    })
}

/// What would be written, and a report of what was matched and what not. The plan may be stored only when the
/// report [is good](Report::is_good).
#[must_use]
pub fn plan(
    mapping: &Mapping,
    files: &[Source],
    organisations: Option<&[u8]>,
    known: &Known,
) -> (Plan, Report) {
    let mut report = Report::default();
    let names = Names::collect(mapping, organisations, &known.agencies, &mut report);
    let files = given_periods(mapping, files, &mut report);
    let read: Vec<FileFigures> = files
        .into_iter()
        .filter_map(|(period, source)| read::file(mapping, period, source, &names, &mut report))
        .collect();
    unused_subjects(mapping, &read, &mut report);
    let mut figures = read::figures(mapping, &read);
    breaks::set(mapping, &read, &mut figures, &mut report);
    let figures: Vec<PastFigure> = figures.into_iter().map(|found| found.figure).collect();
    let agencies = new_agencies(mapping, &read, known, &mut report);
    let events = kept_events(mapping, known, &agencies, &mut report);
    report.count(&figures, &known.figures);
    (
        Plan {
            agencies,
            events,
            figures,
        },
        report,
    )
}

/// Writes a plan. Run it as one transaction.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn store(conn: &mut Conn, plan: &Plan) -> Result<(), StoreError> {
    agencies::upsert(conn, &plan.agencies)?;
    agencies::upsert_events(conn, &plan.events)?;
    past::upsert(conn, &plan.figures)
}

/// The given files in the order of the mapping's periods.
fn given_periods<'a>(
    mapping: &'a Mapping,
    files: &'a [Source],
    report: &mut Report,
) -> Vec<(&'a mapping::Period, &'a Source)> {
    for file in files
        .iter()
        .filter(|file| mapping.periods.iter().all(|period| period.file != file.name))
    {
        let known: Vec<&str> = mapping
            .periods
            .iter()
            .map(|period| period.file.as_str())
            .collect();
        report.problem(
            &file.name,
            format!(
                "the mapping has no period with this file; it has {}",
                known.join(", ")
            ),
        );
    }
    let mut given = Vec::new();
    for period in &mapping.periods {
        if period.date.parse::<jiff::civil::Date>().is_err() {
            let problem = format!(
                "the date `{}` of this period is no date such as 2014-10-01",
                period.date
            );
            report.problem(&period.file, problem);
        }
        match files.iter().find(|file| file.name == period.file) {
            Some(file) => given.push((period, file)),
            None => report.absent.push(period.file.clone()),
        }
    }
    given.sort_by(|(one, _), (other, _)| one.date.cmp(&other.date));
    given
}

fn unused_subjects(mapping: &Mapping, read: &[FileFigures], report: &mut Report) {
    let found: BTreeSet<&str> = read
        .iter()
        .flat_map(|file| file.columns.iter().map(|column| column.subject.as_str()))
        .collect();
    let unused = mapping
        .subjects
        .iter()
        .filter(|subject| !found.contains(subject.subject.as_str()));
    report.unused_subjects = unused.map(|subject| subject.subject.to_string()).collect();
}

/// Agencies of the files that are not in the store, under the newest name they had.
fn new_agencies(mapping: &Mapping, read: &[FileFigures], known: &Known, report: &mut Report) -> Vec<Agency> {
    let mut named: BTreeMap<&AgencyCode, (&Found, &str)> = BTreeMap::new();
    for file in read {
        for row in &file.rows {
            named.insert(&row.agency, (row, &file.name));
        }
    }
    let is_new = |code: &AgencyCode| known.agencies.iter().all(|agency| agency.code != *code);
    let mut agencies = Vec::new();
    for (code, (found, file)) in named.into_iter().filter(|(code, _)| is_new(code)) {
        if !mapping.organisation.create {
            report.unmatched_organisations.push(Unmatched {
                file: file.to_owned(),
                row: found.row,
                name: format!("{} (agency {code} is not there)", found.name),
            });
            continue;
        }
        agencies.push(Agency {
            code: code.clone(),
            name: found.name.clone(),
            parent: None,
            cluster: None,
        });
    }
    report.created = agencies.iter().map(|agency| agency.code.to_string()).collect();
    agencies
}

/// The events between agencies that are there or will be.
fn kept_events(
    mapping: &Mapping,
    known: &Known,
    created: &[Agency],
    report: &mut Report,
) -> Vec<LineageEvent> {
    let codes: BTreeSet<&AgencyCode> = known
        .agencies
        .iter()
        .chain(created)
        .map(|agency| &agency.code)
        .collect();
    let (kept, left): (Vec<LineageEvent>, Vec<LineageEvent>) = mapping
        .lineage
        .iter()
        .cloned()
        .partition(|event| codes.contains(&event.predecessor) && codes.contains(&event.successor));
    report.events_left_out = left
        .into_iter()
        .map(|event| format!("{} {}", event.date, event.note))
        .collect();
    kept
}
