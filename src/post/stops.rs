//! "No more reminders", and bounces that come back later.

use jiff::Timestamp;

use super::PostError;
use super::keys::stop_hash;
use crate::identity::{Actor, Email, audit};
use crate::store::Conn;
use crate::store::mailed_links as rows;

/// Whether a code of "no more reminders" is one of ours.
///
/// # Errors
/// [`PostError`] of the database.
pub fn is_known(conn: &mut Conn, code: &str) -> Result<bool, PostError> {
    Ok(rows::address_of_stop(conn, &stop_hash(code))?.is_some())
}

/// Stops reminders to whoever was given this code. Returns whether it is one of ours; doing it twice is doing it once.
/// Nothing is recorded: it is nobody's action but the recipient's.
///
/// # Errors
/// [`PostError`] of the database.
pub fn unsubscribe(conn: &mut Conn, code: &str, now: Timestamp) -> Result<bool, PostError> {
    let Some(address) = rows::address_of_stop(conn, &stop_hash(code))? else {
        return Ok(false);
    };
    rows::stop(
        conn,
        &address.to_lowercase(),
        "unsubscribed",
        now.as_millisecond(),
    )?;
    Ok(true)
}

/// Notes that mail to an address came back: no reminder goes there. Recorded without the address.
///
/// # Errors
/// [`PostError::Invalid`] when it is no address.
pub fn bounced(conn: &mut Conn, who: &Actor, address: &str, now: Timestamp) -> Result<bool, PostError> {
    let address: Email = address.parse()?;
    let is_new = rows::stop(conn, address.as_str(), "bounced", now.as_millisecond())?;
    audit::record(conn, who, "mail.bounced", "mail", "one address", now)?;
    Ok(is_new)
}
