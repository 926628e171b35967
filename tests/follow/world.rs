//! A round that leaders have answered by name.

use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

const INTERVIEW: &str = include_str!("../../surveys/leader-interview.v1.json");

/// A designer whose round `talk` has closed: Ana (DOT) was unhappy, Bo (DOT) happy, Cy (DOC) unhappy.
pub async fn closed_round(app: &TestApp) -> Person {
    let who = app.designer().await;
    let agencies = who
        .put_csv(
            "/api/v1/agencies",
            "code,name\nDOT,Transportation\nDOC,Commerce\n",
        )
        .await;
    assert_eq!(agencies.status, 200, "{agencies}");
    app.manager("DOT").await;
    app.manager("DOC").await;
    let definition: Value = serde_json::from_str(INTERVIEW).unwrap();
    let version = who
        .post("/api/v1/surveys/leader-interview/versions", definition)
        .await;
    assert_eq!(version.status, 201, "{version}");
    let plan = json!({
        "id": "talk", "title": "Talk", "survey": "leader-interview", "version": 1,
        "audiences": [{ "name": "leaders", "title": "Directors", "mode": "attributed" }],
    });
    assert_eq!(who.post("/api/v1/rounds", plan).await.status, 201);
    let roster =
        "agency,person,name,email\nDOT,ana,Ana Núñez,ana@x.gov\nDOT,bo,Bo Lee,bo@x.gov\nDOC,cy,Cy Moe,\n";
    let imported = who
        .put_csv("/api/v1/rounds/talk/audiences/leaders/roster", roster)
        .await;
    assert_eq!(imported.status, 200, "{imported}");
    assert_eq!(who.post("/api/v1/rounds/talk/open", json!({})).await.status, 200);
    for link in imported.json()["links"].as_array().unwrap() {
        let point = if link["person"] == "bo" { 5 } else { 2 };
        let mut answers = json!({ "overall-satisfaction": point, "overall-trust": 4 });
        if point == 2 {
            answers["overall-satisfaction-why"] = json!("Nobody <b>called</b> back.");
        }
        let request = app
            .anonymous()
            .api(reqwest::Method::POST, "/api/v1/rounds/talk/responses")
            .header(
                "Idempotency-Key",
                format!("key-{}", link["person"].as_str().unwrap()),
            )
            .json(&json!({ "invitation": link["code"], "answers": answers }));
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 201, "{answer}");
    }
    assert_eq!(who.post("/api/v1/rounds/talk/close", json!({})).await.status, 200);
    who
}

/// One pass of the work in the background.
pub async fn pass(app: &TestApp) {
    app.app
        .post
        .pass(&rapport::post::Stop::default())
        .await
        .expect("a pass");
}

/// The follow-ups that somebody sees, by name.
pub async fn follow_ups(person: &Person) -> Vec<Value> {
    let listed = person.get("/api/v1/follow-ups").await;
    assert_eq!(listed.status, 200, "{listed}");
    let mut found = listed.json()["follow_ups"].as_array().unwrap().clone();
    found.sort_by_key(|one| one["name"].as_str().unwrap().to_owned());
    found
}
