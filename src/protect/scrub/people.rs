//! Names of people: whole words only, whatever their case and accents, and words whose letters stand apart.

use std::ops::Range;

use super::letters::{Letter, part, runs, text_of, written};
use crate::protect::names::{Known, Names};

/// What stands between the letters of a word that is written letter by letter, besides spaces.
const APART: &str = "-._*~|/,·•'";

/// So many signs at most stand between two such letters.
const MOST_APART: usize = 3;

/// What may stand between an initial and a name.
const BESIDE: &str = " .,-'";

/// Between two words of a name, these go with them.
const JOINS: &[&str] = &["'", "-", "_", "."];

/// Where names are written.
pub(super) fn people(letters: &[Letter], names: &Names) -> Vec<Range<usize>> {
    let words = runs(letters, char::is_alphabetic);
    let mut found = whole_words(letters, &words, names);
    found.extend(letter_by_letter(letters, &words, names));
    found.iter().filter_map(|range| written(letters, range)).collect()
}

fn whole_words(letters: &[Letter], words: &[Range<usize>], names: &Names) -> Vec<Range<usize>> {
    let texts: Vec<String> = words.iter().map(|word| text_of(letters, word)).collect();
    let is_capital = |place: usize| {
        let first = words.get(place).and_then(|word| letters.get(word.start));
        first.is_some_and(|letter| letter.is_capital)
    };
    let text = |place: usize| texts.get(place).map_or("", String::as_str);
    let between = |one: usize, other: usize| match (words.get(one), words.get(other)) {
        (Some(one), Some(other)) => Some(text_of(letters, &(one.end..other.start))),
        _ => None,
    };
    let is_near = |one: usize| {
        between(one, one + 1).is_some_and(|signs| signs.chars().all(|sign| BESIDE.contains(sign)))
    };
    let known: Vec<Known> = (0..words.len())
        .map(|place| names.known(text(place), is_capital(place)))
        .collect();
    let is_name = |place: usize| known.get(place) == Some(&Known::Name);
    // Words of every sentence are names where the next one is that of the same person.
    let is_pair = |place: usize| {
        is_capital(place)
            && is_capital(place + 1)
            && is_near(place)
            && names.has_pair(text(place), text(place + 1))
    };
    let before = |place: usize, is: &dyn Fn(usize) -> bool| place.checked_sub(1).is_some_and(is);
    let is_beside = |place: usize| {
        (is_near(place) && is_name(place + 1)) || before(place, &|before| is_near(before) && is_name(before))
    };
    let is_taken = |place: &usize| match known.get(*place) {
        Some(Known::Name) => true,
        Some(Known::BesideOne) => is_beside(*place) || is_pair(*place) || before(*place, &is_pair),
        _ if words.get(*place).is_some_and(|word| word.len() == 1) => {
            // An initial, or what is left of O'Hara.
            (is_capital(*place) && is_beside(*place))
                || (is_name(place + 1) && between(*place, place + 1).as_deref() == Some("'"))
        }
        _ => false,
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    for place in (0..words.len()).filter(is_taken) {
        let is_joined = before(place, &|before| {
            is_taken(&before) && between(before, place).is_some_and(|signs| JOINS.contains(&signs.as_str()))
        });
        match (words.get(place), found.last_mut()) {
            (Some(word), Some(last)) if is_joined => last.end = word.end,
            (Some(word), _) => found.push(word.clone()),
            (None, _) => {}
        }
    }
    found
}

/// Whether a word is one character, though it may be read as two.
fn is_single(letters: &[Letter], word: &Range<usize>) -> bool {
    let own = part(letters, word);
    own.first().map(|letter| &letter.place) == own.last().map(|letter| &letter.place)
}

/// Names among words of one letter each. A wider gap ends a word; where all gaps are alike, names are looked for at both ends,
/// so that what is spelt out for emphasis stays.
fn letter_by_letter(letters: &[Letter], words: &[Range<usize>], names: &Names) -> Vec<Range<usize>> {
    let gap = |one: &Range<usize>, next: &Range<usize>| {
        let signs = part(letters, &(one.end..next.start));
        let is_apart = |letter: &Letter| letter.sign.is_whitespace() || APART.contains(letter.sign);
        (signs.len() <= MOST_APART && signs.iter().all(is_apart)).then_some(signs.len())
    };
    let mut found = Vec::new();
    let mut rest = words;
    while let Some(first) = rest.first() {
        let mut gaps = Vec::new();
        if is_single(letters, first) {
            let pairs = rest.windows(2).map_while(|pair| match pair {
                [one, next] if is_single(letters, next) => gap(one, next),
                _ => None,
            });
            gaps.extend(pairs);
        }
        let count = gaps.len() + 1;
        let run = rest.get(..count).unwrap_or_default();
        if run.len() >= 3 {
            found.extend(spelt_in(letters, run, &gaps, names));
        }
        rest = rest.get(count..).unwrap_or_default();
    }
    found
}

fn spelt_in(letters: &[Letter], run: &[Range<usize>], gaps: &[usize], names: &Names) -> Vec<Range<usize>> {
    let least = gaps.iter().min().copied().unwrap_or_default();
    let ends = gaps.iter().enumerate().filter(|(_, gap)| **gap > least);
    let mut found = Vec::new();
    let mut from = 0;
    for end in ends.map(|(place, _)| place + 1).chain([run.len()]) {
        let word = run.get(from..end).unwrap_or_default();
        from = end;
        let spelt: String = word.iter().map(|letter| text_of(letters, letter)).collect();
        let whole = names.has_word(&spelt).then_some(0..word.len());
        let places = whole.map_or_else(|| at_the_ends(&spelt, names), |whole| vec![whole]);
        let places = places.into_iter().filter_map(|place| {
            let own = word.get(place)?;
            Some(own.first()?.start..own.last()?.end)
        });
        found.extend(places);
    }
    found
}

/// Names of three letters and more with which a word begins or ends, and again with what is left of it.
fn at_the_ends(spelt: &str, names: &Names) -> Vec<Range<usize>> {
    let letters: Vec<char> = spelt.chars().collect();
    let is_name = |place: &Range<usize>| {
        let word: String = letters.get(place.clone()).unwrap_or_default().iter().collect();
        names.has_word(&word)
    };
    let (mut found, mut from, mut to) = (Vec::new(), 0, letters.len());
    loop {
        let first = (from + 3..=to).rev().map(|end| from..end).find(is_name);
        let last = (from..to.saturating_sub(2)).map(|start| start..to).find(is_name);
        match (first, last) {
            (Some(place), _) => {
                from = place.end;
                found.push(place);
            }
            (None, Some(place)) => {
                to = place.start;
                found.push(place);
            }
            (None, None) => return found,
        }
    }
}
