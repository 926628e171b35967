//! Queries about the pool: the responses that are sealed, and the comments beside them.

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::count_star;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;

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
}

/// Adds responses, in the given order.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert(conn: &mut Conn, rows: &[ResponseRow]) -> Result<(), StoreError> {
    for chunk in rows.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(responses::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Adds comments, in the given order.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert_comments(conn: &mut Conn, rows: &[CommentRow]) -> Result<(), StoreError> {
    for chunk in rows.chunks(CHUNK) {
        each!(conn, c => diesel::insert_into(comments::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Hands every response of an audience to `take`: agency, person, packed record, in no order. Rows are not held: a
/// million of them take no more room than one.
///
/// # Errors
/// [`StoreError`] of the database, and [`StoreError::Corrupt`] with what `take` found wrong with a response.
pub fn for_each(
    conn: &mut Conn,
    round: &str,
    audience: &str,
    mut take: impl FnMut(&str, Option<&str>, &[u8]) -> Result<(), String>,
) -> Result<(), StoreError> {
    let of_audience = responses::table
        .filter(responses::round.eq(round))
        .filter(responses::audience.eq(audience))
        .select((responses::agency, responses::person, responses::answers));
    let mut each = |row: QueryResult<Slim>| -> Result<(), StoreError> {
        let (agency, person, record) = row?;
        take(&agency, person.as_deref(), &record).map_err(|problem| StoreError::Corrupt {
            what: "response",
            problem,
        })
    };
    match conn {
        Conn::Sqlite(sqlite) => of_audience
            .load_iter::<Slim, DefaultLoadingMode>(sqlite)?
            .try_for_each(&mut each),
        Conn::Pg(pg) => of_audience
            .load_iter::<Slim, PgRowByRowLoadingMode>(pg)?
            .try_for_each(&mut each),
    }
}

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

/// Agency, person and packed record.
type Slim = (String, Option<String>, Vec<u8>);

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
