//! `/webhooks`: other systems that are told when something happened.

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::form::{Choice, Form, Typed, choices};
use super::{PageContext, render_as, see_other};
use crate::clock;
use crate::follow::Fault;
use crate::identity::{Actor, Right};
use crate::post::PostError;
use crate::post::webhook::EVENTS;
use crate::post::webhook::desk::{self, Webhook};
use crate::web::App;
use crate::web::access::{Allowed, ManageWebhooks};
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};

/// The routes.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let needs = Needs::Right(Right::ManageWebhooks);
    let remove_path = "/webhooks/{id}/remove";
    vec![
        Endpoint::new(Method::GET, "/webhooks", needs, web::get().to(index)),
        Endpoint::new(Method::POST, "/webhooks", needs, web::post().to(add)),
        Endpoint::new(Method::POST, remove_path, needs, web::post().to(remove)),
    ]
}

#[derive(Serialize)]
struct View {
    webhooks: Vec<Webhook>,
    events: Vec<Choice>,
    form: Form,
}

const FIELDS: [&str; 2] = ["url", "events"];

async fn index(who: Allowed<ManageWebhooks>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, "", &EVENTS.map(str::to_owned), &[]).await
}

async fn add(
    who: Allowed<ManageWebhooks>,
    typed: web::Form<Vec<(String, String)>>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let of = |wanted: &str| {
        let named = typed.iter().filter(|(name, _)| name == wanted);
        named.map(|(_, text)| text.trim().to_owned()).collect::<Vec<_>>()
    };
    let (url, events) = (of("url").into_iter().next().unwrap_or_default(), of("events"));
    let (keys, now, by) = (app.post.keys().clone(), clock::now(), who.actor.clone());
    let allowed = app.post.courier().allowed().to_vec();
    let (given, chosen) = (url.clone(), events.clone());
    let added = app
        .store
        .write(move |conn| desk::add(conn, &keys, &allowed, &by, (&given, &chosen), now))
        .await;
    match added {
        Ok(_) => Ok(see_other("/webhooks")),
        Err(PostError::Invalid { field, problem }) => {
            page(&app, &who, &url, &events, &[Fault { field, problem }]).await
        }
        Err(other) => Err(Problem::from(other).into()),
    }
}

async fn remove(
    who: Allowed<ManageWebhooks>,
    id: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let now = clock::now();
    app.store
        .write(move |conn| desk::remove(conn, &who, &id, now))
        .await?;
    Ok(see_other("/webhooks"))
}

async fn page(
    app: &App,
    who: &Actor,
    url: &str,
    chosen: &[String],
    faults: &[Fault],
) -> Result<HttpResponse, PageProblem> {
    let keys = app.post.keys().clone();
    let webhooks = app.store.read(move |conn| desk::list(conn, &keys)).await?;
    let typed = Typed::from([("url".to_owned(), url.to_owned())]);
    let boxes = EVENTS.into_iter().flat_map(|event| {
        let is_chosen = chosen.iter().any(|one| one == event);
        choices([(event, event)], if is_chosen { event } else { "" })
    });
    let view = View {
        webhooks,
        events: boxes.collect(),
        form: Form::new(&FIELDS, typed, faults),
    };
    let page = PageContext::staff(view.form.title("Webhooks"), who);
    render_as(view.form.status(), app, "post/webhooks", &view, &page)
}
