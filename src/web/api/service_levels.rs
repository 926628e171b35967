//! Service levels: what was delivered to agencies.

use actix_web::http::Method;
use actix_web::{HttpRequest, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::agency::AgencyCode;
use crate::clock;
use crate::follow::service_level::{self, Imported, ServiceLevel};
use crate::identity::Right;
use crate::table::Limits;
use crate::web::App;
use crate::web::access::{Allowed, ManageAgencies, ReadResults};
use crate::web::csv::expect_csv;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, import))]
pub struct Doc;

/// The routes of service levels.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let path = "/api/v1/service-levels";
    vec![
        Endpoint::new(
            Method::GET,
            path,
            Needs::Right(Right::ReadResults),
            web::get().to(list),
        ),
        Endpoint::new(
            Method::PUT,
            path,
            Needs::Right(Right::ManageAgencies),
            web::put().to(import),
        )
        .accepting(Limits::default().bytes),
    ]
}

/// Which service levels are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Of this agency.
    #[param(value_type = Option<String>)]
    agency: Option<AgencyCode>,
}

/// Some service levels.
#[derive(Serialize, ToSchema)]
struct ServiceLevelList {
    /// By agency, the last period first; at most 5000.
    service_levels: Vec<ServiceLevel>,
}

/// List the service levels of the agencies that you may see.
#[utoipa::path(
    get, path = "/api/v1/service-levels", tag = "service levels", security(("bearer" = [])), params(Asked),
    responses((status = 200, description = "By agency, the last period first.", body = ServiceLevelList))
)]
async fn list(
    who: Allowed<ReadResults>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let agency = asked.into_inner().agency;
    let service_levels = app
        .store
        .read(move |conn| service_level::list(conn, &who.scope(), agency.as_ref()))
        .await?;
    Ok(web::Json(ServiceLevelList { service_levels }))
}

/// Take over a table of service levels, all or nothing.
///
/// Columns: `agency`, `period` (2026, 2026-Q3 or 2026-07), `service`, `measure`, `target`, `actual`, and if there are any
/// `unit` and `better` (`more` or `less`). The same agency, period, service and measure is replaced.
#[utoipa::path(
    put, path = "/api/v1/service-levels", tag = "service levels", security(("bearer" = [])),
    request_body(content = String, content_type = "text/csv", description = "Comma or semicolon, UTF-8."),
    responses(
        (status = 200, description = "Taken over.", body = Imported),
        (status = 422, description = "Every row that is wrong.", body = ProblemBody),
    )
)]
async fn import(
    who: Allowed<ManageAgencies>,
    request: HttpRequest,
    table: web::Bytes,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    expect_csv(&request)?;
    let now = clock::now();
    let done = app
        .store
        .write(move |conn| service_level::import(conn, &who, &table, now))
        .await?;
    Ok(web::Json(done))
}
