//! Answering over the API: what an invitation opens, and one response to it.
//!
//! Nobody is signed in here: the code of the invitation, or the credential claimed with it, is the only authority.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use jiff::Timestamp;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::{OpenApi, ToSchema};

use crate::clock;
use crate::collect::{
    AnswerProblem, Claim, Credential, IdempotencyKey, Opened, Receipt, Shut, Spending, Submission,
    SubmitError, limits,
};
use crate::round::invitation::Code as InvitationCode;
use crate::round::manifest::{ManifestUnit, hex};
use crate::round::{Mode, Promise, RoundId, RoundState};
use crate::survey::definition::Definition;
use crate::web::App;
use crate::web::codes::Code;
use crate::web::problem::{Fault, Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(show, claim, respond))]
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
            "/api/v1/invitations/{code}/claim",
            Needs::Nothing,
            web::post().to(claim),
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
    /// The unit of the manifest whose key signs a credential for this person. Absent where there is none: then a
    /// response is sent with the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<ManifestUnit>,
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

/// What a credential is claimed with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClaimBody {
    /// The key of the person's unit in the manifest, in hex.
    key_id: String,
    /// The blinded message of RFC 9474, in hex; as long as the key.
    blinded_message: String,
}

/// A blind signature.
#[derive(Serialize, ToSchema)]
struct ClaimView {
    /// The key that signed, in hex.
    key_id: String,
    /// The blind signature of RFC 9474, in hex.
    blind_signature: String,
}

/// Claim the credential of an invitation to an anonymous audience: a blind signature (RFC 9474,
/// RSABSSA-SHA384-PSS-Randomized) over something that the server cannot read. The same blinded message again gets the
/// same signature; another one is refused. Take the key from the round's manifest and check the manifest's digest first.
#[utoipa::path(
    post, path = "/api/v1/invitations/{code}/claim", tag = "answering", request_body = ClaimBody,
    params(("code" = String, Path, description = "The code of the invitation.")),
    responses(
        (status = 200, description = "The blind signature.", body = ClaimView),
        (status = 404, description = "No invitation has this code.", body = ProblemBody),
        (status = 409, description = "Another blinded message was signed (`claimed-already`), a response was sent with the code (`invitation-used`), there are no credentials for this invitation (`no-credentials`), or the round is not open yet (`not-yet-open`).", body = ProblemBody),
        (status = 410, description = "The round is closed (`round-closed`).", body = ProblemBody),
        (status = 422, description = "A field that is no such thing.", body = ProblemBody),
        (status = 503, description = "Too much is waiting, or the signing keys cannot be read; send the same again.", body = ProblemBody),
    )
)]
async fn claim(
    code: web::Path<String>,
    given: web::Json<ClaimBody>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let claim = Claim {
        code_hash: InvitationCode::given(&code).hash().to_vec(),
        key_id: bytes("/key_id", &given.key_id, Some(32))?,
        blinded: bytes("/blinded_message", &given.blinded_message, None)?,
    };
    let claimed = app.intake.claim(claim, clock::now()).await?;
    Ok(web::Json(ClaimView {
        key_id: hex(&claimed.key_id),
        blind_signature: hex(&claimed.signature),
    }))
}

/// A credential, as it is spent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CredentialBody {
    /// The key that signed it, in hex.
    key_id: String,
    /// What is spent: 32 bytes in hex.
    token: String,
    /// The 32 random bytes before the token in the signed message, in hex.
    prefix: String,
    /// The unblinded signature, in hex.
    signature: String,
}

/// A response, with the code of an invitation or with a credential.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Response {
    /// The code of the invitation.
    #[serde(default)]
    invitation: Option<String>,
    /// A credential that was claimed with one. Send no cookies, no referrer and no code with it.
    #[serde(default)]
    credential: Option<CredentialBody>,
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
        (status = 403, description = "The credential is not signed by a key of this round (`credential-not-valid`).", body = ProblemBody),
        (status = 404, description = "No invitation of this round has this code.", body = ProblemBody),
        (status = 409, description = "The invitation was used (`invitation-used`), the credential was (`credential-spent`), or the round is not open yet (`not-yet-open`).", body = ProblemBody),
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
    let (key, answers, now) = (idempotency_key(&request)?, given.answers.0, clock::now());
    let receipt = match (given.invitation, given.credential) {
        (Some(code), None) => {
            let submission = Submission {
                code_hash: InvitationCode::given(&code).hash().to_vec(),
                key,
                answers,
            };
            app.intake.receive_within(Some(round), submission, now).await?
        }
        (None, Some(credential)) => {
            let spending = Spending {
                round,
                credential: credential.try_into()?,
                key,
                answers,
            };
            app.intake.spend(spending, now).await?
        }
        _ => {
            let told = "send either `invitation` or `credential`, and never both: together they would say who answered";
            return Err(Problem::invalid_field("/credential", told));
        }
    };
    let Receipt { round, mode, .. } = receipt;
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

impl TryFrom<CredentialBody> for Credential {
    type Error = Problem;

    fn try_from(body: CredentialBody) -> Result<Self, Problem> {
        let fixed = |field: &str, text: &str| -> Result<[u8; 32], Problem> {
            let bytes = bytes(field, text, Some(32))?;
            bytes
                .try_into()
                .ok()
                .ok_or_else(|| Problem::invalid_field(field, "must be 32 bytes"))
        };
        Ok(Self {
            key_id: fixed("/credential/key_id", &body.key_id)?,
            token: fixed("/credential/token", &body.token)?,
            prefix: fixed("/credential/prefix", &body.prefix)?,
            signature: bytes("/credential/signature", &body.signature, None)?,
        })
    }
}

/// Bytes in hex, exactly so many where that is known.
fn bytes(field: &str, text: &str, length: Option<usize>) -> Result<Vec<u8>, Problem> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
        .collect();
    let bytes = digits
        .filter(|digits| digits.len().is_multiple_of(2) && digits.len() <= LONGEST_HEX)
        .map(|digits| {
            let pairs = digits.chunks_exact(2);
            pairs
                .map(|pair| pair.iter().fold(0, |sum, digit| sum * 16 + digit))
                .collect::<Vec<u8>>()
        });
    bytes
        .filter(|bytes| length.is_none_or(|length| bytes.len() == length))
        .ok_or_else(|| {
            let wanted = length.map_or_else(|| "bytes".to_owned(), |length| format!("{length} bytes"));
            Problem::invalid_field(field, format!("write {wanted} as hexadecimal digits"))
        })
}

/// No key is larger than 8192 bits.
const LONGEST_HEX: usize = 2048;

impl InvitationView {
    fn of(opened: Opened, now: Timestamp) -> Self {
        let Opened {
            door,
            promise,
            unit,
            form,
        } = opened;
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
            unit,
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
            SubmitError::NoCredentials => Self::new(Code::NoCredentials, told),
            SubmitError::OtherKey => Self::invalid_field("/key_id", told),
            SubmitError::NotBlinded => Self::invalid_field("/blinded_message", told),
            SubmitError::ClaimedAlready => Self::new(Code::ClaimedAlready, told),
            SubmitError::Forged => Self::new(Code::CredentialForged, told),
            SubmitError::Spent => Self::new(Code::CredentialSpent, told),
            SubmitError::Keyless => Self::new(Code::Unavailable, told),
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
