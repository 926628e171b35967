//! Texts that come from outside, in cells that a spreadsheet might run.
//!
//! A file with commas is opened with semicolons where the comma parts decimals (Spanish and German offices), or with tabs; quotes that a
//! reader does not take for quotes let a line break begin a new row. So not only the beginning of a cell is looked at, but every place
//! where a reader of another mind might begin one.

/// An apostrophe before whatever a spreadsheet would take for a formula: at the beginning, and behind every line break, semicolon and tab.
/// Nothing else changes, so what was written can still be read.
#[must_use]
pub fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    if text.starts_with(['\t', '\r', '\n']) {
        safe.push('\'');
    }
    let mut rest = text;
    loop {
        if runs(rest) {
            safe.push('\'');
        }
        let Some(end) = rest.find(begins_a_cell) else {
            safe.push_str(rest);
            return safe;
        };
        let length = rest
            .get(end..)
            .and_then(|sign| sign.chars().next())
            .map_or(1, char::len_utf8);
        let (cell, behind) = rest.split_at_checked(end + length).unwrap_or((rest, ""));
        safe.push_str(cell);
        rest = behind;
    }
}

/// What may part cells or rows for some reader.
fn begins_a_cell(sign: char) -> bool {
    matches!(
        sign,
        '\n' | '\r' | '\t' | ';' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Whether a cell that begins like this would be run: spaces, quotes and what cannot be seen are skipped by some.
fn runs(cell: &str) -> bool {
    let is_skipped = |sign: char| {
        !begins_a_cell(sign)
            && (sign.is_whitespace()
                || sign.is_control()
                || matches!(sign, '"' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
    };
    let first = cell.trim_start_matches(is_skipped).chars().next();
    first.is_some_and(|first| {
        matches!(
            first,
            '=' | '+'
                | '-'
                | '@'
                | '\u{fe62}'
                | '\u{fe63}'
                | '\u{fe66}'
                | '\u{fe6b}'
                | '\u{ff0b}'
                | '\u{ff0d}'
                | '\u{ff1d}'
                | '\u{ff20}'
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            " =1",
            "\"=1",
            "\u{feff}=1",
            "\u{ff1d}1",
            "\u{fe66}1",
        ] {
            assert!(harmless(text).starts_with('\''), "{text:?}");
        }
        for text in [
            "Department of Transportation",
            "",
            "50 % = half",
            "a; b",
            "one\ntwo",
            "e-mail; re-use",
        ] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn a_formula_behind_a_line_break_or_in_a_file_of_semicolons_is_text() {
        for (text, safe) in [
            ("ok\n=cmd|' /C calc'!A0", "ok\n'=cmd|' /C calc'!A0"),
            ("ok\r\n+1", "ok\r\n'+1"),
            ("ok\r-1", "ok\r'-1"),
            ("ok;=1", "ok;'=1"),
            ("ok; @SUM(A1)", "ok;' @SUM(A1)"),
            ("ok\t=1", "ok\t'=1"),
            ("ok;\"=1\"", "ok;'\"=1\""),
            ("ok\u{2028}=1", "ok\u{2028}'=1"),
            ("=1;=2\n=3", "'=1;'=2\n'=3"),
            ("Reasons:\n- slow\n- old", "Reasons:\n'- slow\n'- old"),
        ] {
            assert_eq!(harmless(text), safe);
        }
    }

    proptest! {
        #[test]
        fn no_part_of_a_guarded_cell_begins_a_formula(text in "([=+@;\t\r\n\" a-]|\\PC){0,24}") {
            let safe = harmless(&text);
            for part in safe.split(begins_a_cell) {
                prop_assert!(!runs(part), "{part:?} of {safe:?}");
            }
            // What was written is all there, in its order.
            let mut given = text.chars().peekable();
            let added = safe.chars().filter(|sign| given.next_if_eq(sign).is_none());
            prop_assert!(added.collect::<String>().chars().all(|sign| sign == '\''));
            prop_assert!(given.next().is_none());
        }
    }
}
