//! Rounds in the field: how they go, and how they will end.

use actix_web::http::Method;
use actix_web::{Responder, web};
use utoipa::OpenApi;

use crate::clock;
use crate::field::{self, Board};
use crate::identity::Right;
use crate::round::RoundId;
use crate::web::App;
use crate::web::access::{Allowed, ReadRounds};
use crate::web::problem::{Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(show))]
pub struct Doc;

/// The routes of rounds in the field.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new(
        Method::GET,
        "/api/v1/rounds/{id}/field",
        Needs::Right(Right::ReadRounds),
        web::get().to(show),
    )]
}

/// See how a round goes, how it will end, and what to do about it.
///
/// Counts are floored as in `/progress`, and everything else is computed from the floored counts: the expected response rate
/// with the range in which nine rounds in ten end, and the units that will stay below the threshold unless people are reminded.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/field", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "By audience and reporting unit; what needs somebody most comes first.", body = Board),
        (status = 404, description = "No such round.", body = ProblemBody),
    )
)]
async fn show(
    _: Allowed<ReadRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let board = app.store.read(move |conn| field::board(conn, &id, now)).await?;
    Ok(web::Json(board))
}
