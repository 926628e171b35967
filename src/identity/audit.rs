//! The record of who did what. Staff actions only: nothing that a respondent does is ever written here.

use jiff::Timestamp;

use super::{Actor, IdentityError, random_id};
use crate::store::audit::{self as rows, AuditRow};
use crate::store::{Conn, StoreError};

/// The longest detail kept, in characters. Longer ones are cut: the log says what happened, not with what data.
const LONGEST_DETAIL: usize = 1000;

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Random.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who: their sign-in, or `command line`.
    pub actor: String,
    /// What, as `noun.verb`, e.g. `round.open`.
    pub action: String,
    /// On what, e.g. the round's id.
    pub subject: String,
    /// In words; may be empty. Never a password, a code or an answer.
    pub detail: String,
}

/// Records an action in the same transaction as the action itself, so that neither exists without the other.
///
/// # Errors
/// [`IdentityError::Store`] when the database fails.
pub fn record(
    conn: &mut Conn,
    actor: &Actor,
    action: &str,
    subject: &str,
    detail: &str,
    now: Timestamp,
) -> Result<(), IdentityError> {
    let row = AuditRow {
        id: random_id()?,
        at: now.as_millisecond(),
        actor: actor.signature().to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.chars().take(LONGEST_DETAIL).collect(),
    };
    Ok(rows::insert(conn, &row)?)
}

/// The newest entries before `before`, newest first, at most `limit`.
///
/// # Errors
/// [`IdentityError::Store`] when the database fails.
pub fn list(conn: &mut Conn, before: Option<&Entry>, limit: u32) -> Result<Vec<Entry>, IdentityError> {
    let position = before.map(|entry| (entry.at.as_millisecond(), entry.id.as_str()));
    rows::newest(conn, position, i64::from(limit))?
        .into_iter()
        .map(entry_from)
        .collect()
}

fn entry_from(row: AuditRow) -> Result<Entry, IdentityError> {
    let at = Timestamp::from_millisecond(row.at).map_err(|error| StoreError::Corrupt {
        what: "time",
        problem: error.to_string(),
    })?;
    Ok(Entry {
        id: row.id,
        at,
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        detail: row.detail,
    })
}
