//! The automatic scrub of what people wrote: what points at somebody is taken out before anybody reads it.
//!
//! | taken out | how it is found |
//! | --- | --- |
//! | mail addresses and handles | whatever has an `@` in it; `name (at) host`, `name at host dot gov`, `arroba`, `punto` |
//! | links and hosts | `scheme://`, `www.`, a word with a point that ends like a domain |
//! | numbers | runs of four digits and more but for years, telephone numbers however they are spaced, words with three digits and more in them, everything behind `#` |
//! | names | every word of every name on the rosters (see [`Names`]), whatever its case and accents, and an initial beside it |
//!
//! It works alike for English and Spanish, takes out rather too much, and knows nothing of nicknames, misspelt names, offices
//! and events: that is what the person is for who reads after it. Invisible characters are dropped and full-width letters
//! become plain ones first, so that they hide nothing. What is gone is [`MARK`]; scrubbing twice is scrubbing once.

use std::ops::Range;

use super::names::{Names, is_letter};

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

/// Ends of domains that are met in mails of offices; others are found by `www.` and `://`.
const DOMAINS: &[&str] = &[
    "app", "biz", "co", "com", "dev", "edu", "es", "gob", "gov", "info", "int", "io", "local", "mil", "mx",
    "net", "org", "us",
];

/// Words for `@` and `.` in addresses that are spelt out.
const AT: &[&str] = &["(at)", "[at]", "{at}", "(arroba)", "[arroba]", "arroba"];
const DOT: &[&str] = &["dot", "punto", "(dot)", "[dot]", "(punto)"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Address,
    Number,
    Name,
}

/// How often a text is gone through at the most; what was taken out may bring together what stood apart.
const PASSES: usize = 8;

/// A text with what points at somebody taken out, and how much that was.
pub(super) fn scrubbed(text: &str, names: &Names) -> (String, Removed) {
    let (mut text, mut all) = (text.to_owned(), Removed::default());
    for _ in 0..PASSES {
        let (next, removed) = pass(&text, names);
        all.addresses += removed.addresses;
        all.numbers += removed.numbers;
        all.names += removed.names;
        if next == text {
            break;
        }
        text = next;
    }
    (text, all)
}

fn pass(text: &str, names: &Names) -> (String, Removed) {
    let letters = readable(text);
    let mut found: Vec<Option<Kind>> = vec![None; letters.len()];
    let mut take = |range: Range<usize>, kind: Kind| {
        for place in found.iter_mut().take(range.end).skip(range.start) {
            place.get_or_insert(kind);
        }
    };
    let chunks = runs(&letters, |letter| !letter.is_whitespace());
    for range in addresses(&letters, &chunks) {
        take(range, Kind::Address);
    }
    for range in numbers(&letters) {
        take(range, Kind::Number);
    }
    for range in ids(&letters, names) {
        take(range, Kind::Number);
    }
    for range in names_in(&letters, names) {
        take(range, Kind::Name);
    }
    written(&letters, &found)
}

/// Drops what cannot be seen and makes plain letters of full-width ones.
fn readable(text: &str) -> Vec<char> {
    let is_unseen = |letter: char| {
        matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e007f}')
    };
    let plain = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => u32::from(letter)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(letter),
        '\n' | '\t' => letter,
        other if other.is_control() => ' ',
        other => other,
    };
    text.chars()
        .filter(|letter| !is_unseen(*letter))
        .map(plain)
        .collect()
}

/// The longest stretches whose letters all satisfy this.
fn runs(letters: &[char], is_in: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (place, letter) in letters.iter().enumerate() {
        if !is_in(*letter) {
            continue;
        }
        match found.last_mut() {
            Some(last) if last.end == place => last.end = place + 1,
            _ => found.push(place..place + 1),
        }
    }
    found
}

fn text_of(letters: &[char], range: &Range<usize>) -> String {
    letters.iter().take(range.end).skip(range.start).collect()
}

/// Without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric())
}

fn addresses(letters: &[char], chunks: &[Range<usize>]) -> Vec<Range<usize>> {
    let words: Vec<String> = chunks
        .iter()
        .map(|range| text_of(letters, range).to_lowercase())
        .collect();
    let word = |place: usize| words.get(place).map_or("", String::as_str);
    let mut found = Vec::new();
    let mut take = |from: usize, to: usize| {
        for range in chunks.iter().take(to.saturating_add(1)).skip(from) {
            found.push(range.clone());
        }
    };
    for place in 0..words.len() {
        let here = word(place);
        if here == "@" || AT.contains(&here) {
            take(place.saturating_sub(1), place + 1);
        } else if here == "at" && DOT.contains(&word(place + 2)) {
            take(place.saturating_sub(1), place + 3);
        } else if DOT.contains(&here) && DOMAINS.contains(&bare(word(place + 1))) {
            take(place.saturating_sub(1), place + 1);
        } else if here.contains('@')
            || AT
                .iter()
                .any(|at| at.len() > 3 && at.starts_with(['(', '[', '{']) && here.contains(at))
            || is_link(here)
        {
            take(place, place);
        }
    }
    found
}

fn is_link(word: &str) -> bool {
    if word.contains("://") || word.contains("www.") {
        return true;
    }
    let word = word.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let host = word.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let host = host.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    match host.rsplit_once('.') {
        Some((before, end)) => !before.is_empty() && DOMAINS.contains(&end),
        None => false,
    }
}

/// Runs of digits that could be a telephone number, an id or an amount.
fn numbers(letters: &[char]) -> Vec<Range<usize>> {
    let digits = runs(letters, char::is_numeric);
    let mut found = Vec::new();
    let mut rest = digits.as_slice();
    while let Some(first) = rest.first() {
        // Groups that are parted by at most three signs that stand in numbers belong together.
        let mut count = 1;
        let mut end = first.end;
        while let Some(next) = rest.get(count) {
            let between = text_of(letters, &(end..next.start));
            let joins = between.chars().count() <= 3
                && between
                    .chars()
                    .all(|sign| " -–./()+,:'".contains(sign) || sign == '\u{a0}');
            if !joins {
                break;
            }
            end = next.end;
            count += 1;
        }
        let groups: Vec<&Range<usize>> = rest.iter().take(count).collect();
        let total: usize = groups.iter().map(|group| group.len()).sum();
        let all_years = groups.iter().all(|group| is_year(letters, group));
        let is_close = |pair: &[&Range<usize>]| match pair {
            [one, next] => next.start == one.end + 1 && letters.get(one.end) != Some(&' '),
            _ => true,
        };
        let closely = groups.windows(2).all(is_close);
        if !all_years && (total >= 7 || (count > 1 && closely && total >= 5)) {
            found.push(first.start..end);
        } else {
            found.extend(
                groups
                    .into_iter()
                    .filter(|group| group.len() >= 4 && !is_year(letters, group))
                    .cloned(),
            );
        }
        rest = rest.get(count..).unwrap_or_default();
    }
    found
}

/// Four digits from 1900 to 2099 that nothing marks as a number of something.
fn is_year(letters: &[char], group: &Range<usize>) -> bool {
    let is_marked = group
        .start
        .checked_sub(1)
        .and_then(|before| letters.get(before))
        .is_some_and(|before| *before == '#' || before.is_alphanumeric());
    let text = text_of(letters, group);
    group.len() == 4 && !is_marked && (text.starts_with("19") || text.starts_with("20"))
}

/// Words with three digits and more beside letters, numbers behind `#`, and whatever the rosters call somebody.
fn ids(letters: &[char], names: &Names) -> Vec<Range<usize>> {
    let is_in = |letter: char| letter.is_alphanumeric() || "-_.#".contains(letter);
    let words = runs(letters, is_in);
    let is_id = |range: &Range<usize>| {
        let word = text_of(letters, range);
        let digits = word.chars().filter(|letter| letter.is_numeric()).count();
        let has_letters = word.chars().any(char::is_alphabetic);
        (has_letters && digits >= 3) || (word.contains('#') && digits > 0) || names.knows_mark(bare(&word))
    };
    words.into_iter().filter(is_id).collect()
}

fn names_in(letters: &[char], names: &Names) -> Vec<Range<usize>> {
    let words = runs(letters, is_letter);
    let is_name: Vec<bool> = words
        .iter()
        .map(|word| names.knows(&text_of(letters, word)))
        .collect();
    let is_initial = |place: usize| {
        words.get(place).is_some_and(|word| {
            word.len() == 1
                && letters
                    .get(word.start)
                    .is_some_and(|letter| letter.is_uppercase())
        })
    };
    let near = |one: usize, other: usize| match (words.get(one), words.get(other)) {
        (Some(one), Some(other)) => text_of(letters, &(one.end..other.start))
            .chars()
            .all(|sign| " .,-'’".contains(sign)),
        _ => false,
    };
    let named = |place: usize| is_name.get(place).copied().unwrap_or(false);
    let beside = |place: usize| {
        is_initial(place)
            && ((named(place + 1) && near(place, place + 1))
                || place
                    .checked_sub(1)
                    .is_some_and(|before| named(before) && near(before, place)))
    };
    words
        .iter()
        .enumerate()
        .filter(|(place, _)| named(*place) || beside(*place))
        .map(|(_, word)| word.clone())
        .collect()
}

/// The text with a mark for everything that was found; what touches becomes one mark.
fn written(letters: &[char], found: &[Option<Kind>]) -> (String, Removed) {
    let (mut text, mut removed) = (String::new(), Removed::default());
    let mut within: Option<Kind> = None;
    for (letter, kind) in letters.iter().zip(found) {
        match (kind, within) {
            (Some(kind), before) => {
                if before != Some(*kind) {
                    match kind {
                        Kind::Address => removed.addresses += 1,
                        Kind::Number => removed.numbers += 1,
                        Kind::Name => removed.names += 1,
                    }
                }
                if before.is_none() {
                    text.push_str(MARK);
                }
                within = Some(*kind);
            }
            (None, _) => {
                text.push(*letter);
                within = None;
            }
        }
    }
    (joined(&text), removed)
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
        is_mark_last =
            !piece.is_empty() && piece.chars().all(|sign| " .-'’".contains(sign)) || piece.is_empty();
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
