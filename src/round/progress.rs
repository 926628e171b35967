//! What may be seen of a round that has no result yet: how many are invited, and coarsely how many answered.
//!
//! How coarsely is not decided here: [`open_count`] floors every number of answers that leaves this file,
//! those of a closed round too, until its result says more.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Audience, AudienceName, Mode, Round, RoundError, RoundId, RoundState};
use crate::agency::AgencyCode;
use crate::protect::{OpenCount, Thresholds, open_count};
use crate::store::invitations::{self, Counts};
use crate::store::{Conn, StoreError, rounds};

/// How far a round has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Progress {
    /// Which round.
    #[schema(value_type = String)]
    pub round: RoundId,
    /// Where it is in its life.
    pub state: RoundState,
    /// By name.
    pub audiences: Vec<AudienceProgress>,
}

/// How far an audience has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AudienceProgress {
    /// Which audience.
    #[schema(value_type = String)]
    pub audience: AudienceName,
    /// As people call it.
    pub title: String,
    /// Whether responses bear names.
    pub mode: Mode,
    /// Invited people.
    pub invited: u32,
    /// People who answered: a multiple of five and at least k, or `None` when they are fewer than k.
    pub answered: Option<u32>,
    /// By code.
    pub agencies: Vec<AgencyProgress>,
}

/// How far an agency has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AgencyProgress {
    /// Which agency.
    #[schema(value_type = String)]
    pub agency: AgencyCode,
    /// Invited people.
    pub invited: u32,
    /// As above.
    pub answered: Option<u32>,
}

/// How far a round has come.
///
/// # Errors
/// [`RoundError::Unknown`] when there is no such round.
pub fn progress(conn: &mut Conn, id: &RoundId) -> Result<Progress, RoundError> {
    let round = super::find(conn, id)?;
    let invited = match round.promise {
        Some(_) => rounds::frozen_headcounts(conn, id)?,
        None => invitations::invited(conn, id)?,
    };
    let answered = invitations::answered(conn, id)?;
    let thresholds = thresholds(&round)?;
    let audiences = round.audiences.iter();
    Ok(Progress {
        round: round.id.clone(),
        state: round.state,
        audiences: audiences
            .map(|audience| of_audience(audience, &invited, &answered, &thresholds))
            .collect(),
    })
}

fn of_audience(
    audience: &Audience,
    invited: &Counts,
    answered: &Counts,
    thresholds: &Thresholds,
) -> AudienceProgress {
    let none = BTreeMap::new();
    let invited = invited.get(&audience.name).unwrap_or(&none);
    let answered = answered.get(&audience.name).unwrap_or(&none);
    let agencies = invited.iter().map(|(agency, people)| AgencyProgress {
        agency: agency.clone(),
        invited: *people,
        answered: shown(answered.get(agency).copied().unwrap_or(0), thresholds),
    });
    AudienceProgress {
        audience: audience.name.clone(),
        title: audience.title.clone(),
        mode: audience.mode,
        invited: invited.values().sum(),
        answered: shown(answered.values().sum(), thresholds),
        agencies: agencies.collect(),
    }
}

fn shown(responses: u32, thresholds: &Thresholds) -> Option<u32> {
    match open_count(u64::from(responses), thresholds) {
        OpenCount::AtLeast(count) => u32::try_from(count).ok(),
        OpenCount::BelowThreshold => None,
    }
}

/// The round's thresholds as the room that decides takes them.
fn thresholds(round: &Round) -> Result<Thresholds, StoreError> {
    let k = u64::from(round.thresholds.least_respondents);
    Thresholds::new(k, k, k.max(20)).map_err(|problem| StoreError::Corrupt {
        what: "threshold",
        problem: problem.to_string(),
    })
}
