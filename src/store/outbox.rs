//! Queries about the outbox: mailings, the mails they consist of, and whom no reminder reaches any more.
//!
//! **Who sends what.** [`take_due`] hands a mail to one sender at a time, however many processes ask: PostgreSQL locks
//! the rows and skips those that another has locked, SQLite has one writer. A mail that is taken is due again when its
//! time is over, so one whose sender died is taken by the next. The number of the attempt fences: [`settle`] writes
//! only what the sender of this very attempt says.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::{audiences, invitations, mail_stops, mailed_links, mailings, mails, rounds};
use super::{Conn, StoreError};

/// A mailing, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mailings, treat_none_as_default_value = false)]
pub struct MailingRow {
    /// What makes it one: `partnership-2026/staff/0`.
    pub id: String,
    /// The round; none for mails to staff.
    pub round: Option<String>,
    /// The audience; none for mails to staff.
    pub audience: Option<String>,
    /// 0 the invitation, 1 and on the reminders.
    pub step: i32,
    /// Milliseconds since 1970.
    pub send_at: i64,
    /// `planned`, `filled` or `dropped`.
    pub state: String,
    /// To how many it goes at the most, as far as that may be told.
    pub people: Option<i32>,
    /// Who ordered it.
    pub ordered_by: String,
}

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
    /// 16 random bytes; none once the round is over.
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

/// Adds a mailing, unless there is one of that id. Returns whether it was added.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert_mailing(conn: &mut Conn, row: &MailingRow) -> Result<bool, StoreError> {
    let added = each!(conn, c => diesel::insert_into(mailings::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// One mailing.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn mailing(conn: &mut Conn, id: &str) -> Result<Option<MailingRow>, StoreError> {
    let found = mailings::table.find(id).select(MailingRow::as_select());
    Ok(found.first(conn).optional()?)
}

/// The mailings of a round, by audience and step.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn mailings_of(conn: &mut Conn, round: &str) -> Result<Vec<MailingRow>, StoreError> {
    Ok(mailings::table
        .filter(mailings::round.eq(round))
        .order((mailings::audience, mailings::step))
        .select(MailingRow::as_select())
        .load(conn)?)
}

/// Planned mailings whose time has come.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn due_mailings(conn: &mut Conn, now: i64) -> Result<Vec<MailingRow>, StoreError> {
    Ok(mailings::table
        .filter(mailings::state.eq("planned"))
        .filter(mailings::send_at.le(now))
        .order(mailings::send_at)
        .select(MailingRow::as_select())
        .load(conn)?)
}

/// Takes a planned mailing to another state. Returns whether it still was planned: of two that try, one is told no.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn leave_planned(
    conn: &mut Conn,
    id: &str,
    state: &str,
    people: Option<i32>,
) -> Result<bool, StoreError> {
    let planned = mailings::id.eq(id).and(mailings::state.eq("planned"));
    let changed = diesel::update(mailings::table.filter(planned))
        .set((mailings::state.eq(state), mailings::people.eq(people)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Writes to how many a mailing goes.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn set_people(conn: &mut Conn, id: &str, people: i32) -> Result<(), StoreError> {
    diesel::update(mailings::table.find(id))
        .set(mailings::people.eq(people))
        .execute(conn)?;
    Ok(())
}

/// Adds a mail for everybody of an audience who has an address and has not used the invitation; with `reminder`, nobody
/// whose address is stopped. Whoever has a mail of this mailing already gets no other.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn fill(
    conn: &mut Conn,
    mailing: &MailingRow,
    round: &str,
    audience: &str,
    reminder: bool,
    now: i64,
) -> Result<usize, StoreError> {
    let stopped = if reminder {
        "AND lower(email) NOT IN (SELECT address FROM mail_stops)"
    } else {
        ""
    };
    let statement = format!(
        "INSERT INTO mails (mailing, person, state, attempts, due_at, told) \
         SELECT $1, person, 'waiting', 0, $2, '' FROM invitations \
         WHERE round = $3 AND audience = $4 AND used = FALSE AND email <> '' {stopped} ON CONFLICT DO NOTHING"
    );
    let query = diesel::sql_query(statement)
        .bind::<Text, _>(&mailing.id)
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(round)
        .bind::<Text, _>(audience);
    Ok(query.execute(conn)?)
}

/// How many of an audience have an address.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn with_address(conn: &mut Conn, round: &str, audience: &str) -> Result<i64, StoreError> {
    Ok(invitations::table
        .filter(invitations::round.eq(round))
        .filter(invitations::audience.eq(audience))
        .filter(invitations::email.ne(""))
        .count()
        .get_result(conn)?)
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

/// Whether any mail is due.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn any_due(conn: &mut Conn, now: i64) -> Result<bool, StoreError> {
    let due = mails::table
        .filter(mails::state.eq_any(["waiting", "sending"]))
        .filter(mails::due_at.le(now));
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
                .filter(mails::state.eq_any(["waiting", "sending"]))
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

/// The mails of a mailing in that state, by person, at most `limit`.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn in_state(conn: &mut Conn, mailing: &str, state: &str, limit: i64) -> Result<Vec<MailRow>, StoreError> {
    Ok(mails::table
        .filter(mails::mailing.eq(mailing))
        .filter(mails::state.eq(state))
        .order(mails::person)
        .limit(limit)
        .select(MailRow::as_select())
        .load(conn)?)
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

/// Forgets what nobody needs once a round is no longer open: mails that were not sent are needless, the seeds of links
/// are erased, and of anonymous audiences the mails themselves, which would tell who was reminded.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn forget_closed(conn: &mut Conn) -> Result<(), StoreError> {
    let over: Vec<String> = rounds::table
        .filter(rounds::state.eq_any(["closed", "sealed", "published"]))
        .select(rounds::id)
        .load(conn)?;
    let links = mailed_links::seed
        .is_not_null()
        .and(mailed_links::round.eq_any(&over));
    diesel::update(mailed_links::table.filter(links))
        .set(mailed_links::seed.eq(None::<Vec<u8>>))
        .execute(conn)?;
    let ended: Vec<(String, String)> = mailings::table
        .inner_join(
            audiences::table.on(mailings::round
                .eq(audiences::round.nullable())
                .and(mailings::audience.eq(audiences::name.nullable()))),
        )
        .filter(mailings::round.eq_any(&over))
        .filter(mailings::state.ne("dropped"))
        .select((mailings::id, audiences::mode))
        .load(conn)?;
    for (mailing, mode) in ended {
        let of_mailing = mails::mailing.eq(&mailing);
        if mode == "anonymous" {
            diesel::delete(mails::table.filter(of_mailing)).execute(conn)?;
        } else {
            let open = of_mailing.and(mails::state.eq_any(["waiting", "sending"]));
            diesel::update(mails::table.filter(open))
                .set((mails::state.eq("needless"), mails::seed.eq(None::<Vec<u8>>)))
                .execute(conn)?;
        }
        leave_planned(conn, &mailing, "dropped", None)?;
    }
    Ok(())
}
