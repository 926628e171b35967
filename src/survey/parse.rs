//! Bytes to a definition, with every problem of form and its JSON pointer.
//!
//! Untrusted input: the size is limited before anything is read, nesting is limited by the JSON parser (128
//! levels), and a key that occurs twice is a problem, since readers of JSON disagree on which of the two counts.
//! Problems of meaning are found by [`check()`]; [`read`] does both.

use serde_path_to_error::{Path, Segment};

use super::check::check;
use super::definition::Definition;
use super::problem::{Pointer, Problem};
use super::{keys, shape};

/// The largest accepted file, in bytes: 1 MiB. The largest shipped survey has 40 KiB.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Reads a definition and checks it.
///
/// # Errors
/// Every problem of form, or, if there is none, every problem of meaning.
pub fn read(bytes: &[u8]) -> Result<Definition, Vec<Problem>> {
    let definition = parse(bytes)?;
    let problems = check(&definition);
    if problems.is_empty() {
        Ok(definition)
    } else {
        Err(problems)
    }
}

/// Reads a definition without asking what it means. A byte order mark at the start is ignored.
///
/// # Errors
/// Every problem of form: too large, not UTF-8, not JSON, unknown or repeated or missing fields, wrong types.
pub fn parse(bytes: &[u8]) -> Result<Definition, Vec<Problem>> {
    let whole = |problem: String, remedy: &str| vec![Pointer::root().problem(problem, remedy)];
    if bytes.len() > MAX_BYTES {
        return Err(whole(
            format!("the file has {} bytes, more than {MAX_BYTES}", bytes.len()),
            "shorten it or split the survey",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        whole(
            format!("the file is not UTF-8 (byte {})", error.valid_up_to()),
            "save it as UTF-8",
        )
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let json = serde_json::from_str(text).map_err(|error| {
        whole(
            format!("the file is not JSON: {error}"),
            "correct the JSON at that line and column",
        )
    })?;
    let repeated = keys::repeated(text);
    if !repeated.is_empty() {
        return Err(repeated);
    }
    serde_path_to_error::deserialize(&json).map_err(|error| {
        let found = shape::problems(&json);
        if found.is_empty() {
            vec![mismatch(error.path(), error.inner())]
        } else {
            found
        }
    })
}

/// What serde said, as a problem: the fallback for what the schema cannot express.
fn mismatch(path: &Path, error: &serde_json::Error) -> Problem {
    pointer(path).problem(
        error.to_string(),
        "see survey.schema.json for what may stand here",
    )
}

fn pointer(path: &Path) -> Pointer {
    path.iter().fold(Pointer::root(), |place, step| match step {
        Segment::Seq { index } => place.at(index),
        Segment::Map { key } => place.at(key),
        Segment::Enum { .. } | Segment::Unknown => place,
    })
}
