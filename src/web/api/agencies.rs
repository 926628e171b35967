//! Agencies and what happened to them.

use actix_web::http::Method;
use actix_web::{HttpRequest, Responder, web};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::agency::{self, Agency, AgencyCode, ImportError, Imported, LineageEvent};
use crate::clock;
use crate::identity::{Right, Scope};
use crate::store::{Conn, StoreError};
use crate::table::Problems;
use crate::web::App;
use crate::web::access::{Allowed, ManageAgencies, ReadResults};
use crate::web::csv::expect_csv;
use crate::web::paging::{Paging, Window};
use crate::web::problem::{Fault, Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, show, import, import_lineage))]
pub struct Doc;

const LARGEST_TABLE: usize = 16 << 20;

/// The routes of agencies.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let reads = Needs::Right(Right::ReadResults);
    let writes = Needs::Right(Right::ManageAgencies);
    vec![
        Endpoint::new(Method::GET, "/api/v1/agencies", reads, web::get().to(list)),
        Endpoint::new(Method::PUT, "/api/v1/agencies", writes, web::put().to(import))
            .accepting(LARGEST_TABLE),
        Endpoint::new(
            Method::PUT,
            "/api/v1/agencies/lineage",
            writes,
            web::put().to(import_lineage),
        )
        .accepting(LARGEST_TABLE),
        Endpoint::new(Method::GET, "/api/v1/agencies/{code}", reads, web::get().to(show)),
    ]
}

/// Some agencies.
#[derive(Serialize, ToSchema)]
struct AgencyList {
    /// By code.
    agencies: Vec<Agency>,
    /// For the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// An agency with its history.
#[derive(Serialize, ToSchema)]
struct AgencyView {
    #[serde(flatten)]
    agency: Agency,
    /// Oldest first.
    lineage: Vec<LineageEvent>,
}

/// What an import of lineage did.
#[derive(Serialize, ToSchema)]
struct LineageImported {
    /// Events in the table.
    events: usize,
}

/// List the agencies that you may see.
#[utoipa::path(
    get, path = "/api/v1/agencies", tag = "agencies", security(("bearer" = [])), params(Paging),
    responses((status = 200, description = "Agencies, by code.", body = AgencyList))
)]
async fn list(
    who: Allowed<ReadResults>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (window, scope) = (paging.window()?, who.scope());
    let page = window.clone();
    let mut agencies = app.store.read(move |conn| visible(conn, &scope, &page)).await?;
    let next_cursor = window.cut(&mut agencies, |agency| agency.code.as_str());
    Ok(web::Json(AgencyList {
        agencies,
        next_cursor,
    }))
}

fn visible(conn: &mut Conn, scope: &Scope, window: &Window) -> Result<Vec<Agency>, StoreError> {
    match scope {
        Scope::All => agency::list(conn, window.after.as_deref(), window.reach()),
        Scope::Agencies(codes) => {
            let after = window.after.as_deref().unwrap_or("");
            let behind = codes.iter().filter(|code| code.as_str() > after);
            let mut found = Vec::new();
            for code in behind {
                found.extend(agency::find(conn, code)?);
            }
            Ok(found)
        }
    }
}

/// See one agency and what happened to it.
#[utoipa::path(
    get, path = "/api/v1/agencies/{code}", tag = "agencies", security(("bearer" = [])),
    params(("code" = String, Path, description = "The agency's code.")),
    responses(
        (status = 200, description = "The agency.", body = AgencyView),
        (status = 404, description = "No such agency, or none that you may see.", body = ProblemBody),
    )
)]
async fn show(
    who: Allowed<ReadResults>,
    code: web::Path<AgencyCode>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let code = code.into_inner();
    let missing = Problem::not_found(format_args!("agency `{code}`"));
    if !who.scope().covers(&code) {
        return Err(missing);
    }
    let found = app
        .store
        .read(move |conn| {
            let agency = agency::find(conn, &code)?;
            let lineage = agency::lineage_of(conn, &code)?;
            Ok::<_, StoreError>(agency.map(|agency| AgencyView { agency, lineage }))
        })
        .await?;
    Ok(web::Json(found.ok_or(missing)?))
}

/// Take over a table of agencies.
///
/// Columns: `code`, `name`, `parent`, `cluster`. Known agencies get the new name, parent and cluster; agencies that are
/// missing from the table stay as they are. All or nothing.
#[utoipa::path(
    put, path = "/api/v1/agencies", tag = "agencies", security(("bearer" = [])),
    request_body(content = String, content_type = "text/csv", description = "Comma or semicolon, UTF-8."),
    responses(
        (status = 200, description = "Taken over.", body = Imported),
        (status = 422, description = "Every row that is wrong; `pointer` is an RFC 7111 row such as `#row=17`.", body = ProblemBody),
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
        .write(move |conn| agency::desk::import(conn, &who, &table, None, now))
        .await?;
    Ok(web::Json(done))
}

/// Take over a table of lineage.
///
/// Columns: `date`, `kind` (renamed, merged, split), `from`, `to`, `note`. The same event twice is one event. All or
/// nothing.
#[utoipa::path(
    put, path = "/api/v1/agencies/lineage", tag = "agencies", security(("bearer" = [])),
    request_body(content = String, content_type = "text/csv", description = "Comma or semicolon, UTF-8."),
    responses(
        (status = 200, description = "Taken over.", body = LineageImported),
        (status = 422, description = "Every row that is wrong.", body = ProblemBody),
    )
)]
async fn import_lineage(
    who: Allowed<ManageAgencies>,
    request: HttpRequest,
    table: web::Bytes,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    expect_csv(&request)?;
    let now = clock::now();
    let events = app
        .store
        .write(move |conn| agency::desk::import_lineage(conn, &who, &table, now))
        .await?;
    Ok(web::Json(LineageImported { events }))
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Agencies(problems) | ImportError::Lineage(problems) => problems.into(),
            ImportError::Unrecorded(error) => error.into(),
            ImportError::Store(error) => error.into(),
        }
    }
}

impl From<Problems> for Problem {
    /// The pointer of a row is a fragment as RFC 7111 defines it for CSV.
    fn from(problems: Problems) -> Self {
        let count = problems.count();
        let detail = match problems.more {
            0 => format!("the table has {count} problem(s); nothing was imported"),
            _ => format!(
                "the table has {count} problems, of which the first {} are listed; nothing was imported",
                problems.listed.len()
            ),
        };
        let faults = problems.listed.into_iter().map(|problem| {
            let pointer = problem
                .row
                .map_or_else(|| "#table".to_owned(), |row| format!("#row={row}"));
            let told = match problem.column {
                Some(column) => format!("{column}: {}", problem.problem),
                None => problem.problem,
            };
            Fault::new(pointer, told)
        });
        Self::invalid(detail, faults.collect())
    }
}
