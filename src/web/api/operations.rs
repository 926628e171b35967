//! `/healthz` and `/readyz`: for balancers and operators. They say nothing that must be kept from anybody.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::web::App;
use crate::web::routes::{Endpoint, Needs};

/// The routes of operations.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/healthz", Needs::Nothing, web::get().to(health)),
        Endpoint::new(Method::GET, "/readyz", Needs::Nothing, web::get().to(ready)),
    ]
}

#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// `ok` or `unavailable`.
    database: &'static str,
    /// Migrations that this binary would apply.
    pending_migrations: Vec<String>,
}

/// The process answers.
async fn health() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

/// The database answers, reads and writes, and its schema is the one this binary knows.
async fn ready(app: web::Data<App>) -> HttpResponse {
    let pending = app.store.pending_migrations().await;
    let writes = app.store.write(|_| Ok::<_, crate::store::StoreError>(())).await;
    let readiness = match (pending, writes) {
        (Ok(pending_migrations), Ok(())) => Readiness {
            ready: pending_migrations.is_empty(),
            database: "ok",
            pending_migrations,
        },
        (pending, writes) => {
            let cause = pending.err().or(writes.err()).map(|error| error.to_string());
            tracing::error!(cause = cause.as_deref().unwrap_or(""), "not ready");
            Readiness {
                ready: false,
                database: "unavailable",
                pending_migrations: Vec::new(),
            }
        }
    };
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    HttpResponse::build(status).json(readiness)
}
