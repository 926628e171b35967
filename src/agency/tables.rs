//! From tables to agencies and events: everything a table can have wrong is found here, with its row.

use std::collections::{BTreeMap, BTreeSet};

use super::{Agency, AgencyCode, LineageEvent, LineageKind};
use crate::slug::MAX_LENGTH;
use crate::table::{Column, Limits, Problems, Row, Table};

/// The longest name and note that are taken, in characters.
const LONGEST_TEXT: usize = 200;

/// Reads a table `code, name, parent, cluster`. `known` are the agencies there are already; the returned ones
/// stand with every parent before its children, as the store needs them.
///
/// # Errors
/// Every problem, with its row.
pub fn agencies(csv: &[u8], known: &[Agency]) -> Result<Vec<Agency>, Problems> {
    let table = Table::read(csv, &Limits::default())?;
    let mut problems = Problems::default();
    let mut columns = table.columns();
    let code = columns.required("code", &["agency", "agency code"], &mut problems);
    let name = columns.required("name", &["agency name", "title"], &mut problems);
    let parent = columns.optional("parent", &["parent code", "parent agency"], &mut problems);
    let cluster = columns.optional("cluster", &["group"], &mut problems);
    columns.refuse_rest(&mut problems);
    problems.into_result()?;

    let mut problems = Problems::default();
    let mut rows_by_code: BTreeMap<String, u32> = BTreeMap::new();
    let mut read: Vec<(&Row, Agency)> = Vec::new();
    for row in table.rows() {
        let agency = agency(row, [&code, &name, &parent, &cluster], &mut problems);
        let Some(agency) = agency else { continue };
        let folded = agency.code.as_str().to_lowercase();
        if let Some(first) = rows_by_code.insert(folded, row.number()) {
            problems.cell(
                row,
                &code,
                format!("`{}` stands in row {first} already: keep one row", agency.code),
            );
        }
        read.push((row, agency));
    }
    if table.rows().is_empty() {
        problems.file("the table has headings but no agency: add a row for each");
    }
    refuse_other_spellings(&read, known, &code, &mut problems);
    refuse_unknown_parents(&read, known, &parent, &mut problems);
    problems.into_result()?;
    parents_first(read, known, &parent)
}

fn agency(row: &Row, columns: [&Column; 4], problems: &mut Problems) -> Option<Agency> {
    let [code, name, parent, cluster] = columns;
    let before = problems.count();
    let agency_code = slug(row, code, problems);
    let agency_name = text(row, name, problems);
    if agency_name.is_empty() {
        problems.cell(
            row,
            name,
            "is empty: give the agency the name that people know it by",
        );
    }
    let agency = Agency {
        code: agency_code?,
        name: agency_name,
        parent: optional_slug(row, parent, problems),
        cluster: optional_slug(row, cluster, problems),
    };
    (problems.count() == before).then_some(agency)
}

/// `dot` beside a known `DOT` is a slip, not another agency.
fn refuse_other_spellings(read: &[(&Row, Agency)], known: &[Agency], code: &Column, problems: &mut Problems) {
    let spelled: BTreeMap<String, &AgencyCode> = known
        .iter()
        .map(|agency| (agency.code.as_str().to_lowercase(), &agency.code))
        .collect();
    for (row, agency) in read {
        match spelled.get(&agency.code.as_str().to_lowercase()) {
            Some(known) if **known != agency.code => {
                problems.cell(
                    row,
                    code,
                    format!("`{}` is known as `{known}`: write it so", agency.code),
                );
            }
            _ => {}
        }
    }
}

fn refuse_unknown_parents(
    read: &[(&Row, Agency)],
    known: &[Agency],
    parent: &Column,
    problems: &mut Problems,
) {
    let codes: BTreeSet<&AgencyCode> = read
        .iter()
        .map(|(_, agency)| agency)
        .chain(known)
        .map(|agency| &agency.code)
        .collect();
    for (row, agency) in read {
        if let Some(missing) = agency.parent.as_ref().filter(|parent| !codes.contains(parent)) {
            let problem = format!("there is no agency `{missing}`: add a row for it, or correct the code");
            problems.cell(row, parent, problem);
        }
    }
}

/// Orders agencies so that every parent stands before its children. What cannot be ordered is a circle.
fn parents_first(
    read: Vec<(&Row, Agency)>,
    known: &[Agency],
    parent: &Column,
) -> Result<Vec<Agency>, Problems> {
    let parents: BTreeMap<AgencyCode, Option<AgencyCode>> = known
        .iter()
        .chain(read.iter().map(|(_, agency)| agency))
        .map(|agency| (agency.code.clone(), agency.parent.clone()))
        .collect();
    let mut problems = Problems::default();
    let mut placed: Vec<(usize, Agency)> = Vec::with_capacity(read.len());
    for (row, agency) in read {
        match depth(&agency.code, &parents) {
            Some(depth) => placed.push((depth, agency)),
            None => {
                let problem = format!(
                    "`{}` belongs to itself by way of its parents: correct one of them",
                    agency.code
                );
                problems.cell(row, parent, problem);
            }
        }
    }
    problems.into_result()?;
    placed.sort_by(|(depth, one), (other_depth, other)| (depth, &one.code).cmp(&(other_depth, &other.code)));
    Ok(placed.into_iter().map(|(_, agency)| agency).collect())
}

/// How many agencies stand above this one; `None` when one stands above itself.
fn depth(code: &AgencyCode, parents: &BTreeMap<AgencyCode, Option<AgencyCode>>) -> Option<usize> {
    let mut at = code;
    for depth in 0..=parents.len() {
        match parents.get(at) {
            Some(Some(parent)) => at = parent,
            _ => return Some(depth),
        }
    }
    None
}

/// Reads a table `date, kind, from, to, note`; `known` are the agencies that can be named in it. For a
/// renaming `to` may be empty: the code is kept, the former name goes in the note.
///
/// # Errors
/// Every problem, with its row.
pub fn lineage(csv: &[u8], known: &[Agency]) -> Result<Vec<LineageEvent>, Problems> {
    let table = Table::read(csv, &Limits::default())?;
    let mut problems = Problems::default();
    let mut columns = table.columns();
    let date = columns.required("date", &["effective", "effective date"], &mut problems);
    let kind = columns.required("kind", &["event", "type"], &mut problems);
    let from = columns.required("from", &["predecessor", "before"], &mut problems);
    let to = columns.required("to", &["successor", "after"], &mut problems);
    let note = columns.optional("note", &["notes", "comment"], &mut problems);
    columns.refuse_rest(&mut problems);
    problems.into_result()?;

    let mut problems = Problems::default();
    let codes: BTreeSet<&AgencyCode> = known.iter().map(|agency| &agency.code).collect();
    let mut events = BTreeMap::new();
    for row in table.rows() {
        let Some(event) = event(row, [&date, &kind, &from, &to, &note], &codes, &mut problems) else {
            continue;
        };
        let key = (
            event.date.clone(),
            event.predecessor.clone(),
            event.successor.clone(),
        );
        if let Some((first, _)) = events.insert(key, (row.number(), event)) {
            problems.row(
                row.number(),
                format!("the same event stands in row {first} already: keep one"),
            );
        }
    }
    problems.into_result()?;
    Ok(events.into_values().map(|(_, event)| event).collect())
}

fn event(
    row: &Row,
    columns: [&Column; 5],
    codes: &BTreeSet<&AgencyCode>,
    problems: &mut Problems,
) -> Option<LineageEvent> {
    let [date, kind, from, to, note] = columns;
    let before = problems.count();
    let happened_on = row.get(date).parse::<jiff::civil::Date>();
    if happened_on.is_err() {
        problems.cell(
            row,
            date,
            format!("`{}` is no date: write it as 2026-07-01", row.get(date)),
        );
    }
    let event_kind = lineage_kind(row.get(kind));
    if event_kind.is_none() {
        let problem = format!("`{}` is not known: write renamed, merged or split", row.get(kind));
        problems.cell(row, kind, problem);
    }
    let predecessor = known_agency(row, from, codes, problems);
    let successor = match event_kind {
        Some(LineageKind::Renamed) if row.get(to).is_empty() => predecessor.clone(),
        _ => known_agency(row, to, codes, problems),
    };
    let in_words = text(row, note, problems);
    let (event_kind, predecessor, successor) = (event_kind?, predecessor?, successor?);
    let same = predecessor == successor;
    if event_kind == LineageKind::Renamed && !same {
        problems.cell(
            row,
            to,
            "a renamed agency keeps its code: repeat it, and put the former name in the note",
        );
    }
    if event_kind != LineageKind::Renamed && same {
        problems.cell(row, to, "is the same agency as before: name the other one");
    }
    (problems.count() == before).then(|| LineageEvent {
        date: happened_on.map(|date| date.to_string()).unwrap_or_default(),
        kind: event_kind,
        predecessor,
        successor,
        note: in_words,
    })
}

fn lineage_kind(text: &str) -> Option<LineageKind> {
    match text.to_lowercase().as_str() {
        "renamed" | "rename" | "renaming" => Some(LineageKind::Renamed),
        "merged" | "merge" | "merger" => Some(LineageKind::Merged),
        "split" => Some(LineageKind::Split),
        _ => None,
    }
}

fn known_agency(
    row: &Row,
    column: &Column,
    codes: &BTreeSet<&AgencyCode>,
    problems: &mut Problems,
) -> Option<AgencyCode> {
    let code: AgencyCode = slug(row, column, problems)?;
    if codes.contains(&code) {
        return Some(code);
    }
    problems.cell(
        row,
        column,
        format!("there is no agency `{code}`: add it to the agencies first"),
    );
    None
}

fn slug<T: TryFrom<String>>(row: &Row, column: &Column, problems: &mut Problems) -> Option<T> {
    let given = row.get(column);
    if given.is_empty() {
        problems.cell(row, column, "is empty: give the agency's code");
        return None;
    }
    let slug = T::try_from(given.to_owned()).ok();
    if slug.is_none() {
        let shown: String = given.chars().take(MAX_LENGTH).collect();
        problems.cell(
            row,
            column,
            format!("`{shown}` cannot be used: write 1 to {MAX_LENGTH} letters, digits, `-`, `_` or `.`, a letter or digit first"),
        );
    }
    slug
}

fn optional_slug<T: TryFrom<String>>(row: &Row, column: &Column, problems: &mut Problems) -> Option<T> {
    if row.get(column).is_empty() {
        return None;
    }
    slug(row, column, problems)
}

fn text(row: &Row, column: &Column, problems: &mut Problems) -> String {
    let given = row.get(column);
    if given.chars().count() > LONGEST_TEXT {
        problems.cell(
            row,
            column,
            format!("is longer than {LONGEST_TEXT} characters: shorten it"),
        );
    }
    given.to_owned()
}
