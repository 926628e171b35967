//! `rapport measure`: the engine on files.

use std::path::Path;
use std::process::Stdio;

use rapport::measure::Confidence;
use rapport::measure::estimate::{Stratum, group_mean, poststratified_mean};
use rapport::measure::weights::CellRule;
use serde_json::Value;

use super::{rapport, run};

const HEADINGS: &str = "agency,role,trust-delivers,trust-listens,trust-promises,collab-voice,collab-roles,collab-information,collab-part";

/// Answers of person `i` of an agency, different for each and leaning with the agency.
fn response(agency: &str, i: usize, lean: usize) -> String {
    let role = ["staff", "it", "lead"][i % 3];
    let answer = |at: usize| match (i * 7 + at * 3) % 11 {
        0 => String::new(),
        other => (1 + (other + lean) % 5).to_string(),
    };
    let answers: Vec<String> = (0..7).map(answer).collect();
    format!("{agency},{role},{}", answers.join(","))
}

fn responses() -> Vec<String> {
    let of = |agency: &'static str, n: usize, lean| (0..n).map(move |i| response(agency, i, lean));
    of("DOT", 30, 0).chain(of("DOC", 24, 2)).collect()
}

const HEADCOUNTS: &str =
    "agency,role,people\nDOT,staff,40\nDOT,it,14\nDOT,lead,10\nDOC,staff,8\nDOC,it,20\nDOC,lead,9\n";

fn folder(responses: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let definition = Path::new(env!("CARGO_MANIFEST_DIR")).join("surveys/quarterly-pulse.v1.json");
    std::fs::copy(definition, folder.path().join("survey.json")).unwrap();
    write(
        "responses.csv",
        &format!("{HEADINGS}\n{}\n", responses.join("\n")),
    );
    write("people.csv", "agency,people\nDOT,64\nDOC,37\nDOA,12\n");
    write("segments.csv", HEADCOUNTS);
    folder
}

fn measure(folder: &Path, more: &[&str]) -> (i32, String, String) {
    let mut arguments = vec![
        "measure",
        "--definition",
        "survey.json",
        "--responses",
        "responses.csv",
    ];
    arguments.extend(more);
    run(rapport(folder, &arguments))
}

fn figures(folder: &Path, more: &[&str]) -> Vec<Value> {
    let (code, out, err) = measure(folder, &[more, &["--format", "json"]].concat());
    assert_eq!((code, err.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["disclosure_control"], false);
    document["figures"].as_array().unwrap().clone()
}

fn figure<'a>(figures: &'a [Value], unit: &str, subject: &str) -> &'a Value {
    let is_it = |f: &&Value| (f["agency"] == unit || f["unit"] == unit) && f["subject"] == subject;
    figures
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("{unit} {subject} is not there"))
}

/// The trust scores of an agency's people, worked out here: the mean of at least two of three items.
fn trust(responses: &[String], agency: &str, role: Option<&str>) -> Vec<f64> {
    let score = |line: &String| {
        let cells: Vec<&str> = line.split(',').collect();
        let raw: Vec<f64> = cells[2..5].iter().filter_map(|cell| cell.parse().ok()).collect();
        let own = cells[0] == agency && role.is_none_or(|role| role == cells[1]);
        (own && raw.len() >= 2).then(|| {
            raw.iter().map(|raw| 25.0 * (raw - 1.0)).sum::<f64>()
                / f64::from(u8::try_from(raw.len()).unwrap())
        })
    };
    responses.iter().filter_map(score).collect()
}

#[track_caller]
fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn agencies_and_the_state_are_measured_like_the_engine_does() {
    let responses = responses();
    let folder = folder(&responses);
    let figures = figures(folder.path(), &["--headcounts", "people.csv"]);

    let own = figure(&figures, "DOT", "trust");
    let expected = group_mean(&trust(&responses, "DOT", None), 64, Confidence::NINETY_FIVE).unwrap();
    close(&own["mean"], expected.mean);
    close(&own["se"], expected.se.unwrap());
    close(&own["low"], expected.interval.unwrap().low);
    assert_eq!(own["n"], expected.respondents);
    assert_eq!(own["people"], 64);
    assert!(own["alpha"].is_f64() && own["favourable_low"].is_f64() && own["method"]["name"].is_string());

    let other = group_mean(&trust(&responses, "DOC", None), 37, Confidence::NINETY_FIVE).unwrap();
    let state = figure(&figures, "state-mean", "trust");
    close(&state["mean"], (64.0 * expected.mean + 37.0 * other.mean) / 101.0);
    close(
        &figure(&figures, "state-median", "trust")["mean"],
        f64::midpoint(expected.mean, other.mean),
    );
    assert_eq!(
        figure(&figures, "DOA", "trust")["interval"],
        "nobody in this group answered"
    );
    assert!(
        figures
            .iter()
            .all(|f| !f["subject"].as_str().unwrap().starts_with("item:"))
    );
}

#[test]
fn a_segment_post_stratifies_and_thin_cells_are_named() {
    let responses = responses();
    let folder = folder(&responses);
    let figures = figures(
        folder.path(),
        &["--headcounts", "segments.csv", "--segment", "role"],
    );

    let lists = [("it", 14), ("lead", 10), ("staff", 40)]
        .map(|(role, people)| (people, trust(&responses, "DOT", Some(role))));
    let strata: Vec<Stratum> = lists
        .iter()
        .map(|(people, scores)| Stratum {
            people: *people,
            scores: &scores[..],
        })
        .collect();
    let expected = poststratified_mean(&strata, CellRule::default(), Confidence::NINETY_FIVE).unwrap();
    let own = figure(&figures, "DOT", "trust");

    close(&own["mean"], expected.mean);
    close(&own["se"], expected.se.unwrap());
    close(&own["deff"], expected.weight_deff);

    // Shares weigh as the mean does.
    let favourable = |role: &str| {
        let scores = trust(&responses, "DOT", Some(role));
        let good = scores.iter().filter(|score| **score >= 75.0).count();
        100.0 * f64::from(u32::try_from(good).unwrap()) / f64::from(u32::try_from(scores.len()).unwrap())
    };
    let expected = (40.0 * favourable("staff") + 14.0 * favourable("it") + 10.0 * favourable("lead")) / 64.0;
    let own = figure(&figures, "DOT", "trust");
    close(&own["favourable"], expected);
    let range = own["favourable_low"].as_f64().unwrap()..own["favourable_high"].as_f64().unwrap();
    assert!(range.contains(&expected), "{range:?}");
}

#[test]
fn rows_in_another_order_give_the_same_bytes() {
    let straight = responses();
    let mut turned = straight.clone();
    turned.reverse();
    turned.rotate_left(17);
    for format in ["table", "csv", "json"] {
        let arguments = [
            "--headcounts",
            "segments.csv",
            "--segment",
            "role",
            "--items",
            "--format",
            format,
        ];
        let a = measure(folder(&straight).path(), &arguments);
        let b = measure(folder(&turned).path(), &arguments);
        assert_eq!(a.0, 0, "{}", a.2);
        assert_eq!(a, b);
    }
}

#[test]
fn a_roster_counts_as_its_headcounts_and_without_either_there_is_no_correction() {
    let responses = responses();
    let folder = folder(&responses);
    let mut roster = "agency;person\n".to_owned();
    for (agency, people) in [("DOT", 64), ("DOC", 37), ("DOA", 12)] {
        (0..people).for_each(|person| roster.push_str(&format!("{agency};p{person}\n")));
    }
    std::fs::write(folder.path().join("roster.csv"), roster).unwrap();

    let counted = figures(folder.path(), &["--headcounts", "people.csv"]);
    assert_eq!(figures(folder.path(), &["--roster", "roster.csv"]), counted);

    let unknown = figures(folder.path(), &[]);
    let own = figure(&unknown, "DOT", "trust");
    let scores = trust(&responses, "DOT", None);
    let expected = group_mean(&scores, 64, Confidence::NINETY_FIVE).unwrap();
    close(&own["se"], expected.process_se.unwrap());
    assert!(own["people"].is_null() && own["rate"].is_null() && own["favourable_low"].is_null());
    assert_eq!(
        own["interval"],
        "people not known: no finite population correction"
    );
    assert!(figure(&unknown, "state-respondents", "trust")["mean"].is_f64());
}

#[test]
fn wrong_input_is_named_by_file_row_column_and_remedy() {
    let responses = responses();
    let folder = folder(&responses);
    let refused = |text: &str, more: &[&str], told: &[&str]| {
        std::fs::write(folder.path().join("responses.csv"), text).unwrap();
        let (code, out, err) = measure(folder.path(), more);
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        for part in told {
            assert!(err.contains(part), "{err} lacks {part}");
        }
    };
    let row = |text: &str| format!("{HEADINGS}\nDOT,staff,1,2,3,4,5,1,2\n{text}\n");
    let people = ["--headcounts", "people.csv"];
    refused(
        &row("DOT,staff,1,2,6,4,5,1,2"),
        &[],
        &[
            "`responses.csv`",
            "line 3, trust-promises: `6` is no point from 1 to 5",
            "--missing",
        ],
    );
    refused(
        &row("DOT,staff,1,2,NA,4,5,1,2"),
        &[],
        &["line 3, trust-promises: `NA`"],
    );
    refused(&row(",staff,1,2,3,4,5,1,2"), &[], &["line 3, agency: is empty"]);
    refused(
        &row("DOT,staff,1,2,3,4,5,1,\"2\nDOT,staff,1,2,3,4,5,1,2"),
        &[],
        &["a quote is opened and never closed"],
    );
    refused(
        &row("D\u{1b}T,staff,1,2,3,4,5,1,2"),
        &[],
        &["line 3, agency: holds a control character"],
    );
    refused("", &[], &["`responses.csv` is empty"]);
    refused(
        &row("DMV,staff,1,2,3,4,5,1,2"),
        &people,
        &["line 3, agency: `DMV` is no agency of `people.csv`"],
    );
    refused(
        &row("DOT,,1,2,3,4,5,1,2"),
        &["--headcounts", "segments.csv", "--segment", "role"],
        &["line 3, role: is empty"],
    );
    refused(
        &row("DOT,boss,1,2,3,4,5,1,2"),
        &["--headcounts", "segments.csv", "--segment", "role"],
        &["line 3, role: `boss` is no segment of `DOT`"],
    );
    refused(
        &row("DOT,staff,1,2,3,4,5,1,2,9"),
        &[],
        &["line 3", "more cells than headings"],
    );
    refused(
        "agency,trust-delivers\nDOT,1\n",
        &[],
        &["line 1, trust-listens: there is no such column", "collab-part"],
    );
    refused(&format!("{HEADINGS}\n"), &[], &["no response below its headings"]);
    refused(
        &row(&"DOA,it,1,2,3,4,5,1,2\n".repeat(13)),
        &people,
        &["`DOA` has 13 responses, but only 12 people in `people.csv`"],
    );
    refused(
        &row(""),
        &["--segment", "role"],
        &["--segment needs", "--headcounts"],
    );
    refused(
        &row(""),
        &["--headcounts", "no.csv"],
        &["`no.csv` cannot be read", "check the path"],
    );
    refused(
        &row(""),
        &["--headcounts", "responses.csv"],
        &["`responses.csv`", "there is no column `people`"],
    );
    for segment in ["", "agency", "Department", "people"] {
        refused(
            &row(""),
            &["--headcounts", "segments.csv", "--segment", segment],
            &["is no column of segments"],
        );
    }
    refused(
        "PK\u{3}\u{4}...",
        &[],
        &["`responses.csv`", "spreadsheet", "CSV UTF-8"],
    );
    refused(
        &row(""),
        &["--confidence", "95"],
        &["--confidence 95 is no level", "0.95"],
    );

    std::fs::write(
        folder.path().join("responses.csv"),
        row("DOT,staff,1,2,NA,4,5,1,2"),
    )
    .unwrap();
    assert_eq!(measure(folder.path(), &["--missing", "NA"]).0, 0);
}

#[test]
fn any_usual_separator_is_understood() {
    let responses = responses();
    let folder = folder(&responses);
    let plain = figures(folder.path(), &["--headcounts", "people.csv"]);
    let text = std::fs::read_to_string(folder.path().join("responses.csv")).unwrap();
    // A heading with the other separator in it, as exports of survey tools have them.
    let titled = text.replacen(
        "role",
        "\"Role; unit; team; shift; site; years; pay; car; desk\"",
        1,
    );
    let others = [
        text.replace(',', ";"),
        text.replace(',', "|"),
        format!(
            "\u{feff}sep=;\r\n{}",
            text.replace(',', ";").replace('\n', "\r\n")
        ),
        titled,
    ];
    for other in others {
        std::fs::write(folder.path().join("responses.csv"), &other).unwrap();
        let read = figures(folder.path(), &["--headcounts", "people.csv"]);
        assert_eq!(plain, read, "{}", other.lines().next().unwrap());
    }
}

#[test]
fn rows_that_were_cut_off_are_told() {
    let mut responses = responses();
    responses.push("DOT,staff,1,2".to_owned());
    let folder = folder(&responses);
    let (code, _, err) = measure(folder.path(), &[]);
    assert_eq!(code, 0);
    let told = "1 rows, the first in line 56, have fewer cells than there are headings";
    assert!(err.contains(told), "{err}");
}

#[test]
fn the_state_says_who_is_not_in_it() {
    let folder = folder(&responses());
    let all = figures(folder.path(), &["--headcounts", "people.csv"]);
    for unit in ["state-mean", "state-median"] {
        let state = figure(&all, unit, "trust");
        assert_eq!(state["people"], 64 + 37 + 12, "{state}");
        let warnings = state["warnings"].to_string();
        assert!(warnings.contains("1 agencies with 12 people"), "{warnings}");
    }
}

#[test]
fn two_names_in_another_encoding_do_not_become_one() {
    let folder = folder(&responses());
    let mut bytes = format!("{HEADINGS}\n").into_bytes();
    for name in [b"D\xd6T", b"D\xc4T"] {
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(b",staff,1,2,3,4,5,1,2\n");
    }
    std::fs::write(folder.path().join("responses.csv"), bytes).unwrap();
    let (code, out, err) = measure(folder.path(), &[]);
    assert_eq!((code, out.as_str()), (1, ""));
    for line in [2, 3] {
        let told = format!("line {line}, agency: is no UTF-8 text");
        assert!(err.contains(&told), "{err}");
    }
}

#[test]
fn a_reader_may_stop_when_it_has_enough() {
    let folder = folder(&responses());
    let arguments = [
        "measure",
        "--definition",
        "survey.json",
        "--responses",
        "responses.csv",
    ];
    let mut command = rapport(folder.path(), &arguments);
    let mut running = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(running.stdout.take());
    let done = running.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "");
    assert!(done.status.success());
}

#[test]
fn nobody_can_mistake_it_for_what_may_be_published() {
    let folder = folder(&responses());
    let (code, help, _) = run(rapport(folder.path(), &["measure", "--help"]));
    assert_eq!(code, 0);
    assert!(
        help.contains("NO DISCLOSURE CONTROL") && help.contains("Examples:"),
        "{help}"
    );

    let (code, out, _) = measure(folder.path(), &["--headcounts", "people.csv", "--items"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("not for publication") && out.contains("item:trust-delivers"),
        "{out}"
    );
}
