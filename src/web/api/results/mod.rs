//! Sealed and published results: read within a scope, as files, and the sealing itself.
//!
//! What the API gives is what the pages show: the same protected figures through the same door
//! ([`read`](mod@crate::report::read)). A withheld figure has its key and `"status": "withheld"`, and nothing else.
//!
//! | file | calls |
//! | --- | --- |
//! | `figures` | the figures of a round as JSON |
//! | `files` | the same as CSV, JSON and XLSX files |
//! | `trends` | the course of an index for one agency |
//! | `seal` | sealing and correcting |
//! | `tag` | whether the caller has it already |

mod figures;
mod files;
mod seal;
mod tag;
mod trends;

use actix_web::http::Method;
use actix_web::web;
use utoipa::OpenApi;

use crate::identity::Right;
use crate::round::RoundId;
use crate::web::problem::Problem;
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    figures::results,
    trends::trends,
    seal::seal,
    files::export_csv,
    files::export_json,
    files::export_xlsx
))]
pub struct Doc;

/// The routes of results.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let read = Needs::Right(Right::ReadResults);
    let run = Needs::Right(Right::RunRounds);
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/results",
            read,
            web::get().to(figures::results),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/export.csv",
            read,
            web::get().to(files::export_csv),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/export.json",
            read,
            web::get().to(files::export_json),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/export.xlsx",
            read,
            web::get().to(files::export_xlsx),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/agencies/{code}/trends",
            read,
            web::get().to(trends::trends),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/seal",
            run,
            web::post().to(seal::seal),
        ),
    ]
}

/// A round that is not published and one that does not exist are the same: nothing.
fn missing(id: &str) -> Problem {
    Problem::not_found(format!("published result of a round `{id}`"))
}

fn named(id: &str) -> Result<RoundId, Problem> {
    id.parse().ok().ok_or_else(|| missing(id))
}
