//! What may be seen of a round that has no result yet: how many are invited, and coarsely how many answered.
//!
//! How coarsely is not decided here: [`open_count`] floors every number of answers that leaves this file,
//! those of a closed round too, until its result says more.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Audience, AudienceName, Mode, Round, RoundError, RoundId, RoundState};
use crate::agency::AgencyCode;
use crate::protect::{OpenCount, Thresholds, open_count};
use crate::store::credentials::{self, UnitRow};
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
    /// Credentials that were claimed, floored in the same way; `None` below k, and for attributed audiences.
    pub claimed: Option<u32>,
    /// By code.
    pub agencies: Vec<AgencyProgress>,
}

/// How far an agency has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AgencyProgress {
    /// Which agency.
    #[schema(value_type = String)]
    pub agency: AgencyCode,
    /// Agencies that are too small to be counted apart from it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub with: Vec<AgencyCode>,
    /// Invited people.
    pub invited: u32,
    /// As above.
    pub answered: Option<u32>,
    /// As above.
    pub claimed: Option<u32>,
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
    let units = credentials::units(conn, id.as_str())?;
    let claimed = claimed(conn, &round)?;
    let audiences = round.audiences.iter();
    Ok(Progress {
        round: round.id.clone(),
        state: round.state,
        audiences: audiences
            .map(|audience| of_audience(audience, [&invited, &answered, &claimed], &units, &thresholds))
            .collect(),
    })
}

fn of_audience(
    audience: &Audience,
    [invited, answered, claimed]: [&Counts; 3],
    units: &[UnitRow],
    thresholds: &Thresholds,
) -> AudienceProgress {
    let none = BTreeMap::new();
    let invited = invited.get(&audience.name).unwrap_or(&none);
    let answered = answered.get(&audience.name).unwrap_or(&none);
    let claimed = claimed.get(&audience.name).unwrap_or(&none);
    let line = |(first, agencies): (AgencyCode, Vec<AgencyCode>)| {
        let sum = |counts: &BTreeMap<AgencyCode, u32>| -> u32 {
            agencies.iter().filter_map(|agency| counts.get(agency)).sum()
        };
        AgencyProgress {
            invited: sum(invited),
            answered: shown(sum(answered), thresholds),
            claimed: shown(sum(claimed), thresholds),
            with: agencies
                .iter()
                .filter(|agency| **agency != first)
                .cloned()
                .collect(),
            agency: first,
        }
    };
    AudienceProgress {
        audience: audience.name.clone(),
        title: audience.title.clone(),
        mode: audience.mode,
        invited: invited.values().sum(),
        answered: shown(answered.values().sum(), thresholds),
        claimed: shown(claimed.values().sum(), thresholds),
        agencies: counted_together(audience, invited.keys(), units)
            .into_iter()
            .map(line)
            .collect(),
    }
}

/// Credentials claimed, by the audience and agency under which their responses are filed.
fn claimed(conn: &mut Conn, round: &Round) -> Result<Counts, StoreError> {
    let mut claimed = Counts::new();
    for (key, counts) in credentials::count(conn, round.id.as_str())? {
        // What was counted at close stays; the claims themselves go with the seal.
        let count = key.claimed.map_or(counts.claimed, i64::from);
        let (audience, agency) = (named(key.audience)?, named(key.agency)?);
        let count = u32::try_from(count).unwrap_or(0);
        claimed.entry(audience).or_default().insert(agency, count);
    }
    Ok(claimed)
}

fn named<T: TryFrom<String, Error = crate::slug::BadSlug>>(text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(|problem| StoreError::Corrupt {
        what: "signing key",
        problem: problem.to_string(),
    })
}

/// The agencies by the first one of those that share a signing key: their responses are filed under it.
fn counted_together<'a>(
    audience: &Audience,
    agencies: impl Iterator<Item = &'a AgencyCode>,
    units: &[UnitRow],
) -> BTreeMap<AgencyCode, Vec<AgencyCode>> {
    let key_of = |agency: &AgencyCode| {
        let mut rows = units.iter();
        let row = rows.find(|row| row.audience == audience.name.as_str() && row.agency == agency.as_str());
        row.map(|row| row.key_id.clone())
    };
    let mut groups: BTreeMap<AgencyCode, Vec<AgencyCode>> = BTreeMap::new();
    let mut firsts: BTreeMap<Vec<u8>, AgencyCode> = BTreeMap::new();
    for agency in agencies {
        let first = match key_of(agency) {
            Some(key) => firsts.entry(key).or_insert_with(|| agency.clone()).clone(),
            None => agency.clone(),
        };
        groups.entry(first).or_default().push(agency.clone());
    }
    groups
}

fn shown(responses: u32, thresholds: &Thresholds) -> Option<u32> {
    match open_count(u64::from(responses), thresholds) {
        OpenCount::AtLeast(count) => u32::try_from(count).ok(),
        OpenCount::BelowThreshold => None,
    }
}

/// The round's thresholds as the room that decides takes them.
pub(super) fn thresholds(round: &Round) -> Result<Thresholds, StoreError> {
    let k = u64::from(round.thresholds.least_respondents);
    Thresholds::new(k, k, k.max(20)).map_err(|problem| StoreError::Corrupt {
        what: "threshold",
        problem: problem.to_string(),
    })
}
