//! Whether an index of one definition can be put into one trend with that of another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::item::Class;
use super::lineage::{Match, lineage};
use crate::survey::definition::{Definition, Index, IndexId, ItemId};

/// An item that both sides asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Anchor {
    /// Its id in the past definition.
    pub past: ItemId,
    /// Its id in the current definition.
    pub current: ItemId,
    /// [`Class::Same`] or [`Class::Flagged`].
    pub class: Class,
}

/// Whether past and current values of an index may be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Comparability {
    /// The same items, dimensions and minimums: the index itself is compared.
    Comparable {
        /// All items of the index.
        items: Vec<Anchor>,
    },
    /// Only the index recomputed on these items, for both sides, is compared.
    OnAnchors {
        /// The common items, in the order of the current index.
        items: Vec<Anchor>,
    },
    /// Not comparable: the trend has a break here.
    Break {
        /// Why, in words for the reader of the trend.
        reason: String,
    },
}

impl Comparability {
    /// The items on which both sides are compared; empty at a break.
    #[must_use]
    pub fn items(&self) -> &[Anchor] {
        match self {
            Self::Comparable { items } | Self::OnAnchors { items } => items,
            Self::Break { .. } => &[],
        }
    }

    /// Whether the trend has a break here.
    #[must_use]
    pub fn is_break(&self) -> bool {
        matches!(self, Self::Break { .. })
    }

    /// Whether any common item is of class B, so that the reader is told that a wording changed.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        self.items().iter().any(|anchor| anchor.class == Class::Flagged)
    }

    fn because(reason: impl Into<String>) -> Self {
        Self::Break {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Comparability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comparable { .. } => f.write_str("comparable"),
            Self::OnAnchors { items } => match items.len() {
                1 => f.write_str("comparable on 1 anchor item"),
                n => write!(f, "comparable on {n} anchor items"),
            },
            Self::Break { reason } => write!(f, "break: {reason}"),
        }
    }
}

/// Compares the index `index` of `current` with what `past` knows of it.
///
/// `chain` holds the published versions of the survey, in order; of it only those strictly between the two
/// definitions matter, so the whole history may be passed for every past round. `past` may be a later version
/// than `current` (an old version fielded again): the chain is then walked the other way. For two surveys the
/// chain does not matter: one of the indices must be declared `short_form_of` the other.
#[must_use]
pub fn anchors(
    past: &Definition,
    chain: &[&Definition],
    current: &Definition,
    index: &IndexId,
) -> Comparability {
    let Some(now) = current.index(index) else {
        return Comparability::because(format!("there is no index `{index}` in {}", name(current)));
    };
    if past.id != current.id {
        return across_surveys(past, current, now);
    }
    let Some(before) = past.index(index) else {
        return Comparability::because(format!("there is no index `{index}` in {}", name(past)));
    };
    if past.version <= current.version {
        let matches = lineage(&between(past, chain, current));
        within_survey(before, now, &pairs(&matches))
    } else {
        let matches = lineage(&between(current, chain, past));
        within_survey(before, now, &turned(pairs(&matches)))
    }
}

/// `first`, the versions of the same survey numbered strictly between, `last`.
pub(super) fn between<'a>(
    first: &'a Definition,
    chain: &[&'a Definition],
    last: &'a Definition,
) -> Vec<&'a Definition> {
    let mut middle: Vec<&Definition> = chain
        .iter()
        .copied()
        .filter(|version| version.id == last.id && first.id == last.id)
        .filter(|version| first.version < version.version && version.version < last.version)
        .collect();
    middle.sort_by_key(|version| version.version);
    let mut versions = vec![first];
    versions.append(&mut middle);
    versions.push(last);
    versions
}

/// The comparable pairs among matches, by the id in the newer definition.
pub(super) fn pairs(matches: &[Match]) -> BTreeMap<ItemId, Anchor> {
    matches
        .iter()
        .filter(|found| found.class.is_anchor())
        .filter_map(|found| {
            let anchor = Anchor {
                past: found.old.clone()?,
                current: found.new.clone(),
                class: found.class,
            };
            Some((found.new.clone(), anchor))
        })
        .collect()
}

fn turned(pairs: BTreeMap<ItemId, Anchor>) -> BTreeMap<ItemId, Anchor> {
    pairs
        .into_values()
        .map(|pair| Anchor {
            past: pair.current,
            current: pair.past,
            class: pair.class,
        })
        .map(|pair| (pair.current.clone(), pair))
        .collect()
}

/// The common items of two indices, in the order of the current one.
pub(super) fn common(before: &Index, now: &Index, pairs: &BTreeMap<ItemId, Anchor>) -> Vec<Anchor> {
    let past: BTreeSet<&ItemId> = before.items().collect();
    now.items()
        .filter_map(|id| pairs.get(id))
        .filter(|anchor| past.contains(&anchor.past))
        .cloned()
        .collect()
}

/// The verdict for two versions of one survey.
pub(super) fn within_survey(before: &Index, now: &Index, pairs: &BTreeMap<ItemId, Anchor>) -> Comparability {
    let items = common(before, now, pairs);
    let (old, new) = (before.items().count(), now.items().count());
    if items.len() == old && items.len() == new && same_build(before, now, &items) {
        return Comparability::Comparable { items };
    }
    if let Some(reason) = too_few(items.len(), old, new) {
        return Comparability::because(reason);
    }
    if let Some(reason) = uncovered(before, now, &items) {
        return Comparability::because(reason);
    }
    Comparability::OnAnchors { items }
}

/// 60 % of both indices, in whole numbers: 5 a >= 3 k.
fn too_few(common: usize, old: usize, new: usize) -> Option<String> {
    let enough = |k: usize| common.saturating_mul(5) >= k.saturating_mul(3);
    let larger = old.max(new);
    (common == 0 || !enough(larger))
        .then(|| format!("only {common} of {old} former and {new} present items are common, fewer than 60 %"))
}

fn uncovered(before: &Index, now: &Index, items: &[Anchor]) -> Option<String> {
    let former: BTreeSet<&ItemId> = items.iter().map(|anchor| &anchor.past).collect();
    let present: BTreeSet<&ItemId> = items.iter().map(|anchor| &anchor.current).collect();
    let lacking = |index: &Index, ids: &BTreeSet<&ItemId>| {
        let mut dimensions = index.dimensions.iter();
        dimensions
            .find(|dimension| !dimension.items.iter().any(|id| ids.contains(id)))
            .map(|dimension| dimension.id.clone())
    };
    let dimension = lacking(before, &former).or_else(|| lacking(now, &present))?;
    Some(format!(
        "no item of the dimension `{dimension}` is common to both"
    ))
}

/// The same dimensions, each with the same items, and the same minimums.
fn same_build(before: &Index, now: &Index, items: &[Anchor]) -> bool {
    let name_then: BTreeMap<&ItemId, &ItemId> = items
        .iter()
        .map(|anchor| (&anchor.past, &anchor.current))
        .collect();
    let former: BTreeMap<_, BTreeSet<&ItemId>> = before
        .dimensions
        .iter()
        .map(|d| {
            (
                &d.id,
                d.items
                    .iter()
                    .filter_map(|id| name_then.get(id).copied())
                    .collect(),
            )
        })
        .collect();
    let present: BTreeMap<_, BTreeSet<&ItemId>> = now
        .dimensions
        .iter()
        .map(|d| (&d.id, d.items.iter().collect()))
        .collect();
    former == present && minimums(before) == minimums(now)
}

/// The minimums in force, defaults filled in: METHOD section 2.
fn minimums(index: &Index) -> (u32, u32) {
    (index.least_items(), index.least_dimensions())
}

/// Two surveys join only where one index is declared the short form of the other, and then on all its items.
fn across_surveys(past: &Definition, current: &Definition, now: &Index) -> Comparability {
    let matches = lineage(&[past, current]);
    let pairs = pairs(&matches);
    if let Some(before) = declared(now, past) {
        return on_short_form(now, before, &common(before, now, &pairs));
    }
    let short = past
        .indices
        .iter()
        .find(|before| declared(before, current).is_some_and(|long| long.id == now.id));
    match short {
        Some(before) => on_short_form(before, now, &common(before, now, &pairs)),
        None => Comparability::because(format!(
            "neither {} nor {} declares its index a short form of the other's",
            past.id, current.id
        )),
    }
}

/// The index of `long` of which `short` is declared the short form.
fn declared<'a>(short: &Index, long: &'a Definition) -> Option<&'a Index> {
    let reference = short.short_form_of.as_ref()?;
    (reference.survey == long.id)
        .then(|| long.index(&reference.index))
        .flatten()
}

fn on_short_form(short: &Index, long: &Index, items: &[Anchor]) -> Comparability {
    let asked = short.items().count();
    if items.len() == asked && asked > 0 {
        return Comparability::OnAnchors {
            items: items.to_vec(),
        };
    }
    Comparability::because(format!(
        "only {} of the {asked} items of the short form are items of `{}` in this version",
        items.len(),
        long.id
    ))
}

fn name(definition: &Definition) -> String {
    format!("{} version {}", definition.id, definition.version)
}
