//! A whole round on the command line, from agencies to a published result.

use std::path::Path;

use jiff::ToSpan as _;
use serde_json::Value;

use super::{rapport, run};

fn told(folder: &Path, args: &[&str]) -> String {
    let (code, out, err) = run(rapport(folder, args));
    assert_eq!(code, 0, "{args:?}: {out} {err}");
    out
}

fn refused(folder: &Path, args: &[&str]) -> String {
    let (code, out, err) = run(rapport(folder, args));
    assert_eq!((code, out.as_str()), (1, ""), "{args:?}: {err}");
    err
}

fn file(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_round_is_run_from_agencies_to_a_published_result() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let agencies = file(
        here,
        "agencies.csv",
        "code;name\r\nDOT;Transportation\r\nDOC;Commerce\r\n",
    );
    let lineage = file(
        here,
        "lineage.csv",
        "date,kind,from,to\n2025-07-01,renamed,DOT,\n",
    );
    assert_eq!(
        told(here, &["agency", "import", &agencies, "--lineage", &lineage]),
        "2 agencies, 2 of them new; 1 events\n"
    );
    assert!(told(here, &["agency", "list"]).contains("Transportation"));
    let survey = concat!(env!("CARGO_MANIFEST_DIR"), "/surveys/quarterly-pulse.v1.json");
    told(here, &["survey", "publish", survey]);
    let now = rapport::clock::now();
    let in_days = |days: i64| format!("{}T00:00:00Z", &(now + (24 * days).hours()).to_string()[..10]);
    let (earlier, end, later) = (in_days(20), in_days(30), in_days(60));
    let create = [
        "round",
        "create",
        "r",
        "--title",
        "A pulse",
        "--survey",
        "quarterly-pulse@1",
        "--audience",
        "staff:anonymous:Everybody",
        "--closes-at",
        &end,
        "--format",
        "json",
    ];
    let made: Value = serde_json::from_str(&told(here, &create)).unwrap();
    assert_eq!(
        (made["state"].as_str(), made["promise_digest"].is_null()),
        (Some("draft"), true)
    );

    let wrong = file(here, "wrong.csv", "agency,person\nDOT,a\nNOPE,b\n");
    let links = here.join("links.csv");
    let links = links.to_str().unwrap();
    let args = ["roster", "import", "r", "staff", &wrong, "--links", links];
    assert!(refused(here, &args).contains("row 3, agency: there is no agency `NOPE`"));
    assert!(
        !Path::new(links).exists(),
        "no file is left where there are no links"
    );

    let roster = file(here, "roster.csv", "agency;payroll\rDOT;a\rDOC;b\r");
    let args = [
        "roster",
        "import",
        "r",
        "staff",
        &roster,
        "--column",
        "payroll=person",
        "--links",
        links,
        "--public-url",
        "https://r.gov",
    ];
    assert_eq!(told(here, &args), "2 people of 2 agencies are invited\n");
    let written = std::fs::read_to_string(links).unwrap();
    assert!(
        written
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("a,,,DOT,en,https://r.gov/i/"),
        "{written}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(links).unwrap().permissions().mode() & 0o077,
            0,
            "only the owner reads links"
        );
    }
    assert!(
        refused(here, &args).contains("may hold links that still work; name a new file"),
        "links are never overwritten"
    );

    assert!(told(here, &["round", "open", "r"]).contains("open"));
    let extend = |end: &str| ["round", "extend", "r", "--closes-at", end].map(str::to_owned);
    for (when, why) in [
        (&earlier, format!("is not later than {end}")),
        (&in_days(400), "a year after it opened".to_owned()),
    ] {
        let told = refused(here, &extend(when).each_ref().map(String::as_str));
        assert!(told.contains(&why), "{told}");
    }
    let told_later = told(here, &extend(&later).each_ref().map(String::as_str));
    assert!(told_later.contains(&later), "{told_later}");
    for (step, state) in [
        ("close", "closed"),
        ("seal", ""),
        ("verify", "same"),
        ("publish", "published"),
    ] {
        assert!(told(here, &["round", step, "r"]).contains(state), "{step}");
    }
    let again = refused(here, &["round", "close", "r"]);
    assert!(again.contains("it collects no responses any more"), "{again}");
    let list: Value = serde_json::from_str(&told(here, &["round", "list", "--format", "json"])).unwrap();
    assert_eq!(
        (
            list[0]["state"].as_str(),
            list[0]["promise_digest"].as_str().map(str::len)
        ),
        (Some("published"), Some(64))
    );
}

#[test]
fn what_is_wrong_on_the_command_line_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let bad = file(here, "bad.csv", "code,name\nA B,x\n");
    assert!(refused(here, &["agency", "import", &bad]).contains("row 2, code: `A B` cannot be used"));
    assert!(refused(here, &["agency", "import", "none.csv"]).contains("none.csv"));
    assert!(refused(here, &["round", "open", "none"]).contains("there is no round `none`"));
    let (code, _, err) = run(rapport(
        here,
        &[
            "round",
            "create",
            "r",
            "--title",
            "t",
            "--survey",
            "x",
            "--audience",
            "staff:secret",
        ],
    ));
    assert_eq!(code, 1);
    assert!(
        err.contains("SURVEY@VERSION") || err.contains("staff:anonymous or staff:attributed"),
        "{err}"
    );
}
