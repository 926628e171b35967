//! `rapport import` as it is typed.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

fn rapport(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rapport"))
        .current_dir(folder)
        .args(["--data-dir", "data"])
        .args(arguments)
        .output()
        .expect("the binary runs")
}

/// Every file of the database, byte by byte.
fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder.join("data"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .filter(|(name, _)| !name.ends_with("-shm"))
        .collect();
    files.sort();
    files
}

#[test]
fn a_dry_run_reports_and_leaves_the_database_byte_for_byte_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = json!({
        "series": "yearly", "source": "The office",
        "periods": [{ "file": "y1.csv", "period": "2020", "date": "2020-10-01" }],
        "organisation": { "headings": ["Organisation"], "create": true, "names": { "ROADS": ["Roads"] } },
        "subjects": [{ "subject": "index", "kind": "mean", "headings": ["Index"] }],
    });
    fs::write(folder.path().join("mapping.json"), mapping.to_string()).unwrap();
    fs::write(folder.path().join("y1.csv"), "Organisation,Index\nRoads,61%\n").unwrap();
    assert!(rapport(folder.path(), &["migrate"]).status.success());
    let before = bytes(folder.path());

    let import = ["import", "results", "--mapping", "mapping.json", "y1.csv"];
    let dry = rapport(folder.path(), &[&import[..], &["--dry-run"]].concat());
    let told = String::from_utf8(dry.stdout).unwrap();
    assert!(
        dry.status.success() && told.contains("1 new") && told.contains("nothing was written"),
        "{told}"
    );
    assert_eq!(bytes(folder.path()), before);

    // What does not fit ends with 1 and writes nothing, dry or not.
    fs::write(
        folder.path().join("y1.csv"),
        "Organisation,Index\nRoads,61%\nPorts,5%\n",
    )
    .unwrap();
    let refused = rapport(folder.path(), &import);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("--skip-unmatched"), "{told}");
    assert_eq!(bytes(folder.path()), before);

    let done = rapport(
        folder.path(),
        &[&import[..], &["--skip-unmatched", "--format", "json"]].concat(),
    );
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&report["new"], &report["unmatched_organisations"][0]["row"]),
        (&json!(1), &json!(3))
    );
    assert_ne!(bytes(folder.path()), before);
}

/// The mappings in `docs/examples` are read and the survey there is right; without the data there is no more to try.
#[test]
fn the_examples_can_be_read() {
    use rapport::import::{mapping, responses, results};
    let read = |path: &str| fs::read(path).unwrap();
    let csps: results::mapping::Mapping = mapping::read(&read("docs/examples/csps/mapping.json")).unwrap();
    assert_eq!((csps.periods.len(), csps.subjects.len()), (6, 83));
    let bfi: responses::mapping::Mapping = mapping::read(&read("docs/examples/bfi/mapping.json")).unwrap();
    let survey = rapport::survey::parse::parse(&read("docs/examples/bfi/survey.json")).unwrap();
    assert_eq!(rapport::survey::check::check(&survey), []);
    assert!(bfi.items.iter().all(|column| survey.item(&column.item).is_some()));
}
