//! The audit (R4): what an attacker who has everything published can still not know.
//!
//! For every sensitive cell of a table, and for every subject whose people differ:
//!
//! - **Sums, exactly.** No set of withheld cells that contains the cell and has fewer than k people may be a combination of
//!   published sums. The smallest number of people in any such set is, by the duality of linear programmes, the largest
//!   number the cell itself could have if all published sums stay: a maximum flow, in whole numbers. So the condition is
//!   "the cell could have k people", and it covers every combination that linear algebra can form, sums of several
//!   cells included. (In the table of METHOD.md two withheld cells of 4 and 3 people in different rows and
//!   columns can be had as one sum of 7: single cells are safe there, and the audit still asks for one complement more.)
//! - **Intervals.** The mean of the cell must be free to move over [`WIDTH`] points while n, sum and sum of squares of
//!   everything published stay. The attacker is given the n of every withheld cell. All three add up, so a change that is `d` in
//!   the sums and `2 c d` in the sums of squares keeps everything, for any one `c`; a cell allows it as long as its
//!   mean stays within its root mean square distance from `c`. That again is a flow, and since the possible
//!   tables are a convex set, the best of several `c` up and down are an interval that is certainly possible.
//!
//! Weighted figures add no equations here because they may only be made of the groups that [`super::Plan::parts`] and
//! [`super::Plan::strata`] name.

use std::collections::BTreeSet;

use super::census::Counted;
use super::flow::{Network, Reach, Slack, UNLIMITED};
use super::table::{Mark, Member, Table, count};
use crate::measure::numeric::real_u64;

/// How many points wide the interval of a withheld mean must stay (R4).
pub const WIDTH: u64 = 20;
/// Sums of scores are counted in thousandths of a point.
const SCALE: f64 = 1000.0;
/// The step by which the centre of a move is set beside a cell's own mean: a little over half the width.
const BESIDE: f64 = 10.5;
/// The centre around which people move from one end of the scale to the other. Where all answers lie at the ends, squares are 100 times the
/// sums and tell nothing more: then every other centre holds such a cell where it is, and this one leaves it free.
const MIDDLE: f64 = 50.0;

/// What auditing a table found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Findings {
    /// Different patterns of n that were audited.
    pub patterns: u64,
    /// Sensitive cells whose interval was measured.
    pub intervals: u64,
    /// Those whose interval may be narrower, where nothing more of the cut can be withheld that would widen it.
    pub narrow: u64,
}

/// Audits a table and withholds more until it passes. Withholding only ever frees, so one pass is enough.
pub(super) fn audit(table: &mut Table, least: u64) -> Findings {
    let mut findings = Findings::default();
    let mut seen: BTreeSet<Vec<u64>> = BTreeSet::new();
    for member in table.members.clone() {
        let pattern: Vec<u64> = member.cells.iter().map(|cell| cell.respondents).collect();
        if seen.insert(pattern) {
            findings.patterns += 1;
            audit_sums(table, &member, least);
        }
    }
    for member in table.members.clone() {
        let scored = member.cells.iter().any(|cell| cell.scores.is_some());
        if scored {
            audit_intervals(table, &member, &mut findings);
        }
    }
    findings
}

fn audit_sums(table: &mut Table, member: &Member, least: u64) {
    let mut free = Frame::of(table, member, heads);
    for cell in sensitive(table, member) {
        let missing = least.saturating_sub(count(member, cell));
        loop {
            let reach = free.up(cell, missing);
            if reach.amount >= missing {
                break;
            }
            if !withhold_across(table, member, &reach) {
                table.withhold_all();
            }
            free = Frame::of(table, member, heads);
            if table.marks.iter().all(|mark| *mark != Mark::Shown) && free.up(cell, missing).amount < missing
            {
                break;
            }
        }
    }
}

fn audit_intervals(table: &mut Table, member: &Member, findings: &mut Findings) {
    let centre = mean_of(member.cells.iter());
    let central = |table: &Table| Frame::of(table, member, |cell| around(cell, centre));
    let mut frame = central(table);
    for cell in sensitive(table, member) {
        findings.intervals += 1;
        loop {
            match held_back(table, member, &frame, cell) {
                None => break,
                Some(held) if held.iter().any(|reach| withhold_across(table, member, reach)) => {
                    frame = central(table);
                }
                Some(_) => {
                    findings.narrow += 1;
                    break;
                }
            }
        }
    }
}

/// `None` when the mean of the cell can move far enough; else what holds it back. `frame` has the slack around the mean of
/// all, which nearly always is enough; other centres are tried only then.
fn held_back(table: &Table, member: &Member, frame: &Frame, cell: usize) -> Option<Vec<Reach>> {
    let own = member.cells.get(cell)?;
    let edge = frame.edge_of(cell)?;
    let needed = own
        .respondents
        .saturating_mul(WIDTH)
        .saturating_mul(thousandths(1.0));
    let mut range = Range::default();
    range.widen(&frame.network, edge, &frame.slack, needed);
    let mean = mean_of(std::iter::once(own));
    let row = frame
        .cells
        .iter()
        .filter(|other| table.row_of(**other) == table.row_of(cell))
        .filter_map(|other| member.cells.get(*other));
    for centre in [mean_of(row), mean + BESIDE, mean - BESIDE, MIDDLE] {
        if range.up + range.down >= needed {
            return None;
        }
        let slack: Vec<Slack> = frame
            .cells
            .iter()
            .filter_map(|cell| member.cells.get(*cell))
            .map(|cell| around(cell, centre))
            .collect();
        range.widen(&frame.network, edge, &slack, needed);
    }
    (range.up + range.down < needed).then_some(range.held)
}

/// How far a cell can move at least, and what stopped it.
#[derive(Default)]
struct Range {
    up: u64,
    down: u64,
    held: Vec<Reach>,
}

impl Range {
    fn widen(&mut self, network: &Network, edge: usize, slack: &[Slack], needed: u64) {
        let own = slack.get(edge).copied().unwrap_or_default();
        let (take, give) = (own.take.min(needed), own.give.min(needed));
        let up = network.up(edge, slack, take);
        let down = network.down(edge, slack, give.min(needed.saturating_sub(up.amount)));
        self.up = self.up.max(up.amount);
        self.down = self.down.max(down.amount);
        if up.amount < take {
            self.held.push(up);
        }
        if down.amount < give.min(needed.saturating_sub(self.up)) {
            self.held.push(down);
        }
    }
}

/// Withholds the smallest shown cell or sum that would let a further move through: a cell between the nodes that can be
/// reached and those that cannot, if its own sums have withheld cells already, or a sum between them. Failing these, any
/// such cell.
fn withhold_across(table: &mut Table, member: &Member, reach: &Reach) -> bool {
    let reached = |node: usize| reach.reached.get(node).copied().unwrap_or(false);
    let lines = table.lines();
    let has_withheld = |node: usize| lines.get(node).is_some_and(|line| line.withheld > 0);
    let across: Vec<usize> = (0..table.marks.len())
        .filter(|cell| table.marks.get(*cell) == Some(&Mark::Shown) && count(member, *cell) > 0)
        .filter(|cell| reached(table.row_of(*cell)) != reached(table.column_of(*cell)))
        .collect();
    let inside = across
        .iter()
        .copied()
        .filter(|cell| has_withheld(table.row_of(*cell)) && has_withheld(table.column_of(*cell)));
    let cell = table.smallest(inside);
    let sums = (0..table.sum_marks.len())
        .filter(|sum| table.sum_marks.get(*sum) == Some(&Mark::Shown))
        .filter(|sum| reached(table.node_of_sum(*sum)) != reached(table.node_beyond(*sum)));
    let size = |sum: usize| member.sums.get(sum).map_or(0, |sum| sum.respondents);
    let sum = sums.min_by_key(|sum| (size(*sum), *sum));
    match (cell, sum) {
        (Some(cell), Some(sum)) if size(sum) < count(member, cell) => table.withhold_sum(sum),
        (Some(cell), _) => table.withhold(cell),
        (None, Some(sum)) => table.withhold_sum(sum),
        (None, None) => match table.smallest(across.into_iter()) {
            Some(cell) => table.withhold(cell),
            None => return false,
        },
    }
    true
}

/// A network with one kind of slack on it.
struct Frame {
    network: Network,
    /// The cell of each edge, ascending.
    cells: Vec<usize>,
    slack: Vec<Slack>,
}

impl Frame {
    fn of(table: &Table, member: &Member, slack: impl Fn(&Counted) -> Slack) -> Self {
        let (network, cells) = table.network(member);
        let slack = cells
            .iter()
            .filter_map(|cell| member.cells.get(*cell))
            .map(slack)
            .collect();
        Self {
            network,
            cells,
            slack,
        }
    }

    fn edge_of(&self, cell: usize) -> Option<usize> {
        self.cells.binary_search(&cell).ok()
    }

    fn up(&self, cell: usize, enough: u64) -> Reach {
        let edge = self.edge_of(cell).unwrap_or(usize::MAX);
        self.network.up(edge, &self.slack, enough)
    }
}

fn sensitive(table: &Table, member: &Member) -> Vec<usize> {
    (0..table.marks.len())
        .filter(|cell| table.is_sensitive(*cell) && count(member, *cell) > 0)
        .collect()
}

/// People: a cell cannot have fewer than nobody.
fn heads(cell: &Counted) -> Slack {
    Slack {
        give: cell.respondents,
        take: UNLIMITED,
    }
}

/// How far the sum of a cell's scores can move when the sum of squares moves `2 centre` times as far: some scores
/// within 0 to 100 must still have that mean and that mean square.
fn around(cell: &Counted, centre: f64) -> Slack {
    let sums = cell.scores.unwrap_or_default();
    let n = real_u64(cell.respondents.max(1));
    let (mean, square) = (sums.first / n, sums.second / n);
    let distance = (square - 2.0 * centre * mean + centre * centre).max(0.0).sqrt();
    let (mut take, mut give) = (centre + distance - mean, mean - centre + distance);
    // The mean square may not pass 100 times the mean.
    let headroom = (100.0 * mean - square).max(0.0);
    let slope = 100.0 - 2.0 * centre;
    if slope > 0.0 {
        give = give.min(headroom / slope);
    } else if slope < 0.0 {
        take = take.min(headroom / -slope);
    }
    Slack {
        give: thousandths(n * give),
        take: thousandths(n * take),
    }
}

fn mean_of<'a>(cells: impl Iterator<Item = &'a Counted>) -> f64 {
    let (n, sum) = cells.fold((0.0, 0.0), |(n, sum), cell| {
        (
            n + real_u64(cell.respondents),
            sum + cell.scores.unwrap_or_default().first,
        )
    });
    if n > 0.0 { sum / n } else { 0.0 }
}

/// Rounded down, so that nothing is thought possible that is not.
#[expect(
    clippy::as_conversions,
    reason = "float-to-int `as` saturates: negative and NaN give 0"
)]
fn thousandths(value: f64) -> u64 {
    (value * SCALE).floor() as u64
}
