//! Approvals: a second person looked at exactly this content of a draft. Whoever changes a word of it needs another one.

use jiff::Timestamp;
use serde::Serialize;

use super::drafts::{draft, review};
use super::versions::{latest, read_time, rfc3339};
use super::{Draft, PublishError};
use crate::store::Conn;
use crate::store::approvals::{self, ApprovalRow};
use crate::survey::definition::{Definition, SurveyId};
use crate::survey::parse::read;

/// Somebody's approval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
    /// What they wrote to it; may be empty.
    pub note: String,
}

/// The longest note, in characters.
const LONGEST_NOTE: usize = 2000;

/// Approves the draft of a survey as it is saved. Returns the digest of what was approved. The same person twice is one approval.
///
/// # Errors
/// [`PublishError::NoDraft`], [`PublishError::Invalid`] when something stands in the way of publishing it,
/// [`PublishError::OwnDraft`] when it was them who saved it last.
pub fn approve(
    conn: &mut Conn,
    survey: &SurveyId,
    by: &str,
    note: &str,
    now: Timestamp,
) -> Result<String, PublishError> {
    let draft = draft(conn, survey)?.ok_or_else(|| PublishError::NoDraft(survey.clone()))?;
    if draft.updated_by == by {
        return Err(PublishError::OwnDraft);
    }
    let latest = latest(conn, survey)?;
    let problems = review(survey, &draft.text, latest.as_ref())?.problems;
    if !problems.is_empty() {
        return Err(PublishError::Invalid(problems));
    }
    let digest = read(draft.text.as_bytes())
        .map_err(PublishError::Invalid)?
        .digest()?;
    let row = ApprovalRow {
        survey: survey.to_string(),
        digest: digest.clone(),
        approved_by: by.to_owned(),
        approved_at: now.as_millisecond(),
        note: note
            .trim()
            .chars()
            .filter(|c| *c != '\0')
            .take(LONGEST_NOTE)
            .collect(),
    };
    approvals::insert(conn, &row)?;
    Ok(digest)
}

/// Who approved exactly this content.
///
/// # Errors
/// [`PublishError`] of the store, and of content without a canonical form.
pub fn approvals_of(conn: &mut Conn, definition: &Definition) -> Result<Vec<Approval>, PublishError> {
    let digest = definition.digest()?;
    let rows = approvals::of(conn, definition.id.as_str(), &digest)?;
    let approval = |row: ApprovalRow| {
        Ok(Approval {
            by: row.approved_by,
            at: read_time(row.approved_at)?,
            note: row.note,
        })
    };
    rows.into_iter().map(approval).collect()
}

/// Who approved a draft as it is saved; nobody as long as it cannot be read.
///
/// # Errors
/// As [`approvals_of`].
pub fn approvals_of_draft(conn: &mut Conn, draft: &Draft) -> Result<Vec<Approval>, PublishError> {
    match read(draft.text.as_bytes()) {
        Ok(definition) => approvals_of(conn, &definition),
        Err(_) => Ok(Vec::new()),
    }
}

/// Refuses content that nobody but its author approved.
///
/// # Errors
/// [`PublishError::NotApproved`].
pub fn must_be_approved(conn: &mut Conn, definition: &Definition, author: &str) -> Result<(), PublishError> {
    let approved = approvals_of(conn, definition)?;
    if approved.iter().any(|approval| approval.by != author) {
        Ok(())
    } else {
        Err(PublishError::NotApproved(definition.id.clone()))
    }
}
