//! The drill: back up while people answer, restore into either engine, and get the same, to the byte.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use diesel::RunQueryDsl;
use diesel::sql_types::{Double, Text};
use rapport::round::Mode;
use rapport::store::{Store, backup};

use crate::cli::{rapport, run};
use crate::faults::instance::Instance;
use crate::faults::people::People;
use crate::report::fixture;
use crate::support::{TestApp, TestDatabase};

/// Tables that were looked at and belong into a backup. A new table is put here, or into `KEPT_BACK` with the reason.
const HELD: &[&str] = &[
    "agencies",
    "agency_events",
    "audiences",
    "audit_log",
    "claims",
    "comment_decisions",
    "comments",
    "commitments",
    "credential_keys",
    "credential_units",
    "deliveries",
    "figures",
    "follow_rules",
    "follow_up_notes",
    "follow_ups",
    "headcounts",
    "invitations",
    "mail_stops",
    "mailed_links",
    "mailings",
    "manifests",
    "meetings",
    "past_figures",
    "responses",
    "rounds",
    "scorecard_agencies",
    "scorecards",
    "seals",
    "service_levels",
    "spent_tokens",
    "survey_approvals",
    "survey_drafts",
    "survey_versions",
    "surveys",
    "user_roles",
    "users",
    "webhooks",
];

#[tokio::test]
async fn somebody_decided_about_every_table() {
    let app = TestApp::sqlite().await;
    let tables = app.store.read(backup::tables).await.unwrap();
    for (table, held) in tables {
        let kept_back = backup::KEPT_BACK
            .iter()
            .any(|(name, column, _)| *name == table && column.is_none());
        assert_eq!(held, !kept_back, "{table}");
        assert_eq!(held, HELD.contains(&table.as_str()), "decide about `{table}`");
    }
}

fn command(folder: &Path, args: &[&str], url: &str) -> Command {
    let mut command = rapport(folder, args);
    command
        .env("RAPPORT_DATABASE_URL", url)
        .env("RAPPORT_SECRET", "x".repeat(32));
    command
}

/// The C library as it is on a processor of 2010: it takes other variants of its mathematical functions.
fn another_processor(folder: &Path, args: &[&str], url: &str) -> Command {
    let mut command = command(folder, args, url);
    command.env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F");
    command
}

fn tool(folder: &Path, args: &[&str], url: &str) -> (i32, String, String) {
    run(command(folder, args, url))
}

fn done(folder: &Path, args: &[&str], url: &str) -> String {
    let (code, out, err) = tool(folder, args, url);
    assert_eq!(code, 0, "{args:?}: {out}{err}");
    out
}

/// Two published rounds with their results, numbers that are hard to write down, and a round in which people answer.
async fn a_lived_in_database(app: &TestApp) -> People {
    fixture::agencies(&app.store, "DOT,Transportation,\nDOC,Commerce,\n").await;
    for (id, opened, closed, low) in [
        ("before", "2025-03-01", "2025-03-11", 2),
        ("after", "2026-03-01", "2026-03-11", 4),
    ] {
        let group = [
            ("DOT", (30, fixture::times(20, [low, 4, 2]))),
            ("DOC", (30, fixture::times(15, [5, 3, 1]))),
        ];
        let plan = fixture::Plan {
            id,
            version: fixture::version(1),
            opened,
            closed,
            k: 10,
            audiences: vec![("staff", Mode::Anonymous, group.into_iter().collect())],
        };
        fixture::published(&app.store, &plan).await;
    }
    let mut conn = app.connection();
    let mut number = 0.1_f64;
    for place in 0..300 {
        number = (number * 1.37e3).sin() * 10_f64.powi(place % 40 - 20);
        let row = "INSERT INTO past_figures (series, agency, subject, period, published_on, kind, value, source) \
                   VALUES ($1, 'DOT', 'trust \u{1F600} \"quoted\"', '2020', '2020-01-01', 'mean', $2, 'tab\tand\nline')";
        diesel::sql_query(row)
            .bind::<Text, _>(format!("series {place}"))
            .bind::<Double, _>(number)
            .execute(&mut conn)
            .unwrap();
    }
    People::invited(app, 600).await
}

/// All rows, in an order and a spelling that both engines have: each has its own way to write the same double.
fn rows_of(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let spelt = |line: &str| {
        let mut row: serde_json::Value = serde_json::from_str(line).unwrap();
        for cell in row.as_array_mut().into_iter().flatten() {
            let number = cell.as_str().and_then(|text| text.parse::<f64>().ok());
            if let Some(number) = number {
                *cell = format!("bits {:x}", number.to_bits()).into();
            }
        }
        row.to_string()
    };
    let mut rows: Vec<String> = text.lines().skip(1).map(spelt).collect();
    rows.retain(|row| !row.contains("\"sha256\""));
    rows.sort();
    rows
}

async fn a_backup_of_a_running_server_restores_to_the_same_bytes_on_either_engine(app: TestApp) {
    let people = a_lived_in_database(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let source = app.database_url();

    // While people answer.
    let instance = Instance::serve(&source);
    let answering = people.answer(&[&instance.base]);
    people.more_are_acknowledged(40).await;
    done(here, &["backup", "running"], &source);
    people.more_are_acknowledged(10).await;
    answering.stop().await;
    done(here, &["backup", "quiet"], &source);
    let mode = std::os::unix::fs::PermissionsExt::mode(&here.join("quiet").metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    what_waits_is_not_in_it(&app, &here.join("quiet"));

    for target in [TestDatabase::sqlite(), TestDatabase::postgres()] {
        let url = crate::support::address_of(&target.url);
        done(here, &["restore", "running"], &url);
        for round in ["before", "after"] {
            let export = |url: &str| done(here, &["export", round, "--format", "json"], url);
            assert_eq!(export(&source), export(&url), "{round}");
            assert!(done(here, &["round", "verify", round], &url).contains("same"));
            let (code, out, err) = run(another_processor(here, &["round", "verify", round], &url));
            assert!(
                code == 0 && out.contains("same"),
                "on another processor: {out}{err}"
            );
        }
        let (code, _, err) = tool(here, &["restore", "quiet"], &url);
        assert!(code == 1 && err.contains("not empty"), "{err}");
    }
    for target in [TestDatabase::sqlite(), TestDatabase::postgres()] {
        let url = crate::support::address_of(&target.url);
        done(here, &["restore", "quiet"], &url);
        done(here, &["backup", "again"], &url);
        let (first, again) = (rows_of(&here.join("quiet")), rows_of(&here.join("again")));
        assert!(first.len() > 1000, "{}", first.len());
        let lost: Vec<_> = first.iter().filter(|row| !again.contains(row)).take(3).collect();
        assert!(
            first == again,
            "not the same after a restore into {url}: {lost:?}"
        );
        std::fs::remove_file(here.join("again")).unwrap();
        let store = Store::open(&target.url).unwrap();
        assert!(store.pending_migrations().await.unwrap().is_empty());
    }
}
on_both_engines!(a_backup_of_a_running_server_restores_to_the_same_bytes_on_either_engine);

/// What somebody wrote in a response that waits to be mixed, and the hashes of sessions.
fn what_waits_is_not_in_it(app: &TestApp, file: &Path) {
    #[derive(diesel::QueryableByName)]
    struct Written {
        #[diesel(sql_type = Text)]
        written: String,
    }
    let text = std::fs::read_to_string(file).unwrap();
    let waiting: Vec<Written> = diesel::sql_query("SELECT written FROM intake")
        .load(&mut app.connection())
        .unwrap();
    let mark = |written: &str| {
        let value: serde_json::Value = serde_json::from_str(written).unwrap();
        value["open"].as_str().unwrap().to_owned()
    };
    let found: BTreeSet<String> = waiting
        .iter()
        .map(|row| mark(&row.written))
        .filter(|mark| text.contains(&format!("\"{mark}\"")))
        .collect();
    assert!(found.is_empty(), "{found:?}");
    let head: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(head["waiting"], waiting.len());
    assert!(text.contains("\"mark "), "those that were mixed are there");
}

#[tokio::test]
async fn a_damaged_or_foreign_file_is_refused_and_leaves_the_database_empty() {
    let app = TestApp::sqlite().await;
    a_lived_in_database(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    done(here, &["backup", "good"], &app.database_url());
    let good = std::fs::read_to_string(here.join("good")).unwrap();
    let (code, _, err) = tool(here, &["backup", "good"], &app.database_url());
    assert!(code == 1 && err.contains("exists"), "{err}");

    let damaged = [
        ("changed", good.replacen("Transportation", "Transportatiom", 1)),
        ("cut", good[..good.len() / 2].to_owned()),
        (
            "without its end",
            good.lines().take(20).map(|line| format!("{line}\n")).collect(),
        ),
        ("foreign", "{\"some\":\"json\"}\n".to_owned()),
        ("empty", String::new()),
        (
            "of another version",
            good.replacen("0001_foundation", "0000_older", 1),
        ),
    ];
    let target = TestDatabase::sqlite();
    let url = crate::support::address_of(&target.url);
    for (name, text) in damaged {
        std::fs::write(here.join(name), text).unwrap();
        let (code, out, err) = tool(here, &["restore", name], &url);
        assert_eq!((code, out.as_str()), (1, ""), "{name}: {err}");
    }
    done(here, &["restore", "good"], &url);
}
