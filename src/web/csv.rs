//! Tables as bodies: taken as `text/csv`, given as `text/csv` where a client asks for it.

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::codes::Code;
use super::problem::Problem;

/// Refuses a body that is not sent as CSV. A client that names no type is trusted.
///
/// # Errors
/// 415 with the remedy.
pub fn expect_csv(request: &HttpRequest) -> Result<(), Problem> {
    let given = request.content_type();
    if matches!(given, "" | "text/csv" | "application/octet-stream") {
        return Ok(());
    }
    Err(Problem::new(
        Code::UnsupportedMedia,
        "send the table as CSV with `Content-Type: text/csv`",
    ))
}

/// Whether the client asked for CSV rather than JSON.
#[must_use]
pub fn wants_csv(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    accept
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.trim().starts_with("text/csv"))
}

/// A table as the body of a response.
#[must_use]
pub fn response(text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .body(text)
}

/// A table that a browser keeps as a file of that name.
#[must_use]
pub fn download(name: &str, text: String) -> HttpResponse {
    let disposition = header::ContentDisposition::attachment(name);
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .body(text)
}
