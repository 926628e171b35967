//! Commitments: "you said, we do". Made to an agency or to all, with somebody who answers for it and a day, and with
//! the constructs by which the next round judges it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::field::Faults;
use super::{FollowError, can_be_id, within};
use crate::agency::AgencyCode;
use crate::identity::{Actor, Email, Right, Scope, audit, random_id, users};
use crate::report::since::is_rated;
use crate::round::RoundId;
use crate::store::commitments::{self as rows, CommitmentRow};
use crate::store::{Conn, StoreError, agencies, rounds};
use crate::survey::publish;

/// The states, in the order of a commitment's life.
pub const STATES: [&str; 4] = ["planned", "under-way", "kept", "dropped"];

/// How many commitments to one agency are looked through.
const MOST_READ: i64 = 1000;

/// How many constructs one commitment is judged by at the most.
const MOST_CONSTRUCTS: usize = 20;

/// A commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Commitment {
    /// Random.
    pub id: String,
    /// To which agency; absent when it is made to all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// The round in which it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<String>,
    /// What people said.
    pub said: String,
    /// What the office does about it.
    pub promised: String,
    /// The constructs it is judged by.
    pub constructs: Vec<String>,
    /// The name of who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_name: Option<String>,
    /// The day by which it is kept.
    pub due_on: String,
    /// `planned`, `under-way`, `kept` or `dropped`.
    pub state: String,
    /// What came of it, in words; may be empty.
    pub outcome: String,
    /// Whether the day has passed and it is neither kept nor dropped.
    pub is_overdue: bool,
    /// RFC 3339.
    pub created_at: String,
}

/// What is written down to make or change one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    /// To which agency; empty for all, which needs the right for all.
    pub agency: String,
    /// The round in which it was said; may be empty.
    pub round: String,
    /// What people said.
    pub said: String,
    /// What the office does about it.
    pub promised: String,
    /// The constructs it is judged by; may be none.
    pub constructs: Vec<String>,
    /// The address of who answers for it; empty for nobody yet.
    pub owner: String,
    /// The day by which it is kept.
    pub due_on: String,
    /// `planned`, `under-way`, `kept` or `dropped`; `planned` when empty.
    pub state: String,
    /// What came of it, in words; may be empty.
    pub outcome: String,
}

impl Commitment {
    /// The key by which lists page.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.due_on, self.id)
    }
}

/// Commitments to all and to agencies within the scope, behind that key, by the day they are due.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    after: Option<&str>,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<Commitment>, FollowError> {
    let agencies = within(scope);
    let after = after.and_then(|key| key.split_once('/'));
    let found = rows::list(conn, agencies.as_deref(), after, i64::from(limit))?;
    found.into_iter().map(|row| view(conn, row, now)).collect()
}

/// How many commitments stand beside an agency's figures at the most.
const BESIDE: usize = 8;

/// What was committed to an agency, and to all: what is under way by the day it is due, then what is kept or dropped, the
/// last first. At most [`BESIDE`]. Nothing for an agency beyond the scope.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn to_agency(
    conn: &mut Conn,
    scope: &Scope,
    agency: &AgencyCode,
    now: Timestamp,
) -> Result<Vec<Commitment>, FollowError> {
    if !scope.covers(agency) {
        return Ok(Vec::new());
    }
    let of = [agency.to_string()];
    let rows = rows::list(conn, Some(&of), None, MOST_READ)?;
    let is_settled = |row: &CommitmentRow| matches!(row.state.as_str(), "kept" | "dropped");
    let (mut settled, under_way): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_settled);
    settled.reverse();
    let shown = under_way.into_iter().chain(settled).take(BESIDE);
    shown.map(|row| view(conn, row, now)).collect()
}

/// One commitment that is made to all or to an agency within the scope.
///
/// # Errors
/// [`FollowError::Missing`].
pub fn find(conn: &mut Conn, scope: &Scope, id: &str, now: Timestamp) -> Result<Commitment, FollowError> {
    let row = found(conn, id)?.filter(|row| is_visible(row, scope));
    let row = row.ok_or_else(|| FollowError::missing("commitment", id))?;
    view(conn, row, now)
}

/// What is written down of a commitment that this person may change.
///
/// # Errors
/// [`FollowError::Missing`].
pub fn draft_of(conn: &mut Conn, who: &Actor, id: &str) -> Result<Draft, FollowError> {
    let row = changeable(conn, who, id)?;
    let owner = match &row.owner {
        Some(owner) => users::list(conn)?
            .into_iter()
            .find(|user| user.id == *owner)
            .map(|user| user.email),
        None => None,
    };
    Ok(Draft {
        constructs: constructs(&row)?,
        agency: row.agency.unwrap_or_default(),
        round: row.round.unwrap_or_default(),
        said: row.said,
        promised: row.promised,
        owner: owner.unwrap_or_default(),
        due_on: row.due_on,
        state: row.state,
        outcome: row.outcome,
    })
}

/// Makes a commitment, recorded.
///
/// # Errors
/// [`FollowError::Invalid`] with every field that is wrong.
pub fn make(conn: &mut Conn, who: &Actor, draft: &Draft, now: Timestamp) -> Result<Commitment, FollowError> {
    let row = checked(conn, who, draft, random_id()?, now, who.signature())?;
    rows::insert(conn, &row)?;
    let to = row.agency.clone().unwrap_or_else(|| "all".to_owned());
    audit::record(conn, who, "commitment.make", &row.id, &format!("to {to}"), now)?;
    view(conn, row, now)
}

/// Changes a commitment, recorded.
///
/// # Errors
/// [`FollowError::Missing`] beyond the scope, [`FollowError::Invalid`] with every field that is wrong.
pub fn change(
    conn: &mut Conn,
    who: &Actor,
    id: &str,
    draft: &Draft,
    now: Timestamp,
) -> Result<Commitment, FollowError> {
    let before = changeable(conn, who, id)?;
    let created = Timestamp::from_millisecond(before.created_at).map_err(|error| corrupt(&error))?;
    let row = checked(conn, who, draft, before.id, created, &before.created_by)?;
    rows::update(conn, &row)?;
    audit::record(conn, who, "commitment.change", &row.id, &row.state, now)?;
    view(conn, row, now)
}

fn checked(
    conn: &mut Conn,
    who: &Actor,
    draft: &Draft,
    id: String,
    created_at: Timestamp,
    created_by: &str,
) -> Result<CommitmentRow, FollowError> {
    let mut faults = Faults::default();
    let agency = agency(conn, who, &draft.agency, &mut faults)?;
    let round = round(conn, &draft.round, &mut faults)?;
    let known = known_constructs(conn)?;
    let mut judged_by = BTreeSet::new();
    for construct in draft
        .constructs
        .iter()
        .map(|one| one.trim())
        .filter(|one| !one.is_empty())
    {
        if !known.contains_key(construct) {
            let shown: String = construct.chars().take(60).collect();
            faults.note(
                "constructs",
                format!("no published survey measures `{shown}`: choose from those listed"),
            );
        }
        judged_by.insert(construct.to_owned());
    }
    if judged_by.len() > MOST_CONSTRUCTS {
        faults.note("constructs", format!("choose at most {MOST_CONSTRUCTS}"));
    }
    let state = if draft.state.trim().is_empty() {
        "planned"
    } else {
        &draft.state
    };
    let row = CommitmentRow {
        id,
        agency,
        round,
        said: faults.paragraph("said", &draft.said),
        promised: faults.paragraph("promised", &draft.promised),
        constructs: serde_json::Value::from(judged_by.into_iter().collect::<Vec<_>>()).to_string(),
        owner: owner(conn, &draft.owner, &mut faults)?,
        due_on: faults.day("due_on", &draft.due_on),
        state: faults.one_of("state", state, &STATES),
        outcome: faults.optional("outcome", &draft.outcome),
        created_at: created_at.as_millisecond(),
        created_by: created_by.to_owned(),
    };
    faults.check()?;
    Ok(row)
}

fn agency(
    conn: &mut Conn,
    who: &Actor,
    given: &str,
    faults: &mut Faults,
) -> Result<Option<String>, FollowError> {
    let (given, scope) = (given.trim(), who.scope_of(Right::FollowUp));
    if given.is_empty() {
        if scope != Scope::All {
            faults.note(
                "agency",
                "choose one of your agencies; only those who look after all can commit to all",
            );
        }
        return Ok(None);
    }
    let known = match given.parse::<AgencyCode>() {
        Ok(code) if scope.covers(&code) => agencies::find(conn, &code)?,
        _ => None,
    };
    if known.is_none() {
        faults.note(
            "agency",
            "there is no such agency among those that you look after",
        );
    }
    Ok(known.map(|agency| agency.code.to_string()))
}

fn round(conn: &mut Conn, given: &str, faults: &mut Faults) -> Result<Option<String>, FollowError> {
    let given = given.trim();
    if given.is_empty() {
        return Ok(None);
    }
    let known = match given.parse::<RoundId>() {
        Ok(id) => rounds::find(conn, &id)?,
        Err(_) => None,
    };
    if known.is_none() {
        faults.note(
            "round",
            "there is no such round; leave it empty if it was said elsewhere",
        );
    }
    Ok(known.map(|round| round.id.to_string()))
}

fn owner(conn: &mut Conn, given: &str, faults: &mut Faults) -> Result<Option<String>, FollowError> {
    if given.trim().is_empty() {
        return Ok(None);
    }
    let user = match given.parse::<Email>() {
        Ok(email) => users::by_email(conn, &email)?,
        Err(_) => None,
    };
    if user.is_none() {
        faults.note("owner", "nobody who signs in has this address");
    }
    Ok(user.map(|user| user.id))
}

/// Everything that published surveys measure by rating, with the newest wording in the survey's first language.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn known_constructs(conn: &mut Conn) -> Result<BTreeMap<String, String>, StoreError> {
    let mut known = BTreeMap::new();
    for survey in publish::list(conn)? {
        for version in publish::versions(conn, &survey.survey)? {
            let definition = &version.definition;
            for item in definition.items().filter(|item| is_rated(item)) {
                if let (Some(construct), Some(language)) = (&item.construct, definition.languages.first()) {
                    known.insert(construct.to_string(), item.text.get(language).to_owned());
                }
            }
        }
    }
    Ok(known)
}

fn changeable(conn: &mut Conn, who: &Actor, id: &str) -> Result<CommitmentRow, FollowError> {
    let scope = who.scope_of(Right::FollowUp);
    let row = found(conn, id)?.filter(|row| match &row.agency {
        None => scope == Scope::All,
        Some(_) => is_visible(row, &scope),
    });
    row.ok_or_else(|| FollowError::missing("commitment", id))
}

fn found(conn: &mut Conn, id: &str) -> Result<Option<CommitmentRow>, StoreError> {
    if can_be_id(id) {
        rows::find(conn, id)
    } else {
        Ok(None)
    }
}

fn is_visible(row: &CommitmentRow, scope: &Scope) -> bool {
    match &row.agency {
        None => true,
        Some(agency) => agency.parse().is_ok_and(|agency| scope.covers(&agency)),
    }
}

fn view(conn: &mut Conn, row: CommitmentRow, now: Timestamp) -> Result<Commitment, FollowError> {
    let owner_name = match &row.owner {
        Some(owner) => rows::owner_name(conn, owner)?,
        None => None,
    };
    let created_at = Timestamp::from_millisecond(row.created_at).map_err(|error| corrupt(&error))?;
    let today = now.strftime("%Y-%m-%d").to_string();
    let is_settled = matches!(row.state.as_str(), "kept" | "dropped");
    Ok(Commitment {
        constructs: constructs(&row)?,
        is_overdue: !is_settled && row.due_on < today,
        created_at: created_at.to_string(),
        id: row.id,
        agency: row.agency,
        round: row.round,
        said: row.said,
        promised: row.promised,
        owner_name,
        due_on: row.due_on,
        state: row.state,
        outcome: row.outcome,
    })
}

fn constructs(row: &CommitmentRow) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(&row.constructs).map_err(|error| corrupt(&error))
}

fn corrupt(problem: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "commitment",
        problem: problem.to_string(),
    }
}
