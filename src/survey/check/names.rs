//! Ids that must occur once.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::placed_items;
use crate::survey::definition::{AnswerKind, Definition};
use crate::survey::problem::{Pointer, Problem};

pub(super) fn check(definition: &Definition, problems: &mut Vec<Problem>) {
    let root = Pointer::root();
    let pages = definition.pages.iter().enumerate();
    let pages = pages.map(|(i, page)| (root.at("pages").at(i).at("id"), &page.id));
    unique("page", pages, problems);
    let items = placed_items(definition).map(|(place, item)| (place.at("id"), &item.id));
    unique("item", items, problems);
    let constructs = placed_items(definition)
        .filter_map(|(place, item)| Some((place.at("construct"), item.construct.as_ref()?)));
    unique("construct", constructs, problems);
    let segments = placed_items(definition)
        .filter_map(|(place, item)| Some((place.at("segment"), item.segment.as_ref()?)));
    unique("segment", segments, problems);
    for (place, item) in placed_items(definition) {
        let (AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. }) =
            &item.answer
        else {
            continue;
        };
        let place = place.at("answer").at("options");
        let options = options.iter().enumerate();
        unique(
            "option",
            options.map(|(i, option)| (place.at(i).at("id"), &option.id)),
            problems,
        );
    }
    groups(definition, problems);
    for (place, item) in placed_items(definition) {
        if item.id.as_str().contains('.') {
            problems.push(place.at("id").problem(
                format!("the item id `{}` contains a dot", item.id),
                "use `-` or `_`: display logic reads `a.b` as part b of item a",
            ));
        }
    }
}

fn groups(definition: &Definition, problems: &mut Vec<Problem>) {
    let root = Pointer::root();
    let indices = definition.indices.iter().enumerate();
    let indices = indices.map(|(i, index)| (root.at("indices").at(i), index));
    unique(
        "index",
        indices.clone().map(|(place, index)| (place.at("id"), &index.id)),
        problems,
    );
    for (place, index) in indices {
        let dimensions = index.dimensions.iter().enumerate();
        let place = place.at("dimensions");
        unique(
            "dimension",
            dimensions.map(|(d, part)| (place.at(d).at("id"), &part.id)),
            problems,
        );
    }
    let themes = definition.themes.iter().enumerate();
    unique(
        "theme",
        themes.map(|(i, theme)| (root.at("themes").at(i).at("id"), &theme.id)),
        problems,
    );
}

/// Says where each repeated id stood first.
fn unique<'a, T: Ord + Display + 'a>(
    what: &str,
    named: impl Iterator<Item = (Pointer, &'a T)>,
    problems: &mut Vec<Problem>,
) {
    let mut seen: BTreeMap<&T, Pointer> = BTreeMap::new();
    for (place, id) in named {
        match seen.get(id) {
            Some(first) => problems.push(place.problem(
                format!("the {what} `{id}` is there already, at {first}"),
                format!("give each {what} a name of its own"),
            )),
            None => drop(seen.insert(id, place)),
        }
    }
}
