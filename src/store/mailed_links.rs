//! Queries about what mailed links are made from, who they belong to, and addresses that take no reminder.

use diesel::prelude::*;

use super::schema::{invitations, mail_stops, mailed_links};
use super::{Conn, StoreError};

/// From which somebody's links are made.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mailed_links, treat_none_as_default_value = false)]
pub struct LinkRow {
    /// The round ...
    pub round: String,
    /// ... the audience ...
    pub audience: String,
    /// ... and the person of the invitation.
    pub person: String,
    /// 16 random bytes; none once the round is over, or after a backup was read back.
    pub seed: Option<Vec<u8>>,
    /// SHA-256 of the code of "no more reminders".
    pub stop_hash: Vec<u8>,
}

/// What a mail needs to know of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = invitations)]
pub struct InvitedRow {
    /// The key by which it is answered now.
    pub code_hash: Vec<u8>,
    /// As in the roster.
    pub person: String,
    /// May be empty.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// A language of the survey.
    pub language: String,
    /// The code of the agency.
    pub agency: String,
    /// Whether the right was used.
    pub used: bool,
}

/// The invitations of these people of an audience.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn invited(
    conn: &mut Conn,
    round: &str,
    audience: &str,
    people: &[&str],
) -> Result<Vec<InvitedRow>, StoreError> {
    Ok(invitations::table
        .filter(invitations::round.eq(round))
        .filter(invitations::audience.eq(audience))
        .filter(invitations::person.eq_any(people))
        .select(InvitedRow::as_select())
        .load(conn)?)
}

/// The links of these people of an audience.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn links(
    conn: &mut Conn,
    round: &str,
    audience: &str,
    people: &[&str],
) -> Result<Vec<LinkRow>, StoreError> {
    Ok(mailed_links::table
        .filter(mailed_links::round.eq(round))
        .filter(mailed_links::audience.eq(audience))
        .filter(mailed_links::person.eq_any(people))
        .select(LinkRow::as_select())
        .load(conn)?)
}

/// Adds somebody's link.
///
/// # Errors
/// [`StoreError::Duplicate`] when there is one.
pub fn insert_link(conn: &mut Conn, row: &LinkRow) -> Result<(), StoreError> {
    diesel::insert_into(mailed_links::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Gives somebody another seed, where the one before is gone.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn replace_link(conn: &mut Conn, row: &LinkRow) -> Result<(), StoreError> {
    diesel::update(mailed_links::table.find((&row.round, &row.audience, &row.person)))
        .set((
            mailed_links::seed.eq(&row.seed),
            mailed_links::stop_hash.eq(&row.stop_hash),
        ))
        .execute(conn)?;
    Ok(())
}

/// The address of whoever was given this "no more reminders".
///
/// # Errors
/// [`StoreError`] of the database.
pub fn address_of_stop(conn: &mut Conn, stop_hash: &[u8]) -> Result<Option<String>, StoreError> {
    let of_link = mailed_links::round
        .eq(invitations::round)
        .and(mailed_links::audience.eq(invitations::audience))
        .and(mailed_links::person.eq(invitations::person));
    Ok(mailed_links::table
        .inner_join(invitations::table.on(of_link))
        .filter(mailed_links::stop_hash.eq(stop_hash))
        .select(invitations::email)
        .first(conn)
        .optional()?)
}

/// Lets no reminder go to an address, in lower case. Returns whether that is new.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn stop(conn: &mut Conn, address: &str, reason: &str, since: i64) -> Result<bool, StoreError> {
    let row = (
        mail_stops::address.eq(address),
        mail_stops::reason.eq(reason),
        mail_stops::since.eq(since),
    );
    let added = each!(conn, c => diesel::insert_into(mail_stops::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Those of these addresses (in lower case) to which no reminder goes.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn stopped(conn: &mut Conn, addresses: &[String]) -> Result<Vec<String>, StoreError> {
    Ok(mail_stops::table
        .filter(mail_stops::address.eq_any(addresses))
        .select(mail_stops::address)
        .load(conn)?)
}
