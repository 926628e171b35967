//! Why a use case of rounds did nothing.

use thiserror::Error;

use super::life::Step;
use super::{AudienceName, RoundId, RoundState};
use crate::identity::IdentityError;
use crate::store::StoreError;
use crate::survey::canonical::NotCanonical;
use crate::survey::problem::Problem;
use crate::table::Problems;

/// Why nothing was done. Every message says what to do.
#[derive(Debug, Error)]
pub enum RoundError {
    /// There is no such round.
    #[error("there is no round `{0}`; `rapport round list` and the page /rounds show what there is")]
    Unknown(RoundId),
    /// The round has no such audience.
    #[error("the round `{round}` has no audience `{audience}`; its page shows which it has")]
    UnknownAudience {
        /// The round.
        round: RoundId,
        /// What was asked for.
        audience: AudienceName,
    },
    /// The id is taken.
    #[error("there is a round `{0}` already; choose another id, or edit that one while it is a draft")]
    Taken(RoundId),
    /// The plan of a round has problems; all of them are listed.
    #[error("{}", sentences(.0))]
    Invalid(Vec<Problem>),
    /// The round is not in a state in which this can be done.
    #[error("the round `{round}` is {state} and cannot be {}; {remedy}", .step.done())]
    WrongState {
        /// The round.
        round: RoundId,
        /// Where it is in its life.
        state: RoundState,
        /// What was tried.
        step: Step,
        /// What can be done instead.
        remedy: &'static str,
    },
    /// The round is in the right state, but something is missing.
    #[error("the round `{round}` cannot be {} yet: {problem}; {remedy}", .step.done())]
    NotReady {
        /// The round.
        round: RoundId,
        /// What was tried.
        step: Step,
        /// What is missing.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// This is done for attributed audiences only: of anonymous ones it would tell who answered.
    #[error(
        "`{audience}` is an anonymous audience: its links are shown once, when its roster is imported, and who used one is told to nobody; import the roster again before the round opens if the links were lost"
    )]
    Anonymous {
        /// The audience.
        audience: AudienceName,
    },
    /// An audience with planned mail cannot go.
    #[error(
        "the audience `{audience}` of the round `{round}` has mail that is planned, so it cannot be removed; take the mail back at /rounds/{round}/mail first"
    )]
    MailPlanned {
        /// The round.
        round: RoundId,
        /// The audience that was to go.
        audience: AudienceName,
    },
    /// Every problem of a roster.
    #[error("{0}")]
    Roster(Problems),
    /// The system gives no random bytes, so no code can be made.
    #[error("the system gives no random bytes: {0}")]
    NoRandomness(String),
    /// Something that is to be frozen has no canonical form.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// The action could not be recorded in the audit log, so it was not done.
    #[error(transparent)]
    Unrecorded(IdentityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<IdentityError> for RoundError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => Self::Store(error),
            other => Self::Unrecorded(other),
        }
    }
}

fn sentences(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
