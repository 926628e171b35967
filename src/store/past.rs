//! Queries about published figures of earlier times.

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::schema::past_figures;
use super::{Conn, StoreError};
use crate::agency::AgencyCode;
use crate::import::figure::{PastFigure, PastKind, PastSubject, SeriesId};

/// How many rows go into one INSERT: 13 values each, SQLite takes 32 766.
const CHUNK: usize = 2000;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = past_figures, treat_none_as_default_value = false)]
struct Row {
    series: String,
    agency: String,
    subject: String,
    period: String,
    published_on: String,
    kind: String,
    value: f64,
    n: Option<i32>,
    people: Option<i32>,
    response_rate: Option<f64>,
    standard_error: Option<f64>,
    break_before: Option<String>,
    source: String,
}

/// Adds figures, or puts them in the place of those with the same series, agency, subject and period.
///
/// # Errors
/// [`StoreError::Reference`] when an agency does not exist.
pub fn upsert(conn: &mut Conn, figures: &[PastFigure]) -> Result<(), StoreError> {
    use past_figures as p;
    for chunk in figures.chunks(CHUNK) {
        let rows = chunk.iter().map(Row::try_from).collect::<Result<Vec<_>, _>>()?;
        each!(conn, c => diesel::insert_into(p::table)
            .values(&rows)
            .on_conflict((p::series, p::agency, p::subject, p::period))
            .do_update()
            .set((
                p::published_on.eq(excluded(p::published_on)),
                p::kind.eq(excluded(p::kind)),
                p::value.eq(excluded(p::value)),
                p::n.eq(excluded(p::n)),
                p::people.eq(excluded(p::people)),
                p::response_rate.eq(excluded(p::response_rate)),
                p::standard_error.eq(excluded(p::standard_error)),
                p::break_before.eq(excluded(p::break_before)),
                p::source.eq(excluded(p::source)),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Every figure of a series.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn of_series(conn: &mut Conn, series: &SeriesId) -> Result<Vec<PastFigure>, StoreError> {
    let rows = past_figures::table
        .filter(past_figures::series.eq(series.as_str()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(PastFigure::try_from).collect()
}

/// The figures of an agency about one subject, by series and then in the order of time. A figure with
/// `break_before` begins a new line.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn trend(
    conn: &mut Conn,
    agency: &AgencyCode,
    subject: &PastSubject,
) -> Result<Vec<PastFigure>, StoreError> {
    let rows = past_figures::table
        .filter(past_figures::agency.eq(agency.as_str()))
        .filter(past_figures::subject.eq(subject.as_str()))
        .order((
            past_figures::series,
            past_figures::published_on,
            past_figures::period,
        ))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(PastFigure::try_from).collect()
}

/// All figures of an agency, by subject and series and then in the order of time.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn of_agency(conn: &mut Conn, agency: &AgencyCode) -> Result<Vec<PastFigure>, StoreError> {
    use past_figures as p;
    let rows = p::table
        .filter(p::agency.eq(agency.as_str()))
        .order((p::subject, p::series, p::published_on, p::period))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(PastFigure::try_from).collect()
}

/// Which subjects an agency has figures about, in how many periods.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn subjects(conn: &mut Conn, agency: &AgencyCode) -> Result<Vec<(PastSubject, i64)>, StoreError> {
    let rows = past_figures::table
        .filter(past_figures::agency.eq(agency.as_str()))
        .group_by(past_figures::subject)
        .select((past_figures::subject, diesel::dsl::count_star()))
        .order(past_figures::subject)
        .load::<(String, i64)>(conn)?;
    let subject = |(subject, count): (String, i64)| Ok((slug(subject)?, count));
    rows.into_iter().map(subject).collect()
}

impl TryFrom<&PastFigure> for Row {
    type Error = StoreError;

    fn try_from(figure: &PastFigure) -> Result<Self, StoreError> {
        Ok(Self {
            series: figure.series.to_string(),
            agency: figure.agency.to_string(),
            subject: figure.subject.to_string(),
            period: figure.period.clone(),
            published_on: figure.published_on.clone(),
            kind: figure.kind.as_str().to_owned(),
            value: figure.value,
            n: figure.n.map(stored).transpose()?,
            people: figure.people.map(stored).transpose()?,
            response_rate: figure.response_rate,
            standard_error: figure.standard_error,
            break_before: figure.break_before.clone(),
            source: figure.source.clone(),
        })
    }
}

impl TryFrom<Row> for PastFigure {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let kind = PastKind::named(&row.kind).ok_or_else(|| corrupt(&format!("kind `{}`", row.kind)))?;
        Ok(Self {
            series: slug(row.series)?,
            agency: slug(row.agency)?,
            subject: slug(row.subject)?,
            period: row.period,
            published_on: row.published_on,
            kind,
            value: row.value,
            n: row.n.map(number).transpose()?,
            people: row.people.map(number).transpose()?,
            response_rate: row.response_rate,
            standard_error: row.standard_error,
            break_before: row.break_before,
            source: row.source,
        })
    }
}

fn slug<T: TryFrom<String, Error = crate::slug::BadSlug>>(text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(|error| corrupt(&error))
}

fn stored(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|error| corrupt(&error))
}

fn number(stored: i32) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|error| corrupt(&error))
}

fn corrupt(problem: &impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "past figure",
        problem: problem.to_string(),
    }
}
