//! Queries about who approved which content of a survey.

use diesel::prelude::*;

use super::schema::survey_approvals;
use super::{Conn, StoreError};

/// An approval, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = survey_approvals)]
pub struct ApprovalRow {
    /// The survey's id.
    pub survey: String,
    /// SHA-256 of the canonical definition that was approved, in hex.
    pub digest: String,
    /// Who approved it.
    pub approved_by: String,
    /// Milliseconds since 1970.
    pub approved_at: i64,
    /// What they wrote to it; may be empty.
    pub note: String,
}

/// Adds an approval. Returns whether it is new.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert(conn: &mut Conn, row: &ApprovalRow) -> Result<bool, StoreError> {
    let added = each!(conn, c => diesel::insert_into(survey_approvals::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Who approved exactly this content, the first one first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn of(conn: &mut Conn, survey: &str, digest: &str) -> Result<Vec<ApprovalRow>, StoreError> {
    Ok(survey_approvals::table
        .filter(survey_approvals::survey.eq(survey))
        .filter(survey_approvals::digest.eq(digest))
        .order((survey_approvals::approved_at, survey_approvals::approved_by))
        .select(ApprovalRow::as_select())
        .load(conn)?)
}
