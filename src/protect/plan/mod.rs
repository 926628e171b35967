//! The plan: which cells of a round are shown, decided for all of them together, before any figure is made.
//!
//! | file | meaning |
//! | --- | --- |
//! | [`census`] | the cells and the people behind them |
//! | `tree` | units and their parts |
//! | `level` | which units are shown at all |
//! | `table` | a family of subjects cut by one segment |
//! | `complement` | withholding siblings, cheaply |
//! | `audit`, `flow` | what can still be worked out, and withholding until nothing can |
//! | `summary` | what was done, for the sealed document |
//!
//! # What is published, as equations
//!
//! Every published figure of a cell is a function of its people n, the sum of their scores and the sum of their squares
//! (mean, spread, standard error, interval), and all three add up. With the figures unrounded, as the API gives them, an
//! attacker therefore has, for each subject, one equation for each shown cell, in each of the three:
//!
//! - a unit is the sum of the options of a segment, "did not say" included;
//! - an option of a wider unit is the sum of that option over its parts;
//! - a wider unit is the sum of its parts **that are shown**: who is withheld does not enter, so these equations never
//!   reach a withheld unit, and withheld units have no cuts.
//!
//! Two segments share nothing but the unit's own figure, which is shown; so the equations of a round fall apart into
//! tables of one segment each, units by options. In such a table every withheld cell stands in two sums, and
//! everything that algebra can get out of it is a question about flows in a network (`flow`, `audit`).
//!
//! # Why weights may only be put on groups of this plan
//!
//! A mean with weights N/n on cells that are withheld is an equation with *other* coefficients on the same unknowns. Together
//! with the plain sum (which counts of answers give exactly) it solves two withheld options outright; and where algebra alone
//! does not, a search over whole-number answers does, since a published mean has more digits than a few answers have
//! possibilities. Plain sums have no such weakness: their equations are totally unimodular, so that whole-number search finds
//! exactly the range that the audit's flow finds. So a weighted figure may put weights on cells that are shown, and
//! on all withheld ones together as one: [`Plan::parts`] for units in wider units, [`Plan::strata`] for the strata of
//! post-stratification. Such a figure is a function of published ones and tells nothing new. For the same reason there is no
//! raking over two segments at once: it would put weights on crossed cells.
//!
//! # Families
//!
//! An index is computed from its items, so an index beside all items but one gives that one. Complements are therefore
//! chosen for a whole [`Family`] at once; a cell of a cut is shown for all of it or for nothing of it. In a whole unit an item
//! with too few answers is withheld alone, unless its index has nearly the same people (see `level`). Complete cases and
//! all cases are a set and a subset: [`may_show_part`](super::may_show_part).
//!
//! # Rounds one after the other
//!
//! The answers of another round are other unknowns: nothing says that anybody answered the same again. Where whole responses
//! are found again and subtraction would leave few people, units are not counted, or held back from a segment ([`Census::hold`]), before
//! the plan is made: see [`rounds`](super::rounds).
//!
//! # Roles
//!
//! A plan knows no viewers. What a role may not see is assumed to be known to everybody (R6).

mod audit;
pub mod census;
mod complement;
mod flow;
mod level;
mod summary;
mod table;
mod tree;

use std::collections::BTreeMap;

pub use audit::WIDTH;
pub use census::{Census, Counted, Family, Layout, NotInLayout, Sums};
pub use summary::Summary;

use super::figure::{Protected, Reason, shown, withhold};
use super::thresholds::Thresholds;
use level::{Decision, Levels, Rule, levels};
use table::{Mark, Member, Row, Table};
use tree::Tree;

/// What is decided about every cell. Only a plan makes a [`Protected`] figure, and only for the cell it decided.
#[derive(Debug, Clone)]
pub struct Plan<U, C, S> {
    census: Census<U, C, S>,
    tree: Tree,
    decisions: Vec<Decision>,
    /// Of each subject: the units that wider figures are made of.
    enters: BTreeMap<usize, Enters>,
    summary: Summary,
}

/// Which units wider figures of a subject are made of: for everybody, and in cuts, where the unit must have the first
/// subject of the family too.
#[derive(Debug, Clone, Default)]
struct Enters {
    everybody: Vec<bool>,
    cuts: Vec<bool>,
}

impl<U: Ord + Clone, C: Ord + Clone, S: Ord + Clone> Plan<U, C, S> {
    /// Decides about all cells of an audience. The same census and thresholds give the same plan.
    #[must_use]
    pub fn of(census: Census<U, C, S>, thresholds: &Thresholds) -> Self {
        let tree = Tree::of(&census);
        let mut plan = Self {
            decisions: vec![Decision::Withheld(Reason::TooFewRespondents); census.cells()],
            enters: BTreeMap::new(),
            summary: Summary::default(),
            census,
            tree,
        };
        for family in plan.census.layout.families.clone() {
            let rule = Rule::of(&family, thresholds);
            let levels = levels(&plan.census, &plan.tree, &family, &rule);
            let subjects: Vec<usize> = family
                .composites
                .iter()
                .chain(&family.parts)
                .map(|subject| plan.census.subject(subject))
                .collect();
            plan.decide_levels(&subjects, &levels);
            for segment in 0..plan.census.layout.segments.len() {
                plan.decide_cuts(segment, &subjects, &levels, &rule);
            }
            let first = levels
                .first()
                .map(|first| first.enters.clone())
                .unwrap_or_default();
            for (subject, levels) in subjects.into_iter().zip(levels) {
                let cuts = first.iter().zip(&levels.enters).map(|(one, two)| *one && *two);
                let enters = Enters {
                    cuts: cuts.collect(),
                    everybody: levels.enters,
                };
                plan.enters.insert(subject, enters);
            }
        }
        let mut summary = plan.summary;
        summary.count(&plan.decisions, |place| {
            plan.tree.pooled(&plan.census, plan.key(place)).respondents > 0
        });
        plan.summary = summary;
        plan
    }

    /// Whether a figure of that cell is shown.
    #[must_use]
    pub fn shows(&self, unit: &U, cut: &C, subject: &S) -> bool {
        self.decision(unit, cut, subject) == Decision::Shown
    }

    /// The figure of a cell as it may leave the house. `figure` is only asked for where it is shown; `None` from it
    /// stands for a cell that has no figure.
    #[must_use]
    pub fn protect<T>(
        &self,
        unit: &U,
        cut: &C,
        subject: &S,
        figure: impl FnOnce() -> Option<T>,
    ) -> Protected<T> {
        match self.decision(unit, cut, subject) {
            Decision::Shown => figure().map_or_else(withhold, shown),
            Decision::Withheld(_) => withhold(),
        }
    }

    /// The groups of smallest units that a figure of a wider unit may put weights on: each that is shown by itself, and
    /// all withheld ones that enter as one. A smallest unit is one group, itself. Within a group people count alike.
    #[must_use]
    pub fn parts(&self, unit: &U, cut: &C, subject: &S) -> Vec<Vec<U>> {
        let Some((at, cut, subject)) = self.numbers(unit, cut, subject) else {
            return Vec::new();
        };
        let (mut groups, mut rest) = (Vec::new(), Vec::new());
        for part in self.entering_units(at, cut, subject) {
            let cell = self.tree.pooled(&self.census, (part, cut, subject));
            let smallest = self.tree.smallest(part).into_iter();
            let units: Vec<U> = smallest.filter_map(|unit| self.name(unit)).collect();
            if self.decided(part, cut, subject) == Decision::Shown {
                groups.push(units);
            } else if cell.respondents > 0 {
                rest.extend(units);
            }
        }
        if !rest.is_empty() {
            groups.push(rest);
        }
        groups
    }

    /// The strata that a figure of a smallest unit may be weighted by: each of the segment's `options` that is shown for this
    /// subject is one by itself. Everybody else is one more stratum together, those who did not say included. Strata may be
    /// merged further, never split.
    #[must_use]
    pub fn strata<'a>(&self, unit: &U, options: &'a [C], subject: &S) -> Vec<&'a C> {
        let shown = |option: &&C| self.shows(unit, option, subject);
        options.iter().filter(shown).collect()
    }

    /// What was decided, in numbers.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    fn decision(&self, unit: &U, cut: &C, subject: &S) -> Decision {
        self.numbers(unit, cut, subject).map_or(
            Decision::Withheld(Reason::TooFewRespondents),
            |(unit, cut, subject)| self.decided(unit, cut, subject),
        )
    }

    fn decided(&self, unit: usize, cut: usize, subject: usize) -> Decision {
        let place = self.census.place(unit, cut, subject);
        let decision = self.decisions.get(place).copied();
        decision.unwrap_or(Decision::Withheld(Reason::TooFewRespondents))
    }

    fn numbers(&self, unit: &U, cut: &C, subject: &S) -> Option<(usize, usize, usize)> {
        let census = &self.census;
        Some((
            *census.units.get(unit)?,
            *census.cuts.get(cut)?,
            *census.subjects.get(subject)?,
        ))
    }

    fn key(&self, place: usize) -> (usize, usize, usize) {
        let (subjects, cuts) = (self.census.subjects.len().max(1), self.census.cuts.len().max(1));
        (place / subjects / cuts, place / subjects % cuts, place % subjects)
    }

    fn name(&self, unit: usize) -> Option<U> {
        let mut names = self.census.units.iter();
        names
            .find(|(_, number)| **number == unit)
            .map(|(name, _)| name.clone())
    }

    /// The units in `unit`, itself included, that its figures are made of.
    fn entering_units(&self, unit: usize, cut: usize, subject: usize) -> Vec<usize> {
        let enters = self.enters.get(&subject);
        let enters = enters.map_or(
            &[][..],
            |enters| if cut == 0 { &enters.everybody } else { &enters.cuts },
        );
        let is_in = |part: &usize| *part == unit || self.tree.above(*part).contains(&unit);
        let segment = self.census.segment_of(cut);
        let is_held =
            |part: usize| segment.is_some_and(|segment| self.tree.is_held(&self.census, part, segment));
        let entering = enters.iter().enumerate().filter(|(_, enters)| **enters);
        entering
            .map(|(part, _)| part)
            .filter(|part| is_in(part) && !is_held(*part))
            .collect()
    }

    fn decide(&mut self, unit: usize, cut: usize, subject: usize, decision: Decision) {
        let place = self.census.place(unit, cut, subject);
        if let Some(slot) = self.decisions.get_mut(place) {
            *slot = decision;
        }
    }

    fn decide_levels(&mut self, subjects: &[usize], levels: &[Levels]) {
        for (subject, levels) in subjects.iter().zip(levels) {
            for (unit, decision) in levels.decisions.iter().enumerate() {
                self.decide(unit, 0, *subject, *decision);
            }
        }
    }

    fn decide_cuts(&mut self, segment: usize, subjects: &[usize], levels: &[Levels], rule: &Rule) {
        let options = self.census.layout.segments.get(segment).into_iter().flatten();
        let cuts: Vec<usize> = options
            .filter_map(|cut| self.census.cuts.get(cut).copied())
            .collect();
        let mut table = self.table(segment, &cuts, subjects, levels, rule);
        complement::mend(&mut table, rule.least);
        self.summary.add(audit::audit(&mut table, rule.least));
        for (at, subject) in subjects.iter().enumerate() {
            let Some(member) = table.members.get(at).cloned() else {
                continue;
            };
            let rows: Vec<usize> = table.rows.iter().map(|row| row.unit).collect();
            self.note(&cuts, *subject, &rows, &table.marks, &member.cells);
            self.note(&cuts, *subject, &table.above, &table.sum_marks, &member.sums);
        }
    }

    /// Writes the marks of a table down as decisions about one subject.
    fn note(&mut self, cuts: &[usize], subject: usize, units: &[usize], marks: &[Mark], cells: &[Counted]) {
        let options = cuts.len() + 1;
        for (place, (mark, cell)) in marks.iter().zip(cells).enumerate() {
            let (Some(unit), Some(cut)) = (units.get(place / options), cuts.get(place % options)) else {
                continue;
            };
            let decision = match mark {
                Mark::Shown if cell.respondents > 0 => Decision::Shown,
                Mark::Sensitive(reason) => Decision::Withheld(*reason),
                Mark::Complement => Decision::Withheld(Reason::Complement),
                _ => Decision::Withheld(Reason::TooFewRespondents),
            };
            self.decide(*unit, *cut, subject, decision);
        }
    }

    fn table(
        &self,
        segment: usize,
        cuts: &[usize],
        subjects: &[usize],
        levels: &[Levels],
        rule: &Rule,
    ) -> Table {
        let entering = |unit: &usize| {
            let enters = levels.first().is_some_and(|first| first.enters(*unit));
            enters && !self.tree.is_held(&self.census, *unit, segment)
        };
        let units: Vec<usize> = (0..self.census.units.len()).filter(entering).collect();
        let mut above: Vec<usize> = units.iter().flat_map(|unit| self.tree.above(*unit)).collect();
        above.sort_unstable();
        above.dedup();
        let rows: Vec<Row> = units
            .into_iter()
            .map(|unit| Row {
                above: self
                    .tree
                    .above(unit)
                    .iter()
                    .filter_map(|wider| above.binary_search(wider).ok())
                    .collect(),
                unit,
            })
            .collect();
        let members = subjects
            .iter()
            .zip(levels)
            .map(|(subject, levels)| self.member(&rows, &above, cuts, *subject, levels))
            .collect();
        let near = self.given_away(&rows, cuts, subjects, levels);
        Table::new(rows, above, cuts.len() + 1, members, &near, rule)
    }

    /// Cells in which the first subject has nearly the same people as one that the whole unit withholds, and those of a group of
    /// withheld units that are nearly one unit's.
    fn given_away(&self, rows: &[Row], cuts: &[usize], subjects: &[usize], levels: &[Levels]) -> Vec<bool> {
        let withheld = |unit: usize| {
            let subjects = subjects.iter().zip(levels);
            subjects
                .filter(move |(_, levels)| !levels.enters(unit))
                .map(|(subject, _)| *subject)
        };
        let n = |cell| self.tree.pooled(&self.census, cell).respondents;
        let is_dominated = |unit: usize, cut: usize| {
            subjects
                .iter()
                .any(|subject| self.tree.is_dominated(&self.census, (unit, cut, *subject)))
        };
        let is_near = |unit: usize, cut: usize| {
            let first = subjects.first().map_or(0, |first| n((unit, cut, *first)));
            is_dominated(unit, cut)
                || withheld(unit).any(|subject| level::too_near(n((unit, cut, subject)), first))
        };
        rows.iter()
            .flat_map(|row| cuts.iter().map(|cut| is_near(row.unit, *cut)).chain([false]))
            .collect()
    }

    fn member(
        &self,
        rows: &[Row],
        above: &[usize],
        cuts: &[usize],
        subject: usize,
        levels: &Levels,
    ) -> Member {
        let options = cuts.len() + 1;
        let mut cells = Vec::with_capacity(rows.len() * options);
        let mut sums = vec![Counted::default(); above.len() * options];
        for row in rows {
            let of_cut = |cut: usize| match levels.enters(row.unit) {
                true => self.tree.pooled(&self.census, (row.unit, cut, subject)),
                false => Counted::default(),
            };
            let mut told: Vec<Counted> = cuts.iter().map(|cut| of_cut(*cut)).collect();
            let said = told.iter().copied().fold(Counted::default(), Counted::plus);
            told.push(of_cut(0).without(said));
            for (option, cell) in told.iter().enumerate() {
                for wider in &row.above {
                    if let Some(sum) = sums.get_mut(wider * options + option) {
                        *sum = sum.plus(*cell);
                    }
                }
            }
            cells.extend(told);
        }
        Member { cells, sums }
    }
}
