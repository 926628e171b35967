//! `/meetings`: talks with agencies, written down.

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{agencies_of, faults};
use crate::clock;
use crate::follow::Fault;
use crate::follow::meeting::{self, Draft, FORMS, Meeting};
use crate::identity::{Actor, Right};
use crate::web::App;
use crate::web::access::{Allowed, FollowUp};
use crate::web::pages::form::{Choice, Form, Typed, choices, field};
use crate::web::pages::{PageContext, render, render_as, see_other};
use crate::web::paging::Paging;
use crate::web::problem::PageProblem;
use crate::web::routes::{Endpoint, Needs};

/// The routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let follow = Needs::Right(Right::FollowUp);
    vec![
        Endpoint::new(Method::GET, "/meetings", follow, web::get().to(index)),
        Endpoint::new(Method::GET, "/meetings/new", follow, web::get().to(blank)),
        Endpoint::new(Method::POST, "/meetings/new", follow, web::post().to(add)),
    ]
}

#[derive(Serialize)]
struct Index {
    meetings: Vec<Meeting>,
    next: String,
}

async fn index(
    who: Allowed<FollowUp>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (window, by) = (paging.window()?, who.actor.clone());
    let page = window.clone();
    let found = app
        .store
        .read(move |conn| meeting::list(conn, &by, page.after.as_deref(), page.reach()))
        .await?;
    let mut keyed: Vec<_> = found.into_iter().map(|one| (one.key(), one)).collect();
    let next = window.cut(&mut keyed, |(key, _)| key);
    let view = Index {
        meetings: keyed.into_iter().map(|(_, one)| one).collect(),
        next: next.unwrap_or_default(),
    };
    let page = PageContext::staff("Meetings", &who).within("/follow-ups");
    render(&app, "follow/meetings", &view, &page)
}

#[derive(Serialize)]
struct Edit {
    agencies: Vec<Choice>,
    forms: Vec<Choice>,
    form: Form,
}

const FIELDS: [&str; 5] = ["agency", "held_on", "form", "people", "notes"];

async fn blank(who: Allowed<FollowUp>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    form(&app, &who, Typed::new(), &[]).await
}

async fn add(
    who: Allowed<FollowUp>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (typed, now, by) = (typed.into_inner(), clock::now(), who.actor.clone());
    let draft = Draft {
        agency: field(&typed, "agency"),
        held_on: field(&typed, "held_on"),
        form: field(&typed, "form"),
        people: field(&typed, "people"),
        notes: field(&typed, "notes"),
    };
    let added = app
        .store
        .write(move |conn| meeting::add(conn, &by, &draft, now))
        .await;
    match added {
        Ok(_) => Ok(see_other("/meetings")),
        Err(error) => form(&app, &who, typed, &faults(error)?).await,
    }
}

async fn form(app: &App, who: &Actor, typed: Typed, faults: &[Fault]) -> Result<HttpResponse, PageProblem> {
    let by = who.clone();
    let agencies = app.store.read(move |conn| agencies_of(conn, &by)).await?;
    let form = Form::new(&FIELDS, typed, faults);
    let view = Edit {
        agencies: choices(agencies, &field(&form.typed, "agency")),
        forms: choices(FORMS.map(|form| (form, form)), &field(&form.typed, "form")),
        form,
    };
    let page = PageContext::staff(view.form.title("Write a meeting down"), who).within("/follow-ups");
    render_as(view.form.status(), app, "follow/meeting-form", &view, &page)
}
