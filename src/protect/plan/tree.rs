//! The tree of units.

use super::census::{Census, Counted};
use super::level::too_near;

/// Who is part of whom, by number.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    /// Parts before the wholes they are part of.
    pub upwards: Vec<usize>,
}

impl Tree {
    pub(super) fn of<U: Ord, C: Ord, S: Ord>(census: &Census<U, C, S>) -> Self {
        let number = |unit: &U| census.units.get(unit).copied();
        let mut parents = vec![None; census.units.len()];
        for (unit, parent) in &census.layout.units {
            let parent = parent.as_ref().and_then(number);
            if let Some(slot) = number(unit).and_then(|unit| parents.get_mut(unit)) {
                *slot = parent;
            }
        }
        let mut children = vec![Vec::new(); parents.len()];
        for (unit, parent) in parents.iter().enumerate() {
            if let Some(list) = parent.and_then(|parent| children.get_mut(parent)) {
                list.push(unit);
            }
        }
        let mut tree = Self {
            upwards: (0..parents.len()).collect(),
            parents,
            children,
        };
        let mut deepest_first: Vec<(usize, usize)> = (0..tree.parents.len())
            .map(|unit| (tree.above(unit).len(), unit))
            .collect();
        deepest_first.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        tree.upwards = deepest_first.into_iter().map(|(_, unit)| unit).collect();
        tree
    }

    pub(super) fn children(&self, unit: usize) -> &[usize] {
        self.children.get(unit).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_smallest(&self, unit: usize) -> bool {
        self.children(unit).is_empty()
    }

    /// The units that this one is part of, the nearest first.
    pub(super) fn above(&self, unit: usize) -> Vec<usize> {
        let parent = |unit: &usize| self.parents.get(*unit).copied().flatten();
        std::iter::successors(parent(&unit), parent)
            .take(self.parents.len())
            .collect()
    }

    /// The smallest units in this one, itself if it has no parts.
    pub(super) fn smallest(&self, unit: usize) -> Vec<usize> {
        if self.is_smallest(unit) {
            return vec![unit];
        }
        let parts = self.children(unit).iter();
        parts.flat_map(|part| self.smallest(*part)).collect()
    }

    /// Whether one of the smallest units in this one is held back from a segment.
    pub(super) fn is_held<U: Ord + Clone, C: Ord + Clone, S: Ord + Clone>(
        &self,
        census: &Census<U, C, S>,
        unit: usize,
        segment: usize,
    ) -> bool {
        let mut parts = self.smallest(unit).into_iter();
        parts.any(|part| census.is_held(part, segment))
    }

    /// Whether one of several parts is nearly all of a cell, so that the figure of the cell is nearly its own.
    pub(super) fn is_dominated<U: Ord + Clone, C: Ord + Clone, S: Ord + Clone>(
        &self,
        census: &Census<U, C, S>,
        (unit, cut, subject): (usize, usize, usize),
    ) -> bool {
        let all = self.pooled(census, (unit, cut, subject)).respondents;
        let parts = self.smallest(unit).into_iter().filter(|part| *part != unit);
        parts
            .map(|part| census.cell(part, cut, subject).respondents)
            .any(|part| part < all && too_near(part, all))
    }

    /// The cell of a unit as the sum of its smallest parts, each of which has a place in it.
    pub(super) fn pooled<U: Ord + Clone, C: Ord + Clone, S: Ord + Clone>(
        &self,
        census: &Census<U, C, S>,
        (unit, cut, subject): (usize, usize, usize),
    ) -> Counted {
        self.smallest(unit)
            .into_iter()
            .map(|part| census.cell(part, cut, subject))
            .fold(Counted::default(), Counted::plus)
    }
}
