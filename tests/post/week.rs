//! The weekly mail to relationship managers.

use jiff::SignedDuration;
use rapport::post::mailing::Kind;
use serde_json::json;

use super::server::MailServer;
use super::world::{Turned, answer, open_round, order, relay};
use crate::support::TestApp;

async fn a_relationship_manager_gets_one_short_mail_a_week_and_no_answer_in_it(app: TestApp) {
    let who = open_round(&app, 1).await;
    app.manager("DOT").await;
    app.manager("DOC").await;
    let server = MailServer::start();
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    post.pass().await;
    let link = server.to("ana@x.gov")[0].link("/i/");
    assert_eq!(answer(&app, &link, 1).await, 201);
    assert_eq!(who.post("/api/v1/rounds/r/close", json!({})).await.status, 200);
    // The next Monday at noon, whatever today is; then the whole week.
    let now = rapport::clock::now();
    let days = 8 - i64::from(
        now.to_zoned(jiff::tz::TimeZone::UTC)
            .weekday()
            .to_monday_one_offset(),
    );
    let to_noon = now.as_second().rem_euclid(86_400);
    post.later(SignedDuration::from_secs(days * 86_400 + 43_200 - to_noon));
    for _ in 0..6 {
        post.pass().await;
        post.later(SignedDuration::from_hours(24));
    }
    // It is Sunday now.
    let mails = server.to("manager-dot@test.gov");
    assert_eq!(mails.len(), 1, "from Monday to Saturday: one");
    let text = mails[0].text();
    assert!(
        text.contains("Open follow-ups: 1") && text.contains("/follow-ups"),
        "{text}"
    );
    assert!(!text.contains("Ana") && !text.contains("ana@x.gov"), "{text}");
    assert!(
        server.to("manager-doc@test.gov").is_empty(),
        "nobody is told that nothing waits"
    );
    post.later(SignedDuration::from_hours(24));
    post.pass().await;
    assert_eq!(
        server.to("manager-dot@test.gov").len(),
        2,
        "and on the next Monday another"
    );
}

on_both_engines!(a_relationship_manager_gets_one_short_mail_a_week_and_no_answer_in_it);
