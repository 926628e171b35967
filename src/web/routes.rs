//! The one table of routes and rights.
//!
//! The server is built from this table and from nothing else: a route that is not in it does not exist, and what a row
//! needs is asked before its handler sees the request. The handler's own signature takes the right as well
//! ([`access`]), so a handler has no actor without it. A test walks the table with every role over HTTP.

use std::collections::BTreeMap;

use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, header};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpRequest, HttpResponse, Route, web};

use super::codes::Code;
use super::problem::Problem;
use super::{access, api, pages, security, statics};
use crate::identity::Right;

/// What somebody needs to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: everybody passes.
    Nothing,
    /// To be signed in, with whatever role.
    SignIn,
    /// A role that carries this right.
    Right(Right),
}

/// A method on a path, what it needs, and who handles it.
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// The path, with actix's `{name}` for variable parts.
    pub pattern: &'static str,
    /// What it needs.
    pub needs: Needs,
    body_limit: Option<usize>,
    route: Route,
}

impl Endpoint {
    /// A row of the table.
    #[must_use]
    pub fn new(method: Method, pattern: &'static str, needs: Needs, route: Route) -> Self {
        let route = route.method(method.clone()).wrap(from_fn(
            move |request: ServiceRequest, next: Next<BoxBody>| access::guard(needs, request, next),
        ));
        Self {
            method,
            pattern,
            needs,
            body_limit: None,
            route,
        }
    }

    /// Accepts bodies of up to so many bytes on this path, where [`security::BODY_LIMIT`] is not enough.
    #[must_use]
    pub fn accepting(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} needs {}", self.method, self.pattern, self.needs)
    }
}

impl std::fmt::Display for Needs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::SignIn => f.write_str("sign-in"),
            Self::Right(right) => write!(f, "{right:?}"),
        }
    }
}

/// Every route of this server. A new handler module adds its line here.
#[must_use]
pub fn table() -> Vec<Endpoint> {
    let modules = [
        api::operations::endpoints(),
        api::openapi::endpoints(),
        api::sessions::endpoints(),
        api::users::endpoints(),
        api::results::endpoints(),
        api::surveys::endpoints(),
        api::agencies::endpoints(),
        api::rounds::endpoints(),
        api::answering::endpoints(),
        api::field::endpoints(),
        api::responses::endpoints(),
        api::mail::endpoints(),
        api::follow_ups::endpoints(),
        api::comments::endpoints(),
        api::commitments::endpoints(),
        api::meetings::endpoints(),
        api::service_levels::endpoints(),
        api::webhooks::endpoints(),
        statics::endpoints(),
        pages::landing::endpoints(),
        pages::sign_in::endpoints(),
        pages::api_docs::endpoints(),
        pages::results::endpoints(),
        pages::answer::endpoints(),
        pages::surveys::endpoints(),
        pages::rounds::endpoints(),
        pages::directory::endpoints(),
        pages::mail::endpoints(),
        pages::trial::endpoints(),
        pages::stops::endpoints(),
        pages::follow::endpoints(),
        pages::webhooks::endpoints(),
    ];
    modules.into_iter().flatten().collect()
}

/// Puts the whole table into the server.
pub fn configure(config: &mut web::ServiceConfig) {
    let mut by_pattern: BTreeMap<&'static str, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in table() {
        by_pattern.entry(endpoint.pattern).or_default().push(endpoint);
    }
    // Fixed segments before variable ones, so that `/rounds/new` is never taken for a round called "new".
    let mut patterns: Vec<_> = by_pattern.into_iter().collect();
    patterns.sort_by_key(|(pattern, _)| pattern.replace('{', "\u{10ffff}"));
    for (pattern, endpoints) in patterns {
        config.service(resource(pattern, endpoints));
    }
    config.default_service(web::to(nothing_here));
}

fn resource(pattern: &'static str, endpoints: Vec<Endpoint>) -> actix_web::Resource {
    let limit = endpoints.iter().filter_map(|endpoint| endpoint.body_limit).max();
    let allowed = endpoints
        .iter()
        .map(|endpoint| endpoint.method.as_str())
        .chain(
            endpoints
                .iter()
                .any(|endpoint| endpoint.method == Method::GET)
                .then_some("HEAD"),
        )
        .collect::<Vec<_>>()
        .join(", ");
    let mut resource = web::resource(pattern);
    if let Some(bytes) = limit {
        resource = resource
            .app_data(security::json_limit(bytes))
            .app_data(web::PayloadConfig::new(bytes))
            .app_data(security::form_limit(bytes));
    }
    for endpoint in endpoints {
        resource = resource.route(endpoint.route);
    }
    resource.default_service(web::to(move || wrong_method(allowed.clone())))
}

async fn nothing_here(request: HttpRequest) -> HttpResponse {
    HttpResponse::from_error(Problem::new(
        Code::NotFound,
        if request.path().starts_with("/api/") {
            "there is no such address; GET /api/v1/openapi.json lists all"
        } else {
            "there is no page at this address"
        },
    ))
}

async fn wrong_method(allowed: String) -> HttpResponse {
    let problem = Problem::new(Code::MethodNotAllowed, format!("this address takes {allowed}"));
    HttpResponse::from_error(problem.with_header(header::ALLOW, &allowed))
}
