//! Files of results on their way to a client: made and sent a part at a time, as fast as the client takes them, with no
//! connection to the database held between two parts.
//!
//! When a part cannot be made the transfer is cut short, which every client tells from a whole file (its chunks do not end).

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use futures_util::stream;

use super::problem::Problem;
use crate::report::export::ExportError;
use crate::report::portions::Download;

/// Sends a file under this name, which is without its ending.
pub fn sent(mut response: HttpResponseBuilder, file: Download, name: &str) -> HttpResponse {
    let form = file.form();
    let parts = stream::try_unfold(file, |mut file| async move {
        match file.next().await {
            Ok(part) => Ok(part.map(|part| (web::Bytes::from(part), file))),
            Err(error) => Err(broken(&error)),
        }
    });
    response
        .content_type(form.media_type())
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{}\"", form.ending()),
        ))
        .streaming(parts)
}

/// It is recorded; the client sees that the file ends too early.
fn broken(error: &ExportError) -> actix_web::Error {
    Problem::internal(error).into()
}
