//! Group commit: a thread takes whatever writes are waiting and commits them as one transaction.
//!
//! Each write runs in its own savepoint, so that one failing leaves its neighbours alone, and each is
//! answered only after the commit that contains it. There is no artificial wait: under load a batch is
//! what arrived during the commit before.
//!
//! SQLite has one writer, since the engine has. PostgreSQL has two, so that one can prepare while the
//! other waits for the disk.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::Error as DieselError;
use diesel::{Connection, PgConnection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tracing::error;

use super::connection::{Purpose, establish};
use super::{Conn, DatabaseUrl, Engine, StoreError};

/// How many writes may wait. Beyond it callers are told to come back: memory stays bounded.
const QUEUE: usize = 4096;

/// How many writes share a commit at the most, so that the first of a batch does not wait for long.
const BATCH: usize = 512;

/// A write that is waiting: runs on the connection, and returns how to answer once the commit is known.
pub(super) type Job = Box<dyn FnOnce(&mut Conn) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The sending side of the queue. The threads end when it is dropped and the queue is empty.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    url: DatabaseUrl,
}

impl Writer {
    /// Connects and starts the writing threads.
    pub(super) fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        let writers = match url.engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => 2,
        };
        for number in 0..writers {
            let conn = establish(url, Purpose::Write)?;
            let (url, waiting) = (url.clone(), Arc::clone(&waiting));
            thread::Builder::new()
                .name(format!("writer-{number}"))
                .spawn(move || write_until_closed(conn, &url, &waiting))
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
    Box::new(move |conn| {
        let outcome = in_transaction(conn, work);
        Box::new(move |committed| {
            let answer = match committed {
                Ok(()) => outcome,
                // What the work itself found wrong is true whether or not its neighbours were committed.
                Err(error) => outcome.and_then(|_| Err(E::from(error))),
            };
            // The caller may have gone away (a closed browser tab): then nobody is left to tell.
            drop(reply.send(answer));
        })
    })
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

fn write_until_closed(mut conn: Conn, url: &DatabaseUrl, waiting: &Mutex<mpsc::Receiver<Job>>) {
    while let Some(batch) = next_batch(waiting) {
        if let Err(broken) = commit(&mut conn, batch) {
            error!(%broken, "a batch of writes failed; connecting anew");
            match establish(url, Purpose::Write) {
                Ok(fresh) => conn = fresh,
                Err(error) => error!(%error, "the writer cannot connect; will try with the next batch"),
            }
        }
    }
}

/// Waits for a write, then takes all that wait with it. `None` when the store was dropped.
fn next_batch(waiting: &Mutex<mpsc::Receiver<Job>>) -> Option<Vec<Job>> {
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let mut batch = vec![waiting.blocking_recv()?];
    while batch.len() < BATCH {
        match waiting.try_recv() {
            Ok(job) => batch.push(job),
            Err(_) => break,
        }
    }
    Some(batch)
}

/// Runs a batch in one transaction and answers every write in it. An error means that the connection
/// is not to be used again.
fn commit(conn: &mut Conn, batch: Vec<Job>) -> Result<(), String> {
    if let Err(error) = begin(conn) {
        let told = error.to_string();
        for job in batch {
            // Without a transaction the work must not run; its savepoint would be a transaction of its own.
            drop(job);
        }
        return Err(told);
    }
    let answers: Vec<Answer> = batch.into_iter().map(|job| job(conn)).collect();
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
