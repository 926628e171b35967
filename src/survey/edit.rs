//! Changing a definition step by step, as an editor does (pure).
//!
//! Each step leaves a definition that can be read again; whether it may be published is for [`check`](fn@super::check::check) to say. What is
//! renamed is renamed wherever it is named; what is removed is taken out of indices and themes, too.

use std::collections::BTreeSet;

use super::definition::{
    AnswerKind, Definition, Index, IndexId, Item, ItemId, Language, Link, Page, PageId, Scale, ScaleId,
    SurveyId, Text, VersionNumber,
};

/// Which way something moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Towards the first.
    Up,
    /// Towards the last.
    Down,
}

/// A draft of the next version: everything as it is, every construct called the same as before.
#[must_use]
pub fn next_version(of: &Definition) -> Definition {
    let mut next = of.clone();
    next.version = of.version.saturating_add(1);
    for item in items_mut(&mut next) {
        item.previous = item.construct.is_some().then_some(Link::Same);
    }
    next
}

/// A draft of another survey that begins with the content of this one.
#[must_use]
pub fn begun_from(of: &Definition, survey: SurveyId, version: VersionNumber) -> Definition {
    let mut copy = of.clone();
    copy.id = survey;
    copy.version = version;
    for item in items_mut(&mut copy) {
        item.previous = None;
    }
    copy
}

/// Every item in the order in which it is asked.
fn items_mut(definition: &mut Definition) -> impl Iterator<Item = &mut Item> {
    definition.pages.iter_mut().flat_map(|page| &mut page.items)
}

/// Sets the languages. Texts get an empty one in each new language, and lose those that are gone.
pub fn set_languages(definition: &mut Definition, languages: Vec<Language>) {
    let wanted: BTreeSet<Language> = languages.iter().cloned().collect();
    for text in texts_mut(definition) {
        text.0.retain(|language, _| wanted.contains(language));
        for language in &wanted {
            text.0.entry(language.clone()).or_default();
        }
    }
    definition.languages = languages;
}

fn texts_mut(definition: &mut Definition) -> Vec<&mut Text> {
    let mut texts = vec![&mut definition.title, &mut definition.purpose];
    for scale in definition.scales.values_mut() {
        texts.extend(&mut scale.points);
        texts.extend(&mut scale.opt_out);
    }
    for page in &mut definition.pages {
        texts.push(&mut page.title);
        texts.extend(&mut page.intro);
        for item in &mut page.items {
            texts.push(&mut item.text);
            texts.extend(&mut item.help);
            match &mut item.answer {
                AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. } => {
                    texts.extend(options.iter_mut().map(|option| &mut option.label));
                }
                AnswerKind::Number { unit, .. } => texts.extend(unit),
                _ => {}
            }
        }
    }
    for index in &mut definition.indices {
        texts.push(&mut index.title);
        texts.extend(index.dimensions.iter_mut().map(|part| &mut part.title));
    }
    texts.extend(definition.themes.iter_mut().map(|theme| &mut theme.title));
    texts
}

/// Puts a page at the end, or in the place of the one of that id.
pub fn put_page(definition: &mut Definition, replaced: Option<&PageId>, mut page: Page) {
    let known = replaced.and_then(|id| definition.pages.iter_mut().find(|page| &page.id == id));
    match known {
        Some(place) => {
            page.items = std::mem::take(&mut place.items);
            *place = page;
        }
        None => definition.pages.push(page),
    }
}

/// Moves a page. False when it is at the end already, or not there.
pub fn move_page(definition: &mut Definition, id: &PageId, way: Way) -> bool {
    let place = definition.pages.iter().position(|page| &page.id == id);
    place.is_some_and(|place| swap(&mut definition.pages, place, way))
}

/// Removes a page with its items.
pub fn remove_page(definition: &mut Definition, id: &PageId) {
    let gone: Vec<ItemId> = definition
        .pages
        .iter()
        .filter(|page| &page.id == id)
        .flat_map(|page| page.items.iter().map(|item| item.id.clone()))
        .collect();
    for item in &gone {
        remove_item(definition, item);
    }
    definition.pages.retain(|page| &page.id != id);
}

/// Puts an item at the end of a page, or in the place of the one of that id.
pub fn put_item(definition: &mut Definition, page: &PageId, replaced: Option<&ItemId>, item: Item) {
    if let Some(old) = replaced {
        if old != &item.id {
            rename_item(definition, old, &item.id);
        }
        if let Some(place) = items_mut(definition).find(|known| &known.id == old) {
            *place = item;
            return;
        }
    }
    if let Some(page) = definition.pages.iter_mut().find(|known| &known.id == page) {
        page.items.push(item);
    }
}

/// The new name in every index and theme. Rules keep the words that somebody wrote; the check tells of those that fit no more.
fn rename_item(definition: &mut Definition, old: &ItemId, new: &ItemId) {
    let parts = definition
        .indices
        .iter_mut()
        .flat_map(|index| &mut index.dimensions);
    let members = parts
        .map(|part| &mut part.items)
        .chain(definition.themes.iter_mut().map(|theme| &mut theme.items));
    for id in members.flatten().filter(|id| *id == old) {
        *id = new.clone();
    }
}

/// Moves an item, over the edge of its page into the next one. False when it is at the end already, or not there.
pub fn move_item(definition: &mut Definition, id: &ItemId, way: Way) -> bool {
    let found = definition.pages.iter().enumerate().find_map(|(page, content)| {
        let place = content.items.iter().position(|item| &item.id == id)?;
        Some((page, place))
    });
    let Some((page, place)) = found else {
        return false;
    };
    let moved = definition
        .pages
        .get_mut(page)
        .is_some_and(|page| swap(&mut page.items, place, way));
    moved || to_next_page(definition, page, place, way)
}

fn to_next_page(definition: &mut Definition, page: usize, place: usize, way: Way) -> bool {
    let next = match way {
        Way::Up => page.checked_sub(1),
        Way::Down => page.checked_add(1),
    };
    let Some(next) = next.filter(|next| *next < definition.pages.len()) else {
        return false;
    };
    let Some(from) = definition.pages.get_mut(page) else {
        return false;
    };
    let item = from.items.remove(place);
    if let Some(to) = definition.pages.get_mut(next) {
        match way {
            Way::Up => to.items.push(item),
            Way::Down => to.items.insert(0, item),
        }
    }
    true
}

fn swap<T>(list: &mut [T], place: usize, way: Way) -> bool {
    let other = match way {
        Way::Up => place.checked_sub(1),
        Way::Down => place.checked_add(1).filter(|next| *next < list.len()),
    };
    match other {
        Some(other) => {
            list.swap(place, other);
            true
        }
        None => false,
    }
}

/// Removes an item, from indices and themes, too.
pub fn remove_item(definition: &mut Definition, id: &ItemId) {
    for page in &mut definition.pages {
        page.items.retain(|item| &item.id != id);
    }
    for index in &mut definition.indices {
        for part in &mut index.dimensions {
            part.items.retain(|item| item != id);
        }
    }
    for theme in &mut definition.themes {
        theme.items.retain(|item| item != id);
    }
}

/// Puts a scale, under another name than before where it has one.
pub fn put_scale(definition: &mut Definition, replaced: Option<&ScaleId>, id: ScaleId, scale: Scale) {
    if let Some(old) = replaced.filter(|old| **old != id) {
        definition.scales.remove(old);
        for name in items_mut(definition)
            .flat_map(|item| scales_of(&mut item.answer))
            .filter(|name| *name == old)
        {
            *name = id.clone();
        }
    }
    definition.scales.insert(id, scale);
}

fn scales_of(answer: &mut AnswerKind) -> Vec<&mut ScaleId> {
    match answer {
        AnswerKind::Rating { scale, .. } => vec![scale],
        AnswerKind::ImportanceSatisfaction {
            importance,
            satisfaction,
            ..
        } => vec![importance, satisfaction],
        _ => Vec::new(),
    }
}

/// Puts an index at the end, or in the place of the one of that id.
pub fn put_index(definition: &mut Definition, replaced: Option<&IndexId>, index: Index) {
    let known = replaced.and_then(|id| definition.indices.iter_mut().find(|known| &known.id == id));
    match known {
        Some(place) => *place = index,
        None => definition.indices.push(index),
    }
}

/// Removes an index.
pub fn remove_index(definition: &mut Definition, id: &IndexId) {
    definition.indices.retain(|index| &index.id != id);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Definition {
        let text = include_bytes!("../../surveys/quarterly-pulse.v1.json");
        super::super::parse::read(text).unwrap()
    }

    fn order(definition: &Definition) -> Vec<&str> {
        definition.items().map(|item| item.id.as_str()).collect()
    }

    #[test]
    fn every_item_can_be_walked_to_the_front_and_back_by_single_steps() {
        let mut definition = form();
        let before = definition.clone();
        let last = definition.items().last().unwrap().id.clone();
        let mut steps = 0;
        while move_item(&mut definition, &last, Way::Up) {
            steps += 1;
            assert!(steps < 1000);
        }
        assert_eq!(definition.items().next().unwrap().id, last);
        while move_item(&mut definition, &last, Way::Down) {}
        assert_eq!(order(&definition), order(&before));
        assert!(!move_item(&mut definition, &"nobody".parse().unwrap(), Way::Up));
    }

    #[test]
    fn a_renamed_item_keeps_its_place_in_its_index_and_a_removed_one_leaves_no_trace() {
        let mut definition = form();
        let (page, old) = {
            let page = &definition.pages[0];
            (page.id.clone(), page.items[0].clone())
        };
        let renamed = Item {
            id: "renamed".parse().unwrap(),
            ..old.clone()
        };
        put_item(&mut definition, &page, Some(&old.id), renamed.clone());
        assert_eq!(definition.pages[0].items[0].id, renamed.id);
        let text = serde_json::to_string(&definition).unwrap();
        assert!(
            text.contains("\"renamed\"") && !text.contains(&format!("\"{}\"", old.id)),
            "{text}"
        );
        remove_item(&mut definition, &renamed.id);
        assert!(
            !serde_json::to_string(&definition)
                .unwrap()
                .contains("\"renamed\"")
        );
    }

    #[test]
    fn a_language_comes_and_goes_with_every_text() {
        let mut definition = form();
        let before = definition.clone();
        let languages = |tags: &[&str]| {
            tags.iter()
                .map(|tag| tag.parse().unwrap())
                .collect::<Vec<Language>>()
        };
        set_languages(&mut definition, languages(&["en", "es", "vi"]));
        let problems = super::super::check::check(&definition);
        assert!(
            !problems.is_empty() && problems.iter().all(|problem| problem.pointer.ends_with("/vi")),
            "{problems:?}"
        );
        set_languages(&mut definition, languages(&["en", "es"]));
        assert_eq!(definition, before);
    }

    #[test]
    fn the_next_version_of_a_published_one_lacks_only_a_change() {
        let next = next_version(&form());
        assert_eq!(super::super::check::check(&next), []);
        assert!(super::super::compare::links(&form(), &next).is_empty());
        let other = begun_from(&next, "other".parse().unwrap(), 1);
        assert_eq!(super::super::check::check(&other), []);
    }

    #[test]
    fn a_renamed_scale_is_renamed_wherever_it_is_used() {
        let mut definition = form();
        let (old, scale) = definition
            .scales
            .iter()
            .next()
            .map(|(id, scale)| (id.clone(), scale.clone()))
            .unwrap();
        put_scale(&mut definition, Some(&old), "other-name".parse().unwrap(), scale);
        assert!(definition.scale(&old).is_none());
        assert_eq!(super::super::check::check(&definition), []);
    }
}
