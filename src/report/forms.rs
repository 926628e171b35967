//! From an index of a survey to the form that scores it, wherever its answers stand.

use crate::measure::scoring::{BadForm, IndexForm, ItemKey};
use crate::survey::definition::{Index, ItemId};

/// The form of an index on those of its items that `key` finds. With all of them it keeps its own minimums; on fewer, as between rounds that
/// share only some, the default ones hold.
///
/// # Errors
/// [`BadForm`] when none is found or a minimum cannot be met, which a checked definition with all its columns excludes.
pub fn of_index(index: &Index, key: impl Fn(&ItemId) -> Option<ItemKey>) -> Result<IndexForm, BadForm> {
    let dimensions = index.dimensions.iter();
    let found: Vec<Vec<ItemKey>> = dimensions
        .map(|dimension| dimension.items.iter().filter_map(&key).collect::<Vec<_>>())
        .filter(|items| !items.is_empty())
        .collect();
    let is_whole = found.iter().map(Vec::len).sum::<usize>() == index.items().count();
    let own = |least: u32| usize::try_from(least).ok().filter(|_| is_whole);
    IndexForm::new(found, own(index.least_items()), own(index.least_dimensions()))
}

/// The form of items that have a score of their own together, a dimension or a theme: who answered at least half of those that
/// `key` finds has one.
///
/// # Errors
/// [`BadForm`] when none is found.
pub fn of_half<'a>(
    items: impl IntoIterator<Item = &'a ItemId>,
    key: impl Fn(&ItemId) -> Option<ItemKey>,
) -> Result<IndexForm, BadForm> {
    let keys: Vec<ItemKey> = items.into_iter().filter_map(key).collect();
    let least = keys.len().div_ceil(2);
    IndexForm::new(vec![keys], Some(least), Some(1))
}

/// The form of a single item.
///
/// # Errors
/// [`BadForm`] of a scale with fewer than two points.
pub fn of_item(key: ItemKey) -> Result<IndexForm, BadForm> {
    IndexForm::new(vec![vec![key]], Some(1), Some(1))
}
