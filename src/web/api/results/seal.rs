//! Sealing a closed round, and correcting a sealed result.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock;
use crate::report::{SealError, Sealed};
use crate::round::RoundId;
use crate::web::App;
use crate::web::access::{Allowed, RunRounds};
use crate::web::problem::{Problem, ProblemBody};

/// Why a result is replaced. Nothing for the first seal.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SealBody {
    /// Corrections only: why, in at least ten characters. Whoever read the old figures will ask.
    #[serde(default)]
    reason: Option<String>,
}

/// What was sealed.
#[derive(Serialize, ToSchema)]
pub(super) struct SealedBody {
    /// The round.
    round: String,
    /// 1, and one more for each correction.
    revision: u32,
    /// SHA-256 of the sealed result.
    digest: String,
    /// How many figures it has.
    figures: usize,
    /// How many of them are withheld.
    withheld: usize,
}

impl From<Sealed> for SealedBody {
    fn from(sealed: Sealed) -> Self {
        Self {
            round: sealed.round.to_string(),
            revision: sealed.revision,
            digest: sealed.digest,
            figures: sealed.figures,
            withheld: sealed.withheld,
        }
    }
}

/// Seal a closed round, or correct a sealed result.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/seal", tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round.")), request_body = Option<SealBody>,
    responses(
        (status = 201, description = "Sealed.", body = SealedBody),
        (status = 404, description = "There is no such round.", body = ProblemBody),
        (status = 409, description = "The round is not closed, it is sealed and no reason is given, or it is being sealed.", body = ProblemBody),
        (status = 422, description = "The reason is too short.", body = ProblemBody),
    )
)]
pub(super) async fn seal(
    who: Allowed<RunRounds>,
    id: web::Path<String>,
    body: Option<web::Json<SealBody>>,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let round: RoundId = id
        .parse()
        .ok()
        .ok_or_else(|| Problem::not_found(format!("round `{id}`")))?;
    let reason = body.and_then(|body| body.into_inner().reason);
    let sealed = app
        .seals
        .run(&app.store, &who.actor, round, reason, clock::now())
        .await
        .map_err(seal_problem)?;
    Ok(HttpResponse::Created().json(SealedBody::from(sealed)))
}

/// What the caller is told of a seal that was not made.
fn seal_problem(error: SealError) -> Problem {
    let told = error.to_string();
    match error {
        SealError::Round(error) => error.into(),
        SealError::Store(error) => error.into(),
        SealError::NotSealed(_)
        | SealError::SealedAlready(_)
        | SealError::Changed(_)
        | SealError::UnderWay(_) => Problem::conflict(told),
        SealError::NoReason => Problem::invalid_field("/reason", told),
        SealError::Corrupt { .. } | SealError::NotCanonical(_) => Problem::internal(&told),
    }
}
