//! Queries about the way in: an invitation at the door, and the responses that wait to be mixed.
//!
//! The statements here are small and blunt; what may be joined with what, and when rows are moved, is decided
//! in `collect`.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::fixed::{Given, fixed, fixed_run};
use super::invitations::InvitationRow;
use super::responses::anonymous_audiences;
use super::schema::{audiences, intake, invitations, rounds};
use super::{Conn, StoreError};

/// How many rows go into one INSERT. SQLite takes 32 766 values in a statement.
const CHUNK: usize = 1000;

/// An invitation with what its round says about it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct DoorRow {
    /// The round's id.
    pub round: String,
    /// The round's title.
    pub title: String,
    /// The round's state, in the word that is stored.
    pub state: String,
    /// The survey's id.
    pub survey: String,
    /// The number of its version.
    pub version: i32,
    /// k.
    pub threshold: i32,
    /// Milliseconds since 1970.
    pub opens_at: Option<i64>,
    /// Milliseconds since 1970.
    pub closes_at: Option<i64>,
    /// The audience's name.
    pub audience: String,
    /// The audience's mode, in the word that is stored.
    pub mode: String,
    /// The agency's code.
    pub agency: String,
    /// The invited person's id within the audience.
    pub person: String,
    /// In which language they are addressed.
    pub language: String,
    /// Whether a response was sent with it.
    pub used: bool,
    /// The hash of the idempotency key that came with that response.
    pub submission_key: Option<Vec<u8>>,
}

/// A response that waits to be mixed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = intake, treat_none_as_default_value = false)]
pub struct IntakeRow {
    /// Random.
    pub key: Vec<u8>,
    /// The round's id.
    pub round: String,
    /// The audience's name.
    pub audience: String,
    /// The agency's code.
    pub agency: String,
    /// The packed record.
    pub answers: Vec<u8>,
    /// What was written in own words: JSON, item to text.
    pub written: String,
}

/// A group of people whose responses are mixed with each other: an agency within an audience of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit<'a> {
    /// The round's id.
    pub round: &'a str,
    /// The audience's name.
    pub audience: &'a str,
    /// The agency's code.
    pub agency: &'a str,
}

/// Several units of one audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units<'a> {
    /// The round's id.
    pub round: &'a str,
    /// The audience's name.
    pub audience: &'a str,
    /// The codes of the agencies.
    pub agencies: Vec<&'a str>,
}

/// The invitation of a code, with its round and audience.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn door(conn: &mut Conn, code_hash: &[u8]) -> Result<Option<DoorRow>, StoreError> {
    let of_audience = audiences::round
        .eq(invitations::round)
        .and(audiences::name.eq(invitations::audience));
    Ok(invitations::table
        .inner_join(rounds::table.on(rounds::id.eq(invitations::round)))
        .inner_join(audiences::table.on(of_audience))
        .filter(invitations::code_hash.eq(code_hash))
        .select((
            (
                rounds::id,
                rounds::title,
                rounds::state,
                rounds::survey,
                rounds::version,
                rounds::threshold,
            ),
            (rounds::opens_at, rounds::closes_at),
            (audiences::name, audiences::mode),
            (invitations::agency, invitations::person, invitations::language),
            (invitations::used, invitations::submission_key),
        ))
        .first(conn)
        .optional()?
        .map(DoorRow::from_columns))
}

type Columns = (
    (String, String, String, String, i32, i32),
    (Option<i64>, Option<i64>),
    (String, String),
    (String, String, String),
    (bool, Option<Vec<u8>>),
);

impl DoorRow {
    fn from_columns(columns: Columns) -> Self {
        let (of_round, window, of_audience, of_person, use_made) = columns;
        let (round, title, state, survey, version, threshold) = of_round;
        let (opens_at, closes_at) = window;
        let (audience, mode) = of_audience;
        let (agency, person, language) = of_person;
        let (used, submission_key) = use_made;
        Self {
            round,
            title,
            state,
            survey,
            version,
            threshold,
            opens_at,
            closes_at,
            audience,
            mode,
            agency,
            person,
            language,
            used,
            submission_key,
        }
    }
}

/// Adds responses that wait to be mixed.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert(conn: &mut Conn, rows: &[IntakeRow]) -> Result<(), StoreError> {
    for chunk in rows.chunks(CHUNK) {
        match conn {
            Conn::Sqlite(sqlite) => diesel::insert_into(intake::table).values(chunk).execute(sqlite)?,
            Conn::Pg(pg) => {
                let given = vec![
                    Given::Blobs(chunk.iter().map(|row| row.key.as_slice()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.round.as_str()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.audience.as_str()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.agency.as_str()).collect()),
                    Given::Blobs(chunk.iter().map(|row| row.answers.as_slice()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.written.as_str()).collect()),
                ];
                fixed_run(pg, INSERT, given)?
            }
        };
    }
    Ok(())
}

const INSERT: &str = "INSERT INTO intake (key, round, audience, agency, answers, written) SELECT * FROM unnest(?, ?, ?, ?, ?, ?)";

/// How many responses of each of these units wait to be mixed. A unit of which none waits is left out.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn waiting<'a>(conn: &mut Conn, units: &[Unit<'a>]) -> Result<BTreeMap<Unit<'a>, i64>, StoreError> {
    let all = |part: fn(&Unit<'a>) -> &'a str| -> Vec<&'a str> {
        let parts: BTreeSet<&str> = units.iter().map(part).collect();
        parts.into_iter().collect()
    };
    let (rounds, audiences) = (all(|unit| unit.round), all(|unit| unit.audience));
    let agencies = all(|unit| unit.agency);
    let rows: Vec<(String, String, String, i64)> = each!(conn, c => intake::table
        .filter(intake::round.eq_any(&rounds))
        .filter(intake::audience.eq_any(&audiences))
        .filter(intake::agency.eq_any(&agencies))
        .group_by((intake::round, intake::audience, intake::agency))
        .select((intake::round, intake::audience, intake::agency, count_star()))
        .load(c))?;
    let counts: BTreeMap<Unit<'_>, i64> = rows
        .iter()
        .map(|(round, audience, agency, count)| {
            (
                Unit {
                    round,
                    audience,
                    agency,
                },
                *count,
            )
        })
        .collect();
    let known = units.iter().filter_map(|unit| Some((*unit, *counts.get(unit)?)));
    Ok(known.collect())
}

/// Whether any response of a round waits to be mixed.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn waits(conn: &mut Conn, round: &str) -> Result<bool, StoreError> {
    let waiting: i64 = intake::table
        .filter(intake::round.eq(round))
        .count()
        .get_result(conn)?;
    Ok(waiting > 0)
}

/// Takes every waiting response of these units out of the intake, by one statement, so that no row is taken twice.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn take_units(conn: &mut Conn, units: &Units<'_>) -> Result<Vec<IntakeRow>, StoreError> {
    Ok(each!(conn, c => diesel::delete(
        intake::table
            .filter(intake::round.eq(units.round))
            .filter(intake::audience.eq(units.audience))
            .filter(intake::agency.eq_any(&units.agencies)),
    )
    .returning(intake::all_columns)
    .get_results(c))?)
}

/// Takes every waiting response of a round out of the intake.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn take_round(conn: &mut Conn, round: &str) -> Result<Vec<IntakeRow>, StoreError> {
    Ok(diesel::delete(intake::table.filter(intake::round.eq(round)))
        .returning(intake::all_columns)
        .get_results(conn)?)
}

/// Those of the units that this transaction is now the only one to mix. Never waits.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn alone_with<'a>(conn: &mut Conn, units: &[Unit<'a>]) -> Result<Vec<Unit<'a>>, StoreError> {
    let Conn::Pg(pg) = conn else {
        // SQLite has one writer.
        return Ok(units.to_vec());
    };
    let given = vec![
        Given::Number(MIX_LOCK),
        Given::Texts(units.iter().map(|unit| unit.round).collect()),
        Given::Texts(units.iter().map(|unit| unit.audience).collect()),
        Given::Texts(units.iter().map(|unit| unit.agency).collect()),
    ];
    let locked: Vec<bool> = fixed::<Bool>(ALONE_WITH, given).load(pg)?;
    let ours = units.iter().zip(locked).filter(|(_, locked)| *locked);
    Ok(ours.map(|(unit, _)| *unit).collect())
}

const ALONE_WITH: &str = "SELECT pg_try_advisory_xact_lock(hashtextextended(round || '/' || audience || '/' || agency, ?)) \
    FROM unnest(?, ?, ?) WITH ORDINALITY AS u (round, audience, agency, place) ORDER BY place";

/// Keeps the locks of the mix apart from other advisory locks. Any number will do.
const MIX_LOCK: i64 = 1;

/// Writes used invitations of these units anew in an order that says nothing, of each unit those that were written last, `window`
/// of them at the most, so that neither their place nor their transaction number tells when each was used.
///
/// In SQLite rows have no number, and the table is ordered by the hash of the code; only within a page of the file
/// does a rewritten row move behind the others. That is mended for the whole round at once, by [`rewrite_all_used`].
///
/// # Errors
/// [`StoreError`] of the database.
pub fn rewrite_used(conn: &mut Conn, units: &Units<'_>, window: u32) -> Result<(), StoreError> {
    if let Conn::Pg(pg) = conn {
        let given = vec![
            Given::Texts(units.agencies.clone()),
            Given::Text(units.round),
            Given::Text(units.audience),
            Given::Texts(units.agencies.clone()),
            Given::Text(units.round),
            Given::Text(units.audience),
            Given::Number(i64::from(window)),
        ];
        fixed_run(pg, REWRITE_USED, given)?;
    }
    Ok(())
}

/// The people of a unit are those of the agency under which it files, and of all others for whom its key signs. Which rows
/// were written last their transaction numbers tell; among those of one number chance decides.
const REWRITE_USED: &str = "WITH unit AS (SELECT agency, agency AS files FROM unnest(?) AS a (agency) UNION \
    SELECT u.agency, k.agency FROM credential_units u JOIN credential_keys k ON k.key_id = u.key_id \
    WHERE u.round = ? AND u.audience = ? AND k.agency = ANY (?)), \
    ranked AS (SELECT i.ctid AS place, row_number() OVER (PARTITION BY unit.files ORDER BY age(i.xmin), random()) AS rank \
    FROM invitations i JOIN unit ON unit.agency = i.agency WHERE i.used AND i.round = ? AND i.audience = ?), \
    taken AS (DELETE FROM invitations WHERE ctid = ANY (ARRAY (SELECT place FROM ranked WHERE rank <= ?)) RETURNING *) \
    INSERT INTO invitations SELECT * FROM taken ORDER BY random()";

/// The same for every anonymous audience of a round, all together.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn rewrite_all_used(conn: &mut Conn, round: &str) -> Result<(), StoreError> {
    let Conn::Pg(pg) = conn else {
        return rewrite(conn, round, true, |row| row);
    };
    fixed_run(pg, REWRITE_ALL_USED, vec![Given::Text(round)])?;
    Ok(())
}

const REWRITE_ALL_USED: &str = "WITH taken AS (DELETE FROM invitations i USING audiences a WHERE i.used AND i.round = ? \
    AND a.round = i.round AND a.name = i.audience AND a.mode = 'anonymous' RETURNING i.*) \
    INSERT INTO invitations SELECT * FROM taken ORDER BY random()";

/// Forgets of a round's anonymous audiences who used their invitation. Every row is written anew, used or not:
/// otherwise the rewritten ones would be those that were used.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn forget_use(conn: &mut Conn, round: &str) -> Result<(), StoreError> {
    rewrite(conn, round, false, |row| InvitationRow {
        used: false,
        submission_key: None,
        ..row
    })
}

/// Takes invitations of anonymous audiences out and puts them back in the order of their hashes.
fn rewrite(
    conn: &mut Conn,
    round: &str,
    only_used: bool,
    change: fn(InvitationRow) -> InvitationRow,
) -> Result<(), StoreError> {
    let anonymous = anonymous_audiences(conn, round)?;
    let of_round = invitations::round
        .eq(round)
        .and(invitations::audience.eq_any(anonymous))
        .and(invitations::used.eq(true).or(invitations::used.eq(only_used)));
    let taken: Vec<InvitationRow> = diesel::delete(invitations::table.filter(of_round))
        .returning(invitations::all_columns)
        .get_results(conn)?;
    let mut rows: Vec<InvitationRow> = taken.into_iter().map(change).collect();
    rows.sort_by(|one, other| one.code_hash.cmp(&other.code_hash));
    for chunk in rows.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(invitations::table).values(chunk).execute(c))?;
    }
    Ok(())
}
