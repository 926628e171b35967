//! From answers to scores: which subjects a version has, and the scores of each agency's respondents.

use std::collections::BTreeMap;

use super::material::{Answers, Fielded, Members};
use crate::agency::AgencyCode;
use crate::collect::packed::{Layout, Slot};
use crate::measure::scoring::{IndexForm, ItemKey};
use crate::report::model::Subject;
use crate::survey::definition::{AnswerKind, Definition, Index, Item, ItemId, ScaleId};

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

/// The scores of one subject by agency, each list in ascending order.
pub(super) type Scores = BTreeMap<AgencyCode, Vec<f64>>;

/// Every subject of a version that has scores: indices, their dimensions, rating items, halves of pairs.
pub(super) fn scored_subjects(definition: &Definition, layout: &Layout) -> Vec<Scored> {
    let mut subjects = Vec::new();
    for index in &definition.indices {
        subjects.extend(index_subjects(definition, layout, index));
    }
    subjects.extend(
        definition
            .items()
            .flat_map(|item| item_subjects(definition, layout, item)),
    );
    subjects
}

fn index_subjects(definition: &Definition, layout: &Layout, index: &Index) -> Vec<Scored> {
    let whole = index_form(definition, layout, index).map(|form| Scored {
        subject: Subject::Index(index.id.clone()),
        form,
        points: Vec::new(),
    });
    let parts = index.dimensions.iter().filter_map(|dimension| {
        let items = keys(definition, layout, dimension.items.iter());
        let needed = items.len().div_ceil(2);
        let form = IndexForm::new(vec![items], Some(needed), Some(1)).ok()?;
        Some(Scored {
            subject: Subject::Dimension(index.id.clone(), dimension.id.clone()),
            form,
            points: Vec::new(),
        })
    });
    whole.into_iter().chain(parts).collect()
}

/// The form of a whole index; `None` when it has none, which a checked definition excludes.
fn index_form(definition: &Definition, layout: &Layout, index: &Index) -> Option<IndexForm> {
    let dimensions: Vec<Vec<ItemKey>> = index
        .dimensions
        .iter()
        .map(|dimension| keys(definition, layout, dimension.items.iter()))
        .collect();
    let items = usize::try_from(index.least_items()).ok()?;
    let parts = usize::try_from(index.least_dimensions()).ok()?;
    IndexForm::new(dimensions, Some(items), Some(parts)).ok()
}

fn keys<'a>(
    definition: &Definition,
    layout: &Layout,
    items: impl Iterator<Item = &'a ItemId>,
) -> Vec<ItemKey> {
    items
        .filter_map(|id| rating_key(definition, layout, id))
        .collect()
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
            form: IndexForm::new(vec![vec![key]], Some(1), Some(1)).ok()?,
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

/// The scores of everybody for whom the form has one.
pub(super) fn scores(fielded: &Fielded, form: &IndexForm) -> Scores {
    collect(fielded, |row| form.index_score(row))
}

/// The scores of those who answered every item of the form.
pub(super) fn complete_scores(fielded: &Fielded, form: &IndexForm) -> Scores {
    collect(fielded, |row| {
        form.is_complete(row).then(|| form.index_score(row)).flatten()
    })
}

fn collect(fielded: &Fielded, score: impl Fn(&[Option<u8>]) -> Option<f64>) -> Scores {
    let of = |answers: &Answers| {
        let mut scores: Vec<f64> = answers.rows.iter().filter_map(|row| score(row)).collect();
        scores.sort_by(f64::total_cmp);
        scores
    };
    fielded
        .answers
        .iter()
        .map(|(agency, answers)| (agency.clone(), of(answers)))
        .collect()
}

/// The scores of some agencies together, in ascending order.
pub(super) fn together(scores: &Scores, members: &Members) -> Vec<f64> {
    let mut all: Vec<f64> = members
        .iter()
        .filter_map(|agency| scores.get(agency))
        .flatten()
        .copied()
        .collect();
    all.sort_by(f64::total_cmp);
    all
}
