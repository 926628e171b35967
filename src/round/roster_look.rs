//! Looking at a roster before it is imported: what its columns are taken as, who it invites, what is wrong with it, and what changes.
//!
//! A file that was looked at through a page waits in the store, one for each audience, until it is imported, discarded, or
//! [`KEPT`] is over: a browser without scripts cannot send a file twice.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::roster::{self, Imported};
use super::roster_change::{self, Members, RosterChange};
use super::roster_match::{Matching, Use};
use super::roster_table::{self, Frame, Roster};
use super::{AudienceName, Round, RoundError, RoundId, RoundState, Step, audience, life, locked};
use crate::agency::{self, AgencyCode};
use crate::identity::{Actor, audit};
use crate::store::roster_uploads::{self, UploadRow};
use crate::store::{Conn, StoreError, invitations};
use crate::survey::publish;
use crate::table::{Limits, Problem, Problems, Table};

/// So long a file that was only looked at is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// So many rows of a file are shown as they are.
const SAMPLE: usize = 5;

/// More rounds than this no office has had.
const MOST_ROUNDS: u32 = 5000;

/// What importing a file would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Look {
    /// In the order of the file.
    pub columns: Vec<ColumnLook>,
    /// How many people it invites; 0 when something is wrong with it.
    pub people: usize,
    /// How many of each agency, by code.
    #[schema(value_type = BTreeMap<String, usize>)]
    pub agencies: BTreeMap<AgencyCode, usize>,
    /// What stands in the way: the first thousand, with their rows.
    pub problems: Vec<Problem>,
    /// How many more problems there are.
    pub more_problems: usize,
    /// The roster it is compared with, in words; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<String>,
    /// What changes against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<RosterChange>,
}

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ColumnLook {
    /// As it stands in the file.
    pub heading: String,
    /// What it is taken as.
    pub taken_as: Use,
    /// Its first cells.
    pub sample: Vec<String>,
}

/// A look at a file, of which nothing is stored.
///
/// # Errors
/// [`RoundError::WrongState`] once the round has opened. What is wrong with the file is part of the answer.
pub fn look(
    conn: &mut Conn,
    id: &RoundId,
    name: &AudienceName,
    csv: &[u8],
    matching: &Matching,
) -> Result<Look, RoundError> {
    let round = super::find(conn, id)?;
    let audience = audience(&round, name)?;
    life::after(&round, Step::Edit)?;
    let table = match Table::read(csv, &Limits::default()) {
        Ok(table) => table,
        Err(problems) => return Ok(refused(Vec::new(), problems)),
    };
    let columns = columns(&table, matching);
    let version = publish::version(conn, &round.survey, round.version).map_err(roster::unpublished)?;
    let known = roster::known_agencies(conn)?;
    let frame = Frame {
        agencies: &known,
        survey: &version.definition,
        mode: audience.mode,
        matching,
    };
    let roster = match roster_table::people(&table, frame) {
        Ok(roster) => roster,
        Err(problems) => return Ok(refused(columns, problems)),
    };
    let before = before(conn, &round, name)?;
    let lineage = agency::lineage(conn)?;
    let members = members(&roster);
    let change = before
        .as_ref()
        .map(|(_, old)| roster_change::change(old, &members, &lineage));
    let mut agencies: BTreeMap<AgencyCode, usize> = BTreeMap::new();
    for agency in members.into_values() {
        *agencies.entry(agency).or_default() += 1;
    }
    Ok(Look {
        columns,
        people: roster.people.len(),
        agencies,
        problems: Vec::new(),
        more_problems: 0,
        compared_with: before.map(|(words, _)| words),
        change,
    })
}

fn refused(columns: Vec<ColumnLook>, problems: Problems) -> Look {
    Look {
        columns,
        people: 0,
        agencies: BTreeMap::new(),
        problems: problems.listed,
        more_problems: problems.more,
        compared_with: None,
        change: None,
    }
}

fn columns(table: &Table, matching: &Matching) -> Vec<ColumnLook> {
    let look = |(heading, taken_as): (String, Use)| {
        let column = table.columns().exactly(&heading);
        let rows = table.rows().iter().take(SAMPLE);
        ColumnLook {
            sample: rows.map(|row| row.get(&column).to_owned()).collect(),
            heading,
            taken_as,
        }
    };
    roster_table::guess(table, matching)
        .into_iter()
        .map(look)
        .collect()
}

fn members(roster: &Roster) -> Members {
    let member = |person: &roster_table::Person| (person.person.to_lowercase(), person.agency.clone());
    roster.people.iter().map(member).collect()
}

/// The roster that this one follows: the one that is imported now, else that of the last round of the same survey which has
/// an audience of that name.
fn before(
    conn: &mut Conn,
    round: &Round,
    name: &AudienceName,
) -> Result<Option<(String, Members)>, RoundError> {
    let own = members_of(conn, &round.id, name)?;
    if !own.is_empty() {
        return Ok(Some(("the roster that is imported now".to_owned(), own)));
    }
    let Some(last) = last_like(conn, round, name)? else {
        return Ok(None);
    };
    let old = members_of(conn, &last.id, name)?;
    Ok((!old.is_empty()).then(|| (format!("the roster of {}", last.title), old)))
}

/// The last round of the same survey with an audience of that name.
fn last_like(conn: &mut Conn, round: &Round, name: &AudienceName) -> Result<Option<Round>, StoreError> {
    let mut all = super::list(conn, None, MOST_ROUNDS)?;
    let had_it = |other: &Round| other.audiences.iter().any(|audience| &audience.name == name);
    all.retain(|other| {
        let begun = !matches!(other.state, RoundState::Draft | RoundState::Scheduled);
        begun && other.id != round.id && other.survey == round.survey && had_it(other)
    });
    Ok(all
        .into_iter()
        .max_by_key(|other| (other.opened_at, other.id.clone())))
}

fn members_of(conn: &mut Conn, id: &RoundId, name: &AudienceName) -> Result<Members, RoundError> {
    let rows = invitations::roster(conn, id, name)?;
    let member = |row: invitations::InvitationRow| {
        let agency: AgencyCode = row.agency.parse().map_err(|error| corrupt(&error))?;
        Ok((row.person.to_lowercase(), agency))
    };
    rows.into_iter().map(member).collect()
}

/// A file that waits to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What was sent.
    pub csv: Vec<u8>,
    /// What was said of its columns.
    pub matching: Matching,
    /// Who sent it.
    pub by: String,
    /// When.
    pub since: Timestamp,
}

/// Keeps a file until it is imported, in place of the one before. Files that were kept too long are forgotten.
///
/// # Errors
/// [`RoundError::WrongState`] once the round has opened.
pub fn keep(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    name: &AudienceName,
    csv: &[u8],
    now: Timestamp,
) -> Result<(), RoundError> {
    let round = locked(conn, id)?;
    audience(&round, name)?;
    life::after(&round, Step::Edit)?;
    roster_uploads::delete_before(conn, (now - KEPT).as_millisecond())?;
    let row = UploadRow {
        round: id.to_string(),
        audience: name.to_string(),
        content: csv.to_vec(),
        matching: "{}".to_owned(),
        uploaded_by: who.signature().to_owned(),
        uploaded_at: now.as_millisecond(),
    };
    Ok(roster_uploads::put(conn, &row)?)
}

/// Says what the columns of the waiting file are.
///
/// # Errors
/// [`RoundError::NotReady`] when none waits.
pub fn say(
    conn: &mut Conn,
    id: &RoundId,
    name: &AudienceName,
    matching: &Matching,
    now: Timestamp,
) -> Result<(), RoundError> {
    waiting(conn, id, name, now)?;
    let text = serde_json::to_string(matching).map_err(|error| corrupt(&error))?;
    Ok(roster_uploads::set_matching(
        conn,
        id.as_str(),
        name.as_str(),
        &text,
    )?)
}

/// The file that waits.
///
/// # Errors
/// [`RoundError::NotReady`] when none does.
pub fn waiting(
    conn: &mut Conn,
    id: &RoundId,
    name: &AudienceName,
    now: Timestamp,
) -> Result<Waiting, RoundError> {
    let found = roster_uploads::find(conn, id.as_str(), name.as_str())?;
    let oldest = (now - KEPT).as_millisecond();
    let Some(row) = found.filter(|row| row.uploaded_at >= oldest) else {
        return Err(RoundError::NotReady {
            round: id.clone(),
            step: Step::Edit,
            problem: format!(
                "no file waits for the audience `{name}`: it was imported, discarded, or kept for a day"
            ),
            remedy: "send it again".to_owned(),
        });
    };
    Ok(Waiting {
        matching: serde_json::from_str(&row.matching).map_err(|error| corrupt(&error))?,
        since: Timestamp::from_millisecond(row.uploaded_at).map_err(|error| corrupt(&error))?,
        csv: row.content,
        by: row.uploaded_by,
    })
}

/// Imports the file that waits, recorded with its counts.
///
/// # Errors
/// As [`roster::import`], and [`RoundError::NotReady`] when none waits.
pub fn import(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    name: &AudienceName,
    now: Timestamp,
) -> Result<Imported, RoundError> {
    let file = waiting(conn, id, name, now)?;
    let imported = roster::import_matched(conn, id, name, &file.csv, &file.matching)?;
    roster_uploads::delete(conn, id.as_str(), name.as_str())?;
    let detail = format!(
        "{name}: {} people of {} agencies",
        imported.people, imported.agencies
    );
    audit::record(conn, who, "roster.import", id.as_str(), &detail, now)?;
    Ok(imported)
}

/// Forgets the file that waits, if one does.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn discard(conn: &mut Conn, id: &RoundId, name: &AudienceName) -> Result<(), RoundError> {
    Ok(roster_uploads::delete(conn, id.as_str(), name.as_str())?)
}

/// Forgets the files that nobody imported in time.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn forget_old(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    roster_uploads::delete_before(conn, (now - KEPT).as_millisecond())
}

fn corrupt(problem: &impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "roster",
        problem: problem.to_string(),
    }
}
