//! Service levels: what was delivered to an agency in a period, imported from a table, and shown beside perception.
//!
//! Columns: `agency`, `period` (2026, 2026-Q3 or 2026-07), `service`, `measure`, `target`, `actual`; if there are any
//! `unit` and `better` (`more`, which is usual, or `less`). The same agency, period, service and measure is replaced.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::{FollowError, within};
use crate::agency::AgencyCode;
use crate::identity::{Actor, Scope, audit};
use crate::store::service_levels::{self as rows, ServiceLevelRow};
use crate::store::{Conn, agencies};
use crate::table::{Column, Limits, Problems, Row, Table};

/// The longest name, in characters.
const LONGEST: usize = 120;

/// How many service levels are shown at once.
const SHOWN: i64 = 5000;

/// A service level.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ServiceLevel {
    /// To which agency.
    pub agency: String,
    /// `2026`, `2026-Q3` or `2026-07`.
    pub period: String,
    /// Which service.
    pub service: String,
    /// What of it was measured.
    pub measure: String,
    /// In which unit; may be empty.
    pub unit: String,
    /// What was agreed.
    pub target: f64,
    /// What was delivered.
    pub actual: f64,
    /// Whether less than the target is better than it.
    pub less_is_better: bool,
    /// Whether the target was met.
    pub is_met: bool,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Imported {
    /// Rows of the table.
    pub rows: usize,
    /// Of how many agencies.
    pub agencies: usize,
}

/// The service levels within the scope, or of one agency of it, by agency, the last period first.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    agency: Option<&AgencyCode>,
) -> Result<Vec<ServiceLevel>, FollowError> {
    let agencies = match agency {
        Some(agency) if scope.covers(agency) => Some(vec![agency.to_string()]),
        Some(_) => Some(Vec::new()),
        None => within(scope),
    };
    let found = rows::list(conn, agencies.as_deref(), SHOWN)?;
    Ok(found.into_iter().map(view).collect())
}

/// Takes over a table, all or nothing, recorded.
///
/// # Errors
/// [`FollowError::Table`] with every problem.
pub fn import(conn: &mut Conn, who: &Actor, csv: &[u8], now: Timestamp) -> Result<Imported, FollowError> {
    let known: BTreeSet<String> = agencies::all(conn)?
        .into_iter()
        .map(|agency| agency.code.to_string())
        .collect();
    let read = read(csv, &known).map_err(FollowError::Table)?;
    let of: BTreeSet<&str> = read.iter().map(|row| row.agency.as_str()).collect();
    let done = Imported {
        rows: read.len(),
        agencies: of.len(),
    };
    rows::upsert(conn, &read)?;
    let detail = format!("{} rows of {} agencies", done.rows, done.agencies);
    audit::record(conn, who, "service-level.import", "service-levels", &detail, now)?;
    Ok(done)
}

struct Columns {
    agency: Column,
    period: Column,
    service: Column,
    measure: Column,
    unit: Column,
    target: Column,
    actual: Column,
    better: Column,
}

/// Reads the table. `known` are the codes of the agencies there are.
///
/// # Errors
/// Every problem, with its row.
pub fn read(csv: &[u8], known: &BTreeSet<String>) -> Result<Vec<ServiceLevelRow>, Problems> {
    let table = Table::read(csv, &Limits::default())?;
    let mut problems = Problems::default();
    let mut asked = table.columns();
    let columns = Columns {
        agency: asked.required("agency", &["agency code", "code"], &mut problems),
        period: asked.required("period", &["month", "quarter"], &mut problems),
        service: asked.required("service", &[], &mut problems),
        measure: asked.required("measure", &["indicator", "kpi", "metric"], &mut problems),
        target: asked.required("target", &["agreed"], &mut problems),
        actual: asked.required("actual", &["delivered", "result"], &mut problems),
        unit: asked.optional("unit", &[], &mut problems),
        better: asked.optional("better", &[], &mut problems),
    };
    asked.refuse_rest(&mut problems);
    problems.into_result()?;
    let mut problems = Problems::default();
    let mut seen: BTreeMap<[String; 4], u32> = BTreeMap::new();
    let mut read = Vec::with_capacity(table.rows().len());
    for row in table.rows() {
        let Some(level) = level(row, &columns, known, &mut problems) else {
            continue;
        };
        let key = [&level.agency, &level.period, &level.service, &level.measure].map(Clone::clone);
        if let Some(first) = seen.insert(key, row.number()) {
            problems.row(
                row.number(),
                format!("the same stands in row {first} already: keep one"),
            );
        }
        read.push(level);
    }
    if table.rows().is_empty() {
        problems.file("the table has headings but no row: add one for each service level");
    }
    problems.into_result()?;
    Ok(read)
}

fn level(
    row: &Row,
    columns: &Columns,
    known: &BTreeSet<String>,
    problems: &mut Problems,
) -> Option<ServiceLevelRow> {
    let before = problems.count();
    let agency = row.get(&columns.agency);
    if !known.contains(agency) {
        let shown: String = agency.chars().take(40).collect();
        problems.cell(
            row,
            &columns.agency,
            format!("there is no agency `{shown}`: import it first, or correct the code"),
        );
    }
    let period = row.get(&columns.period).to_uppercase();
    if !is_period(&period) {
        let problem = "is no period: write a year (2026), a quarter (2026-Q3) or a month (2026-07)";
        problems.cell(row, &columns.period, problem);
    }
    let less_is_better = match row.get(&columns.better).to_lowercase().as_str() {
        "" | "more" | "higher" => false,
        "less" | "lower" => true,
        _ => {
            problems.cell(row, &columns.better, "is not known: write more or less");
            false
        }
    };
    let level = ServiceLevelRow {
        agency: agency.to_owned(),
        period,
        service: name(row, &columns.service, true, problems),
        measure: name(row, &columns.measure, true, problems),
        unit: name(row, &columns.unit, false, problems),
        target: number(row, &columns.target, problems),
        actual: number(row, &columns.actual, problems),
        less_is_better,
    };
    (problems.count() == before).then_some(level)
}

fn name(row: &Row, column: &Column, is_needed: bool, problems: &mut Problems) -> String {
    let given = row.get(column);
    if given.is_empty() && is_needed {
        problems.cell(row, column, "is empty: name it");
    }
    if given.chars().count() > LONGEST || given.contains('\n') {
        problems.cell(
            row,
            column,
            format!("write it on one line of at most {LONGEST} characters"),
        );
    }
    given.to_owned()
}

fn number(row: &Row, column: &Column, problems: &mut Problems) -> f64 {
    let given = row.get(column);
    let plain = given.trim_end_matches('%').trim().replace(',', ".");
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => number,
        _ => {
            let shown: String = given.chars().take(40).collect();
            problems.cell(
                row,
                column,
                format!("`{shown}` is no number: write it as 99.5, without thousands"),
            );
            0.0
        }
    }
}

fn is_period(text: &str) -> bool {
    let (year, part) = match text.split_once('-') {
        Some((year, part)) => (year, Some(part)),
        None => (text, None),
    };
    let is_year = year.len() == 4
        && year
            .parse::<u16>()
            .is_ok_and(|year| (1900..=2200).contains(&year));
    let is_part = match part {
        None => true,
        Some("Q1" | "Q2" | "Q3" | "Q4") => true,
        Some(month) => month.len() == 2 && month.parse::<u8>().is_ok_and(|month| (1..=12).contains(&month)),
    };
    is_year && is_part
}

fn view(row: ServiceLevelRow) -> ServiceLevel {
    let is_met = if row.less_is_better {
        row.actual <= row.target
    } else {
        row.actual >= row.target
    };
    ServiceLevel {
        agency: row.agency,
        period: row.period,
        service: row.service,
        measure: row.measure,
        unit: row.unit,
        target: row.target,
        actual: row.actual,
        less_is_better: row.less_is_better,
        is_met,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(csv: &str) -> Result<Vec<ServiceLevelRow>, Problems> {
        read(csv.as_bytes(), &BTreeSet::from(["DOT".to_owned()]))
    }

    #[test]
    fn a_table_is_read_as_offices_write_it() {
        let read = read_text(
            "Agency;Period;Service;Measure;Target;Actual;Better\nDOT;2026-q3;E-mail;Uptime;99,9 %;99,95%;\nDOT;2026-07;Desk;Hours;4;6,5;less\n",
        )
        .unwrap();
        assert_eq!(
            (read[0].period.as_str(), read[0].target, read[0].actual),
            ("2026-Q3", 99.9, 99.95)
        );
        assert!(view(read[0].clone()).is_met && !view(read[1].clone()).is_met);
    }

    #[test]
    fn every_row_that_is_wrong_is_told_with_its_place() {
        let csv = "agency,period,service,measure,target,actual\nDOC,2026,E,U,1,1\nDOT,2026-13,E,U,1,1\nDOT,2026,,U,x,1\n\
                   DOT,2026,E,U,1,1\nDOT,2026,E,U,1,NaN\n";
        let problems = read_text(csv).unwrap_err();
        let places: Vec<_> = problems
            .listed
            .iter()
            .map(|one| (one.row.unwrap(), one.column.clone().unwrap_or_default()))
            .collect();
        let expected = [
            (2, "agency"),
            (3, "period"),
            (4, "service"),
            (4, "target"),
            (6, "actual"),
        ];
        assert_eq!(places, expected.map(|(row, column)| (row, column.to_owned())));
        let twice = "agency,period,service,measure,target,actual\nDOT,2026,E,U,1,1\nDOT,2026,E,U,2,2\n";
        assert!(
            read_text(twice)
                .unwrap_err()
                .to_string()
                .contains("row 2 already")
        );
        assert!(read_text("agency,period\n").is_err());
    }
}
