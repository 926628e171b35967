//! More time for an open round: its end moves to a later time, and nothing else of what was promised changes.
//!
//! The frozen promise keeps the end that it had, under its digest; the later end stands in the round itself. So both can be
//! told, and respondents are told both: somebody who read "until Friday" is not to find that the round knows better
//! without a word. An end never moves to an earlier time, since that would take the time away that people
//! were promised; and a round whose end has passed is over, whether or not the clock has closed it yet.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::{Round, RoundError, RoundId, Step, life, locked, plan};
use crate::store::{Conn, rounds};
use crate::survey::problem::Pointer;

/// A later end, as clients send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LaterEnd {
    /// When the round is to close, RFC 3339: later than it would.
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
/// [`RoundError::Invalid`] at `/closes_at` for a time that is not later.
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

fn not_ready(round: Round, problem: &str, remedy: &str) -> RoundError {
    RoundError::NotReady {
        round: round.id,
        step: Step::Extend,
        problem: problem.to_owned(),
        remedy: remedy.to_owned(),
    }
}
