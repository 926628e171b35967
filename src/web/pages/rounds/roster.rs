//! A roster sent as a file. The answer is the file with the links, for the mailing tool: they are shown this once,
//! and nobody, this server included, can show them again.

use std::fmt::Display;

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use futures_util::TryStreamExt as _;
use serde::Serialize;

use crate::clock;
use crate::identity::Actor;
use crate::round::invitation::links_csv;
use crate::round::roster_match::Matching;
use crate::round::{AudienceName, RoundError, RoundId, desk};
use crate::table::{Limits, Problems};
use crate::web::App;
use crate::web::access::{Allowed, RunRounds};
use crate::web::csv;
use crate::web::pages::{PageContext, render_as};
use crate::web::problem::{PageProblem, Problem};

#[derive(Serialize)]
struct View {
    round: String,
    audience: String,
    count: usize,
    more: usize,
    problems: Vec<Line>,
}

/// A problem of a table, as a page shows it.
#[derive(Serialize)]
pub(super) struct Line {
    row: String,
    column: String,
    problem: String,
}

/// Imports it, or shows every row that is wrong.
pub(super) async fn import(
    who: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    form: Multipart,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let ((round, audience), now) = (path.into_inner(), clock::now());
    let table = file(form, "roster").await?;
    let (by, id, name) = (who.actor.clone(), round.clone(), audience.clone());
    let imported = app
        .store
        .write(move |conn| desk::import_roster(conn, &by, &id, &name, &table, &Matching::default(), now))
        .await;
    match imported {
        Ok(done) => {
            let links = links_csv(&done.links, app.public_url.as_str());
            Ok(csv::download(&format!("links-{round}-{audience}.csv"), links))
        }
        Err(RoundError::Roster(problems)) => wrong(&app, &who, &round, &audience, problems),
        Err(other) => Err(Problem::from(other).into()),
    }
}

/// Draws new links for whoever has not answered.
pub(super) async fn renew(
    who: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let ((round, audience), now) = (path.into_inner(), clock::now());
    let name = format!("links-{round}-{audience}.csv");
    let links = app
        .store
        .write(move |conn| desk::renew_links(conn, &who, &round, &audience, now))
        .await
        .map_err(Problem::from)?;
    Ok(csv::download(&name, links_csv(&links, app.public_url.as_str())))
}

/// The content of the file in that field of the form.
pub(super) async fn file(mut form: Multipart, field: &str) -> Result<Vec<u8>, Problem> {
    let limit = Limits::default().bytes;
    let unread = |error: &dyn Display| Problem::malformed(format!("the form cannot be read: {error}"));
    let mut content = Vec::new();
    while let Some(mut part) = form.try_next().await.map_err(|error| unread(&error))? {
        let is_wanted = part.name() == Some(field);
        while let Some(chunk) = part.try_next().await.map_err(|error| unread(&error))? {
            if content.len().saturating_add(chunk.len()) > limit {
                return Err(Problem::too_large(format!(
                    "send at most {limit} bytes; send the roster in parts"
                )));
            }
            if is_wanted {
                content.extend_from_slice(&chunk);
            }
        }
    }
    Ok(content)
}

fn wrong(
    app: &App,
    who: &Actor,
    round: &RoundId,
    audience: &AudienceName,
    problems: Problems,
) -> Result<HttpResponse, PageProblem> {
    let view = View {
        round: round.to_string(),
        audience: audience.to_string(),
        count: problems.count(),
        more: problems.more,
        problems: lines(problems),
    };
    let page = PageContext::staff("Error: the roster was not imported", who).within("/rounds");
    render_as(
        StatusCode::UNPROCESSABLE_ENTITY,
        app,
        "rounds/roster",
        &view,
        &page,
    )
}

/// Problems, as a page shows them.
pub(super) fn lines(problems: Problems) -> Vec<Line> {
    let line = |problem: crate::table::Problem| Line {
        row: problem
            .row
            .map_or_else(|| "the file".to_owned(), |row| row.to_string()),
        column: problem.column.unwrap_or_default(),
        problem: problem.problem,
    };
    problems.listed.into_iter().map(line).collect()
}
