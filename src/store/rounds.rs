//! Queries about rounds, their audiences and their frozen headcounts.

use std::collections::BTreeMap;

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{audiences, headcounts, rounds};
use super::{Conn, StoreError};
use crate::agency::AgencyCode;
use crate::round::{
    Audience, AudienceName, FrozenPromise, Mode, Promise, Round, RoundId, RoundState, RoundThresholds,
};

/// Rows of one statement: four values a row stay far below what either engine binds (32 766).
const CHUNK: usize = 1000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = rounds)]
struct RoundRow {
    id: String,
    title: String,
    survey: String,
    version: i32,
    state: String,
    threshold: i32,
    least_change: f64,
    opens_at: Option<i64>,
    closes_at: Option<i64>,
    opened_at: Option<i64>,
    closed_at: Option<i64>,
    sealed_at: Option<i64>,
    published_at: Option<i64>,
    promise: Option<String>,
    promise_digest: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audiences, treat_none_as_default_value = false)]
struct AudienceRow {
    round: String,
    name: String,
    title: String,
    mode: String,
}

#[derive(Insertable)]
#[diesel(table_name = headcounts, treat_none_as_default_value = false)]
struct HeadcountRow<'a> {
    round: &'a str,
    audience: &'a str,
    agency: &'a str,
    people: i32,
}

/// Which instant of a round a step writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// None: the step is a plan only.
    None,
    /// `closed_at`.
    Closed(Timestamp),
    /// `sealed_at`.
    Sealed(Timestamp),
    /// `published_at`.
    Published(Timestamp),
}

/// One round.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find(conn: &mut Conn, id: &RoundId) -> Result<Option<Round>, StoreError> {
    let row = rounds::table
        .find(id.as_str())
        .select(RoundRow::as_select())
        .first(conn)
        .optional()?;
    row.map(|row| with_audiences(conn, row)).transpose()
}

/// One round, held against every other writer until the transaction ends. SQLite has one writer at a time and
/// needs no lock; PostgreSQL locks the row, though not against rows that refer to it: a submission on its way, for which the
/// close waits, adds such rows.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn lock(conn: &mut Conn, id: &RoundId) -> Result<Option<Round>, StoreError> {
    if let Conn::Pg(pg) = conn {
        rounds::table
            .find(id.as_str())
            .select(rounds::id)
            .for_no_key_update()
            .load::<String>(pg)?;
    }
    find(conn, id)
}

/// At most `limit` rounds behind the id `after`, by id.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn page(conn: &mut Conn, after: Option<&str>, limit: u32) -> Result<Vec<Round>, StoreError> {
    let rows = rounds::table
        .filter(rounds::id.gt(after.unwrap_or("")))
        .order(rounds::id)
        .limit(i64::from(limit))
        .select(RoundRow::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| with_audiences(conn, row)).collect()
}

/// The scheduled rounds that were to open by `now`.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn due_to_open(conn: &mut Conn, now: Timestamp) -> Result<Vec<RoundId>, StoreError> {
    let ids = rounds::table
        .filter(rounds::state.eq(state_name(RoundState::Scheduled)))
        .filter(rounds::opens_at.le(now.as_millisecond()))
        .order(rounds::id)
        .select(rounds::id)
        .load::<String>(conn)?;
    ids.into_iter().map(slug).collect()
}

/// The open rounds that were to close by `now`.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn due_to_close(conn: &mut Conn, now: Timestamp) -> Result<Vec<RoundId>, StoreError> {
    let ids = rounds::table
        .filter(rounds::state.eq(state_name(RoundState::Open)))
        .filter(rounds::closes_at.le(now.as_millisecond()))
        .order(rounds::id)
        .select(rounds::id)
        .load::<String>(conn)?;
    ids.into_iter().map(slug).collect()
}

/// Adds a round with its audiences, in the state it says, without a promise.
///
/// # Errors
/// [`StoreError::Duplicate`] when the id is taken, [`StoreError::Reference`] when the version does not exist.
pub fn insert(conn: &mut Conn, round: &Round) -> Result<(), StoreError> {
    diesel::insert_into(rounds::table)
        .values((
            rounds::id.eq(round.id.as_str()),
            rounds::title.eq(&round.title),
            rounds::survey.eq(round.survey.as_str()),
            rounds::version.eq(stored(round.version)?),
            rounds::state.eq(state_name(round.state)),
            rounds::threshold.eq(stored(round.thresholds.least_respondents)?),
            rounds::least_change.eq(round.thresholds.least_change),
            rounds::opens_at.eq(round.opens_at.map(Timestamp::as_millisecond)),
            rounds::closes_at.eq(round.closes_at.map(Timestamp::as_millisecond)),
        ))
        .execute(conn)?;
    insert_audiences(conn, &round.id, &round.audiences)
}

/// Writes title, version, thresholds and times of a round anew. The audiences are not touched.
///
/// # Errors
/// [`StoreError::Reference`] when the version does not exist.
pub fn update_plan(conn: &mut Conn, round: &Round) -> Result<(), StoreError> {
    diesel::update(rounds::table.find(round.id.as_str()))
        .set((
            rounds::title.eq(&round.title),
            rounds::survey.eq(round.survey.as_str()),
            rounds::version.eq(stored(round.version)?),
            rounds::threshold.eq(stored(round.thresholds.least_respondents)?),
            rounds::least_change.eq(round.thresholds.least_change),
            rounds::opens_at.eq(round.opens_at.map(Timestamp::as_millisecond)),
            rounds::closes_at.eq(round.closes_at.map(Timestamp::as_millisecond)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Adds audiences to a round.
///
/// # Errors
/// [`StoreError::Duplicate`] when one is there already.
pub fn insert_audiences(conn: &mut Conn, round: &RoundId, given: &[Audience]) -> Result<(), StoreError> {
    let row = |audience: &Audience| AudienceRow {
        round: round.to_string(),
        name: audience.name.to_string(),
        title: audience.title.clone(),
        mode: mode_name(audience.mode).to_owned(),
    };
    for chunk in given.chunks(CHUNK) {
        let rows: Vec<AudienceRow> = chunk.iter().map(row).collect();
        each!(conn, c => diesel::insert_into(audiences::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Gives an audience another title and mode.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn update_audience(conn: &mut Conn, round: &RoundId, audience: &Audience) -> Result<(), StoreError> {
    diesel::update(audiences::table.find((round.as_str(), audience.name.as_str())))
        .set((
            audiences::title.eq(&audience.title),
            audiences::mode.eq(mode_name(audience.mode)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes an audience without a roster.
///
/// # Errors
/// [`StoreError::Reference`] when it still has one.
pub fn delete_audience(conn: &mut Conn, round: &RoundId, name: &AudienceName) -> Result<(), StoreError> {
    diesel::delete(audiences::table.find((round.as_str(), name.as_str()))).execute(conn)?;
    Ok(())
}

/// Takes a round from one state to another, if it still is in the first. Returns whether it was: of two that
/// try at once, one is told no.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn transition(
    conn: &mut Conn,
    id: &RoundId,
    from: RoundState,
    to: RoundState,
    milestone: Milestone,
) -> Result<bool, StoreError> {
    let here = rounds::table.filter(rounds::id.eq(id.as_str()).and(rounds::state.eq(state_name(from))));
    let to = rounds::state.eq(state_name(to));
    let changed = match milestone {
        Milestone::None => diesel::update(here).set(to).execute(conn)?,
        Milestone::Closed(at) => diesel::update(here)
            .set((to, rounds::closed_at.eq(at.as_millisecond())))
            .execute(conn)?,
        Milestone::Sealed(at) => diesel::update(here)
            .set((to, rounds::sealed_at.eq(at.as_millisecond())))
            .execute(conn)?,
        Milestone::Published(at) => diesel::update(here)
            .set((to, rounds::published_at.eq(at.as_millisecond())))
            .execute(conn)?,
    };
    Ok(changed == 1)
}

/// Writes when a round closes. The promise, and the end in it, is not touched.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn set_end(conn: &mut Conn, id: &RoundId, closes_at: Timestamp) -> Result<(), StoreError> {
    diesel::update(rounds::table.find(id.as_str()))
        .set(rounds::closes_at.eq(closes_at.as_millisecond()))
        .execute(conn)?;
    Ok(())
}

/// Opens a round with its promise and headcounts, if it still is in the state `from` and has no promise.
/// Returns whether it was.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn open(
    conn: &mut Conn,
    id: &RoundId,
    from: RoundState,
    at: Timestamp,
    promise: &str,
    digest: &str,
) -> Result<bool, StoreError> {
    let here = rounds::id.eq(id.as_str()).and(rounds::state.eq(state_name(from)));
    let changed = diesel::update(rounds::table.filter(here.and(rounds::promise.is_null())))
        .set((
            rounds::state.eq(state_name(RoundState::Open)),
            rounds::opened_at.eq(at.as_millisecond()),
            rounds::promise.eq(promise),
            rounds::promise_digest.eq(digest),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Stores how many people of each agency an audience has.
///
/// # Errors
/// [`StoreError::Duplicate`] when they are stored already.
pub fn insert_headcounts(
    conn: &mut Conn,
    round: &RoundId,
    audience: &AudienceName,
    counts: &BTreeMap<AgencyCode, u32>,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(counts.len());
    for (agency, people) in counts {
        rows.push(HeadcountRow {
            round: round.as_str(),
            audience: audience.as_str(),
            agency: agency.as_str(),
            people: stored(*people)?,
        });
    }
    for chunk in rows.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(headcounts::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The frozen headcounts of a round.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn frozen_headcounts(
    conn: &mut Conn,
    round: &RoundId,
) -> Result<BTreeMap<AudienceName, BTreeMap<AgencyCode, u32>>, StoreError> {
    let rows = headcounts::table
        .filter(headcounts::round.eq(round.as_str()))
        .select((headcounts::audience, headcounts::agency, headcounts::people))
        .load::<(String, String, i32)>(conn)?;
    let mut counts: BTreeMap<AudienceName, BTreeMap<AgencyCode, u32>> = BTreeMap::new();
    for (audience, agency, people) in rows {
        let agencies = counts.entry(slug(audience)?).or_default();
        agencies.insert(slug(agency)?, number(people)?);
    }
    Ok(counts)
}

fn with_audiences(conn: &mut Conn, row: RoundRow) -> Result<Round, StoreError> {
    let rows = audiences::table
        .filter(audiences::round.eq(&row.id))
        .order(audiences::name)
        .select(AudienceRow::as_select())
        .load(conn)?;
    let audiences = rows
        .into_iter()
        .map(Audience::try_from)
        .collect::<Result<_, _>>()?;
    Ok(Round {
        id: slug(row.id)?,
        title: row.title,
        survey: slug(row.survey)?,
        version: number(row.version)?,
        state: state(&row.state)?,
        thresholds: RoundThresholds {
            least_respondents: number(row.threshold)?,
            least_change: row.least_change,
        },
        audiences,
        opens_at: row.opens_at.map(instant).transpose()?,
        closes_at: row.closes_at.map(instant).transpose()?,
        opened_at: row.opened_at.map(instant).transpose()?,
        closed_at: row.closed_at.map(instant).transpose()?,
        sealed_at: row.sealed_at.map(instant).transpose()?,
        published_at: row.published_at.map(instant).transpose()?,
        promise: frozen(row.promise, row.promise_digest)?,
    })
}

fn frozen(text: Option<String>, digest: Option<String>) -> Result<Option<FrozenPromise>, StoreError> {
    let (Some(text), Some(digest)) = (text, digest) else {
        return Ok(None);
    };
    let promise: Promise = serde_json::from_str(&text).map_err(|error| corrupt(&error))?;
    Ok(Some(FrozenPromise { promise, digest }))
}

impl TryFrom<AudienceRow> for Audience {
    type Error = StoreError;

    fn try_from(row: AudienceRow) -> Result<Self, StoreError> {
        let modes = [Mode::Anonymous, Mode::Attributed];
        let mode = modes.into_iter().find(|mode| mode_name(*mode) == row.mode);
        Ok(Self {
            name: slug(row.name)?,
            title: row.title,
            mode: mode.ok_or_else(|| corrupt(&format!("mode `{}`", row.mode)))?,
        })
    }
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Anonymous => "anonymous",
        Mode::Attributed => "attributed",
    }
}

fn state_name(state: RoundState) -> &'static str {
    state.as_str()
}

fn state(name: &str) -> Result<RoundState, StoreError> {
    RoundState::named(name).ok_or_else(|| corrupt(&format!("state `{name}`")))
}

fn stored(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|error| corrupt(&error))
}

fn number(stored: i32) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|error| corrupt(&error))
}

fn instant(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| corrupt(&error))
}

fn slug<T: TryFrom<String, Error = crate::slug::BadSlug>>(text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(|error| corrupt(&error))
}

fn corrupt<E: std::fmt::Display + ?Sized>(problem: &E) -> StoreError {
    StoreError::Corrupt {
        what: "round",
        problem: problem.to_string(),
    }
}
