//! Answers as form fields, the only form in which a half-filled form exists: in the pages that the respondent's
//! browser sends back and forth. The server keeps no draft.
//!
//! The field of an item is named `a.` and its id; the halves of a pair have `/importance` and `/satisfaction`
//! behind it, which no id can contain, and the box below a text has `/show`. What was typed is kept as it was typed, so that a page can show it again
//! beside what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::answers::OPT_OUT;
use super::form::Form;
use crate::survey::definition::{AnswerKind, Item, ItemId};

/// The halves of a pair, as they stand behind the item's id.
pub const HALVES: [&str; 2] = ["importance", "satisfaction"];

/// The consent to show a text, as it stands behind the item's id.
pub const SHOW: &str = "show";

/// What was filled in so far, right or wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    values: BTreeMap<String, Vec<String>>,
}

/// The field of an item.
#[must_use]
pub fn field(item: &ItemId) -> String {
    format!("a.{item}")
}

/// The field of one half of a pair.
#[must_use]
pub fn half(item: &ItemId, half: &str) -> String {
    format!("a.{item}/{half}")
}

impl Draft {
    /// Takes the fields that belong to items of this form; everything else in the request is not an answer.
    #[must_use]
    pub fn of_fields(form: &Form, fields: &[(String, String)]) -> Self {
        let known: BTreeSet<String> = form.definition().items().flat_map(names).collect();
        let mut draft = Self::default();
        for (name, value) in fields {
            if known.contains(name) && !value.trim().is_empty() {
                draft.values.entry(name.clone()).or_default().push(value.clone());
            }
        }
        draft
    }

    /// What was filled into a field; several values for the boxes of a multiple choice.
    #[must_use]
    pub fn values(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Takes back the answer to an item.
    pub fn remove(&mut self, item: &Item) {
        for name in names(item) {
            self.values.remove(&name);
        }
    }

    /// Takes back the answers to items that are not shown any more.
    pub fn keep_visible(&mut self, form: &Form, visible: &BTreeSet<ItemId>) {
        for item in form
            .definition()
            .items()
            .filter(|item| !visible.contains(&item.id))
        {
            self.remove(item);
        }
    }

    /// Every field with a value, but for those of the given items: what a page carries along unseen.
    pub fn carried<'d>(&'d self, but: &[&Item]) -> impl Iterator<Item = (&'d str, &'d str)> {
        let but: BTreeSet<String> = but.iter().flat_map(|item| names(item)).collect();
        let others = self.values.iter().filter(move |(name, _)| !but.contains(*name));
        others.flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())))
    }

    /// The answers in their JSON form, each of the type that its item wants where the text allows it. What is
    /// wrong stays a text, and [`check`](super::answers::check) says so.
    #[must_use]
    pub fn to_json(&self, form: &Form) -> Map<String, Value> {
        let entries = form.definition().items().filter_map(|item| {
            let value = self.value_of(item);
            (!value.is_null()).then(|| (item.id.to_string(), value))
        });
        entries.collect()
    }

    fn value_of(&self, item: &Item) -> Value {
        let given = self.values(&field(&item.id));
        match &item.answer {
            AnswerKind::Rating { .. } => given.last().map_or(Value::Null, |text| point(text)),
            AnswerKind::ImportanceSatisfaction { .. } => {
                let halves = HALVES.iter().filter_map(|name| {
                    let given = self.values(&half(&item.id, name)).last()?;
                    Some(((*name).to_owned(), point(given)))
                });
                let halves: Map<String, Value> = halves.collect();
                if halves.is_empty() {
                    Value::Null
                } else {
                    Value::Object(halves)
                }
            }
            AnswerKind::MultipleChoice { .. } if given.is_empty() => Value::Null,
            AnswerKind::MultipleChoice { .. } => Value::from(given.to_vec()),
            AnswerKind::Number { decimals, .. } => given
                .last()
                .map_or(Value::Null, |text| number(text.trim(), *decimals)),
            AnswerKind::ShortText { .. } | AnswerKind::LongText { .. } => match given.last() {
                None => Value::Null,
                Some(text) if self.values(&half(&item.id, SHOW)).is_empty() => Value::from(text.as_str()),
                Some(text) => json!({ "text": text, "show": true }),
            },
            AnswerKind::SingleChoice { .. } => given
                .last()
                .map_or(Value::Null, |text| Value::from(text.as_str())),
        }
    }
}

fn names(item: &Item) -> Vec<String> {
    match item.answer {
        AnswerKind::ImportanceSatisfaction { .. } => HALVES.iter().map(|name| half(&item.id, name)).collect(),
        AnswerKind::ShortText { .. } | AnswerKind::LongText { .. } => {
            vec![field(&item.id), half(&item.id, SHOW)]
        }
        _ => vec![field(&item.id)],
    }
}

fn point(text: &str) -> Value {
    match text.parse::<u32>() {
        Ok(point) if text != OPT_OUT => Value::from(point),
        _ => Value::from(text),
    }
}

/// A number as people type it: `3`, `3.5`, `3,5`. More decimals than the item accepts are left as a text and
/// refused: `1,000` typed for a thousand must not become 1.
fn number(text: &str, decimals: u32) -> Value {
    let typed = text.replacen(',', ".", 1);
    let digits = typed.strip_prefix('-').unwrap_or(&typed);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = u32::try_from(fraction.len()).is_ok_and(|length| length <= decimals);
    let is_number = !whole.is_empty() && all_digits(whole) && all_digits(fraction) && fits;
    let number = is_number.then(|| typed.parse::<f64>().ok()).flatten();
    number.map_or_else(|| Value::from(text), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them_and_never_a_thousandth_of_it() {
        assert_eq!(number("3", 0), Value::from(3.0));
        assert_eq!(number("-3,5", 1), Value::from(-3.5));
        assert_eq!(number("3.50", 2), Value::from(3.5));
        for refused in [
            "1,000", "1.000", "1e3", "", "-", ".5", "0x1", "1 000", "NaN", "３",
        ] {
            let value = number(refused, 0);
            assert!(value.is_string() || value == 3.0, "{refused} became {value}");
        }
    }
}
