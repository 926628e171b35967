//! Answers of an earlier tool become a past round.

use rapport::collect::{Answer, Form, Rating};
use rapport::import::mapping;
use rapport::import::responses::mapping::Mapping;
use rapport::import::responses::{self, ImportError, Plan, Report, Target};
use rapport::round::{self, RoundState};
use rapport::store::{StoreError, responses as pool};
use rapport::survey::definition::Definition;
use rapport::survey::publish;
use serde_json::{Value, json};

use crate::support::TestApp;

on_both_engines!(
    rows_become_responses_of_a_closed_round,
    an_import_is_repeated_only_when_that_is_said
);

const CSV: &str = "Dept;Q1;Q2 (why);Needs;Age\nRoads;Strongly agree;It works;a, b;44\nRoads;2;;;51\n;9;;b;\nRail;3;-;a;20\n";

fn definition() -> Definition {
    let text = |text: &str| json!({ "en": text });
    let option = |id: &str| json!({ "id": id, "label": text(id) });
    serde_json::from_value(json!({
        "id": "climate", "version": 1, "title": text("Climate"), "purpose": text("How it is."), "languages": ["en"],
        "scales": { "five": { "points": (1..=5).map(|n| text(&format!("{n}"))).collect::<Vec<_>>() } },
        "pages": [{ "id": "p", "title": text("P"), "items": [
            { "id": "q1", "text": text("Q1"), "construct": "c.q1", "wording": "1", "answer": { "type": "rating", "scale": "five" } },
            { "id": "q2", "text": text("Q2"), "answer": { "type": "long_text", "max_length": 50 } },
            { "id": "q3", "text": text("Q3"), "answer": { "type": "multiple_choice", "options": [option("a"), option("b")] } },
        ] }],
    }))
    .unwrap()
}

fn mapping_of(change: impl FnOnce(&mut Value)) -> Mapping {
    let mut mapping = json!({
        "round": { "title": "Climate 2019", "survey": "climate", "version": 1, "opened_on": "2019-03-01",
                   "closed_on": "2019-03-31", "audience_title": "Staff", "headcounts": { "ROADS": 40 } },
        "agency": { "headings": ["Dept"], "labels": { "Roads": "ROADS", "Rail": "RAIL", "": "NONE" },
                    "create": { "ROADS": "Roads", "RAIL": "Rail", "NONE": "Not stated" } },
        "items": [
            { "item": "q1", "headings": ["Q1"], "labels": { "Strongly agree": 5, "9": null } },
            { "item": "q2", "headings": ["Q2 (why)"] },
            { "item": "q3", "headings": ["Needs"], "separator": "," },
        ],
        "ignore": ["Age"], "missing": ["-"],
    });
    change(&mut mapping);
    mapping::read(mapping.to_string().as_bytes()).unwrap()
}

async fn planned(
    app: &TestApp,
    csv: &str,
    replace: bool,
    change: impl FnOnce(&mut Value),
) -> Result<(Plan, Report), ImportError> {
    let now = rapport::clock::now();
    let publishing = app.store.write(move |conn| -> Result<(), StoreError> {
        drop(publish::publish(conn, &definition(), "test", now).expect("it is published"));
        Ok(())
    });
    publishing.await.unwrap();
    let (mapping, csv) = (mapping_of(change), csv.to_owned());
    let target = Target {
        round: "climate-2019".parse().unwrap(),
        audience: "staff".parse().unwrap(),
        replace,
    };
    app.store
        .read(move |conn| responses::plan(conn, &mapping, &target, csv.as_bytes()))
        .await
}

async fn rows_become_responses_of_a_closed_round(app: TestApp) {
    let (plan, report) = planned(&app, CSV, false, |_| {}).await.unwrap();
    assert!(report.is_good(false), "{report}");
    assert_eq!((report.rows, report.responses, report.answers), (4, 4, 7));
    assert_eq!(report.headcount_unknown.len(), 2, "Roads' is known");
    app.store
        .write(move |conn| responses::store(conn, plan))
        .await
        .unwrap();

    let stored = app.store.read(|conn| -> Result<_, StoreError> {
        let round = round::find(conn, &"climate-2019".parse().unwrap()).expect("it is there");
        Ok((
            round,
            pool::of_audience(conn, "climate-2019", "staff")?,
            pool::comments_of_audience(conn, "climate-2019", "staff")?,
        ))
    });
    let (round, rows, comments) = stored.await.unwrap();
    assert_eq!(
        (round.state, round.closed_at.unwrap().to_string().as_str()),
        (RoundState::Closed, "2019-04-01T00:00:00Z")
    );
    let promise = round.promise.unwrap();
    let audience = promise.promise.audiences.values().next().unwrap();
    let people: Vec<(&str, u32)> = audience
        .headcounts
        .iter()
        .map(|(code, people)| (code.as_str(), *people))
        .collect();
    assert_eq!(people, [("NONE", 1), ("RAIL", 1), ("ROADS", 40)]);
    assert_eq!(
        promise.digest,
        rapport::survey::canonical::digest(&promise.promise).unwrap()
    );

    let form = Form::prepare(definition()).unwrap();
    let mut ratings: Vec<(String, Option<Rating>)> = rows
        .iter()
        .map(|row| {
            (
                row.agency.clone(),
                form.layout().rating(&row.answers, &"q1".parse().unwrap()),
            )
        })
        .collect();
    ratings.sort();
    let point = |agency: &str, point: Option<u8>| (agency.to_owned(), point.map(Rating::Point));
    assert_eq!(
        ratings,
        [
            point("NONE", None),
            point("RAIL", Some(3)),
            point("ROADS", Some(2)),
            point("ROADS", Some(5))
        ]
    );
    let both = rows.iter().filter(|row| {
        form.layout().unpack(&row.answers).unwrap().get("q3") == Some(&Answer::Choices([0, 1].into()))
    });
    assert_eq!(both.count(), 1);
    assert_eq!((comments.len(), comments[0].text.as_str()), (1, "It works"));
    assert!(rows.iter().all(|row| row.person.is_none() && row.key.len() == 16));
}

async fn an_import_is_repeated_only_when_that_is_said(app: TestApp) {
    let (plan, _) = planned(&app, CSV, false, |_| {}).await.unwrap();
    app.store
        .write(move |conn| responses::store(conn, plan))
        .await
        .unwrap();

    let refused = planned(&app, CSV, false, |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("--replace"), "{refused}");
    let (plan, report) = planned(&app, &CSV.replace("Roads;2", "Roads;4"), true, |_| {})
        .await
        .unwrap();
    assert!(report.is_good(false), "{report}");
    app.store
        .write(move |conn| responses::store(conn, plan))
        .await
        .unwrap();
    let count = app
        .store
        .read(|conn| pool::count_of_round(conn, "climate-2019"))
        .await
        .unwrap();
    assert_eq!(count, 4);

    // What was promised of the round does not change with the file.
    let (_, report) = planned(&app, &format!("{CSV}Rail;5;;;\n"), true, |_| {})
        .await
        .unwrap();
    assert!(report.to_string().contains("import under another id"), "{report}");
    let other = planned(&app, CSV, true, |mapping| mapping["round"]["version"] = json!(2))
        .await
        .unwrap_err();
    assert!(other.to_string().contains("not published"), "{other}");
}

#[tokio::test]
async fn wrong_cells_unknown_agencies_and_unmapped_columns_are_told_with_their_rows() {
    let app = TestApp::sqlite().await;
    let csv =
        "Dept;Q1;Q2 (why);Needs;Age;Floor\nRoads;6;;;;1\nPorts;5;;;;2\nRoads;agree;;c;;3\nPorts;1;;;;4\n";
    let (_, report) = planned(&app, csv, false, |_| {}).await.unwrap();
    assert!(!report.is_good(true), "wrong cells are never skipped");
    assert_eq!(report.unmatched_columns, ["Floor"]);
    assert_eq!(report.unmatched_agencies["Ports"], [3, 5]);
    assert_eq!(report.unmatched_labels["q1: `6`"], [2]);
    assert_eq!(report.unmatched_labels["q3: `c`"], [4]);
    let told = report.to_string();
    for place in [
        "row 2, Q1: 6 is no point",
        "row 4, Q1: the text \"agree\"",
        "row 4, Needs: there is no option `c`",
    ] {
        assert!(told.contains(place), "{place} is not in\n{told}");
    }
    let (_, report) = planned(&app, CSV, false, |mapping| {
        mapping["round"]["headcounts"]["ROADS"] = json!(1)
    })
    .await
    .unwrap();
    assert!(
        report
            .to_string()
            .contains("ROADS has 2 responses and 1 invited people"),
        "{report}"
    );
    let backwards = planned(&app, CSV, false, |mapping| {
        mapping["round"]["closed_on"] = json!("2018-01-01")
    })
    .await;
    assert!(backwards.unwrap_err().to_string().contains("closed_on"));
}
