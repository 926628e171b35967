//! Two people save the same thing: the second is told, and nothing that either of them typed is lost.

use reqwest::Method;
use serde_json::{Value, json};

use crate::post::world::planned_round;
use crate::support::{Answer, Person, TestApp};

const ITEM: &str = "/surveys/quarterly-pulse/edit/item?of=trust-delivers";

/// What a browser would send back of a form, with some fields typed anew.
fn typed(page: &Answer, anew: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = vec![("seen".to_owned(), seen(page))];
    fields.extend(
        anew.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    fields
}

fn seen(page: &Answer) -> String {
    let (_, rest) = page.text.split_once("name=\"seen\" value=\"").expect("a mark");
    rest.split('"').next().unwrap().to_owned()
}

async fn send(who: &Person, path: &str, fields: &[(String, String)]) -> Answer {
    Answer::of(who.browse(Method::POST, path).form(fields)).await
}

/// The question as its form sends it.
fn question(words: &str) -> Vec<(&str, &str)> {
    vec![
        ("page", "trust"),
        ("id", "trust-delivers"),
        ("text.en", words),
        ("text.es", "Una frase."),
        ("kind", "rating"),
        ("scale", "agreement"),
        ("construct", "trust.competence.delivers"),
        ("wording", "2"),
        ("previous", "new"),
    ]
}

async fn words_of(who: &Person) -> String {
    let draft = who.get("/api/v1/surveys/quarterly-pulse/draft").await;
    let definition: Value = serde_json::from_str(draft.json()["text"].as_str().unwrap()).unwrap();
    let pages = definition["pages"].as_array().unwrap().iter();
    let mut items = pages.flat_map(|page| page["items"].as_array().unwrap());
    let item = items.find(|item| item["id"] == "trust-delivers").unwrap();
    item["text"]["en"].as_str().unwrap().to_owned()
}

async fn the_second_who_saves_a_question_is_told_and_loses_nothing(app: TestApp) {
    planned_round(&app, 3).await;
    let (one, other) = (
        app.somebody("one@test.gov", &["designer"]).await,
        app.somebody("other@test.gov", &["designer"]).await,
    );
    let (first, second) = (one.page(ITEM).await, other.page(ITEM).await);
    let elsewhere = other
        .page("/surveys/quarterly-pulse/edit/scale?of=agreement")
        .await;
    let saved = send(&one, ITEM, &typed(&first, &question("What one of them wrote."))).await;
    assert_eq!(saved.status, 303, "{saved}");
    let refused = send(&other, ITEM, &typed(&second, &question("What the other wrote."))).await;
    assert_eq!(refused.status, 409, "{refused}");
    for told in ["one@test.gov has saved this question", "What the other wrote."] {
        assert!(refused.text.contains(told), "{told}: {refused}");
    }
    assert_eq!(words_of(&one).await, "What one of them wrote.");

    // Who works on another part is not in the way.
    let mut scale = vec![("id", "agreement")];
    let points: Vec<(String, String)> = (1..=5)
        .flat_map(|n| {
            [
                (format!("point_{n}.en"), format!("P{n}")),
                (format!("point_{n}.es"), format!("P{n}")),
            ]
        })
        .collect();
    scale.extend(points.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let path = "/surveys/quarterly-pulse/edit/scale?of=agreement";
    assert_eq!(send(&other, path, &typed(&elsewhere, &scale)).await.status, 303);

    // Having been told, they can put theirs in its place.
    let again = send(&other, ITEM, &typed(&refused, &question("What the other wrote."))).await;
    assert_eq!(again.status, 303, "{again}");
    assert_eq!(words_of(&one).await, "What the other wrote.");
}

async fn the_second_who_saves_the_text_of_a_draft_is_told(app: TestApp) {
    planned_round(&app, 3).await;
    let who = app.designer().await;
    let path = "/surveys/quarterly-pulse/draft";
    let page = who.page(path).await;
    let text = |words: &str| format!("{{ \"id\": \"quarterly-pulse\", \"note\": \"{words}\" }}");
    let (mine, theirs) = (text("mine"), text("theirs"));
    assert_eq!(
        send(&who, path, &typed(&page, &[("definition", &theirs)]))
            .await
            .status,
        303
    );
    let refused = send(&who, path, &typed(&page, &[("definition", &mine)])).await;
    assert_eq!(refused.status, 409, "{refused}");
    assert!(refused.text.contains("&quot;mine&quot;"), "{refused}");

    // The same for clients, by `ETag` and `If-Match`.
    let api = "/api/v1/surveys/quarterly-pulse/draft";
    let read = who.get(api).await;
    let put = |tag: String, body: String| {
        let request = who.api(Method::PUT, api).header("If-Match", tag);
        Answer::of(request.header("Content-Type", "application/json").body(body))
    };
    let tag = read.header("etag").to_owned();
    assert_eq!(put(tag.clone(), mine.clone()).await.status, 200);
    let late = put(tag, theirs).await;
    assert_eq!((late.status, late.code().as_str()), (412, "overtaken"), "{late}");
    assert_eq!(put("*".to_owned(), mine).await.status, 200);
}

async fn the_second_who_changes_the_plan_of_a_round_is_told(app: TestApp) {
    let who = planned_round(&app, 3).await;
    let path = "/rounds/r/plan/window";
    let page = who.page(path).await;
    let (one, other) = (
        [("closes_at", "2999-02-01T00:00")],
        [("closes_at", "2999-03-01T00:00")],
    );
    assert_eq!(send(&who, path, &typed(&page, &one)).await.status, 303);
    let refused = send(&who, path, &typed(&page, &other)).await;
    assert_eq!(refused.status, 409, "{refused}");
    assert!(refused.text.contains("value=\"2999-03-01T00:00\""), "{refused}");
    let round = who.get("/api/v1/rounds/r").await;
    assert_eq!(round.json()["closes_at"], "2999-02-01T00:00:00Z");
    assert_eq!(send(&who, path, &typed(&refused, &other)).await.status, 303);

    let patch = |tag: &str, title: &str| {
        let request = who.api(Method::PATCH, "/api/v1/rounds/r").header("If-Match", tag);
        Answer::of(request.json(&json!({ "title": title })))
    };
    let tag = who.get("/api/v1/rounds/r").await.header("etag").to_owned();
    let changed = patch(&tag, "One").await;
    assert_eq!(changed.status, 200, "{changed}");
    assert_eq!(patch(&tag, "Other").await.code(), "overtaken");
    assert_eq!(patch(changed.header("etag"), "Other").await.status, 200);
}

on_both_engines!(
    the_second_who_saves_a_question_is_told_and_loses_nothing,
    the_second_who_saves_the_text_of_a_draft_is_told,
    the_second_who_changes_the_plan_of_a_round_is_told,
);
