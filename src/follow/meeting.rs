//! Meetings: talks with an agency, written down. Face to face is what works.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::field::Faults;
use super::{FollowError, within};
use crate::agency::AgencyCode;
use crate::identity::{Actor, Right, audit, random_id};
use crate::store::meetings::{self as rows, MeetingRow};
use crate::store::{Conn, agencies};

/// How people met.
pub const FORMS: [&str; 3] = ["face-to-face", "video", "phone"];

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Meeting {
    /// Random.
    pub id: String,
    /// With which agency.
    pub agency: String,
    /// The day.
    pub held_on: String,
    /// `face-to-face`, `video` or `phone`.
    pub form: String,
    /// Who was there.
    pub people: String,
    /// What it was about.
    pub notes: String,
    /// Who wrote it down.
    pub created_by: String,
}

/// What is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    /// With which agency.
    pub agency: String,
    /// The day; not in the future.
    pub held_on: String,
    /// `face-to-face`, `video` or `phone`.
    pub form: String,
    /// Who was there.
    pub people: String,
    /// What it was about.
    pub notes: String,
}

impl Meeting {
    /// The key by which lists page.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.held_on, self.id)
    }
}

/// Meetings with agencies within the scope, the last first, before that key.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn list(
    conn: &mut Conn,
    who: &Actor,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Meeting>, FollowError> {
    let agencies = within(&who.scope_of(Right::FollowUp));
    let after = after.and_then(|key| key.split_once('/'));
    let found = rows::list(conn, agencies.as_deref(), after, i64::from(limit))?;
    Ok(found.into_iter().map(view).collect())
}

/// Writes a meeting down, recorded.
///
/// # Errors
/// [`FollowError::Invalid`] with every field that is wrong.
pub fn add(conn: &mut Conn, who: &Actor, draft: &Draft, now: Timestamp) -> Result<Meeting, FollowError> {
    let mut faults = Faults::default();
    let scope = who.scope_of(Right::FollowUp);
    let known = match draft.agency.trim().parse::<AgencyCode>() {
        Ok(code) if scope.covers(&code) => agencies::find(conn, &code)?,
        _ => None,
    };
    if known.is_none() {
        faults.note(
            "agency",
            "there is no such agency among those that you look after",
        );
    }
    let held_on = faults.day("held_on", &draft.held_on);
    if held_on > now.strftime("%Y-%m-%d").to_string() {
        faults.note(
            "held_on",
            "lies in the future: write a meeting down when it was held",
        );
    }
    let row = MeetingRow {
        id: random_id()?,
        agency: known.map(|agency| agency.code.to_string()).unwrap_or_default(),
        held_on,
        form: faults.one_of("form", &draft.form, &FORMS),
        people: faults.line("people", &draft.people),
        notes: faults.paragraph("notes", &draft.notes),
        created_at: now.as_millisecond(),
        created_by: who.signature().to_owned(),
    };
    faults.check()?;
    rows::insert(conn, &row)?;
    audit::record(conn, who, "meeting.add", &row.agency, &row.held_on, now)?;
    Ok(view(row))
}

fn view(row: MeetingRow) -> Meeting {
    Meeting {
        id: row.id,
        agency: row.agency,
        held_on: row.held_on,
        form: row.form,
        people: row.people,
        notes: row.notes,
        created_by: row.created_by,
    }
}
