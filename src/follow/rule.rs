//! When an answer of a round is followed up: from which score down, and within how many days a reply is owed.
//!
//! Beside low scores, an answer that asks for contact is followed up: one to an item whose construct is
//! [`CONTACT`], unless it is the option `no`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::FollowError;
use super::field::Faults;
use crate::identity::{Actor, audit};
use crate::measure::scoring::UNFAVOURABLE_TO;
use crate::round::{self, Mode, RoundId};
use crate::store::Conn;
use crate::store::follow_ups::{self as rows, RuleRow};

/// The construct of an item that asks whether somebody wants to be contacted.
pub const CONTACT: &str = "contact.request";

/// Days within which a reply is owed, where nobody says otherwise.
const DAYS: u32 = 10;

/// The rule of a round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Scores (0 to 100) up to this are low; 25 unless set: the lower two of five points.
    pub low_score: f64,
    /// Days after the round closed (or after somebody asked for the follow-ups of an old one) within which a reply is
    /// owed; 10 unless set.
    pub days: u32,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            low_score: UNFAVOURABLE_TO,
            days: DAYS,
        }
    }
}

/// The rule of a round, and whether its follow-ups were made by it.
///
/// # Errors
/// [`FollowError::Round`] when there is no such round.
pub fn of(conn: &mut Conn, round: &RoundId) -> Result<(Rule, bool), FollowError> {
    round::find(conn, round)?;
    Ok(match rows::rule(conn, round.as_str())? {
        Some(row) => (from(&row), row.made_at.is_some()),
        None => (Rule::default(), false),
    })
}

/// Sets the rule of a round whose follow-ups were not made, recorded.
///
/// # Errors
/// [`FollowError::Made`], [`FollowError::NotNow`] for a round without a named audience, [`FollowError::Invalid`].
pub fn set(
    conn: &mut Conn,
    who: &Actor,
    round: &RoundId,
    rule: Rule,
    now: Timestamp,
) -> Result<(), FollowError> {
    let found = round::find(conn, round)?;
    if found
        .audiences
        .iter()
        .all(|audience| audience.mode == Mode::Anonymous)
    {
        return Err(FollowError::NotNow(
            "nobody answers this round by name, so there is nobody to reply to",
        ));
    }
    if of(conn, round)?.1 {
        return Err(FollowError::Made);
    }
    let mut faults = Faults::default();
    if !(0.0..100.0).contains(&rule.low_score) {
        faults.note("low_score", "give a score from 0 to below 100; 25 is usual");
    }
    if !(1..=365).contains(&rule.days) {
        faults.note("days", "give 1 to 365 days; 10 are usual");
    }
    faults.check()?;
    rows::put_rule(conn, &row(round, rule, None))?;
    let detail = format!("up to {} points, {} days", rule.low_score, rule.days);
    Ok(audit::record(
        conn,
        who,
        "follow-up.rule",
        round.as_str(),
        &detail,
        now,
    )?)
}

/// As it is stored.
pub(super) fn row(round: &RoundId, rule: Rule, made_at: Option<Timestamp>) -> RuleRow {
    RuleRow {
        round: round.to_string(),
        low_score: rule.low_score,
        days: i32::try_from(rule.days).unwrap_or(i32::MAX),
        made_at: made_at.map(Timestamp::as_millisecond),
    }
}

fn from(row: &RuleRow) -> Rule {
    Rule {
        low_score: row.low_score,
        days: u32::try_from(row.days).unwrap_or(DAYS),
    }
}
