//! What the mail server says, and what becomes of the mail.

use std::collections::HashMap;

use jiff::SignedDuration;
use rapport::post::Stop;
use rapport::post::mailing::Kind;
use serde_json::{Value, json};

use super::server::{MailServer, Temper};
use super::world::{Turned, open_round, order, relay};
use crate::support::{Person, TestApp};

async fn mails(who: &Person) -> Value {
    let listed = who.get("/api/v1/rounds/r/mailings").await.json();
    listed["mailings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == "leaders.0")
        .unwrap()["mails"]
        .clone()
}

fn says(address: &str, answers: &[&'static str]) -> HashMap<String, Vec<&'static str>> {
    HashMap::from([(address.to_owned(), answers.to_vec())])
}

async fn what_is_refused_for_now_is_sent_later_and_nobody_else_waits_for_it(app: TestApp) {
    let who = open_round(&app, 1).await;
    let server = MailServer::with(Temper {
        rcpt: says("ana@x.gov", &["450 busy", "451 greylisted"]),
        ..Temper::default()
    });
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    post.pass().await;
    assert_eq!(mails(&who).await, json!({ "sent": 1, "waiting": 1 }));
    post.pass().await;
    assert_eq!(
        mails(&who).await,
        json!({ "sent": 1, "waiting": 1 }),
        "not at once"
    );
    post.later(SignedDuration::from_secs(95));
    post.pass().await;
    assert_eq!(server.to("ana@x.gov").len(), 0, "refused again");
    post.later(SignedDuration::from_secs(55));
    post.pass().await;
    assert_eq!(
        server.to("ana@x.gov").len(),
        0,
        "the second wait is longer than the first"
    );
    post.later(SignedDuration::from_secs(130));
    post.pass().await;
    assert_eq!(server.to("ana@x.gov").len(), 1);
    assert_eq!(mails(&who).await, json!({ "sent": 2 }));
}

async fn an_address_that_is_unknown_bounces_and_is_not_reminded(app: TestApp) {
    let who = open_round(&app, 1).await;
    let server = MailServer::with(Temper {
        rcpt: says("Bo@X.gov", &["550 no such user"]),
        ..Temper::default()
    });
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    post.pass().await;
    assert_eq!(mails(&who).await, json!({ "bounced": 1, "sent": 1 }));
    order(&app, "leaders", Kind::Reminder).await.unwrap();
    post.pass().await;
    assert_eq!(
        (server.to("Bo@X.gov").len(), server.to("ana@x.gov").len()),
        (0, 2)
    );
}

async fn a_bounce_that_comes_back_later_is_told_by_hand(app: TestApp) {
    let who = open_round(&app, 1).await;
    let server = MailServer::start();
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    post.pass().await;
    let noted = who
        .post("/api/v1/mail/bounces", json!({ "address": "BO@x.gov" }))
        .await;
    assert_eq!(noted.status, 204, "{noted}");
    assert_eq!(
        who.post("/api/v1/mail/bounces", json!({ "address": "bo" }))
            .await
            .status,
        422
    );
    order(&app, "leaders", Kind::Reminder).await.unwrap();
    post.pass().await;
    assert_eq!(
        (server.to("Bo@X.gov").len(), server.to("ana@x.gov").len()),
        (1, 2)
    );
}

async fn a_mail_that_is_not_wanted_is_refused_for_good(app: TestApp) {
    let who = open_round(&app, 1).await;
    let server = MailServer::with(Temper {
        data: says("ana@x.gov", &["554 looks like spam"]),
        ..Temper::default()
    });
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    post.pass().await;
    assert_eq!(mails(&who).await, json!({ "refused": 1, "sent": 1 }));
    post.later(SignedDuration::from_hours(24));
    post.pass().await;
    assert_eq!(server.to("ana@x.gov").len(), 0);
}

async fn a_server_that_does_not_take_us_harms_nobody(app: TestApp) {
    let who = open_round(&app, 1).await;
    let server = MailServer::with(Temper {
        mail: vec!["550 who are you?"; 2],
        ..Temper::default()
    });
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    post.pass().await;
    assert_eq!(
        mails(&who).await,
        json!({ "waiting": 2 }),
        "it is about us, so nobody bounced"
    );
    post.later(SignedDuration::from_secs(95));
    post.pass().await;
    assert_eq!(mails(&who).await, json!({ "sent": 2 }));
}

async fn a_server_that_is_away_is_tried_again(app: TestApp) {
    let who = open_round(&app, 1).await;
    let away = MailServer::away();
    let post = Turned::new(&app, Some(relay(&away, 2, 2)));
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    let told = post.post.pass(&Stop::default()).await.unwrap_err().to_string();
    assert!(told.contains("mail server cannot be used"), "{told}");
    assert_eq!(mails(&who).await, json!({ "waiting": 2 }));
}

/// The one window that no client can close: the server took the mail, and its answer was lost. The mail is sent
/// again, and is the same mail.
async fn a_lost_answer_leads_to_a_second_copy_that_is_the_same_mail(app: TestApp) {
    open_round(&app, 1).await;
    let server = MailServer::with(Temper {
        cut_before_250: vec!["ana@x.gov".to_owned()],
        ..Temper::default()
    });
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    post.pass().await;
    assert_eq!(
        (server.to("ana@x.gov").len(), server.to("Bo@X.gov").len()),
        (1, 1)
    );
    post.later(SignedDuration::from_secs(95));
    post.pass().await;
    let copies = server.to("ana@x.gov");
    assert_eq!(copies.len(), 2);
    assert_eq!(copies[0], copies[1], "byte for byte");
    post.later(SignedDuration::from_hours(24));
    post.pass().await;
    assert_eq!(server.to("ana@x.gov").len(), 2);
    assert!(server.connections() >= 3);
}

on_both_engines!(
    what_is_refused_for_now_is_sent_later_and_nobody_else_waits_for_it,
    an_address_that_is_unknown_bounces_and_is_not_reminded,
    a_bounce_that_comes_back_later_is_told_by_hand,
    a_mail_that_is_not_wanted_is_refused_for_good,
    a_server_that_does_not_take_us_harms_nobody,
    a_server_that_is_away_is_tried_again,
    a_lost_answer_leads_to_a_second_copy_that_is_the_same_mail,
);
