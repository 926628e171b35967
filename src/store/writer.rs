//! Group commit: a thread takes whatever writes are waiting and commits them as one transaction.
//!
//! Each write runs in its own savepoint, so that one failing leaves its neighbours alone, and each is
//! answered only after the commit that contains it. There is no artificial wait: under load a batch is
//! what arrived during the commit before.
//!
//! SQLite has one writer, since the engine has. PostgreSQL has two, so that one can prepare while the
//! other waits for the disk.
//!
//! **When the database goes away** every write of the batch is told so, and so is every later one, at once
//! and without being run, until a connection is there again: nothing waits for a database that may not come
//! back. A connection that is found dead *before* anything was run on it (the usual thing after a restart
//! of PostgreSQL) is replaced within the same batch, and nobody notices.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::Error as DieselError;
use diesel::{Connection, PgConnection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info};

use super::activity::Activity;
use super::connection::{Purpose, establish};
use super::{Conn, DatabaseUrl, Engine, StoreError};

/// How many writes may wait. Beyond it callers are told to come back: memory stays bounded.
pub(super) const QUEUE: usize = 4096;

/// How many writes share a commit at the most, so that the first of a batch does not wait for long.
pub(super) const BATCH: usize = 512;

/// A write that is waiting.
pub(super) struct Job {
    run: Box<Run>,
}

/// Runs a write on the connection, or on none where the database is away.
type Run = dyn FnOnce(Result<&mut Conn, StoreError>) -> Answer + Send;

/// How to answer a write once the fate of its commit is known.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The sending side of the queue. The threads end when it is dropped and the queue is empty.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    url: DatabaseUrl,
}

impl Writer {
    /// Connects and starts the writing threads, which commit at most `batch` writes at a time.
    pub(super) fn start(
        url: &DatabaseUrl,
        batch: usize,
        activity: &Arc<Activity>,
    ) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        let writers = match url.engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => 2,
        };
        for number in 0..writers {
            let thread = WriterThread {
                conn: Some(establish(url, Purpose::Write)?),
                url: url.clone(),
                batch: batch.clamp(1, BATCH),
                waiting: Arc::clone(&waiting),
                activity: Arc::clone(activity),
            };
            thread::Builder::new()
                .name(format!("writer-{number}"))
                .spawn(move || thread.run())
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        }
        Ok(Self {
            queue,
            url: url.clone(),
        })
    }

    /// Puts a write in the queue, or says at once that it is full.
    pub(super) fn submit(&self, job: Job) -> Result<(), StoreError> {
        self.queue.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Stopped("the writer has ended".to_owned()),
        })
    }

    /// How many writes wait now.
    pub(super) fn depth(&self) -> usize {
        self.queue.max_capacity().saturating_sub(self.queue.capacity())
    }

    pub(super) fn url(&self) -> &DatabaseUrl {
        &self.url
    }
}

/// Wraps a use case so that it can wait in the queue.
pub(super) fn job<T, E, F>(work: F, reply: oneshot::Sender<Result<T, E>>) -> Job
where
    F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let run = move |conn: Result<&mut Conn, StoreError>| -> Answer {
        let outcome = conn.map_err(E::from).and_then(|conn| in_transaction(conn, work));
        Box::new(move |committed| {
            let answer = match committed {
                Ok(()) => outcome,
                // What the work itself found wrong is true whether or not its neighbours were committed.
                Err(error) => outcome.and_then(|_| Err(E::from(error))),
            };
            // The caller may have gone away (a closed browser tab): then nobody is left to tell.
            drop(reply.send(answer));
        })
    };
    Job { run: Box::new(run) }
}

/// Either what the work said, or what the savepoint around it said.
enum Failure<E> {
    Work(E),
    Savepoint(DieselError),
}

impl<E> From<DieselError> for Failure<E> {
    fn from(error: DieselError) -> Self {
        Self::Savepoint(error)
    }
}

/// Runs work in a transaction, or within one in a savepoint; nothing of it is kept when it fails.
pub(super) fn in_transaction<T, E: From<StoreError>>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    conn.transaction(|conn| work(conn).map_err(Failure::Work))
        .map_err(|failure| match failure {
            Failure::Work(error) => error,
            Failure::Savepoint(error) => E::from(StoreError::from(error)),
        })
}

/// A thread that writes, with its connection.
struct WriterThread {
    /// `None` while the database is away.
    conn: Option<Conn>,
    url: DatabaseUrl,
    batch: usize,
    waiting: Arc<Mutex<mpsc::Receiver<Job>>>,
    activity: Arc<Activity>,
}

impl WriterThread {
    fn run(mut self) {
        while let Some(batch) = self.next_batch() {
            let (started, size) = (Instant::now(), batch.len());
            match self.begun() {
                Ok(mut conn) => {
                    let committed = commit(&mut conn, batch);
                    self.activity
                        .committed(size, started.elapsed(), committed.is_ok());
                    match committed {
                        Ok(()) => self.conn = Some(conn),
                        Err(broken) => error!(%broken, "a batch of writes failed; connecting anew"),
                    }
                }
                Err(told) => refuse(batch, &told),
            }
        }
    }

    /// Waits for a write, then takes all that wait with it. `None` when the store was dropped.
    fn next_batch(&self) -> Option<Vec<Job>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = vec![waiting.blocking_recv()?];
        while batch.len() < self.batch {
            match waiting.try_recv() {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        Some(batch)
    }

    /// The connection with a transaction begun on it; a fresh one when there was none, or when it is found dead.
    fn begun(&mut self) -> Result<Conn, String> {
        if let Some(mut conn) = self.conn.take() {
            match begin(&mut conn) {
                Ok(()) => return Ok(conn),
                Err(dead) => info!(%dead, "the connection of the writer has ended; connecting anew"),
            }
        }
        let mut fresh = establish(&self.url, Purpose::Write).map_err(|error| error.to_string())?;
        begin(&mut fresh).map_err(|error| error.to_string())?;
        Ok(fresh)
    }
}

/// Tells every write of a batch that the database is away. None of them was run: without a transaction around
/// it, a savepoint would be a transaction of its own.
fn refuse(batch: Vec<Job>, told: &str) {
    error!(
        told,
        "the writer cannot connect; it tries again with the next write"
    );
    for job in batch {
        let answer = (job.run)(Err(StoreError::Unavailable(told.to_owned())));
        answer(Ok(()));
    }
}

/// Runs a batch in one transaction and answers every write in it. An error means that the connection
/// is not to be used again.
fn commit(conn: &mut Conn, batch: Vec<Job>) -> Result<(), String> {
    let answers: Vec<Answer> = batch.into_iter().map(|job| (job.run)(Ok(conn))).collect();
    let committed = <Conn as Connection>::TransactionManager::commit_transaction(conn);
    let broken = committed.as_ref().err().map(ToString::to_string);
    for answer in answers {
        answer(match &broken {
            None => Ok(()),
            Some(told) => Err(StoreError::Unavailable(told.clone())),
        });
    }
    broken.map_or(Ok(()), Err)
}

/// SQLite takes its write lock at once: a deferred transaction that upgrades later fails under contention
/// whatever the busy timeout.
fn begin(conn: &mut Conn) -> Result<(), DieselError> {
    match conn {
        Conn::Pg(pg) => <PgConnection as Connection>::TransactionManager::begin_transaction(pg),
        Conn::Sqlite(sqlite) => {
            AnsiTransactionManager::begin_transaction_sql::<SqliteConnection>(sqlite, "BEGIN IMMEDIATE")
        }
    }
}
