//! Meetings with agencies.

use actix_web::http::Method;
use actix_web::{HttpResponse, Responder, web};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::clock;
use crate::follow::meeting::{self, Draft, Meeting};
use crate::identity::Right;
use crate::web::App;
use crate::web::access::{Allowed, FollowUp};
use crate::web::input::Input;
use crate::web::paging::Paging;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, add))]
pub struct Doc;

/// The routes of meetings.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let follow = Needs::Right(Right::FollowUp);
    vec![
        Endpoint::new(Method::GET, "/api/v1/meetings", follow, web::get().to(list)),
        Endpoint::new(Method::POST, "/api/v1/meetings", follow, web::post().to(add)),
    ]
}

/// Some meetings.
#[derive(Serialize, ToSchema)]
struct MeetingList {
    /// The last first.
    meetings: Vec<Meeting>,
    /// For the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// List the meetings with the agencies that you look after.
#[utoipa::path(
    get, path = "/api/v1/meetings", tag = "meetings", security(("bearer" = [])), params(Paging),
    responses((status = 200, description = "The last first.", body = MeetingList))
)]
async fn list(
    who: Allowed<FollowUp>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let window = paging.window()?;
    let page = window.clone();
    let found = app
        .store
        .read(move |conn| meeting::list(conn, &who, page.after.as_deref(), page.reach()))
        .await?;
    let mut keyed: Vec<_> = found.into_iter().map(|one| (one.key(), one)).collect();
    let next_cursor = window.cut(&mut keyed, |(key, _)| key);
    Ok(web::Json(MeetingList {
        meetings: keyed.into_iter().map(|(_, one)| one).collect(),
        next_cursor,
    }))
}

/// Write a meeting down.
#[utoipa::path(
    post, path = "/api/v1/meetings", tag = "meetings", security(("bearer" = [])), request_body = Draft,
    responses(
        (status = 201, description = "Written down.", body = Meeting),
        (status = 422, description = "Every field that is wrong.", body = ProblemBody),
    )
)]
async fn add(
    who: Allowed<FollowUp>,
    Input(draft): Input<Draft>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let added = app
        .store
        .write(move |conn| meeting::add(conn, &who, &draft, now))
        .await?;
    Ok(HttpResponse::Created().json(added))
}
