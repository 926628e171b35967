//! The first administrator is made on the machine itself.

use std::io::Write as _;
use std::process::Stdio;

use super::{rapport, run};

#[test]
fn users_are_added_changed_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let told = |args: &[&str]| {
        let (code, out, err) = run(rapport(folder.path(), args));
        assert_eq!(code, 0, "{args:?}: {err}");
        out
    };
    let added = told(&[
        "user",
        "add",
        "ann@test.gov",
        "--name",
        "Ann Lee",
        "--role",
        "admin",
        "--generate",
    ]);
    assert!(
        added.contains("password: ") && added.contains("added ann@test.gov as admin"),
        "{added}"
    );
    told(&["user", "role", "ann@test.gov", "designer"]);
    let list: serde_json::Value = serde_json::from_str(&told(&["user", "list", "--format", "json"])).unwrap();
    assert_eq!(list[0]["roles"], serde_json::json!(["admin", "designer"]));
    let table = told(&["user", "list"]);
    assert!(
        table.contains("EMAIL") && table.contains("ann@test.gov") && table.contains("admin, designer"),
        "{table}"
    );
    assert!(told(&["user", "password", "ann@test.gov", "--generate"]).contains("sessions have ended"));
}

#[test]
fn a_password_comes_from_standard_input_and_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    for (password, expected) in [("short\n", 1), ("long enough by far\n", 0)] {
        let args = [
            "user",
            "add",
            "ann@test.gov",
            "--name",
            "Ann",
            "--role",
            "leadership",
        ];
        let mut command = rapport(folder.path(), &args);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(password.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(expected), "{err}");
        assert_eq!(err.contains("at least 12"), expected == 1, "{err}");
    }
}

#[test]
fn wrong_input_exits_with_one_and_a_broken_system_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let add = |role: &str| {
        run(rapport(
            folder.path(),
            &[
                "user",
                "add",
                "a@b.c",
                "--name",
                "A",
                "--role",
                role,
                "--generate",
            ],
        ))
    };
    let (code, _, err) = add("king");
    assert_eq!(code, 1);
    assert!(err.contains("viewer:AGENCY"), "{err}");
    let (code, _, err) = add("viewer:NONE");
    assert_eq!(code, 1);
    assert!(err.contains("no agency NONE"), "{err}");
    let (code, _, err) = run(rapport(folder.path(), &["user", "role", "who@b.c", "admin"]));
    assert_eq!(code, 1);
    assert!(err.contains("no user who@b.c"), "{err}");
    let dead = [
        "user",
        "list",
        "--database-url",
        "postgres://nobody@127.0.0.1:1/none",
    ];
    let (code, _, err) = run(rapport(folder.path(), &dead));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("--database-url"), "{err}");
}

#[test]
fn a_dry_run_of_migrate_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = |args: &[&str]| run(rapport(folder.path(), args)).1;
    let would = migrate(&["migrate", "--dry-run"]);
    assert!(
        would.starts_with("would apply 0001_foundation\n")
            && would.contains("would apply 0003_credentials\n"),
        "{would}"
    );
    assert_eq!(migrate(&["migrate", "--dry-run"]), would);
    assert_eq!(migrate(&["migrate"]), would.replace("would apply", "applied"));
    assert_eq!(migrate(&["migrate", "--dry-run"]), "the schema is up to date\n");
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["serve"][..],
        &["migrate"],
        &["config"],
        &["user", "add"],
        &["user", "role"],
        &["user", "password"],
        &["user", "disable"],
        &["user", "list"],
    ] {
        let (code, out, _) = run(rapport(folder.path(), &[args, &["--help"]].concat()));
        assert_eq!(code, 0, "{args:?}");
        assert!(out.contains("Example"), "{args:?}: {out}");
    }
}
