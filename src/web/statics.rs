//! Style sheets, scripts and images, inside the binary: `/static/{file}`.
//!
//! [`url`] adds the hash of the content (`?v=...`), so a file asked for by that address never changes and is kept by
//! browsers for a year. Asked for by its bare name it is checked by its ETag each time.

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

use super::problem::{PageProblem, Problem};
use super::routes::{Endpoint, Needs};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The routes of static files.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new(
        Method::GET,
        "/static/{file}",
        Needs::Nothing,
        web::get().to(file),
    )]
}

/// The address of a static file, e.g. `/static/base.css?v=1f2e...`; `None` when there is none of that name.
#[must_use]
pub fn url(name: &str) -> Option<String> {
    Files::get(name).map(|file| format!("/static/{name}?v={}", mark(&file)))
}

#[derive(Debug, Deserialize)]
struct Asked {
    v: Option<String>,
}

async fn file(
    name: web::Path<String>,
    asked: web::Query<Asked>,
    request: HttpRequest,
) -> Result<HttpResponse, PageProblem> {
    let file = Files::get(&name).ok_or_else(|| Problem::not_found("file of that name"))?;
    let mark = mark(&file);
    let etag = format!("\"{mark}\"");
    let cache = if asked.v.as_deref() == Some(mark.as_str()) {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|given| {
            given
                .split(',')
                .any(|one| one.trim().trim_start_matches("W/") == etag)
        });
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((ETAG, etag));
    if known {
        return Ok(response.finish());
    }
    Ok(response
        .content_type(media_type(&name))
        .body(file.data.into_owned()))
}

fn mark(file: &EmbeddedFile) -> String {
    file.metadata
        .sha256_hash()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
