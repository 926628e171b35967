//! An attacker with pencil and paper: takes every figure that a plan shows, unrounded, writes the equations down and solves
//! them. Nothing here is shared with the plan's own audit: the algebra is elimination over a prime field, the intervals are
//! linear programmes of a solver.

use std::collections::BTreeSet;

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use rapport::measure::numeric::{count, real};
use rapport::protect::plan::Plan;

use super::algebra::Space;
use super::world::{Cut, EVERYBODY, World};

/// A smallest unit and an option of the segment under attack; option 0 did not say.
pub type Atom = (usize, usize);

/// What is unknown and what is published of one segment and subject.
pub struct Attack<'a> {
    world: &'a World,
    segment: usize,
    subject: usize,
    pub atoms: Vec<Atom>,
    /// Each published figure as the atoms it is made of.
    pub published: Vec<BTreeSet<Atom>>,
}

impl<'a> Attack<'a> {
    /// On what a plan shows.
    pub fn on(world: &'a World, plan: &Plan<usize, Cut, usize>, segment: usize, subject: usize) -> Self {
        Self::of(world, segment, subject, |unit, cut| {
            plan.shows(&unit, &cut, &subject)
                .then(|| plan.parts(&unit, &cut, &subject).into_iter().flatten().collect())
        })
    }

    /// On what `shown` says: the smallest units in the figure of a unit and cut, or `None` where it is withheld.
    pub fn of(
        world: &'a World,
        segment: usize,
        subject: usize,
        shown: impl Fn(usize, Cut) -> Option<Vec<usize>>,
    ) -> Self {
        let options = 0..=world.segments[segment - 1];
        let mut attack = Self {
            world,
            segment,
            subject,
            atoms: Vec::new(),
            published: Vec::new(),
        };
        for unit in world.smallest() {
            let all = options.clone().map(|option| (unit, option));
            let with_people: Vec<Atom> = all.filter(|atom| attack.n(*atom) > 0).collect();
            attack.atoms.extend(with_people);
        }
        for unit in 0..world.parents.len() {
            for cut in world
                .cuts()
                .into_iter()
                .filter(|cut| cut.0 == 0 || cut.0 == segment)
            {
                let Some(units) = shown(unit, cut) else { continue };
                let is_in = |atom: &&Atom| units.contains(&atom.0) && (cut == EVERYBODY || atom.1 == cut.1);
                let row: BTreeSet<Atom> = attack.atoms.iter().filter(is_in).copied().collect();
                attack.published.push(row);
            }
        }
        attack
    }

    /// The same with the figures of whole units only.
    pub fn without_cuts(&self) -> Attack<'a> {
        let is_whole = |row: &&BTreeSet<Atom>| {
            let units: BTreeSet<usize> = row.iter().map(|atom| atom.0).collect();
            self.atoms
                .iter()
                .all(|atom| !units.contains(&atom.0) || row.contains(atom))
        };
        Attack {
            atoms: self.atoms.clone(),
            published: self.published.iter().filter(is_whole).cloned().collect(),
            ..*self
        }
    }

    pub fn scores(&self, (unit, option): Atom) -> Vec<f64> {
        self.world.scores(unit, self.segment, Some(option), self.subject)
    }

    pub fn n(&self, atom: Atom) -> u64 {
        count(self.scores(atom).len())
    }

    /// Atoms of fewer than k people, or of fewer than 50 who all said the same.
    pub fn sensitive(&self) -> Vec<Atom> {
        let is_sensitive = |atom: &&Atom| {
            let scores = self.scores(**atom);
            let same = scores.iter().all(|score| (score - scores[0]).abs() < 1e-9);
            count(scores.len()) < self.world.k || (same && scores.len() < 50 && atom.1 != 0)
        };
        self.atoms.iter().filter(is_sensitive).copied().collect()
    }

    /// Every group of up to three withheld atoms with fewer than k people together, and every sensitive atom, whose sum
    /// follows from what is published.
    pub fn recovered(&self) -> Vec<Vec<Atom>> {
        let space = Space::of(self.published.iter().map(|row| self.vector(row.iter())));
        let sensitive = self.sensitive();
        let mut groups: Vec<Vec<Atom>> = sensitive.iter().map(|atom| vec![*atom]).collect();
        for (at, one) in sensitive.iter().enumerate() {
            for (next, two) in sensitive.iter().enumerate().skip(at + 1) {
                groups.push(vec![*one, *two]);
                groups.extend(
                    sensitive
                        .iter()
                        .skip(next + 1)
                        .map(|three| vec![*one, *two, *three]),
                );
            }
        }
        let few = |group: &Vec<Atom>| {
            group.len() == 1 || group.iter().map(|atom| self.n(*atom)).sum::<u64>() < self.world.k
        };
        groups
            .into_iter()
            .filter(few)
            .filter(|group| space.holds(self.vector(group.iter())))
            .collect()
    }

    /// Published figures less published figures within them that leave somebody, but fewer than k.
    pub fn remainders(&self) -> Vec<BTreeSet<Atom>> {
        let mut left = Vec::new();
        for whole in &self.published {
            for part in self.published.iter().filter(|part| part.is_subset(whole)) {
                let rest: BTreeSet<Atom> = whole.difference(part).copied().collect();
                let n: u64 = rest.iter().map(|atom| self.n(*atom)).sum();
                if n > 0 && n < self.world.k {
                    left.push(rest);
                }
            }
        }
        left
    }

    /// The narrowest interval, in points, that the sums and sums of squares of everything published leave to the
    /// mean of a group that is in some published figure. The attacker knows the n of everything.
    pub fn interval(&self, of: Atom) -> (f64, f64) {
        let n = real(self.scores(of).len());
        let end = |direction| {
            let mut problem = Problem::new(direction);
            let variables: Vec<(Variable, Variable)> = self
                .atoms
                .iter()
                .map(|atom| {
                    let size = real(self.scores(*atom).len());
                    let sum = problem.add_var(f64::from(u8::from(*atom == of)), (0.0, 100.0 * size));
                    let square = problem.add_var(0.0, (0.0, 10_000.0 * size));
                    problem.add_constraint([(square, 1.0), (sum, -100.0)], ComparisonOp::Le, 0.0);
                    for step in 0..=20_u8 {
                        let v = 5.0 * f64::from(step);
                        let tangent = [(square, 1.0), (sum, -2.0 * v)];
                        problem.add_constraint(tangent, ComparisonOp::Ge, -v * v * size);
                    }
                    (sum, square)
                })
                .collect();
            for row in &self.published {
                let members = || {
                    self.atoms
                        .iter()
                        .zip(&variables)
                        .filter(|(atom, _)| row.contains(*atom))
                };
                let all = || row.iter().flat_map(|atom| self.scores(*atom));
                let sums: Vec<(Variable, f64)> = members().map(|(_, (sum, _))| (*sum, 1.0)).collect();
                let squares: Vec<(Variable, f64)> =
                    members().map(|(_, (_, square))| (*square, 1.0)).collect();
                problem.add_constraint(&sums, ComparisonOp::Eq, all().sum());
                problem.add_constraint(&squares, ComparisonOp::Eq, all().map(|score| score * score).sum());
            }
            let solution = problem.solve().expect("the truth is a solution");
            solution.into_solution().expect("no limit was set").objective() / n
        };
        (
            end(OptimizationDirection::Minimize),
            end(OptimizationDirection::Maximize),
        )
    }

    fn vector<'b>(&self, atoms: impl Iterator<Item = &'b Atom>) -> Vec<u64> {
        let mut vector = vec![0; self.atoms.len()];
        for atom in atoms {
            vector[self.atoms.iter().position(|other| other == atom).unwrap()] = 1;
        }
        vector
    }
}
