//! The two cookies of people who sign in, and one for the language in which somebody chose to read results.
//! Respondents never get one.
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

/// The language in which somebody chose to read results.
pub const LANGUAGE: &str = "rapport_language";

/// How long the choice of a language is kept, in seconds: a year.
const LANGUAGE_SECONDS: i64 = 31_536_000;

/// Cookies that an extractor or handler wants to go out with the response to this request.
#[derive(Debug)]
pub struct Outgoing(Vec<Cookie<'static>>);

impl Outgoing {
    /// Hands out the cookies of a session.
    pub fn hand_out(request: &HttpRequest, app: &App, tokens: &Tokens, now: Timestamp) {
        let secure = app.public_url.is_https();
        let left = tokens.expires_at.duration_since(now).as_secs().max(0);
        let access = tokens::LIFETIME.as_secs().min(left);
        Self::add(
            request,
            [
                cookie(ACCESS, tokens.access.clone(), access, secure),
                cookie(REFRESH, tokens.refresh.clone(), left, secure),
            ],
        );
    }

    /// Takes both cookies away.
    pub fn forget(request: &HttpRequest) {
        Self::add(
            request,
            [
                cookie(ACCESS, String::new(), 0, false),
                cookie(REFRESH, String::new(), 0, false),
            ],
        );
    }

    /// Keeps the language that somebody chose.
    pub fn remember_language(request: &HttpRequest, app: &App, tag: &str) {
        let secure = app.public_url.is_https();
        Self::add(
            request,
            [cookie(LANGUAGE, tag.to_owned(), LANGUAGE_SECONDS, secure)],
        );
    }

    /// A later cookie of the same name replaces an earlier one.
    fn add(request: &HttpRequest, cookies: impl IntoIterator<Item = Cookie<'static>>) {
        let mut extensions = request.extensions_mut();
        let mut all = extensions
            .remove::<Self>()
            .map_or_else(Vec::new, |Self(known)| known);
        for cookie in cookies {
            all.retain(|known| known.name() != cookie.name());
            all.push(cookie);
        }
        extensions.insert(Self(all));
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
