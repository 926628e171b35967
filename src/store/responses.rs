//! Queries about the pool: the responses that are sealed, and the comments beside them.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::fixed::{Given, fixed_run};
use super::schema::{audiences, comments, intake, responses};
use super::{Conn, StoreError};

/// How many rows go into one INSERT. SQLite takes 32 766 values in a statement.
const CHUNK: usize = 1000;

/// A response, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = responses, treat_none_as_default_value = false)]
pub struct ResponseRow {
    /// Random.
    pub key: Vec<u8>,
    /// The round's id.
    pub round: String,
    /// The audience's name.
    pub audience: String,
    /// The agency's code.
    pub agency: String,
    /// Who answered; for attributed audiences only.
    pub person: Option<String>,
    /// The packed record, see `collect::packed`.
    pub answers: Vec<u8>,
}

/// A comment, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = comments, treat_none_as_default_value = false)]
pub struct CommentRow {
    /// Random, and not that of the response it came with.
    pub key: Vec<u8>,
    /// The round's id.
    pub round: String,
    /// The audience's name.
    pub audience: String,
    /// The agency's code.
    pub agency: String,
    /// Who wrote it; for attributed audiences only.
    pub person: Option<String>,
    /// The item's id.
    pub item: String,
    /// As written, without leading and trailing space.
    pub text: String,
    /// The writer agreed that it may be shown without a name; for anonymous audiences only.
    pub may_show: bool,
}

/// Adds responses, in the given order.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert(conn: &mut Conn, rows: &[ResponseRow]) -> Result<(), StoreError> {
    for chunk in rows.chunks(CHUNK) {
        match conn {
            Conn::Sqlite(sqlite) => diesel::insert_into(responses::table)
                .values(chunk)
                .execute(sqlite)?,
            Conn::Pg(pg) => {
                let given = vec![
                    Given::Blobs(chunk.iter().map(|row| row.key.as_slice()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.round.as_str()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.audience.as_str()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.agency.as_str()).collect()),
                    Given::MaybeTexts(chunk.iter().map(|row| row.person.as_deref()).collect()),
                    Given::Blobs(chunk.iter().map(|row| row.answers.as_slice()).collect()),
                ];
                fixed_run(pg, INSERT, given)?
            }
        };
    }
    Ok(())
}

const INSERT: &str = "INSERT INTO responses (key, round, audience, agency, person, answers) SELECT * FROM unnest(?, ?, ?, ?, ?, ?)";

/// Adds comments, in the given order.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert_comments(conn: &mut Conn, rows: &[CommentRow]) -> Result<(), StoreError> {
    for chunk in rows.chunks(CHUNK) {
        match conn {
            Conn::Sqlite(sqlite) => diesel::insert_into(comments::table)
                .values(chunk)
                .execute(sqlite)?,
            Conn::Pg(pg) => {
                let given = vec![
                    Given::Blobs(chunk.iter().map(|row| row.key.as_slice()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.round.as_str()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.audience.as_str()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.agency.as_str()).collect()),
                    Given::MaybeTexts(chunk.iter().map(|row| row.person.as_deref()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.item.as_str()).collect()),
                    Given::Texts(chunk.iter().map(|row| row.text.as_str()).collect()),
                    Given::Flags(chunk.iter().map(|row| row.may_show).collect()),
                ];
                fixed_run(pg, INSERT_COMMENTS, given)?
            }
        };
    }
    Ok(())
}

const INSERT_COMMENTS: &str = "INSERT INTO comments (key, round, audience, agency, person, item, text, may_show) SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?)";

/// The responses of an audience, by key: an order that says nothing. All at once, for small audiences.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn of_audience(conn: &mut Conn, round: &str, audience: &str) -> Result<Vec<ResponseRow>, StoreError> {
    Ok(responses::table
        .filter(responses::round.eq(round))
        .filter(responses::audience.eq(audience))
        .order(responses::key)
        .select(ResponseRow::as_select())
        .load(conn)?)
}

/// How many responses a round has in the pool.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn count_of_round(conn: &mut Conn, round: &str) -> Result<i64, StoreError> {
    Ok(responses::table
        .filter(responses::round.eq(round))
        .count()
        .get_result(conn)?)
}

/// How many responses of a round are stored, mixed or waiting to be: audience, agency, count.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn stored(conn: &mut Conn, round: &str) -> Result<Vec<(String, String, i64)>, StoreError> {
    let mut counts: Vec<(String, String, i64)> = responses::table
        .filter(responses::round.eq(round))
        .group_by((responses::audience, responses::agency))
        .select((responses::audience, responses::agency, count_star()))
        .load(conn)?;
    counts.extend(
        intake::table
            .filter(intake::round.eq(round))
            .group_by((intake::audience, intake::agency))
            .select((intake::audience, intake::agency, count_star()))
            .load::<(String, String, i64)>(conn)?,
    );
    Ok(counts)
}

/// The comments of an audience, by key.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn comments_of_audience(
    conn: &mut Conn,
    round: &str,
    audience: &str,
) -> Result<Vec<CommentRow>, StoreError> {
    Ok(comments::table
        .filter(comments::round.eq(round))
        .filter(comments::audience.eq(audience))
        .order(comments::key)
        .select(CommentRow::as_select())
        .load(conn)?)
}

/// Takes the responses of a round's anonymous audiences out of the pool, to be put back mixed.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn take_anonymous(conn: &mut Conn, round: &str) -> Result<Vec<ResponseRow>, StoreError> {
    let anonymous = anonymous_audiences(conn, round)?;
    let of_round = responses::round
        .eq(round)
        .and(responses::audience.eq_any(anonymous));
    Ok(diesel::delete(responses::table.filter(of_round))
        .returning(responses::all_columns)
        .get_results(conn)?)
}

/// Takes the comments of a round's anonymous audiences out of the pool, to be put back mixed.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn take_anonymous_comments(conn: &mut Conn, round: &str) -> Result<Vec<CommentRow>, StoreError> {
    let anonymous = anonymous_audiences(conn, round)?;
    let of_round = comments::round
        .eq(round)
        .and(comments::audience.eq_any(anonymous));
    Ok(diesel::delete(comments::table.filter(of_round))
        .returning(comments::all_columns)
        .get_results(conn)?)
}

/// The names of a round's anonymous audiences.
///
/// # Errors
/// [`StoreError`] of the database.
pub(super) fn anonymous_audiences(conn: &mut Conn, round: &str) -> Result<Vec<String>, StoreError> {
    Ok(audiences::table
        .filter(audiences::round.eq(round))
        .filter(audiences::mode.eq("anonymous"))
        .select(audiences::name)
        .load(conn)?)
}

/// Removes the responses and comments of an audience. For an import that is repeated, never for answers that
/// were collected.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn delete_of_audience(conn: &mut Conn, round: &str, audience: &str) -> Result<usize, StoreError> {
    let of_audience = comments::round.eq(round).and(comments::audience.eq(audience));
    diesel::delete(comments::table.filter(of_audience)).execute(conn)?;
    let of_audience = responses::round.eq(round).and(responses::audience.eq(audience));
    Ok(diesel::delete(responses::table.filter(of_audience)).execute(conn)?)
}
