//! Every question with its score, its change and its answers, by what it belongs to.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::number::{AnswersView, ChangeView, Number, Source};
use super::since::Since;
use crate::report::model::{Cut, Subject};
use crate::survey::definition::{AnswerKind, Item};

#[derive(Debug, Serialize)]
pub(in super::super) struct ItemsView {
    pub title: String,
    pub items: Vec<ItemView>,
}

#[derive(Debug, Serialize)]
pub(in super::super) struct ItemView {
    pub text: String,
    pub note: String,
    pub number: Number,
    /// Since last time; empty where it was not asked then.
    pub change: ChangeView,
    pub answers: AnswersView,
}

/// Items by what they belong to: each index and theme with its items, then the rest of the form by page.
pub(super) fn groups(source: &Source<'_>, since: &Since<'_>) -> Vec<ItemsView> {
    let definition = source.definition;
    let mut left: BTreeSet<&str> = definition.items().map(|item| item.id.as_str()).collect();
    let mut groups = Vec::new();
    let named = definition
        .indices
        .iter()
        .map(|index| (&index.title, index.items().collect::<Vec<_>>()))
        .chain(
            definition
                .themes
                .iter()
                .map(|theme| (&theme.title, theme.items.iter().collect())),
        );
    for (title, ids) in named {
        let items = ids
            .into_iter()
            .filter(|id| left.remove(id.as_str()))
            .filter_map(|id| definition.item(id));
        groups.push((source.say.survey(title), items.collect::<Vec<_>>()));
    }
    for page in &definition.pages {
        let items = page
            .items
            .iter()
            .filter(|item| left.contains(item.id.as_str()) && item.segment.is_none());
        groups.push((source.say.survey(&page.title), items.collect()));
    }
    let views = groups.into_iter().map(|(title, items)| ItemsView {
        title,
        items: items
            .into_iter()
            .flat_map(|item| item_views(source, since, item))
            .collect(),
    });
    views.filter(|group| !group.items.is_empty()).collect()
}

fn item_views(source: &Source<'_>, since: &Since<'_>, item: &Item) -> Vec<ItemView> {
    let say = source.say;
    let text = say.survey(&item.text);
    let view = |subject: Subject, note: &str| ItemView {
        number: source.number(&subject),
        change: since.of(&subject),
        answers: source.answers(&Cut::Everybody, &subject),
        text: text.clone(),
        note: if note.is_empty() {
            String::new()
        } else {
            say.text(note, &[])
        },
    };
    match &item.answer {
        AnswerKind::Rating { reverse: true, .. } => vec![view(Subject::Item(item.id.clone()), "r-reverse")],
        AnswerKind::Rating { .. }
        | AnswerKind::SingleChoice { .. }
        | AnswerKind::MultipleChoice { .. }
        | AnswerKind::Number { .. } => vec![view(Subject::Item(item.id.clone()), "")],
        AnswerKind::ImportanceSatisfaction { .. } => vec![
            view(Subject::Importance(item.id.clone()), "r-importance"),
            view(Subject::Satisfaction(item.id.clone()), "r-satisfaction"),
        ],
        AnswerKind::ShortText { .. } | AnswerKind::LongText { .. } => Vec::new(),
    }
}
