//! Finding columns by their headings, whatever the case and the spaces in them.

use super::{Problems, Table};

/// A column of a table, or the place of one that the table does not have: its cells are all empty then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    index: Option<usize>,
    heading: String,
}

impl Column {
    /// Whether the table has it.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.index.is_some()
    }

    /// The heading as it stands in the file, else the name that was asked for.
    #[must_use]
    pub fn heading(&self) -> &str {
        &self.heading
    }

    pub(super) fn index(&self) -> Option<usize> {
        self.index
    }
}

/// The columns that were not asked for yet.
#[derive(Debug)]
pub struct Columns<'a> {
    header_row: u32,
    left: Vec<(usize, &'a str)>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(table: &'a Table) -> Self {
        let headed = table.headings.iter().enumerate();
        Self {
            header_row: table.header_row,
            left: headed
                .filter(|(_, heading)| !heading.is_empty())
                .map(|(index, heading)| (index, heading.as_str()))
                .collect(),
        }
    }

    /// Takes the column of that name or alias; notes a problem when there is none.
    pub fn required(&mut self, name: &str, aliases: &[&str], problems: &mut Problems) -> Column {
        let column = self.optional(name, aliases, problems);
        if !column.is_present() {
            let also = match aliases {
                [] => String::new(),
                _ => format!(" (or: {})", aliases.join(", ")),
            };
            let problem = format!("there is no column `{name}`{also}: add it, or name the right one so");
            problems.row(self.header_row, problem);
        }
        column
    }

    /// Takes the column of that name or alias, if there is one; notes a problem when there are two.
    pub fn optional(&mut self, name: &str, aliases: &[&str], problems: &mut Problems) -> Column {
        let is_asked_for = |heading: &str| {
            let heading = plain(heading);
            heading == plain(name) || aliases.iter().any(|alias| heading == plain(alias))
        };
        let (found, left) = self.left.iter().partition(|(_, heading)| is_asked_for(heading));
        self.left = left;
        let found: Vec<(usize, &str)> = found;
        if let [(_, first), (_, second), ..] = found.as_slice() {
            let problem = format!("`{first}` and `{second}` both say `{name}`: keep one of them");
            problems.row(self.header_row, problem);
        }
        match found.first() {
            Some((index, heading)) => Column {
                index: Some(*index),
                heading: (*heading).to_owned(),
            },
            None => Column {
                index: None,
                heading: name.to_owned(),
            },
        }
    }

    /// Takes the column with exactly that heading, if nobody took it before.
    pub fn exactly(&mut self, heading: &str) -> Column {
        let place = self.left.iter().position(|(_, other)| *other == heading);
        Column {
            index: place.map(|place| self.left.remove(place).0),
            heading: heading.to_owned(),
        }
    }

    /// The columns that nobody asked for, in order.
    #[must_use]
    pub fn rest(self) -> Vec<Column> {
        let column = |(index, heading): (usize, &str)| Column {
            index: Some(index),
            heading: heading.to_owned(),
        };
        self.left.into_iter().map(column).collect()
    }

    /// Notes a problem for every column that nobody asked for.
    pub fn refuse_rest(self, problems: &mut Problems) {
        let row = self.header_row;
        for column in self.rest() {
            let problem = format!(
                "nobody knows a column `{}`: remove it or correct its name",
                column.heading
            );
            problems.row(row, problem);
        }
    }
}

/// A heading without what people vary: case, spaces, `_`, `-` and `.`.
pub(super) fn plain(heading: &str) -> String {
    let varied = |c: &char| !(c.is_whitespace() || matches!(c, '_' | '-' | '.'));
    heading
        .chars()
        .filter(varied)
        .flat_map(char::to_lowercase)
        .collect()
}
