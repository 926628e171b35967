//! What a form showed, or a client read, as a short mark: so that of two people who save the same thing, the second is told
//! instead of undoing what the first one did.
//!
//! A form carries the mark of what it was filled with in its field `seen`; a client gets it as the `ETag` and may send it back
//! as `If-Match`. It is compared in the transaction that saves. A request without it is taken as it is.

use actix_web::HttpRequest;
use actix_web::http::header::{ETag, EntityTag, Header as _, IF_MATCH, IfMatch};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::codes::Code;
use super::problem::Problem;
use crate::round::manifest::hex;

/// So many bytes of the digest tell two states apart: nobody gains anything by making two alike.
const BYTES: usize = 12;

/// The mark of a text.
#[must_use]
pub fn of_text(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    hex(digest.get(..BYTES).unwrap_or_default())
}

/// The mark of something that can be written as JSON.
///
/// # Errors
/// 500 when it cannot.
pub fn of(value: &impl Serialize) -> Result<String, Problem> {
    let text = serde_json::to_string(value).map_err(|error| Problem::internal(&error))?;
    Ok(of_text(&text))
}

/// The mark as a header.
#[must_use]
pub fn etag(mark: String) -> ETag {
    ETag(EntityTag::new_strong(mark))
}

/// What a client says it has read.
#[derive(Debug, Clone)]
pub struct Expected(Option<IfMatch>);

impl Expected {
    /// The `If-Match` of a request.
    ///
    /// # Errors
    /// 400 when it cannot be read.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        if !request.headers().contains_key(IF_MATCH) {
            return Ok(Self(None));
        }
        let read = IfMatch::parse(request);
        let unreadable = |_| Problem::malformed("`If-Match` is an `ETag` of an earlier answer, in quotes");
        read.map(|expected| Self(Some(expected))).map_err(unreadable)
    }

    /// Whether what is there now is what the client has read.
    ///
    /// # Errors
    /// 412 when somebody has changed it since.
    pub fn holds(&self, mark: &str) -> Result<(), Problem> {
        let now = EntityTag::new_strong(mark.to_owned());
        let is_known = match &self.0 {
            None | Some(IfMatch::Any) => true,
            Some(IfMatch::Items(tags)) => tags.iter().any(|tag| tag.strong_eq(&now)),
        };
        if is_known {
            return Ok(());
        }
        Err(Problem::new(
            Code::Overtaken,
            "somebody has changed it since you read it; read it again, put your change into that, and send it with the new `ETag`",
        ))
    }
}

/// What somebody is told whose form was overtaken.
#[must_use]
pub fn overtaken(what: &str, by: &str) -> String {
    let who = if by.is_empty() { "somebody else" } else { by };
    format!(
        "{who} has saved {what} while you were writing. What you typed is still here: save again to put it in place of theirs, or look at theirs first in another tab"
    )
}
