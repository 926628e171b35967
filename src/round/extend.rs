//! More time for an open round: its end moves to a later time, and nothing else of what was promised changes.
//!
//! The frozen promise keeps the end that it had, under its digest; the later end stands in the round itself. So both can be
//! told, and respondents are told both: somebody who read "until Friday" is not to find that the round knows better
//! without a word. An end never moves to an earlier time, since that would take the time away that people
//! were promised; and a round whose end has passed is over, whether or not the clock has closed it yet.
//!
//! Nor does it move beyond a year after the opening. Rosters and headcounts are frozen on that day, and after a year they are of
//! another staff; who answered early was promised a result, and waits for it; and the signing keys lie on the server for as long
//! as the round is open. Who needs longer closes the round and asks again. An end that was promised when the round opened stands, however late.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Deserializer};

use super::{Round, RoundError, RoundId, Step, life, locked, plan};
use crate::store::{Conn, rounds};
use crate::survey::problem::Pointer;

/// A later end, as clients send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LaterEnd {
    /// When the round is to close, RFC 3339: later than it would, and at most a year after it opened.
    #[serde(deserialize_with = "end")]
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Timestamp,
}

fn end<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    plan::instant(deserializer)?.ok_or_else(|| serde::de::Error::custom("say when it is to close"))
}

/// Moves the end of an open round to a later time.
///
/// # Errors
/// [`RoundError::WrongState`], [`RoundError::NotReady`] where there is no end that could be moved, and
/// [`RoundError::Invalid`] at `/closes_at` for a time that is not later, or later than a year after the opening.
pub fn extend(
    conn: &mut Conn,
    id: &RoundId,
    closes_at: Timestamp,
    now: Timestamp,
) -> Result<Round, RoundError> {
    let round = locked(conn, id)?;
    life::after(&round, Step::Extend)?;
    let Some(end) = round.closes_at else {
        return Err(not_ready(
            round,
            "it has no time of closing",
            "it takes answers until somebody closes it, so there is nothing to extend",
        ));
    };
    if end <= now {
        return Err(not_ready(
            round,
            "its time of closing has passed",
            "a round that is over stays over; plan another one",
        ));
    }
    if let Some(latest) = round
        .opened_at
        .and_then(latest)
        .filter(|latest| closes_at > *latest)
    {
        let problem = Pointer::root().at("closes_at").problem(
            format!("{closes_at} is later than {latest}, a year after it opened"),
            "set a time within that year, or close this round and plan another one: after a year its rosters are of another staff",
        );
        return Err(RoundError::Invalid(vec![problem]));
    }
    if closes_at <= end {
        let problem = Pointer::root().at("closes_at").problem(
            format!("{closes_at} is not later than {end}, when it closes now"),
            "set a later time: nobody loses time that was promised to them",
        );
        return Err(RoundError::Invalid(vec![problem]));
    }
    rounds::set_end(conn, id, closes_at)?;
    super::find(conn, id)
}

/// The latest end that a round can be given: the same day and hour a year after it opened; `None` beyond what a calendar holds.
#[must_use]
pub fn latest(opened_at: Timestamp) -> Option<Timestamp> {
    let opened = opened_at.to_zoned(TimeZone::UTC);
    Some(opened.checked_add(1.year()).ok()?.timestamp())
}

fn not_ready(round: Round, problem: &str, remedy: &str) -> RoundError {
    RoundError::NotReady {
        round: round.id,
        step: Step::Extend,
        problem: problem.to_owned(),
        remedy: remedy.to_owned(),
    }
}
