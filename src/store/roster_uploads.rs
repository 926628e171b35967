//! Queries about roster files that were looked at and wait to be imported.

use diesel::prelude::*;

use super::schema::roster_uploads;
use super::{Conn, StoreError};

/// A file, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = roster_uploads)]
pub struct UploadRow {
    /// The round's id.
    pub round: String,
    /// The audience's name.
    pub audience: String,
    /// What was sent.
    pub content: Vec<u8>,
    /// What was said of its columns, as JSON.
    pub matching: String,
    /// Who sent it.
    pub uploaded_by: String,
    /// Milliseconds since 1970.
    pub uploaded_at: i64,
}

/// Keeps a file in place of the one before.
///
/// # Errors
/// [`StoreError::Reference`] when the audience does not exist.
pub fn put(conn: &mut Conn, row: &UploadRow) -> Result<(), StoreError> {
    delete(conn, &row.round, &row.audience)?;
    diesel::insert_into(roster_uploads::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// The file of an audience.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find(conn: &mut Conn, round: &str, audience: &str) -> Result<Option<UploadRow>, StoreError> {
    Ok(roster_uploads::table
        .find((round, audience))
        .select(UploadRow::as_select())
        .first(conn)
        .optional()?)
}

/// Writes down what the columns of a file are.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn set_matching(conn: &mut Conn, round: &str, audience: &str, matching: &str) -> Result<(), StoreError> {
    diesel::update(roster_uploads::table.find((round, audience)))
        .set(roster_uploads::matching.eq(matching))
        .execute(conn)?;
    Ok(())
}

/// Forgets the file of an audience.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn delete(conn: &mut Conn, round: &str, audience: &str) -> Result<(), StoreError> {
    diesel::delete(roster_uploads::table.find((round, audience))).execute(conn)?;
    Ok(())
}

/// Forgets every file that was sent before an instant, in milliseconds since 1970.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn delete_before(conn: &mut Conn, instant: i64) -> Result<(), StoreError> {
    diesel::delete(roster_uploads::table.filter(roster_uploads::uploaded_at.lt(instant))).execute(conn)?;
    Ok(())
}
