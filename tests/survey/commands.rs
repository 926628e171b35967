//! `rapport survey ...`: what is printed, and the exit code.

use clap::Parser;
use rapport::cli::survey::{Outcome, SurveyCommand, run};
use rapport::store::Store;
use serde_json::Value;

use crate::support::TestApp;

use super::fixture::{changed, small};

/// Stands for the whole command line.
#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    command: SurveyCommand,
}

async fn rapport(store: Option<&Store>, arguments: &[&str]) -> Outcome {
    let line = Line::try_parse_from(["survey"].iter().chain(arguments)).unwrap();
    run(line.command, store).await
}

fn shipped(name: &str) -> String {
    format!("{}/surveys/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.text).unwrap()
}

/// A definition file with one problem.
fn broken() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.json");
    let json = changed(small(), |s| {
        s["pages"][0]["items"][0]["answer"]["scale"] = "six".into()
    });
    std::fs::write(&path, json.to_string()).unwrap();
    (folder, path.display().to_string())
}

#[tokio::test]
async fn check_ends_with_0_when_all_is_well() {
    let (v1, v2) = (shipped("agency-partnership.v1"), shipped("agency-partnership.v2"));
    let outcome = rapport(None, &["check", &v1, &v2]).await;
    assert_eq!(outcome.exit, 0);
    assert_eq!(
        outcome
            .text
            .lines()
            .filter(|line| line.ends_with("no problems"))
            .count(),
        2
    );
}

#[tokio::test]
async fn check_lists_pointer_problem_and_remedy_and_ends_with_1() {
    let (_folder, path) = broken();
    let outcome = rapport(None, &["check", &path]).await;
    assert_eq!(outcome.exit, 1);
    for said in [
        "1 problem",
        "/pages/0/items/0/answer/scale",
        "no scale `six`",
        "use the name of one of",
    ] {
        assert!(outcome.text.contains(said), "{said} is not in\n{}", outcome.text);
    }
    let outcome = rapport(None, &["check", &path, "--format", "json"]).await;
    assert_eq!(outcome.exit, 1);
    assert_eq!(
        json(&outcome)[0]["problems"][0]["pointer"],
        "/pages/0/items/0/answer/scale"
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_is_wrong_input() {
    let outcome = rapport(None, &["check", "no/such/file.json"]).await;
    assert_eq!(outcome.exit, 1);
    assert!(outcome.text.contains("cannot be read"));
}

#[tokio::test]
async fn diff_of_two_files_shows_classes_and_trends() {
    let (v1, v2) = (shipped("agency-partnership.v1"), shipped("agency-partnership.v2"));
    let outcome = rapport(None, &["diff", &v1, &v2]).await;
    assert_eq!(outcome.exit, 0, "{}", outcome.errors);
    for said in [
        "flagged",
        "dropped",
        "trust-secure",
        "comparable on 8 anchor items",
        "9 -> 9",
        "competence (3/3/2)",
    ] {
        assert!(outcome.text.contains(said), "{said} is not in\n{}", outcome.text);
    }
    let outcome = rapport(None, &["diff", &v1, &v2, "--format", "json"]).await;
    assert_eq!(
        json(&outcome)["diff"]["indices"][0]["comparability"]["verdict"],
        "on-anchors"
    );
}

#[tokio::test]
async fn diff_reports_links_that_contradict_the_older_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v2.json");
    let text = std::fs::read_to_string(shipped("agency-partnership.v2")).unwrap();
    std::fs::write(
        &path,
        text.replacen("\"wording\": \"1\"", "\"wording\": \"9\"", 1),
    )
    .unwrap();
    let outcome = rapport(
        None,
        &[
            "diff",
            &shipped("agency-partnership.v1"),
            &path.display().to_string(),
        ],
    )
    .await;
    assert_eq!(outcome.exit, 1);
    assert!(
        outcome.text.contains("/pages/0/items/0/previous"),
        "{}",
        outcome.text
    );
}

async fn publish_stores_once_and_diff_and_list_read_it_back(app: TestApp) {
    let (v1, v2) = (shipped("agency-partnership.v1"), shipped("agency-partnership.v2"));
    let first = rapport(Some(&app.store), &["publish", &v1, "--by", "ana"]).await;
    assert_eq!(first.exit, 0, "{}", first.errors);
    assert!(
        first
            .text
            .contains("published agency-partnership version 1\nSHA-256 ")
    );
    let again = rapport(Some(&app.store), &["publish", &v1, "--format", "json"]).await;
    assert_eq!((again.exit, &json(&again)["is_new"]), (0, &Value::Bool(false)));
    assert_eq!(rapport(Some(&app.store), &["publish", &v2]).await.exit, 0);
    let diff = rapport(
        Some(&app.store),
        &["diff", "agency-partnership@1", "agency-partnership@2"],
    )
    .await;
    assert!(
        diff.text.contains("comparable on 8 anchor items"),
        "{}{}",
        diff.text,
        diff.errors
    );
    let list = rapport(Some(&app.store), &["list", "--format", "json"]).await;
    assert_eq!(json(&list)[0]["versions"].as_array().unwrap().len(), 2);
    assert!(
        rapport(Some(&app.store), &["list"])
            .await
            .text
            .contains("agency-partnership")
    );
}

async fn publish_refuses_with_1_and_says_what_to_do(app: TestApp) {
    let outcome = rapport(Some(&app.store), &["publish", &shipped("agency-partnership.v2")]).await;
    assert_eq!(outcome.exit, 1);
    assert!(
        outcome.errors.contains("set `version` to 1"),
        "{}",
        outcome.errors
    );
    let (_folder, path) = broken();
    let outcome = rapport(Some(&app.store), &["publish", &path]).await;
    assert_eq!(outcome.exit, 1);
    assert!(outcome.text.contains("/pages/0/items/0/answer/scale"));
}

async fn a_published_version_that_is_not_there_is_wrong_input(app: TestApp) {
    let outcome = rapport(
        Some(&app.store),
        &["diff", "agency-partnership@1", "agency-partnership@2"],
    )
    .await;
    assert_eq!(outcome.exit, 1);
    assert!(
        outcome.errors.contains("no version 1 of agency-partnership"),
        "{}",
        outcome.errors
    );
}

async fn a_store_that_fails_ends_with_2(app: TestApp) {
    app.store.revert_all_migrations().await.unwrap();
    let outcome = rapport(Some(&app.store), &["publish", &shipped("quarterly-pulse.v1")]).await;
    assert_eq!(outcome.exit, 2);
    assert!(!outcome.errors.is_empty());
}

#[tokio::test]
async fn schema_prints_the_file_that_is_kept() {
    let outcome = rapport(None, &["schema"]).await;
    let kept = std::fs::read_to_string(shipped("survey.schema")).unwrap();
    assert_eq!((outcome.exit, outcome.text), (0, kept));
}

#[test]
fn only_what_touches_published_versions_needs_a_store() {
    let needs = |arguments: &[&str]| {
        Line::try_parse_from(["survey"].iter().chain(arguments))
            .unwrap()
            .command
            .needs_store()
    };
    assert!(!needs(&["check", "a.json"]));
    assert!(!needs(&["diff", "a.json", "b.json"]));
    assert!(needs(&["diff", "a.json", "small@2"]));
    assert!(needs(&["publish", "a.json"]));
    assert!(needs(&["list"]));
    assert!(!needs(&["schema"]));
}

on_both_engines!(
    publish_stores_once_and_diff_and_list_read_it_back,
    publish_refuses_with_1_and_says_what_to_do,
    a_published_version_that_is_not_there_is_wrong_input,
    a_store_that_fails_ends_with_2,
);
