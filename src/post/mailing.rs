//! Ordering an invitation or a reminder, and how far it has come.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PostError;
use crate::identity::{Actor, audit};
use crate::round::{self, Audience, AudienceName, Mode, Round, RoundId, RoundState};
use crate::store::mailings::{self as stored, MailingRow};
use crate::store::outbox;
use crate::store::{Conn, StoreError};

/// What people are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// To everybody who has an address and has not answered; once for an audience.
    Invitation,
    /// To those who still have not answered, and whose address takes reminders.
    Reminder,
}

/// How far a mailing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Its time has not come, or the round is not open.
    Planned,
    /// Some of it is on the way.
    BeingSent,
    /// Nothing of it waits any more.
    Done,
    /// It was taken back, or the round was over before its time came.
    Dropped,
}

/// One step of writing to an audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Mailing {
    /// As in URLs: `staff.0` within its round.
    pub id: String,
    /// To which audience.
    #[schema(value_type = String)]
    pub audience: AudienceName,
    /// 0 the invitation, 1 and on the reminders.
    pub step: i32,
    /// When it goes out, RFC 3339.
    pub send_at: String,
    /// How far it is.
    pub progress: Progress,
    /// To how many people it goes; of a reminder to an anonymous audience at the most, since the exact number would
    /// tell how many have answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
    /// Mails by state: `waiting`, `sending`, `sent`, `bounced`, `refused`, `given-up`, `needless`. Of anonymous
    /// audiences only bounces of the invitation.
    pub mails: BTreeMap<String, u32>,
    /// Who ordered it.
    pub ordered_by: String,
}

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// In which round.
    pub round: RoundId,
    /// To whom.
    pub audience: AudienceName,
    /// What for.
    pub kind: Kind,
    /// When; `None` means as soon as the round is open.
    pub send_at: Option<Timestamp>,
}

/// Orders a step, recorded without anybody in it.
///
/// # Errors
/// [`PostError`] with the remedy; nothing is ordered then.
pub fn order(conn: &mut Conn, who: &Actor, order: &Order, now: Timestamp) -> Result<Mailing, PostError> {
    let round = round::find(conn, &order.round)?;
    let audience = audience(&round, &order.audience)?;
    let send_at = when(&round, order.send_at, now)?;
    let known = stored::mailings_of(conn, round.id.as_str())?;
    let steps: Vec<&MailingRow> = known
        .iter()
        .filter(|row| row.audience.as_deref() == Some(audience.name.as_str()) && row.state != "dropped")
        .collect();
    let step = match order.kind {
        Kind::Invitation if steps.iter().any(|row| row.step == 0) => {
            return Err(PostError::InvitedAlready(audience.name.clone()));
        }
        Kind::Invitation => 0,
        Kind::Reminder => next_step(&known, &audience.name),
    };
    for row in &steps {
        if row.state == "planned" || outbox::is_under_way(conn, &row.id)? {
            return Err(PostError::UnderWay(audience.name.clone()));
        }
    }
    if stored::with_address(conn, round.id.as_str(), audience.name.as_str())? == 0 {
        return Err(PostError::NoAddresses(audience.name.clone()));
    }
    let row = MailingRow {
        id: key(&known, &round.id, &audience.name, step),
        round: Some(round.id.to_string()),
        audience: Some(audience.name.to_string()),
        step,
        send_at: send_at.as_millisecond(),
        state: "planned".to_owned(),
        people: None,
        ordered_by: who.signature().to_owned(),
    };
    if !stored::insert_mailing(conn, &row)? {
        return Err(PostError::UnderWay(audience.name.clone()));
    }
    let what = match step {
        0 => "invitation".to_owned(),
        step => format!("reminder {step}"),
    };
    let detail = format!("{}: {what}, {send_at}", audience.name);
    audit::record(conn, who, "mailing.order", round.id.as_str(), &detail, now)?;
    view(conn, row, audience.mode)
}

/// Takes a planned step back, recorded.
///
/// # Errors
/// [`PostError::NoMailing`], [`PostError::NotPlanned`].
pub fn take_back(
    conn: &mut Conn,
    who: &Actor,
    round: &RoundId,
    id: &str,
    now: Timestamp,
) -> Result<(), PostError> {
    let missing = || PostError::NoMailing(id.chars().take(80).collect());
    let rows = stored::mailings_of(conn, round.as_str())?;
    let row = rows.iter().find(|row| short(row) == id).ok_or_else(missing)?;
    if !stored::leave_planned(conn, &row.id, "dropped", None)? {
        return Err(PostError::NotPlanned(id.to_owned()));
    }
    Ok(audit::record(
        conn,
        who,
        "mailing.take-back",
        round.as_str(),
        id,
        now,
    )?)
}

/// The steps of a round, by audience.
///
/// # Errors
/// [`PostError::Round`] when there is no such round.
pub fn list(conn: &mut Conn, id: &RoundId) -> Result<Vec<Mailing>, PostError> {
    let round = round::find(conn, id)?;
    let rows = stored::mailings_of(conn, id.as_str())?;
    let mut mailings = Vec::with_capacity(rows.len());
    for row in rows {
        let mode = round
            .audiences
            .iter()
            .find(|one| Some(one.name.as_str()) == row.audience.as_deref());
        let mode = mode.map_or(Mode::Anonymous, |audience| audience.mode);
        mailings.push(view(conn, row, mode)?);
    }
    Ok(mailings)
}

/// Turns planned steps whose time has come into mails, if their round is open; drops them if it is over. Returns how
/// many steps that were.
///
/// # Errors
/// [`PostError`] of the database.
pub fn fill_due(conn: &mut Conn, now: Timestamp) -> Result<usize, PostError> {
    let mut steps = 0;
    for row in stored::due_mailings(conn, now.as_millisecond())? {
        let Some((round, name)) = of_round(&row)? else {
            continue;
        };
        let round = round::find(conn, &round)?;
        let audience = audience(&round, &name)?;
        match round.state {
            RoundState::Draft | RoundState::Scheduled => {}
            RoundState::Open => {
                let people = shown_people(conn, &row, &round, audience)?;
                if stored::leave_planned(conn, &row.id, "filled", people)? {
                    let ids = (round.id.as_str(), name.as_str());
                    let mails = stored::fill(conn, &row, ids.0, ids.1, row.step > 0, now.as_millisecond())?;
                    tell(conn, &row, audience.mode, mails)?;
                    steps += 1;
                }
            }
            RoundState::Closed | RoundState::Sealed | RoundState::Published => {
                stored::leave_planned(conn, &row.id, "dropped", None)?;
            }
        }
    }
    Ok(steps)
}

/// Where the exact number may be told, it is known only now.
fn tell(conn: &mut Conn, row: &MailingRow, mode: Mode, mails: usize) -> Result<(), StoreError> {
    match (mode, i32::try_from(mails)) {
        (Mode::Attributed, Ok(people)) => stored::set_people(conn, &row.id, people),
        _ => Ok(()),
    }
}

/// To how many it goes, as far as that may be told. Of a reminder to an anonymous audience that is computed from what
/// the round's progress shows already, and says nothing beyond it.
fn shown_people(
    conn: &mut Conn,
    row: &MailingRow,
    round: &Round,
    audience: &Audience,
) -> Result<Option<i32>, PostError> {
    let addresses = stored::with_address(conn, round.id.as_str(), audience.name.as_str())?;
    let progress = round::progress(conn, &round.id)?;
    let answered = progress
        .audiences
        .iter()
        .find(|one| one.audience == audience.name);
    let answered = answered
        .and_then(|one| one.answered)
        .filter(|_| row.step > 0)
        .unwrap_or(0);
    Ok(i32::try_from(addresses.saturating_sub(i64::from(answered))).ok())
}

fn view(conn: &mut Conn, row: MailingRow, mode: Mode) -> Result<Mailing, PostError> {
    let progress = match row.state.as_str() {
        "planned" => Progress::Planned,
        "dropped" => Progress::Dropped,
        _ if outbox::is_under_way(conn, &row.id)? => Progress::BeingSent,
        _ => Progress::Done,
    };
    let mut mails = BTreeMap::new();
    for (state, count) in outbox::counts(conn, &row.id)? {
        let told = mode == Mode::Attributed || (row.step == 0 && state == "bounced");
        if told {
            mails.insert(state, u32::try_from(count).unwrap_or(u32::MAX));
        }
    }
    let Some((_, audience)) = of_round(&row)? else {
        return Err(PostError::NoMailing(row.id));
    };
    let send_at = Timestamp::from_millisecond(row.send_at).map_err(|error| corrupt(&error))?;
    Ok(Mailing {
        id: short(&row),
        audience,
        step: row.step,
        send_at: send_at.to_string(),
        progress,
        people: row.people.and_then(|people| u32::try_from(people).ok()),
        mails,
        ordered_by: row.ordered_by,
    })
}

/// The round and audience of a mailing; `None` for one to staff.
pub(super) fn of_round(row: &MailingRow) -> Result<Option<(RoundId, AudienceName)>, StoreError> {
    let (Some(round), Some(audience)) = (&row.round, &row.audience) else {
        return Ok(None);
    };
    let round = round
        .parse()
        .map_err(|error: crate::slug::BadSlug| corrupt(&error))?;
    let audience = audience
        .parse()
        .map_err(|error: crate::slug::BadSlug| corrupt(&error))?;
    Ok(Some((round, audience)))
}

/// The audience of a round that must have it.
pub(super) fn audience<'a>(round: &'a Round, name: &AudienceName) -> Result<&'a Audience, PostError> {
    let found = round.audiences.iter().find(|audience| &audience.name == name);
    Ok(found.ok_or_else(|| round::RoundError::UnknownAudience {
        round: round.id.clone(),
        audience: name.clone(),
    })?)
}

fn when(round: &Round, wanted: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, PostError> {
    let earliest = match round.state {
        RoundState::Open => now,
        // What is planned before the opening waits for it, whenever that is.
        RoundState::Draft | RoundState::Scheduled => round.opens_at.unwrap_or(now),
        state => return Err(PostError::WrongState { state }),
    };
    let send_at = wanted.unwrap_or(earliest);
    if wanted.is_some() && send_at < now {
        return Err(PostError::outside(
            send_at,
            "has passed; leave it empty to send now",
        ));
    }
    if send_at < earliest {
        return Err(PostError::outside(
            send_at,
            "is before the round opens; choose a later time, or leave it empty",
        ));
    }
    if round.closes_at.is_some_and(|closes_at| send_at >= closes_at) {
        return Err(PostError::outside(
            send_at,
            "is after the round closes; choose an earlier time",
        ));
    }
    Ok(send_at)
}

fn next_step(known: &[MailingRow], audience: &AudienceName) -> i32 {
    let of_audience = known
        .iter()
        .filter(|row| row.audience.as_deref() == Some(audience.as_str()));
    of_audience.map(|row| row.step).max().unwrap_or(0) + 1
}

/// The key: round, audience and step, so that a step exists once. An invitation that was taken back leaves its key.
fn key(known: &[MailingRow], round: &RoundId, audience: &AudienceName, step: i32) -> String {
    let first = format!("{round}/{audience}/{step}");
    let mut id = first.clone();
    let mut again = 1;
    while known.iter().any(|row| row.id == id) {
        again += 1;
        id = format!("{first}/{again}");
    }
    id
}

/// The key within the round, as it stands in URLs.
fn short(row: &MailingRow) -> String {
    let within = row
        .id
        .split_once('/')
        .map_or(row.id.as_str(), |(_, within)| within);
    within.replace('/', ".")
}

fn corrupt(problem: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "mailing",
        problem: problem.to_string(),
    }
}
