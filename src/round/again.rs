//! A round "again as last time": the plan and the rosters of one that has been, for a new one.
//!
//! Rosters go through the same door as a file: people of an agency that was merged since come along under the agency it is part of now, and what
//! does not fit the version that is asked now (a language, an option that is gone) is told as the rows of a file would be.
//! Everybody gets a new invitation; nothing says who answered last time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::roster_change::{after, successors};
use super::{AudienceName, NewRound, Round, RoundError, RoundId, plan, roster, roster_match};
use crate::agency::{self, AgencyCode};
use crate::identity::{Actor, audit};
use crate::store::{Conn, StoreError, invitations};
use crate::survey::publish;
use crate::table::Problems;

/// What is new about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// The id of the new round.
    #[schema(value_type = String)]
    pub id: RoundId,
    /// Its title.
    pub title: String,
}

/// What came along.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeated {
    /// The new round, a draft.
    pub round: Round,
    /// By audience.
    pub rosters: Vec<Carried>,
}

/// A roster that came along, or did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Carried {
    /// Which audience.
    #[schema(value_type = String)]
    pub audience: AudienceName,
    /// People invited; 0 when the roster did not come along.
    pub people: usize,
    /// People whose agency was merged into another one since.
    pub merged: usize,
    /// Why it did not come along, by the rows of the old roster as a table.
    pub problems: Problems,
}

/// Plans a round like one that has been: the newest version of its survey, its audiences and thresholds, and its rosters. Times are set
/// afterwards. Recorded.
///
/// # Errors
/// [`RoundError::Unknown`], [`RoundError::Taken`], [`RoundError::Invalid`].
pub fn again(
    conn: &mut Conn,
    who: &Actor,
    last: &RoundId,
    new: Again,
    now: Timestamp,
) -> Result<Repeated, RoundError> {
    let last = super::find(conn, last)?;
    let newest = publish::latest(conn, &last.survey)?.map(|version| version.number);
    let round = plan::create(
        conn,
        NewRound {
            id: new.id,
            title: new.title,
            survey: last.survey.clone(),
            version: newest.unwrap_or(last.version),
            audiences: last.audiences.clone(),
            thresholds: last.thresholds,
            opens_at: None,
            closes_at: None,
        },
    )?;
    let detail = format!("as {}, version {}", last.id, round.version);
    audit::record(conn, who, "round.again", round.id.as_str(), &detail, now)?;
    let merged_into = successors(&agency::lineage(conn)?);
    let mut rosters = Vec::with_capacity(last.audiences.len());
    for audience in &last.audiences {
        rosters.push(carry(conn, &last.id, &round.id, &audience.name, &merged_into)?);
    }
    Ok(Repeated { round, rosters })
}

fn carry(
    conn: &mut Conn,
    from: &RoundId,
    to: &RoundId,
    audience: &AudienceName,
    merged_into: &BTreeMap<AgencyCode, AgencyCode>,
) -> Result<Carried, RoundError> {
    let mut told = Carried {
        audience: audience.clone(),
        people: 0,
        merged: 0,
        problems: Problems::default(),
    };
    let mut rows = invitations::roster(conn, from, audience)?;
    if rows.is_empty() {
        return Ok(told);
    }
    for row in &mut rows {
        let agency: AgencyCode =
            row.agency
                .parse()
                .map_err(|error: crate::slug::BadSlug| StoreError::Corrupt {
                    what: "invitation",
                    problem: error.to_string(),
                })?;
        let now = after(&agency, merged_into);
        told.merged += usize::from(now != agency);
        row.agency = now.to_string();
    }
    let table = roster_match::as_csv(rows)?;
    match roster::import(conn, to, audience, table.as_bytes()) {
        Ok(imported) => told.people = imported.people,
        Err(RoundError::Roster(problems)) => (told.merged, told.problems) = (0, problems),
        Err(other) => return Err(other),
    }
    Ok(told)
}
