//! Queries about follow-ups, their notes, and the rules by which they are made.

use diesel::prelude::*;

use super::schema::{audiences, follow_rules, follow_up_notes, follow_ups, invitations, rounds, users};
use super::{Conn, StoreError};

/// How many rows go into one INSERT; see `store::invitations`.
const CHUNK: usize = 1000;

/// When answers of a round are followed up.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = follow_rules, treat_none_as_default_value = false)]
pub struct RuleRow {
    /// The round.
    pub round: String,
    /// Scores (0 to 100) up to this are low.
    pub low_score: f64,
    /// Days within which a reply is owed.
    pub days: i32,
    /// When the follow-ups were made.
    pub made_at: Option<i64>,
}

/// A follow-up, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = follow_ups, treat_none_as_default_value = false)]
pub struct FollowUpRow {
    /// Random.
    pub id: String,
    /// The round ...
    pub round: String,
    /// ... the audience ...
    pub audience: String,
    /// ... the agency ...
    pub agency: String,
    /// ... and the person who answered.
    pub person: String,
    /// `low-score` or `contact`.
    pub reason: String,
    /// JSON list of item ids.
    pub items: String,
    /// The id of the user who looks after it.
    pub owner: Option<String>,
    /// `open`, `in-progress`, `done` or `dropped`.
    pub state: String,
    /// ISO date.
    pub due_on: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub first_reply_at: Option<i64>,
}

/// A note on a follow-up, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = follow_up_notes)]
pub struct NoteRow {
    /// Random.
    pub id: String,
    /// On which follow-up.
    pub follow_up: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Who wrote it.
    pub author: String,
    /// `note`, `reply` or `state`.
    pub kind: String,
    /// In words.
    pub text: String,
}

/// A follow-up with the name and address of who answered and of who looks after it.
pub type Named = (FollowUpRow, (String, String), Option<(String, String)>);

/// Which follow-ups are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these agencies; `None` means all.
    pub agencies: Option<Vec<String>>,
    /// In these states; `None` means all.
    pub states: Option<Vec<String>>,
    /// Of this owner.
    pub owner: Option<String>,
    /// Behind this one: its date and id.
    pub after: Option<(String, String)>,
}

/// The rule of a round, where one was set.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn rule(conn: &mut Conn, round: &str) -> Result<Option<RuleRow>, StoreError> {
    let found = follow_rules::table.find(round).select(RuleRow::as_select());
    Ok(found.first(conn).optional()?)
}

/// Sets the rule of a round.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn put_rule(conn: &mut Conn, row: &RuleRow) -> Result<(), StoreError> {
    each!(conn, c => diesel::insert_into(follow_rules::table)
        .values(row)
        .on_conflict(follow_rules::round)
        .do_update()
        .set(row)
        .execute(c))?;
    Ok(())
}

/// Rounds with a named audience that closed at or after `since` and whose follow-ups were not made.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn rounds_to_follow(conn: &mut Conn, since: i64) -> Result<Vec<String>, StoreError> {
    let named = audiences::table
        .filter(audiences::mode.eq("attributed"))
        .select(audiences::round);
    let made = follow_rules::table
        .filter(follow_rules::made_at.is_not_null())
        .select(follow_rules::round);
    Ok(rounds::table
        .filter(rounds::state.eq_any(["closed", "sealed", "published"]))
        .filter(rounds::closed_at.ge(since))
        .filter(rounds::id.eq_any(named))
        .filter(rounds::id.ne_all(made))
        .order(rounds::id)
        .select(rounds::id)
        .load(conn)?)
}

/// Adds follow-ups, except to people of the round who have one.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert(conn: &mut Conn, rows: &[FollowUpRow]) -> Result<usize, StoreError> {
    let mut added = 0;
    for chunk in rows.chunks(CHUNK) {
        added += each!(conn, c => diesel::insert_into(follow_ups::table)
            .values(chunk)
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(added)
}

/// At most `limit` follow-ups that pass the filter, by the day they are due.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<Named>, StoreError> {
    let mut query = follow_ups::table.into_boxed();
    if let Some(agencies) = &filter.agencies {
        query = query.filter(follow_ups::agency.eq_any(agencies));
    }
    if let Some(states) = &filter.states {
        query = query.filter(follow_ups::state.eq_any(states));
    }
    if let Some(owner) = &filter.owner {
        query = query.filter(follow_ups::owner.eq(owner));
    }
    if let Some((due_on, id)) = &filter.after {
        let behind = follow_ups::due_on
            .gt(due_on)
            .or(follow_ups::due_on.eq(due_on).and(follow_ups::id.gt(id)));
        query = query.filter(behind);
    }
    let rows = query
        .order((follow_ups::due_on, follow_ups::id))
        .limit(limit)
        .select(FollowUpRow::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| named(conn, row)).collect()
}

/// One follow-up.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<Named>, StoreError> {
    let row = follow_ups::table
        .find(id)
        .select(FollowUpRow::as_select())
        .first(conn)
        .optional()?;
    row.map(|row| named(conn, row)).transpose()
}

fn named(conn: &mut Conn, row: FollowUpRow) -> Result<Named, StoreError> {
    let who = invitations::table
        .filter(invitations::round.eq(&row.round))
        .filter(invitations::audience.eq(&row.audience))
        .filter(invitations::person.eq(&row.person))
        .select((invitations::name, invitations::email))
        .first(conn)
        .optional()?;
    let owner = match &row.owner {
        Some(owner) => users::table
            .find(owner)
            .select((users::name, users::email))
            .first(conn)
            .optional()?,
        None => None,
    };
    Ok((row, who.unwrap_or_default(), owner))
}

/// Writes owner, state, date and first reply of a follow-up anew.
///
/// # Errors
/// [`StoreError::Reference`] when the owner does not exist.
pub fn update(conn: &mut Conn, row: &FollowUpRow) -> Result<(), StoreError> {
    diesel::update(follow_ups::table.find(&row.id))
        .set((
            follow_ups::owner.eq(&row.owner),
            follow_ups::state.eq(&row.state),
            follow_ups::due_on.eq(&row.due_on),
            follow_ups::first_reply_at.eq(row.first_reply_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Adds a note.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert_note(conn: &mut Conn, row: &NoteRow) -> Result<(), StoreError> {
    diesel::insert_into(follow_up_notes::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// The notes on a follow-up, oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn notes(conn: &mut Conn, follow_up: &str) -> Result<Vec<NoteRow>, StoreError> {
    Ok(follow_up_notes::table
        .filter(follow_up_notes::follow_up.eq(follow_up))
        .order((follow_up_notes::at, follow_up_notes::id))
        .select(NoteRow::as_select())
        .load(conn)?)
}

/// Milliseconds from each follow-up to its first reply, of these agencies (`None` means all).
///
/// # Errors
/// [`StoreError`] of the database.
pub fn reply_times(conn: &mut Conn, agencies: Option<&[String]>) -> Result<Vec<i64>, StoreError> {
    let mut query = follow_ups::table
        .filter(follow_ups::first_reply_at.is_not_null())
        .into_boxed();
    if let Some(agencies) = agencies {
        query = query.filter(follow_ups::agency.eq_any(agencies));
    }
    let rows: Vec<(i64, Option<i64>)> = query
        .select((follow_ups::created_at, follow_ups::first_reply_at))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(created, replied)| Some(replied?.saturating_sub(created)))
        .collect())
}
