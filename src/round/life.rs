//! Which step is possible in which state (pure). The only place that knows.

use super::{Round, RoundError, RoundState};

/// Something that is done to a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Change the plan or a roster.
    Edit,
    /// Let it open by itself.
    Schedule,
    /// Take it back from scheduled to draft.
    Withdraw,
    /// Freeze everything and collect responses.
    Open,
    /// Give people more time.
    Extend,
    /// Collect no more.
    Close,
    /// Compute the result; again for a correction.
    Seal,
    /// Make the result visible.
    Publish,
}

impl Step {
    /// As it ends the sentence "the round cannot be ...".
    #[must_use]
    pub fn done(self) -> &'static str {
        match self {
            Self::Edit => "changed",
            Self::Schedule => "scheduled",
            Self::Withdraw => "withdrawn",
            Self::Open => "opened",
            Self::Extend => "extended",
            Self::Close => "closed",
            Self::Seal => "sealed",
            Self::Publish => "published",
        }
    }

    /// The state after the step, or why there is none.
    ///
    /// # Errors
    /// What can be done instead.
    pub fn from(self, state: RoundState) -> Result<RoundState, &'static str> {
        use RoundState::{Closed, Draft, Open, Published, Scheduled, Sealed};
        match (self, state) {
            (Self::Edit, Draft | Scheduled) => Ok(state),
            (Self::Schedule, Draft | Scheduled) => Ok(Scheduled),
            (Self::Withdraw, Scheduled) => Ok(Draft),
            (Self::Open, Draft | Scheduled) => Ok(Open),
            (Self::Extend, Open) => Ok(Open),
            (Self::Close, Open) => Ok(Closed),
            (Self::Seal, Closed) => Ok(Sealed),
            // A correction is a new seal; what was visible stays visible, corrected.
            (Self::Seal, Sealed | Published) => Ok(state),
            (Self::Publish, Sealed) => Ok(Published),
            _ => Err(self.remedy(state)),
        }
    }

    fn remedy(self, state: RoundState) -> &'static str {
        use RoundState::{Closed, Draft, Open, Published, Scheduled, Sealed};
        match (self, state) {
            (Self::Edit | Self::Schedule | Self::Withdraw, Open | Closed | Sealed | Published) => {
                "what was promised to respondents stays as it was; create a new round for a new plan"
            }
            (Self::Open, Open) => "it collects responses already; there is nothing to do",
            (Self::Open, _) => "a round opens once; create a new round to ask again",
            (Self::Extend, Draft | Scheduled) => "change its plan instead",
            (Self::Extend, _) => "a round that is over stays over; plan another one",
            (Self::Close, Draft | Scheduled) => "open it first",
            (Self::Close, _) => "it collects no responses any more; there is nothing to do",
            (Self::Seal, Open) => "close it first: a result is computed of all responses or of none",
            (Self::Seal | Self::Publish, Draft | Scheduled) => "it has to be opened and closed first",
            (Self::Publish, Open) => "close and seal it first",
            (Self::Publish, Closed) => "seal it first",
            (Self::Publish, Published) => "its result is visible already; there is nothing to do",
            _ => "its page shows what can be done with it now",
        }
    }
}

/// The state after the step.
///
/// # Errors
/// [`RoundError::WrongState`] with the state and the remedy.
pub fn after(round: &Round, step: Step) -> Result<RoundState, RoundError> {
    step.from(round.state).map_err(|remedy| RoundError::WrongState {
        round: round.id.clone(),
        state: round.state,
        step,
        remedy,
    })
}
