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
use super::scrub::letters::is_of_word;
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
    /// this text, in this order, as whole words (else "[…]kind" could be made of "unkind"), and what is gone must have a mark in its place.
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
        let mut from = 0;
        let last = pieces.len().saturating_sub(1);
        for (place, piece) in pieces.iter().enumerate() {
            let found = match (place == 0, place == last) {
                (true, true) => (own == *piece).then_some(0),
                (true, false) => own.starts_with(piece).then_some(0),
                (false, true) => own
                    .len()
                    .checked_sub(piece.len())
                    .filter(|_| own.ends_with(piece)),
                (false, false) => places(&own, piece, from).find(|at| is_whole(&own, *at, piece)),
            };
            let at = found.filter(|at| *at >= from && is_whole(&own, *at, piece));
            from = at.ok_or(NotARedaction::Changed)? + piece.len();
        }
        Ok(Self {
            text: edited.trim().to_owned(),
            removed: self.removed,
        })
    }
}

/// Where a piece stands in a text, from there on.
fn places(text: &str, piece: &str, from: usize) -> impl Iterator<Item = usize> {
    let rest = text.get(from..).unwrap_or_default();
    let letters = rest
        .char_indices()
        .map(move |(at, _)| from + at)
        .chain([text.len()]);
    letters.filter(move |at| text.get(*at..).is_some_and(|rest| rest.starts_with(piece)))
}

/// Whether a piece that stands there begins and ends with a word.
fn is_whole(text: &str, at: usize, piece: &str) -> bool {
    let is_between = |place: usize| {
        let (before, behind) = text.split_at_checked(place).unwrap_or_default();
        let mut behind = behind.chars();
        let next = behind.next();
        let is_in = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        let last = before.chars().next_back();
        // "don't" is one word, and an accent belongs to the letter before it.
        let is_inside = is_in(last) && next.is_some_and(|next| "'’".contains(next)) && is_in(behind.next());
        let is_behind =
            last.is_some_and(|last| "'’".contains(last)) && is_in(before.chars().rev().nth(1)) && is_in(next);
        !((is_in(last) && next.is_some_and(is_of_word)) || is_inside || is_behind)
    };
    piece.is_empty() || (is_between(at) && is_between(at + piece.len()))
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
            "They are sl[…]",
            "[…]ind.",
            "[…] he […]",
            "They […] are slow and the help […]",
        ] {
            assert_eq!(own.redacted(bad), Err(NotARedaction::Changed), "{bad}");
        }
        assert_eq!(own.redacted(" […] . […] "), Err(NotARedaction::Empty));
    }

    #[test]
    fn a_word_is_taken_out_as_a_whole_or_left() {
        let own = written("She's in planning, isn't unkind. Ann isn’t; José\u{301} is.");
        for fine in [
            "[…] in planning […]",
            "[…] Ann isn’t; […]",
            "She's in planning, […] unkind. […]",
            "[…], isn't […]. Ann […]",
        ] {
            assert!(own.redacted(fine).is_ok(), "{fine}");
        }
        for cut in [
            "She's in pl[…]ing, isn't unkind. Ann isn’t; José\u{301} is.",
            "[…] ann […]",
            "[…]kind. Ann isn’t; José\u{301} is.",
            "She's in planning, is[…] unkind. […]",
            "She's in planning, […]t unkind. […]",
            "She's in planning, isn[…]",
            "[…] José […]",
        ] {
            assert_eq!(own.redacted(cut), Err(NotARedaction::Changed), "{cut}");
        }
    }

    #[test]
    fn nothing_is_released_of_nineteen_or_of_an_unknown_number() {
        assert_eq!(release(written("Good."), Some(19)), Err(TooFew));
        assert_eq!(release(written("Good."), None), Err(TooFew));
        assert!(release(written("Good."), Some(20)).is_ok());
    }
}
