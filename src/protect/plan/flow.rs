//! How far a withheld value can move while every published sum stays as it is.
//!
//! A withheld cell stands in exactly two published sums: that of its unit over the options of a segment, and that of its
//! option over the units above. So withheld cells are the edges of a network whose nodes are published sums, and a
//! table that agrees with everything published differs from the true one by a circulation in it. How far one cell can go
//! is a maximum flow: the linear programme of the audit in its integral form, solved exactly in whole numbers.

/// More than any sum of people or scores.
pub(super) const UNLIMITED: u64 = u64::MAX / 4;

/// A withheld cell between its two published sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    /// The sum over options.
    pub row: usize,
    /// The sum over units.
    pub column: usize,
}

/// How much a cell may still give and take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Slack {
    /// Downwards.
    pub give: u64,
    /// Upwards.
    pub take: u64,
}

/// Withheld cells and the published sums they stand in.
#[derive(Debug, Clone, Default)]
pub(super) struct Network {
    pub edges: Vec<Edge>,
    /// The edges at each node.
    at: Vec<Vec<usize>>,
}

/// How far a cell can move, and which nodes a further move could still reach: the others hold it back.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    pub amount: u64,
    pub reached: Vec<bool>,
}

impl Network {
    pub(super) fn new(nodes: usize, edges: Vec<Edge>) -> Self {
        let mut at = vec![Vec::new(); nodes];
        for (number, edge) in edges.iter().enumerate() {
            for node in [edge.row, edge.column] {
                if let Some(list) = at.get_mut(node) {
                    list.push(number);
                }
            }
        }
        Self { edges, at }
    }

    /// How far the cell `of` can go up, at most `enough`, when the others have that slack.
    pub(super) fn up(&self, of: usize, slack: &[Slack], enough: u64) -> Reach {
        self.edges.get(of).map_or_else(Reach::none, |edge| {
            self.most(edge.row, edge.column, of, slack, enough)
        })
    }

    /// How far it can go down.
    pub(super) fn down(&self, of: usize, slack: &[Slack], enough: u64) -> Reach {
        self.edges.get(of).map_or_else(Reach::none, |edge| {
            self.most(edge.column, edge.row, of, slack, enough)
        })
    }

    /// Augments along shortest paths. On the way from a row to a column a cell gives, from a column to a row it takes.
    fn most(&self, from: usize, to: usize, without: usize, slack: &[Slack], enough: u64) -> Reach {
        let mut slack = slack.to_vec();
        let mut amount = 0;
        loop {
            let (via, reached) = self.search(from, to, without, &slack);
            if amount >= enough || !reached.get(to).copied().unwrap_or(false) {
                return Reach { amount, reached };
            }
            let path = self.path(from, to, &via);
            let step = path
                .iter()
                .map(|(edge, gives)| room(&slack, *edge, *gives))
                .min()
                .unwrap_or(0)
                .min(enough - amount);
            for (edge, gives) in path {
                if let Some(slack) = slack.get_mut(edge) {
                    slack.push(gives, step);
                }
            }
            amount += step;
        }
    }

    /// Breadth first: by which edge each node was reached.
    fn search(&self, from: usize, to: usize, without: usize, slack: &[Slack]) -> (Vec<usize>, Vec<bool>) {
        let mut via = vec![usize::MAX; self.at.len()];
        let mut reached = vec![false; self.at.len()];
        let mut queue = Vec::with_capacity(self.at.len());
        mark(&mut reached, from);
        queue.push(from);
        let mut next = 0;
        while let Some(&node) = queue.get(next) {
            next += 1;
            for &number in self.at.get(node).map_or(&[][..], Vec::as_slice) {
                let Some(edge) = self.edges.get(number).filter(|_| number != without) else {
                    continue;
                };
                let gives = edge.row == node;
                let other = if gives { edge.column } else { edge.row };
                if room(slack, number, gives) == 0 || reached.get(other).copied().unwrap_or(true) {
                    continue;
                }
                mark(&mut reached, other);
                if let Some(slot) = via.get_mut(other) {
                    *slot = number;
                }
                if other == to {
                    return (via, reached);
                }
                queue.push(other);
            }
        }
        (via, reached)
    }

    /// The edges back from `to`, each with whether it gives.
    fn path(&self, from: usize, to: usize, via: &[usize]) -> Vec<(usize, bool)> {
        let mut path = Vec::new();
        let mut node = to;
        while node != from {
            let Some((number, edge)) = via
                .get(node)
                .and_then(|number| Some((*number, self.edges.get(*number)?)))
            else {
                return path;
            };
            let gives = edge.column == node;
            path.push((number, gives));
            node = if gives { edge.row } else { edge.column };
        }
        path
    }
}

impl Reach {
    fn none() -> Self {
        Self {
            amount: 0,
            reached: Vec::new(),
        }
    }
}

impl Slack {
    fn push(&mut self, gives: bool, step: u64) {
        if gives {
            self.give = self.give.saturating_sub(step);
            self.take = self.take.saturating_add(step).min(UNLIMITED);
        } else {
            self.take = self.take.saturating_sub(step);
            self.give = self.give.saturating_add(step).min(UNLIMITED);
        }
    }
}

fn room(slack: &[Slack], edge: usize, gives: bool) -> u64 {
    slack
        .get(edge)
        .map_or(0, |slack| if gives { slack.give } else { slack.take })
}

fn mark(reached: &mut [bool], node: usize) {
    if let Some(slot) = reached.get_mut(node) {
        *slot = true;
    }
}
