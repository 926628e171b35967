//! Webhooks: other systems that are told when something happened. Messages follow Standard Webhooks.

use actix_web::http::Method;
use actix_web::{HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::clock;
use crate::identity::Right;
use crate::post::webhook::desk::{self, Webhook};
use crate::web::App;
use crate::web::access::{Allowed, ManageWebhooks};
use crate::web::input::Input;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, add, remove))]
pub struct Doc;

/// The routes of webhooks.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let needs = Needs::Right(Right::ManageWebhooks);
    vec![
        Endpoint::new(Method::GET, "/api/v1/webhooks", needs, web::get().to(list)),
        Endpoint::new(Method::POST, "/api/v1/webhooks", needs, web::post().to(add)),
        Endpoint::new(
            Method::DELETE,
            "/api/v1/webhooks/{id}",
            needs,
            web::delete().to(remove),
        ),
    ]
}

/// Every webhook.
#[derive(Serialize, ToSchema)]
struct WebhookList {
    /// Oldest first.
    webhooks: Vec<Webhook>,
}

/// A webhook to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// Where events are sent: `https`, to a public address or a network that the operator has named.
    url: String,
    /// `round.opened`, `round.closed`, `round.published`, `follow_up.created`.
    events: Vec<String>,
}

/// List the webhooks with their keys and newest deliveries.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks", security(("bearer" = [])),
    responses((status = 200, description = "Webhooks, oldest first.", body = WebhookList))
)]
async fn list(_: Allowed<ManageWebhooks>, app: web::Data<App>) -> Result<impl Responder, Problem> {
    let keys = app.post.keys().clone();
    let webhooks = app.store.read(move |conn| desk::list(conn, &keys)).await?;
    Ok(web::Json(WebhookList { webhooks }))
}

/// Add a webhook. It is told of what happens from now on.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "webhooks", security(("bearer" = [])), request_body = NewWebhook,
    responses(
        (status = 201, description = "Added; `secret` is the key that signs.", body = Webhook),
        (status = 422, description = "The address or an event is wrong.", body = ProblemBody),
    )
)]
async fn add(
    who: Allowed<ManageWebhooks>,
    Input(new): Input<NewWebhook>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (keys, now) = (app.post.keys().clone(), clock::now());
    let allowed = app.post.courier().allowed().to_vec();
    let added = app
        .store
        .write(move |conn| desk::add(conn, &keys, &allowed, &who, (&new.url, &new.events), now))
        .await?;
    Ok(HttpResponse::Created().json(added))
}

/// Remove a webhook with what waits for it.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", security(("bearer" = [])),
    params(("id" = String, Path, description = "The webhook's id.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 404, description = "No such webhook.", body = ProblemBody),
    )
)]
async fn remove(
    who: Allowed<ManageWebhooks>,
    id: web::Path<String>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    app.store
        .write(move |conn| desk::remove(conn, &who, &id, now))
        .await?;
    Ok(HttpResponse::NoContent())
}
