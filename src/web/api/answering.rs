//! Answering over the API: what an invitation opens, and one response to it.
//!
//! Nobody is signed in here: the code of the invitation is the only authority.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use jiff::Timestamp;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::{OpenApi, ToSchema};

use crate::clock;
use crate::collect::{AnswerProblem, IdempotencyKey, Opened, Receipt, Shut, Submission, SubmitError, limits};
use crate::round::invitation::Code as InvitationCode;
use crate::round::{Mode, Promise, RoundId, RoundState};
use crate::survey::definition::Definition;
use crate::web::App;
use crate::web::codes::Code;
use crate::web::problem::{Fault, Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(show, respond))]
pub struct Doc;

/// The routes of answering.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let respond = web::post().to(respond);
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/invitations/{code}",
            Needs::Nothing,
            web::get().to(show),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/responses",
            Needs::Nothing,
            respond,
        )
        .accepting(limits::BODY_BYTES),
    ]
}

/// What an invitation opens.
#[derive(Serialize, ToSchema)]
struct InvitationView {
    /// The round it belongs to.
    #[schema(value_type = String)]
    round: RoundId,
    /// The round's title.
    title: String,
    /// Where the round is in its life.
    #[schema(value_type = String)]
    state: RoundState,
    /// When answers are no longer accepted, RFC 3339; absent when the round is closed by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at: Option<String>,
    /// The audience that the person belongs to.
    audience: String,
    /// `anonymous` or `attributed`.
    #[schema(value_type = String)]
    mode: Mode,
    /// Whether a response was sent with it.
    used: bool,
    /// Whether a response can be sent with it now.
    open: bool,
    /// What was promised when the round opened, as canonical JSON whose SHA-256 is `promise_digest`. Absent
    /// before the round opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    promise: Option<Promise>,
    /// SHA-256 of the promise, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    promise_digest: Option<String>,
    /// What is asked: the published definition.
    #[schema(value_type = Object)]
    survey: Definition,
}

/// See what an invitation opens: the round, its promise, and the survey to answer.
#[utoipa::path(
    get, path = "/api/v1/invitations/{code}", tag = "answering",
    params(("code" = String, Path, description = "The code of the invitation.")),
    responses(
        (status = 200, description = "The round, its promise and the survey.", body = InvitationView),
        (status = 404, description = "No invitation has this code.", body = ProblemBody),
    )
)]
async fn show(code: web::Path<String>, app: web::Data<App>) -> Result<impl Responder, Problem> {
    let (hash, now) = (InvitationCode::given(&code).hash(), clock::now());
    let opened = app.intake.open_door(&hash).await?;
    Ok(web::Json(InvitationView::of(opened, now)))
}

/// A response.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Response {
    /// The code of the invitation.
    invitation: String,
    /// Answers by item; see the guide in the documentation for the form of each kind.
    #[schema(value_type = Object)]
    answers: UniqueAnswers,
}

/// The receipt. For everybody of an audience the same, so that it tells nothing.
#[derive(Serialize, ToSchema)]
struct Stored {
    /// The round.
    #[schema(value_type = String)]
    round: RoundId,
    /// `anonymous` or `attributed`.
    #[schema(value_type = String)]
    mode: Mode,
    /// Always true: it is on the disk.
    stored: bool,
}

/// Send one response. It is stored whole or not at all, and acknowledged after it reached the disk. Sent again under the
/// same `Idempotency-Key` it is recognised and gets the same answer.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/responses", tag = "answering", request_body = Response,
    params(
        ("id" = String, Path, description = "The round."),
        ("Idempotency-Key" = String, Header, description = "Required: a fresh random text of up to 200 printable characters for each response, the same one when it is sent again."),
    ),
    responses(
        (status = 201, description = "Stored.", body = Stored),
        (status = 400, description = "The key is missing, or the body is no JSON.", body = ProblemBody),
        (status = 404, description = "No invitation of this round has this code.", body = ProblemBody),
        (status = 409, description = "The invitation was used (`invitation-used`), or the round is not open yet (`not-yet-open`).", body = ProblemBody),
        (status = 410, description = "The round is closed (`round-closed`).", body = ProblemBody),
        (status = 413, description = "More than 512 KiB.", body = ProblemBody),
        (status = 422, description = "Answers that cannot be stored, each with its pointer.", body = ProblemBody),
        (status = 503, description = "Too much is waiting; send it again with the same key.", body = ProblemBody),
    )
)]
async fn respond(
    request: HttpRequest,
    round: web::Path<String>,
    given: web::Json<Response>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let given = given.into_inner();
    let round: RoundId = round
        .parse()
        .ok()
        .ok_or_else(|| Problem::from(SubmitError::from(Shut::Unknown)))?;
    let submission = Submission {
        code_hash: InvitationCode::given(&given.invitation).hash().to_vec(),
        key: idempotency_key(&request)?,
        answers: given.answers.0,
    };
    let receiving = app.intake.receive_within(Some(round), submission, clock::now());
    let Receipt { round, mode, .. } = receiving.await?;
    let stored = Stored {
        round,
        mode,
        stored: true,
    };
    Ok(HttpResponse::Created().json(stored))
}

fn idempotency_key(request: &HttpRequest) -> Result<IdempotencyKey, Problem> {
    let key = request
        .headers()
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok());
    let key = key.ok_or_else(|| {
        Problem::malformed(
            "send an `Idempotency-Key` header: a fresh random text, the same when you send again",
        )
    })?;
    IdempotencyKey::parse(key).map_err(|bad| Problem::malformed(bad.to_string()))
}

impl InvitationView {
    fn of(opened: Opened, now: Timestamp) -> Self {
        let Opened { door, promise, form } = opened;
        Self {
            open: door.may_answer(now).is_ok(),
            round: door.round,
            title: door.title,
            state: door.state,
            closes_at: door.closes_at.map(|at| at.to_string()),
            audience: door.audience.to_string(),
            mode: door.mode,
            used: door.used,
            promise_digest: promise.as_ref().map(|frozen| frozen.digest.clone()),
            promise: promise.map(|frozen| frozen.promise),
            survey: form.definition().clone(),
        }
    }
}

/// An object in which no key stands twice: of two answers to one item the last would win unseen.
#[derive(Debug)]
struct UniqueAnswers(Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueAnswers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Answers;
        impl<'de> Visitor<'de> for Answers {
            type Value = UniqueAnswers;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object with the answers by item")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<UniqueAnswers, A::Error> {
                let mut answers = Map::new();
                while let Some((item, answer)) = entries.next_entry::<String, Value>()? {
                    if answers.insert(item, answer).is_some() {
                        return Err(de::Error::custom(
                            "an item stands twice in `answers`: send it once",
                        ));
                    }
                }
                Ok(UniqueAnswers(answers))
            }
        }
        deserializer.deserialize_map(Answers)
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let told = error.to_string();
        match error {
            SubmitError::Shut(Shut::Unknown) => Self::new(Code::NotFound, told),
            SubmitError::Shut(Shut::NotYetOpen { .. }) => Self::new(Code::NotYetOpen, told),
            SubmitError::Shut(Shut::Closed) => Self::new(Code::RoundClosed, told),
            SubmitError::Shut(Shut::Used) => Self::new(Code::InvitationUsed, told),
            SubmitError::Invalid(problems) => Self::invalid(told, problems.into_iter().map(fault).collect()),
            SubmitError::Contended => Self::busy(),
            SubmitError::Store(error) => error.into(),
        }
    }
}

fn fault(problem: AnswerProblem) -> Fault {
    Fault {
        detail: format!("{}; {}", problem.problem, problem.remedy),
        pointer: problem.pointer,
        code: Some(problem.code.as_str()),
    }
}
