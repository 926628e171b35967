//! Texts and days that people type, checked (pure). What is wrong is collected, so that a form tells everything at once.

use jiff::civil::Date;

use super::{Fault, FollowError};

/// The longest line, in characters.
pub const LINE: usize = 200;
/// The longest paragraph, in characters.
pub const PARAGRAPH: usize = 4000;

/// What is wrong with a form so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes something wrong with a field.
    pub fn note(&mut self, field: &'static str, problem: impl Into<String>) {
        let problem = problem.into();
        self.0.push(Fault { field, problem });
    }

    /// `Ok` when nothing was noted.
    ///
    /// # Errors
    /// [`FollowError::Invalid`] with everything.
    pub fn check(self) -> Result<(), FollowError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(FollowError::Invalid(self.0))
        }
    }

    /// A text on one line that must be there.
    pub fn line(&mut self, field: &'static str, given: &str) -> String {
        let text = self.text(field, given, LINE);
        if text.contains('\n') {
            self.note(field, "write it on one line");
        }
        text
    }

    /// A text that must be there.
    pub fn paragraph(&mut self, field: &'static str, given: &str) -> String {
        self.text(field, given, PARAGRAPH)
    }

    /// A text that may be empty.
    pub fn optional(&mut self, field: &'static str, given: &str) -> String {
        if given.trim().is_empty() {
            String::new()
        } else {
            self.paragraph(field, given)
        }
    }

    fn text(&mut self, field: &'static str, given: &str, longest: usize) -> String {
        let text = given.trim().replace("\r\n", "\n");
        if text.is_empty() {
            self.note(field, "is empty: write it down");
        } else if text.chars().count() > longest {
            self.note(field, format!("is longer than {longest} characters: shorten it"));
        } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.note(field, "holds a control character: type it anew");
        }
        text
    }

    /// A day, as it is stored: `2026-11-23`.
    pub fn day(&mut self, field: &'static str, given: &str) -> String {
        match given.trim().parse::<Date>() {
            Ok(day) if (1900..=2200).contains(&day.year()) => day.to_string(),
            _ => {
                let shown: String = given.chars().take(40).collect();
                self.note(field, format!("`{shown}` is no day: write it as 2026-11-23"));
                String::new()
            }
        }
    }

    /// One of some words.
    pub fn one_of(&mut self, field: &'static str, given: &str, words: &[&'static str]) -> String {
        match words.iter().find(|word| **word == given.trim()) {
            Some(word) => (*word).to_owned(),
            None => {
                self.note(field, format!("choose one of {}", words.join(", ")));
                String::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let mut faults = Faults::default();
        faults.line("a", "  ");
        faults.line("b", "one\ntwo");
        faults.paragraph("c", &"x".repeat(PARAGRAPH + 1));
        faults.paragraph("d", "a\u{0}b");
        faults.day("e", "2026-02-30");
        faults.one_of("f", "shout", &["note"]);
        let Err(FollowError::Invalid(found)) = faults.check() else {
            panic!("nothing was found")
        };
        let fields: Vec<_> = found.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["a", "b", "c", "d", "e", "f"]);
    }

    #[test]
    fn what_is_right_is_taken_as_it_is_meant() {
        let mut faults = Faults::default();
        assert_eq!(faults.line("a", " One "), "One");
        assert_eq!(faults.paragraph("b", "one\r\ntwo"), "one\ntwo");
        assert_eq!(faults.optional("c", " "), "");
        assert_eq!(faults.day("d", "2028-02-29"), "2028-02-29");
        assert_eq!(faults.one_of("e", "note", &["note"]), "note");
        assert!(faults.check().is_ok());
    }
}
