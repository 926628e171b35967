//! Queries about mailings: steps of writing to an audience, and the weeks of staff.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::{audiences, invitations, mailed_links, mailings, mails, rounds};
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

/// Whether mail to an audience is planned.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn any_planned(conn: &mut Conn, round: &str, audience: &str) -> Result<bool, StoreError> {
    let of_audience = mailings::round.eq(round).and(mailings::audience.eq(audience));
    let planned = mailings::table.filter(of_audience.and(mailings::state.eq("planned")));
    Ok(diesel::select(diesel::dsl::exists(planned)).get_result(conn)?)
}

/// Forgets what was planned for an audience and taken back, so that the audience can go.
///
/// # Errors
/// [`StoreError::Reference`] when mails of it are kept.
pub fn forget_dropped(conn: &mut Conn, round: &str, audience: &str) -> Result<(), StoreError> {
    let of_audience = mailings::round.eq(round).and(mailings::audience.eq(audience));
    diesel::delete(mailings::table.filter(of_audience.and(mailings::state.eq("dropped")))).execute(conn)?;
    Ok(())
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
