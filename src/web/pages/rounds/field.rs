//! `/rounds/{id}/field`: how a round goes while people answer, how it will end, and what to do about it.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::tone;
use crate::clock;
use crate::field::board::{AudienceBoard, Line};
use crate::field::{self, Outlook};
use crate::identity::Right;
use crate::round::{Mode, RoundId, RoundState};
use crate::web::App;
use crate::web::access::{Allowed, ReadRounds};
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};

#[derive(Serialize)]
struct View {
    id: String,
    title: String,
    state: &'static str,
    tone: &'static str,
    is_open: bool,
    is_before: bool,
    k: u32,
    closes_at: String,
    /// The share of the window that is over, in per cent; empty when it is closed by hand.
    over: String,
    earlier: String,
    may_run: bool,
    audiences: Vec<Audience>,
}

#[derive(Serialize)]
struct Audience {
    name: String,
    title: String,
    is_anonymous: bool,
    whole: Row,
    units: Vec<Row>,
    /// What needs somebody: units that will stay below the threshold, or may.
    below: usize,
    open: usize,
    too_few: usize,
}

#[derive(Serialize)]
struct Row {
    name: String,
    /// The agencies of a cluster.
    of: String,
    invited: u32,
    claimed: String,
    answered: String,
    expected: String,
    low: String,
    high: String,
    outlook: &'static str,
    tone: &'static str,
    advice: String,
}

/// The board.
pub(super) async fn show(
    who: Allowed<ReadRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let now = clock::now();
    let board = app
        .store
        .read(move |conn| field::board(conn, &id, now))
        .await
        .map_err(Problem::from)?;
    let k = board.least_respondents;
    let view = View {
        id: board.round.to_string(),
        state: board.state.as_str(),
        tone: tone(board.state),
        is_open: board.state == RoundState::Open,
        is_before: matches!(board.state, RoundState::Draft | RoundState::Scheduled),
        k,
        closes_at: board.closes_at.unwrap_or_default(),
        over: board
            .elapsed
            .map(|share| format!("{:.0}", share * 100.0))
            .unwrap_or_default(),
        earlier: board.earlier.unwrap_or_default(),
        may_run: who.may(Right::RunRounds),
        audiences: board
            .audiences
            .into_iter()
            .map(|line| audience(line, k))
            .collect(),
        title: board.title,
    };
    let page = PageContext::staff(format!("In the field: {}", view.title), &who).within("/rounds");
    render(&app, "rounds/field", &view, &page)
}

fn audience(board: AudienceBoard, k: u32) -> Audience {
    let count = |outlook: Outlook| board.units.iter().filter(|unit| unit.outlook == outlook).count();
    Audience {
        below: count(Outlook::Below),
        open: count(Outlook::Open),
        too_few: count(Outlook::TooFewInvited),
        name: board.audience.to_string(),
        title: board.title,
        is_anonymous: board.mode == Mode::Anonymous,
        whole: row(board.whole, k),
        units: board.units.into_iter().map(|unit| row(unit, k)).collect(),
    }
}

fn row(line: Line, k: u32) -> Row {
    let floored = |count: Option<u32>| match count {
        Some(count) => format!("at least {count}"),
        None => format!("fewer than {k}"),
    };
    let (outlook, tone) = match line.outlook {
        Outlook::TooFewInvited => ("too few invited", "quiet"),
        Outlook::Below => ("will stay below", "bad"),
        Outlook::Open => ("may stay below", ""),
        Outlook::Likely => ("will be shown", "good"),
        Outlook::Reached => ("is shown", "good"),
        Outlook::Unknown => ("cannot be told", "quiet"),
    };
    let per_cent = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    let codes: Vec<String> = line.agencies.iter().map(ToString::to_string).collect();
    Row {
        of: if codes.len() > 1 {
            codes.join(", ")
        } else {
            String::new()
        },
        name: line.name,
        invited: line.invited,
        claimed: line
            .claimed
            .map(|count| format!("at least {count}"))
            .unwrap_or_default(),
        answered: floored(line.answered),
        expected: per_cent(line.expected.map(|expected| expected.per_cent)),
        low: per_cent(line.expected.map(|expected| expected.low)),
        high: per_cent(line.expected.map(|expected| expected.high)),
        outlook,
        tone,
        advice: match line.outlook {
            // Said once for all of them, above the table.
            Outlook::TooFewInvited => String::new(),
            _ => line.advice,
        },
    }
}
