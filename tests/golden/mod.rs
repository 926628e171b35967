//! The golden cases: every figure of the engine against established statistical software.
//!
//! Reads the folder that `RAPPORT_GOLDEN` names, or this one; README.md explains the format and where
//! the figures come from. What is compared and what is not is printed on every run.

mod adapters;
mod case;
mod compare;
mod not_offered;
mod table;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use case::Case;
use compare::Tally;
use table::Tables;

fn folder() -> PathBuf {
    std::env::var_os("RAPPORT_GOLDEN").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden"),
        PathBuf::from,
    )
}

/// What came of all cases of one function.
#[derive(Default)]
struct Line {
    cases: usize,
    tally: Tally,
}

fn run(case: &Case, tables: &Tables) -> Tally {
    let Some(adapter) = adapters::of(&case.function) else {
        return match not_offered::function(&case.function) {
            Some(_) => Tally::skipped(),
            None => Tally::failed(format!("{}: unknown function {}", case.id, case.function)),
        };
    };
    match adapter(case, tables) {
        Ok(actual) => compare::compare(case, &actual),
        Err(why) => Tally::failed(format!("{}: {why}", case.id)),
    }
}

#[test]
fn every_golden_figure_agrees_with_its_reference() {
    let folder = folder();
    let cases = case::read(&folder.join("cases.json")).unwrap();
    let tables = Tables::at(folder.join("data"));
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for case in &cases {
        let line = lines.entry(case.function.clone()).or_default();
        line.cases += 1;
        line.tally.add(run(case, &tables));
    }

    // Written past the test harness's capture: the table is wanted on every run.
    let mut out = std::io::stdout().lock();
    writeln!(out, "\ngolden cases in {}", folder.display()).unwrap();
    writeln!(
        out,
        "{:<36} {:>5} {:>7} {:>6} {:>6}",
        "function", "cases", "values", "failed", "not offered"
    )
    .unwrap();
    for (function, line) in &lines {
        let tally = &line.tally;
        writeln!(
            out,
            "{function:<36} {:>5} {:>7} {:>6} {:>6}",
            line.cases,
            tally.compared,
            tally.failures.len(),
            tally.not_offered.len()
        )
        .unwrap();
        for key in &tally.not_offered {
            writeln!(out, "    not offered: {key}").unwrap();
        }
    }
    let failures: Vec<&String> = lines.values().flat_map(|line| &line.tally.failures).collect();
    let compared: usize = lines.values().map(|line| line.tally.compared).sum();
    writeln!(
        out,
        "{} cases, {compared} values compared, {} failed",
        cases.len(),
        failures.len()
    )
    .unwrap();
    drop(out);

    assert!(
        compared > 0,
        "no value was compared: is {} a golden folder?",
        folder.display()
    );
    assert!(
        failures.is_empty(),
        "{} golden values disagree:\n{}",
        failures.len(),
        failures.iter().map(|f| f.as_str()).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn a_wrong_value_an_unknown_key_and_an_unknown_function_fail() {
    let folder = folder();
    let tables = Tables::at(folder.join("data"));
    let case = |function: &str, expected: serde_json::Value| -> Case {
        serde_json::from_value(serde_json::json!({
            "id": "made.up", "function": function, "dataset": null, "columns": null,
            "params": {"x": 5, "n": 10, "conf_level": 0.95},
            "expected": expected,
            "tolerance": {"rel": 1e-9, "abs": 1e-11, "by_key": {"wilson": {"rel": 0.0, "abs": 0.5}}},
        }))
        .unwrap()
    };
    let failures = |case: &Case| run(case, &tables).failures.len();

    assert_eq!(failures(&case("proportion_ci", serde_json::json!({"p": 0.5}))), 0);
    assert_eq!(
        failures(&case("proportion_ci", serde_json::json!({"p": 0.500_000_01}))),
        1
    );
    assert_eq!(
        failures(&case("proportion_ci", serde_json::json!({"p": null}))),
        1
    );
    assert_eq!(
        failures(&case("proportion_ci", serde_json::json!({"p_value": 0.5}))),
        1
    );
    assert_eq!(
        failures(&case("proportion_of_ci", serde_json::json!({"p": 0.5}))),
        1
    );
    // A tolerance by key holds for all below that key, and only there.
    assert_eq!(
        failures(&case(
            "proportion_ci",
            serde_json::json!({"wilson": {"low": 0.4, "high": 0.6}})
        )),
        0
    );
    assert_eq!(
        failures(&case(
            "proportion_ci",
            serde_json::json!({"wilson_cc": {"low": 0.4, "high": 0.6}})
        )),
        2
    );
}
