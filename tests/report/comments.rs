//! Comments: stored apart, agreed to, scrubbed, read by a person, and then shown to those who may see the agency's results.

use rapport::identity::{Actor, audit};
use rapport::report::comments::review::{self, Decision, Reviewed, Verdict};
use rapport::round::{self, RoundId};
use rapport::store::comments::Decided;
use rapport::store::responses::{self, CommentRow};
use rapport::store::{Store, StoreError};
use serde_json::{Value, json};

use super::fixture::{Group, Plan, agencies, closed, noon, sealed, staff, times, version, write};
use super::kept;
use crate::collect::world::open_round;
use crate::support::{Person, TestApp};

on_both_engines!(
    a_comment_is_shown_as_a_person_released_it_and_to_those_who_may_see_the_agency,
    nothing_is_read_before_the_seal,
    nothing_of_an_agency_with_nineteen_answers_reaches_anybody,
    where_the_plan_withholds_a_unit_its_comments_and_their_number_go_with_it,
    a_reviewer_cannot_put_words_into_somebodys_mouth,
    of_two_reviewers_of_a_comment_the_second_is_told_and_overwrites_nothing,
    of_two_reviewers_at_the_same_moment_one_is_told,
    the_order_of_comments_is_not_the_order_in_which_they_came,
    a_release_and_its_withdrawal_show_at_once_on_a_page_that_is_kept,
    a_respondent_is_asked_and_an_unticked_box_shows_nothing,
);

/// The survey by hand with a question for a comment.
fn with_a_comment() -> Value {
    let mut version = version(1);
    let item = json!({ "id": "open", "text": { "en": "What should we do better?" },
        "answer": { "type": "long_text", "max_length": 2000 } });
    version["pages"][0]["items"].as_array_mut().unwrap().push(item);
    version
}

/// BIG with 24 answers, EDGE with 20, LESS with 19; each of 30 people who are called Person and a number.
fn plan() -> Plan {
    let answers = |count: usize| (30, [times(count - 8, [5, 4, 2]), times(8, [3, 3, 3])].concat());
    let group = Group::from([("BIG", answers(24)), ("EDGE", answers(20)), ("LESS", answers(19))]);
    Plan {
        version: with_a_comment(),
        ..staff("r1", 1, "2026-05-01", "2026-05-31", group)
    }
}

fn row(agency: &str, number: usize, text: &str, may_show: bool) -> CommentRow {
    let mut key = rapport::collect::mix::random_key().unwrap();
    // In the order in which they came, as far as the key tells.
    key[0] = u8::try_from(number).unwrap();
    CommentRow {
        key,
        round: "r1".to_owned(),
        audience: "staff".to_owned(),
        agency: agency.to_owned(),
        person: None,
        item: "open".to_owned(),
        text: text.to_owned(),
        may_show,
    }
}

/// Runs the round until it is closed, with these comments.
async fn closed_with(store: &Store, rows: Vec<CommentRow>) -> RoundId {
    agencies(store, "BIG,Big Agency,\nEDGE,Edge Agency,\nLESS,Lesser Agency,\n").await;
    let plan = plan();
    let opened = plan.clone();
    // The fixture opens, answers and closes in one go; comments come in between by a round that is closed twice.
    let id = closed(store, &opened).await;
    write(store, move |conn| {
        responses::insert_comments(conn, &rows).unwrap();
        rapport::collect::mix_round(conn, &"r1".parse().unwrap()).unwrap();
    })
    .await;
    id
}

async fn published_with(store: &Store, rows: Vec<CommentRow>) -> RoundId {
    let id = closed_with(store, rows).await;
    sealed(store, &id).await.unwrap();
    let round = id.clone();
    write(store, move |conn| {
        round::publish(conn, &round, noon("2026-06-02")).unwrap()
    })
    .await;
    id
}

async fn waiting(person: &Person) -> Vec<Value> {
    let answer = person.get("/api/v1/rounds/r1/comments/review").await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()["comments"].as_array().unwrap().clone()
}

async fn decide(person: &Person, decisions: Value) -> crate::support::Answer {
    let body = json!({ "decisions": decisions });
    person.post("/api/v1/rounds/r1/comments/decisions", body).await
}

fn texts(answer: &crate::support::Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer}");
    let comments = answer.json()["comments"].as_array().unwrap().clone();
    comments
        .iter()
        .map(|comment| comment["text"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_comment_is_shown_as_a_person_released_it_and_to_those_who_may_see_the_agency(app: TestApp) {
    published_with(
        &app.store,
        vec![
            row(
                "BIG",
                1,
                "Ask Person 17 or write to p17@state.gov. <b>Slow</b> but kind.",
                true,
            ),
            row("BIG", 2, "Nobody but me was in that meeting.", true),
            row("BIG", 3, "This one I did not agree to show.", false),
            row("EDGE", 4, "=1+1 is what the bill looks like.", true),
        ],
    )
    .await;
    let (designer, leader) = (app.designer().await, app.leadership().await);
    let read = waiting(&designer).await;
    let all: Vec<&str> = read.iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(
        !all.iter()
            .any(|text| text.contains("agree") || text.contains("Person") || text.contains('@'))
    );
    let key = |part: &str| {
        let found = read
            .iter()
            .find(|one| one["text"].as_str().unwrap().contains(part));
        found.unwrap()["comment"].as_str().unwrap().to_owned()
    };
    let slow = "Ask […] 17 or write to […] <b>Slow</b> […]";
    let done = decide(
        &designer,
        json!([
            { "comment": key("Slow"), "decision": "release", "text": slow },
            { "comment": key("meeting"), "decision": "withhold" },
            { "comment": key("=1+1"), "decision": "release" },
        ]),
    )
    .await;
    assert_eq!(
        (done.status, done.json()),
        (200, json!({ "released": 2, "withheld": 1 })),
        "{done}"
    );
    assert!(waiting(&designer).await.is_empty());

    let big = "/api/v1/rounds/r1/comments?agency=BIG";
    let (of_big, of_edge) = (app.viewer("BIG").await, app.viewer("EDGE").await);
    for reader in [&leader, &of_big] {
        assert_eq!(texts(&reader.get(big).await), [slow]);
        for path in ["/agencies/BIG", "/agencies/BIG/comments?round=r1"] {
            let page = reader.page(path).await;
            assert_eq!(page.status, 200, "{page}");
            assert!(page.text.contains("&lt;b&gt;Slow&lt;/b&gt; […]"), "{page}");
            assert!(
                !page.text.contains("meeting") && !page.text.contains("agree to show"),
                "{page}"
            );
        }
    }
    // Who reads another agency gets nothing of this one, by whatever address.
    assert_eq!(of_edge.get(big).await.status, 404);
    for path in [
        "/agencies/BIG",
        "/agencies/BIG/comments",
        "/agencies/BIG/comments.csv?round=r1",
    ] {
        assert_eq!(of_edge.page(path).await.status, 404, "{path}");
    }
    assert_eq!(
        texts(&of_edge.get("/api/v1/rounds/r1/comments?agency=EDGE").await).len(),
        1
    );
    assert!(!of_edge.page("/agencies/EDGE").await.text.contains("Slow"));
    // A file is for a spreadsheet, which must not run it.
    let file = of_edge.page("/agencies/EDGE/comments.csv?round=r1").await;
    assert!(file.text.contains("staff,Edge Agency,open,'=1+1"), "{file}");
    let request = of_edge.api(reqwest::Method::GET, "/api/v1/rounds/r1/comments?agency=EDGE");
    let table = crate::support::Answer::of(request.header("Accept", "text/csv")).await;
    assert_eq!(table.text, file.text);
    // Reading what waits takes the right to release.
    for path in [
        "/api/v1/rounds/r1/comments/review",
        "/api/v1/rounds/r1/comments/review?state=withheld",
    ] {
        assert_eq!(leader.get(path).await.status, 403);
        assert_eq!(app.anonymous().get(path).await.status, 401);
    }
    assert_eq!(leader.page("/rounds/r1/comments").await.status, 403);
    // The audit log counts, and quotes nothing.
    let log = app.read(|conn| audit::list(conn, None, 500)).await;
    let told: Vec<String> = log
        .iter()
        .filter(|entry| entry.action == "comments.decide")
        .map(|entry| format!("{} {}", entry.subject, entry.detail))
        .collect();
    assert_eq!(told, ["r1 2 released, 1 withheld"]);
}

async fn nothing_is_read_before_the_seal(app: TestApp) {
    let id = closed_with(&app.store, vec![row("BIG", 1, "Wait for it.", true)]).await;
    let designer = app.designer().await;
    let key = app
        .store
        .read(move |conn| {
            let rows = responses::comments_of_audience(conn, id.as_str(), "staff")?;
            Ok::<_, StoreError>(
                rows[0]
                    .key
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>(),
            )
        })
        .await
        .unwrap();
    let early = designer.get("/api/v1/rounds/r1/comments/review").await;
    assert_eq!(
        (early.status, early.code().as_str()),
        (409, "conflict"),
        "{early}"
    );
    assert!(!early.text.contains("Wait for it"));
    let early = decide(&designer, json!([{ "comment": key, "decision": "release" }])).await;
    assert_eq!(early.status, 409, "{early}");
    let page = designer.page("/rounds/r1/comments").await;
    assert_eq!(page.status, 409);
    assert!(!page.text.contains("Wait for it"));
    let sent = designer
        .submit("/rounds/r1/comments", &[(&format!("decision.{key}"), "release")])
        .await;
    assert_eq!(sent.status, 409);
    assert_eq!(
        designer
            .get("/api/v1/rounds/nowhere/comments/review")
            .await
            .status,
        404
    );
    // The same key after the seal, before the publication: it can be decided, and is not shown yet.
    sealed(&app.store, &"r1".parse().unwrap()).await.unwrap();
    let done = decide(&designer, json!([{ "comment": key, "decision": "release" }])).await;
    assert_eq!(done.status, 200, "{done}");
    let leader = app.leadership().await;
    assert_eq!(
        leader.get("/api/v1/rounds/r1/comments?agency=BIG").await.status,
        404
    );
    assert_eq!(leader.page("/agencies/BIG/comments?round=r1").await.status, 404);
}

async fn nothing_of_an_agency_with_nineteen_answers_reaches_anybody(app: TestApp) {
    let rows = vec![
        row("LESS", 1, "Nineteen of us answered.", true),
        row("EDGE", 2, "Twenty of us.", true),
    ];
    let id = published_with(&app.store, rows).await;
    let (admin, leader) = (app.admin().await, app.leadership().await);
    let read = waiting(&admin).await;
    assert_eq!(read.len(), 1, "{read:?}");
    assert_eq!(read[0]["text"], "Twenty of us.");
    let round = id.clone();
    let key: String = app
        .store
        .read(move |conn| {
            let rows = responses::comments_of_audience(conn, round.as_str(), "staff")?;
            let less = rows.iter().find(|row| row.agency == "LESS").unwrap();
            Ok::<_, StoreError>(less.key.iter().map(|byte| format!("{byte:02x}")).collect())
        })
        .await
        .unwrap();
    // Who knows the key, as only an insider could, gets no further: and the other decision is not taken either.
    let both = json!([
        { "comment": read[0]["comment"], "decision": "release" },
        { "comment": key, "decision": "release" },
    ]);
    let refused = decide(&admin, both).await;
    assert_eq!(refused.status, 422, "{refused}");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/decisions/1/comment");
    assert_eq!(waiting(&admin).await.len(), 1, "nothing was decided");
    // Not even a decision that was written behind our back is shown.
    write(&app.store, move |conn| {
        let rows = responses::comments_of_audience(conn, "r1", "staff").unwrap();
        for row in rows {
            let forced = rapport::store::comments::DecisionRow {
                comment: row.key,
                round: row.round,
                audience: row.audience,
                agency: row.agency,
                item: row.item,
                released: Some(format!("\"{}\"", row.text)),
            };
            rapport::store::comments::decide(conn, &forced).unwrap();
        }
    })
    .await;
    assert_eq!(
        texts(&leader.get("/api/v1/rounds/r1/comments?agency=LESS").await),
        [""; 0]
    );
    assert_eq!(
        texts(&leader.get("/api/v1/rounds/r1/comments?agency=EDGE").await),
        ["Twenty of us."]
    );
    for path in [
        "/agencies/LESS",
        "/agencies/LESS/comments",
        "/agencies/LESS/comments.csv?round=r1",
    ] {
        let page = leader.page(path).await;
        assert_eq!(page.status, 200, "{path}: {page}");
        assert!(!page.text.contains("Nineteen of us"), "{path}");
    }
}

async fn where_the_plan_withholds_a_unit_its_comments_and_their_number_go_with_it(app: TestApp) {
    agencies(&app.store, "BIG,Big Agency,\nNEAR,Nearly the Same,\n").await;
    let near: Vec<_> = (0..24_u8).map(|n| [1 + n % 5, 1 + n / 5, 1 + n % 3]).collect();
    let big = |from: u8| -> Vec<_> {
        (from..from + 30)
            .map(|n| [1 + n % 5, 1 + n % 4, 1 + n % 3])
            .collect()
    };
    let round = async |id: &'static str, days: (&'static str, &'static str), near: Vec<_>, big: Vec<_>| {
        let group = Group::from([("BIG", (40, big)), ("NEAR", (40, near))]);
        let plan = Plan {
            version: with_a_comment(),
            ..staff(id, 1, days.0, days.1, group)
        };
        let id = closed(&app.store, &plan).await;
        let rows = ["BIG", "NEAR"].map(|agency| {
            let words = |number: usize| CommentRow {
                round: id.to_string(),
                ..row(agency, number, "The same words.", true)
            };
            (0..if agency == "NEAR" { 7 } else { 2 })
                .map(words)
                .collect::<Vec<_>>()
        });
        write(&app.store, move |conn| {
            responses::insert_comments(conn, &rows.concat()).unwrap()
        })
        .await;
        sealed(&app.store, &id).await.unwrap();
        let shown = id.clone();
        write(&app.store, move |conn| {
            round::publish(conn, &shown, noon("2026-06-02")).unwrap()
        })
        .await;
    };
    round("r1", ("2025-05-01", "2025-05-31"), near.clone(), big(0)).await;
    // The year after one joined: the plan shows nothing of NEAR, though 25 people answered.
    round(
        "r2",
        ("2026-05-01", "2026-05-31"),
        [near, vec![[5, 5, 5]]].concat(),
        big(50),
    )
    .await;

    let (admin, leader) = (app.admin().await, app.leadership().await);
    let review = |id: &'static str| {
        let admin = admin.clone();
        async move {
            admin
                .get(&format!("/api/v1/rounds/{id}/comments/review"))
                .await
                .json()
        }
    };
    let (before, now) = (review("r1").await, review("r2").await);
    assert_eq!(
        (before["agreed"].as_u64(), before["units"].as_u64()),
        (Some(9), Some(2))
    );
    assert_eq!(
        (now["agreed"].as_u64(), now["units"].as_u64()),
        (Some(2), Some(1))
    );
    let of_near = now["comments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["unit"] != "Big Agency");
    assert_eq!(of_near.count(), 0, "{now}");
    let page = admin.page("/rounds/r2/comments").await;
    assert!(page.text.contains("2 comments of 1 units"), "{page}");
    // Not even one that was released behind our back is shown or counted.
    write(&app.store, |conn| {
        for one in responses::comments_of_audience(conn, "r2", "staff").unwrap() {
            let forced = rapport::store::comments::DecisionRow {
                comment: one.key,
                round: one.round,
                audience: one.audience,
                agency: one.agency,
                item: one.item,
                released: Some("\"Forced words.\"".to_owned()),
            };
            rapport::store::comments::decide(conn, &forced).unwrap();
        }
    })
    .await;
    let told = |agency: &str| {
        let (leader, path) = (
            leader.clone(),
            format!("/api/v1/rounds/r2/comments?agency={agency}"),
        );
        async move { texts(&leader.get(&path).await).len() }
    };
    assert_eq!((told("BIG").await, told("NEAR").await), (2, 0));
    for path in [
        "/agencies/NEAR?round=r2",
        "/agencies/NEAR/comments?round=r2",
        "/agencies/NEAR/comments.csv?round=r2",
    ] {
        let page = leader.page(path).await;
        assert_eq!(page.status, 200, "{path}: {page}");
        assert!(!page.text.contains("Forced words"), "{path}: {page}");
    }
}

async fn a_reviewer_cannot_put_words_into_somebodys_mouth(app: TestApp) {
    published_with(
        &app.store,
        vec![row("BIG", 1, "The help desk is not kind.", true)],
    )
    .await;
    let designer = app.designer().await;
    let key = waiting(&designer).await[0]["comment"]
        .as_str()
        .unwrap()
        .to_owned();
    for (text, why) in [
        ("The help desk is kind.", "says something that was not written"),
        (
            "The help desk is very kind. […]",
            "says something that was not written",
        ),
        ("[…]", "nothing is left"),
    ] {
        let refused = decide(
            &designer,
            json!([{ "comment": key, "decision": "release", "text": text }]),
        )
        .await;
        assert_eq!(refused.status, 422, "{refused}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/decisions/0/text");
        // The page says it beside the text, and loses nothing of what was typed.
        let fields = [
            (format!("decision.{key}"), "release"),
            (format!("text.{key}"), text),
        ];
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        let page = designer.submit("/rounds/r1/comments", &fields).await;
        assert_eq!(page.status, 422, "{page}");
        assert!(page.text.contains(why) && page.text.contains(text), "{page}");
    }
    for bad in [
        json!([{ "comment": "zz", "decision": "release" }]),
        json!([{ "comment": key, "decision": "publish" }]),
    ] {
        assert!([400, 422].contains(&decide(&designer, bad).await.status));
    }
    let fields = [
        (format!("decision.{key}"), "release"),
        (format!("text.{key}"), "The […] is not kind."),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let saved = designer.submit("/rounds/r1/comments", &fields).await;
    assert_eq!(saved.status, 303, "{saved}");
    assert_eq!(
        saved.header("location"),
        "/rounds/r1/comments?state=waiting&released=1&withheld=0"
    );
    let shown = app
        .leadership()
        .await
        .get("/api/v1/rounds/r1/comments?agency=BIG")
        .await;
    assert_eq!(texts(&shown), ["The […] is not kind."]);
}

/// Comments of a list by a part of their text: key and mark.
fn find(list: &[Value], part: &str) -> (String, String) {
    let one = list
        .iter()
        .find(|one| one["text"].as_str().unwrap().contains(part))
        .unwrap();
    let text = |field: &str| one[field].as_str().unwrap().to_owned();
    (text("comment"), text("seen"))
}

async fn listed(person: &Person, state: &str) -> Vec<Value> {
    let answer = person
        .get(&format!("/api/v1/rounds/r1/comments/review?state={state}"))
        .await;
    answer.json()["comments"].as_array().unwrap().clone()
}

async fn send(person: &Person, fields: &[(String, &str)]) -> crate::support::Answer {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    person.submit("/rounds/r1/comments", &fields).await
}

async fn of_two_reviewers_of_a_comment_the_second_is_told_and_overwrites_nothing(app: TestApp) {
    let rows = vec![
        row("BIG", 1, "The desk of building nine is slow.", true),
        row("BIG", 2, "The tool is old.", true),
    ];
    published_with(&app.store, rows).await;
    let (first, second) = (app.designer().await, app.admin().await);
    let read = waiting(&first).await;
    let ((desk, seen), (tool, tool_seen)) = (find(&read, "desk"), find(&read, "tool"));
    let careful = "The desk […] is slow.";
    let done = decide(
        &first,
        json!([{ "comment": desk, "decision": "release", "text": careful, "seen": seen }]),
    )
    .await;
    assert_eq!(done.status, 200, "{done}");

    // The second, who still sees it waiting, would have shown all of it: by the API with and without a mark, and on the page.
    let shown = async || texts(&first.get("/api/v1/rounds/r1/comments?agency=BIG").await);
    for late in [
        json!({ "comment": desk, "decision": "release", "seen": seen }),
        json!({ "comment": desk, "decision": "release" }),
        json!({ "comment": desk, "decision": "withhold", "seen": "something else" }),
    ] {
        let both = json!([{ "comment": tool, "decision": "release", "seen": tool_seen }, late]);
        let refused = decide(&second, both).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (409, "conflict"),
            "{refused}"
        );
        assert!(
            refused
                .text
                .contains("somebody else has decided about 1 of these"),
            "{refused}"
        );
        assert_eq!(
            refused.json()["errors"][0]["pointer"],
            "/decisions/1/seen",
            "{refused}"
        );
        assert_eq!(shown().await, [careful], "neither of both was taken");
    }
    let page = send(
        &second,
        &[
            (format!("decision.{desk}"), "withhold"),
            (format!("seen.{desk}"), &seen),
            (format!("decision.{tool}"), "release"),
            (format!("seen.{tool}"), &tool_seen),
        ],
    )
    .await;
    assert_eq!(page.status, 409, "{page}");
    for told in [
        "Nothing was decided. Somebody else was faster.",
        "released it as “The desk […] is slow.”",
        "What you chose is still here",
        &format!("name=\"decision.{desk}\" value=\"withhold\" checked"),
        &format!("name=\"decision.{tool}\" value=\"release\" checked"),
    ] {
        assert!(page.text.contains(told), "{told}: {page}");
    }
    assert_eq!(shown().await, [careful]);

    // Who has seen the first decision may put another in its place.
    let (_, seen) = find(&listed(&second, "released").await, "desk");
    assert!(
        page.text
            .contains(&format!("name=\"seen.{desk}\" value=\"{seen}\"")),
        "{page}"
    );
    let saved = send(
        &second,
        &[
            (format!("decision.{desk}"), "withhold"),
            (format!("seen.{desk}"), &seen),
        ],
    )
    .await;
    assert_eq!(saved.status, 303, "{saved}");
    assert_eq!(shown().await, [""; 0]);
    // What was taken twice, as after a lost answer, is taken.
    let again = json!([{ "comment": desk, "decision": "withhold", "seen": seen }]);
    assert_eq!(decide(&second, again).await.status, 200);
}

async fn of_two_reviewers_at_the_same_moment_one_is_told(app: TestApp) {
    let rows = (0..12).map(|number| row("BIG", number, &format!("Reason {}", "x".repeat(number + 1)), true));
    published_with(&app.store, rows.collect()).await;
    let (first, second) = (app.designer().await, app.admin().await);
    for one in waiting(&first).await {
        let given =
            |word: &str| json!([{ "comment": one["comment"], "decision": word, "seen": one["seen"] }]);
        let (released, withheld) = tokio::join!(
            decide(&first, given("release")),
            decide(&second, given("withhold"))
        );
        let mut statuses = [released.status, withheld.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{released} {withheld}");
    }
}

async fn the_order_of_comments_is_not_the_order_in_which_they_came(app: TestApp) {
    let word = |number: usize| {
        format!(
            "{}{}",
            char::from(b'a' + u8::try_from(number / 10).unwrap()),
            "word".repeat(1 + number % 10)
        )
    };
    let came: Vec<String> = (0..24).map(word).collect();
    let rows = came
        .iter()
        .enumerate()
        .map(|(number, text)| row("BIG", number, text, true));
    published_with(&app.store, rows.collect()).await;
    let designer = app.designer().await;
    let read = waiting(&designer).await;
    let release: Vec<Value> = read
        .iter()
        .map(|one| json!({ "comment": one["comment"], "decision": "release" }))
        .collect();
    assert_eq!(decide(&designer, json!(release)).await.status, 200);
    let leader = app.leadership().await;
    let shown = texts(
        &leader
            .get("/api/v1/rounds/r1/comments?agency=BIG&limit=100")
            .await,
    );
    let mut sorted = shown.clone();
    sorted.sort();
    let mut expected = came.clone();
    expected.sort();
    assert_eq!(sorted, expected, "all are there");
    // Neighbours of the order of submission that are neighbours still: one or two by chance, all but none without a mix.
    let place = |text: &String| shown.iter().position(|one| one == text).unwrap();
    let neighbours = came
        .windows(2)
        .filter(|pair| place(&pair[1]) == place(&pair[0]) + 1)
        .count();
    assert!(
        neighbours <= 8,
        "{neighbours} of 23 stand behind each other as they came"
    );
    // Page by page they are the same, once each.
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = leader
            .get(&format!("/api/v1/rounds/r1/comments?agency=BIG&limit=7{cursor}"))
            .await;
        paged.extend(texts(&answer));
        match answer.json()["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, shown);
    // No date stands beside them.
    let body = leader.get("/api/v1/rounds/r1/comments?agency=BIG").await.text;
    assert!(!body.contains("2026-") && !body.contains("_at"), "{body}");
}

async fn a_release_and_its_withdrawal_show_at_once_on_a_page_that_is_kept(app: TestApp) {
    let id = published_with(&app.store, vec![row("BIG", 1, "Pick up the telephone.", true)]).await;
    let leader = app.leadership().await;
    let said = async || {
        let page = kept::page(&leader, "/agencies/BIG", "en").await;
        page.contains("Pick up the telephone.")
    };
    assert!(!said().await);
    assert!(!said().await, "from memory");
    for verdict in [Verdict::Release(None), Verdict::Withhold, Verdict::Release(None)] {
        let (round, given) = (id.clone(), verdict.clone());
        // As another instance would, without a request to this one.
        app.store
            .write(move |conn| {
                let mut keys = Vec::new();
                for decided in [Decided::Not, Decided::Released, Decided::Withheld] {
                    keys.extend(review::list(conn, &round, decided, None, 10)?.comments);
                }
                let decision = |one: Reviewed| Decision {
                    key: one.key,
                    verdict: given.clone(),
                    seen: Some(one.seen),
                };
                let decisions: Vec<Decision> = keys.into_iter().map(decision).collect();
                review::decide(conn, &Actor::operator(), &round, &decisions, noon("2026-06-05"))
            })
            .await
            .unwrap();
        assert_eq!(said().await, verdict != Verdict::Withhold, "{verdict:?}");
    }
}

async fn a_respondent_is_asked_and_an_unticked_box_shows_nothing(app: TestApp) {
    let links = open_round(&app, 12, 1, 5).await;
    let person = app.anonymous();
    // The promise and the box say it before anything is written, in both languages, and nobody ticked it.
    let promise = person.page(&links["staff"][0].path()).await;
    assert!(
        promise
            .text
            .contains("Nobody is shown it unless you tick the box"),
        "{promise}"
    );
    let form = person.page("/s/r1").await;
    if form.status == 200 && form.text.contains("a.open") {
        assert!(
            form.text.contains("name=\"a.open/show\"") && !form.text.contains(" checked"),
            "{form}"
        );
    }
    let send = |number: usize, open: Value| {
        let person = person.clone();
        let code = links["staff"][number].code.clone();
        async move {
            let body = json!({ "invitation": code, "answers": { "delivers": 4, "open": open } });
            let request = person
                .api(reqwest::Method::POST, "/api/v1/rounds/r1/responses")
                .header(
                    "Idempotency-Key",
                    format!("a-key-that-is-long-enough-{number}-{}", body.to_string().len()),
                );
            crate::support::Answer::of(request.json(&body)).await
        }
    };
    for (number, open, status) in [
        (0, json!("plain words"), 201),
        (1, json!({ "text": "words to show", "show": true }), 201),
        (2, json!({ "text": "words to keep", "show": false }), 201),
        (3, json!({ "text": "words without a word on it" }), 201),
        (4, json!({ "text": "words", "show": "yes" }), 422),
        (4, json!({ "text": "words", "shown": true }), 422),
        (4, json!({ "show": true }), 422),
    ] {
        let answer = send(number, open).await;
        assert_eq!(answer.status, status, "{number}: {answer}");
    }
    app.store
        .write(|conn| round::close(conn, &"r1".parse().unwrap(), rapport::clock::now()))
        .await
        .unwrap();
    let stored = app
        .store
        .read(|conn| responses::comments_of_audience(conn, "r1", "staff"))
        .await
        .unwrap();
    let mut told: Vec<(&str, bool)> = stored
        .iter()
        .map(|row| (row.text.as_str(), row.may_show))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("plain words", false),
            ("words to keep", false),
            ("words to show", true),
            ("words without a word on it", false),
        ]
    );
}
