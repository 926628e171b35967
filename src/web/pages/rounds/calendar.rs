//! `/rounds/calendar`: what opens, closes and is mailed when, month by month.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::clock;
use crate::post::calendar::{Calendar, Event, What, calendar};
use crate::web::App;
use crate::web::access::{Allowed, ReadRounds};
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};
use crate::web::templates::human_date;
use crate::web::texts::Lang;

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
    events: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
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
    let calendar = app.store.read(calendar).await.map_err(Problem::from)?;
    let view = view(calendar, now);
    render(
        &app,
        "rounds/calendar",
        &view,
        &PageContext::staff("Calendar of rounds", &who).within("/rounds"),
    )
}

fn view(calendar: Calendar, now: Timestamp) -> View {
    let this_month = month_of(now);
    let (ahead, past): (Vec<_>, Vec<_>) = calendar
        .events
        .into_iter()
        .partition(|event| month_of(event.at) >= this_month);
    let mut past = months(past);
    past.reverse();
    let without = calendar.without.into_iter().map(|round| Undated {
        round: round.id.to_string(),
        title: round.title,
        state: round.state.as_str(),
    });
    View {
        ahead: months(ahead),
        past,
        without: without.collect(),
    }
}

fn line(event: Event) -> Line {
    let words = match (event.what, event.is_done) {
        (What::Opening, true) => "opened".to_owned(),
        (What::Opening, false) => "opens".to_owned(),
        (What::Closing, true) => "closed".to_owned(),
        (What::Closing, false) => "closes".to_owned(),
        (What::Publication, _) => "its result was published".to_owned(),
        (What::Invitation { audience }, _) => format!("invitations to {audience}"),
        (What::Reminder { audience, number }, _) => format!("reminder {number} to {audience}"),
    };
    Line {
        at: event.at.to_string(),
        round: event.round.to_string(),
        title: event.title,
        what: words,
        tone: if event.is_done { "quiet" } else { "" },
        mark: if event.is_done { "done" } else { "planned" },
    }
}

/// Year and month, which order as text.
fn month_of(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string()
}

fn months(events: Vec<Event>) -> Vec<Month> {
    let mut by_month: BTreeMap<String, Month> = BTreeMap::new();
    for event in events {
        let named = by_month.entry(month_of(event.at)).or_insert_with(|| Month {
            name: month_name(event.at),
            events: Vec::new(),
        });
        named.events.push(line(event));
    }
    by_month.into_values().collect()
}

/// `November 2026`.
fn month_name(at: Timestamp) -> String {
    let day = human_date(at, "day", Lang::En);
    day.split_once(' ')
        .map_or(day.clone(), |(_, month)| month.to_owned())
}
