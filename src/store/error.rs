//! What can go wrong between a room and the database.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use thiserror::Error;

/// A failed query, write or connection.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The queue of writes is full: the caller should come back in a moment.
    #[error("too many writes are waiting; try again in a moment")]
    Busy,
    /// The writer or a reader ended before it answered.
    #[error("the store stopped before it answered: {0}")]
    Stopped(String),
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// A row with this key exists already.
    #[error("a row with this key exists already: {0}")]
    Duplicate(String),
    /// A row refers to one that does not exist, or is referred to.
    #[error("a reference between rows would break: {0}")]
    Reference(String),
    /// A stored document cannot be read back: the database was changed behind our back.
    #[error("a stored {what} cannot be read: {problem}")]
    Corrupt {
        /// Which document.
        what: &'static str,
        /// What the parser said.
        problem: String,
    },
    /// A migration failed.
    #[error("migration failed: {0}")]
    Migration(String),
    /// Anything else the database said.
    #[error("the database refused: {0}")]
    Database(DieselError),
}

impl From<DieselError> for StoreError {
    /// SQLite names no constraint, so the kind of violation is all that both engines tell.
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                Self::Duplicate(info.message().to_owned())
            }
            DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, info) => {
                Self::Reference(info.message().to_owned())
            }
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            // What cannot be sent is told apart from what is refused by the same words.
            DieselError::DatabaseError(
                DatabaseErrorKind::Unknown | DatabaseErrorKind::UnableToSendCommand,
                info,
            ) if is_passing(info.message()) => Self::Unavailable(info.message().to_owned()),
            // What Diesel says of every later statement of a transaction whose connection broke.
            broken @ (DieselError::BrokenTransactionManager | DieselError::RollbackErrorOnCommit { .. }) => {
                Self::Unavailable(broken.to_string())
            }
            other => Self::Database(other),
        }
    }
}

/// What the engines say, without a code that Diesel would pass on, when the disk is full or the server is going or
/// coming: nothing is wrong with the statement, and it can be tried again.
const PASSING: [&str; 8] = [
    "database or disk is full",
    "disk I/O error",
    "database is locked",
    "No space left on device",
    "terminating connection",
    "the database system is",
    "server closed the connection",
    "no connection to the server",
];

fn is_passing(message: &str) -> bool {
    PASSING.iter().any(|words| message.contains(words))
}
