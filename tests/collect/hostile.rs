//! What is wrong is refused with its place and its reason, and nothing of it is stored.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{count, good, open_round, planned, send};
use crate::support::{Answer, TestApp};

on_both_engines!(
    every_wrong_answer_is_refused_with_its_pointer_and_code_and_nothing_is_stored,
    right_answers_of_every_form_are_stored,
);

async fn every_wrong_answer_is_refused_with_its_pointer_and_code_and_nothing_is_stored(app: TestApp) {
    let links = open_round(&app, 1, 1, 10).await;
    let code = links["staff"][0].code.as_str();
    let person = app.anonymous();
    let long = "x".repeat(101);
    let cases: &[(Value, &str, &str)] = &[
        (json!({ "unknown": 1 }), "/answers/unknown", "unknown-item"),
        (json!({ "delivers": 0 }), "/answers/delivers", "out-of-range"),
        (json!({ "delivers": 6 }), "/answers/delivers", "out-of-range"),
        (json!({ "delivers": -1 }), "/answers/delivers", "out-of-range"),
        (json!({ "delivers": 1e300 }), "/answers/delivers", "out-of-range"),
        (
            json!({ "delivers": 18_446_744_073_709_551_615_u64 }),
            "/answers/delivers",
            "out-of-range",
        ),
        (json!({ "delivers": 255 }), "/answers/delivers", "out-of-range"),
        (json!({ "delivers": 4.5 }), "/answers/delivers", "wrong-type"),
        (json!({ "delivers": "4" }), "/answers/delivers", "wrong-type"),
        (json!({ "delivers": true }), "/answers/delivers", "wrong-type"),
        (json!({ "delivers": [4] }), "/answers/delivers", "wrong-type"),
        (
            json!({ "delivers": { "importance": 4 } }),
            "/answers/delivers",
            "wrong-type",
        ),
        (
            json!({ "reliable": "opt-out" }),
            "/answers/reliable",
            "opt-out-not-offered",
        ),
        (json!({ "delivers": null }), "/answers/delivers", "required"),
        (
            json!({ "delivers": 4, "why": "hidden" }),
            "/answers/why",
            "hidden-item",
        ),
        (json!({ "cost": 4 }), "/answers/cost", "wrong-type"),
        (
            json!({ "cost": { "importance": 9 } }),
            "/answers/cost/importance",
            "out-of-range",
        ),
        (json!({ "cost": { "price": 4 } }), "/answers/cost", "wrong-type"),
        (json!({ "role": "director" }), "/answers/role", "unknown-option"),
        (json!({ "role": 0 }), "/answers/role", "wrong-type"),
        (json!({ "role": ["manager"] }), "/answers/role", "wrong-type"),
        (json!({ "needs": "a" }), "/answers/needs", "wrong-type"),
        (
            json!({ "needs": ["a", "a"] }),
            "/answers/needs",
            "duplicate-option",
        ),
        (json!({ "needs": ["a", "z"] }), "/answers/needs", "unknown-option"),
        (
            json!({ "needs": ["a", "b", "c"] }),
            "/answers/needs",
            "too-many-options",
        ),
        (json!({ "needs": [null] }), "/answers/needs", "wrong-type"),
        (json!({ "days": "3" }), "/answers/days", "wrong-type"),
        (json!({ "days": -0.1 }), "/answers/days", "out-of-range"),
        (json!({ "days": 365.1 }), "/answers/days", "out-of-range"),
        (json!({ "days": 3.25 }), "/answers/days", "too-many-decimals"),
        (json!({ "days": 1e-7 }), "/answers/days", "too-many-decimals"),
        (json!({ "open": long }), "/answers/open", "too-long"),
        (json!({ "open": 5 }), "/answers/open", "wrong-type"),
        (
            json!({ "open": "a\u{0}b" }),
            "/answers/open",
            "control-characters",
        ),
        (
            json!({ "open": "a\u{9b}b" }),
            "/answers/open",
            "control-characters",
        ),
        (
            json!({ "short": "two\nlines" }),
            "/answers/short",
            "control-characters",
        ),
    ];
    for (number, (wrong, pointer, code_of_problem)) in cases.iter().enumerate() {
        let mut answers = good();
        for (item, value) in wrong.as_object().unwrap() {
            answers[item] = value.clone();
        }
        let answer = send(&person, code, &format!("key-{number}"), answers).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "invalid"),
            "{wrong}: {answer}"
        );
        let errors = answer.json()["errors"].clone();
        assert_eq!(errors.as_array().unwrap().len(), 1, "{wrong}: {errors}");
        assert_eq!(
            (&errors[0]["pointer"], &errors[0]["code"]),
            (&json!(pointer), &json!(code_of_problem)),
            "{wrong}"
        );
        assert!(
            errors[0]["detail"].as_str().unwrap().contains("; "),
            "no remedy: {errors}"
        );
    }
    for table in ["intake", "responses", "comments", "invitations WHERE used"] {
        assert_eq!(count(&app, table).await, 0, "{table}");
    }
    // The invitation is as good as before.
    assert_eq!(send(&person, code, "right", good()).await.status, 201);
}

async fn right_answers_of_every_form_are_stored(app: TestApp) {
    let right = [
        json!({ "delivers": "opt-out" }),
        json!({ "delivers": 4.0 }),
        json!({ "delivers": 1, "why": "It is hidden from others.\r\n\tBut not here: ñ 🙂" }),
        json!({ "delivers": 3, "cost": { "importance": 1 }, "needs": [], "role": null, "open": "   " }),
        json!({ "delivers": 3, "days": 0, "short": "x".repeat(20) }),
        json!({ "delivers": 3, "open": "🙂".repeat(100) }),
    ];
    let links = open_round(&app, right.len(), 1, 10).await;
    for (link, answers) in links["staff"].iter().zip(&right) {
        let answer = send(&app.anonymous(), link.code.as_str(), "k", answers.clone()).await;
        assert_eq!(answer.status, 201, "{answers}: {answer}");
        assert_eq!(
            answer.json(),
            json!({ "round": "r1", "mode": "anonymous", "stored": true })
        );
    }
    assert_eq!(count(&app, "intake").await, 6);
}

#[tokio::test]
async fn all_problems_are_told_at_once() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 1, 1, 10).await;
    let wrong = json!({ "delivers": 9, "role": 7, "nobody": 1, "days": 1000 });
    let answer = send(&app.anonymous(), links["staff"][0].code.as_str(), "k", wrong).await;
    let errors = answer.json()["errors"].clone();
    let pointers: Vec<&str> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        pointers,
        [
            "/answers/nobody",
            "/answers/delivers",
            "/answers/role",
            "/answers/days"
        ]
    );
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 1, 1, 10).await;
    let code = links["staff"][0].code.as_str().to_owned();
    let huge = format!(
        "{{\"invitation\":\"{code}\",\"answers\":{{\"open\":\"{}\"}}}}",
        "x".repeat(600_000)
    );
    let deep = format!(
        "{{\"invitation\":\"{code}\",\"answers\":{{\"delivers\":{}1{}}}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let cases: Vec<(Vec<u8>, u16)> = vec![
        (b"".to_vec(), 400),
        (b"{".to_vec(), 400),
        (b"[]".to_vec(), 422),
        (b"{\"invitation\":\"x\"}".to_vec(), 422),
        (b"{\"invitation\":\"x\",\"answers\":[]}".to_vec(), 422),
        (
            b"{\"invitation\":\"x\",\"answers\":{\"open\":\"\xff\xfe\"}}".to_vec(),
            400,
        ),
        (
            b"{\"invitation\":\"x\",\"answers\":{\"open\":\"\\ud800\"}}".to_vec(),
            400,
        ),
        (
            b"{\"invitation\":\"x\",\"answers\":{\"a\":1,\"a\":2}}".to_vec(),
            422,
        ),
        (b"{\"invitation\":\"x\",\"answers\":{},\"more\":1}".to_vec(), 422),
        (huge.into_bytes(), 413),
        (deep.into_bytes(), 400),
    ];
    for (body, status) in cases {
        let shown = String::from_utf8_lossy(&body)
            .chars()
            .take(60)
            .collect::<String>();
        let request = app
            .anonymous()
            .request(Method::POST, "/api/v1/rounds/r1/responses");
        let request = request
            .header("Idempotency-Key", "k")
            .header("Content-Type", "application/json")
            .body(body);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{shown}: {answer}");
    }
    assert_eq!(count(&app, "intake").await, 0);
}

#[tokio::test]
async fn an_idempotency_key_is_needed_and_has_a_form() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 1, 1, 10).await;
    let body = json!({ "invitation": links["staff"][0].code.as_str(), "answers": good() });
    let post = || {
        app.anonymous()
            .request(Method::POST, "/api/v1/rounds/r1/responses")
            .json(&body)
    };
    assert_eq!(Answer::of(post()).await.status, 400);
    for bad in ["", "with space", &"x".repeat(201)] {
        assert_eq!(
            Answer::of(post().header("Idempotency-Key", bad)).await.status,
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn unknown_codes_other_rounds_and_closed_doors_are_told_apart_only_where_the_code_is_known() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 2, 1, 10).await;
    let later = planned(&app, "r2", 1, 1, 10, false).await;
    let person = app.anonymous();
    let code = links["staff"][0].code.as_str();

    let unknown = send(&person, "0123456789abcdef0123456789abcdef", "k", good()).await;
    let other_round = send(&person, later["staff"][0].code.as_str(), "k", good()).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "not-found"));
    assert_eq!(unknown.text, other_round.text);

    let early = json!({ "invitation": later["staff"][0].code.as_str(), "answers": good() });
    let request = person
        .request(Method::POST, "/api/v1/rounds/r2/responses")
        .header("Idempotency-Key", "k");
    let early = Answer::of(request.json(&early)).await;
    assert_eq!((early.status, early.code().as_str()), (409, "not-yet-open"));

    assert_eq!(send(&person, code, "first", good()).await.status, 201);
    let used = send(&person, code, "second", good()).await;
    assert_eq!((used.status, used.code().as_str()), (409, "invitation-used"));

    super::world::close(&app).await;
    let late = send(&person, links["staff"][1].code.as_str(), "k", good()).await;
    assert_eq!((late.status, late.code().as_str()), (410, "round-closed"));
    let again = send(&person, code, "first", good()).await;
    assert_eq!(
        again.status, 201,
        "a reply that was lost is given again after the close: {again}"
    );
}

#[tokio::test]
async fn an_invitation_shows_the_round_its_promise_and_the_survey() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 1, 1, 10).await;
    let code = links["staff"][0].code.as_str();
    let shown = app.anonymous().get(&format!("/api/v1/invitations/{code}")).await;
    assert_eq!(shown.status, 200, "{shown}");
    let shown = shown.json();
    assert_eq!(
        (&shown["used"], &shown["open"], &shown["mode"]),
        (&json!(false), &json!(true), &json!("anonymous"))
    );
    assert_eq!(shown["survey"]["pages"].as_array().unwrap().len(), 4);
    // What it shows is what was promised: the digest is that of the promise.
    let digest = rapport::survey::canonical::digest(&shown["promise"]).unwrap();
    assert_eq!(shown["promise_digest"], json!(digest));
    assert!(
        !shown.to_string().contains("Person 0"),
        "no name of the roster: {shown}"
    );
}
