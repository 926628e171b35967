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

/// The mark in the form that changes something.
fn seen(form: &Answer) -> String {
    let (_, after) = form.text.split_once("name=\"seen\" value=\"").unwrap();
    after.split('"').next().unwrap().to_owned()
}

async fn of_two_who_change_the_same_thing_the_second_is_told(app: TestApp) {
    let who = closed_round(&app).await;
    pass(&app).await;
    let id = follow_ups(&who).await[0]["id"].as_str().unwrap().to_owned();
    let made = [
        ("agency", "DOT"),
        ("said", "s"),
        ("promised", "We call"),
        ("due_on", "2030-01-01"),
        ("state", "planned"),
    ];
    let commitment = who
        .submit("/commitments/new", &made)
        .await
        .header("location")
        .to_owned();
    let of_commitment = |promised: &'static str| {
        [
            ("agency", "DOT"),
            ("said", "s"),
            ("promised", promised),
            ("due_on", "2030-01-01"),
            ("state", "planned"),
        ]
    };
    let of_follow_up = |due_on: &'static str| {
        [
            ("owner", ""),
            ("state", "open"),
            ("due_on", due_on),
            ("note", ""),
            ("kind", "note"),
        ]
    };
    let cases = [
        (
            format!("{commitment}/edit"),
            commitment.clone(),
            of_commitment("First"),
            of_commitment("Second"),
        ),
        (
            format!("/follow-ups/{id}"),
            format!("/follow-ups/{id}"),
            of_follow_up("2031-01-01"),
            of_follow_up("2032-01-01"),
        ),
    ];
    for (form, place, first, second) in cases {
        let mark = seen(&who.page(&form).await);
        let of = |typed: [(&'static str, &'static str); 5], mark: &str| {
            let mut typed: Vec<(&str, String)> = typed.map(|(name, text)| (name, text.to_owned())).to_vec();
            typed.push(("seen", mark.to_owned()));
            typed
        };
        let send = async |typed: Vec<(&str, String)>| {
            let typed: Vec<(&str, &str)> = typed.iter().map(|(name, text)| (*name, text.as_str())).collect();
            who.submit(&form, &typed).await
        };
        let saved = send(of(first, &mark)).await;
        assert_eq!(saved.status, 303, "{saved}");
        let told = send(of(second, &mark)).await;
        assert_eq!(told.status, 409, "{told}");
        assert!(told.text.contains("while you were writing"), "{told}");
        let typed = second
            .iter()
            .find(|(name, _)| ["promised", "due_on"].contains(name) && *name != "said")
            .unwrap()
            .1;
        assert!(told.text.contains(typed), "what was typed stays: {told}");
        let is = who.page(&place).await.text;
        let kept = first
            .iter()
            .find(|(_, text)| ["First", "2031-01-01"].contains(text))
            .unwrap()
            .1;
        assert!(is.contains(kept), "{is}");
        // Having been told, they may put theirs in its place.
        let again = send(of(second, &seen(&told))).await;
        assert_eq!(again.status, 303, "{again}");
    }
}

on_both_engines!(
    of_two_who_change_the_same_thing_the_second_is_told,
    every_form_of_answering_back_keeps_what_was_typed,
    the_rule_of_a_round_keeps_what_was_typed,
    the_pages_do_what_they_say,
);
