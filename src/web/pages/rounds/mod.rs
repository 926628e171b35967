//! `/rounds`: planning rounds, inviting people, and taking each step of a round's life.
//!
//! | file | pages |
//! | --- | --- |
//! | this one | the list, and the routes |
//! | [`mod@field`] | how it goes while people answer |
//! | [`plan`] | planning a round step by step, and changing the plan before it opens |
//! | [`promise`] | the promise, as respondents read it |
//! | [`show`] | one round: its state, its promise, its progress, and the steps that can be taken now |
//! | [`extend`] | more time for an open round |
//! | [`look`] | a roster before it is imported |
//! | [`mod@comments`] | what people wrote, before it is shown |
//! | [`calendar`] | what opens, closes and is mailed when |
//! | [`mod@again`] | a round as last time |
//! | [`roster`] | a roster sent as a file; the answer is the file with the links |

mod again;
mod calendar;
mod comments;
mod extend;
mod field;
mod look;
pub(super) mod plan;
mod promise;
mod roster;
mod show;

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{PageContext, render};
use crate::identity::Right;
use crate::round::{self, Round, RoundState};
use crate::table::Limits;
use crate::web::App;
use crate::web::access::{Allowed, ReadRounds};
use crate::web::paging::Paging;
use crate::web::problem::PageProblem;
use crate::web::routes::{Endpoint, Needs};

const READ: Needs = Needs::Right(Right::ReadRounds);
const RELEASE: Needs = Needs::Right(Right::ReleaseComments);
const RUN: Needs = Needs::Right(Right::RunRounds);

/// The routes of the pages of rounds.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let plan_path = "/rounds/{id}/plan/{stage}";
    let roster_path = "/rounds/{id}/audiences/{audience}/roster";
    let look_path = "/rounds/{id}/audiences/{audience}/roster/look";
    let again_path = "/rounds/{id}/again";
    let links_path = "/rounds/{id}/audiences/{audience}/links";
    vec![
        Endpoint::new(Method::GET, "/rounds", READ, web::get().to(index)),
        Endpoint::new(
            Method::GET,
            "/rounds/calendar",
            READ,
            web::get().to(calendar::show),
        ),
        Endpoint::new(Method::GET, "/rounds/new", RUN, web::get().to(plan::blank)),
        Endpoint::new(Method::POST, "/rounds/new", RUN, web::post().to(plan::create)),
        Endpoint::new(Method::GET, "/rounds/{id}", READ, web::get().to(show::show)),
        Endpoint::new(
            Method::GET,
            "/rounds/{id}/field",
            READ,
            web::get().to(field::show),
        ),
        Endpoint::new(
            Method::GET,
            "/rounds/{id}/comments",
            RELEASE,
            web::get().to(comments::show),
        ),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/comments",
            RELEASE,
            web::post().to(comments::decide),
        )
        .accepting(comments::BODY),
        Endpoint::new(Method::GET, plan_path, RUN, web::get().to(plan::step)),
        Endpoint::new(Method::POST, plan_path, RUN, web::post().to(plan::save)),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/schedule",
            RUN,
            web::post().to(show::schedule),
        ),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/withdraw",
            RUN,
            web::post().to(show::withdraw),
        ),
        Endpoint::new(Method::POST, "/rounds/{id}/open", RUN, web::post().to(show::open)),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/extend",
            RUN,
            web::post().to(extend::save),
        ),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/close",
            RUN,
            web::post().to(show::close),
        ),
        Endpoint::new(Method::POST, "/rounds/{id}/seal", RUN, web::post().to(show::seal)),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/publish",
            RUN,
            web::post().to(show::publish),
        ),
        Endpoint::new(Method::POST, roster_path, RUN, web::post().to(roster::import))
            .accepting(Limits::default().bytes),
        Endpoint::new(Method::POST, links_path, RUN, web::post().to(roster::renew)),
        Endpoint::new(Method::GET, again_path, RUN, web::get().to(again::blank)),
        Endpoint::new(Method::POST, again_path, RUN, web::post().to(again::make)),
        Endpoint::new(Method::GET, look_path, RUN, web::get().to(look::show)),
        Endpoint::new(Method::POST, look_path, RUN, web::post().to(look::send))
            .accepting(Limits::default().bytes),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/audiences/{audience}/roster/columns",
            RUN,
            web::post().to(look::columns),
        ),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/audiences/{audience}/roster/import",
            RUN,
            web::post().to(look::import),
        ),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/audiences/{audience}/roster/discard",
            RUN,
            web::post().to(look::discard),
        ),
        Endpoint::new(
            Method::GET,
            "/rounds/{id}/audiences/{audience}/roster/problems.csv",
            RUN,
            web::get().to(look::problems),
        ),
        Endpoint::new(
            Method::GET,
            "/rounds/{id}/audiences/{audience}/roster.csv",
            RUN,
            web::get().to(look::roster_file),
        ),
    ]
}

#[derive(Serialize)]
struct Index {
    rounds: Vec<Line>,
    may_run: bool,
    next: String,
}

#[derive(Serialize)]
struct Line {
    id: String,
    title: String,
    survey: String,
    version: u32,
    state: &'static str,
    tone: &'static str,
    opens: String,
    closes: String,
}

/// The mark of a state: what needs somebody now stands out.
fn tone(state: RoundState) -> &'static str {
    match state {
        RoundState::Draft | RoundState::Published => "quiet",
        RoundState::Scheduled | RoundState::Closed | RoundState::Sealed => "",
        RoundState::Open => "good",
    }
}

impl Line {
    fn new(round: Round) -> Self {
        let instant = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        Self {
            id: round.id.to_string(),
            title: round.title,
            survey: round.survey.to_string(),
            version: round.version,
            state: round.state.as_str(),
            tone: tone(round.state),
            opens: instant(round.opened_at.or(round.opens_at)),
            closes: instant(round.closed_at.or(round.closes_at)),
        }
    }
}

async fn index(
    who: Allowed<ReadRounds>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let window = paging.window()?;
    let page = window.clone();
    let rounds = app
        .store
        .read(move |conn| round::list(conn, page.after.as_deref(), page.reach()))
        .await?;
    let mut rounds: Vec<Line> = rounds.into_iter().map(Line::new).collect();
    let next = window.cut(&mut rounds, |line| &line.id);
    let view = Index {
        rounds,
        may_run: who.may(Right::RunRounds),
        next: next.unwrap_or_default(),
    };
    render(
        &app,
        "rounds/index",
        &view,
        &PageContext::staff("Rounds", &who).within("/rounds"),
    )
}
