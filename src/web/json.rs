//! JSON bodies whose faults name their place.
//!
//! actix's own extractor says what is wrong with a field but not which field it is; [`Json`] tells a client
//! `/audiences/1/mode`.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::codes::Code;
use super::problem::Problem;
use crate::survey::problem::Pointer;

/// A JSON body, read into `T`.
#[derive(Debug)]
pub struct Json<T>(
    /// What was sent.
    pub T,
);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let bytes = web::Bytes::from_request(request, payload);
        async move {
            if !is_json {
                return Err(not_json().into());
            }
            Ok(Self(read(&bytes.await?)?))
        }
        .boxed_local()
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let given = request.content_type();
    given == "application/json" || given.ends_with("+json")
}

fn not_json() -> Problem {
    Problem::new(
        Code::UnsupportedMedia,
        "send the body as JSON with `Content-Type: application/json`",
    )
}

/// Reads a JSON body.
///
/// # Errors
/// 400 when it is no JSON, 422 with the JSON pointer when it is another JSON than is wanted.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        let told = error.into_inner();
        if told.is_data() {
            Problem::invalid_field(pointer, told.to_string())
        } else {
            Problem::malformed(format!("the body is not JSON: {told}"))
        }
    })?;
    deserializer
        .end()
        .map_err(|error| Problem::malformed(format!("the body is not JSON: {error}")))?;
    Ok(value)
}

fn pointer(path: &Path) -> String {
    let place = path.iter().fold(Pointer::root(), |place, segment| match segment {
        Segment::Seq { index } => place.at(index),
        Segment::Map { key } => place.at(key),
        Segment::Enum { .. } | Segment::Unknown => place,
    });
    place.as_str().to_owned()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Wanted {
        #[expect(dead_code, reason = "only its type matters")]
        list: Vec<u32>,
    }

    #[test]
    fn a_fault_names_its_place() {
        let problem = read::<Wanted>(br#"{"list": [1, "x"]}"#).unwrap_err();
        assert_eq!(problem.faults()[0].pointer, "/list/1");
        assert_eq!(read::<Wanted>(b"{").unwrap_err().code(), Code::Malformed);
        assert_eq!(
            read::<Wanted>(br#"{"list": []} x"#).unwrap_err().code(),
            Code::Malformed
        );
    }
}
