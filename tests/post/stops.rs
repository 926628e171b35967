//! "No more reminders", and the page of a round's mail.

use rapport::post::mailing::Kind;

use super::server::MailServer;
use super::world::{Turned, open_round, order, relay};
use crate::support::TestApp;

async fn looking_at_the_page_stops_nothing_and_its_button_does(app: TestApp) {
    open_round(&app, 2).await;
    let server = MailServer::start();
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "staff", Kind::Invitation).await.unwrap();
    post.pass().await;
    let path = |person: &str| server.to(person)[0].link("/u/")[app.url("").len()..].to_owned();
    let nobody = app.anonymous();
    let page = nobody.page(&path("p0@x.gov")).await;
    assert_eq!(
        (page.status, page.header("referrer-policy")),
        (200, "no-referrer"),
        "{page}"
    );
    assert!(page.header("set-cookie").is_empty());
    let clicked = nobody.submit(&path("p1@x.gov"), &[]).await;
    assert_eq!(clicked.status, 200, "{clicked}");
    assert!(clicked.text.contains("No reminder will be sent"), "{clicked}");
    assert_eq!(
        nobody.submit(&path("p1@x.gov"), &[]).await.status,
        200,
        "twice is once"
    );
    order(&app, "staff", Kind::Reminder).await.unwrap();
    post.pass().await;
    assert_eq!((server.to("p0@x.gov").len(), server.to("p1@x.gov").len()), (2, 1));
    for nonsense in ["/u/x", "/u/%00", "/u/0123456789abcdef0123456789abcdef"] {
        assert_eq!(nobody.page(nonsense).await.status, 404, "{nonsense}");
        assert_eq!(nobody.submit(nonsense, &[]).await.status, 404, "{nonsense}");
    }
}

async fn without_a_mail_server_nothing_is_lost_and_the_page_says_so(app: TestApp) {
    let who = open_round(&app, 2).await;
    let page = who.page("/rounds/r/mail").await;
    assert!(
        page.status == 200 && page.text.contains("No mail server is configured"),
        "{page}"
    );
    let typed = [
        ("audience", "leaders"),
        ("kind", "reminder"),
        ("send_at", "2030-01-01T06:00"),
    ];
    let refused = who.submit("/rounds/r/mail", &typed).await;
    assert_eq!(refused.status, 409, "{refused}");
    assert!(
        refused.text.contains("2030-01-01T06:00"),
        "what was typed stays: {refused}"
    );
    let asked = serde_json::json!({ "audience": "staff", "kind": "invitation" });
    let refused = who.post("/api/v1/rounds/r/mailings", asked).await;
    assert_eq!(
        (refused.status, refused.code()),
        (409, "conflict".to_owned()),
        "{refused}"
    );
    let test = who
        .post("/api/v1/mail/test", serde_json::json!({ "address": "a@b.gov" }))
        .await;
    assert_eq!(test.status, 409, "{test}");
}

async fn a_form_that_is_wrong_keeps_what_was_typed(app: TestApp) {
    let who = open_round(&app, 2).await;
    let hostile = "\"><script>alert(1)</script>";
    let typed = [("audience", hostile), ("kind", hostile), ("send_at", hostile)];
    let page = who.submit("/rounds/r/mail", &typed).await;
    assert_eq!(page.status, 422, "{page}");
    assert!(!page.text.contains("<script>"), "{page}");
    assert!(page.text.contains("&lt;script&gt;"), "{page}");
    for field in ["audience-error", "kind-error", "send_at-error"] {
        assert!(page.text.contains(field), "{field} is not in {page}");
    }
    let page = who
        .submit("/rounds/r/mail-bounces", &[("address", "no address")])
        .await;
    assert_eq!(page.status, 422, "{page}");
    assert!(page.text.contains("value=\"no address\""), "{page}");
    assert_eq!(who.submit("/rounds/none/mail", &typed).await.status, 404);
    assert_eq!(who.page("/rounds/none/mail").await.status, 404);
}

on_both_engines!(
    looking_at_the_page_stops_nothing_and_its_button_does,
    without_a_mail_server_nothing_is_lost_and_the_page_says_so,
    a_form_that_is_wrong_keeps_what_was_typed,
);
