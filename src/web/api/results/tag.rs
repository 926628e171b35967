//! Whether the caller has what they ask for already.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};

use crate::agency::AgencyCode;
use crate::identity::Scope;
use crate::survey::canonical::digest_of_text;

/// The digest of the seal; for a restricted reader with a mark of the scope, since they see another part of it.
pub(super) struct Tag(pub(super) String);

impl Tag {
    /// Of a result, for whoever reads within this scope.
    pub(super) fn of(digest: &str, scope: &Scope) -> Self {
        Self(match scope {
            Scope::All => format!("\"{digest}\""),
            Scope::Agencies(agencies) => {
                let codes: Vec<&str> = agencies.iter().map(AgencyCode::as_str).collect();
                let mark: String = digest_of_text(&codes.join(",")).chars().take(12).collect();
                format!("\"{digest}.{mark}\"")
            }
        })
    }

    /// Whether the caller names it.
    pub(super) fn is_known(&self, request: &HttpRequest) -> bool {
        let known = request
            .headers()
            .get(IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok());
        known.is_some_and(|known| {
            known
                .split(',')
                .any(|one| one.trim().trim_start_matches("W/") == self.0)
        })
    }

    /// 304.
    pub(super) fn not_modified(self) -> HttpResponse {
        HttpResponse::NotModified()
            .insert_header((ETAG, self.0))
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .finish()
    }
}
