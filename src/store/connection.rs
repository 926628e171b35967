//! One connection type for both engines, and how each is set up.
#![expect(missing_docs, reason = "MultiConnection derives public items without docs")]

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::{Connection, PgConnection, SqliteConnection};

use super::{DatabaseUrl, StoreError};

/// A connection to either engine.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// The two engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file in this process.
    Sqlite,
    /// A server shared by several instances.
    Postgres,
}

/// Runs the same Diesel expression on the concrete connection, for statements that `MultiConnection`
/// cannot express: batch inserts, `ON CONFLICT`, `UNION`.
macro_rules! each {
    ($conn:expr, $c:ident => $run:expr) => {
        match $conn {
            $crate::store::connection::Conn::Pg($c) => $run,
            $crate::store::connection::Conn::Sqlite($c) => $run,
        }
    };
}

/// What a connection is for: readers of SQLite are refused any write by the engine itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

/// Settings of every SQLite connection. FULL makes a commit durable; `secure_delete` overwrites freed
/// pages, so that a mixed or deleted response cannot be read from the file afterwards.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; \
    PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; \
    PRAGMA cache_size = -32000;";

/// Opens one connection with all its settings.
pub(super) fn establish(url: &DatabaseUrl, purpose: Purpose) -> Result<Conn, StoreError> {
    let unavailable = |error: diesel::ConnectionError| StoreError::Unavailable(error.to_string());
    match url {
        DatabaseUrl::Postgres(address) => PgConnection::establish(address)
            .map(Conn::Pg)
            .map_err(unavailable),
        DatabaseUrl::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(&path.to_string_lossy()).map_err(unavailable)?;
            conn.batch_execute(SQLITE_SETTINGS)?;
            match purpose {
                Purpose::Write => conn.batch_execute("PRAGMA journal_mode = WAL;")?,
                Purpose::Read => conn.batch_execute("PRAGMA query_only = ON;")?,
            }
            Ok(Conn::Sqlite(conn))
        }
    }
}

/// Lets the transaction that has just begun see one state of the database to its end. SQLite's always do.
pub(super) fn hold_state(conn: &mut Conn) -> Result<(), StoreError> {
    if let Conn::Pg(pg) = conn {
        // Read committed, the default, would see what others commit in between.
        pg.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
    }
    Ok(())
}

/// See [`Store::scrub`](super::Store::scrub). Needs a connection without a transaction.
pub(super) fn scrub(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(sqlite) => {
            // A checkpoint that waits for a slow reader would hold up every write behind it.
            sqlite.batch_execute("PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE);")?;
        }
        Conn::Pg(pg) => {
            for table in [
                "intake",
                "invitations",
                "responses",
                "comments",
                "claims",
                "spent_tokens",
                "credential_keys",
                "mails",
                "mailed_links",
            ] {
                pg.batch_execute(&format!("VACUUM {table}"))?;
            }
        }
    }
    Ok(())
}

/// Makes and checks the connections of the reading pool.
pub(super) struct Manager {
    url: DatabaseUrl,
    purpose: Purpose,
}

/// A connection of the reading pool.
pub(super) struct Pooled {
    pub(super) conn: Conn,
    /// When it was last seen to answer.
    seen: Instant,
}

/// For so long a connection that answered is taken to be alive. To ask each time would double the journeys of most
/// reads; after a restart of the database reads fail for as long at the most.
const TRUSTED: Duration = Duration::from_millis(500);

impl Manager {
    pub(super) fn new(url: DatabaseUrl, purpose: Purpose) -> Self {
        Self { url, purpose }
    }
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = StoreError;

    fn connect(&self) -> Result<Pooled, StoreError> {
        Ok(Pooled {
            conn: establish(&self.url, self.purpose)?,
            seen: Instant::now(),
        })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), StoreError> {
        if pooled.seen.elapsed() > TRUSTED {
            pooled.conn.batch_execute("SELECT 1")?;
            pooled.seen = Instant::now();
        }
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        match &mut pooled.conn {
            Conn::Pg(pg) => pg.is_broken(),
            Conn::Sqlite(sqlite) => sqlite.is_broken(),
        }
    }
}
