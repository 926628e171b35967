//! `/api/v1/openapi.json`: OpenAPI 3.1, assembled from the handler modules.
//!
//! To document a handler: write `#[utoipa::path(...)]` above it with its full path, name it in the `paths(...)` of the
//! module's `Doc`, and add that `Doc` to [`document`]. What is refused before any handler sees a request (nobody signed in, a body
//! that cannot be read) is added here from the table of routes, and every refusal gets the media type of problems.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, Responder, web};
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::{
    agencies, answering, comments, commitments, field, follow_ups, mail, meetings, responses, results,
    rounds, service_levels, sessions, surveys, users, webhooks,
};
use crate::web::codes::Code;
use crate::web::problem::{MEDIA_TYPE, ProblemBody};
use crate::web::routes::{Endpoint, Needs, table};

/// What stands above all modules.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Rapport",
        description = "Surveys that tell a central IT office, agency by agency, whether trust and collaboration \
            grow. Errors are RFC 9457 problems with a stable `code`; times are RFC 3339 in UTC; lists page by \
            `limit` and an opaque `cursor`."
    ),
    paths(show),
    components(schemas(ProblemBody, crate::web::problem::Fault))
)]
struct Doc;

/// The route of the document.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new(
        Method::GET,
        "/api/v1/openapi.json",
        Needs::Nothing,
        web::get().to(show),
    )]
}

/// The whole document. A new handler module adds its line here.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let mut whole = Doc::openapi();
    for part in [
        answering::Doc::openapi(),
        sessions::Doc::openapi(),
        users::Doc::openapi(),
        surveys::Doc::openapi(),
        agencies::Doc::openapi(),
        rounds::Doc::openapi(),
        results::Doc::openapi(),
        field::Doc::openapi(),
        responses::Doc::openapi(),
        mail::Doc::openapi(),
        follow_ups::Doc::openapi(),
        comments::Doc::openapi(),
        commitments::Doc::openapi(),
        meetings::Doc::openapi(),
        service_levels::Doc::openapi(),
        webhooks::Doc::openapi(),
    ] {
        whole.merge(part);
    }
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = whole.components.get_or_insert_default();
    components.add_security_scheme("bearer", bearer);
    for endpoint in table() {
        let item = whole.paths.paths.get_mut(endpoint.pattern);
        if let Some(operation) = item.and_then(|item| operation_of(item, &endpoint.method)) {
            add_refusals(operation, endpoint.needs);
        }
    }
    whole
}

fn operation_of<'p>(item: &'p mut PathItem, method: &Method) -> Option<&'p mut Operation> {
    match method.as_str() {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PUT" => item.put.as_mut(),
        "PATCH" => item.patch.as_mut(),
        "DELETE" => item.delete.as_mut(),
        _ => None,
    }
}

/// Adds what is refused before the handler is asked, and gives every refusal the form of a problem.
fn add_refusals(operation: &mut Operation, needs: Needs) {
    for status in refusals(operation, needs) {
        let known = &mut operation.responses.responses;
        let refusal = || RefOr::T(Response::new(Code::of_status(status).title()));
        known.entry(status.as_str().to_owned()).or_insert_with(refusal);
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
        {
            let schema = Ref::from_schema_name("Problem");
            let told = ContentBuilder::new().schema(Some(schema)).build();
            *response = ResponseBuilder::new()
                .description(response.description.clone())
                .content(MEDIA_TYPE, told)
                .build();
        }
    }
}

/// What any route with such needs, parameters and body may answer.
fn refusals(operation: &Operation, needs: Needs) -> Vec<StatusCode> {
    let mut refusals = vec![
        StatusCode::BAD_REQUEST,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    match needs {
        Needs::Nothing => {}
        Needs::SignIn => refusals.push(StatusCode::UNAUTHORIZED),
        Needs::Right(_) => refusals.extend([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]),
    }
    let is_in = |place: ParameterIn| {
        let mut all = operation.parameters.iter().flatten();
        all.any(|one| matches!(one, RefOr::T(one) if one.parameter_in == place))
    };
    if is_in(ParameterIn::Path) {
        refusals.push(StatusCode::NOT_FOUND);
    }
    if is_in(ParameterIn::Path) || is_in(ParameterIn::Query) {
        refusals.push(StatusCode::UNPROCESSABLE_ENTITY);
    }
    if operation.request_body.is_some() {
        refusals.extend([
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            StatusCode::UNPROCESSABLE_ENTITY,
        ]);
    }
    refusals
}

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "operations",
    responses((status = 200, description = "OpenAPI 3.1."))
)]
async fn show() -> impl Responder {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .json(document())
}
