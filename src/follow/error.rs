//! Why a use case of answering back did nothing.

use thiserror::Error;

use crate::identity::IdentityError;
use crate::round::RoundError;
use crate::store::StoreError;
use crate::table::Problems;

/// Something wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field, as the API and the form name it.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// Why nothing was done. Every message says what to do.
#[derive(Debug, Error)]
pub enum FollowError {
    /// Every field that is wrong.
    #[error("{}", sentences(.0))]
    Invalid(Vec<Fault>),
    /// There is no such thing, or none that this person may know of.
    #[error("there is no {what} `{id}`")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// The follow-ups of the round are made, and its rule with them.
    #[error("the follow-ups of this round were made; its rule is as it was then")]
    Made,
    /// The round is still being answered, or nobody answers it by name.
    #[error("{0}")]
    NotNow(&'static str),
    /// Every problem of a table.
    #[error("{0}")]
    Table(Problems),
    /// About the round.
    #[error(transparent)]
    Round(#[from] RoundError),
    /// The action could not be recorded in the audit log, so it was not done.
    #[error(transparent)]
    Unrecorded(IdentityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FollowError {
    pub(super) fn missing(what: &'static str, id: &str) -> Self {
        Self::Missing {
            what,
            id: id.chars().take(80).collect(),
        }
    }
}

impl From<IdentityError> for FollowError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => Self::Store(error),
            other => Self::Unrecorded(other),
        }
    }
}

fn sentences(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.problem))
        .collect();
    lines.join("\n")
}
