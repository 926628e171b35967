//! Every refusal and every failure that leaves this server: RFC 9457, as JSON or as a page.
//!
//! **The error policy.** Query functions return `StoreError`. Use cases return their room's error, which names the
//! field, the problem and the remedy. Handlers return [`Problem`] (API) or [`PageProblem`] (pages); the `From`
//! between a room's error and [`Problem`] stands beside the room's handlers. What the client did is told in full. What
//! failed on our side is told as a constant text with an id; the details are in the log under that id and nowhere else.
//!
//! [`present`] is the last word: whatever a handler, an extractor or actix itself refuses becomes a problem of the
//! form the client asked for.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError, web};
use serde::Serialize;

use super::codes::Code;
use super::pages::problem as problem_page;
use super::{App, answering};
use crate::identity::{IdentityError, random_id};
use crate::store::StoreError;

/// The media type of RFC 9457.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// How long clients are asked to wait when the queue is full or the database away, in seconds.
const RETRY_SECONDS: u32 = 5;

/// One fault of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// Where in the body: a JSON pointer, or `#name` of a query or path parameter.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub detail: String,
    /// What is wrong, for programs; on answers, which have stable codes of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

impl Fault {
    /// A fault at a JSON pointer such as `/answers/q1`.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
            code: None,
        }
    }
}

/// A refusal or failure. Its JSON is the body of every error response of the API.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: String,
    faults: Vec<Fault>,
    instance: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The JSON of a [`Problem`].
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// Where the code is explained: `/api/docs#problem-...`.
    #[serde(rename = "type")]
    kind: String,
    /// The class of problem, in words.
    title: &'static str,
    /// The status of the response.
    status: u16,
    /// This case, in words, with the remedy.
    detail: &'a str,
    /// Stable; see the table in `/api/docs`.
    code: &'static str,
    /// The faults of the input, one by one.
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
    /// For failures on our side: the id under which the log has the details.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
}

impl Problem {
    /// A problem of that code with a text for this case.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            faults: Vec::new(),
            instance: None,
            headers: Vec::new(),
        }
    }

    /// 400: it cannot be read at all.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Code::Malformed, detail)
    }

    /// 422: it can be read, and this is wrong with it.
    #[must_use]
    pub fn invalid(detail: impl Into<String>, faults: Vec<Fault>) -> Self {
        Self {
            faults,
            ..Self::new(Code::Invalid, detail)
        }
    }

    /// 422 with a single fault.
    #[must_use]
    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::invalid(detail.clone(), vec![Fault::new(pointer, detail)])
    }

    /// 401: nobody is signed in. Says how to.
    #[must_use]
    pub fn sign_in_required() -> Self {
        let how = "send `Authorization: Bearer TOKEN`; POST /api/v1/sessions gives one";
        Self::new(Code::SignInRequired, how).with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"rapport\"")
    }

    /// 403: signed in, but without the right.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(
            Code::Forbidden,
            "your roles do not include this; an administrator can give you another role",
        )
    }

    /// 404: no such thing. Used, too, for things that this person may not know of.
    #[must_use]
    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("there is no {what}"))
    }

    /// 409: the state does not allow it.
    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Code::Conflict, detail)
    }

    /// The same, with what it is about, one by one.
    #[must_use]
    pub fn with_faults(self, faults: Vec<Fault>) -> Self {
        Self { faults, ..self }
    }

    /// 410: it was, and is over.
    #[must_use]
    pub fn gone(detail: impl Into<String>) -> Self {
        Self::new(Code::Gone, detail)
    }

    /// 413: more than is accepted here.
    #[must_use]
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(Code::TooLarge, detail)
    }

    /// 429: come back in so many seconds.
    #[must_use]
    pub fn too_many(detail: impl Into<String>, retry_after: u32) -> Self {
        Self::new(Code::TooManyRequests, detail).retry_after(retry_after)
    }

    /// 500: a constant text and an id; the cause goes to the log only.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        let id = random_id().unwrap_or_else(|_| "unknown".to_owned());
        tracing::error!(error_id = %id, %cause, "a request failed");
        let mut problem = Self::new(
            Code::Internal,
            "this was recorded; if it happens again, tell the operator the id",
        );
        problem.instance = Some(format!("urn:rapport:error:{id}"));
        problem
    }

    /// 503: the queue of writes is full.
    #[must_use]
    pub fn busy() -> Self {
        Self::new(Code::Busy, "nothing was stored; send the same request again").retry_after(RETRY_SECONDS)
    }

    /// 503: the database cannot be reached. The cause goes to the log.
    #[must_use]
    pub fn unavailable(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "the service is not available");
        Self::new(
            Code::Unavailable,
            "the database cannot be reached; send the same request again, it counts once",
        )
        .retry_after(RETRY_SECONDS)
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    fn retry_after(self, seconds: u32) -> Self {
        self.with_header(header::RETRY_AFTER, &seconds.to_string())
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// This case, in words.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The faults of the input.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The id under which the log has the details, for failures on our side.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    fn body(&self) -> ProblemBody<'_> {
        ProblemBody {
            kind: format!("/api/docs#problem-{}", self.code.text()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            code: self.code.text(),
            errors: &self.faults,
            instance: self.instance.as_deref(),
        }
    }

    /// Puts the headers that belong to this problem (such as `Retry-After`) on a response made by hand.
    pub fn apply_headers(&self, response: &mut HttpResponse) {
        for (name, value) in &self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.text(), self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let text = serde_json::to_string(&self.body()).unwrap_or_default();
        let mut response = HttpResponse::build(self.status_code())
            .content_type(MEDIA_TYPE)
            .body(text);
        self.apply_headers(&mut response);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::busy(),
            StoreError::Unavailable(cause) => Self::unavailable(&cause),
            other => Self::internal(&other),
        }
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        let told = error.to_string();
        match error {
            IdentityError::Store(error) => error.into(),
            IdentityError::Invalid { field, .. } => Self::invalid_field(format!("/{field}"), told),
            IdentityError::NoSuchAgency(_) => Self::invalid_field("/roles", told),
            IdentityError::EmailTaken(_) | IdentityError::LastAdmin(_) => Self::conflict(told),
            IdentityError::NoSuchUser(_) => Self::new(Code::NotFound, told),
            IdentityError::SessionEnded => Self::new(Code::SessionEnded, told),
            IdentityError::Hashing(_) | IdentityError::Signing(_) | IdentityError::Randomness(_) => {
                Self::internal(&told)
            }
        }
    }
}

/// A [`Problem`] on a page: [`present`] renders it as HTML of the same status. `?` converts anything that converts
/// into a [`Problem`].
#[derive(Debug)]
pub struct PageProblem(pub Problem);

impl<E: Into<Problem>> From<E> for PageProblem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl std::fmt::Display for PageProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for PageProblem {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        self.0.error_response()
    }
}

/// Gives every error response its final form: JSON for `/api/` and the probes, a page for everything else.
///
/// # Errors
/// Those of the service inside, which the handlers' own services never return.
pub async fn present(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return Ok(response);
    }
    let Some(problem) = problem_of(&response) else {
        return Ok(response);
    };
    let finished = if wants_json(response.request()) {
        problem.error_response()
    } else {
        as_page(&problem, response.request())
    };
    Ok(response.into_response(finished))
}

/// The problem behind an error response; `None` when the handler already wrote a page of its own (a form with
/// its faults, say).
fn problem_of<B>(response: &ServiceResponse<B>) -> Option<Problem> {
    let error = response.response().error();
    if let Some(problem) = error.and_then(|error| error.as_error::<Problem>()) {
        return Some(problem.clone());
    }
    if let Some(PageProblem(problem)) = error.and_then(|error| error.as_error::<PageProblem>()) {
        return Some(problem.clone());
    }
    let written = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    if written && error.is_none() {
        return None;
    }
    Some(from_foreign(response.status(), error))
}

/// What actix refused by itself. Its words are told only where they speak of the request.
fn from_foreign(status: StatusCode, error: Option<&Error>) -> Problem {
    let code = Code::of_status(status);
    match error {
        Some(error) if status.is_server_error() => Problem::internal(error),
        Some(error) => Problem::new(code, error.to_string()),
        None => Problem::new(code, "check the address and the method"),
    }
}

/// Whether an error at this path is told as JSON.
#[must_use]
pub fn wants_json(request: &HttpRequest) -> bool {
    let path = request.path();
    path.starts_with("/api/v1/") || matches!(path, "/healthz" | "/readyz" | "/metrics")
}

fn as_page(problem: &Problem, request: &HttpRequest) -> HttpResponse {
    let Some(app) = request.app_data::<web::Data<App>>() else {
        return problem.error_response();
    };
    match problem_page::render(app, problem, request, answering::is_page(request.path())) {
        Ok(html) => {
            let mut response = HttpResponse::build(problem.status_code())
                .content_type("text/html; charset=utf-8")
                .body(html);
            problem.apply_headers(&mut response);
            response
        }
        Err(broken) => broken.error_response(),
    }
}
