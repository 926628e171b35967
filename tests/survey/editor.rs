//! Writing a survey as a form: every step is saved, every problem stands at its place, nothing that was typed is lost; the review and
//! its second person; trying a draft without a trace.

use serde_json::{Value, json};

use crate::support::{Person, TestApp};

const PULSE: &str = include_str!("../../surveys/quarterly-pulse.v1.json");

/// A designer and the published pulse.
async fn published(app: &TestApp) -> Person {
    let who = app.designer().await;
    let definition: Value = serde_json::from_str(PULSE).unwrap();
    let version = who
        .post("/api/v1/surveys/quarterly-pulse/versions", definition)
        .await;
    assert_eq!(version.status, 201, "{version}");
    who
}

async fn draft(who: &Person, survey: &str) -> Value {
    let draft = who.get(&format!("/api/v1/surveys/{survey}/draft")).await;
    assert_eq!(draft.status, 200, "{draft}");
    draft.json()
}

async fn definition(who: &Person, survey: &str) -> Value {
    serde_json::from_str(draft(who, survey).await["text"].as_str().unwrap()).unwrap()
}

fn ids(definition: &Value) -> Vec<String> {
    let pages = definition["pages"].as_array().unwrap().iter();
    let items = pages.flat_map(|page| page["items"].as_array().unwrap());
    items
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_next_version_is_written_in_forms_and_published(app: TestApp) {
    let who = published(&app).await;
    let outline = who.page("/surveys/quarterly-pulse/edit").await;
    assert!(
        outline.status == 200 && outline.text.contains("draft of version 2"),
        "{outline}"
    );
    assert_eq!(
        who.get("/api/v1/surveys/quarterly-pulse/draft").await.status,
        404,
        "looking stores nothing"
    );

    let base = "/surveys/quarterly-pulse/edit";
    let first = ids(&serde_json::from_str(PULSE).unwrap());
    let moved = who
        .submit(base, &[("do", &format!("item-down {}", first[0]))])
        .await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (303, format!("{base}#item-{}", first[0]).as_str())
    );
    let now = ids(&definition(&who, "quarterly-pulse").await);
    assert_eq!((&now[0], &now[1]), (&first[1], &first[0]));

    let page = definition(&who, "quarterly-pulse").await["pages"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let scale = definition(&who, "quarterly-pulse").await["scales"]
        .as_object()
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone();
    let item = [
        ("id", "help-fast"),
        ("page", &page),
        ("text.en", "Help comes fast."),
        ("text.es", "La ayuda llega pronto."),
        ("kind", "rating"),
        ("scale", &scale),
        ("construct", "service.fast"),
        ("wording", "1"),
        ("previous", "new"),
        ("show_item", &first[1]),
        ("show_is", "<="),
        ("show_value", "3"),
    ];
    let saved = who.submit(&format!("{base}/item?page={page}"), &item).await;
    assert_eq!(saved.status, 303, "{saved}");
    let told = draft(&who, "quarterly-pulse").await;
    assert_eq!(told["problems"], json!([]), "{told}");
    let made = definition(&who, "quarterly-pulse").await;
    let made = made["pages"][0]["items"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(made["show_if"], json!({ "<=": [{ "var": first[1] }, 3] }));
    let again = who.page(&format!("{base}/item?of=help-fast")).await;
    assert!(
        again.text.contains("La ayuda llega pronto.") && again.text.contains("value=\"3\""),
        "{again}"
    );

    let published = who.submit("/surveys/quarterly-pulse/publish", &[]).await;
    assert_eq!(published.status, 303, "{published}");
    let version = who.get("/api/v1/surveys/quarterly-pulse/versions/2").await.json();
    assert!(ids(&version["definition"]).contains(&"help-fast".to_owned()));
}
on_both_engines!(a_next_version_is_written_in_forms_and_published);

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_nothing_that_was_typed_is_lost() {
    let app = TestApp::sqlite().await;
    let who = published(&app).await;
    let base = "/surveys/quarterly-pulse/edit";
    for (path, fields, id) in [
        (
            "item?page=trust",
            vec![
                ("id", "a b"),
                ("page", "trust"),
                ("text.en", "Kept <words>"),
                ("kind", "rating"),
                ("scale", "agreement"),
            ],
            "id",
        ),
        (
            "item?page=trust",
            vec![
                ("id", "x"),
                ("page", "trust"),
                ("text.en", "Kept <words>"),
                ("kind", ""),
            ],
            "kind",
        ),
        (
            "item?page=trust",
            vec![
                ("id", "x"),
                ("page", "trust"),
                ("text.en", "Kept <words>"),
                ("kind", "number"),
                ("min", "few"),
            ],
            "min",
        ),
        (
            "item?page=trust",
            vec![
                ("id", "x"),
                ("page", "trust"),
                ("text.en", "Kept <words>"),
                ("kind", "long_text"),
                ("show_json", "{"),
            ],
            "show_json",
        ),
        ("page", vec![("id", "-"), ("title.en", "Kept <words>")], "id"),
        ("scale", vec![("id", ""), ("point_1.en", "Kept <words>")], "id"),
        ("index", vec![("id", "i"), ("title.en", "Kept <words>")], "part_1"),
        (
            "about",
            vec![("languages", ""), ("title.en", "Kept <words>")],
            "languages",
        ),
    ] {
        let refused = who.submit(&format!("{base}/{path}"), &fields).await;
        assert_eq!(refused.status, 422, "{path} {fields:?}: {refused}");
        assert!(refused.text.contains("Kept &lt;words&gt;"), "{path}: {refused}");
        assert!(
            refused.text.contains(&format!("id=\"{id}-error\"")),
            "{path} {id}: {refused}"
        );
    }
    assert_eq!(
        who.get("/api/v1/surveys/quarterly-pulse/draft").await.status,
        404,
        "nothing was stored"
    );
    let nothing = who.submit(base, &[("do", "item-explode x")]).await;
    assert_eq!(nothing.status, 422, "{nothing}");
}

#[tokio::test]
async fn a_problem_of_the_draft_is_told_in_the_outline_and_on_the_form_of_its_part() {
    let app = TestApp::sqlite().await;
    let who = published(&app).await;
    let base = "/surveys/quarterly-pulse/edit";
    let about = [
        ("languages", "en, es, vi"),
        ("title.en", "Pulse"),
        ("title.es", "Pulso"),
        ("purpose.en", "p"),
        ("purpose.es", "p"),
    ];
    assert_eq!(who.submit(&format!("{base}/about"), &about).await.status, 303);
    let first = ids(&definition(&who, "quarterly-pulse").await).remove(0);
    assert!(
        who.page(base)
            .await
            .text
            .contains("the text is empty; write the text")
    );
    let form = who.page(&format!("{base}/item?of={first}")).await;
    assert!(
        form.status == 200 && form.text.contains("id=\"text.vi-error\""),
        "{form}"
    );
    assert_eq!(who.page(&format!("{base}/item?of=nobody")).await.status, 404);
}

#[tokio::test]
async fn a_survey_begins_with_one_that_ships_or_with_a_published_one() {
    let app = TestApp::sqlite().await;
    let who = published(&app).await;
    for (survey, from) in [
        ("desk", "file:service-touchpoint.v1.json"),
        ("mine", "quarterly-pulse@1"),
    ] {
        let begun = who
            .submit("/surveys", &[("survey", survey), ("from", from)])
            .await;
        assert_eq!(
            (begun.status, begun.header("location")),
            (303, format!("/surveys/{survey}/edit").as_str()),
            "{begun}"
        );
        let told = draft(&who, survey).await;
        assert_eq!(told["problems"], json!([]), "{told}");
        assert_eq!(definition(&who, survey).await["id"], survey);
    }
    let taken = who
        .submit("/surveys", &[("survey", "desk"), ("from", "quarterly-pulse@1")])
        .await;
    assert!(taken.text.contains("already"), "{taken}");
    assert_eq!(definition(&who, "desk").await["id"], "desk");
    assert_eq!(
        who.submit("/surveys", &[("survey", "z"), ("from", "file:../Cargo.toml")])
            .await
            .status,
        422
    );
}

async fn where_there_is_an_approver_nothing_is_published_without_a_second_person(app: TestApp) {
    let who = published(&app).await;
    let approver = app.somebody("approver@test.gov", &["approver"]).await;
    let path = "/surveys/quarterly-pulse";
    let rename = |title: &'static str| {
        vec![
            ("languages", "en, es"),
            ("title.en", title),
            ("title.es", "Pulso"),
            ("purpose.en", "p"),
            ("purpose.es", "p"),
        ]
    };
    assert_eq!(
        who.submit(&format!("{path}/edit/about"), &rename("Pulse two"))
            .await
            .status,
        303
    );
    let refused = who.submit(&format!("{path}/publish"), &[]).await;
    assert!(
        refused.status == 409 && refused.text.contains("nobody but its author"),
        "{refused}"
    );
    let text = definition(&who, "quarterly-pulse").await;
    let direct = who.post("/api/v1/surveys/quarterly-pulse/versions", text).await;
    assert_eq!(direct.status, 409, "the other door is shut, too: {direct}");

    let review = approver.page(&format!("{path}/review")).await;
    assert!(
        review.status == 200 && review.text.contains("Approve it"),
        "{review}"
    );
    assert_eq!(
        who.submit(&format!("{path}/approve"), &[]).await.status,
        403,
        "a designer is no approver"
    );
    assert_eq!(
        approver.submit(&format!("{path}/publish"), &[]).await.status,
        403,
        "an approver is no designer"
    );
    let approved = approver
        .submit(&format!("{path}/approve"), &[("note", "Read it twice")])
        .await;
    assert_eq!(approved.status, 303, "{approved}");

    assert_eq!(
        who.submit(&format!("{path}/edit/about"), &rename("Pulse three"))
            .await
            .status,
        303
    );
    assert_eq!(
        who.submit(&format!("{path}/publish"), &[]).await.status,
        409,
        "other words, another approval"
    );
    let again = approver
        .post(&format!("/api/v1{path}/draft/approval"), json!({}))
        .await;
    assert_eq!(again.status, 200, "{again}");
    assert_eq!(who.submit(&format!("{path}/publish"), &[]).await.status, 303);

    let both = app.somebody("both@test.gov", &["designer", "approver"]).await;
    assert_eq!(
        both.submit(&format!("{path}/edit/about"), &rename("Pulse four"))
            .await
            .status,
        303
    );
    let own = both
        .post(&format!("/api/v1{path}/draft/approval"), json!({}))
        .await;
    assert!(own.status == 409 && own.text.contains("somebody else"), "{own}");
}
on_both_engines!(where_there_is_an_approver_nothing_is_published_without_a_second_person);

#[tokio::test]
async fn a_review_tells_minutes_reading_and_wording_and_what_becomes_of_each_trend() {
    let app = TestApp::sqlite().await;
    let who = published(&app).await;
    let first = ids(&serde_json::from_str(PULSE).unwrap()).remove(0);
    let mut text = {
        assert_eq!(
            who.submit(
                "/surveys/quarterly-pulse/edit",
                &[("do", &format!("item-down {first}"))]
            )
            .await
            .status,
            303
        );
        definition(&who, "quarterly-pulse").await
    };
    text["pages"][0]["items"][0]["text"]["en"] = json!("They always answer quickly and politely.");
    let saved = who.put("/api/v1/surveys/quarterly-pulse/draft", text).await;
    assert_eq!(saved.status, 200, "{saved}");
    let advice = who
        .get("/api/v1/surveys/quarterly-pulse/draft/advice")
        .await
        .json();
    let kinds: Vec<&str> = advice["items"][0]["slips"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slip| slip["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["double-barrelled", "absolute"], "{advice}");
    assert!(advice["minutes"]["longest"].as_f64().unwrap() > 0.5, "{advice}");
    let page = who.page("/surveys/quarterly-pulse/review").await;
    for told in [
        "double-barrelled",
        "absolute",
        "minutes",
        "The line goes on",
        "Nobody has approved it yet",
    ] {
        assert!(page.text.contains(told), "{told}: {page}");
    }
}

#[tokio::test]
async fn a_test_link_shows_the_draft_to_anybody_and_leaves_no_trace() {
    let app = TestApp::sqlite().await;
    let who = published(&app).await;
    let outline = who.page("/surveys/quarterly-pulse/edit").await;
    let link = outline.text.split("href=\"").find_map(|rest| {
        let address = rest.split('"').next()?;
        address
            .contains("/try/")
            .then(|| address[address.find("/try/").unwrap()..].to_owned())
    });
    let link = link.expect("a test link");
    let before = rows(&app).await;
    let anybody = app.anonymous();
    let shown = anybody.page(&link).await;
    assert!(
        shown.status == 200 && shown.text.contains("This is a trial."),
        "{shown}"
    );
    assert!(
        anybody
            .page(&format!("{link}?lang=es"))
            .await
            .text
            .contains("Esto es una prueba.")
    );
    let first = ids(&serde_json::from_str(PULSE).unwrap()).remove(0);
    let wrong = anybody
        .submit(&link, &[("go", "send"), (&format!("a.{first}"), "77")])
        .await;
    assert_eq!(wrong.status, 422, "{wrong}");
    let done = anybody
        .submit(&link, &[("go", "send"), (&format!("a.{first}"), "4")])
        .await;
    assert!(
        done.status == 200 && done.text.contains("Nothing was stored."),
        "{done}"
    );
    assert_eq!(rows(&app).await, before);
    assert_eq!(
        anybody
            .page("/try/quarterly-pulse/0123456789abcdef0123456789abcdef")
            .await
            .status,
        404
    );
    assert_eq!(
        anybody
            .page(&link.replace("quarterly-pulse", "other"))
            .await
            .status,
        404
    );
}

/// The rows of every table but that of sessions.
async fn rows(app: &TestApp) -> String {
    let mut out = Vec::new();
    let mut copy = app.connection();
    rapport::store::backup::write(&mut copy, rapport::clock::now(), &mut out).expect("a backup");
    let text = String::from_utf8(out).unwrap();
    let without_head_and_digest: Vec<&str> = text
        .lines()
        .skip(1)
        .filter(|line| !line.contains("\"sha256\""))
        .collect();
    without_head_and_digest.join("\n")
}
