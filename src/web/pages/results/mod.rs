//! Leadership's pages: published results within what somebody may see, and how everything is measured.
//!
//! | file | page |
//! | --- | --- |
//! | this one | the handlers: `/results`, `/results/{round}`, `/agencies/{code}`, `/method` |
//! | `state`, `agency` | what these pages show |
//! | `more` | by segment, comparisons of agencies, drivers |
//! | `figure`, `trend` | one number, one chart with its table |
//!
//! A round that is not published, a round that does not exist, an agency beyond the reader's scope and an agency
//! that does not exist are all the same 404: which of them it is would tell something.

mod agency;
mod figure;
mod more;
mod state;
mod trend;

use std::collections::BTreeSet;

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{PageContext, render};
use crate::agency::{Agency, AgencyCode};
use crate::identity::{Right, Scope};
use crate::import::PastFigure;
use crate::report::METHOD_VERSION;
use crate::report::model::Unit;
use crate::report::read::{self, PublishedRound, Results, Wanted};
use crate::round::receipts::{self, Receipts};
use crate::round::{RoundError, RoundId};
use crate::store::{Conn, StoreError, past};
use crate::survey::definition::Definition;
use crate::survey::publish;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults, Visitor};
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};

const NEEDS: Needs = Needs::Right(Right::ReadResults);

/// The routes of results.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/results", NEEDS, web::get().to(list)),
        Endpoint::new(Method::GET, "/results/{round}", NEEDS, web::get().to(show_state)),
        Endpoint::new(Method::GET, "/agencies/{code}", NEEDS, web::get().to(show_agency)),
        Endpoint::new(Method::GET, "/method", Needs::Nothing, web::get().to(show_method)),
    ]
}

/// The latest published round; where there is none, a page that says so.
async fn list(who: Allowed<ReadResults>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let scope = who.scope();
    let latest = app.store.read(move |conn| state_data(conn, None, &scope)).await?;
    match latest {
        Some(latest) => render_state(&app, &who, latest),
        None => render(
            &app,
            "results/none",
            &serde_json::json!({}),
            &PageContext::staff("Results", &who).within("/results"),
        ),
    }
}

async fn show_state(
    who: Allowed<ReadResults>,
    round: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let scope = who.scope();
    let missing = Problem::not_found(format!("published result of a round `{round}`"));
    let Ok(id) = round.parse::<RoundId>() else {
        return Err(missing.into());
    };
    let found = app
        .store
        .read(move |conn| state_data(conn, Some(id), &scope))
        .await?;
    render_state(&app, &who, found.ok_or(missing)?)
}

/// A round's result within the reader's scope, and the rounds to choose from.
type StateData = (Results, Vec<PublishedRound>, Option<Receipts>);

/// The result of the round that was asked for, else of the latest published one.
fn state_data(
    conn: &mut Conn,
    asked: Option<RoundId>,
    scope: &Scope,
) -> Result<Option<StateData>, StoreError> {
    let wanted = Wanted {
        kinds: Some(vec![
            "index",
            "responses",
            "agreement",
            "rank",
            "stabilised",
            "index-drivers",
            "item-drivers",
        ]),
        ..Wanted::default()
    };
    let rounds = read::published_rounds(conn)?;
    let Some(id) = asked.or_else(|| rounds.first().map(|latest| latest.round.clone())) else {
        return Ok(None);
    };
    let results = read::results_of(conn, &id, scope, &wanted)?;
    // Of a round that was only imported there is nothing to say of credentials.
    let receipts = match receipts::receipts(conn, &id) {
        Ok(receipts) => receipts,
        Err(RoundError::Store(error)) => return Err(error),
        Err(_) => None,
    };
    Ok(results.map(|results| (results, rounds, receipts)))
}

fn render_state(
    app: &App,
    who: &Allowed<ReadResults>,
    (results, rounds, receipts): StateData,
) -> Result<HttpResponse, PageProblem> {
    let page = PageContext::staff(results.document.title.clone(), who).within("/results");
    render(
        app,
        "results/state",
        &state::view(&results, rounds, receipts.as_ref(), &who.scope()),
        &page,
    )
}

#[derive(Debug, Deserialize)]
struct AgencyQuery {
    round: Option<String>,
}

/// What an agency's page is made of.
struct AgencyData {
    agency: Agency,
    shown: Option<(Results, Definition)>,
    rounds: Vec<PublishedRound>,
    past: Vec<PastFigure>,
}

async fn show_agency(
    who: Allowed<ReadResults>,
    code: web::Path<String>,
    query: web::Query<AgencyQuery>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let scope = who.scope();
    let missing = Problem::not_found(format!("agency `{code}` among those whose results you may see"));
    let Ok(code) = code.parse::<AgencyCode>() else {
        return Err(missing.into());
    };
    let asked = match query.into_inner().round {
        None => None,
        Some(round) => match round.parse::<RoundId>() {
            Ok(round) => Some(round),
            Err(_) => {
                return Err(Problem::not_found(format!("published result of a round `{round}`")).into());
            }
        },
    };
    let found = app
        .store
        .read(move |conn| agency_data(conn, &code, asked.as_ref(), &scope))
        .await?;
    let found = found.ok_or(missing)?;
    let given = agency::Given {
        agency: &found.agency,
        shown: found
            .shown
            .as_ref()
            .map(|(results, definition)| (results, definition)),
        rounds: &found.rounds,
        past: &found.past,
    };
    let page = PageContext::staff(found.agency.name.clone(), &who).within("/results");
    render(&app, "results/agency", &agency::view(&given), &page)
}

/// `None` when there is no such agency in the scope, or no published result of the round that was asked for.
fn agency_data(
    conn: &mut Conn,
    code: &AgencyCode,
    asked: Option<&RoundId>,
    scope: &Scope,
) -> Result<Option<AgencyData>, StoreError> {
    let Some(agency) = crate::agency::find(conn, code)?.filter(|_| scope.covers(code)) else {
        return Ok(None);
    };
    let rounds = read::published_rounds(conn)?;
    let mut shown = None;
    for round in rounds
        .iter()
        .filter(|round| asked.is_none_or(|asked| asked == &round.round))
    {
        shown = of_round(conn, &round.round, code, scope)?;
        if shown.is_some() {
            break;
        }
    }
    if asked.is_some() && shown.is_none() {
        return Ok(None);
    }
    Ok(Some(AgencyData {
        past: past::of_agency(conn, code)?,
        agency,
        shown,
        rounds,
    }))
}

/// The figures of the unit that speaks for an agency in a round; `None` when the round did not ask the agency.
fn of_round(
    conn: &mut Conn,
    round: &RoundId,
    code: &AgencyCode,
    scope: &Scope,
) -> Result<Option<(Results, Definition)>, StoreError> {
    let none = Wanted {
        units: Some(BTreeSet::new()),
        ..Wanted::default()
    };
    let Some(head) = read::results_of(conn, round, scope, &none)? else {
        return Ok(None);
    };
    let audiences = head.document.audiences.iter();
    let units: BTreeSet<Unit> = audiences
        .filter_map(|audience| Results::unit_of(audience, code))
        .map(|unit| unit.unit.clone())
        .collect();
    if units.is_empty() {
        return Ok(None);
    }
    let wanted = Wanted {
        units: Some(units),
        ..Wanted::default()
    };
    let version = publish::find(conn, &head.document.survey, head.document.version)?;
    let results = read::results_of(conn, round, scope, &wanted)?;
    Ok(results.zip(version.map(|version| version.definition)))
}

#[derive(Serialize)]
struct MethodView {
    version: u32,
}

async fn show_method(visitor: Visitor, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let view = MethodView {
        version: METHOD_VERSION,
    };
    render(
        &app,
        "results/method",
        &view,
        &PageContext::public("How results are measured", visitor.0.as_ref()),
    )
}
