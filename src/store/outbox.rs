//! Queries about the outbox: the mails that a mailing consists of, a row a person.
//!
//! **Who sends what.** [`take_due`] hands a mail to one sender at a time, however many processes ask: PostgreSQL locks
//! the rows and skips those that another has locked, SQLite has one writer. A mail that is taken is due again when its
//! time is over, so one whose sender died is taken by the next. The number of the attempt fences: [`settle`] writes
//! only what the sender of this very attempt says.

use std::collections::BTreeMap;

use diesel::dsl::{count_star, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::schema::mails;
use super::{Conn, StoreError};

/// A mail, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mails, treat_none_as_default_value = false)]
pub struct MailRow {
    /// Of which mailing.
    pub mailing: String,
    /// To whom.
    pub person: String,
    /// `waiting`, `sending`, `sent`, `bounced`, `refused`, `given-up` or `needless`.
    pub state: String,
    /// How often somebody began to send it.
    pub attempts: i32,
    /// Milliseconds since 1970; see the migration.
    pub due_at: i64,
    /// When the first attempt began.
    pub begun_at: Option<i64>,
    /// 16 random bytes, drawn at the first attempt.
    pub seed: Option<Vec<u8>>,
    /// What the mail server said last.
    pub told: String,
}

/// Adds one mail, unless that person has one of this mailing.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert_mail(conn: &mut Conn, row: &MailRow) -> Result<bool, StoreError> {
    let added = each!(conn, c => diesel::insert_into(mails::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Mails that will be handed over, in the words of the index `mails_due`: with values that are bound only later neither engine
/// could know that the index holds them all, and each look would sort the whole outbox.
fn goes_on() -> SqlLiteral<Bool> {
    sql("mails.state IN ('waiting', 'sending')")
}

/// Whether any mail is due.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn any_due(conn: &mut Conn, now: i64) -> Result<bool, StoreError> {
    let due = mails::table.filter(goes_on()).filter(mails::due_at.le(now));
    Ok(diesel::select(diesel::dsl::exists(due)).get_result(conn)?)
}

/// Takes at most `limit` mails that are due: each is marked as being sent until `until`, with one attempt more, and
/// handed out as it was before.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn take_due(conn: &mut Conn, now: i64, until: i64, limit: i64) -> Result<Vec<MailRow>, StoreError> {
    macro_rules! due {
        () => {
            mails::table
                .filter(goes_on())
                .filter(mails::due_at.le(now))
                .order(mails::due_at)
                .limit(limit)
                .select(MailRow::as_select())
        };
    }
    let rows: Vec<MailRow> = match conn {
        Conn::Pg(pg) => due!().for_update().skip_locked().load(pg)?,
        Conn::Sqlite(sqlite) => due!().load(sqlite)?,
    };
    for row in &rows {
        diesel::update(mails::table.find((&row.mailing, &row.person)))
            .set((
                mails::state.eq("sending"),
                mails::due_at.eq(until),
                mails::attempts.eq(row.attempts + 1),
            ))
            .execute(conn)?;
    }
    Ok(rows)
}

/// Keeps what the first attempt of a mail drew.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn begin(conn: &mut Conn, row: &MailRow, seed: &[u8], begun_at: i64) -> Result<(), StoreError> {
    diesel::update(mails::table.find((&row.mailing, &row.person)))
        .set((mails::seed.eq(seed), mails::begun_at.eq(begun_at)))
        .execute(conn)?;
    Ok(())
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled<'a> {
    /// Of which mailing.
    pub mailing: &'a str,
    /// To whom.
    pub person: &'a str,
    /// The number of the attempt that says so.
    pub attempt: i32,
    /// The new state.
    pub state: &'a str,
    /// When it is due again; of no meaning where it is not.
    pub due_at: i64,
    /// What the mail server said.
    pub told: &'a str,
}

/// Writes how an attempt ended, if that attempt is still the one that counts. Returns whether it was. The seed of a
/// mail that needs no further attempt is erased.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn settle(conn: &mut Conn, how: &Settled<'_>) -> Result<bool, StoreError> {
    let mine = mails::mailing
        .eq(how.mailing)
        .and(mails::person.eq(how.person))
        .and(mails::state.eq("sending"))
        .and(mails::attempts.eq(how.attempt));
    let outcome = (
        mails::state.eq(how.state),
        mails::due_at.eq(how.due_at),
        mails::told.eq(how.told),
    );
    let here = mails::table.filter(mine);
    let changed = if how.state == "waiting" {
        diesel::update(here).set(outcome).execute(conn)?
    } else {
        diesel::update(here)
            .set((outcome, mails::seed.eq(None::<Vec<u8>>)))
            .execute(conn)?
    };
    Ok(changed == 1)
}

/// How many mails of a mailing are in which state.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn counts(conn: &mut Conn, mailing: &str) -> Result<BTreeMap<String, i64>, StoreError> {
    let rows: Vec<(String, i64)> = mails::table
        .filter(mails::mailing.eq(mailing))
        .group_by(mails::state)
        .select((mails::state, count_star()))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Whether any mail of a mailing still waits or is being sent.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn is_under_way(conn: &mut Conn, mailing: &str) -> Result<bool, StoreError> {
    let open = mails::table
        .filter(mails::mailing.eq(mailing))
        .filter(mails::state.eq_any(["waiting", "sending"]));
    Ok(diesel::select(diesel::dsl::exists(open)).get_result(conn)?)
}
