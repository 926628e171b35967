//! JSON bodies, read with a pointer to each fault.
//!
//! [`Input<T>`] is what handlers take in place of `actix_web::web::Json<T>`: the limit is the route's, the content type
//! must be JSON, and what does not fit `T` is a 422 whose `errors` name the place.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::codes::Code;
use super::problem::{Fault, Problem};
use super::security;

/// A JSON body. Dereferences to what was read.
#[derive(Debug, Clone)]
pub struct Input<T>(
    /// What was read.
    pub T,
);

impl<T> Input<T> {
    /// What was read.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::ops::Deref for Input<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Input<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = content_type_is_json(request);
        let body = web::Bytes::from_request(request, payload);
        async move {
            if !is_json {
                return Err(not_json().into());
            }
            let body = body.await.map_err(|error| unread(&error))?;
            Ok(Self(parse(&body)?))
        }
        .boxed_local()
    }
}

fn content_type_is_json(request: &HttpRequest) -> bool {
    request
        .mime_type()
        .ok()
        .flatten()
        .is_some_and(|kind| kind.subtype() == "json" || kind.suffix().is_some_and(|suffix| suffix == "json"))
}

fn not_json() -> Problem {
    Problem::new(
        Code::UnsupportedMedia,
        "send the body as JSON with `Content-Type: application/json`",
    )
}

fn unread(error: &Error) -> Problem {
    match error.as_error::<PayloadError>() {
        Some(error) => security::of_payload(error),
        None => Problem::new(
            Code::of_status(error.as_response_error().status_code()),
            error.to_string(),
        ),
    }
}

/// Reads JSON; a fault names its place by a JSON pointer.
///
/// # Errors
/// 400 `malformed` when it is no JSON at all, 422 `invalid` when it does not fit.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let told = error.inner().to_string();
        if error.inner().is_data() {
            let fault = Fault::new(pointer(error.path()), told);
            Problem::invalid("the body does not have the expected form", vec![fault])
        } else {
            Problem::malformed(format!("the body is not JSON: {told}"))
        }
    })?;
    reader
        .end()
        .map_err(|error| Problem::malformed(format!("the body is not JSON: {error}")))?;
    Ok(value)
}

/// RFC 6901.
fn pointer(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("/{index}")),
            Segment::Map { key } => text.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_fault_names_its_place() {
        let body = br#"{"a/b": [1, 2, "x"]}"#;
        let refusal = parse::<BTreeMap<String, Vec<u32>>>(body).unwrap_err();
        assert_eq!(refusal.code(), Code::Invalid);
        assert_eq!(refusal.faults()[0].pointer, "/a~1b/2");
        assert!(refusal.faults()[0].detail.contains("expected u32"));
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for body in [&b""[..], b"{", b"{} {}", b"\xff"] {
            assert_eq!(
                parse::<BTreeMap<String, u32>>(body).unwrap_err().code(),
                Code::Malformed
            );
        }
    }
}
