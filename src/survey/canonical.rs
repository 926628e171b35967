//! One text for one content: RFC 8785 canonical JSON, and the SHA-256 of it.
//!
//! A digest of JSON is only worth something when key order, white space and the spelling of numbers cannot
//! change it. Everything that Rapport freezes (versions, promises, sealed results) is digested through
//! [`digest`], so that an auditor can recompute it with any other implementation of RFC 8785.

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::definition::Definition;
use super::exact;

/// A value that has no canonical JSON: a number that is not finite or a whole number beyond 2^53, or a map whose
/// keys are not texts.
#[derive(Debug, Error)]
#[error("this value has no canonical JSON: {0}")]
pub struct NotCanonical(String);

/// The RFC 8785 text of `value`.
///
/// # Errors
/// [`NotCanonical`] for numbers that are not finite or too large to be exact, and for maps whose keys are not
/// texts.
pub fn canonical(value: &impl Serialize) -> Result<String, NotCanonical> {
    exact::check(value).map_err(|error| NotCanonical(error.to_string()))?;
    serde_json_canonicalizer::to_string(value).map_err(|error| NotCanonical(error.to_string()))
}

/// The SHA-256 of the canonical text of `value`, as 64 lower-case hex digits.
///
/// # Errors
/// As [`canonical`].
pub fn digest(value: &impl Serialize) -> Result<String, NotCanonical> {
    Ok(digest_of_text(&canonical(value)?))
}

/// The SHA-256 of a text that is already canonical, as 64 lower-case hex digits.
#[must_use]
pub fn digest_of_text(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Definition {
    /// The canonical JSON of the content. `$schema` is left out: it tells an editor where the schema file
    /// lies and says nothing about the survey, so moving a file must not make it another version.
    ///
    /// # Errors
    /// [`NotCanonical`] when a number in it is not exact in JSON, which no checked definition has.
    pub fn canonical(&self) -> Result<String, NotCanonical> {
        if self.schema.is_none() {
            return canonical(self);
        }
        let mut content = self.clone();
        content.schema = None;
        canonical(&content)
    }

    /// The SHA-256 of [`Definition::canonical`], as 64 lower-case hex digits: the identity of a version.
    ///
    /// # Errors
    /// As [`Definition::canonical`].
    pub fn digest(&self) -> Result<String, NotCanonical> {
        Ok(digest_of_text(&self.canonical()?))
    }

    /// The digest of what respondents and results see of the content: without the version number and without the
    /// author's words on the version before. Equal for two versions that ask and score the same.
    ///
    /// # Errors
    /// As [`Definition::canonical`].
    pub fn content_digest(&self) -> Result<String, NotCanonical> {
        let mut content = self.clone();
        content.schema = None;
        content.version = 0;
        for item in content.pages.iter_mut().flat_map(|page| &mut page.items) {
            item.previous = None;
        }
        digest(&content)
    }
}
