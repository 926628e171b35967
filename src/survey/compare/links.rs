//! An author's words on how items relate to the version before, held against that version.

use super::item::{Class, corresponds, judge};
use crate::survey::definition::{Definition, Item, Link};
use crate::survey::problem::{Pointer, Problem};

/// Every `previous` of `new` that contradicts `old`, the version right before it.
///
/// Said only when a version is published or a draft is compared: a file alone cannot know its predecessor.
#[must_use]
pub fn links(old: &Definition, new: &Definition) -> Vec<Problem> {
    let pages = Pointer::root().at("pages");
    let mut problems = Vec::new();
    for (p, page) in new.pages.iter().enumerate() {
        for (i, item) in page.items.iter().enumerate() {
            let place = pages.at(p).at("items").at(i);
            problems.extend(contradiction(old, new, item, &place));
        }
    }
    problems
}

fn contradiction(old: &Definition, new: &Definition, item: &Item, place: &Pointer) -> Option<Problem> {
    let link = item.previous?;
    let place = place.at("previous");
    let Some(before) = old.items().find(|before| corresponds(before, item)) else {
        return (link != Link::New).then(|| {
            place.problem(
                format!(
                    "version {} asks nothing that corresponds to this item",
                    old.version
                ),
                "say `new`, or give the item the construct it had there",
            )
        });
    };
    let verdict = judge((old, before), (new, item), true);
    let same_mark = item.construct.is_some() && before.wording == item.wording;
    match (link, verdict.class) {
        (Link::Same | Link::Flagged, Class::New) => {
            let remedy = if same_mark {
                "say `new` and give it a new wording mark: answers cannot be compared"
            } else {
                "say `flagged` or `new`, or keep the wording mark if only a slip was corrected"
            };
            Some(place.problem(
                format!("the item is called {}, but {}", word(link), verdict.reason),
                remedy,
            ))
        }
        (Link::Flagged | Link::New, Class::Same) if same_mark => Some(place.problem(
            format!(
                "the item is called {}, but its construct, answer and wording mark are the same",
                word(link)
            ),
            "say `same`, or give it a new wording mark",
        )),
        _ => None,
    }
}

fn word(link: Link) -> &'static str {
    match link {
        Link::Same => "`same`",
        Link::Flagged => "`flagged`",
        Link::New => "`new`",
    }
}
