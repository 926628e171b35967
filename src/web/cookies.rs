//! The two cookies of people who sign in. Respondents never get one.
//!
//! `SameSite=Lax`, not `Strict`: a link to a result in a mail must not land on the sign-in page although one is signed
//! in. What `Strict` would add is done by the cross-site check of [`security`](super::security) on every request
//! that changes something. Both are `HttpOnly`, and `Secure` when people reach this server by https.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, body::MessageBody};
use jiff::Timestamp;

use super::App;
use crate::identity::sessions::Tokens;
use crate::identity::tokens;

/// Names a session for fifteen minutes.
pub const ACCESS: &str = "rapport_access";

/// Is exchanged for the next pair.
pub const REFRESH: &str = "rapport_refresh";

/// Cookies that an extractor or handler wants to go out with the response to this request.
#[derive(Debug)]
pub struct Outgoing(Vec<Cookie<'static>>);

impl Outgoing {
    /// Hands out the cookies of a session.
    pub fn hand_out(request: &HttpRequest, app: &App, tokens: &Tokens, now: Timestamp) {
        let secure = app.public_url.is_https();
        let left = tokens.expires_at.duration_since(now).as_secs().max(0);
        let access = tokens::LIFETIME.as_secs().min(left);
        request.extensions_mut().insert(Self(vec![
            cookie(ACCESS, tokens.access.clone(), access, secure),
            cookie(REFRESH, tokens.refresh.clone(), left, secure),
        ]));
    }

    /// Takes both cookies away.
    pub fn forget(request: &HttpRequest) {
        request.extensions_mut().insert(Self(vec![
            cookie(ACCESS, String::new(), 0, false),
            cookie(REFRESH, String::new(), 0, false),
        ]));
    }
}

fn cookie(name: &'static str, value: String, seconds: i64, secure: bool) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(Duration::seconds(seconds))
        .finish()
}

/// Puts [`Outgoing`] cookies on the response, whatever it became.
///
/// # Errors
/// Those of the service inside.
pub async fn attach<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let outgoing = response.request().extensions_mut().remove::<Outgoing>();
    for cookie in outgoing.into_iter().flat_map(|Outgoing(cookies)| cookies) {
        if let Ok(value) = HeaderValue::from_str(&cookie.encoded().to_string()) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}
