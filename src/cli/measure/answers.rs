//! Responses, streamed: one pass over the file, a byte an answer kept.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use super::people::{AGENCY, Population};
use super::subjects::Subjects;
use super::unreadable;
use crate::cli::Failure;
use crate::measure::tally::Columns;
use crate::table::Opening;

/// So many problems are told one by one.
const TOLD: usize = 20;

/// How cells are read.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub segment: Option<&'a str>,
    pub missing: &'a [String],
    pub population: Option<&'a Population>,
}

/// Responses as columns, with the group of each.
pub(super) struct Answers {
    pub columns: Columns,
    pub group_of_row: Vec<u32>,
    pub groups: Vec<Group>,
    /// Responses of each group.
    pub counts: Vec<u64>,
    /// Rows with fewer cells than headings, and the line of the first: what they lack counts as not answered.
    pub short: Option<(u64, u64)>,
}

/// An agency, or a segment of one. The segment is empty where none was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub agency: String,
    pub segment: String,
}

/// Where the cells of interest stand.
struct Header {
    headings: Vec<String>,
    agency: usize,
    segment: Option<usize>,
    /// The place of each item; items outside of indices may have none.
    items: Vec<Option<usize>>,
}

/// What is wrong with a file, line by line: a cell with a line break takes two of them.
struct Problems<'a> {
    path: &'a Path,
    told: Vec<String>,
    more: usize,
}

impl Problems<'_> {
    fn cell(&mut self, line: u64, column: &str, problem: &str) {
        if self.told.len() < TOLD {
            self.told.push(format!("line {line}, {column}: {problem}"));
        } else {
            self.more += 1;
        }
    }

    fn into_result(self) -> Result<(), Failure> {
        if self.told.is_empty() {
            return Ok(());
        }
        let more = if self.more > 0 {
            format!("\n... and {} more", self.more)
        } else {
            String::new()
        };
        Err(Failure::Input(format!(
            "`{}`:\n{}{more}",
            self.path.display(),
            self.told.join("\n")
        )))
    }
}

/// Stands as a row of its own behind the last one. When it is not read back, a quote swallowed it and rows before it.
const END_MARK: &[u8] = b"\x01end-of-responses";
const END: &[u8] = b"\n\x01end-of-responses\n";

/// Reads responses; rows may stand in any order.
pub(super) fn read(path: &Path, subjects: &Subjects, rules: Rules<'_>) -> Result<Answers, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut file = BufReader::with_capacity(1 << 16, file);
    let opening = opening(&mut file, path)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(opening.delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(file.chain(END));
    let header = header(&mut reader, path, subjects, rules)?;
    let mut rows = Rows::new(subjects, rules, header, path);
    let mut record = ByteRecord::new();
    let lines_before = u64::from(opening.header_row.saturating_sub(1));
    let (mut line, mut ended) = (1, false);
    while !ended
        && reader
            .read_byte_record(&mut record)
            .map_err(|error| broken(path, &error))?
    {
        ended = record.len() == 1 && record.get(0) == Some(END_MARK);
        if !ended {
            line = lines_before + record.position().map_or(0, csv::Position::line);
            rows.take(&record, line);
        }
    }
    if !ended {
        let told = "a quote is opened and never closed: close it, or double it if it belongs to the text";
        rows.problems.cell(line, "some cell", told);
    }
    rows.finish()
}

/// How the file is to be read, with its beginning passed over.
fn opening(file: &mut BufReader<File>, path: &Path) -> Result<Opening, Failure> {
    let start = file.fill_buf().map_err(|error| unreadable(path, &error))?;
    let opening =
        Opening::of(start).map_err(|problems| Failure::Input(format!("`{}`: {problems}", path.display())))?;
    file.consume(opening.skipped);
    Ok(opening)
}

fn broken(path: &Path, error: &csv::Error) -> Failure {
    match error.kind() {
        csv::ErrorKind::Io(error) => Failure::System(format!("`{}` cannot be read: {error}", path.display())),
        _ => Failure::Input(format!("`{}`: {error}; save it as `CSV UTF-8`", path.display())),
    }
}

fn header<R: Read>(
    reader: &mut csv::Reader<R>,
    path: &Path,
    subjects: &Subjects,
    rules: Rules<'_>,
) -> Result<Header, Failure> {
    let headings: Vec<String> = reader
        .headers()
        .map_err(|error| broken(path, &error))?
        .iter()
        .map(str::to_owned)
        .collect();
    if headings.iter().all(|heading| heading.as_bytes() == END_MARK) {
        return Err(Failure::Input(format!(
            "`{}` is empty: its first row must hold the headings",
            path.display()
        )));
    }
    let mut problems = Problems {
        path,
        told: Vec::new(),
        more: 0,
    };
    let mut place = |wanted: &str, aliases: &[&str]| {
        let is_it = |heading: &String| {
            let same = |name: &str| heading.eq_ignore_ascii_case(name);
            same(wanted) || aliases.iter().any(|alias| same(alias))
        };
        let mut found = headings
            .iter()
            .enumerate()
            .filter(|(_, heading)| is_it(heading))
            .map(|(at, _)| at);
        let first = found.next();
        if found.next().is_some() {
            problems.cell(1, wanted, "stands there twice: keep one of the columns");
        }
        first
    };
    let agency = place(AGENCY.0, &AGENCY.1);
    let segment = rules.segment.map(|segment| (segment, place(segment, &[])));
    let items: Vec<Option<usize>> = subjects
        .items
        .iter()
        .map(|item| place(item.id.as_str(), &[]))
        .collect();
    if agency.is_none() {
        problems.cell(
            1,
            AGENCY.0,
            "there is no such column: add it, with the agency of each response",
        );
    }
    if let Some((segment, None)) = segment {
        problems.cell(
            1,
            segment,
            "there is no such column: add it, or leave --segment out",
        );
    }
    for (item, place) in subjects.items.iter().zip(&items) {
        if item.required && place.is_none() {
            problems.cell(
                1,
                item.id.as_str(),
                "there is no such column, but an index needs it: add it, empty where nobody was asked",
            );
        }
    }
    problems.into_result()?;
    Ok(Header {
        agency: agency.unwrap_or(usize::MAX),
        segment: segment.and_then(|(_, place)| place),
        items,
        headings,
    })
}

/// Rows as they come.
struct Rows<'a> {
    subjects: &'a Subjects,
    rules: Rules<'a>,
    header: Header,
    problems: Problems<'a>,
    columns: Vec<Vec<u8>>,
    group_of_row: Vec<u32>,
    /// By agency and segment, in the order of first appearance.
    numbers: BTreeMap<Group, u32>,
    /// As in [`Answers`].
    short: Option<(u64, u64)>,
}

impl<'a> Rows<'a> {
    fn new(subjects: &'a Subjects, rules: Rules<'a>, header: Header, path: &'a Path) -> Self {
        Self {
            subjects,
            rules,
            header,
            problems: Problems {
                path,
                told: Vec::new(),
                more: 0,
            },
            columns: vec![Vec::new(); subjects.items.len()],
            group_of_row: Vec::new(),
            numbers: BTreeMap::new(),
            short: None,
        }
    }

    fn take(&mut self, record: &ByteRecord, row: u64) {
        if record.iter().all(<[u8]>::is_empty) {
            return;
        }
        if record.len() > self.header.headings.len() {
            self.problems.cell(
                row,
                "the end",
                "there are more cells than headings: remove them, or quote the cell with the separator",
            );
        }
        if record.len() < self.header.headings.len() {
            let (count, first) = self.short.unwrap_or((0, row));
            self.short = Some((count + 1, first));
        }
        let Some(group) = self.group(record, row) else {
            return;
        };
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.group_of_row.push(*self.numbers.entry(group).or_insert(next));
        for ((item, place), column) in self
            .subjects
            .items
            .iter()
            .zip(&self.header.items)
            .zip(&mut self.columns)
        {
            let cell = place.and_then(|place| record.get(place)).unwrap_or(&[]);
            let answer = match cell {
                [] => Some(0),
                [digit @ b'1'..=b'9'] => Some(digit - b'0'),
                [b'1', digit @ b'0'..=b'1'] => Some(10 + digit - b'0'),
                other => self
                    .rules
                    .missing
                    .iter()
                    .any(|missing| missing.as_bytes() == other)
                    .then_some(0),
            };
            match answer.filter(|answer| *answer <= item.points) {
                Some(answer) => column.push(answer),
                None => {
                    let cell = String::from_utf8_lossy(cell);
                    let told = format!(
                        "`{cell}` is no point from 1 to {}: correct it, empty it, or name it with --missing",
                        item.points
                    );
                    self.problems.cell(row, item.id.as_str(), &told);
                    column.push(0);
                }
            }
        }
    }

    /// A cell as text, empty where there is none. What is no text is told: two names must not become one by reading them badly.
    fn text(&mut self, record: &ByteRecord, row: u64, place: Option<usize>, column: &str) -> Option<String> {
        let cell = place.and_then(|place| record.get(place)).unwrap_or_default();
        let told = match std::str::from_utf8(cell) {
            Ok(text) if !text.contains(char::is_control) => return Some(text.to_owned()),
            Ok(_) => "holds a control character: type the cell anew",
            Err(_) => "is no UTF-8 text: save the file as `CSV UTF-8`",
        };
        self.problems.cell(row, column, told);
        None
    }

    fn group(&mut self, record: &ByteRecord, row: u64) -> Option<Group> {
        let segment = self.rules.segment.unwrap_or_default();
        let group = Group {
            agency: self.text(record, row, Some(self.header.agency), AGENCY.0)?,
            segment: self.text(record, row, self.header.segment, segment)?,
        };
        if group.agency.is_empty() {
            self.problems
                .cell(row, AGENCY.0, "is empty: give the agency of the response");
            return None;
        }
        if self.header.segment.is_some() && group.segment.is_empty() {
            self.problems
                .cell(row, segment, "is empty: give the segment, or leave --segment out");
            return None;
        }
        if let Some((of_segment, told)) = self
            .rules
            .population
            .and_then(|all| all.refuses(&group.agency, &group.segment))
        {
            self.problems
                .cell(row, if of_segment { segment } else { AGENCY.0 }, &told);
            return None;
        }
        Some(group)
    }

    fn finish(self) -> Result<Answers, Failure> {
        let path = self.problems.path;
        self.problems.into_result()?;
        if self.group_of_row.is_empty() {
            return Err(Failure::Input(format!(
                "`{}` has no response below its headings",
                path.display()
            )));
        }
        let mut groups: Vec<(Group, u32)> = self.numbers.into_iter().collect();
        groups.sort_by_key(|(_, number)| *number);
        let mut counts = vec![0; groups.len()];
        for group in &self.group_of_row {
            if let Some(count) = usize::try_from(*group)
                .ok()
                .and_then(|group| counts.get_mut(group))
            {
                *count += 1;
            }
        }
        let columns = Columns::new(self.columns).map_err(|error| Failure::System(error.to_string()))?;
        Ok(Answers {
            columns,
            group_of_row: self.group_of_row,
            groups: groups.into_iter().map(|(group, _)| group).collect(),
            counts,
            short: self.short,
        })
    }
}
