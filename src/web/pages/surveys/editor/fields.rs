//! The fields of the editor's forms: what was typed, what is wrong with it, and texts in every language side by side.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use serde::Serialize;

use crate::survey::definition::{Definition, Language, Text};
use crate::survey::problem::Problem;

/// What a browser sends: texts by the names of the fields.
pub(super) type Typed = BTreeMap<String, String>;

/// What is wrong, by the name of the field.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    of: BTreeMap<String, String>,
    is_overtaken: bool,
}

impl Faults {
    /// Notes something wrong with a field.
    pub(super) fn note(&mut self, field: impl Into<String>, told: impl std::fmt::Display) {
        let line = self.of.entry(field.into()).or_default();
        if !line.is_empty() {
            line.push_str("; ");
        }
        line.push_str(&told.to_string());
    }

    /// Notes that somebody else has saved the same part since the form was shown.
    pub(super) fn overtaken(&mut self, field: &str, told: String) {
        self.note(field, told);
        self.is_overtaken = true;
    }

    /// The status of a page with these faults: 409 where somebody was overtaken, else 422.
    pub(super) fn status(&self) -> StatusCode {
        if self.is_overtaken {
            StatusCode::CONFLICT
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    /// Whether nothing is.
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// What the check says about the part of the definition at `pointer`. `field` leads from the rest of a pointer to a field.
    pub(super) fn at(problems: &[Problem], pointer: &str, field: impl Fn(&[&str]) -> String) -> Self {
        let mut faults = Self::default();
        for problem in problems {
            let Some(rest) = problem.pointer.strip_prefix(pointer) else {
                continue;
            };
            if !(rest.is_empty() || rest.starts_with('/')) {
                continue;
            }
            let steps: Vec<&str> = rest.split('/').skip(1).collect();
            faults.note(
                field(&steps),
                format_args!("{}; {}", problem.problem, problem.remedy),
            );
        }
        faults
    }

    /// What is wrong with a field; empty for nothing.
    pub(super) fn of(&self, field: &str) -> String {
        self.of.get(field).cloned().unwrap_or_default()
    }
}

/// A form as the partials `form/...` show it.
#[derive(Debug, Serialize)]
pub(super) struct Form {
    /// The mark of what the form was filled with; empty for a new part.
    seen: String,
    typed: Typed,
    fault_of: BTreeMap<String, String>,
    faults: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    field: String,
    told: String,
}

impl Form {
    /// A form whose partials ask for these fields.
    pub(super) fn new(fields: &[&str], typed: &Typed, faults: &Faults) -> Self {
        let of = |name: &&str| ((*name).to_owned(), typed.get(*name).cloned().unwrap_or_default());
        let fault = |name: &&str| ((*name).to_owned(), faults.of(name));
        let lines = faults.of.iter().map(|(field, told)| Line {
            field: field.clone(),
            told: told.clone(),
        });
        Self {
            seen: typed.get("seen").cloned().unwrap_or_default(),
            typed: fields.iter().map(of).collect(),
            fault_of: fields.iter().map(fault).collect(),
            faults: lines.collect(),
        }
    }
}

/// A text in every language, side by side.
#[derive(Debug, Serialize)]
pub(super) struct Words {
    label: String,
    hint: &'static str,
    fields: Vec<WordField>,
}

#[derive(Debug, Serialize)]
struct WordField {
    name: String,
    language: String,
    value: String,
    fault: String,
    is_long: bool,
}

/// The fields of a text.
pub(super) fn words(
    (name, label, hint): (&str, impl Into<String>, &'static str),
    is_long: bool,
    languages: &[Language],
    typed: &Typed,
    faults: &Faults,
) -> Words {
    let field = |language: &Language| {
        let name = format!("{name}.{language}");
        WordField {
            value: typed.get(&name).cloned().unwrap_or_default(),
            fault: faults.of(&name),
            language: language.to_string(),
            is_long,
            name,
        }
    };
    Words {
        label: label.into(),
        hint,
        fields: languages.iter().map(field).collect(),
    }
}

/// A field, trimmed; empty when it was not sent.
pub(super) fn field<'a>(typed: &'a Typed, name: &str) -> &'a str {
    typed.get(name).map_or("", |text| text.trim())
}

/// A name in a field.
pub(super) fn slug<T>(typed: &Typed, name: &str, faults: &mut Faults) -> Option<T>
where
    T: std::str::FromStr<Err = crate::slug::BadSlug>,
{
    match field(typed, name).parse() {
        Ok(slug) => Some(slug),
        Err(bad) => {
            faults.note(name, bad);
            None
        }
    }
}

/// A name in a field that may be empty.
pub(super) fn optional_slug<T>(typed: &Typed, name: &str, faults: &mut Faults) -> Option<T>
where
    T: std::str::FromStr<Err = crate::slug::BadSlug>,
{
    if field(typed, name).is_empty() {
        None
    } else {
        slug(typed, name, faults)
    }
}

/// A number in a field that may be empty.
pub(super) fn number<T: std::str::FromStr>(typed: &Typed, name: &str, faults: &mut Faults) -> Option<T> {
    let given = field(typed, name);
    if given.is_empty() {
        return None;
    }
    let read = given.parse().ok();
    if read.is_none() {
        faults.note(name, format_args!("`{given}` is no number that fits here"));
    }
    read
}

/// Whether a box was ticked.
pub(super) fn ticked(typed: &Typed, name: &str) -> bool {
    field(typed, name) == "yes"
}

/// A text in every language, as it was typed; what is missing is empty, and the check says so.
pub(super) fn text(typed: &Typed, name: &str, languages: &[Language]) -> Text {
    let one = |language: &Language| {
        let given = field(typed, &format!("{name}.{language}")).replace("\r\n", "\n");
        (language.clone(), given)
    };
    Text(languages.iter().map(one).collect())
}

/// The same; none where nothing was typed in any language.
pub(super) fn optional_text(typed: &Typed, name: &str, languages: &[Language]) -> Option<Text> {
    let text = text(typed, name, languages);
    text.0.values().any(|words| !words.is_empty()).then_some(text)
}

/// Puts a text into the fields.
pub(super) fn fill(typed: &mut Typed, name: &str, text: &Text) {
    for (language, words) in &text.0 {
        typed.insert(format!("{name}.{language}"), words.clone());
    }
}

/// Puts a value into a field.
pub(super) fn set(typed: &mut Typed, name: &str, value: impl Into<String>) {
    typed.insert(name.to_owned(), value.into());
}

/// Leads the rest of a pointer to the field of a text: `text/en` to `text.en`, `text` to its first language.
pub(super) fn text_field(name: &str, rest: &[&str], definition: &Definition) -> String {
    let first = definition
        .languages
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!("{name}.{}", rest.first().copied().unwrap_or(&first))
}
