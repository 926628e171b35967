//! Indices and themes.

use std::collections::BTreeMap;

use super::limits;
use crate::survey::definition::{AnswerKind, Definition, Index, ItemId};
use crate::survey::problem::{Pointer, Problem};

pub(super) fn check(definition: &Definition, problems: &mut Vec<Problem>) {
    let root = Pointer::root();
    for (i, index) in definition.indices.iter().enumerate() {
        let place = root.at("indices").at(i);
        members(definition, index, &place, problems);
        minimums(index, &place, problems);
        short_form(definition, index, &place, problems);
    }
    for (i, theme) in definition.themes.iter().enumerate() {
        let place = root.at("themes").at(i).at("items");
        if theme.items.is_empty() {
            problems.push(place.problem(
                "the theme has no items",
                "name the items that are reported together",
            ));
        }
        let mut seen = BTreeMap::new();
        for (n, id) in theme.items.iter().enumerate() {
            known(definition, id, &place.at(n), problems);
            once(id, &place.at(n), "theme", &mut seen, problems);
        }
    }
}

fn members(definition: &Definition, index: &Index, place: &Pointer, problems: &mut Vec<Problem>) {
    let place = place.at("dimensions");
    let dimensions = index.dimensions.len();
    if !(1..=limits::DIMENSIONS).contains(&dimensions) {
        problems.push(place.problem(
            format!("the index has {dimensions} dimensions"),
            format!("use 1 to {} dimensions", limits::DIMENSIONS),
        ));
    }
    let mut seen = BTreeMap::new();
    for (d, dimension) in index.dimensions.iter().enumerate() {
        let place = place.at(d).at("items");
        if dimension.items.is_empty() {
            problems.push(place.problem("the dimension has no items", "name its rating items"));
        }
        for (n, id) in dimension.items.iter().enumerate() {
            let place = place.at(n);
            known(definition, id, &place, problems);
            once(id, &place, "index", &mut seen, problems);
            if definition
                .item(id)
                .is_some_and(|item| !matches!(item.answer, AnswerKind::Rating { .. }))
            {
                problems.push(place.problem(
                    format!("`{id}` is not a rating item"),
                    "an index is scored from rating items only",
                ));
            }
        }
    }
}

fn known(definition: &Definition, id: &ItemId, place: &Pointer, problems: &mut Vec<Problem>) {
    if definition.item(id).is_none() {
        problems.push(place.problem(
            format!("there is no item `{id}`"),
            "use the id of an item of this survey",
        ));
    }
}

fn once<'a>(
    id: &'a ItemId,
    place: &Pointer,
    what: &str,
    seen: &mut BTreeMap<&'a ItemId, Pointer>,
    problems: &mut Vec<Problem>,
) {
    match seen.get(id) {
        Some(first) => problems.push(place.problem(
            format!("`{id}` is in this {what} already, at {first}"),
            format!("name each item once in an {what}").replace("an theme", "a theme"),
        )),
        None => drop(seen.insert(id, place.clone())),
    }
}

fn minimums(index: &Index, place: &Pointer, problems: &mut Vec<Problem>) {
    let bounds = [
        ("min_items", index.min_items, index.items().count(), "items"),
        (
            "min_dimensions",
            index.min_dimensions,
            index.dimensions.len(),
            "dimensions",
        ),
    ];
    for (field, minimum, most, what) in bounds {
        let fits = |least: u32| usize::try_from(least).is_ok_and(|least| (1..=most).contains(&least));
        if let Some(least) = minimum.filter(|least| !fits(*least)) {
            problems.push(place.at(field).problem(
                format!("{least} of {most} {what} are needed"),
                format!("use 1 to the number of {what}, or remove it for the default"),
            ));
        }
    }
}

fn short_form(definition: &Definition, index: &Index, place: &Pointer, problems: &mut Vec<Problem>) {
    if index
        .short_form_of
        .as_ref()
        .is_some_and(|long| long.survey == definition.id)
    {
        problems.push(place.at("short_form_of").at("survey").problem(
            "an index cannot be a short form of an index of its own survey",
            "name the survey that has the long form, or remove `short_form_of`",
        ));
    }
}
