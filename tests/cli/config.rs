//! defaults < rapport.toml < RAPPORT_* < flags, told by `rapport config`.

use std::fs;

use super::{rapport, run};

fn value_of<'a>(printed: &'a str, field: &str) -> &'a str {
    printed
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{field} = ")))
        .unwrap_or_else(|| panic!("no {field} in {printed}"))
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let listen = |args: &[&str], variable: Option<&str>| {
        let mut command = rapport(folder.path(), args);
        command.envs(variable.map(|value| ("RAPPORT_LISTEN", value)));
        let (code, out, err) = run(command);
        assert_eq!(code, 0, "{err}");
        value_of(&out, "listen").to_owned()
    };
    assert_eq!(listen(&["config"], None), "\"127.0.0.1:8080\"");
    fs::write(folder.path().join("rapport.toml"), "listen = \"127.0.0.1:1\"\n").unwrap();
    assert_eq!(listen(&["config"], None), "\"127.0.0.1:1\"");
    assert_eq!(listen(&["config"], Some("127.0.0.1:2")), "\"127.0.0.1:2\"");
    assert_eq!(
        listen(&["config", "--listen", "127.0.0.1:3"], Some("127.0.0.1:2")),
        "\"127.0.0.1:3\""
    );
}

#[test]
fn every_field_can_be_set_by_file_and_by_variable() {
    let folder = tempfile::tempdir().unwrap();
    let fields = [
        ("listen", "\"127.0.0.1:9\"", "127.0.0.1:9"),
        ("data_dir", "\"elsewhere\"", "elsewhere"),
        ("database_url", "\"postgres://h/d\"", "postgres://h/d"),
        ("public_url", "\"https://a.example\"", "https://a.example"),
        ("log", "\"debug\"", "debug"),
        ("log_format", "\"json\"", "json"),
        ("workers", "7", "7"),
        ("migrate", "false", "false"),
        ("webhook_networks", "\"10.0.0.0/8\"", "10.0.0.0/8"),
    ];
    for (field, toml, variable) in fields {
        let file = folder.path().join(format!("{field}.toml"));
        fs::write(&file, format!("{field} = {toml}\n")).unwrap();
        let (code, out, err) = run(rapport(
            folder.path(),
            &["config", "--config", &file.to_string_lossy()],
        ));
        assert_eq!((code, value_of(&out, field)), (0, toml), "{err}");
        let mut command = rapport(folder.path(), &["config"]);
        command.env(format!("RAPPORT_{}", field.to_uppercase()), variable);
        let (code, out, err) = run(command);
        assert_eq!((code, value_of(&out, field)), (0, toml), "{err}");
    }
}

#[test]
fn secrets_and_passwords_are_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = rapport(
        folder.path(),
        &["config", "--database-url", "postgres://me:hunter22@h/d"],
    );
    command.env("RAPPORT_SECRET", "a secret of more than thirty-two bytes");
    let (code, out, err) = run(command);
    assert_eq!(code, 0, "{err}");
    assert_eq!(value_of(&out, "secret"), "\"***\"");
    assert_eq!(value_of(&out, "database_url"), "\"postgres://***@h/d\"");
    for secret in ["hunter22", "thirty-two"] {
        assert!(!out.contains(secret) && !err.contains(secret), "{out}{err}");
    }
    let (_, help, _) = run({
        let mut command = rapport(folder.path(), &["serve", "--help"]);
        command.env("RAPPORT_DATABASE_URL", "postgres://me:hunter22@h/d");
        command
    });
    assert!(
        help.contains("RAPPORT_DATABASE_URL") && !help.contains("hunter22"),
        "{help}"
    );
}

#[test]
fn what_is_wrong_is_named_with_its_remedy_and_exits_with_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.toml"), "listenn = \"127.0.0.1:1\"\n").unwrap();
    /// Arguments, variables, and what the refusal must mention.
    type Case = (
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
        &'static [&'static str],
    );
    let cases: [Case; 7] = [
        (
            &["config", "--config", "none.toml"],
            &[],
            &["none.toml", "--config"],
        ),
        (&["config", "--config", "bad.toml"], &[], &["bad.toml", "listenn"]),
        (
            &["config", "--database-url", "mysql://x"],
            &[],
            &["database_url", "--database-url", "postgres://"],
        ),
        (
            &["config", "--public-url", "a.example/x"],
            &[],
            &["public_url", "https://"],
        ),
        (
            &["config"],
            &[("RAPPORT_SECRET", "short")],
            &["RAPPORT_SECRET", "32"],
        ),
        (&["config", "--log", "=,,=!"], &[], &["log", "info"]),
        (&["config", "--listen", "8080"], &[], &["--listen"]),
    ];
    for (args, variables, words) in cases {
        let mut command = rapport(folder.path(), args);
        command.envs(variables.iter().copied());
        let (code, out, err) = run(command);
        assert_eq!((code, out.as_str()), (1, ""), "{args:?}: {err}");
        for word in words {
            assert!(err.contains(word), "{args:?}: `{word}` is not in: {err}");
        }
    }
}

#[test]
fn a_database_elsewhere_needs_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/x.sqlite", folder.path().display());
    let (code, _, err) = run(rapport(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--database-url", &url],
    ));
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("RAPPORT_SECRET"), "{err}");
}

#[test]
fn mail_is_configured_as_a_whole_and_never_in_the_clear_over_a_public_network() {
    let folder = tempfile::tempdir().unwrap();
    let with = |variables: &[(&str, &str)]| {
        let mut command = rapport(folder.path(), &["config"]);
        command.envs(variables.iter().copied());
        run(command)
    };
    let server = ("RAPPORT_SMTP_URL", "smtp://me:hunter22@mail.dit.gov");
    let (code, out, err) = with(&[server, ("RAPPORT_MAIL_FROM", "Survey <survey@dit.gov>")]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(value_of(&out, "smtp_url"), "\"smtp://***@mail.dit.gov:587\"");
    assert_eq!(value_of(&out, "mail_from"), "\"Survey <survey@dit.gov>\"");
    assert_eq!(
        (value_of(&out, "mail_connections"), value_of(&out, "mail_timeout")),
        ("4", "60")
    );
    assert!(!out.contains("hunter22"), "{out}");
    for (variables, told) in [
        (vec![server], "mail_from"),
        (vec![server, ("RAPPORT_MAIL_FROM", "nobody")], "is no mailbox"),
        (
            vec![
                ("RAPPORT_SMTP_URL", "mail.dit.gov"),
                ("RAPPORT_MAIL_FROM", "a@b.gov"),
            ],
            "smtp://",
        ),
        (
            vec![
                ("RAPPORT_SMTP_URL", "smtp+plain://mail.dit.gov"),
                ("RAPPORT_MAIL_FROM", "a@b.gov"),
            ],
            "in the clear",
        ),
        (vec![("RAPPORT_WEBHOOK_NETWORKS", "10.0.0.0/99")], "is no network"),
    ] {
        let (code, _, err) = with(&variables);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(told), "{told} is not in {err}");
    }
}
