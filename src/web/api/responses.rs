//! Single responses as a file.

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use utoipa::OpenApi;

use crate::clock;
use crate::identity::Right;
use crate::report::raw::{self, RawError};
use crate::round::{AudienceName, RoundId};
use crate::web::App;
use crate::web::access::{Allowed, RunRounds};
use crate::web::piped::piped;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(export))]
pub struct Doc;

/// The routes of single responses.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new(
        Method::GET,
        "/api/v1/rounds/{id}/audiences/{audience}/responses.csv",
        Needs::Right(Right::RunRounds),
        web::get().to(export),
    )]
}

/// Take out the single responses of an audience as CSV, one row each, sent while they are read.
///
/// Of attributed audiences only, once the round is closed; each row bears the person. Those of anonymous audiences are not given out: their
/// respondents were promised that nobody is shown a single set of answers. Recorded in the audit log before the first row is sent. Two such
/// transfers at a time.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/audiences/{audience}/responses.csv", tag = "rounds", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The round."),
        ("audience" = String, Path, description = "One of its audiences."),
    ),
    responses(
        (status = 200, description = "A heading, and a row for each response.", content_type = "text/csv", body = String),
        (status = 404, description = "No such round, or it has no such audience.", body = ProblemBody),
        (status = 409, description = "The round is not far enough, or the audience is anonymous.", body = ProblemBody),
        (status = 503, description = "Two other transfers are under way.", body = ProblemBody),
    )
)]
async fn export(
    who: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let (round, audience) = path.into_inner();
    let place = app.transfers.place()?;
    let name = format!("{round}-{audience}.csv");
    let (actor, now) = (who.actor.clone(), clock::now());
    let taken = app
        .store
        .write(move |conn| raw::take_out(conn, &actor, &round, &audience, now))
        .await?;
    let file = piped(app.store.clone(), place, move |conn, out| taken.write(conn, out));
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(file))
}

impl From<RawError> for Problem {
    fn from(error: RawError) -> Self {
        match error {
            RawError::Round(error) => error.into(),
            RawError::TooEarly { .. } | RawError::Promised { .. } => Self::conflict(error.to_string()),
            RawError::Corrupt(_) | RawError::File(_) => Self::internal(&error),
        }
    }
}
