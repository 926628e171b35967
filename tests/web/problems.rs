//! Refusals and failures: RFC 9457 on the API, a page of the same status elsewhere.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, TestApp};

/// What every problem of the API has.
fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer}");
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{answer}"
    );
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{answer}");
    assert_eq!(problem["code"], code, "{answer}");
    assert_eq!(problem["type"], format!("/api/docs#problem-{code}"), "{answer}");
    for field in ["title", "detail"] {
        assert!(
            problem[field].as_str().is_some_and(|text| !text.is_empty()),
            "{field}: {answer}"
        );
    }
}

#[tokio::test]
async fn every_kind_of_bad_request_is_a_problem() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let raw = |kind: &'static str, body: Vec<u8>| {
        admin
            .api(Method::POST, "/api/v1/users")
            .header("Content-Type", kind)
            .body(body)
    };
    check(&admin.get("/api/v1/nothing").await, 404, "not-found");
    check(&admin.get("/api/v1/sessions").await, 405, "method-not-allowed");
    check(
        &Answer::of(raw("application/json", b"{".to_vec())).await,
        400,
        "malformed",
    );
    check(
        &Answer::of(raw("application/json", b"\xff\xfe".to_vec())).await,
        400,
        "malformed",
    );
    check(
        &Answer::of(raw("application/json", Vec::new())).await,
        400,
        "malformed",
    );
    check(
        &Answer::of(raw("text/plain", b"{}".to_vec())).await,
        415,
        "unsupported-media",
    );
    check(
        &Answer::of(admin.api(Method::POST, "/api/v1/users")).await,
        415,
        "unsupported-media",
    );
    check(
        &Answer::of(raw("application/json", vec![b' '; 300_000])).await,
        413,
        "too-large",
    );
    check(
        &admin.put_csv("/api/v1/users/x/roles", "a,b").await,
        415,
        "unsupported-media",
    );
    check(&admin.post("/api/v1/users", json!({})).await, 422, "invalid");
}

#[tokio::test]
async fn a_method_that_is_not_taken_is_told_which_are() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    assert_eq!(admin.get("/api/v1/sessions").await.header("allow"), "POST");
    assert_eq!(
        admin.delete("/api/v1/users").await.header("allow"),
        "GET, POST, HEAD"
    );
}

#[tokio::test]
async fn each_fault_of_the_input_has_its_pointer() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let user = |change: &str, value: serde_json::Value| {
        let mut user = json!({
            "email": "new@test.gov", "name": "New", "password": "long enough by far", "roles": ["designer"],
        });
        user[change] = value;
        user
    };
    for (field, value, pointer, word) in [
        ("email", json!("nobody"), "/email", "name@agency.gov"),
        ("email", json!(7), "/email", "string"),
        ("name", json!(""), "/name", "1 to 200"),
        ("password", json!("short"), "/password", "12"),
        ("roles", json!([]), "/roles", "at least one"),
        ("roles", json!(["designer", "king"]), "/roles/1", "king"),
        ("roles", json!(["viewer:NONE"]), "/roles", "NONE"),
        ("roles", json!(["designer", 1]), "/roles/1", "string"),
        ("extra", json!(1), "/extra", "unknown field"),
    ] {
        let answer = admin.post("/api/v1/users", user(field, value.clone())).await;
        check(&answer, 422, "invalid");
        let fault = &answer.json()["errors"][0];
        assert_eq!(fault["pointer"], pointer, "{field}={value}: {answer}");
        assert!(
            fault["detail"].as_str().unwrap().contains(word),
            "{field}={value}: {answer}"
        );
    }
    assert_eq!(
        admin.get("/api/v1/users").await.json()["users"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        admin
            .post("/api/v1/users", user("name", json!("New")))
            .await
            .status,
        201
    );
    check(
        &admin.post("/api/v1/users", user("name", json!("New"))).await,
        409,
        "conflict",
    );
}

#[tokio::test]
async fn nobody_hears_about_the_body_before_they_may_send_one() {
    let app = TestApp::sqlite().await;
    let broken = |person: &crate::support::Person| {
        person
            .api(Method::POST, "/api/v1/users")
            .header("Content-Type", "text/plain")
            .body("{")
    };
    check(
        &Answer::of(broken(&app.anonymous())).await,
        401,
        "sign-in-required",
    );
    check(
        &Answer::of(broken(&app.leadership().await)).await,
        403,
        "forbidden",
    );
}

/// Sabotage: the table of users is gone, so the handler fails. The client gets an id, and nothing of the cause.
#[tokio::test]
async fn a_failure_on_our_side_is_a_constant_text_with_an_id() {
    use diesel::connection::SimpleConnection;
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    app.write(|conn| {
        conn.batch_execute("ALTER TABLE users RENAME COLUMN created_at TO gone")
            .expect("sabotage");
        Ok(())
    })
    .await;
    let answer = admin.get("/api/v1/users").await;
    check(&answer, 500, "internal");
    assert!(
        answer.json()["instance"]
            .as_str()
            .unwrap()
            .starts_with("urn:rapport:error:"),
        "{answer}"
    );
    for leaked in ["created_at", "column", "SELECT", "sqlite", "users"] {
        assert!(!answer.text.contains(leaked), "{leaked}: {answer}");
    }
    let page = admin.page("/").await;
    assert_eq!(page.status, 500);
    assert!(
        page.text.contains("urn:rapport:error:") && !page.text.contains("created_at"),
        "{page}"
    );
}

#[tokio::test]
async fn pages_refuse_with_a_page_of_the_same_status() {
    let app = TestApp::sqlite().await;
    let nobody = app.anonymous();
    for (request, status) in [
        (nobody.browse(Method::GET, "/no/such/page"), 404),
        (nobody.browse(Method::GET, "/static/none.css"), 404),
        (nobody.browse(Method::GET, "/static/..%2fCargo.toml"), 404),
        (nobody.browse(Method::PUT, "/sign-in"), 405),
        (nobody.browse(Method::POST, "/sign-in").body("x"), 415),
        (
            nobody
                .browse(Method::POST, "/sign-in")
                .form(&[("email", "x".repeat(300_000))]),
            413,
        ),
    ] {
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{answer}");
        assert_eq!(
            answer.header("content-type"),
            "text/html; charset=utf-8",
            "{answer}"
        );
        assert!(
            answer.text.contains("<html lang=\"en\">") && answer.text.contains("<h1>"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn head_is_answered_wherever_get_is() {
    let app = TestApp::sqlite().await;
    for (path, status) in [
        ("/", 200),
        ("/healthz", 200),
        ("/nothing", 404),
        ("/api/v1/users", 401),
    ] {
        let answer = Answer::of(app.anonymous().request(Method::HEAD, path)).await;
        assert_eq!((answer.status, answer.text.as_str()), (status, ""), "{path}");
    }
}
