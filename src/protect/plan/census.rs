//! What a plan decides about: every cell of one audience of a round, with the people behind it.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::measure::numeric::{count, real_u64};

/// Spread below this is none: scores differ by far more if they differ at all.
const NO_VARIANCE: f64 = 1e-6;

/// The shape of a round's results: who, by what, about what.
#[derive(Debug, Clone)]
pub struct Layout<U, C, S> {
    /// Every unit with the one it is part of. Who has no part is counted; the others are sums of their parts.
    pub units: Vec<(U, Option<U>)>,
    /// The cut that is none: everybody in the unit.
    pub everybody: C,
    /// The fixed menu: the cuts of each segment. Who is in none of them did not say, and is a cell of its own that
    /// is never shown.
    pub segments: Vec<Vec<C>>,
    /// What is measured.
    pub families: Vec<Family<S>>,
}

/// Subjects whose values are made of each other: an index, its dimensions and its items. What is withheld of one for the
/// sake of another cell is withheld of all, since the one could be computed from the rest.
#[derive(Debug, Clone)]
pub struct Family<S> {
    /// Subjects that are computed from the parts. The first decides which units have cuts at all.
    pub composites: Vec<S>,
    /// Subjects that are answered. A subject of its own is a family with this one part.
    pub parts: Vec<S>,
    /// Respondents needed, where a rule asks for more than the round's k (comments: 20).
    pub least_respondents: u64,
}

impl<S> Family<S> {
    /// A subject that stands alone.
    #[must_use]
    pub fn alone(subject: S) -> Self {
        Self {
            composites: Vec::new(),
            parts: vec![subject],
            least_respondents: 0,
        }
    }
}

/// The people behind a cell, and the additive statistics of their scores. Everything published about a cell (mean, spread,
/// interval) is a function of these; they add up over parts exactly, which is what an attacker lives on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counted {
    /// n: whose answer is in the figure.
    pub respondents: u64,
    /// N: who could have answered.
    pub people: u64,
    /// The sum of their scores (0 to 100 each); `None` for what has no score.
    pub scores: Option<Sums>,
}

/// Sums over scores.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    /// Of the scores.
    pub first: f64,
    /// Of their squares.
    pub second: f64,
}

impl Counted {
    /// A cell without scores: participation, choices.
    #[must_use]
    pub fn heads(respondents: u64, people: u64) -> Self {
        Self {
            respondents,
            people,
            scores: None,
        }
    }

    /// A cell of scores.
    #[must_use]
    pub fn scores(scores: &[f64], people: u64) -> Self {
        Self {
            respondents: count(scores.len()),
            people,
            scores: Some(Sums {
                first: scores.iter().sum(),
                second: scores.iter().map(|score| score * score).sum(),
            }),
        }
    }

    /// Everybody's score is the same, as far as there are scores.
    #[must_use]
    pub fn is_unanimous(&self) -> bool {
        let Some(Sums { first, second }) = self.scores.filter(|_| self.respondents > 0) else {
            return false;
        };
        let mean = first / real_u64(self.respondents);
        second / real_u64(self.respondents) - mean * mean < NO_VARIANCE
    }

    /// Both groups as one.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let scores = match (self.scores, other.scores) {
            (Some(one), Some(two)) => Some(Sums {
                first: one.first + two.first,
                second: one.second + two.second,
            }),
            (one, two) => one.or(two),
        };
        Self {
            respondents: self.respondents + other.respondents,
            people: self.people + other.people,
            scores,
        }
    }

    /// Who is left when the `others`, all of them among these, are taken away. Anybody may be one of those who did not
    /// say what they are, so their N is that of the whole.
    pub(super) fn without(self, others: Self) -> Self {
        let left = self.respondents.saturating_sub(others.respondents);
        let scores = self.scores.filter(|_| left > 0).map(|all| {
            let others = others.scores.unwrap_or_default();
            Sums {
                first: all.first - others.first,
                second: all.second - others.second,
            }
        });
        Self {
            respondents: left,
            people: if left > 0 { self.people } else { 0 },
            scores,
        }
    }
}

/// Something that is not in the layout was counted: a mistake of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0} is not in the layout of this plan")]
pub struct NotInLayout(&'static str);

/// All cells of an audience, counted by its smallest units.
#[derive(Debug, Clone)]
pub struct Census<U, C, S> {
    pub(super) layout: Layout<U, C, S>,
    pub(super) units: BTreeMap<U, usize>,
    /// 0 is everybody.
    pub(super) cuts: BTreeMap<C, usize>,
    pub(super) subjects: BTreeMap<S, usize>,
    cells: Vec<Counted>,
    /// Smallest units and segments (by position) of which nothing is shown.
    held: BTreeSet<(usize, usize)>,
}

impl<U: Ord + Clone, C: Ord + Clone, S: Ord + Clone> Census<U, C, S> {
    /// Nobody counted yet.
    #[must_use]
    pub fn new(layout: Layout<U, C, S>) -> Self {
        let units = numbered(layout.units.iter().map(|(unit, _)| unit));
        let cuts = numbered(
            [&layout.everybody]
                .into_iter()
                .chain(layout.segments.iter().flatten()),
        );
        let subjects = numbered(
            layout
                .families
                .iter()
                .flat_map(|family| family.composites.iter().chain(&family.parts)),
        );
        let cells = vec![Counted::default(); units.len() * cuts.len() * subjects.len()];
        Self {
            layout,
            units,
            cuts,
            subjects,
            cells,
            held: BTreeSet::new(),
        }
    }

    /// Holds a smallest unit back from a segment, by its position in the layout: nothing of the unit is shown by it, and the
    /// cuts of wider units are made of the others. For what an earlier round would give away ([`super::super::rounds`]).
    ///
    /// # Errors
    /// [`NotInLayout`] says which part of the key is unknown.
    pub fn hold(&mut self, unit: &U, segment: usize) -> Result<(), NotInLayout> {
        let unit = *self.units.get(unit).ok_or(NotInLayout("the unit"))?;
        if segment >= self.layout.segments.len() {
            return Err(NotInLayout("the segment"));
        }
        self.held.insert((unit, segment));
        Ok(())
    }

    /// Whether a smallest unit is held back from the segment at that position.
    pub(super) fn is_held(&self, unit: usize, segment: usize) -> bool {
        self.held.contains(&(unit, segment))
    }

    /// The position of the segment that a cut is of; none for everybody.
    pub(super) fn segment_of(&self, cut: usize) -> Option<usize> {
        let is_of = |segment: &Vec<C>| segment.iter().any(|own| self.cuts.get(own) == Some(&cut));
        self.layout.segments.iter().position(is_of).filter(|_| cut != 0)
    }

    /// Counts a cell of a smallest unit. What is never counted is empty.
    ///
    /// # Errors
    /// [`NotInLayout`] says which part of the key is unknown, or that the unit has parts.
    pub fn count(&mut self, unit: &U, cut: &C, subject: &S, counted: Counted) -> Result<(), NotInLayout> {
        let at_unit = *self.units.get(unit).ok_or(NotInLayout("the unit"))?;
        let cut = *self.cuts.get(cut).ok_or(NotInLayout("the cut"))?;
        let subject = *self.subjects.get(subject).ok_or(NotInLayout("the subject"))?;
        if self
            .layout
            .units
            .iter()
            .any(|(_, parent)| parent.as_ref() == Some(unit))
        {
            return Err(NotInLayout("a count for a unit that has parts"));
        }
        let place = self.place(at_unit, cut, subject);
        if let Some(cell) = self.cells.get_mut(place) {
            *cell = counted;
        }
        Ok(())
    }

    pub(super) fn place(&self, unit: usize, cut: usize, subject: usize) -> usize {
        (unit * self.cuts.len() + cut) * self.subjects.len() + subject
    }

    pub(super) fn cell(&self, unit: usize, cut: usize, subject: usize) -> Counted {
        let place = self.place(unit, cut, subject);
        self.cells.get(place).copied().unwrap_or_default()
    }

    pub(super) fn cells(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn subject(&self, subject: &S) -> usize {
        self.subjects.get(subject).copied().unwrap_or(usize::MAX)
    }
}

fn numbered<'a, K: Ord + Clone + 'a>(keys: impl Iterator<Item = &'a K>) -> BTreeMap<K, usize> {
    let mut numbers = BTreeMap::new();
    for key in keys {
        let next = numbers.len();
        numbers.entry(key.clone()).or_insert(next);
    }
    numbers
}
