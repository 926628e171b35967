//! Forms that lose nothing: what was typed goes back into the fields, and what is wrong stands at each of them.
//!
//! A template asks for `form.typed.NAME` and `form.fault_of.NAME`; every field that the handler names is there. The
//! partials `form/line`, `form/area` and `form/choice` do so by the parameter `name`.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::follow::Fault;

/// What a browser sends: texts by the names of the fields.
pub type Typed = BTreeMap<String, String>;

/// A form as templates show it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Form {
    /// What stands in each field.
    pub typed: Typed,
    /// What is wrong with each; empty for those that are right.
    pub fault_of: BTreeMap<String, String>,
    /// Everything that is wrong, in the order of the fields.
    pub faults: Vec<Line>,
}

/// Something wrong, with the field it is wrong with.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    field: String,
    told: String,
}

impl Form {
    /// A form with these fields.
    #[must_use]
    pub fn new(fields: &[&str], mut typed: Typed, faults: &[Fault]) -> Self {
        for field in fields {
            typed.entry((*field).to_owned()).or_default();
        }
        let told = |field: &str| {
            let of_field = faults.iter().filter(|fault| fault.field == field);
            of_field
                .map(|fault| fault.problem.as_str())
                .collect::<Vec<_>>()
                .join("; ")
        };
        let fault_of: BTreeMap<String, String> = fields
            .iter()
            .map(|field| ((*field).to_owned(), told(field)))
            .collect();
        let lines = faults.iter().map(|fault| Line {
            field: fault.field.to_owned(),
            told: fault.problem.clone(),
        });
        Self {
            typed,
            fault_of,
            faults: lines.collect(),
        }
    }

    /// 422 with faults, 409 where somebody else was faster, 200 without either.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        if self.faults.is_empty() {
            StatusCode::OK
        } else if self.faults.iter().any(|fault| fault.field == "seen") {
            StatusCode::CONFLICT
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    /// The title of the page: it says so when something is wrong.
    #[must_use]
    pub fn title(&self, title: &str) -> String {
        if self.faults.is_empty() {
            title.to_owned()
        } else {
            format!("Error: {title}")
        }
    }
}

/// A field of what was typed, trimmed; empty when it was not sent.
#[must_use]
pub fn field(typed: &Typed, name: &str) -> String {
    typed
        .get(name)
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

/// The time in a field: what `<input type="datetime-local">` sends, read as UTC; RFC 3339 is taken, too. An empty field is no
/// time.
///
/// # Errors
/// What is wrong with it, and how to write it.
pub fn instant(text: &str) -> Result<Option<Timestamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let local = text.parse::<jiff::civil::DateTime>().ok();
    let in_utc = local
        .and_then(|local| local.to_zoned(TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp());
    let read = text.parse::<Timestamp>().ok().or(in_utc);
    read.map(Some)
        .ok_or_else(|| format!("`{text}` is no time; write it like 2026-09-01T06:00, in UTC"))
}

/// An option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

/// Options with the chosen one marked.
#[must_use]
pub fn choices<V: Into<String>, W: Into<String>>(
    options: impl IntoIterator<Item = (V, W)>,
    chosen: &str,
) -> Vec<Choice> {
    let choice = |(value, words): (V, W)| {
        let value = value.into();
        Choice {
            is_chosen: value == chosen,
            words: words.into(),
            value,
        }
    };
    options.into_iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_utc() {
        let six = "2026-09-01T06:00:00Z".parse().ok();
        for text in [
            "2026-09-01T06:00",
            "2026-09-01T06:00:00Z",
            "2026-09-01T08:00:00+02:00",
        ] {
            assert_eq!(instant(text), Ok(six), "{text}");
        }
        assert_eq!(instant(""), Ok(None));
        assert!(instant("tomorrow").is_err());
    }
}
