//! Why a round was not sealed.

use thiserror::Error;

use crate::round::{RoundError, RoundId};
use crate::store::StoreError;
use crate::survey::canonical::NotCanonical;

/// Why nothing was sealed or verified. Nothing is kept of an attempt that fails.
#[derive(Debug, Error)]
pub enum SealError {
    /// There is no such round, or it is not in a state in which this can be done.
    #[error(transparent)]
    Round(#[from] RoundError),
    /// There is no result to verify or to correct.
    #[error("the round `{0}` has no sealed result; seal it first: `rapport round seal {0}`")]
    NotSealed(RoundId),
    /// A first seal of what is sealed.
    #[error(
        "the round `{0}` is sealed already; a correction is a new revision and says why: `rapport round seal {0} --reason \"...\"`"
    )]
    SealedAlready(RoundId),
    /// This process is at it already.
    #[error("the result of `{0}` is being computed already; look at its page for how far it is")]
    UnderWay(RoundId),
    /// What it was computed from changed while it was computed.
    #[error(
        "what the result of `{0}` is computed from changed while it was computed; nothing was stored, seal it again"
    )]
    Changed(RoundId),
    /// A correction without a reason.
    #[error("a correction must say why, in at least ten characters: whoever read the old figures will ask")]
    NoReason,
    /// What is stored contradicts itself.
    #[error("the data of the round `{round}` contradict each other: {problem}; restore them from a backup")]
    Corrupt {
        /// The round.
        round: RoundId,
        /// What is wrong.
        problem: String,
    },
    /// A figure that has no canonical form.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
