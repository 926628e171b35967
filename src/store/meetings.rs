//! Queries about meetings.

use diesel::prelude::*;

use super::schema::meetings;
use super::{Conn, StoreError};

/// A meeting, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = meetings)]
pub struct MeetingRow {
    /// Random.
    pub id: String,
    /// With which agency.
    pub agency: String,
    /// ISO date.
    pub held_on: String,
    /// `face-to-face`, `video` or `phone`.
    pub form: String,
    /// Who was there, in words.
    pub people: String,
    /// What it was about, in words.
    pub notes: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Who recorded it.
    pub created_by: String,
}

/// Adds a meeting.
///
/// # Errors
/// [`StoreError::Reference`] when the agency does not exist.
pub fn insert(conn: &mut Conn, row: &MeetingRow) -> Result<(), StoreError> {
    diesel::insert_into(meetings::table).values(row).execute(conn)?;
    Ok(())
}

/// At most `limit` meetings with these agencies (`None` means any), the last first, before the day and id `after`.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn list(
    conn: &mut Conn,
    agencies: Option<&[String]>,
    after: Option<(&str, &str)>,
    limit: i64,
) -> Result<Vec<MeetingRow>, StoreError> {
    let mut query = meetings::table.into_boxed();
    if let Some(agencies) = agencies {
        query = query.filter(meetings::agency.eq_any(agencies));
    }
    if let Some((held_on, id)) = after {
        let before = meetings::held_on
            .lt(held_on)
            .or(meetings::held_on.eq(held_on).and(meetings::id.gt(id)));
        query = query.filter(before);
    }
    Ok(query
        .order((meetings::held_on.desc(), meetings::id))
        .limit(limit)
        .select(MeetingRow::as_select())
        .load(conn)?)
}
