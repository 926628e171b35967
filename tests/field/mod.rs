//! A round in the field: what its board tells, and what it must not.

use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

const PULSE: &str = include_str!("../../surveys/quarterly-pulse.v1.json");

/// A designer whose open round `r` invites 40 people of DOT, 12 of DOC, and 4 of each of two boards that are reported together;
/// it shows nothing of fewer than five. With it the links of everybody, in the order of the roster.
async fn open_round(app: &TestApp) -> (Person, Vec<String>) {
    let who = app.designer().await;
    let agencies = "code,name,cluster\nDOT,Transportation,\nDOC,Commerce,\nBB,Barbers,boards\nBC,Cosmetics,boards\nONE,One,\n";
    assert_eq!(who.put_csv("/api/v1/agencies", agencies).await.status, 200);
    let definition: Value = serde_json::from_str(PULSE).unwrap();
    let version = who
        .post("/api/v1/surveys/quarterly-pulse/versions", definition)
        .await;
    assert_eq!(version.status, 201, "{version}");
    let plan = json!({
        "id": "r", "title": "Pulse", "survey": "quarterly-pulse", "version": 1,
        "audiences": [{ "name": "leaders", "title": "Directors", "mode": "attributed" }],
        "closes_at": "2999-01-01T00:00:00Z",
        "thresholds": { "least_respondents": 5, "least_change": 5.0 },
    });
    assert_eq!(who.post("/api/v1/rounds", plan).await.status, 201);
    let mut roster = "agency,person,name\n".to_owned();
    for (agency, people) in [("DOT", 40), ("DOC", 12), ("BB", 4), ("BC", 4), ("ONE", 1)] {
        for person in 0..people {
            roster.push_str(&format!("{agency},{agency}-{person},Somebody\n"));
        }
    }
    let imported = who
        .put_csv("/api/v1/rounds/r/audiences/leaders/roster", roster)
        .await;
    assert_eq!(imported.status, 200, "{imported}");
    assert_eq!(who.post("/api/v1/rounds/r/open", json!({})).await.status, 200);
    let links = imported.json()["links"].as_array().unwrap().clone();
    let codes = links.iter().map(|link| link["code"].as_str().unwrap().to_owned());
    (who, codes.collect())
}

async fn answer(app: &TestApp, codes: &[String]) {
    for code in codes {
        let answers = json!({ "invitation": code, "answers": { "trust-delivers": 4 } });
        let request = app
            .anonymous()
            .api(reqwest::Method::POST, "/api/v1/rounds/r/responses")
            .header("Idempotency-Key", format!("key-of-{code}"))
            .json(&answers);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 201, "{answer}");
    }
}

async fn board(who: &Person) -> Value {
    let board = who.get("/api/v1/rounds/r/field").await;
    assert_eq!(board.status, 200, "{board}");
    board.json()
}

async fn the_board_is_the_same_for_all_counts_that_floor_to_the_same(app: TestApp) {
    let (who, codes) = open_round(&app).await;
    answer(&app, &codes[..5]).await;
    let at_five = board(&who).await;
    let mut seen = 5;
    for more in 6..10 {
        answer(&app, &codes[seen..more]).await;
        seen = more;
        assert_eq!(board(&who).await, at_five, "{more} answers");
    }
    answer(&app, &codes[9..10]).await;
    let at_ten = board(&who).await;
    assert_eq!(at_ten["audiences"][0]["whole"]["answered"], 10);
    assert_ne!(at_ten, at_five);
}
on_both_engines!(the_board_is_the_same_for_all_counts_that_floor_to_the_same);

#[tokio::test]
async fn each_line_is_what_will_be_reported_and_what_needs_somebody_comes_first() {
    let app = TestApp::sqlite().await;
    let (who, codes) = open_round(&app).await;
    answer(&app, &codes[..7]).await;
    let board = board(&who).await;
    assert_eq!(board["elapsed"], 0.0);
    let units = board["audiences"][0]["units"].as_array().unwrap();
    let told: Vec<(&str, u64, &str)> = units
        .iter()
        .map(|unit| {
            (
                unit["unit"].as_str().unwrap(),
                unit["invited"].as_u64().unwrap(),
                unit["outlook"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("boards", 8, "below"),
        ("DOC", 12, "open"),
        ("DOT", 40, "reached"),
        ("ONE", 1, "too-few-invited"),
    ];
    assert_eq!(told, expected);
    let boards = units.iter().find(|unit| unit["unit"] == "boards").unwrap();
    assert_eq!(
        (&boards["invited"], &boards["agencies"]),
        (&json!(8), &json!(["BB", "BC"]))
    );
    assert_eq!(boards["answered"], Value::Null);
    assert!(boards["expected"]["low"].as_u64() < boards["expected"]["high"].as_u64());

    let page = who.page("/rounds/r/field").await;
    assert_eq!(page.status, 200, "{page}");
    for told in [
        "BB, BC",
        "will stay below",
        "may stay below",
        "is shown",
        "too few invited",
        "at least 5",
    ] {
        assert!(page.text.contains(told), "{told}: {page}");
    }
    assert!(!page.text.contains("at least 7"), "{page}");
}

#[tokio::test]
async fn only_who_may_read_rounds_sees_a_board_and_a_round_that_is_planned_has_nothing_to_tell() {
    let app = TestApp::sqlite().await;
    let (who, _) = open_round(&app).await;
    let viewer = app.viewer("DOT").await;
    assert_eq!(viewer.get("/api/v1/rounds/r/field").await.status, 403);
    assert_eq!(who.get("/api/v1/rounds/none/field").await.status, 404);
    let plan = json!({
        "id": "later", "title": "Later", "survey": "quarterly-pulse", "version": 1,
        "audiences": [{ "name": "leaders", "title": "Directors", "mode": "attributed" }],
    });
    assert_eq!(who.post("/api/v1/rounds", plan).await.status, 201);
    let board = who.get("/api/v1/rounds/later/field").await.json();
    assert_eq!(board["audiences"][0]["whole"]["outlook"], "too-few-invited");
    assert_eq!(board["audiences"][0]["whole"]["advice"], "");
    assert_eq!(who.page("/rounds/later/field").await.status, 200);
}
