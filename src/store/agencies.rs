//! Queries about agencies and what happened to them.

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::schema::{agencies, agency_events};
use super::{Conn, StoreError};
use crate::agency::{Agency, AgencyCode, LineageEvent, LineageKind};
use crate::survey::canonical::digest_of_text;

/// Rows of one statement: four and six values a row stay far below what either engine binds (32 766).
const CHUNK: usize = 1000;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = agencies, treat_none_as_default_value = false)]
struct AgencyRow {
    code: String,
    name: String,
    parent: Option<String>,
    cluster: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = agency_events, treat_none_as_default_value = false)]
struct EventRow {
    id: String,
    happened_on: String,
    kind: String,
    predecessor: String,
    successor: String,
    note: String,
}

/// Every agency, by code.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn all(conn: &mut Conn) -> Result<Vec<Agency>, StoreError> {
    let rows = agencies::table
        .order(agencies::code)
        .select(AgencyRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Agency::try_from).collect()
}

/// At most `limit` agencies behind the code `after`, by code.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn page(conn: &mut Conn, after: Option<&str>, limit: u32) -> Result<Vec<Agency>, StoreError> {
    let rows = agencies::table
        .filter(agencies::code.gt(after.unwrap_or("")))
        .order(agencies::code)
        .limit(i64::from(limit))
        .select(AgencyRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Agency::try_from).collect()
}

/// One agency.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find(conn: &mut Conn, code: &AgencyCode) -> Result<Option<Agency>, StoreError> {
    let row = agencies::table
        .find(code.as_str())
        .select(AgencyRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Agency::try_from).transpose()
}

/// Inserts agencies or gives those that are there their new name, parent and cluster. Every parent must be
/// there already or stand before its children.
///
/// # Errors
/// [`StoreError::Reference`] when a parent does not exist.
pub fn upsert(conn: &mut Conn, given: &[Agency]) -> Result<(), StoreError> {
    for chunk in given.chunks(CHUNK) {
        let rows: Vec<AgencyRow> = chunk.iter().map(AgencyRow::from).collect();
        each!(conn, c => diesel::insert_into(agencies::table)
            .values(&rows)
            .on_conflict(agencies::code)
            .do_update()
            .set((
                agencies::name.eq(excluded(agencies::name)),
                agencies::parent.eq(excluded(agencies::parent)),
                agencies::cluster.eq(excluded(agencies::cluster)),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Every event, oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn events(conn: &mut Conn) -> Result<Vec<LineageEvent>, StoreError> {
    let rows = agency_events::table
        .order((agency_events::happened_on, agency_events::id))
        .select(EventRow::as_select())
        .load(conn)?;
    rows.into_iter().map(LineageEvent::try_from).collect()
}

/// The events in which one agency stands before or after, oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn events_of(conn: &mut Conn, code: &AgencyCode) -> Result<Vec<LineageEvent>, StoreError> {
    let is_named = agency_events::predecessor
        .eq(code.as_str())
        .or(agency_events::successor.eq(code.as_str()));
    let rows = agency_events::table
        .filter(is_named)
        .order((agency_events::happened_on, agency_events::id))
        .select(EventRow::as_select())
        .load(conn)?;
    rows.into_iter().map(LineageEvent::try_from).collect()
}

/// Adds events. One of the same day between the same agencies takes the place of the one before.
///
/// # Errors
/// [`StoreError::Reference`] when an agency does not exist.
pub fn upsert_events(conn: &mut Conn, given: &[LineageEvent]) -> Result<(), StoreError> {
    for chunk in given.chunks(CHUNK) {
        let rows: Vec<EventRow> = chunk.iter().map(EventRow::from).collect();
        each!(conn, c => diesel::insert_into(agency_events::table)
            .values(&rows)
            .on_conflict(agency_events::id)
            .do_update()
            .set((
                agency_events::kind.eq(excluded(agency_events::kind)),
                agency_events::note.eq(excluded(agency_events::note)),
            ))
            .execute(c))?;
    }
    Ok(())
}

impl From<&Agency> for AgencyRow {
    fn from(agency: &Agency) -> Self {
        Self {
            code: agency.code.to_string(),
            name: agency.name.clone(),
            parent: agency.parent.as_ref().map(ToString::to_string),
            cluster: agency.cluster.as_ref().map(ToString::to_string),
        }
    }
}

impl TryFrom<AgencyRow> for Agency {
    type Error = StoreError;

    fn try_from(row: AgencyRow) -> Result<Self, StoreError> {
        Ok(Self {
            code: slug(row.code)?,
            name: row.name,
            parent: row.parent.map(slug).transpose()?,
            cluster: row.cluster.map(slug).transpose()?,
        })
    }
}

impl From<&LineageEvent> for EventRow {
    /// The id is made of what identifies the event, so that the same event twice is one.
    fn from(event: &LineageEvent) -> Self {
        let identity = format!("{} {} {}", event.date, event.predecessor, event.successor);
        Self {
            id: digest_of_text(&identity),
            happened_on: event.date.clone(),
            kind: kind_name(event.kind).to_owned(),
            predecessor: event.predecessor.to_string(),
            successor: event.successor.to_string(),
            note: event.note.clone(),
        }
    }
}

impl TryFrom<EventRow> for LineageEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            date: row.happened_on,
            kind: kind(&row.kind)?,
            predecessor: slug(row.predecessor)?,
            successor: slug(row.successor)?,
            note: row.note,
        })
    }
}

fn kind_name(kind: LineageKind) -> &'static str {
    match kind {
        LineageKind::Renamed => "renamed",
        LineageKind::Merged => "merged",
        LineageKind::Split => "split",
    }
}

fn kind(name: &str) -> Result<LineageKind, StoreError> {
    let kinds = [LineageKind::Renamed, LineageKind::Merged, LineageKind::Split];
    let found = kinds.into_iter().find(|kind| kind_name(*kind) == name);
    found.ok_or_else(|| StoreError::Corrupt {
        what: "event of an agency",
        problem: format!("kind `{name}`"),
    })
}

fn slug<T: TryFrom<String, Error = crate::slug::BadSlug>>(text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(|problem| StoreError::Corrupt {
        what: "agency",
        problem: problem.to_string(),
    })
}
