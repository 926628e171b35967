//! Items followed over several versions: the worst class along the chain counts.

use serde::{Deserialize, Serialize};

use super::item::{Class, Verdict, corresponds, judge};
use crate::survey::definition::{ConstructId, Definition, Item, ItemId};

/// An item of the newest definition and what became of it since the oldest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// How it relates to the oldest definition.
    pub class: Class,
    /// The item's id there; `None` when nothing there corresponds to it.
    pub old: Option<ItemId>,
    /// The item's id now.
    pub new: ItemId,
    /// What it measures.
    pub construct: Option<ConstructId>,
    /// Why it is of that class.
    pub reason: String,
    /// What a designer should look at although the class is fine.
    pub warnings: Vec<String>,
}

/// Follows every item of the last definition back to the first, through all between.
///
/// `versions` are ordered from the oldest to the newest; normally the published versions of one survey without
/// gaps, or a single pair. `previous` is heeded only between a version and the one numbered right before it.
/// An item whose wording mark and answer are the same at both ends is class A whatever happened in between:
/// the two ends asked one and the same question. Fewer than two definitions give no matches.
#[must_use]
pub fn lineage(versions: &[&Definition]) -> Vec<Match> {
    let (Some(oldest), Some(newest)) = (versions.first(), versions.last()) else {
        return Vec::new();
    };
    if versions.len() < 2 {
        return Vec::new();
    }
    newest
        .items()
        .map(|item| follow(versions, oldest, newest, item))
        .collect()
}

fn follow(versions: &[&Definition], oldest: &Definition, newest: &Definition, item: &Item) -> Match {
    let origin = oldest.items().find(|old| corresponds(old, item));
    let verdict = match origin {
        None => Verdict::new(Class::New, "nothing corresponds to it before"),
        Some(old) => ends_or_chain(versions, (oldest, old), (newest, item)),
    };
    Match {
        class: verdict.class,
        old: origin.map(|old| old.id.clone()),
        new: item.id.clone(),
        construct: item.construct.clone(),
        reason: verdict.reason,
        warnings: verdict.warnings,
    }
}

fn ends_or_chain(
    versions: &[&Definition],
    (oldest, old): (&Definition, &Item),
    (newest, item): (&Definition, &Item),
) -> Verdict {
    let ends = judge((oldest, old), (newest, item), follows(oldest, newest));
    if versions.len() == 2 || ends.class == Class::Same {
        return ends;
    }
    chain(versions, item)
}

/// Walks back from the newest version and keeps the worst step.
fn chain(versions: &[&Definition], item: &Item) -> Verdict {
    let mut worst = Verdict::new(Class::Same, "unchanged in every version");
    let mut warnings = Vec::new();
    let mut current = item;
    for pair in versions.windows(2).rev() {
        let [older, newer] = pair else { continue };
        let Some(before) = older.items().find(|old| corresponds(old, current)) else {
            return Verdict::new(Class::New, format!("not asked in version {}", older.version));
        };
        let step = judge((older, before), (newer, current), follows(older, newer));
        warnings.extend(step.warnings.into_iter().map(|text| at_version(newer, &text)));
        if step.class > worst.class {
            worst = Verdict::new(step.class, at_version(newer, &step.reason));
        }
        current = before;
    }
    worst.warnings = warnings;
    worst
}

fn at_version(definition: &Definition, text: &str) -> String {
    format!("version {}: {text}", definition.version)
}

/// Whether `newer` is the version right after `older`, so that its `previous` marks speak about it.
fn follows(older: &Definition, newer: &Definition) -> bool {
    older.id == newer.id && older.version.checked_add(1) == Some(newer.version)
}
