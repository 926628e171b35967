//! Queries about the way in that decide about many submissions at once: a batch of them takes no more statements than
//! one does.
//!
//! What can change between the look of a request at the door and its turn to be written is looked at here again: whether
//! the round still takes answers ([`windows`], behind [`keep_open`]), and whether the invitation is unused ([`consume`], which is
//! also what makes it used, so that the database decides).

use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable};
use diesel::sqlite::Sqlite;

use super::fixed::{Given, fixed, fixed_run};
use super::schema::rounds;
use super::{Conn, StoreError};

/// How many invitations one statement uses up. SQLite binds 32 766 values in a statement.
const CHUNK: usize = 1000;

/// When a round takes answers, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct WindowRow {
    /// The round's id.
    pub round: String,
    /// The round's state, in the word that is stored.
    pub state: String,
    /// The number of its survey's version.
    pub version: i32,
    /// Milliseconds since 1970.
    pub opens_at: Option<i64>,
    /// Milliseconds since 1970.
    pub closes_at: Option<i64>,
}

/// An invitation that is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use<'a> {
    /// The hash of its code.
    pub code_hash: &'a [u8],
    /// The hash of the idempotency key of the submission that uses it; `None` for a claim.
    pub key: Option<&'a [u8]>,
}

/// Holds off the closing of rounds until this transaction ends, without holding off other submissions. What
/// is read of the rounds afterwards stays true. SQLite has one writer and needs no such lock.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn keep_open(conn: &mut Conn, rounds: &[&str]) -> Result<(), StoreError> {
    if let Conn::Pg(pg) = conn {
        let given = vec![Given::Number(ROUND_LOCK), Given::Texts(rounds.to_vec())];
        fixed_run(pg, KEEP_OPEN, given)?;
    }
    Ok(())
}

const KEEP_OPEN: &str =
    "SELECT pg_advisory_xact_lock_shared(hashtextextended(round, ?)) FROM unnest(?) AS r (round)";

/// Waits until no submission to the round is on its way, and lets none begin before this transaction ends.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn hold_closed(conn: &mut Conn, round: &str) -> Result<(), StoreError> {
    if let Conn::Pg(pg) = conn {
        let given = vec![Given::Text(round), Given::Number(ROUND_LOCK)];
        fixed_run(pg, "SELECT pg_advisory_xact_lock(hashtextextended(?, ?))", given)?;
    }
    Ok(())
}

/// Keeps the locks of rounds apart from other advisory locks. Any number will do.
const ROUND_LOCK: i64 = 2;

/// When these rounds take answers. A round that does not exist is left out.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn windows(conn: &mut Conn, ids: &[&str]) -> Result<Vec<WindowRow>, StoreError> {
    Ok(each!(conn, c => rounds::table
        .filter(rounds::id.eq_any(ids))
        .select((rounds::id, rounds::state, rounds::version, rounds::opens_at, rounds::closes_at))
        .load(c))?)
}

/// Makes those of the invitations used that are not, in the order of their hashes, and returns the hashes of these.
///
/// What is left out was used already, does not exist, or is just being used by another transaction: PostgreSQL skips a
/// row that is locked, since waiting for it, with other rows locked oneself, is how two writers deadlock. Each hash may stand in
/// `uses` once.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn consume(conn: &mut Conn, mut uses: Vec<Use<'_>>) -> Result<Vec<Vec<u8>>, StoreError> {
    uses.sort_unstable();
    let mut taken = Vec::with_capacity(uses.len());
    for chunk in uses.chunks(CHUNK) {
        taken.extend(match conn {
            Conn::Pg(pg) => consume_in_postgres(pg, chunk)?,
            Conn::Sqlite(sqlite) => consume_in_sqlite(sqlite, chunk)?,
        });
    }
    Ok(taken)
}

fn consume_in_postgres(pg: &mut PgConnection, uses: &[Use<'_>]) -> QueryResult<Vec<Vec<u8>>> {
    let given = vec![
        Given::Blobs(uses.iter().map(|one| one.code_hash).collect()),
        Given::MaybeBlobs(uses.iter().map(|one| one.key).collect()),
    ];
    fixed::<Binary>(CONSUME, given).load(pg)
}

const CONSUME: &str = "UPDATE invitations AS i SET used = true, submission_key = free.key FROM ( \
    SELECT u.code_hash, g.key FROM unnest(?, ?) AS g (code_hash, key) \
    JOIN invitations AS u ON u.code_hash = g.code_hash WHERE NOT u.used FOR UPDATE OF u SKIP LOCKED) AS free \
    WHERE i.code_hash = free.code_hash RETURNING i.code_hash";

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Binary)]
    code_hash: Vec<u8>,
}

fn consume_in_sqlite(sqlite: &mut SqliteConnection, uses: &[Use<'_>]) -> QueryResult<Vec<Vec<u8>>> {
    let mut query = diesel::sql_query(consume_text(uses.len())).into_boxed::<Sqlite>();
    for one in uses {
        query = query
            .bind::<Binary, _>(one.code_hash)
            .bind::<Nullable<Binary>, _>(one.key);
    }
    let taken: Vec<Taken> = query.load(sqlite)?;
    Ok(taken.into_iter().map(|row| row.code_hash).collect())
}

/// With the plus sign SQLite expects that hardly any invitation is unused, and looks up those that are given. Without it it
/// reads the whole table for two of them.
fn consume_text(uses: usize) -> String {
    let places = vec!["(?, ?)"; uses].join(", ");
    format!(
        "UPDATE invitations SET used = 1, submission_key = given.column2 FROM (VALUES {places}) AS given \
         WHERE code_hash = given.column1 AND +used = 0 RETURNING code_hash"
    )
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;
    use diesel::sql_types::Text;

    use super::*;

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    #[test]
    fn sqlite_looks_up_the_invitations_that_are_given_and_reads_no_other() {
        let mut sqlite = SqliteConnection::establish(":memory:").unwrap();
        let table = "CREATE TABLE invitations (code_hash BLOB NOT NULL PRIMARY KEY, person TEXT, used BOOLEAN NOT NULL, \
                     submission_key BLOB) WITHOUT ROWID";
        sqlite.batch_execute(table).unwrap();
        for uses in [1, 2, 3, 30, 200, CHUNK] {
            let query = diesel::sql_query(format!("EXPLAIN QUERY PLAN {}", consume_text(uses)));
            let mut query = query.into_boxed::<Sqlite>();
            for _ in 0..2 * uses {
                query = query.bind::<Binary, _>(vec![0_u8; 32]);
            }
            let plan: Vec<Step> = query.load(&mut sqlite).unwrap();
            let steps: Vec<&str> = plan.iter().map(|step| step.detail.as_str()).collect();
            assert!(
                steps.iter().any(|step| step.starts_with("SEARCH invitations")),
                "{uses}: {steps:?}"
            );
            assert!(!steps.contains(&"SCAN invitations"), "{uses}: {steps:?}");
        }
    }
}
