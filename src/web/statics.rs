//! Style sheets, scripts and images, inside the binary: `/static/{file}`.
//!
//! [`url`] adds the hash of the content (`?v=...`), so a file asked for by that address never changes and is kept by
//! browsers for a year. Asked for by its bare name it is checked by its ETag each time.
//!
//! Each file is compressed once for the life of the process, at its first request.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::LazyLock;

use actix_web::http::Method;
use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::problem::{PageProblem, Problem};
use super::routes::{Endpoint, Needs};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The files by name, ready to be sent.
static READY: LazyLock<HashMap<String, Ready>> = LazyLock::new(|| {
    let all = Files::iter().filter_map(|name| Some((name.to_string(), Ready::of(&name)?)));
    all.collect()
});

/// A file, ready to be sent.
struct Ready {
    mark: String,
    media_type: &'static str,
    plain: web::Bytes,
    /// `None` where it would be no shorter.
    zipped: Option<web::Bytes>,
}

impl Ready {
    fn of(name: &str) -> Option<Self> {
        let file = Files::get(name)?;
        let hash = file.metadata.sha256_hash();
        let mut zip = GzEncoder::new(Vec::new(), Compression::best());
        let zipped = zip.write_all(&file.data).and_then(|()| zip.finish());
        let zipped = zipped.ok().filter(|zipped| zipped.len() < file.data.len());
        Some(Self {
            mark: hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
            media_type: media_type(name),
            zipped: zipped.map(web::Bytes::from),
            plain: web::Bytes::from(file.data.into_owned()),
        })
    }
}

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
    READY
        .get(name)
        .map(|file| format!("/static/{name}?v={}", file.mark))
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
    let file = READY
        .get(name.as_str())
        .ok_or_else(|| Problem::not_found("file of that name"))?;
    let etag = format!("\"{}\"", file.mark);
    let cache = if asked.v.as_deref() == Some(file.mark.as_str()) {
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
        .insert_header((ETAG, etag))
        .insert_header((VARY, ACCEPT_ENCODING.as_str()));
    if known {
        return Ok(response.finish());
    }
    response.content_type(file.media_type);
    Ok(match file.zipped.as_ref().filter(|_| takes_gzip(&request)) {
        Some(zipped) => response
            .insert_header((CONTENT_ENCODING, "gzip"))
            .body(zipped.clone()),
        None => response.body(file.plain.clone()),
    })
}

/// Whether the client takes gzip as it is; whoever weighs encodings gets the file plain, or compressed on the way.
fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request
        .headers()
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.split(',').any(|one| one.trim() == "gzip"))
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
