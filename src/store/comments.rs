//! Queries about comments that may be shown, and what was decided about each.

use diesel::prelude::*;

use super::responses::CommentRow;
use super::schema::{audiences, comment_decisions, comments};
use super::{Conn, StoreError};

/// What a person decided about a comment, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = comment_decisions, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct DecisionRow {
    /// The comment's key.
    pub comment: Vec<u8>,
    /// The round's id.
    pub round: String,
    /// The audience's name.
    pub audience: String,
    /// The agency's code.
    pub agency: String,
    /// The item's id.
    pub item: String,
    /// The text that may be shown; none when it is withheld.
    pub released: Option<String>,
}

/// Which comments are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// Those about which nothing is decided.
    Not,
    /// Those that are released.
    Released,
    /// Those that are withheld.
    Withheld,
}

/// Agencies of one audience of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Among<'a> {
    /// The round's id.
    pub round: &'a str,
    /// The audience's name.
    pub audience: &'a str,
    /// The codes of the agencies.
    pub agencies: Vec<&'a str>,
}

type Found = (CommentRow, Option<DecisionRow>);

/// Comments of an anonymous audience whose writers agreed that they may be shown, by their random keys, behind the key `after`,
/// at most `limit`; with what was decided.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn agreed(
    conn: &mut Conn,
    among: &Among<'_>,
    decided: Decided,
    after: &[u8],
    limit: u32,
) -> Result<Vec<Found>, StoreError> {
    let anonymous = audiences::table
        .filter(audiences::round.eq(among.round))
        .filter(audiences::name.eq(among.audience))
        .filter(audiences::mode.eq("anonymous"))
        .count()
        .get_result::<i64>(conn)?;
    if anonymous == 0 {
        return Ok(Vec::new());
    }
    let mut query = comments::table
        .left_join(comment_decisions::table.on(comment_decisions::comment.eq(comments::key)))
        .filter(comments::round.eq(among.round))
        .filter(comments::audience.eq(among.audience))
        .filter(comments::agency.eq_any(&among.agencies))
        .filter(comments::may_show.eq(true))
        .filter(comments::key.gt(after))
        .into_boxed();
    query = match decided {
        Decided::Not => query.filter(comment_decisions::comment.nullable().is_null()),
        Decided::Released => query.filter(comment_decisions::released.is_not_null()),
        Decided::Withheld => query
            .filter(comment_decisions::comment.nullable().is_not_null())
            .filter(comment_decisions::released.is_null()),
    };
    Ok(query
        .order(comments::key)
        .limit(i64::from(limit))
        .select((CommentRow::as_select(), Option::<DecisionRow>::as_select()))
        .load(conn)?)
}

/// How many comments may be shown, if a person decides so.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn count_agreed(conn: &mut Conn, among: &Among<'_>) -> Result<i64, StoreError> {
    Ok(comments::table
        .filter(comments::round.eq(among.round))
        .filter(comments::audience.eq(among.audience))
        .filter(comments::agency.eq_any(&among.agencies))
        .filter(comments::may_show.eq(true))
        .count()
        .get_result(conn)?)
}

/// One comment of a round whose writer agreed.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find_agreed(conn: &mut Conn, round: &str, key: &[u8]) -> Result<Option<CommentRow>, StoreError> {
    Ok(comments::table
        .filter(comments::key.eq(key))
        .filter(comments::round.eq(round))
        .filter(comments::may_show.eq(true))
        .select(CommentRow::as_select())
        .first(conn)
        .optional()?)
}

/// What is decided about a comment; `None` where nothing is.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn decision(conn: &mut Conn, comment: &[u8]) -> Result<Option<DecisionRow>, StoreError> {
    Ok(comment_decisions::table
        .find(comment)
        .select(DecisionRow::as_select())
        .first(conn)
        .optional()?)
}

/// Stores a decision in the place of an earlier one.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn decide(conn: &mut Conn, row: &DecisionRow) -> Result<(), StoreError> {
    each!(conn, c => diesel::insert_into(comment_decisions::table)
        .values(row)
        .on_conflict(comment_decisions::comment)
        .do_update()
        .set(row)
        .execute(c))?;
    Ok(())
}

/// Released comments, by their random keys, behind the key `after`, at most `limit`.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn released(
    conn: &mut Conn,
    among: &Among<'_>,
    after: &[u8],
    limit: u32,
) -> Result<Vec<DecisionRow>, StoreError> {
    Ok(comment_decisions::table
        .filter(comment_decisions::round.eq(among.round))
        .filter(comment_decisions::audience.eq(among.audience))
        .filter(comment_decisions::agency.eq_any(&among.agencies))
        .filter(comment_decisions::released.is_not_null())
        .filter(comment_decisions::comment.gt(after))
        .order(comment_decisions::comment)
        .limit(i64::from(limit))
        .select(DecisionRow::as_select())
        .load(conn)?)
}

/// How many released comments there are.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn count_released(conn: &mut Conn, among: &Among<'_>) -> Result<i64, StoreError> {
    Ok(comment_decisions::table
        .filter(comment_decisions::round.eq(among.round))
        .filter(comment_decisions::audience.eq(among.audience))
        .filter(comment_decisions::agency.eq_any(&among.agencies))
        .filter(comment_decisions::released.is_not_null())
        .count()
        .get_result(conn)?)
}

/// How many comments of all rounds are released.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn all_released(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(comment_decisions::table
        .filter(comment_decisions::released.is_not_null())
        .count()
        .get_result(conn)?)
}
