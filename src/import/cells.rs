//! Reading the numbers that people publish: `58%`, `58`, `0.58`, `58,4`, `-`, `n/a`.

use serde::{Deserialize, Serialize};

/// How a file writes shares and scores where no `%` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numbers {
    /// From 0 to 100: `58`.
    #[default]
    Percent,
    /// From 0 to 1: `0.58`.
    Fraction,
}

/// What stands in a cell instead of a figure that was not published. Case does not matter.
const MISSING: [&str; 14] = [
    "",
    "-",
    "--",
    "–",
    "—",
    ".",
    "..",
    "...",
    "*",
    "n/a",
    "na",
    "nan",
    "null",
    "not available",
];

/// A figure from 0 to 100, `None` where none was published.
///
/// # Errors
/// What is wrong with the cell, and what to do about it.
pub fn figure(cell: &str, numbers: Numbers, missing: &[String]) -> Result<Option<f64>, String> {
    if is_missing(cell, missing) {
        return Ok(None);
    }
    let (text, marked) = match cell.strip_suffix('%') {
        Some(text) => (text.trim_end(), true),
        None => (cell, false),
    };
    let number = decimal(text).ok_or_else(|| {
        format!("`{cell}` is no number: correct it, or list it under `missing` in the mapping")
    })?;
    let value = if marked || numbers == Numbers::Percent {
        number
    } else {
        clean(number * 100.0)
    };
    if (0.0..=100.0).contains(&value) {
        Ok(Some(value))
    } else {
        let range = if marked || numbers == Numbers::Percent {
            "0 to 100"
        } else {
            "0 to 1"
        };
        Err(format!(
            "`{cell}` is outside {range}: correct it, or set `numbers` of this period in the mapping"
        ))
    }
}

/// A count of people, `None` where none was published. Thousands may be set apart by spaces, `,` or `'`.
///
/// # Errors
/// What is wrong with the cell, and what to do about it.
pub fn count(cell: &str, missing: &[String]) -> Result<Option<u32>, String> {
    if is_missing(cell, missing) {
        return Ok(None);
    }
    let digits: String = cell
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ',' | '\''))
        .collect();
    let count = digits.parse().map_err(|_error: std::num::ParseIntError| {
        format!("`{cell}` is no count of people: correct it, or list it under `missing` in the mapping")
    })?;
    Ok(Some(count))
}

/// A standard error in points, `None` where none was published.
///
/// # Errors
/// What is wrong with the cell, and what to do about it.
pub fn standard_error(cell: &str, missing: &[String]) -> Result<Option<f64>, String> {
    if is_missing(cell, missing) {
        return Ok(None);
    }
    let number = decimal(cell).filter(|number| (0.0..=100.0).contains(number));
    number
        .map(Some)
        .ok_or_else(|| format!("`{cell}` is no standard error in points from 0 to 100"))
}

/// Whether every figure of a column is so small that it is likely a fraction that was read as a percentage.
#[must_use]
pub fn look_like_fractions(cells: &[&str]) -> bool {
    let numbers: Vec<f64> = cells.iter().filter_map(|cell| decimal(cell)).collect();
    let unmarked = cells.iter().all(|cell| !cell.contains('%'));
    unmarked
        && numbers.len() >= 5
        && numbers.iter().all(|number| *number <= 1.0)
        && numbers.iter().any(|number| number.fract() != 0.0)
}

fn is_missing(cell: &str, missing: &[String]) -> bool {
    let cell = cell.trim();
    let stands_for_nothing = |marker: &str| marker.eq_ignore_ascii_case(cell);
    MISSING.into_iter().any(stands_for_nothing) || missing.iter().any(|marker| stands_for_nothing(marker))
}

/// Digits with at most one point or comma. No exponent, no `inf`: nobody publishes those.
fn decimal(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-'));
    if !plain {
        return None;
    }
    text.replacen(',', ".", 1)
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

/// 0.29 * 100 is 28.999999999999996; what was published is 29.
fn clean(number: f64) -> f64 {
    (number * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_they_are_published() {
        let percent = |cell| figure(cell, Numbers::Percent, &[]);
        assert_eq!(percent("58%"), Ok(Some(58.0)));
        assert_eq!(percent("58 %"), Ok(Some(58.0)));
        assert_eq!(percent("58,4"), Ok(Some(58.4)));
        assert_eq!(percent("0"), Ok(Some(0.0)));
        assert_eq!(figure("0.29", Numbers::Fraction, &[]), Ok(Some(29.0)));
        assert_eq!(figure("29%", Numbers::Fraction, &[]), Ok(Some(29.0)));
        for nothing in ["", "-", "n/a", "N/A", "..", "*"] {
            assert_eq!(percent(nothing), Ok(None));
        }
        assert_eq!(
            figure("suppressed", Numbers::Percent, &["Suppressed".to_owned()]),
            Ok(None)
        );
    }

    #[test]
    fn what_is_no_figure_is_refused_with_its_remedy() {
        for wrong in ["abc", "101", "-3", "1e2", "inf", "5.8.1", "58%%", "1,234.5"] {
            let told = figure(wrong, Numbers::Percent, &[]).unwrap_err();
            assert!(told.contains(wrong) && told.contains("mapping"), "{told}");
        }
        assert!(
            figure("58", Numbers::Fraction, &[])
                .unwrap_err()
                .contains("0 to 1")
        );
    }

    #[test]
    fn fractions_read_as_percentages_are_noticed() {
        assert!(look_like_fractions(&["0.5", "0.71", "1", "0", "0.3"]));
        assert!(!look_like_fractions(&["0", "1", "0", "1", "1"]));
        assert!(!look_like_fractions(&["50", "0.71", "1", "0", "0.3"]));
        assert!(!look_like_fractions(&["0.5%", "0.7%", "0.1%", "0%", "0.3%"]));
    }

    #[test]
    fn counts_may_have_thousands_apart() {
        assert_eq!(count("1,234", &[]), Ok(Some(1234)));
        assert_eq!(count("12 345", &[]), Ok(Some(12_345)));
        assert_eq!(count("n/a", &[]), Ok(None));
        assert!(count("12.5", &[]).is_err());
    }
}
