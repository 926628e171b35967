//! Queries about the way in: an invitation at the door, and the responses that wait to be mixed.
//!
//! The statements here are small and blunt; what may be joined with what, and when rows are moved, is decided
//! in `collect`.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit<'a> {
    /// The round's id.
    pub round: &'a str,
    /// The audience's name.
    pub audience: &'a str,
    /// The agency's code.
    pub agency: &'a str,
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

/// Marks an unused invitation as used, by a submission with this key or, without one, by a claim; false when it
/// was used already, or when another transaction is just using it. PostgreSQL skips a row that is locked: waiting for it, with a batch of other rows locked
/// oneself, is how two writers deadlock.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn consume(conn: &mut Conn, code_hash: &[u8], submission_key: Option<&[u8]>) -> Result<bool, StoreError> {
    let changed = match conn {
        Conn::Sqlite(sqlite) => {
            let unused = invitations::code_hash
                .eq(code_hash)
                .and(invitations::used.eq(false));
            diesel::update(invitations::table.filter(unused))
                .set((
                    invitations::used.eq(true),
                    invitations::submission_key.eq(submission_key),
                ))
                .execute(sqlite)?
        }
        Conn::Pg(pg) => diesel::sql_query(
            "UPDATE invitations SET used = true, submission_key = $1 WHERE code_hash = (SELECT code_hash \
             FROM invitations WHERE code_hash = $2 AND used = false FOR UPDATE SKIP LOCKED)",
        )
        .bind::<Nullable<Binary>, _>(submission_key)
        .bind::<Binary, _>(code_hash)
        .execute(pg)?,
    };
    Ok(changed == 1)
}

/// Adds responses that wait to be mixed.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert(conn: &mut Conn, rows: &[IntakeRow]) -> Result<(), StoreError> {
    for chunk in rows.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(intake::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// How many responses of a unit wait to be mixed.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn waiting(conn: &mut Conn, unit: Unit<'_>) -> Result<i64, StoreError> {
    Ok(intake::table
        .filter(intake::round.eq(unit.round))
        .filter(intake::audience.eq(unit.audience))
        .filter(intake::agency.eq(unit.agency))
        .count()
        .get_result(conn)?)
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

/// Takes every waiting response of a unit out of the intake, by one statement, so that no row is taken twice.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn take_unit(conn: &mut Conn, unit: Unit<'_>) -> Result<Vec<IntakeRow>, StoreError> {
    let of_unit = intake::round
        .eq(unit.round)
        .and(intake::audience.eq(unit.audience))
        .and(intake::agency.eq(unit.agency));
    Ok(diesel::delete(intake::table.filter(of_unit))
        .returning(intake::all_columns)
        .get_results(conn)?)
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

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

/// Whether this transaction is now the only one that mixes the unit. Never waits.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn alone_with(conn: &mut Conn, unit: Unit<'_>) -> Result<bool, StoreError> {
    match conn {
        // SQLite has one writer.
        Conn::Sqlite(_) => Ok(true),
        Conn::Pg(pg) => {
            let query = diesel::sql_query(
                "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || '/' || $2 || '/' || $3, $4)) AS locked",
            );
            let found: Locked = query
                .bind::<Text, _>(unit.round)
                .bind::<Text, _>(unit.audience)
                .bind::<Text, _>(unit.agency)
                .bind::<BigInt, _>(MIX_LOCK)
                .get_result(pg)?;
            Ok(found.locked)
        }
    }
}

/// Keeps the locks of the mix apart from other advisory locks. Any number will do.
const MIX_LOCK: i64 = 1;

/// Writes the used invitations of anonymous audiences anew in an order that says nothing, those of one unit or of
/// the whole round, so that neither their place nor their transaction number tells when each was used.
///
/// In SQLite rows have no number, and the table is ordered by the hash of the code; only within a page of the file
/// does a rewritten row move behind the others. That is mended for the whole round at once.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn rewrite_used(conn: &mut Conn, round: &str, unit: Option<Unit<'_>>) -> Result<(), StoreError> {
    let Conn::Pg(pg) = conn else {
        return match unit {
            Some(_) => Ok(()),
            None => rewrite(conn, round, true, |row| row),
        };
    };
    let (audience, agency) = unit.map_or(("", ""), |unit| (unit.audience, unit.agency));
    diesel::sql_query(
        "WITH taken AS (DELETE FROM invitations i USING audiences a WHERE i.used AND i.round = $1 \
         AND a.round = i.round AND a.name = i.audience AND a.mode = 'anonymous' \
         AND ($2 = '' OR (i.audience = $2 AND (i.agency = $3 OR EXISTS (SELECT 1 FROM credential_units u \
         JOIN credential_keys k ON k.key_id = u.key_id WHERE u.round = i.round AND u.audience = i.audience \
         AND u.agency = i.agency AND k.agency = $3)))) RETURNING i.*) \
         INSERT INTO invitations SELECT * FROM taken ORDER BY random()",
    )
    .bind::<Text, _>(round)
    .bind::<Text, _>(audience)
    .bind::<Text, _>(agency)
    .execute(pg)?;
    Ok(())
}

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

/// Holds off the closing of a round until this transaction ends, without holding off other submissions. What
/// is read of the round afterwards stays true. SQLite has one writer and needs no such lock.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn keep_open(conn: &mut Conn, round: &str) -> Result<(), StoreError> {
    round_lock(
        conn,
        "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, $2))",
        round,
    )
}

/// Waits until no submission to the round is on its way, and lets none begin before this transaction ends.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn hold_closed(conn: &mut Conn, round: &str) -> Result<(), StoreError> {
    round_lock(
        conn,
        "SELECT pg_advisory_xact_lock(hashtextextended($1, $2))",
        round,
    )
}

fn round_lock(conn: &mut Conn, statement: &str, round: &str) -> Result<(), StoreError> {
    if let Conn::Pg(pg) = conn {
        let query = diesel::sql_query(statement)
            .bind::<Text, _>(round)
            .bind::<BigInt, _>(ROUND_LOCK);
        query.execute(pg)?;
    }
    Ok(())
}

/// Keeps the locks of rounds apart from other advisory locks. Any number will do.
const ROUND_LOCK: i64 = 2;
