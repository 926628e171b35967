//! Mail addresses, handles and links, also those that are spelt out: `name (at) host [dot] gov`, `name at host dot gov`.
//!
//! Words for the signs count only where an address can stand: "at" where a host follows it, "dot" before what ends a host. A
//! Department of Transportation is called DOT, and in Spanish "punto es" begins an explanation.

use std::ops::Range;

use super::letters::{Letter, bare, part, runs, text_of, written};

/// Ends of domains that are met in mails of offices; others are found by `www.`, `://`, `@` and a path behind them.
const DOMAINS: &[&str] = &[
    "app", "biz", "co", "com", "dev", "edu", "es", "gob", "gov", "info", "int", "io", "local", "mil", "mx",
    "net", "org", "us",
];

/// Those that are no words, so that "dot" before them is a point wherever it stands.
const SPELT: &[&str] = &["com", "edu", "gob", "gov", "mx", "org"];

/// Words for `@` and `.`.
const AT: &[&str] = &["at", "arroba"];
const DOT: &[&str] = &["dot", "punto"];

/// What may stand around them.
const OPEN: &str = "([{<";
const CLOSE: &str = ")]}>";

/// Words behind "at" that begin no host.
const NO_HOST: &[&str] = &[
    "a", "all", "an", "any", "her", "his", "its", "least", "most", "my", "no", "our", "that", "the", "their",
    "this", "your",
];

/// What looks like a host and is a product.
const PRODUCTS: &[&str] = &["ado.net", "asp.net", "vb.net"];

/// Where addresses are written.
pub(super) fn addresses(letters: &[Letter]) -> Vec<Range<usize>> {
    let signs = with_signs(letters);
    let words = runs(&signs, |sign| !sign.is_whitespace());
    let text = Words {
        texts: words.iter().map(|range| text_of(&signs, range)).collect(),
        signs: &signs,
        ranges: &words,
    };
    let taken = (0..words.len()).filter_map(|place| text.address(place));
    let ranges = taken.filter_map(|(from, to)| Some(words.get(from)?.start..words.get(to)?.end));
    ranges.filter_map(|range| written(&signs, &range)).collect()
}

/// The letters with `@` and `.` in the place of `(at)`, `[dot]`, `_at_` and the like.
fn with_signs(letters: &[Letter]) -> Vec<Letter> {
    let mut signs = Vec::with_capacity(letters.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        match spelt(letters, at) {
            Some((sign, end)) => {
                signs.push(Letter {
                    sign,
                    is_capital: false,
                    place: written(letters, &(at..end)).unwrap_or_else(|| letter.place.clone()),
                });
                at = end;
            }
            None => {
                signs.push(letter.clone());
                at += 1;
            }
        }
    }
    signs
}

/// A word for a sign within brackets or between underlines, and where it ends.
fn spelt(letters: &[Letter], at: usize) -> Option<(char, usize)> {
    let sign = |place: usize| letters.get(place).map(|letter| letter.sign);
    let open = sign(at)?;
    let is_bracket = OPEN.contains(open);
    if !is_bracket && open != '_' {
        return None;
    }
    let behind = |mut place: usize| {
        while is_bracket && sign(place).is_some_and(char::is_whitespace) {
            place += 1;
        }
        place
    };
    let from = behind(at + 1);
    let mut to = from;
    while sign(to).is_some_and(|sign| sign.is_alphabetic() || "@.".contains(sign))
        && to < from + "arroba".len()
    {
        to += 1;
    }
    let word = text_of(letters, &(from..to));
    let close = behind(to);
    let closes = sign(close).is_some_and(|sign| {
        if is_bracket {
            CLOSE.contains(sign)
        } else {
            sign == '_'
        }
    });
    match word.as_str() {
        "@" | "." if closes && is_bracket => Some((word.chars().next()?, close + 1)),
        word if closes && AT.contains(&word) => Some(('@', close + 1)),
        word if closes && DOT.contains(&word) => Some(('.', close + 1)),
        _ => None,
    }
}

/// A text word by word.
struct Words<'a> {
    texts: Vec<String>,
    signs: &'a [Letter],
    ranges: &'a [Range<usize>],
}

impl Words<'_> {
    fn word(&self, place: usize) -> &str {
        self.texts.get(place).map_or("", String::as_str)
    }

    fn last(&self) -> usize {
        self.texts.len().saturating_sub(1)
    }

    /// The first and the last word of an address that is recognised by this word.
    fn address(&self, place: usize) -> Option<(usize, usize)> {
        let here = self.word(place);
        if here == "@" || here == "arroba" {
            return Some((self.back(place), self.on(place + 1)));
        }
        if here.contains('@') {
            let from = if here.starts_with('@') && is_link(here) {
                self.back(place)
            } else {
                place
            };
            let to = if here.ends_with('@') { place + 1 } else { place };
            return Some((from, self.on(to)));
        }
        if here == "at" && place > 0 && !NO_HOST.contains(&self.word(place + 1)) {
            let is_spelt =
                self.is_dot(place + 2) && (self.ends_host(place + 3, DOMAINS) || self.is_dot(place + 4));
            let before = self.word(place - 1);
            let is_part = before.contains(['.', '_']) || before.chars().any(char::is_numeric);
            if is_spelt || (is_part && is_link(self.word(place + 1))) {
                return Some((self.back(place), self.on(place + 1)));
            }
        }
        if self.is_dot(place) && place > 0 && self.ends_host(place + 1, SPELT) {
            return Some((self.back(place), self.on(place + 1)));
        }
        is_link(here).then_some((place, place))
    }

    /// Whether a word stands for the point in a host. In capitals among small words it is the name of an office.
    fn is_dot(&self, place: usize) -> bool {
        let is_capital = |place: usize| {
            let range = self.ranges.get(place).cloned().unwrap_or_default();
            part(self.signs, &range).iter().all(|letter| letter.is_capital)
        };
        match self.word(place) {
            "." => true,
            word if DOT.contains(&word) => !is_capital(place) || is_capital(place + 1),
            _ => false,
        }
    }

    fn ends_host(&self, place: usize, ends: &[&str]) -> bool {
        ends.contains(&bare(self.word(place)))
    }

    /// The first word of what stands before a sign, `jane dot doe` included.
    fn back(&self, place: usize) -> usize {
        let mut from = place.saturating_sub(1);
        while from >= 2 && self.is_dot(from - 1) {
            from -= 2;
        }
        from
    }

    /// The last word of a host that goes on with points.
    fn on(&self, place: usize) -> usize {
        let mut to = place;
        while self.is_dot(to + 1) && to + 2 <= self.last() {
            to += 2;
        }
        to.min(self.last())
    }
}

fn is_link(word: &str) -> bool {
    if word.contains("://") || word.contains("www.") {
        return true;
    }
    let word = word.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let (host, path) = word.split_at(word.find(['/', ':', '?', '#']).unwrap_or(word.len()));
    let host = host.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let Some((before, end)) = host.rsplit_once('.').filter(|(before, _)| !before.is_empty()) else {
        return false;
    };
    let has_path = path.starts_with('/')
        && path.chars().any(char::is_alphanumeric)
        && end.len() >= 2
        && end.chars().all(char::is_alphabetic)
        && before.chars().any(char::is_alphabetic);
    (DOMAINS.contains(&end) && !PRODUCTS.contains(&host)) || has_path
}
