//! `/api/v1/openapi.json`: OpenAPI 3.1, assembled from the handler modules.
//!
//! To document a handler: write `#[utoipa::path(...)]` above it with its full path, name it in the `paths(...)` of the
//! module's `Doc`, and add that `Doc` to [`document`].

use actix_web::http::Method;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, Responder, web};
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

use super::{
    agencies, answering, commitments, field, follow_ups, mail, meetings, results, rounds, service_levels,
    sessions, surveys, users, webhooks,
};
use crate::web::problem::ProblemBody;
use crate::web::routes::{Endpoint, Needs};

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
        mail::Doc::openapi(),
        follow_ups::Doc::openapi(),
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
    whole
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
