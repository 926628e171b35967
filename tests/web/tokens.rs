//! Forged, expired and revoked access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use rapport::clock;
use rapport::identity::tokens::{Claims, Keys};
use rapport::identity::{Actor, users};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

async fn status_with(person: &Person, token: &str) -> u16 {
    let request = person.request(Method::GET, "/api/v1/users").bearer_auth(token);
    let answer = Answer::of(request).await;
    if answer.status == 401 {
        assert_eq!(answer.code(), "sign-in-required");
        assert!(answer.header("www-authenticate").starts_with("Bearer "));
    }
    answer.status
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_forged_token_opens_nothing() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let good = admin.token.clone().unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("three parts")
    };
    let mut later = decode(claims);
    later["exp"] = json!(4_000_000_000_i64);
    let mut other_signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    other_signature[0] ^= 1;
    let none = |alg: &str| encode(&json!({ "alg": alg, "typ": "JWT" }));
    let forged = [
        format!("{}.{claims}.", none("none")),
        format!("{}.{claims}.{signature}", none("none")),
        format!("{}.{claims}.{signature}", none("HS512")),
        format!("{}.{claims}.{signature}", none("RS256")),
        format!("{header}.{}.{signature}", encode(&later)),
        format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(&other_signature)),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        "x".to_owned(),
        "..".to_owned(),
        Keys::new(b"another installation's secret...")
            .issue("u", "s", clock::now())
            .unwrap(),
    ];
    for token in &forged {
        assert_eq!(status_with(&admin, token).await, 401, "{token}");
    }
    assert_eq!(
        status_with(&admin, &good).await,
        200,
        "the genuine token must pass, or this proves nothing"
    );
}

#[tokio::test]
async fn a_token_of_our_key_for_a_session_that_is_none_opens_nothing() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let claims: Claims = app
        .app
        .keys
        .read(&admin.token.clone().unwrap(), clock::now())
        .unwrap();
    for session in ["", "made-up", claims.sub.as_str()] {
        let token = app.app.keys.issue(&claims.sub, session, clock::now()).unwrap();
        assert_eq!(status_with(&admin, &token).await, 401, "{session}");
    }
}

#[tokio::test]
async fn an_expired_token_opens_nothing() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let now = clock::now();
    let claims = app.app.keys.read(&admin.token.clone().unwrap(), now).unwrap();
    for (minutes_ago, status) in [(16, 401), (14, 200)] {
        let issued = now - SignedDuration::from_mins(minutes_ago);
        let token = app.app.keys.issue(&claims.sub, &claims.sid, issued).unwrap();
        assert_eq!(
            status_with(&admin, &token).await,
            status,
            "{minutes_ago} minutes old"
        );
    }
}

async fn signing_out_ends_the_tokens_at_once(app: TestApp) {
    let admin = app.admin().await;
    let (token, refresh) = (admin.token.clone().unwrap(), admin.refresh_token.clone().unwrap());
    assert_eq!(admin.delete("/api/v1/sessions/current").await.status, 204);
    assert_eq!(status_with(&admin, &token).await, 401);
    let again = admin
        .post("/api/v1/sessions/refresh", json!({ "refresh_token": refresh }))
        .await;
    assert_eq!((again.status, again.code().as_str()), (401, "session-ended"));
}
on_both_engines!(signing_out_ends_the_tokens_at_once);

async fn a_disabled_user_is_out_at_once_and_cannot_come_back(app: TestApp) {
    let designer = app.designer().await;
    let id = app.add_user("designer@test.gov", &["designer"]).await;
    assert_eq!(designer.get("/api/v1/users").await.status, 403);
    app.write(move |conn| users::disable(conn, &Actor::operator(), &id, true, clock::now()))
        .await;
    assert_eq!(designer.get("/api/v1/users").await.status, 401);
    assert!(!designer.page("/").await.text.contains("Sign out"));
    let mut again = app.anonymous();
    let refused = again.sign_in("designer@test.gov", crate::support::PASSWORD).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "wrong-password"));
}
on_both_engines!(a_disabled_user_is_out_at_once_and_cannot_come_back);

#[tokio::test]
async fn a_refresh_token_gives_the_next_pair_and_its_reuse_within_a_minute_the_same() {
    let app = TestApp::sqlite().await;
    let admin = app.admin().await;
    let first = admin.refresh_token.clone().unwrap();
    let refresh = |token: String| {
        let admin = admin.clone();
        async move {
            admin
                .post("/api/v1/sessions/refresh", json!({ "refresh_token": token }))
                .await
        }
    };
    let (one, two) = (refresh(first.clone()).await, refresh(first.clone()).await);
    assert_eq!((one.status, two.status), (200, 200));
    let second = one.json()["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(
        two.json()["refresh_token"],
        second.as_str(),
        "a lost answer is given again"
    );
    assert_ne!(second, first);
    assert_eq!(one.json()["expires_in"], 900);
    assert_eq!(
        status_with(&admin, one.json()["access_token"].as_str().unwrap()).await,
        200
    );
    assert_eq!(refresh(second).await.status, 200);
    assert_eq!(
        refresh(first).await.status,
        401,
        "a token two generations old was copied"
    );
    assert_eq!(
        status_with(&admin, one.json()["access_token"].as_str().unwrap()).await,
        401
    );
}
