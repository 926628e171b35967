//! What can go wrong when somebody signs in or is managed.

use thiserror::Error;

use crate::store::StoreError;

/// A refusal, or a failure below. Every refusal names the field and the remedy.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// A field of the input is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field, as the API and the command line name it.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Somebody has this address already.
    #[error("email: {0} has an account already; change its roles instead")]
    EmailTaken(String),
    /// No such user.
    #[error("there is no user {0}; `rapport user list` shows all")]
    NoSuchUser(String),
    /// A role names an agency that does not exist.
    #[error("roles: there is no agency {0}; import agencies first, or correct the code")]
    NoSuchAgency(String),
    /// The only enabled administrator would lose that role.
    #[error("{0} is the only administrator left; make somebody else administrator first")]
    LastAdmin(String),
    /// The refresh token is unknown, expired, revoked, or was used before.
    #[error("the session has ended; sign in again")]
    SessionEnded,
    /// A password could not be hashed.
    #[error("hashing a password failed: {0}")]
    Hashing(String),
    /// A token could not be signed.
    #[error("signing a token failed: {0}")]
    Signing(String),
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness: {0}")]
    Randomness(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
