//! Telephone numbers, ids and amounts.
//!
//! Digits belong together whatever stands between them: spaces of any width, dashes, points, strokes, stars, a new line. What many sentences
//! of offices have in them is no number of somebody: years and pairs of them, fiscal years, times of the day, and a few digits with a unit.

use std::ops::Range;

use super::letters::{Letter, bare, runs, text_of, written};
use crate::protect::names::Names;

/// What may stand between the digits of one number, besides spaces.
const BETWEEN: &str = "-./\\()+,:;'*~|_=·•‧∙⋅・⁄";

/// So many signs at most.
const MOST_BETWEEN: usize = 3;

/// Where runs of digits are written that could be a telephone number, an id or an amount.
pub(super) fn numbers(letters: &[Letter]) -> Vec<Range<usize>> {
    let digits = runs(letters, char::is_numeric);
    let mut found = Vec::new();
    let mut rest = digits.as_slice();
    while let Some(first) = rest.first() {
        let mut count = 1;
        let mut end = first.end;
        while let Some(next) = rest.get(count).filter(|next| joins(letters, &(end..next.start))) {
            end = next.end;
            count += 1;
        }
        let groups = rest.get(..count).unwrap_or_default();
        if is_number(letters, groups) {
            found.push(first.start..end);
        } else if !is_of_the_calendar(letters, groups) {
            let long = groups
                .iter()
                .filter(|group| group.len() >= 4 && !is_year(letters, group));
            found.extend(long.cloned());
        }
        rest = rest.get(count..).unwrap_or_default();
    }
    found.iter().filter_map(|range| written(letters, range)).collect()
}

/// Whether what stands between two groups of digits can be within a number.
fn joins(letters: &[Letter], between: &Range<usize>) -> bool {
    let signs = text_of(letters, between);
    let is_list = signs.starts_with([',', ';']) && signs.contains(char::is_whitespace);
    !is_list
        && signs.chars().count() <= MOST_BETWEEN
        && signs
            .chars()
            .all(|sign| sign.is_whitespace() || BETWEEN.contains(sign))
}

/// Whether groups of digits make one number of somebody: seven digits, or five that stand close.
fn is_number(letters: &[Letter], groups: &[Range<usize>]) -> bool {
    let total: usize = groups.iter().map(Range::len).sum();
    let is_close = |pair: &[Range<usize>]| match pair {
        [one, next] => {
            let between = text_of(letters, &(one.end..next.start));
            between.chars().count() == 1 && !between.contains(char::is_whitespace)
        }
        _ => true,
    };
    let is_long = total >= 7 || (groups.len() > 1 && groups.windows(2).all(is_close) && total >= 5);
    is_long && !is_of_the_calendar(letters, groups)
}

/// Years, `2024-25`, and times of the day: at most two, from and to.
fn is_of_the_calendar(letters: &[Letter], groups: &[Range<usize>]) -> bool {
    let between = |one: &Range<usize>, next: &Range<usize>| text_of(letters, &(one.end..next.start));
    if groups.iter().all(|group| is_year(letters, group)) {
        return true;
    }
    if let [year, short] = groups {
        let is_pair = is_year(letters, year) && short.len() == 2;
        if is_pair && matches!(between(year, short).as_str(), "-" | "/") {
            return true;
        }
    }
    let is_time = |pair: &[Range<usize>]| match pair {
        [hour, minute] => {
            let value = |group| text_of(letters, group).parse::<u8>().ok();
            minute.len() == 2
                && between(hour, minute) == ":"
                && value(hour).is_some_and(|hour| hour <= 24)
                && value(minute).is_some_and(|minute| minute < 60)
        }
        _ => false,
    };
    groups.len() <= 4 && groups.chunks(2).all(is_time)
}

/// What stands before the year in a fiscal year.
const FISCAL: &[&str] = &["fy", "cy", "sfy", "ffy"];

/// Four digits from 1900 to 2099 that nothing marks as a number of something.
fn is_year(letters: &[Letter], group: &Range<usize>) -> bool {
    let before = letters.get(..group.start).unwrap_or_default();
    let marks = before.iter().rev().map(|letter| letter.sign);
    let mark: Vec<char> = marks
        .take_while(|sign| *sign == '#' || sign.is_alphanumeric())
        .collect();
    let mark: String = mark.into_iter().rev().collect();
    let is_marked = !mark.is_empty() && !FISCAL.contains(&mark.as_str());
    group.len() == 4 && !is_marked && is_century(&text_of(letters, group))
}

fn is_century(year: &str) -> bool {
    year.starts_with("19") || year.starts_with("20")
}

/// Where words with three digits and more beside letters, numbers behind `#`, and whatever the rosters call somebody are written.
pub(super) fn ids(letters: &[Letter], names: &Names) -> Vec<Range<usize>> {
    let is_in = |letter: char| letter.is_alphanumeric() || "-_.#".contains(letter);
    let words = runs(letters, is_in);
    let is_id = |range: &&Range<usize>| {
        let word = text_of(letters, range);
        let digits = word.chars().filter(|letter| letter.is_numeric()).count();
        let has_letters = word.chars().any(char::is_alphabetic);
        names.has_mark(bare(&word))
            || (has_letters && digits >= 3 && !is_ordinary(bare(&word)))
            || (word.contains('#') && digits > 0)
    };
    let ids = words.iter().filter(is_id);
    ids.filter_map(|range| written(letters, range)).collect()
}

/// What is written with many digits and letters and is of nobody: products, fiscal years, decades, a number and its unit.
fn is_ordinary(word: &str) -> bool {
    const PRODUCTS: &[&str] = &["m365", "o365", "office365", "dynamics365"];
    const UNITS: &[&str] = &[
        "gb", "gbps", "ghz", "hrs", "k", "kb", "kbps", "m", "mb", "mbps", "mhz", "min", "ms", "nd", "p",
        "rd", "s", "st", "tb", "th", "x",
    ];
    const COUNTED: &[&str] = &[
        "bed", "day", "days", "dollar", "employee", "foot", "hour", "hours", "line", "mile", "minute",
        "page", "percent", "person", "point", "seat", "user", "week", "year",
    ];
    let end = word
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(word.len());
    let (digits, unit) = word.split_at(end);
    let year = FISCAL.iter().find_map(|mark| word.strip_prefix(mark));
    let is_fiscal = year.is_some_and(|year| {
        let parts: Vec<&str> = year.split('-').collect();
        let is_part = |part: &&str| part.len() == 2 || (part.len() == 4 && is_century(part));
        parts.len() <= 2 && parts.iter().all(is_part)
    });
    PRODUCTS.contains(&word)
        || is_fiscal
        || (digits.len() == 4 && is_century(digits) && unit == "s")
        || (digits.len() == 3 && UNITS.contains(&unit))
        || (digits.len() == 3 && unit.strip_prefix('-').is_some_and(|unit| COUNTED.contains(&unit)))
}
