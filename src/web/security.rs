//! What protects browsers and the process: response headers, the cross-site check, limits on bodies.
//!
//! # Limits
//!
//! | what | limit |
//! | --- | --- |
//! | a body | [`BODY_LIMIT`] unless the route says more (`Endpoint::accepting`) |
//! | the time a body may take to arrive | [`BODY_TIME`] |
//! | the head of a request | 5 seconds, 131 072 bytes (actix) |
//! | an idle connection | 75 seconds |
//! | connections at a time | 10 000 |
//!
//! # Headers
//!
//! The content policy allows this server's own styles, images and scripts and nothing inline. `Referrer-Policy` is
//! `no-referrer` where people answer and on the API. On staff pages it is `same-origin`: other sites learn
//! nothing either, and a browser still sends `Origin` with a form, which is what the cross-site check of
//! browsers without `Sec-Fetch-Site` stands on (under `no-referrer` they send `Origin: null`).

use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::{JsonPayloadError, PathError, PayloadError, QueryPayloadError, UrlencodedError};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError, web};
use futures_util::StreamExt;
use futures_util::stream;

use super::codes::Code;
use super::problem::{PageProblem, Problem};
use super::{App, answering};

/// The largest body accepted where a route does not say otherwise, in bytes.
pub const BODY_LIMIT: usize = 256 * 1024;

/// How long a whole body may take to arrive.
pub const BODY_TIME: Duration = Duration::from_secs(60);

const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
    script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'none'";

/// The same for the one page that may stand inside a page of this server: a draft as respondents see it, beside the editor.
const FRAMED_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
    script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Puts the security headers on every response. `Cache-Control` is `no-store` unless the handler said otherwise.
///
/// # Errors
/// Those of the service inside.
pub async fn headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let referrer = referrer_policy(request.path());
    let is_framed = request.path().starts_with("/try/");
    let https = request
        .app_data::<web::Data<App>>()
        .is_some_and(|app| app.public_url.is_https());
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_framed {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(FRAMED_POLICY),
        );
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(referrer));
    if https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

fn referrer_policy(path: &str) -> &'static str {
    if answering::is_page(path) || path.starts_with("/api/v1/") || path == "/invitation" {
        "no-referrer"
    } else {
        "same-origin"
    }
}

/// Refuses a request that would change something on a page and did not come from a page of this server.
///
/// The API is not concerned: it looks at no cookie. Neither are the pages of respondents, see [`answering`].
///
/// # Errors
/// Those of the service inside.
pub async fn same_site<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let exempt = request.method().is_safe()
        || request.path().starts_with("/api/v1/")
        || answering::is_page(request.path());
    if exempt || comes_from_here(&request) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let refusal = PageProblem(Problem::new(
        Code::CrossSite,
        "open the page on this server and send the form from there",
    ));
    Ok(request.error_response(refusal).map_into_right_body())
}

fn comes_from_here(request: &ServiceRequest) -> bool {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or("?"))
    };
    match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => request
            .app_data::<web::Data<App>>()
            .is_some_and(|app| app.public_url.is_origin(origin, header("host"))),
        (None, None) => false,
    }
}

/// Lets a `HEAD` be answered wherever a `GET` is: the handler runs as for `GET`, the connection leaves out the body.
///
/// # Errors
/// Those of the service inside.
pub async fn head_is_get<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

/// Ends a body that takes longer than [`BODY_TIME`] to arrive, however slowly it trickles.
///
/// # Errors
/// Those of the service inside.
pub async fn timely_body<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if has_body(request.headers()) {
        let deadline = tokio::time::Instant::now() + BODY_TIME;
        let body = stream::unfold(request.take_payload(), move |mut body| async move {
            let chunk = match tokio::time::timeout_at(deadline, body.next()).await {
                Ok(chunk) => chunk?,
                Err(_late) => Err(PayloadError::Io(std::io::ErrorKind::TimedOut.into())),
            };
            Some((chunk, body))
        });
        request.set_payload(Payload::Stream {
            // Readers of forms with files ask once more after the end.
            payload: Box::pin(body.fuse()),
        });
    }
    next.call(request).await
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING)
}

/// The settings by which actix's own extractors refuse in our words.
pub fn extractors(config: &mut web::ServiceConfig) {
    config
        .app_data(json_limit(BODY_LIMIT))
        .app_data(web::PayloadConfig::new(BODY_LIMIT))
        .app_data(form_limit(BODY_LIMIT))
        .app_data(web::PathConfig::default().error_handler(|error, _| of_path(&error).into()))
        .app_data(web::QueryConfig::default().error_handler(|error, _| of_query(&error).into()));
}

/// JSON bodies of up to so many bytes.
#[must_use]
pub fn json_limit(bytes: usize) -> web::JsonConfig {
    web::JsonConfig::default()
        .limit(bytes)
        .error_handler(move |error, _| of_json(&error, bytes).into())
}

/// Forms of up to so many bytes.
#[must_use]
pub fn form_limit(bytes: usize) -> web::FormConfig {
    web::FormConfig::default()
        .limit(bytes)
        .error_handler(move |error, _| PageProblem(of_form(&error, bytes)).into())
}

fn of_json(error: &JsonPayloadError, limit: usize) -> Problem {
    match error {
        JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => too_large(limit),
        JsonPayloadError::ContentType => Problem::new(
            Code::UnsupportedMedia,
            "send the body as JSON with `Content-Type: application/json`",
        ),
        JsonPayloadError::Deserialize(error) if error.is_data() => {
            Problem::invalid_field("", error.to_string())
        }
        JsonPayloadError::Deserialize(error) => Problem::malformed(format!("the body is not JSON: {error}")),
        JsonPayloadError::Payload(error) => of_payload(error),
        other => Problem::malformed(other.to_string()),
    }
}

/// A body that could not be read.
#[must_use]
pub fn of_payload(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => Problem::too_large("the body is larger than this address accepts"),
        PayloadError::Io(io) if io.kind() == std::io::ErrorKind::TimedOut => Problem::new(
            Code::Timeout,
            format!("the body did not arrive within {} seconds", BODY_TIME.as_secs()),
        ),
        other => Problem::malformed(format!("the body cannot be read: {other}")),
    }
}

fn of_form(error: &UrlencodedError, limit: usize) -> Problem {
    match error {
        UrlencodedError::Overflow { .. } => too_large(limit),
        UrlencodedError::ContentType => Problem::new(
            Code::UnsupportedMedia,
            "send the form as `application/x-www-form-urlencoded`",
        ),
        UrlencodedError::Payload(error) => of_payload(error),
        other if other.status_code() == StatusCode::PAYLOAD_TOO_LARGE => too_large(limit),
        other => Problem::malformed(format!("the form cannot be read: {other}")),
    }
}

/// A name in the path that cannot be one belongs to nothing.
fn of_path(error: &PathError) -> Problem {
    Problem::new(
        Code::NotFound,
        format!("there is nothing at this address: {error}"),
    )
}

fn of_query(error: &QueryPayloadError) -> Problem {
    Problem::invalid_field("#query", format!("the query cannot be read: {error}"))
}

fn too_large(limit: usize) -> Problem {
    Problem::too_large(format!("send at most {limit} bytes"))
}
