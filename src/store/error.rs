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
            other => Self::Database(other),
        }
    }
}
