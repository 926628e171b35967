//! The name by which somebody signs in.

use std::fmt;
use std::str::FromStr;

use super::IdentityError;

/// The longest address accepted, in bytes (RFC 5321).
const MAX_LENGTH: usize = 254;

/// An address, trimmed and in lower case, so that `Ann@Example.gov` and `ann@example.gov` are one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = IdentityError;

    /// Checks only what every address has: whether mail arrives is told by sending some.
    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let text = text.trim().to_lowercase();
        let clean = text.len() <= MAX_LENGTH && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        match text.split_once('@') {
            Some((local, host)) if clean && !local.is_empty() && !host.is_empty() && !host.contains('@') => {
                Ok(Self(text))
            }
            _ => Err(IdentityError::Invalid {
                field: "email",
                problem: format!(
                    "give one address of up to {MAX_LENGTH} characters, such as name@agency.gov"
                ),
            }),
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_around_it_do_not_make_another_person() {
        let email: Email = " Ann@Example.GOV\n".parse().unwrap();
        assert_eq!(email.as_str(), "ann@example.gov");
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_remedy() {
        for text in ["", "ann", "@x", "ann@", "a b@x", "a@b@c", "a\u{0}@x"] {
            let refusal = text.parse::<Email>().unwrap_err().to_string();
            assert!(refusal.contains("name@agency.gov"), "{text}: {refusal}");
        }
    }
}
