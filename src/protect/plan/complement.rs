//! Complementary suppression, first pass: no published sum with a single withheld cell in it, or with fewer than k people
//! behind all that is withheld in it.
//!
//! The cheapest sibling is the one that mends most sums at once, and among those the smallest. This is a cheap pass that does
//! most of the work; whether it was enough is for the audit to say.

use super::table::{Line, Mark, Table};

/// Withholds siblings until every sum that can be mended is.
pub(super) fn mend(table: &mut Table, least: u64) {
    loop {
        let lines = table.lines();
        let open = |node: usize| lines.get(node).is_some_and(|line| is_open(line, least));
        let mends =
            |cell: usize| u64::from(open(table.row_of(cell))) + u64::from(open(table.column_of(cell)));
        let shown: Vec<usize> = (0..table.marks.len())
            .filter(|cell| table.marks.get(*cell) == Some(&Mark::Shown))
            .collect();
        let most = shown.iter().map(|cell| mends(*cell)).max().unwrap_or(0);
        let cheapest = table.smallest(shown.into_iter().filter(|cell| mends(*cell) == most));
        match cheapest.filter(|_| most > 0) {
            Some(cell) => table.withhold(cell),
            None => return,
        }
    }
}

fn is_open(line: &Line, least: u64) -> bool {
    line.matters && (line.withheld == 1 || line.respondents < least) && line.withheld > 0
}

#[cfg(test)]
mod tests {
    use super::super::census::{Counted, Family};
    use super::super::flow::{Slack, UNLIMITED};
    use super::super::level::Rule;
    use super::super::table::{Member, Row};
    use super::*;
    use crate::protect::thresholds::Thresholds;

    const COUNTS: [u64; 16] = [14, 22, 11, 4, 9, 31, 12, 16, 12, 18, 25, 13, 3, 15, 19, 21];

    /// The table of METHOD.md with its margins public; "did not say" is empty.
    fn worked() -> Table {
        let rows = (1..=4).map(|unit| Row { unit, above: vec![0] }).collect();
        let (mut cells, mut sums) = (Vec::new(), vec![Counted::default(); 5]);
        for row in COUNTS.chunks(4) {
            for (option, n) in row.iter().chain(&[0]).enumerate() {
                let cell = Counted::heads(*n, n * 2);
                sums[option] = sums[option].plus(cell);
                cells.push(cell);
            }
        }
        let rule = Rule::of(&Family::alone(()), &Thresholds::default());
        Table::new(rows, vec![0], 5, vec![Member { cells, sums }], &[], &rule)
    }

    /// The least and the most that each sensitive cell can be.
    fn intervals(table: &Table) -> Vec<(u64, u64)> {
        let member = &table.members[0];
        let (network, cells) = table.network(member);
        let n = |cell: &usize| member.cells[*cell].respondents;
        let slack: Vec<Slack> = cells
            .iter()
            .map(|cell| Slack {
                give: n(cell),
                take: UNLIMITED,
            })
            .collect();
        let edges = cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| table.is_sensitive(**cell));
        edges
            .map(|(edge, cell)| {
                let down = network.down(edge, &slack, n(cell)).amount;
                (n(cell) - down, n(cell) + network.up(edge, &slack, 1000).amount)
            })
            .collect()
    }

    #[test]
    fn the_worked_table_takes_the_complements_of_the_method_and_leaves_its_intervals() {
        let mut table = worked();
        assert_eq!(
            intervals(&table),
            [(4, 4), (9, 9), (3, 3)],
            "primary alone is recovered exactly"
        );

        mend(&mut table, 10);

        let complements: Vec<(usize, usize)> = (0..table.marks.len())
            .filter(|cell| table.marks[*cell] == Mark::Complement)
            .map(|cell| (cell / 5, cell % 5))
            .collect();
        assert_eq!(complements, [(0, 2), (1, 3), (3, 2)]);
        assert_eq!(intervals(&table), [(0, 7), (5, 12), (0, 7)]);
    }
}
