//! Invitations and reminders by mail, and letters to print.

use actix_web::http::Method;
use actix_web::{HttpResponse, Responder, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::clock;
use crate::identity::Right;
use crate::post::mailing::{self, Kind, Mailing, Order};
use crate::post::{PostError, paper, stops};
use crate::round::{AudienceName, RoundId};
use crate::web::App;
use crate::web::access::{Allowed, ReadRounds, RunRounds};
use crate::web::codes::Code;
use crate::web::input::Input;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, order, take_back, letters, test, bounced))]
pub struct Doc;

/// The routes of mail.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let read = Needs::Right(Right::ReadRounds);
    let run = Needs::Right(Right::RunRounds);
    let mailings = "/api/v1/rounds/{id}/mailings";
    let one = "/api/v1/rounds/{id}/mailings/{mailing}";
    let letters_path = "/api/v1/rounds/{id}/audiences/{audience}/letters";
    vec![
        Endpoint::new(Method::GET, mailings, read, web::get().to(list)),
        Endpoint::new(Method::POST, mailings, run, web::post().to(order)),
        Endpoint::new(Method::DELETE, one, run, web::delete().to(take_back)),
        Endpoint::new(Method::POST, letters_path, run, web::post().to(letters)),
        Endpoint::new(Method::POST, "/api/v1/mail/test", run, web::post().to(test)),
        Endpoint::new(Method::POST, "/api/v1/mail/bounces", run, web::post().to(bounced)),
    ]
}

/// The mailings of a round.
#[derive(Serialize, ToSchema)]
struct MailingList {
    /// By audience and step.
    mailings: Vec<Mailing>,
}

/// What is ordered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderBody {
    /// To which audience.
    #[schema(value_type = String)]
    audience: AudienceName,
    /// What for.
    kind: Kind,
    /// When, RFC 3339; as soon as the round is open unless given.
    #[serde(default)]
    send_at: Option<String>,
}

/// An address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddressBody {
    /// Such as `ann@agency.gov`.
    address: String,
}

/// Which letters.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LettersBody {
    /// Only to people without a mail address.
    #[serde(default)]
    without_address: bool,
}

/// A letter to print.
#[derive(Serialize, ToSchema)]
struct LetterView {
    /// The agency's code.
    agency: String,
    /// Whom it is for.
    name: String,
    /// The subject.
    subject: String,
    /// What it says, as plain text, with the link.
    text: String,
}

/// Letters, shown this once.
#[derive(Serialize, ToSchema)]
struct LetterList {
    /// By agency and name.
    letters: Vec<LetterView>,
}

/// See how far the mailings of a round are.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/mailings", tag = "mail", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "By audience and step.", body = MailingList),
        (status = 404, description = "No such round.", body = ProblemBody),
    )
)]
async fn list(
    _: Allowed<ReadRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let mailings = app.store.read(move |conn| mailing::list(conn, &id)).await?;
    Ok(web::Json(MailingList { mailings }))
}

/// Order an invitation or a reminder.
///
/// An invitation goes once to everybody of an audience who has an address and has not answered. A reminder goes to those
/// who still have not answered and did not ask for no more.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/mailings", tag = "mail", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")), request_body = OrderBody,
    responses(
        (status = 201, description = "Ordered.", body = Mailing),
        (status = 404, description = "No such round or audience.", body = ProblemBody),
        (status = 409, description = "The state does not allow it, or it was ordered before.", body = ProblemBody),
        (status = 422, description = "The time does not fit the round.", body = ProblemBody),
    )
)]
async fn order(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    Input(body): Input<OrderBody>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    if !app.post.sends_mail() {
        return Err(PostError::NoServer.into());
    }
    let (now, round) = (clock::now(), id.into_inner());
    let read = |text: &str| {
        let told =
            "write the time as 2026-09-01T06:00:00Z, or leave it out to send as soon as the round is open";
        let read: Option<Timestamp> = text.parse().ok();
        read.ok_or_else(|| Problem::invalid_field("/send_at", told))
    };
    let order = Order {
        round,
        audience: body.audience,
        kind: body.kind,
        send_at: body.send_at.as_deref().map(read).transpose()?,
    };
    let made = app
        .store
        .write(move |conn| mailing::order(conn, &who, &order, now))
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// Take a planned mailing back.
#[utoipa::path(
    delete, path = "/api/v1/rounds/{id}/mailings/{mailing}", tag = "mail", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The round's id."),
        ("mailing" = String, Path, description = "The mailing's id, such as `staff.1`."),
    ),
    responses(
        (status = 204, description = "It will not be sent."),
        (status = 404, description = "No such mailing.", body = ProblemBody),
        (status = 409, description = "It is on its way already.", body = ProblemBody),
    )
)]
async fn take_back(
    who: Allowed<RunRounds>,
    path: web::Path<(RoundId, String)>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let ((round, mailing), now) = (path.into_inner(), clock::now());
    app.store
        .write(move |conn| mailing::take_back(conn, &who, &round, &mailing, now))
        .await?;
    Ok(HttpResponse::NoContent())
}

/// Draw new links and get letters to print.
///
/// The links of before stop working. Letters to an anonymous audience are made before its round opens.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/audiences/{audience}/letters", tag = "mail", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The round's id."),
        ("audience" = String, Path, description = "The audience's name."),
    ),
    request_body = LettersBody,
    responses(
        (status = 200, description = "The letters, shown this once.", body = LetterList),
        (status = 404, description = "No such round or audience.", body = ProblemBody),
        (status = 409, description = "The state does not allow it.", body = ProblemBody),
    )
)]
async fn letters(
    who: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    Input(body): Input<LettersBody>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let ((round, audience), now) = (path.into_inner(), clock::now());
    let (texts, base) = (app.texts.clone(), app.public_url.as_str().to_owned());
    let wanted = paper::Wanted {
        round,
        audience,
        without_address: body.without_address,
    };
    let papers = app
        .store
        .write(move |conn| paper::letters(conn, &texts, &who, &wanted, &base, now))
        .await?;
    let letters = papers.into_iter().map(|paper| LetterView {
        agency: paper.agency,
        name: paper.name,
        text: paper.letter.text(),
        subject: paper.letter.subject,
    });
    Ok(web::Json(LetterList {
        letters: letters.collect(),
    }))
}

/// Send a mail that shows that mail arrives.
#[utoipa::path(
    post, path = "/api/v1/mail/test", tag = "mail", security(("bearer" = [])), request_body = AddressBody,
    responses(
        (status = 204, description = "The mail server took it."),
        (status = 409, description = "No mail server is configured, or it did not take the mail.", body = ProblemBody),
        (status = 422, description = "That is no address.", body = ProblemBody),
    )
)]
async fn test(
    who: Allowed<RunRounds>,
    Input(body): Input<AddressBody>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    app.post.test(&who, &body.address).await?;
    Ok(HttpResponse::NoContent())
}

/// Tell that mail to an address came back: no reminder goes there.
#[utoipa::path(
    post, path = "/api/v1/mail/bounces", tag = "mail", security(("bearer" = [])), request_body = AddressBody,
    responses(
        (status = 204, description = "Noted."),
        (status = 422, description = "That is no address.", body = ProblemBody),
    )
)]
async fn bounced(
    who: Allowed<RunRounds>,
    Input(body): Input<AddressBody>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    app.store
        .write(move |conn| stops::bounced(conn, &who, &body.address, now))
        .await?;
    Ok(HttpResponse::NoContent())
}

impl From<PostError> for Problem {
    fn from(error: PostError) -> Self {
        let told = error.to_string();
        match error {
            PostError::Store(error) => error.into(),
            PostError::Round(error) => error.into(),
            PostError::Follow(error) => error.into(),
            PostError::Unrecorded(error) => error.into(),
            PostError::NoMailing(_) | PostError::NoWebhook(_) => Self::new(Code::NotFound, told),
            PostError::SendAt { problem } => Self::invalid_field("/send_at", problem),
            PostError::Invalid { field, problem } => Self::invalid_field(format!("/{field}"), problem),
            PostError::NoServer
            | PostError::Server(_)
            | PostError::NotTaken(_)
            | PostError::WrongState { .. }
            | PostError::InvitedAlready(_)
            | PostError::UnderWay(_)
            | PostError::NoAddresses(_)
            | PostError::NotPlanned(_) => Self::conflict(told),
            PostError::NoText(_) | PostError::Unmade(_) => Self::internal(&told),
        }
    }
}
