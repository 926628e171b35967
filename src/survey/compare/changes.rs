//! Changes beside items and indices that a designer wants to be told: pages, options, segments, limits.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::item::{common_language, corresponds, kind, words};
use crate::survey::definition::{AnswerKind, Choice, Definition, Item, Text};

/// A change that does not decide comparability.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// What it is about: `pages`, `languages`, `title`, or `item ID`.
    pub subject: String,
    /// What changed, as a sentence without a full stop.
    pub change: String,
}

impl Change {
    fn new(subject: impl Into<String>, change: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            change: change.into(),
        }
    }
}

/// Everything worth telling besides items and indices.
pub(super) fn changes(old: &Definition, new: &Definition) -> Vec<Change> {
    let mut found = Vec::new();
    texts(old, new, &mut found);
    listed("languages", ids(&old.languages), ids(&new.languages), &mut found);
    let page_ids = |d: &Definition| d.pages.iter().map(|page| page.id.to_string()).collect();
    listed("pages", page_ids(old), page_ids(new), &mut found);
    let theme_ids = |d: &Definition| d.themes.iter().map(|theme| theme.id.to_string()).collect();
    listed("themes", theme_ids(old), theme_ids(new), &mut found);
    for now in new.items() {
        if let Some(before) = old.items().find(|before| corresponds(before, now)) {
            item_changes((old, before), (new, now), &mut found);
        }
    }
    found
}

fn texts(old: &Definition, new: &Definition, found: &mut Vec<Change>) {
    let language = common_language(old, new);
    let differ = |a: &Text, b: &Text| words(a, language) != words(b, language);
    if differ(&old.title, &new.title) {
        found.push(Change::new("title", "the title changed"));
    }
    if differ(&old.purpose, &new.purpose) {
        found.push(Change::new("purpose", "the purpose changed"));
    }
}

fn ids(list: &[impl ToString]) -> BTreeSet<String> {
    list.iter().map(ToString::to_string).collect()
}

fn listed(subject: &str, old: BTreeSet<String>, new: BTreeSet<String>, found: &mut Vec<Change>) {
    let (added, removed) = (new.difference(&old), old.difference(&new));
    for (verb, list) in [("added", join(added)), ("removed", join(removed))] {
        if !list.is_empty() {
            found.push(Change::new(subject, format!("{verb}: {list}")));
        }
    }
}

fn join<'a>(list: impl Iterator<Item = &'a String>) -> String {
    list.map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn item_changes(
    (old_definition, old): (&Definition, &Item),
    (new_definition, new): (&Definition, &Item),
    found: &mut Vec<Change>,
) {
    let subject = format!("item {}", new.id);
    let mut tell = |change: String| found.push(Change::new(subject.clone(), change));
    if old.id != new.id {
        tell(format!("was called {}", old.id));
    }
    let (before, now) = (page_of(old_definition, old), page_of(new_definition, new));
    if before != now {
        tell(format!("moved from page {before} to page {now}"));
    }
    if old.required != new.required {
        let now = if new.required { "required" } else { "optional" };
        tell(format!("is {now} now"));
    }
    if old.show_if != new.show_if {
        tell("is shown under another condition".to_owned());
    }
    if old.segment != new.segment {
        let name = |item: &Item| {
            item.segment
                .as_ref()
                .map_or("none".to_owned(), ToString::to_string)
        };
        tell(format!("segment {} became {}", name(old), name(new)));
    }
    for change in answer_changes(&old.answer, &new.answer) {
        tell(change);
    }
}

fn page_of(definition: &Definition, item: &Item) -> String {
    let mut pages = definition.pages.iter();
    pages
        .find(|page| page.items.iter().any(|candidate| candidate.id == item.id))
        .map_or_else(String::new, |page| page.id.to_string())
}

fn answer_changes(old: &AnswerKind, new: &AnswerKind) -> Vec<String> {
    match (old, new) {
        (AnswerKind::SingleChoice { options: a }, AnswerKind::SingleChoice { options: b }) => {
            option_changes(a, b)
        }
        (
            AnswerKind::MultipleChoice {
                options: a,
                at_most: from,
            },
            AnswerKind::MultipleChoice {
                options: b,
                at_most: to,
            },
        ) => {
            let mut found = option_changes(a, b);
            if from != to {
                found.push("another number of options may be chosen".to_owned());
            }
            found
        }
        (AnswerKind::ShortText { max_length: a }, AnswerKind::ShortText { max_length: b })
        | (AnswerKind::LongText { max_length: a }, AnswerKind::LongText { max_length: b })
            if a != b =>
        {
            vec![format!("may have {b} characters, before {a}")]
        }
        (
            AnswerKind::Number {
                min: a,
                max: b,
                decimals: c,
                ..
            },
            AnswerKind::Number {
                min: x,
                max: y,
                decimals: z,
                ..
            },
        ) if (a, b, c) != (x, y, z) => {
            vec![format!(
                "takes {x} to {y} with {z} decimals, before {a} to {b} with {c}"
            )]
        }
        (a, b) if kind(a) != kind(b) => vec![format!("is answered as {}, before as {}", kind(b), kind(a))],
        _ => Vec::new(),
    }
}

fn option_changes(old: &[Choice], new: &[Choice]) -> Vec<String> {
    let names =
        |list: &[Choice]| -> BTreeSet<String> { list.iter().map(|choice| choice.id.to_string()).collect() };
    let (old, new) = (names(old), names(new));
    [
        ("options added", join(new.difference(&old))),
        ("options removed", join(old.difference(&new))),
    ]
    .into_iter()
    .filter(|(_, list)| !list.is_empty())
    .map(|(verb, list)| format!("{verb}: {list}"))
    .collect()
}
