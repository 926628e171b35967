//! The way of somebody whose browser runs no scripts, over real HTTP.

use super::html::Page;
use super::world::{close, count, open_round, planned};
use crate::support::TestApp;

on_both_engines!(
    somebody_answers_goes_back_changes_their_mind_and_sends_once,
    a_leader_is_told_that_the_answers_bear_the_name,
);

async fn somebody_answers_goes_back_changes_their_mind_and_sends_once(app: TestApp) {
    let links = open_round(&app, 1, 1, 10).await;
    let path = links["staff"][0].path();
    let person = app.anonymous();

    // The promise comes first.
    let promise = Page::get(&person, &path).await;
    assert_eq!(promise.status, 200, "{}", promise.html);
    for told in [
        "anonymous",
        "You trust it to do so",
        "at least 10 people",
        "To try everything.",
        "fingerprint",
    ] {
        assert!(promise.html.contains(told), "{told} is not in\n{}", promise.html);
    }

    // Page 1 of 3: the page about "why" is hidden so far. A required answer is missing.
    let first = promise.press(&person, "start").await;
    assert!(
        first.title().starts_with("Page 1 of 3 - Every kind"),
        "{}",
        first.title()
    );
    let wrong = first.fill("a.reliable", "3").press(&person, "next").await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.title().starts_with("Problem on page 1 of 3"),
        "{}",
        wrong.title()
    );
    assert_eq!(
        wrong.values("a.reliable"),
        ["3"],
        "what was answered is still there"
    );
    let link = wrong
        .tags
        .iter()
        .find(|tag| tag.name == "a" && tag.attributes["href"].starts_with("#q-"))
        .unwrap();
    let target = link.attributes["href"].trim_start_matches('#');
    assert!(
        wrong
            .tags
            .iter()
            .any(|tag| tag.attributes.get("id").is_some_and(|id| id == target)),
        "{target}"
    );

    // A low answer opens the page of reasons.
    let second = wrong.fill("a.delivers", "2").press(&person, "next").await;
    assert!(second.title().starts_with("Page 2 of 4"), "{}", second.title());
    let reason = "Two lines\r\n& \"quotes\" <b>é</b>";
    let third = second.fill("a.why", reason).press(&person, "next").await;
    assert!(third.title().starts_with("Page 3 of 4"), "{}", third.title());

    // Back and forth: nothing is lost, in another language neither.
    let back = third.press(&person, "back").await;
    assert_eq!(
        back.values("a.why")[0].replace("\r\n", "\n"),
        reason.replace("\r\n", "\n")
    );
    let spanish = back.press(&person, "lang-es").await;
    assert!(
        spanish.title().starts_with("Página 2 de 4"),
        "{}",
        spanish.title()
    );
    assert!(spanish.html.contains("lang=\"es\"") && spanish.heading() == "Why not (es)");
    let english = spanish.press(&person, "lang-en").await;
    let third = english.press(&person, "next").await;
    let third = third
        .fill("a.cost/importance", "5")
        .fill("a.role", "staff")
        .fill("a.needs", "a")
        .fill("a.needs", "c")
        .fill("a.days", "3,5");
    let fourth = third.press(&person, "next").await;
    let review = fourth
        .fill("a.open", "The last word")
        .press(&person, "next")
        .await;

    // Every answer is on the review, in the words in which it was asked.
    assert_eq!(review.heading(), "Check your answers");
    for answered in [
        "point 2",
        "Two lines",
        "How important is it?: point 5",
        "staff",
        "3,5",
        "The last word",
        "No answer",
    ] {
        assert!(
            review.html.contains(answered),
            "{answered} is not in\n{}",
            review.html
        );
    }

    // They change their mind: "why" was asked because of the answer that is changed now, and goes with it.
    let again = review.press(&person, "change:delivers").await;
    assert_eq!(
        (again.heading(), again.values("a.delivers")),
        ("First things", vec!["2"])
    );
    let review = again.fill("a.delivers", "5").press(&person, "review").await;
    assert!(!review.html.contains("Two lines") && review.html.contains("point 5"));
    let review = review.press(&person, "remove:role").await;
    assert!(review.values("a.role").is_empty());

    // Nothing was stored until now; then once.
    assert_eq!(count(&app, "intake").await, 0);
    let thanks = review.press(&person, "send").await;
    assert_eq!(
        (thanks.status, thanks.heading()),
        (200, "Thank you, your answers are stored")
    );
    assert_eq!(count(&app, "intake").await, 1);
    let record = "intake WHERE substr(written, 1, 100) = '{\"open\":\"The last word\"}'";
    assert_eq!(count(&app, record).await, 1);

    // The same form sent again gets the same thanks; a new visit is told kindly.
    let twice = review.press(&person, "send").await;
    assert_eq!(
        (twice.status, twice.heading()),
        (200, "Thank you, your answers are stored")
    );
    let used = Page::get(&person, &path).await;
    assert_eq!((used.status, used.heading()), (410, "This invitation was used"));
    assert_eq!(count(&app, "intake").await, 1);
}

async fn a_leader_is_told_that_the_answers_bear_the_name(app: TestApp) {
    let links = open_round(&app, 1, 1, 10).await;
    let person = app.anonymous();
    let promise = Page::get(&person, &links["leaders"][0].path()).await;
    assert!(promise.html.contains("Your answers bear your name") && promise.html.contains("owe you a reply"));
    assert!(!promise.html.contains("anonymous</h2>"));
    let first = promise
        .press(&person, "start")
        .await
        .fill("a.delivers", "opt-out");
    let mut page = first.press(&person, "next").await;
    while page.heading() != "Check your answers" {
        page = page.press(&person, "next").await;
    }
    assert_eq!(page.press(&person, "send").await.status, 200);
    assert_eq!(count(&app, "responses WHERE person = 'leaders-0'").await, 1);
}

#[tokio::test]
async fn wrong_values_are_kept_as_they_were_typed_and_explained() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 1, 1, 10).await;
    let person = app.anonymous();
    let promise = Page::get(&person, &format!("{}?lang=es", links["staff"][0].path())).await;
    let first = promise.press(&person, "start").await;
    let third = first.fill("a.delivers", "4").press(&person, "next").await;
    assert!(third.title().starts_with("Página 2 de 3"), "{}", third.title());
    let wrong = third
        .fill("a.days", "1,000")
        .fill("a.needs", "a")
        .fill("a.needs", "b")
        .fill("a.needs", "c");
    let wrong = wrong.press(&person, "next").await;
    assert_eq!((wrong.status, wrong.values("a.days")), (422, vec!["1,000"]));
    assert_eq!(wrong.values("a.needs").len(), 3);
    assert!(
        wrong.html.contains("Escriba un número de 0 a 365") && wrong.html.contains("Elija 2 como máximo")
    );
    let forged = wrong
        .fill("a.days", "12")
        .forge("a.needs", "nothing such")
        .press(&person, "next")
        .await;
    assert_eq!(forged.status, 422);
}

#[tokio::test]
async fn what_is_forged_past_the_pages_is_refused_on_the_review_and_nothing_is_stored() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 1, 1, 10).await;
    let path = links["staff"][0].path();
    let person = app.anonymous();
    let fields = [
        ("go", "send"),
        ("key", "abc"),
        ("a.delivers", "9"),
        ("a.open", "kept"),
    ];
    let review = Page::of(person.submit(&path, &fields).await);
    assert_eq!((review.status, review.heading()), (422, "Check your answers"));
    assert_eq!(review.values("a.open"), ["kept"]);
    assert_eq!(
        person
            .submit(&path, &[("go", "send"), ("a.delivers", "4")])
            .await
            .status,
        400,
        "no key"
    );
    let body = person
        .browse(reqwest::Method::POST, &path)
        .body("go=send&key=k&a.delivers=4&a.open=%FF");
    let request = body.header("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(crate::support::Answer::of(request).await.status, 400, "not UTF-8");
    assert_eq!(count(&app, "intake").await, 0);
}

#[tokio::test]
async fn shut_doors_are_explained_with_their_status() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 1, 1, 10).await;
    let later = planned(&app, "r2", 1, 1, 10, false).await;
    let person = app.anonymous();
    let early = Page::get(&person, &later["staff"][0].path()).await;
    assert_eq!(
        (early.status, early.heading()),
        (409, "This survey has not opened yet")
    );
    for unknown in ["/i/nobody", "/i/0123456789abcdef0123456789abcdef"] {
        let page = Page::get(&person, unknown).await;
        assert_eq!(
            (page.status, page.heading()),
            (404, "We do not know this invitation")
        );
    }
    let open = Page::get(&person, "/s/r1").await;
    assert_eq!(
        (open.status, open.heading()),
        (200, "This survey is by invitation")
    );
    let started = Page::get(&person, &links["staff"][0].path()).await;
    close(&app).await;
    let late = started.press(&person, "start").await;
    assert_eq!((late.status, late.heading()), (410, "This survey is closed"));
}

#[tokio::test]
async fn a_page_of_questions_is_small_plain_and_leaves_no_trace_in_the_browser() {
    let app = TestApp::sqlite().await;
    let links = open_round(&app, 1, 1, 10).await;
    let person = app.anonymous();
    let answer = person.page(&links["staff"][0].path()).await;
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("set-cookie"), "");
    let first = Page::of(answer).press(&person, "start").await;
    let page = first.fill("a.delivers", "4").press(&person, "next").await;
    assert!(!page.html.contains("<script"), "no script");
    let fetched: Vec<&str> = page
        .tags
        .iter()
        .filter_map(|tag| tag.attributes.get("href").or(tag.attributes.get("src")))
        .map(String::as_str)
        .filter(|place| place.starts_with('/'))
        .collect();
    let mut size = page.html.len();
    for place in &fetched {
        size += person.page(place).await.text.len();
    }
    assert!(
        fetched.len() <= 2 && size < 30_000,
        "{size} bytes, fetches {fetched:?}"
    );
    // Every input has a label, every group a legend, and ids are unique.
    let mut ids: Vec<&String> = page
        .tags
        .iter()
        .filter_map(|tag| tag.attributes.get("id"))
        .collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
    let fieldsets = page.tags.iter().filter(|tag| tag.name == "fieldset").count();
    let legends = page
        .tags
        .iter()
        .filter(|tag| tag.name == "legend" && !tag.text.trim().is_empty())
        .count();
    assert_eq!(fieldsets, legends);
}
