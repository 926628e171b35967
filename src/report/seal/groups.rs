//! Rows by agency and answer to a segment item.

use super::material::{Answers, as_count};
use super::menu::Menu;
use crate::measure::tally::Grouping;

/// The group of every row: for each agency one group an option and one for those who did not say; without a segment
/// one group an agency.
#[derive(Debug)]
pub(super) struct Groups {
    pub of_row: Vec<u32>,
    /// Groups in all.
    pub groups: usize,
    /// Groups of each agency.
    pub each: usize,
}

impl Groups {
    /// Of all rows.
    pub(super) fn of(answers: &Answers, menu: Option<&Menu>) -> Self {
        let each = menu.map_or(1, |menu| menu.options.len() + 1);
        let mut of_row = Vec::with_capacity(answers.len());
        for (number, (_, rows)) in answers.agencies.iter().enumerate() {
            let base = as_count(number * each);
            match menu {
                None => of_row.extend(std::iter::repeat_n(base, rows.len())),
                Some(menu) => {
                    let options = as_count(menu.options.len());
                    let said = answers
                        .columns
                        .column(menu.column)
                        .get(rows.clone())
                        .unwrap_or(&[]);
                    of_row.extend(said.iter().map(|answer| match u32::from(*answer) {
                        0 => base + options,
                        position if position > options => base + options,
                        position => base + position - 1,
                    }));
                }
            }
        }
        Self {
            of_row,
            groups: answers.agencies.len() * each,
            each,
        }
    }

    /// As the tallies take it.
    pub(super) fn grouping(&self) -> Grouping<'_> {
        Grouping {
            of_row: &self.of_row,
            groups: self.groups,
        }
    }

    /// How many rows each group has.
    pub(super) fn sizes(&self) -> Vec<u64> {
        let mut sizes = vec![0; self.groups];
        for group in &self.of_row {
            if let Some(size) = usize::try_from(*group)
                .ok()
                .and_then(|group| sizes.get_mut(group))
            {
                *size += 1;
            }
        }
        sizes
    }
}
