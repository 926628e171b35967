//! How the survey commands lay out what the survey room says.

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::survey::compare::Diff;
use crate::survey::problem::Problem;

/// Widest line of a table when the output is no terminal.
const WIDTH: u16 = 110;

pub(super) fn problem_list(name: &str, problems: &[Problem]) -> String {
    match problems.len() {
        0 => format!("{name}: no problems\n"),
        1 => format!("{name}: 1 problem\n{}", listed_problems(problems)),
        many => format!("{name}: {many} problems\n{}", listed_problems(problems)),
    }
}

pub(super) fn listed_problems(problems: &[Problem]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let mut table = table(["where", "problem", "remedy"]);
    for problem in problems {
        table.add_row([&problem.pointer, &problem.problem, &problem.remedy]);
    }
    format!("{table}\n")
}

/// The changes as people read them: items that are not simply the same, then what happens to each index.
pub(super) fn diff_text(diff: &Diff) -> String {
    let mut text = format!(
        "{} version {} -> {} version {}\n\n",
        diff.from.survey, diff.from.version, diff.to.survey, diff.to.version
    );
    text += &items_text(diff);
    if !diff.indices.is_empty() {
        let mut indices = table(["index", "items", "trend", "dimension (items before/now/common)"]);
        for index in &diff.indices {
            let parts = index.dimensions.iter().map(|part| {
                format!(
                    "{} ({}/{}/{})",
                    part.dimension, part.old_items, part.new_items, part.anchors
                )
            });
            indices.add_row([
                index.index.to_string(),
                format!("{} -> {}", index.old_items, index.new_items),
                index.comparability.to_string(),
                parts.collect::<Vec<_>>().join(", "),
            ]);
        }
        text += &format!("{indices}\n");
    }
    if !diff.changes.is_empty() {
        let mut changes = table(["also changed", "how"]);
        for change in &diff.changes {
            changes.add_row([&change.subject, &change.change]);
        }
        text += &format!("{changes}\n");
    }
    text
}

fn items_text(diff: &Diff) -> String {
    let mut items = table(["item", "class", "construct", "why"]);
    for item in &diff.items {
        let why = std::iter::once(&item.reason).chain(&item.warnings).cloned();
        items.add_row([
            item.new.to_string(),
            item.class.name().to_owned(),
            item.construct
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            why.collect::<Vec<_>>().join("; "),
        ]);
    }
    for item in &diff.dropped {
        items.add_row([
            item.item.to_string(),
            "dropped".to_owned(),
            item.construct
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            "not asked any more".to_owned(),
        ]);
    }
    format!("{items}\n")
}

pub(super) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    table
}

/// Indented JSON with a line break at the end.
pub(super) fn pretty(value: &impl Serialize) -> String {
    serde_json::to_value(value).map_or_else(|_| String::new(), |value| format!("{value:#}\n"))
}
