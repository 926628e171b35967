//! Drafts and published versions: the use cases.
//!
//! A version is published once and never changes. What [`publish`] refuses, it refuses before anything is
//! written, and it runs inside the caller's transaction, so that nothing is ever half published.
//!
//! This folder is the one place of the room that meets the store.

mod approvals;
mod drafts;
mod versions;

use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

use super::canonical::{NotCanonical, digest_of_text};
use super::check::check;
use super::compare::links;
use super::definition::{Definition, SurveyId, VersionNumber};
use super::parse::read;
use super::problem::Problem;
use crate::store::surveys::{self, VersionRow};
use crate::store::{Conn, StoreError};

pub use approvals::{Approval, approvals_of, approvals_of_draft, approve, must_be_approved};
pub use drafts::{Draft, DraftReview, draft, draft_diff, held_draft, review, save_draft};
pub use versions::{
    SurveySummary, Version, VersionSummary, find, latest, list, version, version_diff, versions,
};
use versions::{corrupt, from_row};

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Published {
    /// The version.
    pub version: Version,
    /// False when exactly this was published before and nothing was done.
    pub is_new: bool,
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
    /// Somebody else published a version of the survey at the same moment.
    #[error("somebody else published version {number} of {survey} at this moment; look at it and try again")]
    Raced {
        /// The survey.
        survey: SurveyId,
        /// The number both wanted.
        number: VersionNumber,
    },
    /// There is nothing to approve.
    #[error("there is no draft of {0}; save one first")]
    NoDraft(SurveyId),
    /// Who wrote a draft cannot be its second person.
    #[error("you saved this draft last, so somebody else has to approve it; ask another approver")]
    OwnDraft,
    /// Nobody but its author approved exactly this content.
    #[error(
        "nobody but its author has approved exactly this content of {0}; save it as the draft, and ask an approver to approve it at /surveys/{0}/review"
    )]
    NotApproved(SurveyId),
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
/// [`PublishError::Changed`], [`PublishError::Unchanged`], [`PublishError::NotNext`] and [`PublishError::Raced`] as they
/// say.
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
    surveys::insert_version(conn, &row).map_err(|error| raced(error, definition))?;
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
    if definition.version < next {
        // It was free when `already_published` asked: somebody published it in between.
        return Err(PublishError::Raced {
            survey: definition.id.clone(),
            number: definition.version,
        });
    }
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

/// Two instances can both find a number free; the database lets one of them have it.
fn raced(error: StoreError, definition: &Definition) -> PublishError {
    match error {
        StoreError::Duplicate(_) => PublishError::Raced {
            survey: definition.id.clone(),
            number: definition.version,
        },
        other => other.into(),
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

/// A checked definition's number fits: `check` keeps it within what the engines store.
fn stored_number(number: VersionNumber) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|error| corrupt(&error))
}
