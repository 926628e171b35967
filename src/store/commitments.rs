//! Queries about commitments.

use diesel::prelude::*;

use super::schema::{commitments, users};
use super::{Conn, StoreError};

/// A commitment, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = commitments, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct CommitmentRow {
    /// Random.
    pub id: String,
    /// To whom; none means to all.
    pub agency: Option<String>,
    /// The round in which it was said.
    pub round: Option<String>,
    /// What people said.
    pub said: String,
    /// What the office does about it.
    pub promised: String,
    /// JSON list of the constructs it is judged by.
    pub constructs: String,
    /// The id of the user who answers for it.
    pub owner: Option<String>,
    /// ISO date.
    pub due_on: String,
    /// `planned`, `under-way`, `kept` or `dropped`.
    pub state: String,
    /// What came of it, in words; may be empty.
    pub outcome: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Who recorded it.
    pub created_by: String,
}

/// Adds a commitment.
///
/// # Errors
/// [`StoreError::Reference`] when agency, round or owner does not exist.
pub fn insert(conn: &mut Conn, row: &CommitmentRow) -> Result<(), StoreError> {
    diesel::insert_into(commitments::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Writes a commitment anew.
///
/// # Errors
/// As [`insert`].
pub fn update(conn: &mut Conn, row: &CommitmentRow) -> Result<(), StoreError> {
    diesel::update(commitments::table.find(&row.id))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// One commitment.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<CommitmentRow>, StoreError> {
    let found = commitments::table.find(id).select(CommitmentRow::as_select());
    Ok(found.first(conn).optional()?)
}

/// At most `limit` commitments made to all or to one of these agencies (`None` means any), behind the day and id
/// `after`, by the day they are due.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn list(
    conn: &mut Conn,
    agencies: Option<&[String]>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> Result<Vec<CommitmentRow>, StoreError> {
    let mut query = commitments::table.into_boxed();
    if let Some(agencies) = agencies {
        query = query.filter(
            commitments::agency
                .is_null()
                .or(commitments::agency.eq_any(agencies)),
        );
    }
    if let Some((due_on, id)) = after {
        let behind = commitments::due_on
            .gt(due_on)
            .or(commitments::due_on.eq(due_on).and(commitments::id.gt(id)));
        query = query.filter(behind);
    }
    Ok(query
        .order((commitments::due_on, commitments::id))
        .limit(limit)
        .select(CommitmentRow::as_select())
        .load(conn)?)
}

/// The name of a user.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn owner_name(conn: &mut Conn, user: &str) -> Result<Option<String>, StoreError> {
    Ok(users::table
        .find(user)
        .select(users::name)
        .first(conn)
        .optional()?)
}
