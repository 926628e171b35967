//! The way through a form: pages without any visible question are left out.

use std::collections::BTreeSet;

use crate::collect::Form;
use crate::survey::definition::ItemId;

/// The pages that somebody with certain answers sees, in order.
#[derive(Debug)]
pub(super) struct Walk {
    /// Each page by its place in the survey, with its visible items.
    pages: Vec<(usize, Vec<ItemId>)>,
}

impl Walk {
    /// The way for these visible items.
    pub(super) fn of(form: &Form, visible: &BTreeSet<ItemId>) -> Self {
        let pages = form.definition().pages.iter().enumerate().map(|(place, page)| {
            let items = page.items.iter().map(|item| item.id.clone());
            (
                place,
                items.filter(|item| visible.contains(item)).collect::<Vec<_>>(),
            )
        });
        Self {
            pages: pages.filter(|(_, items)| !items.is_empty()).collect(),
        }
    }

    /// How many pages there are.
    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// Which page this is, from 1.
    pub(super) fn number(&self, page: usize) -> usize {
        self.pages
            .iter()
            .take_while(|(place, _)| *place <= page)
            .count()
            .max(1)
    }

    /// The first page.
    pub(super) fn first(&self) -> Option<usize> {
        self.pages.first().map(|(place, _)| *place)
    }

    /// The last page.
    pub(super) fn last(&self) -> Option<usize> {
        self.pages.last().map(|(place, _)| *place)
    }

    /// The page behind this one.
    pub(super) fn after(&self, page: usize) -> Option<usize> {
        self.pages
            .iter()
            .map(|(place, _)| *place)
            .find(|place| *place > page)
    }

    /// The page before this one.
    pub(super) fn before(&self, page: usize) -> Option<usize> {
        self.pages
            .iter()
            .rev()
            .map(|(place, _)| *place)
            .find(|place| *place < page)
    }

    /// The page on which an item stands.
    pub(super) fn page_of(&self, item: &str) -> Option<usize> {
        let has = |items: &[ItemId]| items.iter().any(|id| id.as_str() == item);
        self.pages
            .iter()
            .find(|(_, items)| has(items))
            .map(|(place, _)| *place)
    }

    /// Whether an item stands on a page.
    pub(super) fn is_on(&self, page: usize, item: &str) -> bool {
        self.page_of(item) == Some(page)
    }

    /// The visible items of a page.
    pub(super) fn items(&self, page: usize) -> &[ItemId] {
        self.pages
            .iter()
            .find(|(place, _)| *place == page)
            .map_or(&[], |(_, items)| items)
    }

    /// The pages in order, with their visible items.
    pub(super) fn pages(&self) -> impl Iterator<Item = (usize, &[ItemId])> {
        self.pages.iter().map(|(place, items)| (*place, items.as_slice()))
    }
}
