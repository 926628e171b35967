//! The automatic scrub of what people wrote: what points at somebody is taken out before anybody reads it.
//!
//! | taken out | how it is found | file |
//! | --- | --- | --- |
//! | mail addresses and handles | whatever has an `@` in it; `name (at) host`, `name at host dot gov`, `arroba`, `punto` | `addresses` |
//! | links and hosts | `scheme://`, `www.`, a word with a point that ends like a domain | `addresses` |
//! | numbers | runs of four digits and more but for years, telephone numbers whatever stands between their digits, words with three digits and more in them, everything behind `#` | `numbers` |
//! | names | every word of every name on the rosters (see [`Names`]), in any case, with accents or without, spelt as `J a n e`, and an initial beside it | `people` |
//!
//! It works alike for English and Spanish, takes out rather too much, and knows nothing of nicknames, misspelt names, offices
//! and events: that is what the person is for who reads after it. Words are compared as `letters` reads them: letters without
//! accents, small and plain, through characters that cannot be seen. Names are found as whole words only: nobody called Ann is in
//! "planning". What is found are places of the text as it was written, so what is left is as it was written, less what cannot be
//! seen. What is gone is [`MARK`]; scrubbing twice is scrubbing once.

mod addresses;
pub(super) mod letters;
mod numbers;
mod people;

use std::ops::Range;

use super::names::Names;
use letters::{Letter, Unseen, has_unseen, read};

/// What stands where something was taken out, in every language.
pub const MARK: &str = "[…]";

/// How much was taken out. Told to whoever reads after the scrub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// Mail addresses, handles, links.
    pub addresses: usize,
    /// Telephone numbers, ids, amounts.
    pub numbers: usize,
    /// Names, ids of people.
    pub names: usize,
}

/// What points at somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A mail address, handle or link.
    Address,
    /// A telephone number, id or amount.
    Number,
    /// A name.
    Name,
}

/// A place that points at somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the text as it was given; both ends stand between two characters.
    pub place: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// The places of a text that point at somebody, in order; none touches another of its kind.
#[must_use]
pub fn found(text: &str, names: &Names) -> Vec<Found> {
    let mut kinds: Vec<(Range<usize>, Option<Kind>)> = text
        .char_indices()
        .map(|(place, letter)| (place..place + letter.len_utf8(), None))
        .collect();
    for place in places(&read(text, Unseen::IsNothing), names) {
        mark(&mut kinds, &place);
    }
    if has_unseen(text) {
        // What cannot be seen may stand for a space, too: then words end at it.
        for place in places(&read(text, Unseen::IsSpace), names) {
            mark(&mut kinds, &place);
        }
    }
    let mut all: Vec<Found> = Vec::new();
    for (place, kind) in kinds {
        let Some(kind) = kind else { continue };
        match all.last_mut() {
            Some(last) if last.kind == kind && last.place.end == place.start => last.place.end = place.end,
            _ => all.push(Found { place, kind }),
        }
    }
    all
}

fn places(letters: &[Letter], names: &Names) -> Vec<Found> {
    let of = |kind: Kind| move |place: Range<usize>| Found { place, kind };
    let addresses = addresses::addresses(letters).into_iter().map(of(Kind::Address));
    let numbers = numbers::numbers(letters).into_iter();
    let ids = numbers::ids(letters, names).into_iter();
    let people = people::people(letters, names).into_iter().map(of(Kind::Name));
    addresses
        .chain(numbers.chain(ids).map(of(Kind::Number)))
        .chain(people)
        .collect()
}

/// What is found first gives the kind.
fn mark(kinds: &mut [(Range<usize>, Option<Kind>)], found: &Found) {
    let first = kinds.partition_point(|(place, _)| place.end <= found.place.start);
    let within = kinds.iter_mut().skip(first);
    for (_, kind) in within.take_while(|(place, _)| place.start < found.place.end) {
        kind.get_or_insert(found.kind);
    }
}

/// A text with what points at somebody taken out, and how much that was.
pub(super) fn scrubbed(text: &str, names: &Names) -> (String, Removed) {
    let (mut text, mut all) = (text.to_owned(), Removed::default());
    // What was taken out may bring together what stood apart. Every pass but the last leaves less that is not a mark.
    for _ in 0..=text.len() {
        let found = found(&text, names);
        for found in &found {
            match found.kind {
                Kind::Address => all.addresses += 1,
                Kind::Number => all.numbers += 1,
                Kind::Name => all.names += 1,
            }
        }
        let next = joined(&without(&text, &found));
        if next == text {
            break;
        }
        text = next;
    }
    (text, all)
}

/// The text with a mark for everything that was found, and without what cannot be seen; what touches becomes one mark.
fn without(text: &str, found: &[Found]) -> String {
    let (mut left, mut at) = (String::new(), 0);
    for found in found {
        let before = text.get(at..found.place.start).unwrap_or_default();
        left.extend(before.chars().filter_map(letters::seen));
        if !left.ends_with(MARK) {
            left.push_str(MARK);
        }
        at = found.place.end;
    }
    let behind = text.get(at..).unwrap_or_default();
    left.extend(behind.chars().filter_map(letters::seen));
    left
}

/// Marks with nothing but spaces and signs of names between them become one.
fn joined(text: &str) -> String {
    let mut pieces = text.split(MARK);
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    let mut is_mark_last = false;
    for piece in pieces {
        if !is_mark_last {
            whole.push_str(MARK);
        }
        is_mark_last = piece.chars().all(|sign| " .-'’".contains(sign));
        if !is_mark_last {
            whole.push_str(piece);
        }
    }
    let end = text.rsplit(MARK).next().unwrap_or_default();
    if is_mark_last {
        whole.push_str(end.trim_end());
    }
    whole.trim().to_owned()
}
