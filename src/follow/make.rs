//! Follow-ups, made once for each round when it has closed.
//!
//! The clock makes them for rounds that closed within the last [`BACK`]: nobody is owed a reply about a round of years
//! ago that was imported today. For such a round somebody can ask for them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::FollowError;
use super::heard::{Reasons, unpacked};
use super::rule::{self, Rule};
use crate::collect::Words;
use crate::collect::packed::Layout;
use crate::identity::{Actor, Role, audit, random_id, users};
use crate::round::{self, Audience, Mode, Round, RoundId, RoundState};
use crate::store::follow_ups::{self as rows, FollowUpRow};
use crate::store::{Conn, StoreError, responses};
use crate::survey::definition::Definition;
use crate::survey::publish;

/// How long ago a round may have closed for its follow-ups to be made by the clock.
pub const BACK: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Makes the follow-ups of rounds that closed lately. Returns which rounds, and how many each.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn make_due(conn: &mut Conn, now: Timestamp) -> Result<Vec<(RoundId, usize)>, FollowError> {
    let mut made = Vec::new();
    for id in rows::rounds_to_follow(conn, (now - BACK).as_millisecond())? {
        let Ok(id) = id.parse::<RoundId>() else { continue };
        let round = round::find(conn, &id)?;
        let from = round.closed_at.unwrap_or(now);
        made.push((id, make(conn, &round, from, now)?));
    }
    Ok(made)
}

/// Makes the follow-ups of a round because somebody asks for them, recorded. A second time makes none.
///
/// # Errors
/// [`FollowError::NotNow`] while the round is open, or when nobody answers it by name.
pub fn make_asked(conn: &mut Conn, who: &Actor, id: &RoundId, now: Timestamp) -> Result<usize, FollowError> {
    let round = round::find(conn, id)?;
    if !matches!(
        round.state,
        RoundState::Closed | RoundState::Sealed | RoundState::Published
    ) {
        return Err(FollowError::NotNow(
            "follow-ups are made when the round has closed; close it first",
        ));
    }
    if round
        .audiences
        .iter()
        .all(|audience| audience.mode == Mode::Anonymous)
    {
        return Err(FollowError::NotNow(
            "nobody answered this round by name, so there is nobody to reply to",
        ));
    }
    // A reply that is asked for today cannot have been due last year.
    let made = make(conn, &round, now, now)?;
    audit::record(
        conn,
        who,
        "follow-up.make",
        id.as_str(),
        &format!("{made} follow-ups"),
        now,
    )?;
    Ok(made)
}

/// `from` is when the days within which a reply is owed begin.
fn make(conn: &mut Conn, round: &Round, from: Timestamp, now: Timestamp) -> Result<usize, FollowError> {
    let (rule, is_made) = rule::of(conn, &round.id)?;
    if is_made {
        return Ok(0);
    }
    let Some(version) = publish::find(conn, &round.survey, round.version)? else {
        return Err(FollowError::missing(
            "version of the survey",
            round.survey.as_str(),
        ));
    };
    let owners = owners(conn)?;
    let due_on = due_on(from, rule)?;
    let mut made = Vec::new();
    for audience in round
        .audiences
        .iter()
        .filter(|audience| audience.mode == Mode::Attributed)
    {
        let found = of_audience(conn, round, audience, &version.definition, rule)?;
        for (response, reasons) in found {
            let Some(person) = response.person else { continue };
            let reason = if reasons.contact.is_empty() {
                "low-score"
            } else {
                "contact"
            };
            let items = [reasons.contact, reasons.low].concat();
            made.push(FollowUpRow {
                id: random_id()?,
                round: round.id.to_string(),
                audience: audience.name.to_string(),
                owner: owners.get(&response.agency).cloned(),
                agency: response.agency,
                person,
                reason: reason.to_owned(),
                items: serde_json::Value::from(items).to_string(),
                state: "open".to_owned(),
                due_on: due_on.clone(),
                created_at: now.as_millisecond(),
                first_reply_at: None,
            });
        }
    }
    let added = rows::insert(conn, &made)?;
    rows::put_rule(conn, &rule::row(&round.id, rule, Some(now)))?;
    Ok(added)
}

type Found = Vec<(responses::ResponseRow, Reasons)>;

fn of_audience(
    conn: &mut Conn,
    round: &Round,
    audience: &Audience,
    definition: &Definition,
    rule: Rule,
) -> Result<Found, FollowError> {
    let layout = Layout::of(definition);
    // Texts stand apart, and count as requests for contact where the item asks for them.
    let words = responses::comments_of_audience(conn, round.id.as_str(), audience.name.as_str())?;
    let mut found = Vec::new();
    for response in responses::of_audience(conn, round.id.as_str(), audience.name.as_str())? {
        let mut answers = unpacked(&layout, &response.answers)?;
        for row in words.iter().filter(|row| row.person == response.person) {
            if let Ok(item) = row.item.parse() {
                answers.insert(
                    item,
                    crate::collect::answer::Answer::Text(Words::kept_back(row.text.clone())),
                );
            }
        }
        let reasons = Reasons::of(definition, &answers, rule);
        if reasons.any() {
            found.push((response, reasons));
        }
    }
    Ok(found)
}

/// Who looks after each agency: the relationship manager, the first by address where there are several.
pub(super) fn owners(conn: &mut Conn) -> Result<BTreeMap<String, String>, FollowError> {
    let mut owners = BTreeMap::new();
    for user in users::list(conn)?.into_iter().filter(|user| !user.disabled) {
        for role in &user.roles {
            if let Role::Manager(agency) = role {
                owners
                    .entry(agency.to_string())
                    .or_insert_with(|| user.id.clone());
            }
        }
    }
    Ok(owners)
}

fn due_on(from: Timestamp, rule: Rule) -> Result<String, FollowError> {
    let day = from.to_zoned(TimeZone::UTC).date();
    let due = day.checked_add(Span::new().days(i64::from(rule.days)));
    let due = due.map_err(|error| StoreError::Corrupt {
        what: "rule",
        problem: error.to_string(),
    })?;
    Ok(due.to_string())
}
