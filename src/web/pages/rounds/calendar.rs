//! `/rounds/calendar`: what opens, closes and is mailed when, month by month.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::clock;
use crate::post::PostError;
use crate::post::mailing::{self, Mailing, Progress};
use crate::round::{self, Round, RoundState};
use crate::store::Conn;
use crate::web::App;
use crate::web::access::{Allowed, ReadRounds};
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};
use crate::web::templates::human_date;
use crate::web::texts::Lang;

/// More rounds than this no calendar shows.
const MOST: u32 = 1000;

#[derive(Serialize)]
struct View {
    /// From this month on.
    ahead: Vec<Month>,
    /// The last month first.
    past: Vec<Month>,
    /// Rounds without any time.
    without: Vec<Undated>,
}

#[derive(Serialize)]
struct Month {
    name: String,
    events: Vec<Event>,
}

#[derive(Clone, Serialize)]
struct Event {
    at: String,
    round: String,
    title: String,
    what: String,
    /// `good` for what happened, empty for what is planned.
    tone: &'static str,
    /// `done`, or `planned`.
    mark: &'static str,
}

#[derive(Serialize)]
struct Undated {
    round: String,
    title: String,
    state: &'static str,
}

/// The calendar.
pub(super) async fn show(who: Allowed<ReadRounds>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let now = clock::now();
    let view = app
        .store
        .read(move |conn| view(conn, now))
        .await
        .map_err(Problem::from)?;
    render(
        &app,
        "rounds/calendar",
        &view,
        &PageContext::staff("Calendar of rounds", &who).within("/rounds"),
    )
}

fn view(conn: &mut Conn, now: Timestamp) -> Result<View, PostError> {
    let mut events: Vec<(Timestamp, Event)> = Vec::new();
    let mut without = Vec::new();
    for round in round::list(conn, None, MOST)? {
        let before = events.len();
        events.extend(steps(&round));
        for mailing in mailing::list(conn, &round.id)? {
            events.extend(mail(&round, mailing));
        }
        if events.len() == before {
            without.push(Undated {
                round: round.id.to_string(),
                title: round.title,
                state: round.state.as_str(),
            });
        }
    }
    let this_month = month_of(now);
    let (ahead, past): (Vec<_>, Vec<_>) = events
        .into_iter()
        .partition(|(at, _)| month_of(*at) >= this_month);
    let mut past = months(past);
    past.reverse();
    Ok(View {
        ahead: months(ahead),
        past,
        without,
    })
}

/// The times of a round's life: those that were, and those that are planned.
fn steps(round: &Round) -> Vec<(Timestamp, Event)> {
    let is_planned = matches!(round.state, RoundState::Draft | RoundState::Scheduled);
    let opens = round.opened_at.or(round.opens_at.filter(|_| is_planned));
    let closes = round.closed_at.or(round.closes_at);
    let all = [
        (opens, "opens", "opened", round.opened_at.is_some()),
        (closes, "closes", "closed", round.closed_at.is_some()),
        (round.published_at, "", "its result was published", true),
    ];
    all.into_iter()
        .filter_map(|(at, will, did, is_done)| {
            let what = if is_done { did } else { will };
            at.map(|at| (at, event(round, at, what.to_owned(), is_done)))
        })
        .collect()
}

fn mail(round: &Round, mailing: Mailing) -> Option<(Timestamp, Event)> {
    let at: Timestamp = mailing.send_at.parse().ok()?;
    let what = match mailing.step {
        0 => format!("invitations to {}", mailing.audience),
        step => format!("reminder {step} to {}", mailing.audience),
    };
    match mailing.progress {
        Progress::Dropped => None,
        Progress::Planned => Some((at, event(round, at, what, false))),
        Progress::BeingSent | Progress::Done => Some((at, event(round, at, what, true))),
    }
}

fn event(round: &Round, at: Timestamp, what: String, is_done: bool) -> Event {
    Event {
        at: at.to_string(),
        round: round.id.to_string(),
        title: round.title.clone(),
        what,
        tone: if is_done { "quiet" } else { "" },
        mark: if is_done { "done" } else { "planned" },
    }
}

/// Year and month, which order as text.
fn month_of(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string()
}

fn months(mut events: Vec<(Timestamp, Event)>) -> Vec<Month> {
    events.sort_by(|(one, first), (other, second)| (one, &first.round).cmp(&(other, &second.round)));
    let mut by_month: BTreeMap<String, Month> = BTreeMap::new();
    for (at, event) in events {
        let named = by_month.entry(month_of(at)).or_insert_with(|| Month {
            name: month_name(at),
            events: Vec::new(),
        });
        named.events.push(event);
    }
    by_month.into_values().collect()
}

/// `November 2026`.
fn month_name(at: Timestamp) -> String {
    let day = human_date(at, "day", Lang::En);
    day.split_once(' ')
        .map_or(day.clone(), |(_, month)| month.to_owned())
}
