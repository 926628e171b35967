//! Follow-ups: made once, seen by those who look after the agency, with the time of the first reply.

use serde_json::json;

use super::world::{closed_round, follow_ups, pass};
use crate::support::TestApp;

async fn low_named_answers_become_follow_ups_of_the_relationship_manager_once(app: TestApp) {
    let who = closed_round(&app).await;
    pass(&app).await;
    pass(&app).await;
    let all = follow_ups(&who).await;
    let names: Vec<_> = all.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Ana Núñez", "Cy Moe"], "the happy one is not followed up");
    assert_eq!(all[0]["owner"], "manager-dot@test.gov");
    assert_eq!(
        (&all[0]["reason"], &all[0]["items"]),
        (&json!("low-score"), &json!(["overall-satisfaction"]))
    );
    let id = all[0]["id"].as_str().unwrap();
    let whole = who.get(&format!("/api/v1/follow-ups/{id}")).await.json();
    let answers = whole["answers"].as_array().unwrap();
    assert_eq!(
        (&answers[0]["answered"], &answers[0]["is_reason"]),
        (&json!("Dissatisfied"), &json!(true))
    );
    assert_eq!(answers[1]["answered"], "Nobody <b>called</b> back.");
    assert_eq!(answers[2]["is_reason"], false);
    let page = who.page(&format!("/follow-ups/{id}")).await;
    assert!(
        page.status == 200 && page.text.contains("Nobody &lt;b&gt;called"),
        "{page}"
    );
    assert_eq!(
        who.post("/api/v1/rounds/talk/follow-ups", json!({})).await.json()["made"],
        0
    );
}

async fn who_does_not_look_after_the_agency_sees_no_follow_up_of_it(app: TestApp) {
    let who = closed_round(&app).await;
    pass(&app).await;
    let ids: Vec<String> = follow_ups(&who)
        .await
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    let manager = app.manager("DOC").await;
    let mine = follow_ups(&manager).await;
    assert_eq!((mine.len(), &mine[0]["name"]), (1, &json!("Cy Moe")));
    let page = manager.page("/follow-ups").await;
    assert!(
        page.text.contains("Cy Moe") && !page.text.contains("Ana"),
        "{page}"
    );
    let (others, own) = (&ids[0], &ids[1]);
    for path in [
        format!("/api/v1/follow-ups/{others}"),
        "/api/v1/follow-ups/none".to_owned(),
    ] {
        assert_eq!(manager.get(&path).await.status, 404, "{path}");
        let change = manager
            .api(reqwest::Method::PATCH, &path)
            .json(&json!({ "state": "done" }));
        assert_eq!(crate::support::Answer::of(change).await.status, 404, "{path}");
    }
    assert_eq!(manager.page(&format!("/follow-ups/{others}")).await.status, 404);
    assert_eq!(
        manager
            .submit(&format!("/follow-ups/{others}"), &[("state", "done")])
            .await
            .status,
        404
    );
    assert_eq!(manager.page(&format!("/follow-ups/{own}")).await.status, 200);
    let of_other = manager.get("/api/v1/follow-ups?agency=DOT").await.json();
    assert_eq!(of_other["follow_ups"], json!([]));
    for person in [app.viewer("DOC").await, app.leadership().await] {
        assert_eq!(person.get("/api/v1/follow-ups").await.status, 403);
        assert_eq!(person.page(&format!("/follow-ups/{own}")).await.status, 403);
    }
}

async fn the_first_reply_is_kept_with_its_time_and_what_was_done_is_written_down(app: TestApp) {
    closed_round(&app).await;
    pass(&app).await;
    let manager = app.manager("DOT").await;
    let id = follow_ups(&manager).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/follow-ups/{id}");
    let patch = |body: serde_json::Value| {
        crate::support::Answer::of(manager.api(reqwest::Method::PATCH, &path).json(&body))
    };
    let noted = patch(json!({ "note": "Called, no answer." })).await;
    assert_eq!(
        (noted.status, noted.json().get("first_reply_at")),
        (200, None),
        "{noted}"
    );
    let replied = patch(json!({ "kind": "reply", "note": "Sorry; here is what we do." }))
        .await
        .json();
    let first = replied["first_reply_at"].clone();
    assert!(
        first.is_string() && replied["hours_to_first_reply"].as_f64().unwrap() < 1.0,
        "{replied}"
    );
    assert_eq!(replied["state"], "in-progress");
    let again =
        patch(json!({ "kind": "reply", "note": "And again.", "state": "done", "due_on": "2030-01-31" }))
            .await;
    let again = again.json();
    assert_eq!(
        (&again["first_reply_at"], &again["state"], &again["due_on"]),
        (&first, &json!("done"), &json!("2030-01-31"))
    );
    let kinds: Vec<_> = again["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["kind"].clone())
        .collect();
    assert_eq!(kinds.len(), 4, "{again}");
    assert!(follow_ups(&manager).await.is_empty(), "what is done is not open");
    let all = manager.get("/api/v1/follow-ups?all=true").await.json();
    assert_eq!(all["replies"]["replied"], 1, "{all}");
    let log = app
        .read(|conn| rapport::identity::audit::list(conn, None, 100))
        .await;
    assert!(log.iter().any(|entry| entry.action == "follow-up.change"));
    assert!(
        !format!("{log:?}").contains("Sorry"),
        "the log says what happened, not what was written"
    );
}

async fn every_field_that_is_wrong_is_told_and_nothing_is_changed(app: TestApp) {
    closed_round(&app).await;
    pass(&app).await;
    let manager = app.manager("DOT").await;
    let id = follow_ups(&manager).await[0]["id"].as_str().unwrap().to_owned();
    let wrong = json!({ "owner": "manager-doc@test.gov", "state": "won", "due_on": "soon", "kind": "reply" });
    let refused = manager
        .api(reqwest::Method::PATCH, &format!("/api/v1/follow-ups/{id}"))
        .json(&wrong);
    let refused = crate::support::Answer::of(refused).await;
    assert_eq!(refused.status, 422, "{refused}");
    let places: Vec<_> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["pointer"].clone())
        .collect();
    assert_eq!(
        places,
        [json!("/owner"), json!("/state"), json!("/due_on"), json!("/note")]
    );
    let now = manager.get(&format!("/api/v1/follow-ups/{id}")).await.json();
    assert_eq!((&now["state"], &now["notes"]), (&json!("open"), &json!([])));
}

async fn the_rule_of_a_round_is_set_before_and_fixed_after(app: TestApp) {
    let who = closed_round(&app).await;
    let path = "/api/v1/rounds/talk/follow-up-rule";
    assert_eq!(
        who.get(path).await.json(),
        json!({ "low_score": 25.0, "days": 10, "is_made": false })
    );
    let wrong = who.put(path, json!({ "low_score": 100.0, "days": 0 })).await;
    assert_eq!(
        (wrong.status, wrong.json()["errors"].as_array().unwrap().len()),
        (422, 2),
        "{wrong}"
    );
    assert_eq!(
        who.put(path, json!({ "low_score": 10.0, "days": 3 }))
            .await
            .status,
        200
    );
    pass(&app).await;
    assert!(follow_ups(&who).await.is_empty(), "2 of 5 is 25 points, above 10");
    assert_eq!(
        who.put(path, json!({ "low_score": 50.0, "days": 3 }))
            .await
            .status,
        409
    );
    assert_eq!(who.get(path).await.json()["is_made"], true);
}

on_both_engines!(
    low_named_answers_become_follow_ups_of_the_relationship_manager_once,
    who_does_not_look_after_the_agency_sees_no_follow_up_of_it,
    the_first_reply_is_kept_with_its_time_and_what_was_done_is_written_down,
    every_field_that_is_wrong_is_told_and_nothing_is_changed,
    the_rule_of_a_round_is_set_before_and_fixed_after,
);
