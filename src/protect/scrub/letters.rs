//! A text as it is compared: small plain letters, each with the place where it was written.
//!
//! Compatibility decomposition (NFKD) takes full-width, small, circled and ligature forms apart; accents, which then stand by
//! themselves, are dropped, and so is the case. What has no decomposition and is written otherwise by many (ß, æ, ø, ł, ...) is
//! replaced, as are the kinds of apostrophes and dashes, and Greek and Cyrillic letters that look like Latin ones. One character may become
//! several letters, which then have the same place: a part of a character is never cut off.

use std::ops::Range;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

use super::MARK;

/// One letter or sign of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::protect) struct Letter {
    /// Small and plain.
    pub sign: char,
    /// Whether a capital was written.
    pub is_capital: bool,
    /// Bytes of the text, with the accents that follow.
    pub place: Range<usize>,
}

/// What a character that cannot be seen stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::protect) enum Unseen {
    IsNothing,
    IsSpace,
}

/// Stands for a [`MARK`]: no letter, no digit, no space.
const GONE: char = '\u{fffc}';

/// Reads a text letter by letter.
pub(in crate::protect) fn read(text: &str, unseen: Unseen) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(written) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if text.get(at..).is_some_and(|rest| rest.starts_with(MARK)) {
            letters.push(letter(GONE, false, at..at + MARK.len()));
            at += MARK.len();
            continue;
        }
        let place = at..at + written.len_utf8();
        at = place.end;
        if is_unseen(written) {
            if unseen == Unseen::IsSpace {
                letters.push(letter(' ', false, place));
            }
            continue;
        }
        let mut is_accent = true;
        for sign in plain(written) {
            letters.push(letter(sign, written.is_uppercase(), place.clone()));
            is_accent = false;
        }
        if let Some(before) = letters.last_mut().filter(|_| is_accent) {
            before.place.end = place.end;
        }
    }
    letters
}

fn letter(sign: char, is_capital: bool, place: Range<usize>) -> Letter {
    Letter {
        sign,
        is_capital,
        place,
    }
}

/// A word as it is compared.
pub(in crate::protect) fn folded(word: &str) -> String {
    let seen = word.chars().filter(|letter| !is_unseen(*letter));
    seen.flat_map(plain).collect()
}

/// Whether anything of a text cannot be seen.
pub(in crate::protect) fn has_unseen(text: &str) -> bool {
    text.chars().any(is_unseen)
}

/// A character as it is left in a text: nothing for those that cannot be seen, a space for controls and blank letters.
pub(super) fn seen(letter: char) -> Option<char> {
    match letter {
        '\n' | '\t' => Some(letter),
        // Blank, and as wide as a letter.
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => Some(' '),
        unseen if is_unseen(unseen) => None,
        control if control.is_control() => Some(' '),
        other => Some(other),
    }
}

/// Characters that leave no trace on paper: joiners, directions, fillers, selectors, tags, notes of interlinear texts.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{20dd}'..='\u{20e0}' | '\u{20e2}'..='\u{20e4}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// What a character is compared as; nothing for an accent.
fn plain(written: char) -> impl Iterator<Item = char> {
    // Some apostrophes would be taken apart into a space and an accent.
    let written = if is_apostrophe(written) { '\'' } else { written };
    let parts = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(std::iter::once(written));
    parts
        .flat_map(char::to_lowercase)
        .filter(|part| !is_accent(*part))
        .flat_map(|part| {
            let (one, two) = replaced(part);
            std::iter::once(one).chain(two)
        })
}

fn is_accent(letter: char) -> bool {
    !letter.is_ascii() && CanonicalCombiningClassMapBorrowed::new().get_u8(letter) != 0
}

/// Whether a character goes on a word: a letter, a digit, an accent.
pub(in crate::protect) fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_accent(letter)
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '`' | '\u{b4}' | '\u{2b9}'..='\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{55a}' | '\u{5f3}'
        | '\u{1fbd}' | '\u{1fbf}' | '\u{1fef}' | '\u{1ffd}' | '\u{1ffe}' | '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2035}'
        | '\u{275b}' | '\u{275c}' | '\u{a78b}' | '\u{a78c}' | '\u{ff07}' | '\u{ff40}')
}

/// What has no decomposition: one letter, or two.
fn replaced(letter: char) -> (char, Option<char>) {
    let one = match letter {
        'ß' => return ('s', Some('s')),
        'æ' => return ('a', Some('e')),
        'œ' => return ('o', Some('e')),
        'þ' => return ('t', Some('h')),
        'ø' | 'ο' | 'о' => 'o',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ħ' | 'һ' => 'h',
        'ı' | 'ι' | 'і' => 'i',
        'ŋ' => 'n',
        'ŧ' | 'т' => 't',
        'ς' => 'σ',
        'а' | 'α' => 'a',
        'в' => 'b',
        'с' => 'c',
        'е' | 'ε' => 'e',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'ν' => 'v',
        'х' | 'χ' => 'x',
        'у' | 'υ' => 'y',
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' => '-',
        '\u{3002}' | '\u{ff61}' => '.',
        '\n' | '\t' => letter,
        control if control.is_control() => ' ',
        apostrophe if is_apostrophe(apostrophe) => '\'',
        other => other,
    };
    (one, None)
}

/// The longest stretches whose signs all satisfy this, as places among the letters.
pub(super) fn runs(letters: &[Letter], is_in: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (place, letter) in letters.iter().enumerate() {
        if !is_in(letter.sign) {
            continue;
        }
        match found.last_mut() {
            Some(last) if last.end == place => last.end = place + 1,
            _ => found.push(place..place + 1),
        }
    }
    found
}

/// The letters of a stretch.
pub(super) fn part<'a>(letters: &'a [Letter], range: &Range<usize>) -> &'a [Letter] {
    letters.get(range.clone()).unwrap_or_default()
}

/// The signs of a stretch.
pub(super) fn text_of(letters: &[Letter], range: &Range<usize>) -> String {
    part(letters, range).iter().map(|letter| letter.sign).collect()
}

/// Where a stretch was written.
pub(super) fn written(letters: &[Letter], range: &Range<usize>) -> Option<Range<usize>> {
    let own = part(letters, range);
    Some(own.first()?.place.start..own.last()?.place.end)
}

/// Without the punctuation around it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_one_word_however_it_is_written() {
        for (written, plain) in [
            ("Strauß", "strauss"),
            ("STRAUẞ", "strauss"),
            ("Ægir Œrsted", "aegir oersted"),
            ("Łukasz Þór Øyvind", "lukasz thor oyvind"),
            ("Ștefan Țepeș", "stefan tepes"),
            ("Nu\u{301}n\u{303}ez", "nunez"),
            ("İpek Işık", "ipek isik"),
            ("Ｊａｎｅ", "jane"),
            ("ﬁona", "fiona"),
            ("Ⓙⓐⓝⓔ", "jane"),
            ("J\u{ad}a\u{200d}n\u{180b}e\u{e0101}\u{fff9}", "jane"),
            (
                "O\u{2bc}Hara O\u{b4}Hara O‛Hara O`Hara",
                "o'hara o'hara o'hara o'hara",
            ),
            ("Мaria", "maria"),
        ] {
            assert_eq!(folded(written), plain, "{written:?}");
        }
    }

    #[test]
    fn every_letter_knows_where_it_was_written() {
        let text = "é\u{301}ß\u{200b}ﬃ[…]x";
        let places: Vec<(char, &str)> = read(text, Unseen::IsNothing)
            .iter()
            .map(|letter| (letter.sign, text.get(letter.place.clone()).unwrap()))
            .collect();
        assert_eq!(
            places,
            [
                ('e', "é\u{301}"),
                ('s', "ß"),
                ('s', "ß"),
                ('f', "ﬃ"),
                ('f', "ﬃ"),
                ('i', "ﬃ"),
                (GONE, "[…]"),
                ('x', "x"),
            ]
        );
    }
}
