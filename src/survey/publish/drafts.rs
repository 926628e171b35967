//! Drafts: the not yet published next version of a survey.

use jiff::Timestamp;
use serde::Serialize;

use super::PublishError;
use super::versions::{Version, latest, read_id, read_time, rfc3339};
use crate::store::surveys::{self, DraftRow};
use crate::store::{Conn, StoreError};
use crate::survey::check::check;
use crate::survey::compare::{Diff, diff, links};
use crate::survey::definition::SurveyId;
use crate::survey::parse::{MAX_BYTES, parse};
use crate::survey::problem::{Pointer, Problem};

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

/// What a draft would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DraftReview {
    /// What stands in the way of publishing it; empty when nothing does.
    pub problems: Vec<Problem>,
    /// What it changes against the latest version. `None` when it cannot be read or is the first version.
    pub diff: Option<Diff>,
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

/// The draft of a survey, held until the transaction ends: for those who look at it before they save.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn held_draft(conn: &mut Conn, survey: &SurveyId) -> Result<Option<Draft>, StoreError> {
    surveys::lock_draft(conn, survey.as_str())?;
    draft(conn, survey)
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
    let definition = match parse(text.as_bytes()) {
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

fn draft_from_row(row: DraftRow) -> Result<Draft, StoreError> {
    Ok(Draft {
        survey: read_id(&row.survey)?,
        text: row.definition,
        updated_at: read_time(row.updated_at)?,
        updated_by: row.updated_by,
    })
}
