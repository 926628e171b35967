//! What the demo's office does about what it heard: follow-ups, commitments, meetings, service levels.

use jiff::{SignedDuration, Timestamp};

use super::history::{DemoError, refused};
use crate::follow::follow_up::{self, Change, Wanted};
use crate::follow::{commitment, make, meeting, service_level};
use crate::identity::Actor;
use crate::round::RoundId;
use crate::store::{Conn, Store};

/// The agency that the demo's relationship manager looks after.
pub(super) const MANAGED: &str = "LAB";

/// Their sign-in.
pub(super) const MANAGER: &str = "manager@demo.example.gov";

/// A finished round with named answers, and when it closed.
pub(super) type Finished = (RoundId, Timestamp);

/// Answers back: to the first of the yearly rounds with commitments that a later one judges, to the last with
/// follow-ups that are still on the way.
pub(super) async fn answer_back(
    store: &Store,
    yearly: Vec<Finished>,
    now: Timestamp,
) -> Result<(), DemoError> {
    store
        .write(move |conn| {
            if let Some((round, closed)) = yearly.first() {
                commit(conn, round, *closed, now)?;
            }
            if let Some((round, _)) = yearly.last() {
                follow(conn, round, now)?;
            }
            meet(conn, now)?;
            deliver(conn, now)
        })
        .await
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now - SignedDuration::from_hours(24 * days)
}

/// Follow-ups were made six days ago; every second one has its reply, and some of these are done.
fn follow(conn: &mut Conn, round: &RoundId, now: Timestamp) -> Result<(), DemoError> {
    let operator = Actor::operator();
    make::make_asked(conn, &operator, round, days_before(now, 6)).map_err(refused("follow-ups"))?;
    let wanted = Wanted {
        limit: 500,
        ..Wanted::default()
    };
    let made = follow_up::list(conn, &operator, &wanted, now).map_err(refused("follow-ups"))?;
    for (place, one) in made
        .iter()
        .enumerate()
        .filter(|(place, _)| place.is_multiple_of(2))
    {
        let after = if place.is_multiple_of(4) { 5 } else { 3 };
        let change = Change {
            kind: Some("reply".to_owned()),
            note: Some(
                "Called, and agreed what happens next: a named contact, and a talk in six weeks.".to_owned(),
            ),
            state: place.is_multiple_of(6).then(|| "done".to_owned()),
            ..Change::default()
        };
        follow_up::change(conn, &operator, &one.id, &change, days_before(now, after))
            .map_err(refused("reply"))?;
    }
    Ok(())
}

fn commit(conn: &mut Conn, round: &RoundId, closed: Timestamp, now: Timestamp) -> Result<(), DemoError> {
    let measured = commitment::known_constructs(conn)?;
    let about = |words: &[&str]| -> Vec<String> {
        let found = measured
            .keys()
            .filter(|name| words.iter().any(|word| name.contains(word)));
        found.take(3).cloned().collect()
    };
    let day = |days: i64| days_before(now, days).strftime("%Y-%m-%d").to_string();
    let drafts = [
        commitment::Draft {
            agency: String::new(),
            round: round.to_string(),
            said: "We cannot tell from the bill what we pay for.".to_owned(),
            promised: "Every bill says in words what it is for, and whom to ask.".to_owned(),
            constructs: about(&["cost", "bill"]),
            due_on: day(200),
            state: "kept".to_owned(),
            outcome: "The new bill went out to all agencies in spring.".to_owned(),
            ..commitment::Draft::default()
        },
        commitment::Draft {
            agency: MANAGED.to_owned(),
            round: round.to_string(),
            said: "Nobody asks us before something changes.".to_owned(),
            promised: "A talk before every change that touches the agency, with time to object.".to_owned(),
            constructs: about(&["voice", "listen"]),
            owner: MANAGER.to_owned(),
            due_on: day(-60),
            state: "under-way".to_owned(),
            ..commitment::Draft::default()
        },
    ];
    for draft in drafts {
        let made_at = closed + SignedDuration::from_hours(24 * 20);
        commitment::make(conn, &Actor::operator(), &draft, made_at).map_err(refused("commitment"))?;
    }
    Ok(())
}

fn meet(conn: &mut Conn, now: Timestamp) -> Result<(), DemoError> {
    for (days, form, people, notes) in [
        (
            12,
            "face-to-face",
            "The director, the IT manager",
            "Went through the new bill line by line.",
        ),
        (
            75,
            "video",
            "The IT manager",
            "Two servers move in the next quarter; the weekend is agreed.",
        ),
    ] {
        let draft = meeting::Draft {
            agency: MANAGED.to_owned(),
            held_on: days_before(now, days).strftime("%Y-%m-%d").to_string(),
            form: form.to_owned(),
            people: people.to_owned(),
            notes: notes.to_owned(),
        };
        meeting::add(conn, &Actor::operator(), &draft, now).map_err(refused("meeting"))?;
    }
    Ok(())
}

/// The last two quarters of a few agencies.
fn deliver(conn: &mut Conn, now: Timestamp) -> Result<(), DemoError> {
    let mut csv = String::from("agency,period,service,measure,target,actual,unit,better\n");
    for (days, slip) in [(100, 0.0), (190, 0.7)] {
        let day = days_before(now, days).to_zoned(jiff::tz::TimeZone::UTC).date();
        let period = format!("{}-Q{}", day.year(), (day.month() + 2) / 3);
        for (agency, uptime, hours) in [("DOT", 99.95, 3.5), (MANAGED, 99.91, 4.5), ("REV", 99.2, 7.0)] {
            csv.push_str(&format!("{agency},{period},E-mail,Uptime,99.9,{uptime},%,more\n"));
            csv.push_str(&format!(
                "{agency},{period},Service desk,Hours to fix,6,{},h,less\n",
                hours + slip
            ));
        }
    }
    service_level::import(conn, &Actor::operator(), csv.as_bytes(), now)
        .map_err(refused("service levels"))?;
    Ok(())
}
