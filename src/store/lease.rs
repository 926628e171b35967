//! Leases: background work that exactly one instance does, and another takes over when that one dies.
//!
//! A lease is a row with a holder and a time until which it counts. The holder renews it long before; whoever
//! finds it run out takes it. Three things make it safe:
//!
//! - **One clock.** Times are those of the database ([`shared_now`]), so instances whose clocks differ agree.
//! - **A clock that was set back** cannot keep a dead holder alive: a lease that lasts longer than any lease
//!   may ([`hold`]'s own `length`) was written by another clock and counts as run out.
//! - **Work in the transaction of the claim is fenced**: the row stays locked until that transaction ends, so
//!   even a holder that slept through its lease cannot work at the same time as its successor. Longer work
//!   (a seal) renews between its steps and stops when it is told that it is no longer the holder.
//!
//! On SQLite there is one process, which always gets the lease; only a leftover of the process before it may
//! stand in the way until it has run out, or until it was released at the end.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use jiff::{SignedDuration, Timestamp};

use super::schema::leases;
use super::{Conn, StoreError};

#[derive(QueryableByName)]
struct Clock {
    #[diesel(sql_type = BigInt)]
    milliseconds: i64,
}

/// The present instant by the clock that all instances share: that of PostgreSQL. SQLite has no clock of its
/// own, so there it is `local`, that of the one process.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn shared_now(conn: &mut Conn, local: Timestamp) -> Result<Timestamp, StoreError> {
    let Conn::Pg(pg) = conn else { return Ok(local) };
    let query = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS milliseconds";
    let clock: Clock = diesel::sql_query(query).get_result(pg)?;
    Timestamp::from_millisecond(clock.milliseconds).map_err(|error| StoreError::Corrupt {
        what: "clock",
        problem: error.to_string(),
    })
}

/// Takes or renews the lease `name` for `length`; false while it is another's. Never waits for another instance
/// that is just doing the same: then, too, it is another's.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn hold(
    conn: &mut Conn,
    name: &str,
    holder: &str,
    now: Timestamp,
    length: SignedDuration,
) -> Result<bool, StoreError> {
    let (now, length) = (
        now.as_millisecond(),
        i64::try_from(length.as_millis()).unwrap_or(i64::MAX),
    );
    let row = (leases::name.eq(name), leases::holder.eq(""), leases::until.eq(0));
    each!(conn, c => diesel::insert_into(leases::table).values(&row).on_conflict_do_nothing().execute(c))?;
    let Some((present, until)) = free_to_touch(conn, name)? else {
        return Ok(false);
    };
    let run_out = until <= now || until > now.saturating_add(length);
    if present != holder && !run_out {
        return Ok(false);
    }
    let renewed = (
        leases::holder.eq(holder),
        leases::until.eq(now.saturating_add(length)),
    );
    diesel::update(leases::table.filter(leases::name.eq(name)))
        .set(renewed)
        .execute(conn)?;
    Ok(true)
}

/// The row, locked; `None` while another transaction has it.
fn free_to_touch(conn: &mut Conn, name: &str) -> Result<Option<(String, i64)>, StoreError> {
    let row = leases::table
        .filter(leases::name.eq(name))
        .select((leases::holder, leases::until));
    let found = match conn {
        Conn::Sqlite(sqlite) => row.first(sqlite).optional()?,
        Conn::Pg(pg) => row.for_update().skip_locked().first(pg).optional()?,
    };
    Ok(found)
}

/// Gives the lease back, so that another instance need not wait for its end. Nothing happens when it is another's.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn release(conn: &mut Conn, name: &str, holder: &str) -> Result<(), StoreError> {
    let ours = leases::name.eq(name).and(leases::holder.eq(holder));
    diesel::delete(leases::table.filter(ours)).execute(conn)?;
    Ok(())
}
