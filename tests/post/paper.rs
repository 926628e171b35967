//! Letters to print.

use serde_json::json;

use super::world::{answer, open_round, planned_round};
use crate::support::TestApp;

async fn letters_carry_links_that_open_and_are_made_while_nobody_can_have_answered(app: TestApp) {
    let who = planned_round(&app, 2).await;
    let path = "/api/v1/rounds/r/audiences/staff/letters";
    let made = who.post(path, json!({ "without_address": true })).await;
    assert_eq!(made.status, 200, "{made}");
    let letters = made.json()["letters"].as_array().unwrap().clone();
    assert_eq!(letters.len(), 1, "{made}");
    assert_eq!(
        who.post(path, json!({})).await.json()["letters"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let page = who.submit("/rounds/r/audiences/staff/letters", &[]).await;
    assert_eq!(page.status, 200, "{page}");
    let link = page
        .text
        .split("<code>")
        .nth(1)
        .unwrap()
        .split("</code>")
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(who.post("/api/v1/rounds/r/open", json!({})).await.status, 200);
    assert_eq!(answer(&app, &link, 3).await, 201, "{link}");
    let refused = who.post(path, json!({})).await;
    assert_eq!(refused.status, 409, "{refused}");
    let page = who.submit("/rounds/r/audiences/staff/letters", &[]).await;
    assert_eq!(page.status, 409, "{page}");
    assert!(page.text.contains("anonymous audience"), "{page}");
}

async fn leaders_who_have_answered_get_no_letter(app: TestApp) {
    let who = open_round(&app, 1).await;
    let path = "/api/v1/rounds/r/audiences/leaders/letters";
    let made = who.post(path, json!({})).await.json();
    let letters = made["letters"].as_array().unwrap();
    assert_eq!(letters.len(), 3);
    let text = letters[0]["text"].as_str().unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/i/")).unwrap();
    assert_eq!(answer(&app, link, 3).await, 201);
    let made = who.post(path, json!({ "without_address": true })).await.json();
    assert_eq!(made["letters"].as_array().unwrap().len(), 1);
    let made = who.post(path, json!({})).await.json();
    assert_eq!(made["letters"].as_array().unwrap().len(), 2);
    let unknown = who
        .post("/api/v1/rounds/r/audiences/nobody/letters", json!({}))
        .await;
    assert_eq!(unknown.status, 404, "{unknown}");
}

on_both_engines!(
    letters_carry_links_that_open_and_are_made_while_nobody_can_have_answered,
    leaders_who_have_answered_get_no_letter,
);
