//! A round again as last time.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::roster::{Line, lines};
use crate::clock;
use crate::follow::Fault;
use crate::identity::Actor;
use crate::round::again::{self, Again, Carried, Repeated};
use crate::round::{self, RoundError, RoundId};
use crate::web::App;
use crate::web::access::{Allowed, RunRounds};
use crate::web::pages::form::{Form, Typed, field};
use crate::web::pages::{PageContext, render, render_as};
use crate::web::problem::{PageProblem, Problem};

const FIELDS: [&str; 2] = ["id", "title"];

#[derive(Serialize)]
struct Blank {
    last: String,
    last_title: String,
    form: Form,
}

#[derive(Serialize)]
struct Done {
    id: String,
    title: String,
    last: String,
    survey: String,
    version: u32,
    rosters: Vec<Roster>,
}

#[derive(Serialize)]
struct Roster {
    audience: String,
    people: usize,
    merged: usize,
    problems: Vec<Line>,
    more: usize,
}

/// A form for what is new.
pub(super) async fn blank(
    who: Allowed<RunRounds>,
    last: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    form(&app, &who, last.into_inner(), None, &[]).await
}

/// Plans it, and tells what came along.
pub(super) async fn make(
    who: Allowed<RunRounds>,
    last: web::Path<RoundId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (last, typed, now) = (last.into_inner(), typed.into_inner(), clock::now());
    let id = match field(&typed, "id").parse::<RoundId>() {
        Ok(id) => id,
        Err(bad) => return form(&app, &who, last, Some(typed), &[wrong("id", &bad)]).await,
    };
    let new = Again {
        id,
        title: field(&typed, "title"),
    };
    let (by, before) = (who.actor.clone(), last.clone());
    let made = app
        .store
        .write(move |conn| again::again(conn, &by, &before, new, now))
        .await;
    match made {
        Ok(repeated) => done(&app, &who, &last, repeated),
        Err(error @ RoundError::Taken(_)) => {
            form(&app, &who, last, Some(typed), &[wrong("id", &error)]).await
        }
        Err(RoundError::Invalid(problems)) => {
            let faults: Vec<Fault> = problems.iter().map(|problem| wrong("title", problem)).collect();
            form(&app, &who, last, Some(typed), &faults).await
        }
        Err(other) => Err(Problem::from(other).into()),
    }
}

fn wrong(field: &'static str, problem: &impl std::fmt::Display) -> Fault {
    Fault {
        field,
        problem: problem.to_string(),
    }
}

fn done(app: &App, who: &Actor, last: &RoundId, repeated: Repeated) -> Result<HttpResponse, PageProblem> {
    let view = Done {
        id: repeated.round.id.to_string(),
        title: repeated.round.title,
        last: last.to_string(),
        survey: repeated.round.survey.to_string(),
        version: repeated.round.version,
        rosters: repeated.rosters.into_iter().map(roster).collect(),
    };
    let page = PageContext::staff("Planned as last time", who).within("/rounds");
    render(app, "rounds/repeated", &view, &page)
}

fn roster(carried: Carried) -> Roster {
    Roster {
        audience: carried.audience.to_string(),
        people: carried.people,
        merged: carried.merged,
        more: carried.problems.more,
        problems: lines(carried.problems),
    }
}

async fn form(
    app: &App,
    who: &Actor,
    last: RoundId,
    typed: Option<Typed>,
    faults: &[Fault],
) -> Result<HttpResponse, PageProblem> {
    let before = app
        .store
        .read(move |conn| round::find(conn, &last))
        .await
        .map_err(Problem::from)?;
    let usual = || Typed::from([("title".to_owned(), before.title.clone())]);
    let view = Blank {
        last: before.id.to_string(),
        form: Form::new(&FIELDS, typed.unwrap_or_else(usual), faults),
        last_title: before.title,
    };
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        view.form.status()
    };
    let page = PageContext::staff(view.form.title("Again as last time"), who).within("/rounds");
    render_as(status, app, "rounds/again", &view, &page)
}
