//! What is wrong with a definition: where, what, and what to do about it.
//!
//! Rooms collect problems instead of stopping at the first, because a designer who is told one mistake at a
//! time gives up at the third.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Where: a JSON pointer (RFC 6901) into the definition, e.g. `/pages/2/items/0/answer/scale`. Empty for
    /// the document as a whole.
    pub pointer: String,
    /// What is wrong, as a sentence without a full stop.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() {
            "(the file)"
        } else {
            &self.pointer
        };
        write!(f, "{place}: {}; {}", self.problem, self.remedy)
    }
}

/// A place in a document, extended on the way down and printed as a JSON pointer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointer(String);

impl Pointer {
    /// The document itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The place one step further down: a field name or an array position.
    #[must_use]
    pub fn at(&self, step: impl fmt::Display) -> Self {
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{step}", self.0))
    }

    /// The pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The problem that something is wrong here.
    #[must_use]
    pub fn problem(&self, problem: impl Into<String>, remedy: impl Into<String>) -> Problem {
        Problem {
            pointer: self.0.clone(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
