//! Queries about invitations: who may answer, and whether they did.
//!
//! An invitation is keyed by the SHA-256 of its code, which is also the physical order of the table. Rows are
//! inserted in that order, so that neither key nor place tells where a person stood in the roster.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::schema::invitations;
use super::{Conn, StoreError, responses};
use crate::agency::AgencyCode;
use crate::round::{AudienceName, RoundId};

/// Eleven values a row: SQLite binds 32 766 in a statement.
const CHUNK: usize = 2500;

/// One invitation, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, treat_none_as_default_value = false)]
pub struct InvitationRow {
    /// SHA-256 of the code.
    pub code_hash: Vec<u8>,
    /// The round.
    pub round: String,
    /// The audience.
    pub audience: String,
    /// The invited person's agency.
    pub agency: String,
    /// Unique within the audience.
    pub person: String,
    /// May be empty.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// A language of the survey.
    pub language: String,
    /// Segment values as canonical JSON, `{}` when there are none.
    pub segments: String,
    /// Whether the right was used.
    pub used: bool,
    /// SHA-256 of the idempotency key that used it.
    pub submission_key: Option<Vec<u8>>,
}

/// Puts `rows` in the place of an audience's whole roster.
///
/// # Errors
/// [`StoreError::Duplicate`] when a person stands in it twice, [`StoreError::Reference`] when an agency or the
/// audience does not exist.
pub fn replace_roster(
    conn: &mut Conn,
    round: &RoundId,
    audience: &AudienceName,
    mut rows: Vec<InvitationRow>,
) -> Result<(), StoreError> {
    delete_roster(conn, round, audience)?;
    rows.sort_by(|one, other| one.code_hash.cmp(&other.code_hash));
    for chunk in rows.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(invitations::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Removes an audience's whole roster.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn delete_roster(conn: &mut Conn, round: &RoundId, audience: &AudienceName) -> Result<(), StoreError> {
    let of_audience = invitations::round
        .eq(round.as_str())
        .and(invitations::audience.eq(audience.as_str()));
    diesel::delete(invitations::table.filter(of_audience)).execute(conn)?;
    Ok(())
}

/// An audience's whole roster, in no order that means anything.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn roster(
    conn: &mut Conn,
    round: &RoundId,
    audience: &AudienceName,
) -> Result<Vec<InvitationRow>, StoreError> {
    Ok(invitations::table
        .filter(invitations::round.eq(round.as_str()))
        .filter(invitations::audience.eq(audience.as_str()))
        .select(InvitationRow::as_select())
        .load(conn)?)
}

/// At most `limit` invitations of an audience behind the person `after`, by person.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn page(
    conn: &mut Conn,
    round: &RoundId,
    audience: &AudienceName,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<InvitationRow>, StoreError> {
    Ok(invitations::table
        .filter(invitations::round.eq(round.as_str()))
        .filter(invitations::audience.eq(audience.as_str()))
        .filter(invitations::person.gt(after.unwrap_or("")))
        .order(invitations::person)
        .limit(i64::from(limit))
        .select(InvitationRow::as_select())
        .load(conn)?)
}

/// Invited people of a round, by audience and agency.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn invited(conn: &mut Conn, round: &RoundId) -> Result<Counts, StoreError> {
    let rows = invitations::table
        .filter(invitations::round.eq(round.as_str()))
        .group_by((invitations::audience, invitations::agency))
        .select((invitations::audience, invitations::agency, count_star()))
        .load(conn)?;
    counts(rows)
}

/// Responses of a round, by the audience and agency under which they are filed. Where there is none there is no entry.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn answered(conn: &mut Conn, round: &RoundId) -> Result<Counts, StoreError> {
    counts(responses::stored(conn, round.as_str())?)
}

/// People by audience and agency.
pub type Counts = BTreeMap<AudienceName, BTreeMap<AgencyCode, u32>>;

fn counts(rows: Vec<(String, String, i64)>) -> Result<Counts, StoreError> {
    let mut counts = Counts::new();
    for (audience, agency, people) in rows {
        let people = u32::try_from(people).map_err(|error| corrupt(&error))?;
        let agencies = counts.entry(slug(audience)?).or_default();
        *agencies.entry(slug(agency)?).or_default() += people;
    }
    Ok(counts)
}

/// Gives an unused invitation another code: the link with the old one is dead from then on. Returns whether
/// the invitation was there and unused.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn rekey(conn: &mut Conn, old_hash: &[u8], new_hash: &[u8]) -> Result<bool, StoreError> {
    let unused = invitations::code_hash
        .eq(old_hash)
        .and(invitations::used.eq(false));
    let changed = diesel::update(invitations::table.filter(unused))
        .set(invitations::code_hash.eq(new_hash))
        .execute(conn)?;
    Ok(changed == 1)
}

fn slug<T: TryFrom<String, Error = crate::slug::BadSlug>>(text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(|error| corrupt(&error))
}

fn corrupt(problem: &impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "invitation",
        problem: problem.to_string(),
    }
}
