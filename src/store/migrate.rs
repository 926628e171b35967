//! The schema's history, embedded in the binary.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, StoreError};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number will do, as long as every instance locks the same one.
const POSTGRES_LOCK: &str = "SELECT pg_advisory_lock(7472617070)";
const POSTGRES_UNLOCK: &str = "SELECT pg_advisory_unlock(7472617070)";

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Applies what is pending; returns the names. Instances that start together wait for each other: by an advisory
/// lock on PostgreSQL, by an exclusive transaction around it all on SQLite.
pub(super) fn up(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    alone(conn, |conn| {
        let applied = match conn {
            Conn::Pg(pg) => names(&pg.run_pending_migrations(POSTGRES)?),
            Conn::Sqlite(sqlite) => sqlite.exclusive_transaction(|sqlite| {
                Ok::<_, Failure>(names(&sqlite.run_pending_migrations(SQLITE)?))
            })?,
        };
        Ok(applied)
    })
}

/// Reverts everything; returns the names.
pub(super) fn down(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    alone(conn, |conn| {
        let reverted = match conn {
            Conn::Pg(pg) => names(&pg.revert_all_migrations(POSTGRES)?),
            Conn::Sqlite(sqlite) => names(&sqlite.revert_all_migrations(SQLITE)?),
        };
        Ok(reverted)
    })
}

/// The names of what [`up`] would apply. Asked on a reading connection and without the lock, so it must not
/// create the table of applied migrations: where that table is missing, everything is pending.
pub(super) fn pending(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    if !has_history(conn)? {
        return Ok(known());
    }
    let found = match conn {
        Conn::Pg(pg) => pg.pending_migrations(POSTGRES).map(|all| titles(&all)),
        Conn::Sqlite(sqlite) => sqlite.pending_migrations(SQLITE).map(|all| titles(&all)),
    };
    found.map_err(|error: Failure| StoreError::Migration(error.to_string()))
}

/// The names of all migrations that this binary knows, in their order.
pub(super) fn known() -> Vec<String> {
    let all = MigrationSource::<Sqlite>::migrations(&SQLITE).unwrap_or_default();
    let mut names = titles(&all);
    names.sort();
    names
}

fn has_history(conn: &mut Conn) -> Result<bool, StoreError> {
    let found = match conn {
        Conn::Pg(_) => "to_regclass('__diesel_schema_migrations') IS NOT NULL",
        Conn::Sqlite(_) => "EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '__diesel_schema_migrations')",
    };
    Ok(diesel::select(diesel::dsl::sql::<Bool>(found)).get_result(conn)?)
}

fn titles<DB: Backend>(migrations: &[Box<dyn Migration<DB>>]) -> Vec<String> {
    migrations
        .iter()
        .map(|migration| migration.name().to_string())
        .collect()
}

fn names(versions: &[diesel::migration::MigrationVersion<'_>]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

fn alone<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T, Failure>) -> Result<T, StoreError> {
    let shared = matches!(conn, Conn::Pg(_));
    if shared {
        conn.batch_execute(POSTGRES_LOCK)?;
    }
    let outcome = work(conn).map_err(|error| StoreError::Migration(error.to_string()));
    if shared {
        conn.batch_execute(POSTGRES_UNLOCK)?;
    }
    outcome
}
