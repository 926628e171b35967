//! Why a use case of the post did nothing.

use jiff::Timestamp;
use thiserror::Error;

use crate::follow::FollowError;
use crate::identity::IdentityError;
use crate::round::{AudienceName, RoundError, RoundState};
use crate::store::StoreError;

/// Why nothing was done. Every message says what to do.
#[derive(Debug, Error)]
pub enum PostError {
    /// No mail server is configured.
    #[error(
        "no mail server is configured, so no mail can be sent; the operator can set `smtp_url` and `mail_from`"
    )]
    NoServer,
    /// The mail server cannot be used as it is configured.
    #[error("the mail server cannot be used: {0}")]
    Server(String),
    /// The round is not in a state in which its people are written to.
    #[error("the round is {state}: nobody is written to any more")]
    WrongState {
        /// Where it is in its life.
        state: RoundState,
    },
    /// The invitation was ordered before.
    #[error("`{0}` was invited by mail already; order a reminder for those who have not answered")]
    InvitedAlready(AudienceName),
    /// Another mailing is not through yet.
    #[error("another mailing to `{0}` is planned or still being sent; wait for it, or take it back")]
    UnderWay(AudienceName),
    /// Nobody of the audience has an address.
    #[error("nobody of `{0}` has a mail address; import a roster with a column `email`, or print letters")]
    NoAddresses(AudienceName),
    /// The time does not fit the round.
    #[error("send_at: {problem}")]
    SendAt {
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// There is no such mailing.
    #[error("there is no mailing `{0}`")]
    NoMailing(String),
    /// It is not planned any more.
    #[error("the mailing `{0}` is no longer planned and cannot be taken back")]
    NotPlanned(String),
    /// A field of the input is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field, as the API names it.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// There is no such webhook.
    #[error("there is no webhook `{0}`")]
    NoWebhook(String),
    /// A text is missing in the binary.
    #[error("the text `{0}` is missing")]
    NoText(&'static str),
    /// A mail could not be put together.
    #[error("a mail could not be put together: {0}")]
    Unmade(String),
    /// The mail server did not take a mail that somebody waits for.
    #[error("the mail server did not take the mail: {0}")]
    NotTaken(String),
    /// About what is followed up.
    #[error(transparent)]
    Follow(#[from] FollowError),
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

impl PostError {
    /// A time that lies before the opening or after the closing of the round.
    pub(super) fn outside(at: Timestamp, problem: &str) -> Self {
        Self::SendAt {
            problem: format!("{at} {problem}"),
        }
    }
}

impl From<IdentityError> for PostError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => Self::Store(error),
            other => Self::Unrecorded(other),
        }
    }
}
