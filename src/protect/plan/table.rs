//! One family of subjects cut by one segment: units by options, with their published sums.

use super::census::Counted;
use super::flow::{Edge, Network};
use super::level::{Decision, Rule};
use crate::protect::figure::Reason;

/// What is decided about a cell of the table, for all subjects of the family together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Shown,
    /// Nobody is in it.
    Empty,
    /// What must not come out.
    Sensitive(Reason),
    /// Withheld to hide another.
    Complement,
    /// Who did not say, when they are many: not sensitive, but not on the menu.
    NotAsked,
}

/// A unit that enters, and the units above it as positions in [`Table::above`].
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub unit: usize,
    pub above: Vec<usize>,
}

/// One subject in the table.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Row by row; empty where the unit has no figure of this subject.
    pub cells: Vec<Counted>,
    /// The same for the units above.
    pub sums: Vec<Counted>,
}

/// The table with its marks.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub rows: Vec<Row>,
    /// The units above the rows.
    pub above: Vec<usize>,
    /// How many options, the last of them being "did not say".
    pub options: usize,
    pub members: Vec<Member>,
    pub marks: Vec<Mark>,
    pub sum_marks: Vec<Mark>,
}

/// A published sum with what is withheld in it, as the first member counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Line {
    pub withheld: u64,
    pub respondents: u64,
    /// Whether the withheld cell is worth hiding, as far as a single one decides.
    pub matters: bool,
}

impl Table {
    /// Marks what the family's own numbers withhold, and the cells (row by row) in which it would give something else away.
    pub(super) fn new(
        rows: Vec<Row>,
        above: Vec<usize>,
        options: usize,
        members: Vec<Member>,
        gives_away: &[bool],
        rule: &Rule,
    ) -> Self {
        let mut table = Self {
            marks: vec![Mark::Empty; rows.len() * options],
            sum_marks: vec![Mark::Empty; above.len() * options],
            rows,
            above,
            options,
            members,
        };
        let last = options.saturating_sub(1);
        let judge = |place: usize, of: &dyn Fn(&Member) -> Option<Counted>| {
            let cells: Vec<Counted> = table.members.iter().filter_map(of).collect();
            judged(&cells, place % options.max(1) == last, rule)
        };
        let marks = (0..table.marks.len())
            .map(|at| match judge(at, &|member| member.cells.get(at).copied()) {
                Mark::Shown if gives_away.get(at) == Some(&true) => Mark::Sensitive(Reason::Complement),
                mark => mark,
            })
            .collect();
        let sum_marks = (0..table.sum_marks.len())
            .map(|at| judge(at, &|member| member.sums.get(at).copied()))
            .collect();
        table.marks = marks;
        table.sum_marks = sum_marks;
        table
    }

    pub(super) fn row_of(&self, cell: usize) -> usize {
        cell / self.options.max(1)
    }

    fn option_of(&self, cell: usize) -> usize {
        cell % self.options.max(1)
    }

    /// How many nodes the network has: rows, sums, and the rest that no sum is published of.
    pub(super) fn nodes(&self) -> usize {
        self.rows.len() + self.sum_marks.len() + 1
    }

    /// The node of a sum.
    pub(super) fn node_of_sum(&self, sum: usize) -> usize {
        self.rows.len() + sum
    }

    /// The node of the published sum over units in which a cell stands: the nearest above it; else the rest.
    ///
    /// The rest is a sum too: that of all rows less all published sums. And since sums above nearer ones can be
    /// taken apart by subtraction, the nearest is all that counts.
    pub(super) fn column_of(&self, cell: usize) -> usize {
        let option = self.option_of(cell);
        let above = self
            .rows
            .get(self.row_of(cell))
            .map_or(&[][..], |row| row.above.as_slice());
        self.nearest(above, option)
    }

    /// The node into which a sum would dissolve if it were withheld.
    pub(super) fn node_beyond(&self, sum: usize) -> usize {
        let (at, option) = (self.row_of(sum), self.option_of(sum));
        let row = self.rows.iter().find(|row| row.above.contains(&at));
        let beyond = row.map_or(&[][..], |row| {
            let place = row.above.iter().position(|above| *above == at);
            place
                .and_then(|place| row.above.get(place + 1..))
                .unwrap_or_default()
        });
        self.nearest(beyond, option)
    }

    fn nearest(&self, above: &[usize], option: usize) -> usize {
        let published = above
            .iter()
            .map(|at| at * self.options + option)
            .find(|sum| self.sum_marks.get(*sum) == Some(&Mark::Shown));
        published.map_or(self.rows.len() + self.sum_marks.len(), |sum| {
            self.node_of_sum(sum)
        })
    }

    /// The withheld cells of one member as a network, with the cell of each edge.
    pub(super) fn network(&self, member: &Member) -> (Network, Vec<usize>) {
        let cells: Vec<usize> = (0..self.marks.len())
            .filter(|cell| self.is_withheld(*cell) && count(member, *cell) > 0)
            .collect();
        let edges = cells.iter().map(|cell| Edge {
            row: self.row_of(*cell),
            column: self.column_of(*cell),
        });
        (Network::new(self.nodes(), edges.collect()), cells)
    }

    pub(super) fn is_withheld(&self, cell: usize) -> bool {
        self.marks.get(cell).is_some_and(|mark| *mark != Mark::Shown)
    }

    pub(super) fn is_sensitive(&self, cell: usize) -> bool {
        matches!(self.marks.get(cell), Some(Mark::Sensitive(_)))
    }

    /// Every published sum with what is withheld in it.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines = vec![Line::default(); self.nodes()];
        let Some(first) = self.members.first() else {
            return lines;
        };
        for cell in (0..self.marks.len()).filter(|cell| self.is_withheld(*cell)) {
            let respondents = count(first, cell);
            for node in [self.row_of(cell), self.column_of(cell)] {
                if let Some(line) = lines.get_mut(node).filter(|_| respondents > 0) {
                    line.withheld += 1;
                    line.respondents += respondents;
                    line.matters |= self.marks.get(cell) != Some(&Mark::NotAsked);
                }
            }
        }
        lines
    }

    /// The smallest of some shown cells; ties go to the first.
    pub(super) fn smallest(&self, cells: impl Iterator<Item = usize>) -> Option<usize> {
        let first = self.members.first()?;
        cells.min_by_key(|cell| (count(first, *cell), *cell))
    }

    pub(super) fn withhold(&mut self, cell: usize) {
        if let Some(mark) = self.marks.get_mut(cell) {
            *mark = Mark::Complement;
        }
    }

    pub(super) fn withhold_sum(&mut self, sum: usize) {
        if let Some(mark) = self.sum_marks.get_mut(sum) {
            *mark = Mark::Complement;
        }
    }

    /// Nothing of this segment is shown: then only the units' own figures are, which each have enough people.
    pub(super) fn withhold_all(&mut self) {
        for mark in self.marks.iter_mut().chain(&mut self.sum_marks) {
            if *mark == Mark::Shown {
                *mark = Mark::Complement;
            }
        }
    }
}

/// How many respondents a member has in a cell.
pub(super) fn count(member: &Member, cell: usize) -> u64 {
    member.cells.get(cell).map_or(0, |cell| cell.respondents)
}

fn judged(cells: &[Counted], never_shown: bool, rule: &Rule) -> Mark {
    let mut mark = Mark::Empty;
    for cell in cells.iter().filter(|cell| cell.respondents > 0) {
        match rule.judge(cell) {
            Decision::Withheld(reason) => return Mark::Sensitive(reason),
            Decision::Shown if never_shown => mark = Mark::NotAsked,
            Decision::Shown => mark = Mark::Shown,
        }
    }
    mark
}
