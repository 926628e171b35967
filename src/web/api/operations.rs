//! `/healthz`, `/readyz` and `/metrics`: for balancers and operators. The first two say nothing that must be kept from
//! anybody; who may see the third is said in [`metrics`](crate::web::metrics).

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use crate::store::StoreError;
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::routes::{Endpoint, Needs};

/// The routes of operations.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/healthz", Needs::Nothing, web::get().to(health)),
        Endpoint::new(Method::GET, "/readyz", Needs::Nothing, web::get().to(ready)),
        Endpoint::new(Method::GET, "/metrics", Needs::Nothing, web::get().to(metrics)),
    ]
}

/// How long the database may take to answer `/readyz`. A balancer that waits longer gives up anyway.
const PATIENCE: Duration = Duration::from_secs(4);

/// From this share of the queue on, in percent, a balancer should send people elsewhere.
const CROWDED: usize = 90;

#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// `ok` or `unavailable`.
    database: &'static str,
    /// `ok` or `full`.
    queue: &'static str,
    /// Migrations that this binary would apply.
    pending_migrations: Vec<String>,
}

/// The process answers.
async fn health() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

/// The database answers, reads and writes; its schema is the one this binary knows; there is room in the queue.
async fn ready(app: web::Data<App>) -> HttpResponse {
    let pulse = app.store.pulse();
    let crowded = pulse.waiting * 100 >= pulse.may_wait * CROWDED;
    let (database, pending_migrations) = match asked(&app).await {
        Ok(pending) => ("ok", pending),
        Err(cause) => {
            tracing::error!(%cause, "not ready");
            ("unavailable", Vec::new())
        }
    };
    let readiness = Readiness {
        ready: database == "ok" && !crowded && pending_migrations.is_empty(),
        database,
        queue: if crowded { "full" } else { "ok" },
        pending_migrations,
    };
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    HttpResponse::build(status).json(readiness)
}

/// Asks the database for what is pending, on a reading connection, and for a commit, on the writer.
async fn asked(app: &App) -> Result<Vec<String>, StoreError> {
    let both = async {
        let pending = app.store.pending_migrations().await?;
        app.store.write(|_| Ok::<_, StoreError>(())).await?;
        Ok(pending)
    };
    let late = |_| StoreError::Unavailable(format!("no answer within {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, both).await.map_err(late)?
}

/// What operators watch. To everybody else there is no such address.
async fn metrics(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if !app.metrics.may_see(&request) {
        return Err(Problem::not_found(
            "such address for you; see `metrics_token` in docs/operations.md",
        ));
    }
    let text = app.metrics.text(&app.store.pulse());
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text))
}
