//! What somebody wrote in their own words, and whether it may be shown.
//!
//! Below each text of an anonymous audience stands a box that nobody ticks but the respondent: "may be shown without my name".
//! The consent belongs to the words and travels with them, apart from the ratings: as a part of the response it would
//! tell, comment by comment, which responses may be theirs. A text without it is stored and counted, and no page, no file
//! and no reviewer ever gets it.
//!
//! On its way it is `"words"`, or `{"text": "words", "show": true}`.

use serde_json::{Value, json};

/// The words of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// As written, without leading and trailing space; not empty.
    pub text: String,
    /// The writer agreed that it may be shown without a name.
    pub may_show: bool,
}

impl Words {
    /// Words that may not be shown.
    #[must_use]
    pub fn kept_back(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            may_show: false,
        }
    }

    /// The form in which they wait to be mixed.
    #[must_use]
    pub fn to_value(&self) -> Value {
        if self.may_show {
            json!({ "text": self.text, "show": true })
        } else {
            Value::from(self.text.as_str())
        }
    }

    /// From that form; `None` for anything else.
    #[must_use]
    pub fn of_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::kept_back(text.as_str())),
            Value::Object(parts) => Some(Self {
                text: parts.get("text")?.as_str()?.to_owned(),
                may_show: parts.get("show").and_then(Value::as_bool).unwrap_or(false),
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wait_with_their_consent_and_never_gain_one() {
        for may_show in [true, false] {
            let words = Words {
                text: "Answer the phone.".to_owned(),
                may_show,
            };
            assert_eq!(Words::of_value(&words.to_value()), Some(words));
        }
        let unsaid = Words::of_value(&json!({ "text": "x" })).expect("words");
        assert!(!unsaid.may_show);
        assert_eq!(Words::of_value(&json!(3)), None);
    }
}
