//! Drafts and published versions: the use cases.
//!
//! A version is published once and never changes. What [`publish`] refuses, it refuses before anything is
//! written, and it runs inside the caller's transaction, so that nothing is ever half published.
//!
//! This is the one file of the room that meets the store.

use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

use super::canonical::{NotCanonical, digest_of_text};
use super::check::check;
use super::compare::{Diff, diff, links};
use super::definition::{Definition, SurveyId, VersionNumber};
use super::parse::{MAX_BYTES, read};
use super::problem::{Pointer, Problem};
use crate::store::surveys::{self, DraftRow, VersionRow};
use crate::store::{Conn, StoreError};

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

/// The not yet published next version: a text, which need not be valid yet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Draft {
    /// The survey.
    pub survey: SurveyId,
    /// What was saved last.
    pub text: String,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: String,
}

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Published {
    /// The version.
    pub version: Version,
    /// False when exactly this was published before and nothing was done.
    pub is_new: bool,
}

/// What a draft would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DraftReview {
    /// What stands in the way of publishing it; empty when nothing does.
    pub problems: Vec<Problem>,
    /// What it changes against the latest version. `None` when it cannot be read or is the first version.
    pub diff: Option<Diff>,
}

/// Why a version was not published or found.
#[derive(Debug, Error)]
pub enum PublishError {
    /// The definition has problems; all of them are listed.
    #[error("the definition has {} problem(s)", .0.len())]
    Invalid(Vec<Problem>),
    /// Another content is published under this number.
    #[error(
        "version {number} of {survey} is published with another content, and a published version never changes; publish it as version {next}"
    )]
    Changed {
        /// The survey.
        survey: SurveyId,
        /// The number that is taken.
        number: VersionNumber,
        /// The number that is free.
        next: VersionNumber,
    },
    /// The same content is the latest version under another number.
    #[error("version {number} of {survey} has exactly this content; there is nothing to publish")]
    Unchanged {
        /// The survey.
        survey: SurveyId,
        /// The version that has it.
        number: VersionNumber,
    },
    /// Not the next number.
    #[error("{given} is not the next version of {survey}; set `version` to {next}")]
    NotNext {
        /// The survey.
        survey: SurveyId,
        /// The number in the definition.
        given: VersionNumber,
        /// The number it must have.
        next: VersionNumber,
    },
    /// There is no such version.
    #[error("there is no version {number} of {survey}; `rapport survey list` shows what there is")]
    Unknown {
        /// The survey.
        survey: SurveyId,
        /// The number asked for.
        number: VersionNumber,
    },
    /// The definition has no canonical form.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Publishes a definition as the next version of its survey. Exactly the same content under the same number is
/// no error and changes nothing. A draft of the survey with this content is removed.
///
/// # Errors
/// [`PublishError::Invalid`] with every problem, including links that contradict the version before;
/// [`PublishError::Changed`], [`PublishError::Unchanged`] and [`PublishError::NotNext`] as they say.
pub fn publish(
    conn: &mut Conn,
    definition: &Definition,
    by: &str,
    now: Timestamp,
) -> Result<Published, PublishError> {
    let problems = check(definition);
    if !problems.is_empty() {
        return Err(PublishError::Invalid(problems));
    }
    let text = definition.canonical()?;
    let digest = digest_of_text(&text);
    if let Some(version) = already_published(conn, definition, &digest)? {
        return Ok(Published {
            version,
            is_new: false,
        });
    }
    if let Some(latest) = latest(conn, &definition.id)? {
        follows_on(&latest, definition)?;
    } else if definition.version != 1 {
        return Err(not_next(definition, 1));
    }
    let row = VersionRow {
        survey: definition.id.to_string(),
        number: stored_number(definition.version)?,
        digest,
        definition: text,
        published_at: now.as_millisecond(),
        published_by: by.to_owned(),
    };
    surveys::ensure_survey(conn, &row.survey)?;
    surveys::insert_version(conn, &row)?;
    forget_published_draft(conn, &row)?;
    let version = from_row(row)?;
    Ok(Published {
        version,
        is_new: true,
    })
}

/// The version under this number if it has this content; an error if it has another.
fn already_published(
    conn: &mut Conn,
    definition: &Definition,
    digest: &str,
) -> Result<Option<Version>, PublishError> {
    let Some(taken) = find(conn, &definition.id, definition.version)? else {
        return Ok(None);
    };
    if taken.digest == digest {
        return Ok(Some(taken));
    }
    let newest = latest(conn, &definition.id)?.map_or(taken.number, |latest| latest.number);
    Err(PublishError::Changed {
        survey: definition.id.clone(),
        number: definition.version,
        next: newest.saturating_add(1),
    })
}

/// Whether `definition` may follow the latest version.
fn follows_on(latest: &Version, definition: &Definition) -> Result<(), PublishError> {
    if latest.definition.content_digest()? == definition.content_digest()? {
        return Err(PublishError::Unchanged {
            survey: definition.id.clone(),
            number: latest.number,
        });
    }
    let next = latest.number.saturating_add(1);
    if definition.version != next {
        return Err(not_next(definition, next));
    }
    let problems = links(&latest.definition, definition);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(PublishError::Invalid(problems))
    }
}

fn not_next(definition: &Definition, next: VersionNumber) -> PublishError {
    PublishError::NotNext {
        survey: definition.id.clone(),
        given: definition.version,
        next,
    }
}

/// A draft that says what was just published has done its work; one that says more is kept.
fn forget_published_draft(conn: &mut Conn, row: &VersionRow) -> Result<(), PublishError> {
    let Some(draft) = surveys::draft(conn, &row.survey)? else {
        return Ok(());
    };
    let same = read(draft.definition.as_bytes())
        .ok()
        .and_then(|definition| definition.digest().ok())
        .is_some_and(|digest| digest == row.digest);
    if same {
        surveys::delete_draft(conn, &row.survey)?;
    }
    Ok(())
}

/// Every survey with its versions and whether it has a draft, by id.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn list(conn: &mut Conn) -> Result<Vec<SurveySummary>, StoreError> {
    let mut found: std::collections::BTreeMap<String, SurveySummary> = std::collections::BTreeMap::new();
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

fn entry(
    found: &mut std::collections::BTreeMap<String, SurveySummary>,
    id: String,
) -> Result<&mut SurveySummary, StoreError> {
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

/// Every version of a survey, oldest first: the chain that [`anchors`](super::compare::anchors) asks for.
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

/// Saves a draft, valid or not, in place of the one before.
///
/// # Errors
/// [`PublishError::Invalid`] when the text is larger than [`MAX_BYTES`] or holds a NUL character, which
/// PostgreSQL cannot store.
pub fn save_draft(
    conn: &mut Conn,
    survey: &SurveyId,
    text: &str,
    by: &str,
    now: Timestamp,
) -> Result<(), PublishError> {
    let refuse = |problem: String, remedy: &str| {
        Err(PublishError::Invalid(vec![
            Pointer::root().problem(problem, remedy),
        ]))
    };
    if text.len() > MAX_BYTES {
        return refuse(
            format!("the draft has {} bytes, more than {MAX_BYTES}", text.len()),
            "shorten it",
        );
    }
    if text.contains('\0') {
        return refuse("the draft contains a NUL character".to_owned(), "remove it");
    }
    Ok(surveys::put_draft(conn, survey.as_str(), text, now, by)?)
}

/// The draft of a survey.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn draft(conn: &mut Conn, survey: &SurveyId) -> Result<Option<Draft>, StoreError> {
    surveys::draft(conn, survey.as_str())?
        .map(draft_from_row)
        .transpose()
}

/// What stands in the way of publishing the draft of a survey, and what it would change. `None` when there is
/// no draft.
///
/// # Errors
/// [`PublishError::NotCanonical`] and [`PublishError::Store`] only: problems of the draft are part of the answer.
pub fn draft_diff(conn: &mut Conn, survey: &SurveyId) -> Result<Option<DraftReview>, PublishError> {
    let Some(draft) = draft(conn, survey)? else {
        return Ok(None);
    };
    let latest = latest(conn, survey)?;
    review(survey, &draft.text, latest.as_ref()).map(Some)
}

/// As [`draft_diff`], for a text that need not be saved.
///
/// # Errors
/// [`PublishError::NotCanonical`] only.
pub fn review(survey: &SurveyId, text: &str, latest: Option<&Version>) -> Result<DraftReview, PublishError> {
    let definition = match super::parse::parse(text.as_bytes()) {
        Ok(definition) => definition,
        Err(problems) => return Ok(DraftReview { problems, diff: None }),
    };
    let mut problems = check(&definition);
    if &definition.id != survey {
        problems.push(Pointer::root().at("id").problem(
            format!("the draft of `{survey}` calls itself `{}`", definition.id),
            format!("set `id` to \"{survey}\""),
        ));
    }
    let next = latest.map_or(1, |latest| latest.number.saturating_add(1));
    if definition.version != next {
        problems.push(Pointer::root().at("version").problem(
            format!("{} is not the next version", definition.version),
            format!("set `version` to {next}"),
        ));
    }
    let Some(latest) = latest else {
        return Ok(DraftReview { problems, diff: None });
    };
    problems.extend(links(&latest.definition, &definition));
    if latest.definition.content_digest()? == definition.content_digest()? {
        problems.push(Pointer::root().problem(
            format!("the draft says exactly what version {} says", latest.number),
            "change something, or leave it unpublished",
        ));
    }
    Ok(DraftReview {
        problems,
        diff: Some(diff(&latest.definition, &[], &definition)),
    })
}

fn from_row(row: VersionRow) -> Result<Version, StoreError> {
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

fn draft_from_row(row: DraftRow) -> Result<Draft, StoreError> {
    Ok(Draft {
        survey: read_id(&row.survey)?,
        text: row.definition,
        updated_at: read_time(row.updated_at)?,
        updated_by: row.updated_by,
    })
}

fn read_id(text: &str) -> Result<SurveyId, StoreError> {
    text.parse().map_err(|error| corrupt(&error))
}

fn read_number(number: i32) -> Result<VersionNumber, StoreError> {
    VersionNumber::try_from(number).map_err(|error| corrupt(&error))
}

fn read_time(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| corrupt(&error))
}

/// A checked definition's number fits: `check` keeps it within what the engines store.
fn stored_number(number: VersionNumber) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|error| corrupt(&error))
}

fn corrupt<E: std::fmt::Display>(problem: &E) -> StoreError {
    StoreError::Corrupt {
        what: "survey version",
        problem: problem.to_string(),
    }
}

fn rfc3339<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}
