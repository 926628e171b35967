//! What a definition measures.

use crate::cli::Failure;
use crate::measure::scoring::{BadForm, IndexForm, ItemKey};
use crate::report::forms;
use crate::survey::definition::{AnswerKind, Definition, Index, ItemId};

/// Everything that gets figures, and the columns it needs.
pub(super) struct Subjects {
    /// A rating item a column.
    pub items: Vec<RatingItem>,
    pub scored: Vec<Scored>,
}

/// A rating item.
pub(super) struct RatingItem {
    pub id: ItemId,
    pub points: u8,
    pub reverse: bool,
    /// Whether an index needs it.
    pub required: bool,
}

/// An index, a dimension of one, or an item, and how it is scored.
pub(super) struct Scored {
    /// `trust`, `trust/competence`, `item:trust-delivers`.
    pub name: String,
    pub form: IndexForm,
}

/// The subjects of a checked definition: indices, each followed by its dimensions, then items where they are wanted.
pub(super) fn of(definition: &Definition, with_items: bool) -> Result<Subjects, Failure> {
    let needed: Vec<&ItemId> = definition.indices.iter().flat_map(Index::items).collect();
    let rating = |item: &crate::survey::definition::Item| match &item.answer {
        AnswerKind::Rating { scale, reverse, .. } => Some(RatingItem {
            id: item.id.clone(),
            points: u8::try_from(definition.scale(scale)?.points.len()).ok()?,
            reverse: *reverse,
            required: needed.contains(&&item.id),
        }),
        _ => None,
    };
    let mut subjects = Subjects {
        items: definition.items().filter_map(rating).collect(),
        scored: Vec::new(),
    };
    for index in &definition.indices {
        let key = |item: &ItemId| subjects.key(item);
        let mut forms = vec![(index.id.to_string(), forms::of_index(index, key))];
        for dimension in &index.dimensions {
            let name = format!("{}/{}", index.id, dimension.id);
            forms.push((name, forms::of_half(&dimension.items, key)));
        }
        subjects.scored.extend(scored(forms)?);
    }
    if with_items {
        let of_item = |item: &RatingItem| {
            let key = subjects.key(&item.id)?;
            Some((format!("item:{}", item.id), forms::of_item(key)))
        };
        let forms = subjects.items.iter().filter_map(of_item).collect();
        subjects.scored.extend(scored(forms)?);
    }
    if subjects.scored.is_empty() {
        return Err(Failure::Input(format!(
            "`{}` defines no index: give a definition with one, or --items to measure its rating items",
            definition.id
        )));
    }
    Ok(subjects)
}

impl Subjects {
    /// Where the answers to an item stand and how they are read.
    fn key(&self, id: &ItemId) -> Option<ItemKey> {
        let (column, item) = self.items.iter().enumerate().find(|(_, item)| &item.id == id)?;
        Some(ItemKey {
            column,
            points: item.points,
            reverse: item.reverse,
        })
    }
}

fn scored(forms: Vec<(String, Result<IndexForm, BadForm>)>) -> Result<Vec<Scored>, Failure> {
    let of = |(name, form): (String, Result<IndexForm, BadForm>)| match form {
        Ok(form) => Ok(Scored { name, form }),
        Err(bad) => Err(Failure::Input(format!("`{name}` cannot be scored: {bad}"))),
    };
    forms.into_iter().map(of).collect()
}
