//! Queries about the public scorecard.

use diesel::prelude::*;

use super::schema::{scorecard_agencies, scorecards};
use super::{Conn, StoreError};

/// A round that everybody may see.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = scorecards)]
pub struct ScorecardRow {
    /// Which round.
    pub round: String,
    /// Under which licence its data may be used.
    pub licence: String,
    /// Milliseconds since 1970.
    pub shown_at: i64,
}

/// An agency that agreed to stand on it by name.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = scorecard_agencies, treat_none_as_default_value = false)]
pub struct ScorecardAgencyRow {
    /// In which round.
    pub round: String,
    /// Which agency.
    pub agency: String,
    /// Who agreed for it.
    pub agreed_by: String,
}

/// Shows a round with these agencies, in place of what was shown of it before.
///
/// # Errors
/// [`StoreError::Reference`] when the round or an agency does not exist.
pub fn put(conn: &mut Conn, row: &ScorecardRow, agencies: &[ScorecardAgencyRow]) -> Result<(), StoreError> {
    remove(conn, &row.round)?;
    diesel::insert_into(scorecards::table).values(row).execute(conn)?;
    for agency in agencies {
        diesel::insert_into(scorecard_agencies::table)
            .values(agency)
            .execute(conn)?;
    }
    Ok(())
}

/// Takes a round off. Whether it was there.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn remove(conn: &mut Conn, round: &str) -> Result<bool, StoreError> {
    diesel::delete(scorecard_agencies::table.filter(scorecard_agencies::round.eq(round))).execute(conn)?;
    Ok(diesel::delete(scorecards::table.find(round)).execute(conn)? > 0)
}

/// The rounds that are shown, the one shown last first, each with its agencies.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn all(conn: &mut Conn) -> Result<Vec<(ScorecardRow, Vec<ScorecardAgencyRow>)>, StoreError> {
    let rows = scorecards::table
        .order((scorecards::shown_at.desc(), scorecards::round))
        .select(ScorecardRow::as_select())
        .load(conn)?;
    let mut found = Vec::new();
    for row in rows {
        let agencies = scorecard_agencies::table
            .filter(scorecard_agencies::round.eq(&row.round))
            .order(scorecard_agencies::agency)
            .select(ScorecardAgencyRow::as_select())
            .load(conn)?;
        found.push((row, agencies));
    }
    Ok(found)
}
