//! Pages of results that were made a moment ago.
//!
//! A sealed result never changes, and making its page is most of what a page costs. So a finished, compressed page is kept
//! in memory for [`LIFE`] under everything it was made of: the name and the roles of whoever reads, the address with its
//! query, the language, and the [edition](read::edition) of all published results. What else stands on a page (names and lineage of
//! agencies, figures taken over from earlier tools, commitments and service levels) may be [`LIFE`] old; whoever changes something on this instance sees it at
//! once, since that lets go of every page ([`access::guard`](super::access::guard)).
//!
//! A page is looked up only after the guard let the request pass, and session and roles are read at each request: who
//! loses a right loses these pages with it. Browsers and proxies keep nothing; `Cache-Control` stays `no-store`.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::body::{self, BoxBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, VARY,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};

use super::App;
use super::access::Visitor;
use super::cookies;
use super::problem::{PageProblem, Problem};
use crate::clock;
use crate::report::read::{self, Edition};

/// How long a page is kept.
pub const LIFE: SignedDuration = SignedDuration::from_secs(10);

/// How many compressed bytes are kept at the most; the next page after that begins anew.
pub const MOST: usize = 16 * 1024 * 1024;

const HTML: &str = "text/html; charset=utf-8";

/// Everything a page depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    reader: String,
    place: String,
    languages: String,
    edition: Edition,
}

#[derive(Debug, Default)]
struct Pages {
    by_key: HashMap<Key, (Timestamp, web::Bytes)>,
    bytes: usize,
}

/// The pages that are kept.
#[derive(Debug, Default)]
pub struct Recent(Mutex<Pages>);

impl Recent {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: &Key, now: Timestamp) -> Option<web::Bytes> {
        let pages = self.pages();
        let (made, page) = pages.by_key.get(key)?;
        let age = now.duration_since(*made);
        (!age.is_negative() && age < LIFE).then(|| page.clone())
    }

    fn keep(&self, key: Key, page: web::Bytes, now: Timestamp) {
        let mut pages = self.pages();
        if pages.bytes.saturating_add(page.len()) > MOST {
            *pages = Pages::default();
        }
        pages.bytes = pages.bytes.saturating_add(page.len());
        if let Some((_, before)) = pages.by_key.insert(key, (now, page)) {
            pages.bytes = pages.bytes.saturating_sub(before.len());
        }
    }

    /// Lets go of all.
    pub fn forget(&self) {
        *self.pages() = Pages::default();
    }
}

/// Answers with a page that is kept, else with the one that the handler makes.
///
/// # Errors
/// Those of the handler; 500 when the page cannot be read or compressed.
pub async fn serve(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some((app, key)) = key(request.request()).await? else {
        return next.call(request).await;
    };
    if let Some(page) = app.recent.find(&key, clock::now()) {
        return Ok(request.into_response(compressed(page)));
    }
    let response = next.call(request).await?;
    let is_page = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == HTML);
    if response.status() != StatusCode::OK || !is_page {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let failed = |problem: &dyn std::fmt::Display| Error::from(PageProblem(Problem::internal(problem)));
    let text = body::to_bytes(response.into_body())
        .await
        .map_err(|error| failed(&error))?;
    let page = zipped(&text).map_err(|error| failed(&error))?;
    app.recent.keep(key, page.clone(), clock::now());
    Ok(ServiceResponse::new(request, compressed(page)))
}

/// The key of a request; `None` where the page must be made: when the language is just being chosen (the answer carries a
/// cookie), or when the reader takes no compressed page.
async fn key(request: &HttpRequest) -> Result<Option<(web::Data<App>, Key)>, Error> {
    let header = |name: HeaderName| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let Some(app) = request.app_data::<web::Data<App>>() else {
        return Ok(None);
    };
    let actor = match request.extensions().get::<Visitor>() {
        Some(Visitor(Some(actor))) => actor.clone(),
        _ => return Ok(None),
    };
    let chooses = request
        .query_string()
        .split('&')
        .any(|part| part.starts_with("lang="));
    if chooses || !header(ACCEPT_ENCODING).contains("gzip") {
        return Ok(None);
    }
    let edition = app
        .store
        .read(read::edition)
        .await
        .map_err(|error| PageProblem(error.into()))?;
    let chosen = request
        .cookie(cookies::LANGUAGE)
        .map(|cookie| cookie.value().to_owned());
    let key = Key {
        reader: format!("{:?} {:?}", actor.name, actor.roles),
        place: request.uri().to_string(),
        languages: format!("{chosen:?} {:?}", header(ACCEPT_LANGUAGE)),
        edition,
    };
    Ok(Some((app.clone(), key)))
}

fn zipped(text: &[u8]) -> std::io::Result<web::Bytes> {
    let mut zip = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::default());
    zip.write_all(text)?;
    zip.finish().map(web::Bytes::from)
}

fn compressed(page: web::Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HTML))
        .insert_header((CONTENT_ENCODING, "gzip"))
        .insert_header((VARY, "accept-encoding"))
        .body(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(place: &str) -> Key {
        Key {
            reader: "somebody".to_owned(),
            place: place.to_owned(),
            languages: "en".to_owned(),
            edition: Edition::default(),
        }
    }

    #[test]
    fn a_page_is_kept_for_its_time_and_not_longer() {
        let recent = Recent::default();
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        recent.keep(key("/results"), web::Bytes::from_static(b"page"), now);
        assert!(
            recent
                .find(&key("/results"), now + LIFE - SignedDuration::from_millis(1))
                .is_some()
        );
        assert!(recent.find(&key("/results"), now + LIFE).is_none());
        assert!(
            recent
                .find(&key("/results"), now - SignedDuration::from_secs(1))
                .is_none(),
            "the clock was set back"
        );
        assert!(recent.find(&key("/results/r1"), now).is_none());
        recent.forget();
        assert!(recent.find(&key("/results"), now).is_none());
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let (recent, now) = (Recent::default(), Timestamp::UNIX_EPOCH);
        let page = web::Bytes::from(vec![0; MOST / 4]);
        for number in 0..9 {
            recent.keep(key(&format!("/{number}")), page.clone(), now);
            recent.keep(key(&format!("/{number}")), page.clone(), now);
            assert!(recent.pages().bytes <= MOST && recent.pages().by_key.len() <= 4);
        }
    }
}
