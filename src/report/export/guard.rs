//! Texts that come from outside, in cells that a spreadsheet might run.

use super::Row;

/// Texts that come from outside, made harmless for spreadsheets.
pub(super) fn guarded(row: Row) -> Row {
    Row {
        unit_title: harmless(&row.unit_title),
        ..row
    }
}

/// An apostrophe before what a spreadsheet would take for a formula.
#[must_use]
pub fn harmless(text: &str) -> String {
    let first = text.trim_start().chars().next();
    let starts_badly = text.starts_with(['\t', '\r', '\n']);
    if starts_badly
        || first.is_some_and(|first| {
            matches!(
                first,
                '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
            )
        })
    {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\u{ff1d}1"] {
            assert!(harmless(text).starts_with('\''), "{text:?}");
        }
        for text in ["Department of Transportation", "", "50 % = half"] {
            assert_eq!(harmless(text), text);
        }
    }
}
