//! Who speaks, and whether they may. The right stands in the handler's signature:
//!
//! ```text
//! async fn open(who: Allowed<RunRounds>, id: web::Path<RoundId>, app: web::Data<App>) -> ...
//! ```
//!
//! The API takes a bearer token and looks at no cookie; pages take the cookie and look at no header. So a
//! browser never lends somebody's session to a request on the API, and the cross-site check is needed on pages only.
//! Session, user and roles are read from the database at each request: ending a session works at once.
//!
//! The table of [`routes`](super::routes) asks first, by [`guard`], so that nobody without the right has as much as a
//! body read; the signature asks again, from what the guard found.

use std::marker::PhantomData;

use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use futures_util::future::{FutureExt, LocalBoxFuture};

use super::App;
use super::cookies::{self, Outgoing};
use super::problem::{PageProblem, Problem};
use super::routes::Needs;
use crate::clock;
use crate::identity::sessions::{self, Refreshed};
use crate::identity::{Actor, IdentityError, Right};

/// A right as a type, so that it can stand in a signature.
pub trait Wanted: 'static {
    /// The right.
    const RIGHT: Right;
}

macro_rules! wanted {
    ($($name:ident)*) => {
        $(
            #[doc = concat!("Wants [`Right::", stringify!($name), "`].")]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Wanted for $name {
                const RIGHT: Right = Right::$name;
            }
        )*
    };
}

wanted! { ManageUsers ManageAgencies ReadSurveys DesignSurveys ApproveSurveys ReadRounds RunRounds ReadResults FollowUp ReleaseComments ManageWebhooks }

/// Somebody who is signed in and has the right `R`. Dereferences to the [`Actor`].
#[derive(Debug, Clone)]
pub struct Allowed<R: Wanted> {
    /// Who speaks.
    pub actor: Actor,
    right: PhantomData<R>,
}

impl<R: Wanted> std::ops::Deref for Allowed<R> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

/// Somebody who is signed in, with whatever role.
#[derive(Debug, Clone)]
pub struct SignedIn(
    /// Who speaks.
    pub Actor,
);

/// Anybody; says who it is when they are signed in. For public pages that greet people.
#[derive(Debug, Clone)]
pub struct Visitor(
    /// Who speaks, if anybody is signed in.
    pub Option<Actor>,
);

impl<R: Wanted> FromRequest for Allowed<R> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let actor = required(&request).await?;
            if actor.may(R::RIGHT) {
                Ok(Self {
                    actor,
                    right: PhantomData,
                })
            } else {
                Err(told(&request, Problem::forbidden()))
            }
        }
        .boxed_local()
    }
}

impl FromRequest for SignedIn {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move { required(&request).await.map(Self) }.boxed_local()
    }
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let speaker = speaker(&request).await;
            speaker.map(Self).map_err(|problem| told(&request, problem))
        }
        .boxed_local()
    }
}

/// Lets a request pass to its handler only with what its row in the table needs. After somebody who is signed in changed
/// something, no page that was made before is shown again ([`recent`](super::recent)).
///
/// # Errors
/// Those of the handler's service, which has none.
pub async fn guard(
    needs: Needs,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<EitherBody<BoxBody>>, Error> {
    let changes = needs != Needs::Nothing && !request.method().is_safe();
    match check(needs, request.request()).await {
        Ok(()) => {
            let response = next.call(request).await?;
            if changes && let Some(app) = response.request().app_data::<web::Data<App>>() {
                app.recent.forget();
            }
            Ok(response.map_into_left_body())
        }
        Err(refusal) => Ok(request.error_response(refusal).map_into_right_body()),
    }
}

async fn check(needs: Needs, request: &HttpRequest) -> Result<(), Error> {
    let right = match needs {
        Needs::Nothing => return Ok(()),
        Needs::SignIn => None,
        Needs::Right(right) => Some(right),
    };
    let actor = required(request).await?;
    if right.is_none_or(|right| actor.may(right)) {
        Ok(())
    } else {
        Err(told(request, Problem::forbidden()))
    }
}

/// Not an error of ours but the way to the sign-in page.
#[derive(Debug)]
struct ToSignIn {
    next: String,
}

impl std::fmt::Display for ToSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sign in first")
    }
}

impl ResponseError for ToSignIn {
    fn error_response(&self) -> HttpResponse {
        let query = query_pair("next", &self.next);
        let mut response = HttpResponse::SeeOther().finish();
        if let Ok(place) = HeaderValue::from_str(&format!("/sign-in?{query}")) {
            response.headers_mut().insert(header::LOCATION, place);
        }
        response
    }

    fn status_code(&self) -> actix_web::http::StatusCode {
        actix_web::http::StatusCode::SEE_OTHER
    }
}

fn is_api(request: &HttpRequest) -> bool {
    request.path().starts_with("/api/")
}

fn told(request: &HttpRequest, problem: Problem) -> Error {
    if is_api(request) {
        problem.into()
    } else {
        PageProblem(problem).into()
    }
}

async fn required(request: &HttpRequest) -> Result<Actor, Error> {
    let found = speaker(request).await.map_err(|problem| told(request, problem))?;
    found.ok_or_else(|| {
        if is_api(request) {
            Problem::sign_in_required().into()
        } else {
            ToSignIn {
                next: next_place(request),
            }
            .into()
        }
    })
}

/// Where to go after signing in: here again if this was a look at a page, else to the start.
fn next_place(request: &HttpRequest) -> String {
    let looked = request.method().is_safe();
    match request.uri().path_and_query() {
        Some(place) if looked => place.as_str().to_owned(),
        _ => "/".to_owned(),
    }
}

/// Asks once per request, however many extractors want to know.
async fn speaker(request: &HttpRequest) -> Result<Option<Actor>, Problem> {
    if let Some(Visitor(known)) = request.extensions().get::<Visitor>() {
        return Ok(known.clone());
    }
    let Some(app) = request.app_data::<web::Data<App>>() else {
        return Err(Problem::internal(&"the application's state is missing"));
    };
    let found = if is_api(request) {
        by_bearer(app, request).await?
    } else {
        by_cookie(app, request).await?
    };
    request.extensions_mut().insert(Visitor(found.clone()));
    Ok(found)
}

async fn by_bearer(app: &App, request: &HttpRequest) -> Result<Option<Actor>, Problem> {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    match token {
        Some(token) => by_access_token(app, token).await,
        None => Ok(None),
    }
}

async fn by_access_token(app: &App, token: &str) -> Result<Option<Actor>, Problem> {
    let now = clock::now();
    match app.keys.read(token, now) {
        None => Ok(None),
        Some(claims) => by_session(app, claims.sid).await,
    }
}

async fn by_session(app: &App, session: String) -> Result<Option<Actor>, Problem> {
    let now = clock::now();
    Ok(app
        .store
        .read(move |conn| sessions::speaker(conn, &session, now))
        .await?)
}

/// By the access cookie; when that is expired, by the refresh cookie, whose successor goes out with the response.
async fn by_cookie(app: &App, request: &HttpRequest) -> Result<Option<Actor>, Problem> {
    if let Some(access) = request.cookie(cookies::ACCESS)
        && let Some(actor) = by_access_token(app, access.value()).await?
    {
        return Ok(Some(actor));
    }
    let Some(refresh) = request.cookie(cookies::REFRESH) else {
        return Ok(None);
    };
    let (keys, now) = (app.keys.clone(), clock::now());
    let refreshed = app
        .store
        .write(move |conn| sessions::refresh(conn, &keys, refresh.value(), now))
        .await
        .map_err(|error: IdentityError| Problem::from(error))?;
    match refreshed {
        Refreshed::Ended => {
            Outgoing::forget(request);
            Ok(None)
        }
        Refreshed::Tokens(tokens) => {
            Outgoing::hand_out(request, app, &tokens, now);
            by_session(app, tokens.session).await
        }
    }
}

/// `name=value` with everything escaped that has a meaning in a query.
fn query_pair(name: &str, value: &str) -> String {
    let mut text = format!("{name}=");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
