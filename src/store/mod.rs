//! The only room that knows SQL: connections, migrations, and one file of queries per noun.
//!
//! **How others use it.** A use case of another room is a function over `&mut Conn`; a handler or a
//! command runs it through [`Store::read`] or [`Store::write`]. A write is one transaction: either all of
//! it is on the disk when the future resolves, or nothing of it is.
//!
//! **Two engines, one description.** [`Conn`] is Diesel's `MultiConnection` over PostgreSQL and SQLite.
//! The few statements it cannot express (batch inserts, `ON CONFLICT`) go through the `each!` macro of
//! [`connection`], which runs the same expression on the concrete connection.
//!
//! **Who writes.** All writes pass through [`writer`]: a bounded queue and a thread that commits whatever is
//! waiting as one transaction (group commit); what comes by the thousand is decided [`together`]. Readers never wait for it.
//!
//! **Errors.** Query functions return [`StoreError`]; what a missing or duplicate row *means* is decided by
//! the room that asked.

#[macro_use]
pub mod connection;
pub mod activity;
pub mod agencies;
pub mod approvals;
pub mod audit;
pub mod backup;
mod catalog;
pub mod comments;
pub mod commitments;
pub mod credentials;
pub mod entry;
pub mod error;
mod fixed;
pub mod follow_ups;
pub mod intake;
pub mod invitations;
pub mod lease;
pub mod mailed_links;
pub mod mailings;
pub mod meetings;
mod migrate;
pub mod outbox;
pub mod past;
pub mod pool;
pub mod responses;
pub mod results;
pub mod roster_uploads;
pub mod rounds;
pub mod schema;
pub mod scorecard;
pub mod service_levels;
pub mod sessions;
pub mod surveys;
mod together;
pub mod url;
pub mod users;
pub mod webhooks;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::Pool;
use tokio::sync::oneshot;

pub use activity::Pulse;
pub use connection::{Conn, Engine};
pub use error::StoreError;
pub use together::{Decide, Together};
pub use url::DatabaseUrl;

use activity::Activity;
use connection::{Manager, Purpose};
use writer::Writer;

/// How many connections serve reads. Reads are short; more would only wait for the same two cores.
const READERS: u32 = 8;

/// How long a read waits for a connection before it is told that the database is away.
const PATIENCE: Duration = Duration::from_secs(3);

/// A handle on the database, cheap to clone.
#[derive(Clone)]
pub struct Store {
    readers: Pool<Manager>,
    writer: Arc<Writer>,
    activity: Arc<Activity>,
    engine: Engine,
}

impl Store {
    /// Opens the database and starts the writer. Does not migrate: see [`Store::migrate`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database cannot be reached or opened.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::open_with_batches_of(url, writer::BATCH)
    }

    /// Like [`Store::open`], with at most `batch` writes in a commit. One write a commit is what a store without
    /// group commit does: `rapport bench` measures against it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with_batches_of(url: &DatabaseUrl, batch: usize) -> Result<Self, StoreError> {
        let activity = Arc::default();
        // The first connection creates a missing SQLite file and turns on its write-ahead log, which the
        // read-only connections cannot do.
        let writer = Writer::start(url, batch, &activity)?;
        let mut pool = Pool::builder()
            .max_size(READERS)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE);
        pool = pool.test_on_check_out(url.engine() == Engine::Postgres);
        let manager = Manager::new(url.clone(), Purpose::Read);
        let readers = pool
            .build(manager)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self {
            readers,
            writer: Arc::new(writer),
            activity,
            engine: url.engine(),
        })
    }

    /// Which engine this is, for messages and operations; never for domain decisions.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// What the store did so far and how many writes wait, for operations.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.activity.pulse(self.writer.depth(), writer::QUEUE)
    }

    /// Runs `work` on a reading connection, off the calling thread.
    ///
    /// # Errors
    /// Whatever `work` returns, or a [`StoreError`] when no connection could be had.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let readers = self.readers.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let mut pooled = readers
                .get()
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
            work(&mut pooled.conn)
        });
        reading
            .await
            .map_err(|error| StoreError::Stopped(error.to_string()))?
    }

    /// As [`Store::read`], for a few rows found by their keys. The embedded engine has them in less time than it takes to wake
    /// another thread, and a reader there waits for nobody: it looks on the calling thread where a connection is free.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn glance<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let free = match self.engine {
            Engine::Sqlite => self.readers.try_get(),
            Engine::Postgres => None,
        };
        match free {
            Some(mut pooled) => work(&mut pooled.conn),
            None => self.read(work).await,
        }
    }

    /// As [`Store::read`], with everything `work` reads taken from one state of the database.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn snapshot<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let held = |conn: &mut Conn| {
            connection::hold_state(conn)?;
            work(conn)
        };
        self.read(move |conn| writer::in_transaction(conn, held)).await
    }

    /// Runs `work` in a transaction and resolves after its commit reached the disk. If `work` returns an
    /// error, nothing of it is kept.
    ///
    /// # Errors
    /// Whatever `work` returns, [`StoreError::Busy`] when too many writes are waiting, or another
    /// [`StoreError`] when the commit failed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.writer.submit(writer::job(work, reply))?;
        answer
            .await
            .map_err(|error| StoreError::Stopped(error.to_string()))?
    }

    /// Writes `item` together with all others that wait in `together`: they are decided by few statements, and each fails
    /// alone. Resolves after the commit reached the disk.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_together<I, T, E>(&self, together: &Together<I, T, E>, item: I) -> Result<T, E>
    where
        I: Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let answer = together.add(&self.writer, &self.activity, item)?;
        answer
            .await
            .map_err(|error| StoreError::Stopped(error.to_string()))?
    }

    /// Brings the schema up to what this binary knows; returns the names of the migrations applied.
    ///
    /// # Errors
    /// [`StoreError::Migration`] names the migration that failed.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.read_write_unqueued(migrate::up).await
    }

    /// The migrations that [`Store::migrate`] would apply now.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when the state of the schema cannot be read.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        self.read(migrate::pending).await
    }

    /// Takes the schema back to nothing. For tests that prove the way down; the data is gone.
    ///
    /// # Errors
    /// [`StoreError::Migration`] names the migration that failed.
    pub async fn revert_all_migrations(&self) -> Result<Vec<String>, StoreError> {
        self.read_write_unqueued(migrate::down).await
    }

    /// Removes what the engine keeps of rows that were deleted or rewritten, for use after a mix: SQLite's
    /// write-ahead log is emptied, PostgreSQL's dead rows are vacuumed. Does not wait for readers: what they
    /// still hold is removed by the next scrubbing. (PostgreSQL's log is beyond our reach; `collect::mix` says
    /// what that means.)
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        self.read_write_unqueued(connection::scrub).await
    }

    /// [`Store::scrub`] behind a step that mixed; a failure is logged, since the step itself was done.
    pub async fn scrub_after(&self, step: &str) {
        if let Err(error) = self.scrub().await {
            tracing::warn!(%error, step, "the store could not be scrubbed; the next mix tries again");
        }
    }

    /// Migrations bring their own transactions, so they cannot run inside the writer's.
    async fn read_write_unqueued<T: Send + 'static>(
        &self,
        work: fn(&mut Conn) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let url = self.writer.url().clone();
        let working = tokio::task::spawn_blocking(move || {
            let mut conn = connection::establish(&url, Purpose::Write)?;
            work(&mut conn)
        });
        working
            .await
            .map_err(|error| StoreError::Stopped(error.to_string()))?
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}
