//! Running sessions of people who signed in.

use diesel::prelude::*;

use super::schema::{sessions, users};
use super::users::UserRow;
use super::{Conn, StoreError};

/// A row of `sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    /// Random; named by access tokens.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// SHA-256 of the refresh token that is good now.
    pub refresh_hash: Vec<u8>,
    /// SHA-256 of the one before.
    pub previous_hash: Option<Vec<u8>>,
    /// When it was last exchanged, milliseconds since 1970.
    pub refreshed_at: i64,
    /// When the session ends by itself, milliseconds since 1970.
    pub expires_at: i64,
    /// Ended by sign-out, by an administrator, or because a refresh token was used twice.
    pub revoked: bool,
}

/// Adds a session.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn insert(conn: &mut Conn, session: &SessionRow) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table)
        .values(session)
        .execute(conn)?;
    Ok(())
}

/// The session with this id and its user.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn with_user(conn: &mut Conn, id: &str) -> Result<Option<(SessionRow, UserRow)>, StoreError> {
    Ok(sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(id))
        .select((SessionRow::as_select(), UserRow::as_select()))
        .first(conn)
        .optional()?)
}

/// Exchanges the refresh token: only if `old` is still the one that is good. Returns whether it was.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn rotate(conn: &mut Conn, id: &str, old: &[u8], new: &[u8], at: i64) -> Result<bool, StoreError> {
    let changed = diesel::update(
        sessions::table
            .filter(sessions::id.eq(id))
            .filter(sessions::refresh_hash.eq(old)),
    )
    .set((
        sessions::refresh_hash.eq(new),
        sessions::previous_hash.eq(Some(old)),
        sessions::refreshed_at.eq(at),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Ends a session.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn revoke(conn: &mut Conn, id: &str) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(id))
        .set(sessions::revoked.eq(true))
        .execute(conn)?;
    Ok(())
}

/// Ends every session of a user.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn revoke_all_of(conn: &mut Conn, user: &str) -> Result<(), StoreError> {
    diesel::update(sessions::table.filter(sessions::user_id.eq(user)))
        .set(sessions::revoked.eq(true))
        .execute(conn)?;
    Ok(())
}

/// Deletes what ended before `before` (milliseconds since 1970): nobody needs to know when people worked.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn delete_expired(conn: &mut Conn, before: i64) -> Result<usize, StoreError> {
    Ok(diesel::delete(sessions::table.filter(sessions::expires_at.lt(before))).execute(conn)?)
}
