//! `/service-levels`: what was delivered to each agency, beside how its people see the office.

use std::collections::BTreeMap;

use actix_multipart::Multipart;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use futures_util::TryStreamExt as _;
use serde::Serialize;

use super::named;
use crate::agency::AgencyCode;
use crate::clock;
use crate::follow::FollowError;
use crate::follow::service_level::{self, ServiceLevel};
use crate::identity::{Actor, Right, Scope};
use crate::report::model::{Measured, Subject};
use crate::report::read::{self, Results, Wanted};
use crate::store::{Conn, StoreError};
use crate::table::Limits;
use crate::web::App;
use crate::web::access::{Allowed, ManageAgencies, ReadResults};
use crate::web::pages::{PageContext, render_as, see_other};
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};

/// The routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/service-levels";
    vec![
        Endpoint::new(
            Method::GET,
            path,
            Needs::Right(Right::ReadResults),
            web::get().to(show),
        ),
        Endpoint::new(
            Method::POST,
            path,
            Needs::Right(Right::ManageAgencies),
            web::post().to(import),
        )
        .accepting(Limits::default().bytes),
    ]
}

#[derive(Serialize)]
struct View {
    agencies: Vec<OfAgency>,
    may_import: bool,
    round: String,
    count: usize,
    more: usize,
    problems: Vec<Line>,
}

#[derive(Serialize)]
struct OfAgency {
    code: String,
    name: String,
    /// How its people see the office: the indices of the newest published round.
    seen: Vec<Seen>,
    levels: Vec<ServiceLevel>,
}

#[derive(Serialize)]
struct Seen {
    title: String,
    audience: String,
    value: String,
}

#[derive(Serialize)]
struct Line {
    row: String,
    column: String,
    problem: String,
}

async fn show(who: Allowed<ReadResults>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, StatusCode::OK, (0, 0, Vec::new())).await
}

async fn import(
    who: Allowed<ManageAgencies>,
    form: Multipart,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (table, now, by) = (file(form).await?, clock::now(), who.actor.clone());
    let done = app
        .store
        .write(move |conn| service_level::import(conn, &by, &table, now))
        .await;
    match done {
        Ok(_) => Ok(see_other("/service-levels")),
        Err(FollowError::Table(problems)) => {
            let (count, more) = (problems.count(), problems.more);
            let line = |problem: crate::table::Problem| Line {
                row: problem
                    .row
                    .map_or_else(|| "the file".to_owned(), |row| row.to_string()),
                column: problem.column.unwrap_or_default(),
                problem: problem.problem,
            };
            let lines = problems.listed.into_iter().map(line).collect();
            page(&app, &who, StatusCode::UNPROCESSABLE_ENTITY, (count, more, lines)).await
        }
        Err(other) => Err(Problem::from(other).into()),
    }
}

/// The content of the field `table`.
async fn file(mut form: Multipart) -> Result<Vec<u8>, Problem> {
    let limit = Limits::default().bytes;
    let unread = |error: actix_multipart::MultipartError| {
        Problem::malformed(format!("the form cannot be read: {error}"))
    };
    let mut content = Vec::new();
    while let Some(mut part) = form.try_next().await.map_err(unread)? {
        let is_wanted = part.name() == Some("table");
        while let Some(chunk) = part.try_next().await.map_err(unread)? {
            if content.len().saturating_add(chunk.len()) > limit {
                return Err(Problem::too_large(format!("send at most {limit} bytes")));
            }
            if is_wanted {
                content.extend_from_slice(&chunk);
            }
        }
    }
    Ok(content)
}

async fn page(
    app: &App,
    who: &Actor,
    status: StatusCode,
    (count, more, problems): (usize, usize, Vec<Line>),
) -> Result<HttpResponse, PageProblem> {
    let scope = who.scope();
    let (agencies, round) = app.store.read(move |conn| of_agencies(conn, &scope)).await?;
    let view = View {
        agencies,
        may_import: who.may(Right::ManageAgencies),
        round,
        count,
        more,
        problems,
    };
    let title = if view.count == 0 {
        "Service levels"
    } else {
        "Error: the service levels were not imported"
    };
    let page = PageContext::staff(title, who).within("/service-levels");
    render_as(status, app, "follow/service-levels", &view, &page)
}

fn of_agencies(conn: &mut Conn, scope: &Scope) -> Result<(Vec<OfAgency>, String), FollowError> {
    let mut levels: BTreeMap<String, Vec<ServiceLevel>> = BTreeMap::new();
    for level in service_level::list(conn, scope, None)? {
        levels.entry(level.agency.clone()).or_default().push(level);
    }
    let results = newest(conn, scope)?;
    let title = results.as_ref().map(|results| results.document.title.clone());
    let names: BTreeMap<String, String> = named(conn, scope)?.into_iter().collect();
    let of = |(code, levels): (String, Vec<ServiceLevel>)| OfAgency {
        name: names.get(&code).cloned().unwrap_or_else(|| code.clone()),
        seen: results
            .as_ref()
            .map(|results| seen(results, &code))
            .unwrap_or_default(),
        code,
        levels,
    };
    Ok((levels.into_iter().map(of).collect(), title.unwrap_or_default()))
}

fn newest(conn: &mut Conn, scope: &Scope) -> Result<Option<Results>, StoreError> {
    let rounds = read::published_rounds(conn)?;
    let Some(newest) = rounds.first() else {
        return Ok(None);
    };
    let wanted = Wanted {
        kinds: Some(vec!["index"]),
        ..Wanted::default()
    };
    read::results_of(conn, &newest.round, scope, &wanted)
}

fn seen(results: &Results, code: &str) -> Vec<Seen> {
    let Ok(agency) = code.parse::<AgencyCode>() else {
        return Vec::new();
    };
    let document = &results.document;
    let mut seen = Vec::new();
    for audience in &document.audiences {
        let Some(unit) = Results::unit_of(audience, &agency) else {
            continue;
        };
        for index in &document.indices {
            let figure = results.figure(&audience.name, &unit.unit, &Subject::Index(index.id.clone()));
            let value = figure.and_then(|figure| match &figure.measured {
                Measured::Score(score) => Some(format!("{:.1}", score.mean)),
                _ => None,
            });
            seen.push(Seen {
                title: index.title.0.values().next().cloned().unwrap_or_default(),
                audience: audience.title.clone(),
                value: value.unwrap_or_default(),
            });
        }
    }
    seen
}
