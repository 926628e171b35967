//! Comments as they may leave the house: scrubbed by a rule, released by a person, of groups that are large enough.
//!
//! ```text
//! as written --scrub--> Scrubbed --redacted (a person takes out more)--> Scrubbed --release--> Released
//! ```
//!
//! A [`Scrubbed`] text can be made by [`fn@scrub`] only, and a [`Released`] one by [`release`] only, which asks how many people
//! answered. Pages, API and files take `Released`, so there is no way to render a comment that was not scrubbed, or that
//! nobody released.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::names::Names;
use super::scrub::{self, MARK, Removed};

/// A comment is shown only of a unit of which so many people answered (METHOD section 8, R7).
pub const LEAST_RESPONDENTS: u64 = 20;

/// A comment after the scrub: what a reviewer reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrubbed {
    text: String,
    removed: Removed,
}

/// A comment that may be shown. Stored as its text (serde), so that pages read what was released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Released(String);

/// Why a reviewer's text is no redaction of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotARedaction {
    /// Words stand in it that were not written.
    #[error("the text says something that was not written: only take out, and put […] in its place")]
    Changed,
    /// Nothing is left.
    #[error("nothing is left of the text: withhold it instead")]
    Empty,
}

/// Why a comment is not released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("fewer than {LEAST_RESPONDENTS} people of this unit answered, or it is not told how many")]
pub struct TooFew;

/// Takes out of a text what points at somebody.
#[must_use]
pub fn scrub(text: &str, names: &Names) -> Scrubbed {
    let (text, removed) = scrub::scrubbed(text, names);
    Scrubbed { text, removed }
}

impl Scrubbed {
    /// What is left.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How much was taken out.
    #[must_use]
    pub fn removed(&self) -> Removed {
        self.removed
    }

    /// The same with more taken out by hand. Nothing can be put in: what stands between the marks of `edited` must stand in
    /// this text, in this order, and what is gone must have a mark in its place.
    ///
    /// # Errors
    /// [`NotARedaction`].
    pub fn redacted(&self, edited: &str) -> Result<Self, NotARedaction> {
        let (given, own) = (squeezed(edited), squeezed(&self.text));
        let pieces: Vec<&str> = given.split(MARK).map(str::trim).collect();
        if pieces
            .iter()
            .all(|piece| !piece.chars().any(char::is_alphanumeric))
        {
            return Err(NotARedaction::Empty);
        }
        let mut rest = own.as_str();
        let last = pieces.len().saturating_sub(1);
        for (place, piece) in pieces.iter().enumerate() {
            let found = if place == 0 && place == last {
                (rest == *piece).then_some("")
            } else if place == 0 {
                rest.strip_prefix(piece)
            } else if place == last {
                rest.strip_suffix(piece).map(|_| "")
            } else {
                rest.split_once(piece).map(|(_, behind)| behind)
            };
            rest = found.ok_or(NotARedaction::Changed)?;
        }
        Ok(Self {
            text: edited.trim().to_owned(),
            removed: self.removed,
        })
    }
}

impl Released {
    /// What may be shown.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Releases a comment of a unit of which so many answered, as a person decided; `None` where that is not told.
///
/// # Errors
/// [`TooFew`].
pub fn release(scrubbed: Scrubbed, respondents: Option<u64>) -> Result<Released, TooFew> {
    match respondents {
        Some(respondents) if respondents >= LEAST_RESPONDENTS => Ok(Released(scrubbed.text)),
        _ => Err(TooFew),
    }
}

/// Runs of spaces and line ends as one space: a browser sends line ends of its own.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Scrubbed {
        scrub(text, &Names::default())
    }

    #[test]
    fn a_reviewer_can_take_out_and_not_put_in() {
        let own = written("They are slow\nand the boss of the help desk is not kind.");
        for fine in [
            "They are slow\r\nand the boss of the help desk is not kind.",
            "They are slow and […] is not kind.",
            "[…] slow […]",
            "They are slow […]",
            "[…] kind.",
        ] {
            assert!(own.redacted(fine).is_ok(), "{fine}");
        }
        for bad in [
            "They are slow and the boss of the help desk is kind.",
            "They are fast […]",
            "[…] kind. […] slow […]",
            "are slow […]",
            "They are slow",
            "They are slow […] slow and […]",
        ] {
            assert_eq!(own.redacted(bad), Err(NotARedaction::Changed), "{bad}");
        }
        assert_eq!(own.redacted(" […] . […] "), Err(NotARedaction::Empty));
    }

    #[test]
    fn nothing_is_released_of_nineteen_or_of_an_unknown_number() {
        assert_eq!(release(written("Good."), Some(19)), Err(TooFew));
        assert_eq!(release(written("Good."), None), Err(TooFew));
        assert!(release(written("Good."), Some(20)).is_ok());
    }
}
