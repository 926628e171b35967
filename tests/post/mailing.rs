//! Invitations and reminders: who gets what, with which link, and what is told of it.

use rapport::post::Stop;
use rapport::post::mailing::Kind;
use serde_json::json;

use super::server::MailServer;
use super::world::{Turned, answer, open_round, order, order_at, planned_round, relay};
use crate::support::TestApp;

async fn everybody_with_an_address_is_invited_once_in_their_language_with_a_link_that_opens(app: TestApp) {
    open_round(&app, 30).await;
    let server = MailServer::start();
    let post = Turned::new(&app, Some(relay(&server, 4, 10)));
    order(&app, "staff", Kind::Invitation).await.unwrap();
    post.pass().await;
    post.pass().await;

    let taken = server.taken();
    let mut to: Vec<_> = taken.iter().map(|mail| mail.to.clone()).collect();
    to.sort();
    to.dedup();
    assert_eq!((taken.len(), to.len()), (30, 30), "one mail a person");
    let mut links = std::collections::BTreeSet::new();
    for mail in &taken {
        let link = mail.link("/i/");
        assert!(mail.html().contains(&link), "{}", mail.html());
        assert!(link.starts_with(&app.url("/i/")), "{link}");
        let page = app.anonymous().page(&link[app.url("").len()..]).await;
        assert_eq!(page.status, 200, "{page}");
        links.insert(link);
    }
    assert_eq!(links.len(), 30);
    let english = &server.to("p0@x.gov")[0];
    assert!(english.text().contains("Transportation"), "{}", english.text());
    assert!(
        english.html().contains("Pulse &lt;2026&gt;"),
        "{}",
        english.html()
    );
    let spanish = &server.to("p1@x.gov")[0];
    assert!(spanish.text().contains("Responder ahora"), "{}", spanish.text());
    assert_eq!(english.header("From"), "Survey <survey@dit.gov>");
    assert!(english.header("Message-ID").ends_with("@dit.gov>"));
}

async fn a_reminder_reaches_only_those_who_have_not_answered_and_carries_the_same_link(app: TestApp) {
    open_round(&app, 6).await;
    let server = MailServer::start();
    let post = Turned::new(&app, Some(relay(&server, 2, 10)));
    order(&app, "staff", Kind::Invitation).await.unwrap();
    post.pass().await;
    let link = |person: usize| server.to(&format!("p{person}@x.gov"))[0].link("/i/");
    assert_eq!(answer(&app, &link(0), 4).await, 201);
    assert_eq!(answer(&app, &link(1), 4).await, 201);
    // One click of a mail program: a form without any cookie, from nowhere.
    let stop = server.to("p2@x.gov")[0].header("List-Unsubscribe");
    let stop = stop.trim_matches(['<', '>']).to_owned();
    assert_eq!(
        server.to("p2@x.gov")[0].header("List-Unsubscribe-Post"),
        "List-Unsubscribe=One-Click"
    );
    let clicked = app
        .anonymous()
        .request(reqwest::Method::POST, &stop[app.url("").len()..])
        .header("Origin", "null")
        .form(&[("List-Unsubscribe", "One-Click")]);
    assert_eq!(crate::support::Answer::of(clicked).await.status, 200);

    order(&app, "staff", Kind::Reminder).await.unwrap();
    post.pass().await;
    for (person, mails) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 2)] {
        let got = server.to(&format!("p{person}@x.gov"));
        assert_eq!(got.len(), mails, "p{person}");
        let links: std::collections::BTreeSet<_> = got.iter().map(|mail| mail.link("/i/")).collect();
        assert_eq!(
            links.len(),
            1,
            "a reminder must not break the link in somebody's hands"
        );
    }
    assert_eq!(answer(&app, &link(3), 4).await, 201);
    assert_ne!(
        server.to("p3@x.gov")[0].header("Message-ID"),
        server.to("p3@x.gov")[1].header("Message-ID")
    );
    assert!(
        server.to("p4@x.gov")[1]
            .header("Subject")
            .contains("Recordatorio")
    );
}

async fn of_anonymous_audiences_no_name_and_no_count_of_those_reminded_is_told(app: TestApp) {
    let who = open_round(&app, 20).await;
    let server = MailServer::start();
    let post = Turned::new(&app, Some(relay(&server, 2, 10)));
    order(&app, "staff", Kind::Invitation).await.unwrap();
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    post.pass().await;
    for person in 0..8 {
        let link = server.to(&format!("p{person}@x.gov"))[0].link("/i/");
        assert_eq!(answer(&app, &link, 4).await, 201);
    }
    order(&app, "staff", Kind::Reminder).await.unwrap();
    order(&app, "leaders", Kind::Reminder).await.unwrap();
    post.pass().await;
    assert_eq!(server.taken().len(), 20 + 2 + 12 + 2);

    let listed = who.get("/api/v1/rounds/r/mailings").await;
    let of = |id: &str| {
        let mailings = listed.json()["mailings"].as_array().unwrap().clone();
        mailings
            .into_iter()
            .find(|one| one["id"] == id)
            .unwrap_or_else(|| panic!("no {id} in {listed}"))
    };
    assert_eq!(
        (&of("staff.0")["people"], &of("staff.0")["mails"]),
        (&json!(20), &json!({}))
    );
    // 8 answered, the progress shows 5: so at the most 15 are reminded, and nothing says that it was 12.
    assert_eq!(
        (&of("staff.1")["people"], &of("staff.1")["mails"]),
        (&json!(15), &json!({}))
    );
    assert_eq!(
        (&of("leaders.1")["people"], &of("leaders.1")["mails"]),
        (&json!(2), &json!({ "sent": 2 }))
    );
    let page = who.page("/rounds/r/mail").await;
    assert_eq!(page.status, 200, "{page}");
    let log = app
        .read(|conn| rapport::identity::audit::list(conn, None, 100))
        .await;
    let log = format!("{log:?}");
    for told in [&listed.text, &page.text, &log] {
        assert!(
            !told.contains("@x.gov") && !told.contains("\"p3\"") && !told.contains(">p3<"),
            "{told}"
        );
    }
}

async fn an_audience_is_invited_once_and_one_mailing_follows_another(app: TestApp) {
    let who = open_round(&app, 2).await;
    let server = MailServer::start();
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "staff", Kind::Invitation).await.unwrap();
    assert!(
        order(&app, "staff", Kind::Invitation)
            .await
            .unwrap_err()
            .contains("order a reminder")
    );
    assert!(
        order(&app, "staff", Kind::Reminder)
            .await
            .unwrap_err()
            .contains("still being sent")
    );
    post.pass().await;
    let at = Some("2998-01-01T00:00:00Z".parse().unwrap());
    order_at(&app, "staff", Kind::Reminder, at).await.unwrap();
    post.pass().await;
    assert_eq!(server.taken().len(), 2, "its time has not come");
    let late = order_at(
        &app,
        "leaders",
        Kind::Invitation,
        Some("2999-06-01T00:00:00Z".parse().unwrap()),
    )
    .await;
    assert!(late.unwrap_err().contains("after the round closes"));
    assert_eq!(who.delete("/api/v1/rounds/r/mailings/staff.1").await.status, 204);
    assert_eq!(who.delete("/api/v1/rounds/r/mailings/staff.1").await.status, 409);
    assert_eq!(who.delete("/api/v1/rounds/r/mailings/staff.7").await.status, 404);
    assert!(
        order(&app, "nobody", Kind::Invitation)
            .await
            .unwrap_err()
            .contains("no audience")
    );
}

async fn when_the_round_is_over_nothing_is_sent_and_the_links_cannot_be_made_again(app: TestApp) {
    let who = open_round(&app, 4).await;
    let server = MailServer::start();
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "staff", Kind::Invitation).await.unwrap();
    order(&app, "leaders", Kind::Invitation).await.unwrap();
    post.pass().await;
    assert_eq!(count(&app, "mails").await, 6);
    assert_eq!(count(&app, "mailed_links WHERE seed IS NOT NULL").await, 6);
    order(&app, "leaders", Kind::Reminder).await.unwrap();
    assert_eq!(who.post("/api/v1/rounds/r/close", json!({})).await.status, 200);
    post.pass().await;
    assert_eq!(server.taken().len(), 6, "nobody is reminded of what is over");
    assert_eq!(count(&app, "mailed_links WHERE seed IS NOT NULL").await, 0);
    assert_eq!(count(&app, "mails WHERE seed IS NOT NULL").await, 0);
    assert_eq!(
        count(&app, "mails WHERE mailing LIKE 'r/staff/%'").await,
        0,
        "who was invited when is forgotten"
    );
    // "No more reminders" keeps working.
    let stop = server.to("p0@x.gov")[0].link("/u/");
    let page = app.anonymous().page(&stop[app.url("").len()..]).await;
    assert_eq!(page.status, 200, "{page}");
}

async fn two_instances_share_the_mails_and_send_each_once(app: TestApp) {
    open_round(&app, 120).await;
    let server = MailServer::start();
    let one = Turned::new(&app, Some(relay(&server, 3, 10)));
    let store = rapport::store::Store::open(&app.database_url().parse().unwrap()).unwrap();
    let other = rapport::post::Post::new(
        store,
        app.app.texts.clone(),
        rapport::post::PostKeys::new(&app.app.keys),
        Some(relay(&server, 3, 10)),
        rapport::post::webhook::Courier::new(&[]),
        &app.url(""),
        std::sync::Arc::new(rapport::clock::now),
    );
    order(&app, "staff", Kind::Invitation).await.unwrap();
    let stop = Stop::default();
    let (first, second) = tokio::join!(one.post.pass(&stop), other.pass(&stop));
    first.unwrap();
    second.unwrap();
    one.pass().await;
    let mut to: Vec<_> = server.taken().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to.len(), 120);
    to.dedup();
    assert_eq!(to.len(), 120);
}

async fn codes_and_stops_stand_nowhere_in_the_database(app: TestApp) {
    planned_round(&app, 3).await;
    let who = app.designer().await;
    assert_eq!(who.post("/api/v1/rounds/r/open", json!({})).await.status, 200);
    let server = MailServer::start();
    let post = Turned::new(&app, Some(relay(&server, 1, 10)));
    order(&app, "staff", Kind::Invitation).await.unwrap();
    post.pass().await;
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(app.folder().unwrap()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("p1@x.gov"), "the search finds what is there");
    for mail in server.taken() {
        for path in ["/i/", "/u/"] {
            let link = mail.link(path);
            assert!(
                !holds(link.rsplit('/').next().unwrap()),
                "{link} can be read from the files"
            );
        }
    }
}

#[tokio::test]
async fn codes_and_stops_stand_nowhere_in_the_files() {
    codes_and_stops_stand_nowhere_in_the_database(TestApp::sqlite().await).await;
}

async fn count(app: &TestApp, of: &str) -> i64 {
    use diesel::RunQueryDsl as _;
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let found: Count = diesel::sql_query(format!("SELECT COUNT(*) AS n FROM {of}"))
        .get_result(&mut app.connection())
        .unwrap();
    found.n
}

on_both_engines!(
    everybody_with_an_address_is_invited_once_in_their_language_with_a_link_that_opens,
    a_reminder_reaches_only_those_who_have_not_answered_and_carries_the_same_link,
    of_anonymous_audiences_no_name_and_no_count_of_those_reminded_is_told,
    an_audience_is_invited_once_and_one_mailing_follows_another,
    when_the_round_is_over_nothing_is_sent_and_the_links_cannot_be_made_again,
    two_instances_share_the_mails_and_send_each_once,
);
