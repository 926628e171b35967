//! From a CSV table to invited people: everything a roster can have wrong is found here, with its row (pure).
//!
//! | column | also called | |
//! | --- | --- | --- |
//! | `agency` | agency code, department, department code, organisation, organization | a known code |
//! | `person` | person id, employee id, employee, id, personnel number | unique in the roster |
//! | `name` | full name, display name | needed where responses bear names |
//! | `email` | e-mail, mail, email address | unique in the roster where given |
//! | `language` | lang, locale, preferred language | a language of the survey; its first one if empty |
//! | any other | | a segment: a coarse attribute such as `role`, at most [`MOST_VALUES`] different values; `Tenure band` names the segment `tenure-band` |
//!
//! Where the survey itself asks for a segment, its values must be the options of that question (by id or by
//! label), so that the roster's headcounts and the answers speak of the same groups.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Mode;
use super::roster_match::{Matching, Use};
use crate::agency::AgencyCode;
use crate::slug::BadSlug;
use crate::survey::definition::{AnswerKind, Choice, Definition, Language, SegmentId};
use crate::table::{Column, Limits, Problems, Row, Table};

/// A segment with more different values than this is no coarse attribute: it would point at people.
pub const MOST_VALUES: usize = 24;
/// More segments than this would, taken together, point at people.
pub const MOST_SEGMENTS: usize = 6;
/// The longest cell, in characters; 254 is the longest mail address there can be.
const LONGEST_CELL: usize = 254;
/// The longest value of a segment, in characters.
const LONGEST_VALUE: usize = 64;

const AGENCY: &[&str] = &[
    "agency code",
    "department",
    "department code",
    "organisation",
    "organization",
];
const PERSON: &[&str] = &["person id", "employee id", "employee", "id", "personnel number"];
const NAME: &[&str] = &["full name", "display name"];
const EMAIL: &[&str] = &["e-mail", "mail", "email address", "mail address"];
const LANGUAGE: &[&str] = &["lang", "locale", "preferred language"];

/// One invited person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// A known agency.
    pub agency: AgencyCode,
    /// Unique in the roster.
    pub person: String,
    /// May be empty where responses are anonymous.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// A language of the survey.
    pub language: Language,
    /// Coarse attributes.
    pub segments: BTreeMap<SegmentId, String>,
}

/// A roster that has no problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// In the order of the table.
    pub people: Vec<Person>,
    /// The columns that were taken as segments.
    pub segments: Vec<SegmentId>,
}

/// What a roster is held against.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The agencies there are.
    pub agencies: &'a BTreeSet<AgencyCode>,
    /// What will be asked.
    pub survey: &'a Definition,
    /// Whether responses bear names.
    pub mode: Mode,
    /// What somebody said of columns; those that it does not name are taken by their headings.
    pub matching: &'a Matching,
}

struct Columns {
    agency: Column,
    person: Column,
    name: Column,
    email: Column,
    language: Column,
    segments: Vec<(Column, SegmentId)>,
}

/// Reads a roster.
///
/// # Errors
/// Every problem, with its row.
pub fn read(csv: &[u8], frame: Frame<'_>) -> Result<Roster, Problems> {
    people(&Table::read(csv, &Limits::default())?, frame)
}

/// The invited people of a table that was read.
///
/// # Errors
/// Every problem, with its row.
pub fn people(table: &Table, frame: Frame<'_>) -> Result<Roster, Problems> {
    let columns = columns(table, frame)?;
    let mut problems = Problems::default();
    if table.rows().is_empty() {
        problems.file("the roster has headings but invites nobody: add a row for each person");
    }
    let mut reader = Reader::new(frame);
    let people: Vec<Person> = table
        .rows()
        .iter()
        .filter_map(|row| reader.person(row, &columns, &mut problems))
        .collect();
    problems.into_result()?;
    Ok(Roster {
        people,
        segments: columns.segments.into_iter().map(|(_, segment)| segment).collect(),
    })
}

fn columns(table: &Table, frame: Frame<'_>) -> Result<Columns, Problems> {
    let mut problems = Problems::default();
    let mut columns = table.columns();
    // What somebody said comes first: such a column is not looked at again by its heading.
    let mut said = said(table, frame.matching, &mut columns, &mut problems);
    let mut taken =
        |role: Use, aliases: &[&str], needed: bool, problems: &mut Problems| match said.roles.remove(&role) {
            Some(column) => column,
            None if needed => columns.required(role.as_str(), aliases, problems),
            None => columns.optional(role.as_str(), aliases, problems),
        };
    let agency = taken(Use::Agency, AGENCY, true, &mut problems);
    let person = taken(Use::Person, PERSON, true, &mut problems);
    let name = taken(Use::Name, NAME, frame.mode == Mode::Attributed, &mut problems);
    let email = taken(Use::Email, EMAIL, false, &mut problems);
    let language = taken(Use::Language, LANGUAGE, false, &mut problems);
    let mut segments = Vec::new();
    for column in said.segments.into_iter().chain(columns.rest()) {
        match segment_named(column.heading(), frame.survey) {
            Ok(segment) => segments.push((column, segment)),
            Err(bad) => {
                let problem = format!(
                    "{bad}; a column that is none of agency, person, name, email and language names a segment: rename or remove it"
                );
                problems.row(table.header_row(), problem);
            }
        }
    }
    if segments.len() > MOST_SEGMENTS {
        let problem = format!(
            "{} columns would be segments, {MOST_SEGMENTS} are accepted: together they would point at people; remove some",
            segments.len()
        );
        problems.row(table.header_row(), problem);
    }
    problems.into_result()?;
    Ok(Columns {
        agency,
        person,
        name,
        email,
        language,
        segments,
    })
}

/// The columns of which somebody said what they are.
#[derive(Default)]
struct Said {
    roles: BTreeMap<Use, Column>,
    segments: Vec<Column>,
}

fn said(
    table: &Table,
    matching: &Matching,
    columns: &mut crate::table::Columns<'_>,
    problems: &mut Problems,
) -> Said {
    let mut said = Said::default();
    for (heading, role) in matching.said() {
        let column = columns.exactly(heading);
        if !column.is_present() {
            continue;
        }
        match role {
            Use::LeaveOut => {}
            Use::Segment => said.segments.push(column),
            role => {
                if let Some(other) = said.roles.insert(role, column) {
                    let problem = format!(
                        "`{}` and `{heading}` are both taken as {}: choose one of them",
                        other.heading(),
                        role.as_str()
                    );
                    problems.row(table.header_row(), problem);
                }
            }
        }
    }
    said
}

/// What each column of a table is taken as, in its order: what was said of it, else by its heading.
#[must_use]
pub fn guess(table: &Table, matching: &Matching) -> Vec<(String, Use)> {
    let mut problems = Problems::default();
    let mut columns = table.columns();
    let mut found: BTreeMap<String, Use> = matching
        .said()
        .map(|(heading, role)| (heading.to_owned(), role))
        .collect();
    for heading in found.keys() {
        drop(columns.exactly(heading));
    }
    for (role, aliases) in [
        (Use::Agency, AGENCY),
        (Use::Person, PERSON),
        (Use::Name, NAME),
        (Use::Email, EMAIL),
        (Use::Language, LANGUAGE),
    ] {
        if found.values().any(|taken| *taken == role) {
            continue;
        }
        let column = columns.optional(role.as_str(), aliases, &mut problems);
        if column.is_present() {
            found.insert(column.heading().to_owned(), role);
        }
    }
    let headings = table.headings().filter(|heading| !heading.is_empty());
    headings
        .map(|heading| {
            let role = found.get(heading).copied().unwrap_or(Use::Segment);
            (heading.to_owned(), role)
        })
        .collect()
}

/// The segment that a heading means: one of the survey's whatever the case, else a name made of the heading.
fn segment_named(heading: &str, survey: &Definition) -> Result<SegmentId, BadSlug> {
    let words: Vec<&str> = heading.split_whitespace().collect();
    let name = words.join("-").to_lowercase();
    let known = survey.items().filter_map(|item| item.segment.as_ref());
    match known
        .into_iter()
        .find(|segment| segment.as_str().to_lowercase() == name)
    {
        Some(segment) => Ok(segment.clone()),
        None => name.parse(),
    }
}

/// Reads row by row and remembers what must not come twice.
struct Reader<'a> {
    frame: Frame<'a>,
    people: HashMap<String, u32>,
    emails: HashMap<String, u32>,
    values: HashMap<SegmentId, BTreeSet<String>>,
    options: HashMap<SegmentId, &'a [Choice]>,
    spellings: HashMap<String, &'a AgencyCode>,
}

impl<'a> Reader<'a> {
    fn new(frame: Frame<'a>) -> Self {
        let options = frame
            .survey
            .items()
            .filter_map(|item| match (&item.segment, &item.answer) {
                (Some(segment), AnswerKind::SingleChoice { options }) => {
                    Some((segment.clone(), options.as_slice()))
                }
                _ => None,
            });
        let spelled = |code: &'a AgencyCode| (code.as_str().to_lowercase(), code);
        Self {
            frame,
            people: HashMap::new(),
            emails: HashMap::new(),
            values: HashMap::new(),
            options: options.collect(),
            spellings: frame.agencies.iter().map(spelled).collect(),
        }
    }

    fn person(&mut self, row: &Row, columns: &Columns, problems: &mut Problems) -> Option<Person> {
        let before = problems.count();
        for column in [&columns.person, &columns.name, &columns.email] {
            plain_text(row, column, problems);
        }
        let agency = self.agency(row, &columns.agency, problems);
        let language = self.language(row, &columns.language, problems);
        self.identity(row, &columns.person, problems);
        self.email(row, &columns.email, problems);
        if self.frame.mode == Mode::Attributed && row.get(&columns.name).is_empty() {
            problems.cell(
                row,
                &columns.name,
                "is empty: responses of this audience bear the name, so give it",
            );
        }
        let mut segments = BTreeMap::new();
        for (column, segment) in &columns.segments {
            if let Some(value) = self.segment(row, column, segment, problems) {
                segments.insert(segment.clone(), value);
            }
        }
        let (agency, language) = (agency?, language?);
        (problems.count() == before).then(|| Person {
            agency,
            person: row.get(&columns.person).to_owned(),
            name: row.get(&columns.name).to_owned(),
            email: row.get(&columns.email).to_owned(),
            language,
            segments,
        })
    }

    fn agency(&self, row: &Row, column: &Column, problems: &mut Problems) -> Option<AgencyCode> {
        let given = row.get(column);
        if let Some(code) = self.frame.agencies.get(given) {
            return Some(code.clone());
        }
        let problem = match self.spellings.get(&given.to_lowercase()) {
            _ if given.is_empty() => "is empty: give the code of the person's agency".to_owned(),
            Some(known) => format!("there is no agency `{given}`, but there is `{known}`: write it so"),
            None => format!(
                "there is no agency `{}`: import it first, or correct the code",
                cut(given)
            ),
        };
        problems.cell(row, column, problem);
        None
    }

    fn language(&self, row: &Row, column: &Column, problems: &mut Problems) -> Option<Language> {
        let given = row.get(column);
        let languages = &self.frame.survey.languages;
        let found = match given {
            "" => languages.first(),
            _ => languages
                .iter()
                .find(|language| language.as_str().eq_ignore_ascii_case(given)),
        };
        if found.is_none() {
            let known: Vec<&str> = languages.iter().map(Language::as_str).collect();
            let problem = format!(
                "the survey has no language `{}`: write {}, or leave it empty",
                cut(given),
                known.join(" or ")
            );
            problems.cell(row, column, problem);
        }
        found.cloned()
    }

    fn identity(&mut self, row: &Row, column: &Column, problems: &mut Problems) {
        let given = row.get(column);
        if given.is_empty() {
            problems.cell(
                row,
                column,
                "is empty: give every person an id that nobody else has",
            );
        } else if let Some(first) = first_row(&mut self.people, given, row) {
            let problem = format!(
                "`{}` stands in row {first} already: invite every person once",
                cut(given)
            );
            problems.cell(row, column, problem);
        }
    }

    fn email(&mut self, row: &Row, column: &Column, problems: &mut Problems) {
        let given = row.get(column);
        if given.is_empty() {
            return;
        }
        if !is_address(given) {
            let problem = format!(
                "`{}` is no mail address: correct it, or leave it empty",
                cut(given)
            );
            problems.cell(row, column, problem);
        } else if let Some(first) = first_row(&mut self.emails, given, row) {
            let problem = format!(
                "`{}` stands in row {first} already: two invitations would reach one mailbox",
                cut(given)
            );
            problems.cell(row, column, problem);
        }
    }

    fn segment(
        &mut self,
        row: &Row,
        column: &Column,
        segment: &SegmentId,
        problems: &mut Problems,
    ) -> Option<String> {
        let given = row.get(column);
        if given.is_empty() {
            return None;
        }
        if given.chars().count() > LONGEST_VALUE {
            let problem =
                format!("is longer than {LONGEST_VALUE} characters, too long for a coarse attribute");
            problems.cell(row, column, problem);
            return None;
        }
        if let Some(options) = self.options.get(segment) {
            let option = option(options, given);
            if option.is_none() {
                let ids: Vec<&str> = options.iter().map(|option| option.id.as_str()).collect();
                let problem = format!("the survey knows no `{given}`: write one of {}", ids.join(", "));
                problems.cell(row, column, problem);
            }
            return option;
        }
        let values = self.values.entry(segment.clone()).or_default();
        if values.insert(given.to_owned()) && values.len() == MOST_VALUES + 1 {
            let problem = format!(
                "is the {}th different value: `{segment}` is no coarse attribute and would point at people; group its values, or remove the column",
                MOST_VALUES + 1
            );
            problems.cell(row, column, problem);
        }
        Some(given.to_owned())
    }
}

/// The row in which the same text, whatever its case, stood first; `None` when this is the first.
fn first_row(seen: &mut HashMap<String, u32>, text: &str, row: &Row) -> Option<u32> {
    match seen.entry(text.to_lowercase()) {
        std::collections::hash_map::Entry::Occupied(first) => Some(*first.get()),
        std::collections::hash_map::Entry::Vacant(place) => {
            place.insert(row.number());
            None
        }
    }
}

/// Refuses what is too long, has lines, or would run as a formula when the list of links is opened.
fn plain_text(row: &Row, column: &Column, problems: &mut Problems) {
    let given = row.get(column);
    if given.chars().count() > LONGEST_CELL {
        problems.cell(
            row,
            column,
            format!("is longer than {LONGEST_CELL} characters: shorten it"),
        );
    }
    if given.contains(['\n', '\t']) {
        problems.cell(
            row,
            column,
            "has more than one line, or a tab: write it in one line",
        );
    }
    if given.starts_with(['=', '+', '-', '@']) {
        let problem = format!(
            "begins with a character that spreadsheets take for a formula (`{}`): remove it",
            cut(given)
        );
        problems.cell(row, column, problem);
    }
}

/// Good enough to catch slips: one `@` with something before it and a name behind it.
fn is_address(text: &str) -> bool {
    let Some((mailbox, domain)) = text.split_once('@') else {
        return false;
    };
    let has_no_gap = !text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>'));
    let labels_are_there = domain.split('.').all(|label| !label.is_empty());
    !mailbox.is_empty() && !domain.contains('@') && has_no_gap && labels_are_there
}

fn option(options: &[Choice], given: &str) -> Option<String> {
    let is_meant = |option: &&Choice| {
        let by_id = option.id.as_str().eq_ignore_ascii_case(given);
        by_id
            || option
                .label
                .0
                .values()
                .any(|label| label.to_lowercase() == given.to_lowercase())
    };
    options.iter().find(is_meant).map(|option| option.id.to_string())
}

/// Enough of a cell to find it by.
fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}
