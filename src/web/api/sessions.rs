//! Signing in, refreshing and signing out over the API.

use actix_web::http::Method;
use actix_web::{HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::clock;
use crate::identity::sessions::{self, Refreshed, Tokens};
use crate::identity::{IdentityError, tokens};
use crate::web::App;
use crate::web::access::SignedIn;
use crate::web::input::Input;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};
use crate::web::sign_in;

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(begin, refresh, end))]
pub struct Doc;

/// The routes of sessions.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/api/v1/sessions",
            Needs::Nothing,
            web::post().to(begin),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/sessions/refresh",
            Needs::Nothing,
            web::post().to(refresh),
        ),
        Endpoint::new(
            Method::DELETE,
            "/api/v1/sessions/current",
            Needs::SignIn,
            web::delete().to(end),
        ),
    ]
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The address of the account.
    email: String,
    /// Its password.
    password: String,
}

/// A refresh token to exchange.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    /// As the last answer gave it.
    refresh_token: String,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
struct Session {
    /// Send it as `Authorization: Bearer ...`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i64,
    /// Exchange it once for the next pair, within twelve hours of signing in.
    refresh_token: String,
}

impl From<Tokens> for Session {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access,
            token_type: "Bearer",
            expires_in: tokens::LIFETIME.as_secs(),
            refresh_token: tokens.refresh,
        }
    }
}

/// Sign in.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "sessions", request_body = SignIn,
    responses(
        (status = 201, description = "Signed in.", body = Session),
        (status = 401, description = "Address and password do not belong together.", body = ProblemBody),
        (status = 429, description = "Too many failures; see `Retry-After`.", body = ProblemBody),
    )
)]
async fn begin(given: Input<SignIn>, app: web::Data<App>) -> Result<impl Responder, Problem> {
    let tokens = sign_in::sign_in(&app, &given.email, &given.password, clock::now()).await?;
    Ok(HttpResponse::Created().json(Session::from(tokens)))
}

/// Exchange a refresh token. It is good once; within sixty seconds the same answer is given again.
#[utoipa::path(
    post, path = "/api/v1/sessions/refresh", tag = "sessions", request_body = Refresh,
    responses(
        (status = 200, description = "The next pair.", body = Session),
        (status = 401, description = "The session has ended; sign in again.", body = ProblemBody),
    )
)]
async fn refresh(given: Input<Refresh>, app: web::Data<App>) -> Result<impl Responder, Problem> {
    let (keys, now) = (app.keys.clone(), clock::now());
    let token = given.into_inner().refresh_token;
    match app
        .store
        .write(move |conn| sessions::refresh(conn, &keys, &token, now))
        .await?
    {
        Refreshed::Tokens(tokens) => Ok(web::Json(Session::from(tokens))),
        Refreshed::Ended => Err(IdentityError::SessionEnded.into()),
    }
}

/// Sign out: the session and both its tokens are over at once.
#[utoipa::path(
    delete, path = "/api/v1/sessions/current", tag = "sessions", security(("bearer" = [])),
    responses(
        (status = 204, description = "Signed out."),
        (status = 401, description = "Nobody is signed in.", body = ProblemBody),
    )
)]
async fn end(SignedIn(actor): SignedIn, app: web::Data<App>) -> Result<impl Responder, Problem> {
    let now = clock::now();
    app.store
        .write(move |conn| sessions::revoke(conn, &actor, now))
        .await?;
    Ok(HttpResponse::NoContent())
}
