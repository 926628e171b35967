//! Published versions: finding, listing and comparing them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::PublishError;
use crate::store::surveys::{self, VersionRow};
use crate::store::{Conn, StoreError};
use crate::survey::canonical::digest_of_text;
use crate::survey::compare::{Diff, diff};
use crate::survey::definition::{Definition, SurveyId, VersionNumber};

/// A published version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Version {
    /// The survey.
    pub survey: SurveyId,
    /// Its number.
    pub number: VersionNumber,
    /// SHA-256 of the canonical JSON, in hex.
    pub digest: String,
    /// What was published.
    pub definition: Definition,
    /// When, to the millisecond.
    #[serde(serialize_with = "rfc3339")]
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: String,
}

/// A survey with its versions, for lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurveySummary {
    /// The survey.
    pub survey: SurveyId,
    /// Its versions, oldest first. Empty for a survey that only has a draft.
    pub versions: Vec<VersionSummary>,
    /// Whether there is a draft.
    pub has_draft: bool,
}

/// A published version without its content.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionSummary {
    /// Its number.
    pub number: VersionNumber,
    /// SHA-256 of the canonical JSON, in hex.
    pub digest: String,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: String,
}

/// Every survey with its versions and whether it has a draft, by id.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn list(conn: &mut Conn) -> Result<Vec<SurveySummary>, StoreError> {
    let mut found: BTreeMap<String, SurveySummary> = BTreeMap::new();
    for head in surveys::heads(conn)? {
        let summary = VersionSummary {
            number: read_number(head.number)?,
            digest: head.digest,
            published_at: read_time(head.published_at)?,
            published_by: head.published_by,
        };
        entry(&mut found, head.survey)?.versions.push(summary);
    }
    for draft in surveys::drafts(conn)? {
        entry(&mut found, draft.survey)?.has_draft = true;
    }
    Ok(found.into_values().collect())
}

fn entry(found: &mut BTreeMap<String, SurveySummary>, id: String) -> Result<&mut SurveySummary, StoreError> {
    let survey = read_id(&id)?;
    Ok(found.entry(id).or_insert_with(|| SurveySummary {
        survey,
        versions: Vec::new(),
        has_draft: false,
    }))
}

/// One published version.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find(
    conn: &mut Conn,
    survey: &SurveyId,
    number: VersionNumber,
) -> Result<Option<Version>, StoreError> {
    let Ok(number) = i32::try_from(number) else {
        return Ok(None);
    };
    surveys::version(conn, survey.as_str(), number)?
        .map(from_row)
        .transpose()
}

/// One published version that must exist.
///
/// # Errors
/// [`PublishError::Unknown`] when it does not.
pub fn version(conn: &mut Conn, survey: &SurveyId, number: VersionNumber) -> Result<Version, PublishError> {
    find(conn, survey, number)?.ok_or_else(|| PublishError::Unknown {
        survey: survey.clone(),
        number,
    })
}

/// The newest version of a survey.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn latest(conn: &mut Conn, survey: &SurveyId) -> Result<Option<Version>, StoreError> {
    surveys::latest(conn, survey.as_str())?.map(from_row).transpose()
}

/// Every version of a survey, oldest first: the chain that [`anchors`](crate::survey::compare::anchors) asks for.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn versions(conn: &mut Conn, survey: &SurveyId) -> Result<Vec<Version>, StoreError> {
    surveys::versions(conn, survey.as_str())?
        .into_iter()
        .map(from_row)
        .collect()
}

/// What changed between two published versions of a survey, over all versions between them.
///
/// # Errors
/// [`PublishError::Unknown`] when one of them does not exist.
pub fn version_diff(
    conn: &mut Conn,
    survey: &SurveyId,
    from: VersionNumber,
    to: VersionNumber,
) -> Result<Diff, PublishError> {
    let (old, new) = (version(conn, survey, from)?, version(conn, survey, to)?);
    let chain = versions(conn, survey)?;
    let chain: Vec<&Definition> = chain.iter().map(|version| &version.definition).collect();
    Ok(diff(&old.definition, &chain, &new.definition))
}

/// A stored version as it was published. Whoever changed the row behind our back is found out here.
pub(super) fn from_row(row: VersionRow) -> Result<Version, StoreError> {
    if digest_of_text(&row.definition) != row.digest {
        return Err(corrupt(&"its digest is not that of its content"));
    }
    let definition = serde_json::from_str(&row.definition).map_err(|error| corrupt(&error))?;
    Ok(Version {
        survey: read_id(&row.survey)?,
        number: read_number(row.number)?,
        digest: row.digest,
        definition,
        published_at: read_time(row.published_at)?,
        published_by: row.published_by,
    })
}

pub(super) fn read_id(text: &str) -> Result<SurveyId, StoreError> {
    text.parse().map_err(|error| corrupt(&error))
}

fn read_number(number: i32) -> Result<VersionNumber, StoreError> {
    VersionNumber::try_from(number).map_err(|error| corrupt(&error))
}

pub(super) fn read_time(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| corrupt(&error))
}

pub(super) fn corrupt<E: std::fmt::Display>(problem: &E) -> StoreError {
    StoreError::Corrupt {
        what: "survey version",
        problem: problem.to_string(),
    }
}

pub(super) fn rfc3339<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}
