//! Names that people type and that stand in URLs: parsed once, then carried as their own type.
//!
//! A raw `String` never travels through the domain: [`slug_type!`](crate::slug_type) makes one
//! newtype per kind of name, so that an item id cannot be passed where an agency code belongs.

use thiserror::Error;

/// The longest name that is accepted, in bytes. Long enough for `customer-service-strategy`,
/// short enough to stand in a URL, a CSV heading and a chart.
pub const MAX_LENGTH: usize = 64;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{given}` is not a valid name: use 1 to {MAX_LENGTH} letters, digits, `-`, `_` or `.`, starting with a letter or digit"
)]
pub struct BadSlug {
    /// What was given, cut to a printable length.
    pub given: String,
}

/// Accepts 1 to [`MAX_LENGTH`] ASCII letters, digits, `-`, `_`, `.`, starting with a letter or digit.
///
/// # Errors
/// [`BadSlug`] names the rule and what was given.
pub fn check(text: &str) -> Result<(), BadSlug> {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let all_allowed = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if starts_well && all_allowed && text.len() <= MAX_LENGTH {
        Ok(())
    } else {
        Err(BadSlug {
            given: text.chars().take(MAX_LENGTH).collect(),
        })
    }
}

/// Declares a validated name type: `TryFrom<String>`, `FromStr`, `Display`, serde, JSON Schema.
#[macro_export]
macro_rules! slug_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::slug::BadSlug;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                $crate::slug::check(&text)?;
                Ok(Self(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::slug::BadSlug;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" })
            }
        }
    };
}
