//! The record of staff actions: rows are added and read, never changed.

use diesel::prelude::*;

use super::schema::audit_log;
use super::{Conn, StoreError};

/// A row of `audit_log`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_log)]
pub struct AuditRow {
    /// Random.
    pub id: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Who: a sign-in, or `command line`.
    pub actor: String,
    /// What, e.g. `round.open`.
    pub action: String,
    /// On what, e.g. the round's id.
    pub subject: String,
    /// In words.
    pub detail: String,
}

/// Adds a row.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn insert(conn: &mut Conn, row: &AuditRow) -> Result<(), StoreError> {
    diesel::insert_into(audit_log::table).values(row).execute(conn)?;
    Ok(())
}

/// The newest rows before a position (`at`, `id`), newest first, at most `limit`. Without a position: the newest.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn newest(conn: &mut Conn, before: Option<(i64, &str)>, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
    let (at, id) = before.unwrap_or((i64::MAX, ""));
    Ok(audit_log::table
        .filter(
            audit_log::at
                .lt(at)
                .or(audit_log::at.eq(at).and(audit_log::id.lt(id))),
        )
        .order((audit_log::at.desc(), audit_log::id.desc()))
        .limit(limit)
        .select(AuditRow::as_select())
        .load(conn)?)
}
