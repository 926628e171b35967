//! Hostile and mistaken input on every form: told at the field, escaped, and nothing that was typed is lost.

use super::world::{closed_round, follow_ups, pass};
use crate::support::{Answer, TestApp};

const HOSTILE: &str = "\"><script>alert('1')</script>";
const ESCAPED: &str = "&lt;script&gt;";

fn assert_kept(page: &Answer, fields: &[&str]) {
    assert_eq!(page.status, 422, "{page}");
    assert!(!page.text.contains("<script>"), "{page}");
    assert!(page.text.contains(ESCAPED), "what was typed stays: {page}");
    assert!(page.text.contains("role=\"alert\""), "{page}");
    for field in fields {
        assert!(
            page.text.contains(&format!("href=\"#{field}\"")),
            "{field} is not told in {page}"
        );
        assert!(
            page.text.contains(&format!("id=\"{field}\"")),
            "{field} is no place in {page}"
        );
    }
}

async fn every_form_of_answering_back_keeps_what_was_typed(app: TestApp) {
    let who = closed_round(&app).await;
    pass(&app).await;
    let id = follow_ups(&who).await[0]["id"].as_str().unwrap().to_owned();

    let page = who
        .submit(
            &format!("/follow-ups/{id}"),
            &[("owner", HOSTILE), ("state", HOSTILE), ("due_on", HOSTILE)],
        )
        .await;
    assert_kept(&page, &["owner", "state", "due_on"]);
    let page = who
        .submit(&format!("/follow-ups/{id}"), &[("kind", "reply"), ("note", "  ")])
        .await;
    assert!(
        page.status == 422 && page.text.contains("href=\"#note\""),
        "{page}"
    );

    let page = who
        .submit(
            "/commitments/new",
            &[
                ("agency", HOSTILE),
                ("said", ""),
                ("promised", HOSTILE),
                ("constructs", HOSTILE),
                ("owner", HOSTILE),
                ("due_on", HOSTILE),
                ("state", "planned"),
            ],
        )
        .await;
    assert_kept(&page, &["agency", "said", "constructs", "owner", "due_on"]);

    let page = who
        .submit(
            "/meetings/new",
            &[
                ("agency", "XXX"),
                ("held_on", "2999-01-01"),
                ("form", "shout"),
                ("people", HOSTILE),
                ("notes", ""),
            ],
        )
        .await;
    assert_kept(&page, &["agency", "held_on", "form", "notes"]);
}

async fn the_rule_of_a_round_keeps_what_was_typed(app: TestApp) {
    let who = closed_round(&app).await;
    let page = who
        .submit(
            "/rounds/talk/follow-up",
            &[("low_score", HOSTILE), ("days", HOSTILE)],
        )
        .await;
    assert_kept(&page, &["low_score", "days"]);
    let page = who
        .submit(
            "/rounds/talk/follow-up",
            &[("low_score", "NaN"), ("days", "4000")],
        )
        .await;
    assert!(
        page.status == 422 && page.text.contains("value=\"4000\""),
        "{page}"
    );
    assert_eq!(
        who.submit("/rounds/talk/follow-up", &[("low_score", "30"), ("days", "5")])
            .await
            .status,
        303
    );
    assert_eq!(who.submit("/rounds/talk/follow-up/make", &[]).await.status, 303);
    let page = who
        .submit("/rounds/talk/follow-up", &[("low_score", "20"), ("days", "5")])
        .await;
    assert!(page.status == 409 && page.text.contains("were made"), "{page}");
}

async fn the_pages_do_what_they_say(app: TestApp) {
    let who = closed_round(&app).await;
    pass(&app).await;
    let id = follow_ups(&who).await[0]["id"].as_str().unwrap().to_owned();
    let place = format!("/follow-ups/{id}");
    assert_eq!(
        who.submit(&place, &[("kind", "reply"), ("note", "We <called> her.")])
            .await
            .status,
        303
    );
    let page = who.page(&place).await;
    assert!(
        page.text.contains("We &lt;called&gt; her.") && page.text.contains("First reply after"),
        "{page}"
    );

    let typed = [
        ("agency", "DOT"),
        ("said", "s"),
        ("promised", "We call"),
        ("due_on", "2030-01-01"),
        ("state", "planned"),
    ];
    let made = who.submit("/commitments/new", &typed).await;
    assert_eq!(made.status, 303, "{made}");
    let place = made.header("location").to_owned();
    assert!(who.page(&place).await.text.contains("We call"));
    let form = who.page(&format!("{place}/edit")).await;
    assert!(form.status == 200 && form.text.contains("2030-01-01"), "{form}");
    let changed = [
        ("agency", "DOT"),
        ("said", "s"),
        ("promised", "We called"),
        ("due_on", "2030-01-01"),
        ("state", "kept"),
    ];
    assert_eq!(who.submit(&format!("{place}/edit"), &changed).await.status, 303);
    assert!(who.page("/commitments").await.text.contains("We called"));

    let typed = [
        ("agency", "DOC"),
        ("held_on", "2026-01-15"),
        ("form", "face-to-face"),
        ("people", "Cy, Di"),
        ("notes", "Bills"),
    ];
    assert_eq!(who.submit("/meetings/new", &typed).await.status, 303);
    let page = who.page("/meetings").await;
    assert!(
        page.text.contains("Cy, Di") && page.text.contains("face-to-face"),
        "{page}"
    );
    let manager = app.manager("DOT").await;
    assert!(
        !manager.page("/meetings").await.text.contains("Cy, Di"),
        "another agency's meeting"
    );
    let refused = manager.submit("/meetings/new", &typed).await;
    assert_eq!(refused.status, 422, "{refused}");
}

on_both_engines!(
    every_form_of_answering_back_keeps_what_was_typed,
    the_rule_of_a_round_keeps_what_was_typed,
    the_pages_do_what_they_say,
);
