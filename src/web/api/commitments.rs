//! Commitments: "you said, we do", and what became of them.

use actix_web::http::{Method, header};
use actix_web::{HttpResponse, Responder, web};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::clock;
use crate::follow::FollowError;
use crate::follow::commitment::{self, Commitment, Draft};
use crate::follow::judge::{self, Judgement};
use crate::identity::Right;
use crate::web::App;
use crate::web::access::{Allowed, FollowUp, ReadResults};
use crate::web::input::Input;
use crate::web::paging::Paging;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, make, show, change))]
pub struct Doc;

/// The routes of commitments.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let read = Needs::Right(Right::ReadResults);
    let follow = Needs::Right(Right::FollowUp);
    let one = "/api/v1/commitments/{id}";
    vec![
        Endpoint::new(Method::GET, "/api/v1/commitments", read, web::get().to(list)),
        Endpoint::new(Method::POST, "/api/v1/commitments", follow, web::post().to(make)),
        Endpoint::new(Method::GET, one, read, web::get().to(show)),
        Endpoint::new(Method::PUT, one, follow, web::put().to(change)),
    ]
}

/// Some commitments.
#[derive(Serialize, ToSchema)]
struct CommitmentList {
    /// By the day they are due.
    commitments: Vec<Commitment>,
    /// For the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A commitment with what became of it.
#[derive(Serialize, ToSchema)]
struct CommitmentView {
    /// It.
    #[serde(flatten)]
    commitment: Commitment,
    /// What the next published result says about exactly its items.
    judgement: Judgement,
}

/// List the commitments made to all and to the agencies that you may see.
#[utoipa::path(
    get, path = "/api/v1/commitments", tag = "commitments", security(("bearer" = [])), params(Paging),
    responses((status = 200, description = "By the day they are due.", body = CommitmentList))
)]
async fn list(
    who: Allowed<ReadResults>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (window, now) = (paging.window()?, clock::now());
    let page = window.clone();
    let found = app
        .store
        .read(move |conn| commitment::list(conn, &who.scope(), page.after.as_deref(), page.reach(), now))
        .await?;
    let mut keyed: Vec<_> = found.into_iter().map(|one| (one.key(), one)).collect();
    let next_cursor = window.cut(&mut keyed, |(key, _)| key);
    Ok(web::Json(CommitmentList {
        commitments: keyed.into_iter().map(|(_, one)| one).collect(),
        next_cursor,
    }))
}

/// Make a commitment.
#[utoipa::path(
    post, path = "/api/v1/commitments", tag = "commitments", security(("bearer" = [])), request_body = Draft,
    responses(
        (status = 201, description = "Made.", body = Commitment),
        (status = 422, description = "Every field that is wrong.", body = ProblemBody),
    )
)]
async fn make(
    who: Allowed<FollowUp>,
    Input(draft): Input<Draft>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let made = app
        .store
        .write(move |conn| commitment::make(conn, &who, &draft, now))
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/commitments/{}", made.id)))
        .json(made))
}

/// See a commitment, and what the next published result says about exactly its items.
#[utoipa::path(
    get, path = "/api/v1/commitments/{id}", tag = "commitments", security(("bearer" = [])),
    params(("id" = String, Path, description = "The commitment's id.")),
    responses(
        (status = 200, description = "The commitment.", body = CommitmentView),
        (status = 404, description = "No such commitment, or none that you may see.", body = ProblemBody),
    )
)]
async fn show(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let view = app
        .store
        .read(move |conn| {
            let commitment = commitment::find(conn, &who.scope(), &id, now)?;
            let judgement = judge::judge(conn, &commitment, &who.scope())?;
            Ok::<_, FollowError>(CommitmentView {
                commitment,
                judgement,
            })
        })
        .await?;
    Ok(web::Json(view))
}

/// Change a commitment: what is not given becomes empty.
#[utoipa::path(
    put, path = "/api/v1/commitments/{id}", tag = "commitments", security(("bearer" = [])),
    params(("id" = String, Path, description = "The commitment's id.")), request_body = Draft,
    responses(
        (status = 200, description = "As it is now.", body = Commitment),
        (status = 404, description = "No such commitment of your agencies.", body = ProblemBody),
        (status = 422, description = "Every field that is wrong.", body = ProblemBody),
    )
)]
async fn change(
    who: Allowed<FollowUp>,
    id: web::Path<String>,
    Input(draft): Input<Draft>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let changed = app
        .store
        .write(move |conn| commitment::change(conn, &who, &id, &draft, now))
        .await?;
    Ok(web::Json(changed))
}
