//! What opens, closes, is published and is mailed when: the times of all rounds and of the mail to their audiences, for the calendar.

use jiff::Timestamp;
use serde::Serialize;

use super::PostError;
use super::mailing::{self, Mailing, Progress};
use crate::round::{self, Round, RoundId, RoundState};
use crate::store::Conn;

/// More rounds than this no calendar shows.
const MOST: u32 = 1000;

/// Something of a round that has a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Event {
    /// When, RFC 3339.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// Of which round.
    #[schema(value_type = String)]
    pub round: RoundId,
    /// The round's title.
    pub title: String,
    /// What it is.
    #[serde(flatten)]
    pub what: What,
    /// Whether it has happened; else it is planned.
    pub is_done: bool,
}

/// What happens at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// The round opens.
    Opening,
    /// It closes.
    Closing,
    /// Its result is published.
    Publication,
    /// An audience is invited.
    Invitation {
        /// Which.
        audience: String,
    },
    /// An audience is reminded.
    Reminder {
        /// Which.
        audience: String,
        /// 1 for the first.
        number: i32,
    },
}

/// The calendar: what has a time, the earliest first, and the rounds that have none.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// The earliest first.
    pub events: Vec<Event>,
    /// Rounds without any time.
    pub without: Vec<Round>,
}

/// The calendar of all rounds.
///
/// # Errors
/// [`PostError`] of the database.
pub fn calendar(conn: &mut Conn) -> Result<Calendar, PostError> {
    let (mut events, mut without) = (Vec::new(), Vec::new());
    for round in round::list(conn, None, MOST)? {
        let before = events.len();
        events.extend(steps(&round));
        for mailing in mailing::list(conn, &round.id)? {
            events.extend(mail(&round, mailing));
        }
        if events.len() == before {
            without.push(round);
        }
    }
    events.sort_by(|one: &Event, other| (one.at, &one.round).cmp(&(other.at, &other.round)));
    Ok(Calendar { events, without })
}

/// The times of a round's life: those that were, and those that are planned.
fn steps(round: &Round) -> Vec<Event> {
    let is_planned = matches!(round.state, RoundState::Draft | RoundState::Scheduled);
    let opens = round.opened_at.or(round.opens_at.filter(|_| is_planned));
    let closes = round.closed_at.or(round.closes_at);
    let all = [
        (opens, What::Opening, round.opened_at.is_some()),
        (closes, What::Closing, round.closed_at.is_some()),
        (round.published_at, What::Publication, true),
    ];
    all.into_iter()
        .filter_map(|(at, what, is_done)| at.map(|at| event(round, at, what, is_done)))
        .collect()
}

fn mail(round: &Round, mailing: Mailing) -> Option<Event> {
    let at: Timestamp = mailing.send_at.parse().ok()?;
    let audience = mailing.audience.to_string();
    let what = match mailing.step {
        0 => What::Invitation { audience },
        number => What::Reminder { audience, number },
    };
    match mailing.progress {
        Progress::Dropped => None,
        Progress::Planned => Some(event(round, at, what, false)),
        Progress::BeingSent | Progress::Done => Some(event(round, at, what, true)),
    }
}

fn event(round: &Round, at: Timestamp, what: What, is_done: bool) -> Event {
    Event {
        at,
        round: round.id.clone(),
        title: round.title.clone(),
        what,
        is_done,
    }
}

fn rfc3339<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}
