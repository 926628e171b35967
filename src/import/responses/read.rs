//! From rows to valid answers: the same judgement as for answers that are sent today.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::mapping::{ItemColumn, Mapping};
use super::{Report, Row};
use crate::agency::AgencyCode;
use crate::collect::{Form, ValidAnswers};
use crate::survey::definition::{AnswerKind, Item, ItemId};
use crate::table::{Column, Limits, Problems, Table};

/// Columns, each with the item whose answers it holds.
type ItemColumns<'a> = Vec<(&'a ItemColumn, &'a Item, Column)>;

/// Every row with its agency and its answers. What is wrong is in the report.
#[must_use]
pub fn rows(
    mapping: &Mapping,
    form: &Form,
    agencies: &BTreeMap<AgencyCode, String>,
    bytes: &[u8],
    report: &mut Report,
) -> Vec<Row> {
    let table = match Table::read(bytes, &Limits::default()) {
        Ok(table) => table,
        Err(problems) => {
            report.problems = problems;
            return Vec::new();
        }
    };
    let mut problems = Problems::default();
    let mut columns = table.columns();
    let (name, aliases) = split(&mapping.agency.headings);
    let agency = columns.optional(name, &aliases, &mut problems);
    if !agency.is_present() && mapping.agency.constant.is_none() {
        problems.file(format!(
            "there is no column `{name}` with the agency: correct `agency.headings` in the mapping, or set `agency.constant`"
        ));
    }
    let items = item_columns(mapping, form, &mut columns, report, &mut problems);
    for heading in &mapping.ignore {
        columns.optional(heading, &[], &mut problems);
    }
    report.unmatched_columns = columns
        .rest()
        .iter()
        .map(|column| column.heading().to_owned())
        .collect();
    let mut rows = Vec::new();
    if problems.is_empty() {
        for row in table.rows() {
            let whose = whose(mapping, agencies, row.get(&agency), report, row.number());
            let answers = answers(mapping, form, &items, row, report, &mut problems);
            if let (Some(agency), Some(answers)) = (whose, answers) {
                rows.push(Row { agency, answers });
            }
        }
    }
    report.rows = table.rows().len();
    report.problems = problems;
    rows
}

fn item_columns<'a>(
    mapping: &'a Mapping,
    form: &'a Form,
    columns: &mut crate::table::Columns<'_>,
    report: &mut Report,
    problems: &mut Problems,
) -> ItemColumns<'a> {
    let mut found: ItemColumns<'a> = Vec::new();
    for given in &mapping.items {
        let Some(item) = form.item(given.item.as_str()) else {
            let version = form.definition().version;
            problems.file(format!(
                "the mapping has an item `{}` that version {version} has not",
                given.item
            ));
            continue;
        };
        if found.iter().any(|(_, known, _)| known.id == item.id) {
            problems.file(format!(
                "the mapping has the item `{}` twice: keep one of them",
                given.item
            ));
        }
        let (name, aliases) = split(&given.headings);
        found.push((given, item, columns.required(name, &aliases, problems)));
    }
    let mapped: Vec<&ItemId> = found.iter().map(|(_, item, _)| &item.id).collect();
    report.items_without_column = form
        .definition()
        .items()
        .map(|item| &item.id)
        .filter(|id| !mapped.contains(id))
        .cloned()
        .collect();
    found
}

/// The agency of a row; notes the label where there is none.
fn whose(
    mapping: &Mapping,
    agencies: &BTreeMap<AgencyCode, String>,
    cell: &str,
    report: &mut Report,
    row: u32,
) -> Option<AgencyCode> {
    let labelled = mapping.agency.labels.get(cell).cloned();
    let read = || {
        cell.parse::<AgencyCode>()
            .ok()
            .filter(|code| agencies.contains_key(code))
    };
    let found = labelled.or_else(read).or_else(|| mapping.agency.constant.clone());
    if found.is_none() {
        report
            .unmatched_agencies
            .entry(cell.to_owned())
            .or_default()
            .push(row);
    }
    found
}

fn answers(
    mapping: &Mapping,
    form: &Form,
    items: &ItemColumns<'_>,
    row: &crate::table::Row,
    report: &mut Report,
    problems: &mut Problems,
) -> Option<ValidAnswers> {
    let mut given = Map::new();
    for (column, item, place) in items {
        let value = value(mapping, column, item, row.get(place));
        if !value.is_null() {
            given.insert(item.id.to_string(), value);
        }
    }
    match ValidAnswers::parse(form, &given) {
        Ok(answers) => {
            report.answers += answers.answers().len();
            Some(answers)
        }
        Err(found) => {
            for problem in found {
                let column = items.iter().find(|(_, item, _)| item.id.as_str() == problem.item);
                let label = column.map_or("", |(_, _, place)| row.get(place));
                report
                    .unmatched_labels
                    .entry(format!("{}: `{label}`", problem.item))
                    .or_default()
                    .push(row.number());
                let told = format!(
                    "{}; {}, or map the label in the mapping",
                    problem.problem, problem.remedy
                );
                match column {
                    Some((_, _, place)) => problems.cell(row, place, told),
                    None => problems.row(row.number(), format!("{}: {told}", problem.item)),
                }
            }
            None
        }
    }
}

/// The answer in a cell in the JSON form that is judged.
fn value(mapping: &Mapping, column: &ItemColumn, item: &Item, cell: &str) -> Value {
    let is_missing = cell.is_empty() || mapping.missing.iter().any(|marker| marker == cell);
    if let Some(value) = column.labels.get(cell) {
        return value.clone();
    }
    match (&item.answer, &column.separator) {
        _ if is_missing => Value::Null,
        (AnswerKind::MultipleChoice { .. }, Some(separator)) => {
            let options = cell
                .split(separator.as_str())
                .map(str::trim)
                .filter(|option| !option.is_empty());
            let labelled = |option| {
                column
                    .labels
                    .get(option)
                    .cloned()
                    .unwrap_or_else(|| Value::from(option))
            };
            options.map(labelled).collect()
        }
        (AnswerKind::MultipleChoice { .. }, None) => Value::from(vec![cell]),
        (AnswerKind::Rating { .. } | AnswerKind::Number { .. }, _) => number(cell),
        _ => Value::from(cell),
    }
}

/// A number where the cell is one; else the text, so that what is wrong with it is told.
fn number(cell: &str) -> Value {
    let plain = cell
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    let number: Option<serde_json::Number> = plain.then(|| serde_json::from_str(cell).ok()).flatten();
    number.map_or_else(|| Value::from(cell), Value::Number)
}

fn split(headings: &[String]) -> (&str, Vec<&str>) {
    let name = headings.first().map_or("", String::as_str);
    (name, headings.iter().skip(1).map(String::as_str).collect())
}
