//! Queries about unlinkable credentials: the keys of a round, the claims, the tokens that were spent.
//!
//! No query here joins a claim with a token, and no column could: they share the key's id and nothing else.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Text};

use super::schema::{claims, credential_keys, credential_units, manifests, responses, rounds, spent_tokens};
use super::{Conn, StoreError};

/// How many rows go into one INSERT. SQLite takes 32 766 values in a statement.
const CHUNK: usize = 1000;

/// The manifest of a round, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = manifests)]
pub struct ManifestRow {
    /// The round's id.
    pub round: String,
    /// SHA-256 of the document, in hex.
    pub digest: String,
    /// Canonical JSON.
    pub document: String,
}

/// The key of a unit, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = credential_keys, treat_none_as_default_value = false)]
pub struct KeyRow {
    /// SHA-256 of `public_key`.
    pub key_id: Vec<u8>,
    /// The round's id.
    pub round: String,
    /// The audience's name.
    pub audience: String,
    /// The unit's name.
    pub unit: String,
    /// Under which agency responses of the unit are filed.
    pub agency: String,
    /// SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// Encrypted; `None` once it was destroyed.
    pub private_key: Option<Vec<u8>>,
    /// How many credentials were claimed; known at close.
    pub claimed: Option<i32>,
    /// How many responses came with a credential; known at close.
    pub received: Option<i32>,
    /// How many responses came at all; known at close.
    pub responses: Option<i32>,
}

/// Which key signs for the people of an agency.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = credential_units)]
pub struct UnitRow {
    /// The round's id.
    pub round: String,
    /// The audience's name.
    pub audience: String,
    /// The agency's code.
    pub agency: String,
    /// Its key.
    pub key_id: Vec<u8>,
}

/// A claim, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = claims)]
pub struct ClaimRow {
    /// The hash of the invitation code.
    pub code_hash: Vec<u8>,
    /// The key that signed.
    pub key_id: Vec<u8>,
    /// SHA-256 of the blinded message.
    pub blinded: Vec<u8>,
    /// The blind signature.
    pub signature: Vec<u8>,
}

/// A spent token, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = spent_tokens, treat_none_as_default_value = false)]
pub struct SpentRow {
    /// The token.
    pub token: Vec<u8>,
    /// The round's id.
    pub round: String,
    /// The key under which it was spent, until the round closes.
    pub key_id: Option<Vec<u8>>,
    /// By which the same submission is recognised, until the round is sealed.
    pub mark: Option<Vec<u8>>,
}

/// What a key opens: its unit, and its round as far as answering needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateRow {
    /// The key.
    pub key: KeyRow,
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
}

/// What came of a key until the round closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyCounts {
    /// Credentials claimed.
    pub claimed: i64,
    /// Responses with a credential.
    pub received: i64,
    /// Responses at all.
    pub responses: i64,
}

/// Adds the manifest of a round with its keys and whom they sign for.
///
/// # Errors
/// [`StoreError::Duplicate`] when the round has one already.
pub fn insert_manifest(
    conn: &mut Conn,
    manifest: &ManifestRow,
    keys: &[KeyRow],
    units: &[UnitRow],
) -> Result<(), StoreError> {
    diesel::insert_into(manifests::table)
        .values(manifest)
        .execute(conn)?;
    for chunk in keys.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(credential_keys::table).values(chunk).execute(c))?;
    }
    for chunk in units.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(credential_units::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The manifest of a round.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn manifest(conn: &mut Conn, round: &str) -> Result<Option<ManifestRow>, StoreError> {
    Ok(manifests::table
        .find(round)
        .select(ManifestRow::as_select())
        .first(conn)
        .optional()?)
}

/// The keys of a round, by audience and unit.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn keys(conn: &mut Conn, round: &str) -> Result<Vec<KeyRow>, StoreError> {
    Ok(credential_keys::table
        .filter(credential_keys::round.eq(round))
        .order((credential_keys::audience, credential_keys::unit))
        .select(KeyRow::as_select())
        .load(conn)?)
}

/// Which key signs for which agency of a round.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn units(conn: &mut Conn, round: &str) -> Result<Vec<UnitRow>, StoreError> {
    Ok(credential_units::table
        .filter(credential_units::round.eq(round))
        .select(UnitRow::as_select())
        .load(conn)?)
}

/// The key that signs for an agency within an audience.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn key_of(
    conn: &mut Conn,
    round: &str,
    audience: &str,
    agency: &str,
) -> Result<Option<KeyRow>, StoreError> {
    Ok(credential_units::table
        .inner_join(credential_keys::table.on(credential_keys::key_id.eq(credential_units::key_id)))
        .filter(credential_units::round.eq(round))
        .filter(credential_units::audience.eq(audience))
        .filter(credential_units::agency.eq(agency))
        .select(KeyRow::as_select())
        .first(conn)
        .optional()?)
}

/// What a key opens.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn gate(conn: &mut Conn, key_id: &[u8]) -> Result<Option<GateRow>, StoreError> {
    let found = credential_keys::table
        .inner_join(rounds::table.on(rounds::id.eq(credential_keys::round)))
        .filter(credential_keys::key_id.eq(key_id))
        .select((
            KeyRow::as_select(),
            (rounds::state, rounds::survey, rounds::version, rounds::threshold),
            (rounds::opens_at, rounds::closes_at),
        ))
        .first::<(KeyRow, (String, String, i32, i32), (Option<i64>, Option<i64>))>(conn)
        .optional()?;
    Ok(found.map(|(key, of_round, window)| GateRow {
        key,
        state: of_round.0,
        survey: of_round.1,
        version: of_round.2,
        threshold: of_round.3,
        opens_at: window.0,
        closes_at: window.1,
    }))
}

/// The claim of an invitation.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn claim(conn: &mut Conn, code_hash: &[u8]) -> Result<Option<ClaimRow>, StoreError> {
    Ok(claims::table
        .find(code_hash)
        .select(ClaimRow::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a claim.
///
/// # Errors
/// [`StoreError::Duplicate`] when the invitation has one.
pub fn insert_claim(conn: &mut Conn, row: &ClaimRow) -> Result<(), StoreError> {
    diesel::insert_into(claims::table).values(row).execute(conn)?;
    Ok(())
}

/// A token that was spent.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn spent(conn: &mut Conn, token: &[u8]) -> Result<Option<SpentRow>, StoreError> {
    Ok(spent_tokens::table
        .find(token)
        .select(SpentRow::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a spent token.
///
/// # Errors
/// [`StoreError::Duplicate`] when it was spent already.
pub fn spend(conn: &mut Conn, row: &SpentRow) -> Result<(), StoreError> {
    diesel::insert_into(spent_tokens::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

/// Whether this transaction is the only one that spends the token. Never waits: of two writers that wait for each
/// other's rows, one would be ended by PostgreSQL. SQLite has one writer.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn alone_with(conn: &mut Conn, token: &[u8]) -> Result<bool, StoreError> {
    match conn {
        Conn::Sqlite(_) => Ok(true),
        Conn::Pg(pg) => {
            let query = diesel::sql_query(
                "SELECT pg_try_advisory_xact_lock(hashtextextended(encode($1, 'hex'), $2)) AS locked",
            );
            let found: Locked = query
                .bind::<Binary, _>(token)
                .bind::<BigInt, _>(TOKEN_LOCK)
                .get_result(pg)?;
            Ok(found.locked)
        }
    }
}

/// Keeps the locks of tokens apart from other advisory locks. Any number will do.
const TOKEN_LOCK: i64 = 3;

/// Writes the claims and the spent tokens of the unit that files under an agency anew, each in random order, so that
/// neither their place nor their transaction number tells when each came. In SQLite both are ordered by random bytes
/// and rows have no number.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn rewrite_unit(conn: &mut Conn, round: &str, audience: &str, agency: &str) -> Result<(), StoreError> {
    let Conn::Pg(pg) = conn else {
        return Ok(());
    };
    for table in ["claims", "spent_tokens"] {
        diesel::sql_query(format!(
            "WITH taken AS (DELETE FROM {table} t USING credential_keys k WHERE k.key_id = t.key_id AND k.round = $1 \
             AND k.audience = $2 AND k.agency = $3 RETURNING t.*) INSERT INTO {table} SELECT * FROM taken ORDER BY random()"
        ))
        .bind::<Text, _>(round)
        .bind::<Text, _>(audience)
        .bind::<Text, _>(agency)
        .execute(pg)?;
    }
    Ok(())
}

/// What came of each key of a round so far.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn count(conn: &mut Conn, round: &str) -> Result<Vec<(KeyRow, KeyCounts)>, StoreError> {
    let rows = keys(conn, round)?;
    let ids: Vec<Vec<u8>> = rows.iter().map(|row| row.key_id.clone()).collect();
    let claimed: Vec<(Vec<u8>, i64)> = claims::table
        .filter(claims::key_id.eq_any(&ids))
        .group_by(claims::key_id)
        .select((claims::key_id, count_star()))
        .load(conn)?;
    let received: Vec<(Option<Vec<u8>>, i64)> = spent_tokens::table
        .filter(spent_tokens::round.eq(round))
        .group_by(spent_tokens::key_id)
        .select((spent_tokens::key_id, count_star()))
        .load(conn)?;
    let all: Vec<(String, String, i64)> = responses::table
        .filter(responses::round.eq(round))
        .group_by((responses::audience, responses::agency))
        .select((responses::audience, responses::agency, count_star()))
        .load(conn)?;
    let of_row = |row: KeyRow| {
        let claimed = claimed.iter().find(|(key, _)| *key == row.key_id);
        let received = received.iter().find(|(key, _)| key.as_ref() == Some(&row.key_id));
        let all = all
            .iter()
            .find(|(audience, agency, _)| *audience == row.audience && *agency == row.agency);
        let counts = KeyCounts {
            claimed: claimed.map_or(0, |(_, count)| *count),
            received: received.map_or(0, |(_, count)| *count),
            responses: all.map_or(0, |(_, _, count)| *count),
        };
        (row, counts)
    };
    Ok(rows.into_iter().map(of_row).collect())
}

/// Writes what came of a key, and destroys its private part.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn finish_key(conn: &mut Conn, key_id: &[u8], counts: KeyCounts) -> Result<(), StoreError> {
    let whole = |count: i64| {
        i32::try_from(count).map_err(|error| StoreError::Corrupt {
            what: "count of claims",
            problem: error.to_string(),
        })
    };
    diesel::update(credential_keys::table.find(key_id))
        .set((
            credential_keys::private_key.eq(None::<Vec<u8>>),
            credential_keys::claimed.eq(Some(whole(counts.claimed)?)),
            credential_keys::received.eq(Some(whole(counts.received)?)),
            credential_keys::responses.eq(Some(whole(counts.responses)?)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes every claim of a round.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn delete_claims(conn: &mut Conn, round: &str) -> Result<usize, StoreError> {
    let ids: Vec<Vec<u8>> = keys(conn, round)?.into_iter().map(|row| row.key_id).collect();
    Ok(diesel::delete(claims::table.filter(claims::key_id.eq_any(ids))).execute(conn)?)
}

/// Takes every spent token of a round out, to be put back by [`put_tokens`].
///
/// # Errors
/// [`StoreError`] of the database.
pub fn take_tokens(conn: &mut Conn, round: &str) -> Result<Vec<SpentRow>, StoreError> {
    Ok(
        diesel::delete(spent_tokens::table.filter(spent_tokens::round.eq(round)))
            .returning(spent_tokens::all_columns)
            .get_results(conn)?,
    )
}

/// Puts spent tokens back in the order of the tokens, which says nothing.
///
/// # Errors
/// [`StoreError::Duplicate`] when one is there already.
pub fn put_tokens(conn: &mut Conn, mut rows: Vec<SpentRow>) -> Result<(), StoreError> {
    rows.sort_by(|one, other| one.token.cmp(&other.token));
    for chunk in rows.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(spent_tokens::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The spent tokens of a round, sorted.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn tokens(conn: &mut Conn, round: &str) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(spent_tokens::table
        .filter(spent_tokens::round.eq(round))
        .order(spent_tokens::token)
        .select(spent_tokens::token)
        .load(conn)?)
}
