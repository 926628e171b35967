//! The door: what an invitation opens, judged at one moment.

use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::form::{Form, Forms};
use crate::agency::AgencyCode;
use crate::round::manifest::{self, ManifestUnit};
use crate::round::{AudienceName, FrozenPromise, Mode, RoundId, RoundState};
use crate::store::intake::{self, DoorRow};
use crate::store::rounds;
use crate::store::{Conn, StoreError};
use crate::survey::definition::{Language, SurveyId, VersionNumber};

/// An invitation with what its round says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Door {
    /// The round it belongs to.
    pub round: RoundId,
    /// The round's title.
    pub title: String,
    /// Where the round is in its life.
    pub state: RoundState,
    /// What is asked ...
    pub survey: SurveyId,
    /// ... in this version.
    pub version: VersionNumber,
    /// k: so many responses of an agency are mixed together at the least.
    pub least_respondents: u32,
    /// When answers are accepted from.
    pub opens_at: Option<Timestamp>,
    /// When answers are no longer accepted.
    pub closes_at: Option<Timestamp>,
    /// The audience the person belongs to.
    pub audience: AudienceName,
    /// Whether the response will bear the name.
    pub mode: Mode,
    /// The person's agency.
    pub agency: AgencyCode,
    /// The person's id within the audience. Goes into attributed responses only.
    pub person: String,
    /// In which language the person is addressed first.
    pub language: Language,
    /// Whether a response was sent with it.
    pub used: bool,
    /// The hash of the idempotency key of that response.
    pub submission_key: Option<Vec<u8>>,
}

/// A door with what lies behind it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The invitation and its round.
    pub door: Door,
    /// What was promised; `None` before the round opened.
    pub promise: Option<FrozenPromise>,
    /// The unit whose key signs a credential for this person; `None` where there is none.
    pub unit: Option<ManifestUnit>,
    /// What is asked.
    pub form: Arc<Form>,
}

/// The door of a code with the promise and the form behind it.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn open(conn: &mut Conn, forms: &Forms, code_hash: &[u8]) -> Result<Option<Opened>, StoreError> {
    let Some(door) = Door::find(conn, code_hash)? else {
        return Ok(None);
    };
    let form = forms.get(conn, &door.survey, door.version)?;
    let promise = rounds::find(conn, &door.round)?.and_then(|round| round.promise);
    let manifest = manifest::find(conn, &door.round)?;
    let unit = manifest.and_then(|published| {
        let unit = published.manifest.unit(&door.audience, &door.agency);
        unit.cloned()
    });
    Ok(Some(Opened {
        door,
        promise,
        unit,
        form,
    }))
}

/// Why nobody may answer with this invitation now.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Shut {
    /// No invitation has this code.
    #[error("this invitation is not known; use the whole link of the latest invitation")]
    Unknown,
    /// The round has not opened yet.
    #[error("this round has not opened yet; come back when it has")]
    NotYetOpen {
        /// When it will, where that is planned.
        opens_at: Option<Timestamp>,
    },
    /// The round is over.
    #[error("this round is closed and takes no more answers")]
    Closed,
    /// The one response of this invitation is there already.
    #[error("this invitation was used; one response was stored and nothing can be added")]
    Used,
}

/// When a round takes answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Where the round is in its life.
    pub state: RoundState,
    /// When answers are accepted from.
    pub opens_at: Option<Timestamp>,
    /// When answers are no longer accepted.
    pub closes_at: Option<Timestamp>,
}

impl Window {
    /// The window as it is stored.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a state or an instant that is none.
    pub fn of(state: &str, opens_at: Option<i64>, closes_at: Option<i64>) -> Result<Self, StoreError> {
        Ok(Self {
            state: stored(state.to_owned())?,
            opens_at: opens_at.map(instant).transpose()?,
            closes_at: closes_at.map(instant).transpose()?,
        })
    }

    /// Whether answers are taken at this moment.
    ///
    /// # Errors
    /// [`Shut::NotYetOpen`] or [`Shut::Closed`].
    pub fn open_at(&self, now: Timestamp) -> Result<(), Shut> {
        let early = self.opens_at.is_some_and(|opens_at| now < opens_at);
        let late = self.closes_at.is_some_and(|closes_at| now >= closes_at);
        match self.state {
            RoundState::Open if late => Err(Shut::Closed),
            RoundState::Open if !early => Ok(()),
            RoundState::Draft | RoundState::Scheduled | RoundState::Open => Err(Shut::NotYetOpen {
                opens_at: self.opens_at,
            }),
            RoundState::Closed | RoundState::Sealed | RoundState::Published => Err(Shut::Closed),
        }
    }
}

impl Door {
    /// The door of a code.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub fn find(conn: &mut Conn, code_hash: &[u8]) -> Result<Option<Self>, StoreError> {
        intake::door(conn, code_hash)?.map(Self::try_from).transpose()
    }

    /// Whether the round takes answers at this moment.
    ///
    /// # Errors
    /// [`Shut::NotYetOpen`] or [`Shut::Closed`].
    pub fn in_window(&self, now: Timestamp) -> Result<(), Shut> {
        let window = Window {
            state: self.state,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
        };
        window.open_at(now)
    }

    /// Whether the invitation was used to claim a credential rather than to answer.
    #[must_use]
    pub fn is_claimed(&self) -> bool {
        self.used && self.submission_key.is_none() && self.mode == Mode::Anonymous
    }

    /// Whether somebody can answer with this invitation at this moment.
    ///
    /// # Errors
    /// Why not.
    pub fn may_answer(&self, now: Timestamp) -> Result<(), Shut> {
        if self.used {
            Err(Shut::Used)
        } else {
            self.in_window(now)
        }
    }
}

impl TryFrom<DoorRow> for Door {
    type Error = StoreError;

    fn try_from(row: DoorRow) -> Result<Self, StoreError> {
        Ok(Self {
            round: stored(row.round)?,
            title: row.title,
            state: stored(row.state)?,
            survey: stored(row.survey)?,
            version: whole(row.version)?,
            least_respondents: whole(row.threshold)?,
            opens_at: row.opens_at.map(instant).transpose()?,
            closes_at: row.closes_at.map(instant).transpose()?,
            audience: stored(row.audience)?,
            mode: stored(row.mode)?,
            agency: stored(row.agency)?,
            person: row.person,
            language: stored(row.language)?,
            used: row.used,
            submission_key: row.submission_key,
        })
    }
}

fn stored<T: DeserializeOwned>(text: String) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(text)).map_err(|error| corrupt(&error))
}

fn whole(number: i32) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|error| corrupt(&error))
}

fn instant(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| corrupt(&error))
}

fn corrupt(problem: &impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "invitation",
        problem: problem.to_string(),
    }
}
