//! A follow-up: who looks after it, until when, what was done, and how long the first reply took.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::field::Faults;
use super::heard::{self, Heard};
use super::{FollowError, can_be_id, within};
use crate::agency::AgencyCode;
use crate::identity::{Actor, Email, Right, Role, Scope, audit, random_id, users};
use crate::measure::quantile::Sorted;
use crate::round;
use crate::store::follow_ups::{self as rows, Filter, FollowUpRow, Named, NoteRow};
use crate::store::{Conn, StoreError};

/// The states, in the order of a follow-up's life.
pub const STATES: [&str; 4] = ["open", "in-progress", "done", "dropped"];

/// What can be written down about a follow-up.
pub const KINDS: [&str; 2] = ["note", "reply"];

const MILLISECONDS_AN_HOUR: f64 = 3_600_000.0;

/// A follow-up.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FollowUp {
    /// Random.
    pub id: String,
    /// The round ...
    pub round: String,
    /// ... the audience ...
    pub audience: String,
    /// ... and the agency of whoever answered.
    pub agency: String,
    /// Who answered.
    pub name: String,
    /// Their address; may be empty.
    pub email: String,
    /// `low-score` or `contact`.
    pub reason: String,
    /// The items that are the reason.
    pub items: Vec<String>,
    /// The address of who looks after it; `null` for nobody.
    pub owner: Option<String>,
    /// Their name; `null` for nobody.
    pub owner_name: Option<String>,
    /// `open`, `in-progress`, `done` or `dropped`.
    pub state: String,
    /// The day by which a reply is owed.
    pub due_on: String,
    /// Whether that day has passed without a reply.
    pub is_overdue: bool,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_reply_at: Option<String>,
    /// Hours from its making to the first reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours_to_first_reply: Option<f64>,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Note {
    /// RFC 3339.
    pub at: String,
    /// Who wrote it.
    pub author: String,
    /// `note`, `reply` or `state`.
    pub kind: String,
    /// In words.
    pub text: String,
}

/// A follow-up with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Whole {
    /// It.
    #[serde(flatten)]
    pub follow_up: FollowUp,
    /// Oldest first.
    pub notes: Vec<Note>,
    /// What was answered, by name, in the order of the form.
    pub answers: Vec<Heard>,
}

/// Which follow-ups are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Also those that are done or dropped.
    pub all: bool,
    /// Only those of whoever asks.
    pub mine: bool,
    /// Of this agency.
    pub agency: Option<AgencyCode>,
    /// Behind the one with this key, see [`FollowUp::key`].
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// What changes. What is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// The address of whoever looks after it from now on; empty for nobody.
    pub owner: Option<String>,
    /// `open`, `in-progress`, `done` or `dropped`.
    pub state: Option<String>,
    /// The day by which a reply is owed.
    pub due_on: Option<String>,
    /// What is written down.
    pub note: Option<String>,
    /// What that is: `note`, or `reply` when somebody replied. The first reply is kept with its time.
    pub kind: Option<String>,
}

/// How replies go, within a scope.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Replies {
    /// Follow-ups with a reply.
    pub replied: usize,
    /// The median of hours to the first reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_hours: Option<f64>,
}

impl FollowUp {
    /// The key by which lists page.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.due_on, self.id)
    }

    fn new((row, who, owner): Named, now: Timestamp) -> Result<Self, StoreError> {
        let instant = |at: i64| Timestamp::from_millisecond(at).map_err(|error| corrupt(&error));
        let created_at = instant(row.created_at)?;
        let first_reply_at = row.first_reply_at.map(instant).transpose()?;
        let is_closed = matches!(row.state.as_str(), "done" | "dropped");
        let today = now.strftime("%Y-%m-%d").to_string();
        let (owner_name, owner) = owner.unzip();
        Ok(Self {
            items: serde_json::from_str(&row.items).map_err(|error| corrupt(&error))?,
            is_overdue: !is_closed && first_reply_at.is_none() && row.due_on < today,
            hours_to_first_reply: first_reply_at
                .map(|reply| hours(reply.duration_since(created_at).as_millis())),
            first_reply_at: first_reply_at.map(|at| at.to_string()),
            created_at: created_at.to_string(),
            id: row.id,
            round: row.round,
            audience: row.audience,
            agency: row.agency,
            name: if who.0.is_empty() { row.person } else { who.0 },
            email: who.1,
            reason: row.reason,
            owner,
            owner_name,
            state: row.state,
            due_on: row.due_on,
        })
    }
}

/// Follow-ups within the scope, by the day they are due.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn list(
    conn: &mut Conn,
    who: &Actor,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<FollowUp>, FollowError> {
    let scope = who.scope_of(Right::FollowUp);
    let agencies = match (&wanted.agency, within(&scope)) {
        (Some(agency), _) if scope.covers(agency) => Some(vec![agency.to_string()]),
        (Some(_), _) => Some(Vec::new()),
        (None, agencies) => agencies,
    };
    let open = || vec!["open".to_owned(), "in-progress".to_owned()];
    let after = wanted.after.as_ref().and_then(|key| key.split_once('/'));
    let filter = Filter {
        agencies,
        states: (!wanted.all).then(open),
        owner: wanted.mine.then(|| who.user.clone()),
        after: after.map(|(due_on, id)| (due_on.to_owned(), id.to_owned())),
    };
    let rows = rows::list(conn, &filter, i64::from(wanted.limit))?;
    rows.into_iter().map(|row| Ok(FollowUp::new(row, now)?)).collect()
}

/// One follow-up with its notes and the answer behind it.
///
/// # Errors
/// [`FollowError::Missing`] when there is none within the scope.
pub fn whole(conn: &mut Conn, who: &Actor, id: &str, now: Timestamp) -> Result<Whole, FollowError> {
    let found = found(conn, who, id)?;
    let round = found
        .0
        .round
        .parse()
        .map_err(|error: crate::slug::BadSlug| corrupt(&error))?;
    let round = round::find(conn, &round)?;
    let (audience, person) = (found.0.audience.clone(), found.0.person.clone());
    let follow_up = FollowUp::new(found, now)?;
    let reasons: BTreeSet<String> = follow_up.items.iter().cloned().collect();
    let answers = heard::of_person(conn, &round, &audience, &person, &reasons)?;
    let notes = rows::notes(conn, id)?
        .into_iter()
        .map(note)
        .collect::<Result<_, _>>()?;
    Ok(Whole {
        follow_up,
        notes,
        answers,
    })
}

/// Changes a follow-up, recorded without what was written.
///
/// # Errors
/// [`FollowError::Missing`] when there is none within the scope, [`FollowError::Invalid`] with every field that is
/// wrong; nothing is changed then.
pub fn change(
    conn: &mut Conn,
    who: &Actor,
    id: &str,
    change: &Change,
    now: Timestamp,
) -> Result<(), FollowError> {
    let (mut row, ..) = found(conn, who, id)?;
    let mut faults = Faults::default();
    let mut told = Vec::new();
    if let Some(owner) = &change.owner {
        let owner = owner_of(conn, owner, &row, &mut faults)?;
        if owner != row.owner {
            told.push("owner");
        }
        row.owner = owner;
    }
    if let Some(state) = &change.state {
        let state = faults.one_of("state", state, &STATES);
        if state != row.state {
            told.push("state");
        }
        row.state = state;
    }
    if let Some(due_on) = &change.due_on {
        let due_on = faults.day("due_on", due_on);
        if due_on != row.due_on {
            told.push("due_on");
        }
        row.due_on = due_on;
    }
    let note = written(change, &mut faults);
    faults.check()?;
    if told.contains(&"state") {
        let text = row.state.clone();
        add_note(conn, who, id, ("state", &text), now)?;
    }
    if let Some((kind, text)) = note {
        add_note(conn, who, id, (&kind, &text), now)?;
        if kind == "reply" {
            row.first_reply_at = row.first_reply_at.or(Some(now.as_millisecond()));
            if row.state == "open" {
                "in-progress".clone_into(&mut row.state);
            }
        }
        told.push(if kind == "reply" { "reply" } else { "note" });
    }
    rows::update(conn, &row)?;
    Ok(audit::record(
        conn,
        who,
        "follow-up.change",
        id,
        &told.join(", "),
        now,
    )?)
}

/// A reply must be in words; so must a note, where one is announced.
fn written(change: &Change, faults: &mut Faults) -> Option<(String, String)> {
    let text = change.note.as_deref().unwrap_or("").trim();
    let kind = change.kind.as_deref().unwrap_or("note");
    if text.is_empty() && kind != "reply" {
        return None;
    }
    let kind = faults.one_of("kind", kind, &KINDS);
    Some((kind, faults.paragraph("note", text)))
}

fn add_note(
    conn: &mut Conn,
    who: &Actor,
    id: &str,
    (kind, text): (&str, &str),
    now: Timestamp,
) -> Result<(), FollowError> {
    let row = NoteRow {
        id: random_id()?,
        follow_up: id.to_owned(),
        at: now.as_millisecond(),
        author: who.signature().to_owned(),
        kind: kind.to_owned(),
        text: text.to_owned(),
    };
    Ok(rows::insert_note(conn, &row)?)
}

/// The id of the user of that address, who must be able to see what they are given.
fn owner_of(
    conn: &mut Conn,
    address: &str,
    row: &FollowUpRow,
    faults: &mut Faults,
) -> Result<Option<String>, FollowError> {
    if address.trim().is_empty() {
        return Ok(None);
    }
    let user = match address.parse::<Email>() {
        Ok(address) => users::by_email(conn, &address)?,
        Err(_) => None,
    };
    let may = |roles: &BTreeSet<Role>| {
        let actor = Actor {
            roles: roles.clone(),
            ..Actor::operator()
        };
        let agency = row.agency.parse().ok();
        agency.is_some_and(|agency| actor.scope_of(Right::FollowUp).covers(&agency))
    };
    match user {
        Some(user) if !user.disabled && may(&user.roles) => Ok(Some(user.id)),
        _ => {
            let problem = format!(
                "nobody of that address may follow up on `{0}`; give the address of somebody with the role manager:{0}",
                row.agency
            );
            faults.note("owner", problem);
            Ok(None)
        }
    }
}

/// How replies go within the scope.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn replies(conn: &mut Conn, scope: &Scope) -> Result<Replies, FollowError> {
    let agencies = within(scope);
    let times = rows::reply_times(conn, agencies.as_deref())?;
    let hours: Vec<f64> = times.iter().map(|time| hours(i128::from(*time))).collect();
    Ok(Replies {
        replied: hours.len(),
        median_hours: Sorted::of(&hours).ok().map(|sorted| sorted.median()),
    })
}

fn found(conn: &mut Conn, who: &Actor, id: &str) -> Result<Named, FollowError> {
    let scope = who.scope_of(Right::FollowUp);
    if !can_be_id(id) {
        return Err(FollowError::missing("follow-up", id));
    }
    let found = rows::find(conn, id)?.filter(|(row, ..)| match row.agency.parse() {
        Ok(agency) => scope.covers(&agency),
        Err(_) => false,
    });
    found.ok_or_else(|| FollowError::missing("follow-up", id))
}

fn note(row: NoteRow) -> Result<Note, StoreError> {
    let at = Timestamp::from_millisecond(row.at).map_err(|error| corrupt(&error))?;
    Ok(Note {
        at: at.to_string(),
        author: row.author,
        kind: row.kind,
        text: row.text,
    })
}

/// Milliseconds as hours.
fn hours(milliseconds: i128) -> f64 {
    let seconds = i32::try_from(milliseconds / 1000).unwrap_or(i32::MAX);
    f64::from(seconds) * 1000.0 / MILLISECONDS_AN_HOUR
}

fn corrupt(problem: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "follow-up",
        problem: problem.to_string(),
    }
}
