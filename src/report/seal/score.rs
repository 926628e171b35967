//! Which subjects a version has, and how each is read out of a record.

use crate::collect::packed::{Layout, Slot};
use crate::measure::scoring::{IndexForm, ItemKey};
use crate::report::forms;
use crate::report::model::Subject;
use crate::survey::definition::{AnswerKind, Definition, Index, IndexId, Item, ItemId, ScaleId, Theme};

/// A subject and how it is scored.
#[derive(Debug, Clone)]
pub(super) struct Scored {
    pub subject: Subject,
    pub form: IndexForm,
    /// For a single rating: the labels of its points, lowest first, so that its distribution can be told.
    pub points: Vec<String>,
}

/// A choice item and how its answers are read.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub subject: Subject,
    pub offset: usize,
    pub slot: Slot,
    /// Id and label of each option.
    pub options: Vec<(String, String)>,
}

/// A number item and where its answers stand.
#[derive(Debug, Clone)]
pub(super) struct Numbered {
    pub subject: Subject,
    pub offset: usize,
}

impl Scored {
    /// The index, if it is one.
    pub(super) fn index(&self) -> Option<&IndexId> {
        match &self.subject {
            Subject::Index(index) => Some(index),
            _ => None,
        }
    }

    /// The one item, for subjects that are one item's answers.
    pub(super) fn single(&self) -> Option<&ItemKey> {
        self.form.items().next().filter(|_| !self.points.is_empty())
    }
}

/// Every subject of a version that has scores: indices, their dimensions, themes, rating items, halves of pairs.
pub(super) fn scored_subjects(definition: &Definition, layout: &Layout) -> Vec<Scored> {
    let mut subjects = Vec::new();
    for index in &definition.indices {
        subjects.extend(index_subjects(definition, layout, index));
    }
    let themes = definition.themes.iter();
    subjects.extend(themes.filter_map(|theme| theme_subject(definition, layout, theme)));
    subjects.extend(
        definition
            .items()
            .flat_map(|item| item_subjects(definition, layout, item)),
    );
    subjects
}

fn index_subjects(definition: &Definition, layout: &Layout, index: &Index) -> Vec<Scored> {
    let key = |item: &ItemId| rating_key(definition, layout, item);
    let scored = |subject, form| Scored {
        subject,
        form,
        points: Vec::new(),
    };
    let whole = forms::of_index(index, key).ok();
    let whole = whole.map(|form| scored(Subject::Index(index.id.clone()), form));
    let parts = index.dimensions.iter().filter_map(|dimension| {
        let form = forms::of_half(&dimension.items, key).ok()?;
        let subject = Subject::Dimension(index.id.clone(), dimension.id.clone());
        Some(scored(subject, form))
    });
    whole.into_iter().chain(parts).collect()
}

/// A theme's score is the mean of its answered ratings and satisfactions, at least half of them; `None` for a theme
/// without any.
fn theme_subject(definition: &Definition, layout: &Layout, theme: &Theme) -> Option<Scored> {
    let key = |item: &ItemId| {
        rating_key(definition, layout, item).or_else(|| satisfaction_key(definition, layout, item))
    };
    Some(Scored {
        subject: Subject::Theme(theme.id.clone()),
        form: forms::of_half(&theme.items, key).ok()?,
        points: Vec::new(),
    })
}

/// Where a rating item stands and how it is read; `None` for other kinds of items.
pub(super) fn rating_key(definition: &Definition, layout: &Layout, id: &ItemId) -> Option<ItemKey> {
    let column = layout.column(id)?;
    match (&definition.item(id)?.answer, column.slot) {
        (AnswerKind::Rating { reverse, .. }, Slot::Rating { points }) => Some(ItemKey {
            column: column.offset,
            points,
            reverse: *reverse,
        }),
        _ => None,
    }
}

/// Where the satisfaction of a pair stands; `None` for other kinds of items.
pub(super) fn satisfaction_key(definition: &Definition, layout: &Layout, id: &ItemId) -> Option<ItemKey> {
    let column = layout.column(id)?;
    match (&definition.item(id)?.answer, column.slot) {
        (AnswerKind::ImportanceSatisfaction { .. }, Slot::Pair { satisfaction, .. }) => Some(ItemKey {
            column: column.offset + 1,
            points: satisfaction,
            reverse: false,
        }),
        _ => None,
    }
}

fn item_subjects(definition: &Definition, layout: &Layout, item: &Item) -> Vec<Scored> {
    let Some(column) = layout.column(&item.id) else {
        return Vec::new();
    };
    let scored = |subject, offset, points, reverse, scale| {
        let key = ItemKey {
            column: offset,
            points,
            reverse,
        };
        Some(Scored {
            subject,
            form: forms::of_item(key).ok()?,
            points: labels(definition, scale),
        })
    };
    let found = match (&item.answer, column.slot) {
        (AnswerKind::Rating { scale, reverse, .. }, Slot::Rating { points }) => {
            vec![scored(
                Subject::Item(item.id.clone()),
                column.offset,
                points,
                *reverse,
                scale,
            )]
        }
        (
            AnswerKind::ImportanceSatisfaction {
                importance: importance_scale,
                satisfaction: satisfaction_scale,
                ..
            },
            Slot::Pair {
                importance,
                satisfaction,
            },
        ) => vec![
            scored(
                Subject::Importance(item.id.clone()),
                column.offset,
                importance,
                false,
                importance_scale,
            ),
            scored(
                Subject::Satisfaction(item.id.clone()),
                column.offset + 1,
                satisfaction,
                false,
                satisfaction_scale,
            ),
        ],
        _ => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

fn labels(definition: &Definition, scale: &ScaleId) -> Vec<String> {
    let points = definition
        .scale(scale)
        .map_or(&[][..], |scale| scale.points.as_slice());
    points
        .iter()
        .map(|point| in_first_language(definition, point))
        .collect()
}

/// A text in the survey's first language, the one results are read in.
pub(super) fn in_first_language(definition: &Definition, text: &crate::survey::definition::Text) -> String {
    let language = definition.languages.first();
    language.map_or_else(String::new, |language| text.get(language).to_owned())
}

/// The choice items of a version.
pub(super) fn choice_subjects(definition: &Definition, layout: &Layout) -> Vec<Chosen> {
    let chosen = |item: &Item| {
        let (AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. }) =
            &item.answer
        else {
            return None;
        };
        let column = layout.column(&item.id)?;
        Some(Chosen {
            subject: Subject::Item(item.id.clone()),
            offset: column.offset,
            slot: column.slot,
            options: options
                .iter()
                .map(|option| {
                    (
                        option.id.to_string(),
                        in_first_language(definition, &option.label),
                    )
                })
                .collect(),
        })
    };
    definition.items().filter_map(chosen).collect()
}

/// The number items of a version.
pub(super) fn number_subjects(definition: &Definition, layout: &Layout) -> Vec<Numbered> {
    let numbered = |item: &Item| {
        let column = layout.column(&item.id)?;
        (column.slot == Slot::Number).then(|| Numbered {
            subject: Subject::Item(item.id.clone()),
            offset: column.offset,
        })
    };
    definition.items().filter_map(numbered).collect()
}
