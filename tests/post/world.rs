//! A round with people who have addresses, and a post whose clock can be turned.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use rapport::clock;
use rapport::config::{Config, Given, Network};
use rapport::post::smtp::Relay;
use rapport::post::webhook::Courier;
use rapport::post::{Post, PostKeys, Stop};
use serde_json::{Value, json};

use super::server::MailServer;
use crate::support::{Person, TestApp};

/// What stands in the configuration for this server.
pub fn relay(server: &MailServer, connections: usize, seconds: u64) -> Relay {
    let mut given = Given::default();
    given.mail.smtp_url = Some(server.url());
    given.mail.mail_from = Some("Survey <survey@dit.gov>".to_owned());
    given.mail.mail_connections = Some(connections);
    given.mail.mail_timeout = Some(seconds);
    let config = Config::load(&given).expect("a configuration");
    Relay::new(config.mail.as_ref().expect("a mail server")).expect("a relay")
}

/// A post of an application, with a clock that can be turned forward.
pub struct Turned {
    /// It.
    pub post: Post,
    ahead: Arc<AtomicI64>,
}

impl Turned {
    /// A post that hands its mail to that server, and calls receivers on this machine.
    pub fn new(app: &TestApp, relay: Option<Relay>) -> Self {
        let ahead = Arc::new(AtomicI64::new(0));
        let turned = Arc::clone(&ahead);
        let now = move || clock::now() + SignedDuration::from_secs(turned.load(Ordering::Relaxed));
        let post = Post::new(
            app.store.clone(),
            app.app.texts.clone(),
            PostKeys::new(&app.app.keys),
            relay,
            Courier::new(&Network::list("127.0.0.1").unwrap()),
            &app.url(""),
            Arc::new(now),
        );
        Self { post, ahead }
    }

    /// One pass.
    pub async fn pass(&self) {
        self.post.pass(&Stop::default()).await.expect("a pass");
    }

    /// Turns the clock forward.
    pub fn later(&self, by: SignedDuration) {
        self.ahead.fetch_add(by.as_secs(), Ordering::Relaxed);
    }
}

const PULSE: &str = include_str!("../../surveys/quarterly-pulse.v1.json");

/// A designer whose open round `r` has an anonymous audience `staff` and an attributed one, `leaders`.
pub async fn open_round(app: &TestApp, people: usize) -> Person {
    let who = planned_round(app, people).await;
    let opened = who.post("/api/v1/rounds/r/open", json!({})).await;
    assert_eq!(opened.status, 200, "{opened}");
    who
}

/// The same round as a draft.
pub async fn planned_round(app: &TestApp, people: usize) -> Person {
    let who = app.designer().await;
    let agencies = who
        .put_csv(
            "/api/v1/agencies",
            "code,name\nDOT,Transportation\nDOC,Commerce\n",
        )
        .await;
    assert_eq!(agencies.status, 200, "{agencies}");
    let definition: Value = serde_json::from_str(PULSE).unwrap();
    let version = who
        .post("/api/v1/surveys/quarterly-pulse/versions", definition)
        .await;
    assert_eq!(version.status, 201, "{version}");
    let plan = json!({
        "id": "r", "title": "Pulse <2026>", "survey": "quarterly-pulse", "version": 1,
        "audiences": [
            { "name": "staff", "title": "Everybody", "mode": "anonymous" },
            { "name": "leaders", "title": "Directors", "mode": "attributed" },
        ],
        "closes_at": "2999-01-01T00:00:00Z",
        "thresholds": { "least_respondents": 5, "least_change": 5.0 },
    });
    let round = who.post("/api/v1/rounds", plan).await;
    assert_eq!(round.status, 201, "{round}");
    let mut staff = "agency,person,name,email,language\n".to_owned();
    for person in 0..people {
        let language = if person % 3 == 1 { "es" } else { "en" };
        staff.push_str(&format!("DOT,p{person},,p{person}@x.gov,{language}\n"));
    }
    staff.push_str("DOC,nobody,,,en\n");
    let leaders =
        "agency,person,name,email\nDOT,d1,Ana Núñez,ana@x.gov\nDOC,d2,Bo Lee,Bo@X.gov\nDOC,d3,Cy Moe,\n";
    for (audience, roster) in [("staff", staff.as_str()), ("leaders", leaders)] {
        let path = format!("/api/v1/rounds/r/audiences/{audience}/roster");
        let imported = who.put_csv(&path, roster).await;
        assert_eq!(imported.status, 200, "{imported}");
    }
    who
}

/// Orders a step as a use case, for servers that have no mail server of their own.
pub async fn order(app: &TestApp, audience: &str, kind: rapport::post::mailing::Kind) -> Result<(), String> {
    order_at(app, audience, kind, None).await
}

/// The same at a time.
pub async fn order_at(
    app: &TestApp,
    audience: &str,
    kind: rapport::post::mailing::Kind,
    send_at: Option<Timestamp>,
) -> Result<(), String> {
    let order = rapport::post::mailing::Order {
        round: "r".parse().unwrap(),
        audience: audience.parse().unwrap(),
        kind,
        send_at,
    };
    let ordered = app
        .store
        .write(move |conn| {
            rapport::post::mailing::order(conn, &rapport::identity::Actor::operator(), &order, clock::now())
        })
        .await;
    ordered.map(drop).map_err(|error| error.to_string())
}

/// Answers with the link in a mail, over HTTP, as a program does.
pub async fn answer(app: &TestApp, link: &str, point: u8) -> u16 {
    let code = link.rsplit('/').next().unwrap().to_owned();
    let nobody = app.anonymous();
    let answers =
        json!({ "invitation": code, "answers": { "trust-delivers": point, "trust-listens": point } });
    let request = nobody
        .api(reqwest::Method::POST, "/api/v1/rounds/r/responses")
        .header("Idempotency-Key", format!("key-of-{code}"))
        .json(&answers);
    let answer = crate::support::Answer::of(request).await;
    assert!(answer.status < 500, "{answer}");
    answer.status
}
