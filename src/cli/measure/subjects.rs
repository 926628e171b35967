//! What a definition measures.

use crate::cli::Failure;
use crate::measure::scoring::{IndexForm, ItemKey};
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
        let dimensions = index
            .dimensions
            .iter()
            .map(|dimension| subjects.keys(&dimension.items))
            .collect();
        let (items, parts) = (index.least_items(), index.least_dimensions());
        let mut scored =
            vec![subjects.scored(index.id.to_string(), dimensions, usize_of(items), usize_of(parts))?];
        for dimension in &index.dimensions {
            let keys = subjects.keys(&dimension.items);
            let least = keys.len().div_ceil(2);
            let name = format!("{}/{}", index.id, dimension.id);
            scored.push(subjects.scored(name, vec![keys], least, 1)?);
        }
        subjects.scored.extend(scored);
    }
    if with_items {
        let each: Result<Vec<Scored>, Failure> = subjects
            .items
            .iter()
            .map(|item| {
                subjects.scored(
                    format!("item:{}", item.id),
                    vec![subjects.keys(std::slice::from_ref(&item.id))],
                    1,
                    1,
                )
            })
            .collect();
        subjects.scored.extend(each?);
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
    /// Where the answers to some items stand and how they are read.
    fn keys(&self, ids: &[ItemId]) -> Vec<ItemKey> {
        let key = |id: &ItemId| {
            let (column, item) = self.items.iter().enumerate().find(|(_, item)| &item.id == id)?;
            Some(ItemKey {
                column,
                points: item.points,
                reverse: item.reverse,
            })
        };
        ids.iter().filter_map(key).collect()
    }

    fn scored(
        &self,
        name: String,
        dimensions: Vec<Vec<ItemKey>>,
        items: usize,
        parts: usize,
    ) -> Result<Scored, Failure> {
        match IndexForm::new(dimensions, Some(items), Some(parts)) {
            Ok(form) => Ok(Scored { name, form }),
            Err(bad) => Err(Failure::Input(format!("`{name}` cannot be scored: {bad}"))),
        }
    }
}

fn usize_of(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
