//! Every problem of meaning in a definition: what its types cannot say.
//!
//! [`check`] never stops at the first problem. Nothing here needs the version before; what an author says
//! about that is held against it by [`compare::links`](super::compare::links) when a version is published.
//!
//! | file | what it looks at |
//! | --- | --- |
//! | `texts` | languages, and every text in every language |
//! | `names` | ids that occur twice |
//! | `items` | scales, items, how they are answered |
//! | `indices` | indices and themes |
//! | [`limits`] | how much of everything there may be |

mod indices;
mod items;
pub mod limits;
mod names;
mod texts;

use super::definition::{Definition, Item};
use super::logic::Visibility;
use super::problem::{Pointer, Problem};

/// Everything that is wrong with a definition, in the order of the document; empty when it can be published.
#[must_use]
pub fn check(definition: &Definition) -> Vec<Problem> {
    let mut problems = Vec::new();
    limits::check(definition, &mut problems);
    texts::check(definition, &mut problems);
    names::check(definition, &mut problems);
    items::check(definition, &mut problems);
    indices::check(definition, &mut problems);
    if let Err(found) = Visibility::compile(definition) {
        problems.extend(found);
    }
    problems.sort_by_key(|problem| position(&problem.pointer));
    problems.dedup();
    problems
}

/// Sorts pointers as the document runs: by top-level field, then by array positions as numbers.
fn position(pointer: &str) -> Vec<(usize, String)> {
    const FIELDS: [&str; 9] = [
        "id",
        "version",
        "title",
        "purpose",
        "languages",
        "scales",
        "pages",
        "indices",
        "themes",
    ];
    pointer
        .split('/')
        .skip(1)
        .map(
            |step| match (step.parse(), FIELDS.iter().position(|field| *field == step)) {
                (Ok(number), _) => (number, String::new()),
                (Err(_), Some(place)) => (place, step.to_owned()),
                (Err(_), None) => (usize::MAX, step.to_owned()),
            },
        )
        .collect()
}

/// Each item with its place.
fn placed_items(definition: &Definition) -> impl Iterator<Item = (Pointer, &Item)> {
    let pages = Pointer::root().at("pages");
    definition.pages.iter().enumerate().flat_map(move |(p, page)| {
        let items = pages.at(p).at("items");
        page.items
            .iter()
            .enumerate()
            .map(move |(i, item)| (items.at(i), item))
    })
}
