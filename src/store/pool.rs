//! Queries that walk through the whole pool of an audience, row by row, whatever its size.

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::count_star;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;

use super::schema::responses;
use super::{Conn, StoreError};

/// A response on its way out: agency, person (attributed audiences only) and the packed record.
pub type Passing = (String, Option<String>, Vec<u8>);

/// Hands every response of an audience to `take`, by agency and then in the order of the random keys. Only one is in
/// memory at a time.
///
/// # Errors
/// What `take` returns, or a [`StoreError`] of the database.
pub fn each<E: From<StoreError>>(
    conn: &mut Conn,
    round: &str,
    audience: &str,
    mut take: impl FnMut(Passing) -> Result<(), E>,
) -> Result<(), E> {
    let of_audience = responses::table
        .filter(responses::round.eq(round))
        .filter(responses::audience.eq(audience))
        .order((responses::agency, responses::key))
        .select((responses::agency, responses::person, responses::answers));
    match conn {
        Conn::Sqlite(sqlite) => {
            let rows = of_audience
                .load_iter::<Passing, DefaultLoadingMode>(sqlite)
                .map_err(StoreError::from)?;
            for row in rows {
                take(row.map_err(StoreError::from)?)?;
            }
        }
        Conn::Pg(pg) => {
            let rows = of_audience
                .load_iter::<Passing, PgRowByRowLoadingMode>(pg)
                .map_err(StoreError::from)?;
            for row in rows {
                take(row.map_err(StoreError::from)?)?;
            }
        }
    }
    Ok(())
}

/// How many responses of an audience each agency has.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn by_agency(conn: &mut Conn, round: &str, audience: &str) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(responses::table
        .filter(responses::round.eq(round))
        .filter(responses::audience.eq(audience))
        .group_by(responses::agency)
        .order(responses::agency)
        .select((responses::agency, count_star()))
        .load(conn)?)
}
