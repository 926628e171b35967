//! Other systems that are told of events.

use base64::Engine as _;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac as _};
use jiff::SignedDuration;
use rapport::config::Network;
use rapport::identity::Actor;
use rapport::post::webhook::desk;
use serde_json::{Value, json};

use super::server::Receiver;
use super::world::{Turned, answer, open_round};
use crate::support::TestApp;

async fn add(app: &TestApp, post: &Turned, url: &str, events: &[&str]) -> desk::Webhook {
    let keys = post.post.keys().clone();
    let (url, events) = (
        url.to_owned(),
        events.iter().map(|event| (*event).to_owned()).collect::<Vec<_>>(),
    );
    app.store
        .write(move |conn| {
            let allowed = Network::list("127.0.0.1").unwrap();
            let given = (url.as_str(), events.as_slice());
            desk::add(
                conn,
                &keys,
                &allowed,
                &Actor::operator(),
                given,
                rapport::clock::now(),
            )
        })
        .await
        .unwrap()
}

/// Computed here from the words of the specification, not by the code that signs.
fn expected_signature(
    secret: &str,
    headers: &std::collections::HashMap<String, String>,
    body: &str,
) -> String {
    let base64 = base64::engine::general_purpose::STANDARD;
    let key = base64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let signed = format!(
        "{}.{}.{body}",
        headers["webhook-id"], headers["webhook-timestamp"]
    );
    let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(&key).unwrap();
    mac.update(signed.as_bytes());
    format!("v1,{}", base64.encode(mac.finalize().into_bytes()))
}

async fn every_event_is_told_once_signed_and_without_anybody_in_it(app: TestApp) {
    let receiver = Receiver::start(&[]);
    let post = Turned::new(&app, None);
    let hook = add(
        &app,
        &post,
        &receiver.url(),
        &[
            "round.opened",
            "round.closed",
            "round.published",
            "follow_up.created",
        ],
    )
    .await;
    let who = open_round(&app, 12).await;
    let links = who
        .post("/api/v1/rounds/r/audiences/leaders/invitations", json!({}))
        .await;
    let link = links.json()["links"][0]["link"].as_str().unwrap().to_owned();
    assert_eq!(answer(&app, &link, 1).await, 201);
    for step in ["close", "seal", "publish"] {
        let taken = who.post(&format!("/api/v1/rounds/r/{step}"), json!({})).await;
        assert!(taken.status < 300, "{step}: {taken}");
        post.pass().await;
        post.pass().await;
    }
    let came = receiver.came();
    let mut types: Vec<String> = came
        .iter()
        .map(|one| {
            serde_json::from_str::<Value>(&one.body).unwrap()["type"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    types.sort();
    assert_eq!(
        types,
        [
            "follow_up.created",
            "round.closed",
            "round.opened",
            "round.published"
        ]
    );
    for one in &came {
        let body: Value = serde_json::from_str(&one.body).unwrap();
        assert_eq!(one.headers["content-type"], "application/json");
        assert_eq!(
            one.headers["webhook-signature"],
            expected_signature(&hook.secret, &one.headers, &one.body)
        );
        assert!(
            body["timestamp"]
                .as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
                .is_ok()
        );
        let data = body["data"].as_object().unwrap();
        assert_eq!(data.len(), 1, "{body}");
        for personal in ["Ana", "ana@", "d1", "DOT", "leaders"] {
            assert!(!one.body.contains(personal), "{personal} is in {}", one.body);
        }
    }
    let ids: std::collections::BTreeSet<_> =
        came.iter().map(|one| one.headers["webhook-id"].clone()).collect();
    assert_eq!(ids.len(), 4);
}

async fn a_receiver_that_fails_is_told_again_with_the_same_id(app: TestApp) {
    let receiver = Receiver::start(&["500 Sorry", "302 Found"]);
    let post = Turned::new(&app, None);
    let hook = add(&app, &post, &receiver.url(), &["round.opened"]).await;
    open_round(&app, 1).await;
    post.pass().await;
    post.pass().await;
    assert_eq!(receiver.came().len(), 1, "not again at once");
    for _ in 0..3 {
        post.later(SignedDuration::from_mins(5));
        post.pass().await;
    }
    let came = receiver.came();
    assert_eq!(
        came.len(),
        3,
        "500, then a redirect that is not followed, then taken"
    );
    let ids: std::collections::BTreeSet<_> = came.iter().map(|one| &one.headers["webhook-id"]).collect();
    assert_eq!(ids.len(), 1);
    assert_ne!(
        came[0].headers["webhook-signature"], came[2].headers["webhook-signature"],
        "the time is signed"
    );
    let admin = app.admin().await;
    let listed = admin.get("/api/v1/webhooks").await.json();
    assert_eq!(
        listed["webhooks"][0]["deliveries"][0]["state"], "delivered",
        "{listed}"
    );
    assert_eq!(
        admin
            .delete(&format!("/api/v1/webhooks/{}", hook.id))
            .await
            .status,
        204
    );
    assert_eq!(
        admin
            .delete(&format!("/api/v1/webhooks/{}", hook.id))
            .await
            .status,
        404
    );
}

async fn nothing_inside_the_network_can_be_called_unless_the_operator_named_it(app: TestApp) {
    let admin = app.admin().await;
    for (url, events) in [
        ("http://127.0.0.1:9/", vec!["round.opened"]),
        ("https://127.0.0.1/", vec!["round.opened"]),
        ("https://[::1]/", vec!["round.opened"]),
        ("https://[::ffff:10.0.0.1]/", vec!["round.opened"]),
        ("https://169.254.169.254/latest", vec!["round.opened"]),
        ("http://example.gov/", vec!["round.opened"]),
        ("ftp://example.gov/", vec!["round.opened"]),
        ("https://me:pw@example.gov/", vec!["round.opened"]),
        ("javascript:alert(1)", vec!["round.opened"]),
        ("", vec!["round.opened"]),
        ("https://example.gov/", vec![]),
        ("https://example.gov/", vec!["round.sealed"]),
    ] {
        let refused = admin
            .post("/api/v1/webhooks", json!({ "url": url, "events": events }))
            .await;
        assert_eq!(refused.status, 422, "{url}: {refused}");
        let page = admin.submit("/webhooks", &[("url", url)]).await;
        assert_eq!(page.status, 422, "{url}: {page}");
    }
    // A name may lead inside: what counts is the address that would be connected to.
    let receiver = Receiver::start(&[]);
    let post = Turned::new(&app, None);
    let name = format!("https://localhost:{}/", receiver.address.port());
    let added = admin
        .post(
            "/api/v1/webhooks",
            json!({ "url": name, "events": ["round.opened"] }),
        )
        .await;
    assert_eq!(added.status, 201, "{added}");
    open_round(&app, 1).await;
    app.app.post.pass(&rapport::post::Stop::default()).await.unwrap();
    assert!(receiver.came().is_empty());
    let listed = admin.get("/api/v1/webhooks").await.json();
    let told = listed["webhooks"][0]["deliveries"][0]["told"].as_str().unwrap();
    assert!(told.contains("no address that may be called"), "{told}");
    drop(post);
}

async fn the_page_adds_and_removes_webhooks(app: TestApp) {
    let admin = app.admin().await;
    let typed = [
        ("url", "https://chat.example.gov/hook"),
        ("events", "round.opened"),
        ("events", "round.closed"),
    ];
    assert_eq!(admin.submit("/webhooks", &typed).await.status, 303);
    let page = admin.page("/webhooks").await;
    assert!(
        page.text.contains("https://chat.example.gov/hook") && page.text.contains("whsec_"),
        "{page}"
    );
    let id = admin.get("/api/v1/webhooks").await.json()["webhooks"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        admin.submit(&format!("/webhooks/{id}/remove"), &[]).await.status,
        303
    );
    assert!(!admin.page("/webhooks").await.text.contains("whsec_"));
    let wrong = admin
        .submit("/webhooks", &[("url", "http://<x>"), ("events", "round.opened")])
        .await;
    assert!(
        wrong.status == 422 && wrong.text.contains("http://&lt;x&gt;"),
        "{wrong}"
    );
}

on_both_engines!(
    every_event_is_told_once_signed_and_without_anybody_in_it,
    a_receiver_that_fails_is_told_again_with_the_same_id,
    nothing_inside_the_network_can_be_called_unless_the_operator_named_it,
    the_page_adds_and_removes_webhooks,
);
