//! Everything that a page, the API and the terminal say about a change of a survey.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::changes::{Change, changes};
use super::index::{Anchor, Comparability, anchors, between, common, pairs};
use super::item::Class;
use super::lineage::{Match, lineage};
use crate::survey::definition::{
    ConstructId, Definition, DimensionId, Index, IndexId, ItemId, SurveyId, Text, VersionNumber,
};

/// What changed from one definition to another, and what that does to each trend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// The older definition.
    pub from: Edition,
    /// The newer one.
    pub to: Edition,
    /// Every item of the newer definition, in the order in which it is asked.
    pub items: Vec<ItemDiff>,
    /// Items of the older definition to which nothing corresponds any more.
    pub dropped: Vec<DroppedItem>,
    /// Every index of either.
    pub indices: Vec<IndexDiff>,
    /// Other changes worth telling.
    pub changes: Vec<Change>,
}

/// Which definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// The survey.
    pub survey: SurveyId,
    /// Its version.
    pub version: VersionNumber,
}

/// An item of the newer definition: see [`Match`].
pub type ItemDiff = Match;

/// An item that is not asked any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedItem {
    /// Its id in the older definition.
    pub item: ItemId,
    /// What it measured.
    pub construct: Option<ConstructId>,
}

/// An index before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexDiff {
    /// Its id.
    pub index: IndexId,
    /// Its title: the newer one where there is one.
    pub title: Text,
    /// Items in the older definition; 0 when it had no such index.
    pub old_items: usize,
    /// Items in the newer definition; 0 when it has no such index.
    pub new_items: usize,
    /// What happens to the trend.
    pub comparability: Comparability,
    /// Part by part; the dimensions of the newer definition, then those that are gone.
    pub dimensions: Vec<DimensionCount>,
}

/// A dimension before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimensionCount {
    /// Its id.
    pub dimension: DimensionId,
    /// Items in the older definition.
    pub old_items: usize,
    /// Items in the newer definition.
    pub new_items: usize,
    /// Items of the newer definition's dimension (the older one's, if it is gone) that both asked.
    pub anchors: usize,
}

impl Diff {
    /// How many items of that class there are.
    #[must_use]
    pub fn count(&self, class: Class) -> usize {
        self.items.iter().filter(|item| item.class == class).count()
    }

    /// Whether anything at all differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let kept = self
            .items
            .iter()
            .all(|item| item.class == Class::Same && item.warnings.is_empty());
        let comparable = |index: &IndexDiff| matches!(index.comparability, Comparability::Comparable { .. });
        kept && self.dropped.is_empty() && self.changes.is_empty() && self.indices.iter().all(comparable)
    }
}

/// Compares two definitions. `chain` holds the published versions of the survey, in order, as for [`anchors`];
/// pass `&[]` when there is nothing between the two.
#[must_use]
pub fn diff(old: &Definition, chain: &[&Definition], new: &Definition) -> Diff {
    let items = lineage(&between(old, chain, new));
    let dropped = dropped(old, &items);
    Diff {
        from: edition(old),
        to: edition(new),
        indices: indices(old, chain, new, &items),
        changes: changes(old, new),
        items,
        dropped,
    }
}

fn edition(definition: &Definition) -> Edition {
    Edition {
        survey: definition.id.clone(),
        version: definition.version,
    }
}

fn dropped(old: &Definition, items: &[ItemDiff]) -> Vec<DroppedItem> {
    let kept: BTreeSet<&ItemId> = items.iter().filter_map(|item| item.old.as_ref()).collect();
    old.items()
        .filter(|item| !kept.contains(&item.id))
        .map(|item| DroppedItem {
            item: item.id.clone(),
            construct: item.construct.clone(),
        })
        .collect()
}

fn indices(old: &Definition, chain: &[&Definition], new: &Definition, items: &[ItemDiff]) -> Vec<IndexDiff> {
    let pairs = pairs(items);
    let present = new.indices.iter().map(|now| {
        let before = past_index(old, new, now);
        let shared = before
            .map(|before| common(before, now, &pairs))
            .unwrap_or_default();
        index_diff(before, Some(now), anchors(old, chain, new, &now.id), &shared)
    });
    let gone = old
        .indices
        .iter()
        .filter(|before| {
            !new.indices
                .iter()
                .any(|now| past_index(old, new, now) == Some(*before))
        })
        .map(|before| {
            let reason = format!("the index `{}` is not measured any more", before.id);
            index_diff(Some(before), None, Comparability::Break { reason }, &[])
        });
    present.chain(gone).flatten().collect()
}

/// The older index that `now` continues: the same id in one survey, the declared relation between two.
fn past_index<'a>(old: &'a Definition, new: &Definition, now: &Index) -> Option<&'a Index> {
    if old.id == new.id {
        return old.index(&now.id);
    }
    let names = |short: &Index, survey: &SurveyId, index: &IndexId| {
        let reference = short.short_form_of.as_ref();
        reference.is_some_and(|long| &long.survey == survey && &long.index == index)
    };
    old.indices
        .iter()
        .find(|before| names(now, &old.id, &before.id) || names(before, &new.id, &now.id))
}

fn index_diff(
    before: Option<&Index>,
    now: Option<&Index>,
    comparability: Comparability,
    shared: &[Anchor],
) -> Option<IndexDiff> {
    let newest = now.or(before)?;
    Some(IndexDiff {
        index: newest.id.clone(),
        title: newest.title.clone(),
        old_items: before.map_or(0, |index| index.items().count()),
        new_items: now.map_or(0, |index| index.items().count()),
        comparability,
        dimensions: dimensions(before, now, shared),
    })
}

fn dimensions(before: Option<&Index>, now: Option<&Index>, shared: &[Anchor]) -> Vec<DimensionCount> {
    let items = |index: Option<&Index>, id: &DimensionId| -> Vec<ItemId> {
        let dimensions = index.map(|index| index.dimensions.as_slice()).unwrap_or_default();
        let dimension = dimensions.iter().find(|dimension| &dimension.id == id);
        dimension
            .map(|dimension| dimension.items.clone())
            .unwrap_or_default()
    };
    let mut ids: Vec<&DimensionId> = Vec::new();
    for dimension in now.into_iter().chain(before).flat_map(|index| &index.dimensions) {
        if !ids.contains(&&dimension.id) {
            ids.push(&dimension.id);
        }
    }
    ids.into_iter()
        .map(|id| {
            let (old, new) = (items(before, id), items(now, id));
            let here = |anchor: &&Anchor| {
                new.contains(&anchor.current) || (new.is_empty() && old.contains(&anchor.past))
            };
            DimensionCount {
                dimension: id.clone(),
                old_items: old.len(),
                new_items: new.len(),
                anchors: shared.iter().filter(here).count(),
            }
        })
        .collect()
}
