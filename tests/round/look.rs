//! Looking at a roster before it is imported, and planning a round as last time.

use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

const PULSE: &str = include_str!("../../surveys/quarterly-pulse.v1.json");
const FIRST: &str =
    "agency,person,email\nDOT,p1,p1@x.gov\nDOT,p2,p2@x.gov\nDOC,p3,p3@x.gov\nOLD,p4,p4@x.gov\n";
/// The same people as another office exports them: p1 left, p3 moved, p4's agency was merged into DOC, p5 joined.
const SECOND: &str =
    "Dept;Staff No;Contact;Grade\nDOT;P2;p2@x.gov;a\nDOT;p3;p3@x.gov;b\nDOC;p4;p4@x.gov;a\nDOC;p5;;a\n";

/// A designer with the pulse, four agencies (one of which was merged into another since), and the draft `r`.
async fn planned(app: &TestApp) -> Person {
    let who = app.designer().await;
    let agencies = "code,name\nDOT,Transportation\nDOC,Commerce\nOLD,Old Commerce\n";
    assert_eq!(who.put_csv("/api/v1/agencies", agencies).await.status, 200);
    let definition: Value = serde_json::from_str(PULSE).unwrap();
    let version = who
        .post("/api/v1/surveys/quarterly-pulse/versions", definition)
        .await;
    assert_eq!(version.status, 201, "{version}");
    plan(&who, "r").await;
    who
}

async fn plan(who: &Person, id: &str) {
    let plan = json!({
        "id": id, "title": format!("Pulse {id}"), "survey": "quarterly-pulse", "version": 1,
        "audiences": [{ "name": "staff", "title": "Everybody", "mode": "anonymous" }],
    });
    assert_eq!(who.post("/api/v1/rounds", plan).await.status, 201);
}

async fn merge_old(who: &Person) {
    let lineage = "date,kind,from,to,note\n2026-07-01,merged,OLD,DOC,\n";
    let merged = who.put_csv("/api/v1/agencies/lineage", lineage).await;
    assert_eq!(merged.status, 200, "{merged}");
}

async fn send(who: &Person, round: &str, csv: &str) -> Answer {
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"roster\"; filename=\"r.csv\"\r\nContent-Type: text/csv\r\n\r\n{csv}\r\n--b--\r\n"
    );
    let path = format!("/rounds/{round}/audiences/staff/roster/look");
    let request = who
        .browse(reqwest::Method::POST, &path)
        .header("Content-Type", "multipart/form-data; boundary=b");
    Answer::of(request.body(body)).await
}

async fn look(who: &Person, round: &str, csv: &str) -> Value {
    let path = format!("/api/v1/rounds/{round}/audiences/staff/roster/look");
    let request = who
        .api(reqwest::Method::POST, &path)
        .header("Content-Type", "text/csv");
    let looked = Answer::of(request.body(csv.to_owned())).await;
    assert_eq!(looked.status, 200, "{looked}");
    looked.json()
}

async fn a_file_is_looked_at_matched_and_imported_without_being_sent_twice(app: TestApp) {
    let who = planned(&app).await;
    let base = "/rounds/r/audiences/staff/roster";
    let sent = send(&who, "r", SECOND).await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, format!("{base}/look").as_str())
    );
    let shown = who.page(&format!("{base}/look")).await;
    assert_eq!(shown.status, 422, "no column is the agency yet: {shown}");
    assert!(
        shown.text.contains("there is no column") && shown.text.contains("Staff No"),
        "{shown}"
    );
    let problems = who.page(&format!("{base}/problems.csv")).await;
    assert!(
        problems
            .text
            .starts_with("row,column,problem\n1,,\"there is no column"),
        "{problems}"
    );
    assert_eq!(
        who.submit(&format!("{base}/import"), &[]).await.status,
        422,
        "what has problems is not imported"
    );

    let said = [
        ("heading_0", "Dept"),
        ("use_0", "agency"),
        ("heading_1", "Staff No"),
        ("use_1", "person"),
        ("heading_2", "Contact"),
        ("use_2", "email"),
        ("heading_3", "Grade"),
        ("use_3", "leave-out"),
    ];
    assert_eq!(who.submit(&format!("{base}/columns"), &said).await.status, 303);
    let shown = who.page(&format!("{base}/look")).await;
    assert_eq!(shown.status, 200, "{shown}");
    assert!(shown.text.contains("4 people of 2 agencies"), "{shown}");
    let imported = who
        .submit(&format!("{base}/import"), &[("links", "download")])
        .await;
    assert_eq!(
        (imported.status, imported.text.lines().count()),
        (200, 5),
        "{imported}"
    );
    assert_eq!(
        who.page(&format!("{base}/look")).await.status,
        409,
        "nothing waits any more"
    );
    let table = who.page(&format!("{base}.csv")).await;
    assert_eq!(
        table.text,
        "agency,person,name,email,language\nDOT,P2,,p2@x.gov,en\nDOT,p3,,p3@x.gov,en\nDOC,p4,,p4@x.gov,en\nDOC,p5,,,en\n"
    );
}
/// What somebody says of columns goes through the API as well, and the calendar is there for clients.
async fn clients_say_what_columns_are_and_read_the_calendar(app: TestApp) {
    let who = crate::post::world::planned_round(&app, 3).await;
    let table = "Office;Payroll;Mail\nDOT;17;a@x.gov\nDOT;18;b@x.gov\n";
    let base = "/api/v1/rounds/r/audiences/staff/roster";
    let said =
        "columns=%7B%22Office%22%3A%22agency%22%2C%22Payroll%22%3A%22person%22%2C%22Mail%22%3A%22email%22%7D";
    assert_eq!(who.put_csv(base, table).await.status, 422);
    let look = |query: &str| {
        let request = who.api(reqwest::Method::POST, &format!("{base}/look?{query}"));
        crate::support::Answer::of(request.header("Content-Type", "text/csv").body(table))
    };
    assert!(!look("").await.json()["problems"].as_array().unwrap().is_empty());
    let looked = look(said).await;
    assert_eq!(looked.json()["people"], 2, "{looked}");
    assert_eq!(look("columns=nonsense").await.status, 422);
    let imported = who.put_csv(&format!("{base}?{said}"), table).await;
    assert_eq!(
        (imported.status, &imported.json()["people"]),
        (200, &serde_json::json!(2)),
        "{imported}"
    );

    let calendar = who.get("/api/v1/rounds/calendar").await;
    let events = calendar.json()["events"].clone();
    assert_eq!(
        (&events[0]["what"], &events[0]["at"], &events[0]["is_done"]),
        (
            &serde_json::json!("closing"),
            &serde_json::json!("2999-01-01T00:00:00Z"),
            &serde_json::json!(false)
        ),
        "{calendar}"
    );
}

/// An audience with planned mail does not go; once the mail is taken back it does, and leaves nothing behind.
async fn an_audience_with_planned_mail_is_not_removed(app: TestApp) {
    use crate::post::world::{order, planned_round};
    let who = planned_round(&app, 3).await;
    order(&app, "staff", rapport::post::mailing::Kind::Invitation)
        .await
        .unwrap();
    let without = serde_json::json!({ "audiences": [{ "name": "leaders", "title": "Directors", "mode": "attributed" }] });
    let patch = || {
        let request = who.api(reqwest::Method::PATCH, "/api/v1/rounds/r");
        crate::support::Answer::of(request.json(&without))
    };
    let refused = patch().await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "conflict"),
        "{refused}"
    );
    assert!(
        refused
            .text
            .contains("take the mail back at /rounds/r/mail first"),
        "{refused}"
    );
    let form = [
        ("title", "T"),
        ("what", "quarterly-pulse@1"),
        ("audience_1", "leaders"),
        ("audience_1_title", "Directors"),
        ("audience_1_mode", "attributed"),
    ];
    let page = who.submit("/rounds/r/plan/basics", &form).await;
    assert_eq!(page.status, 422, "{page}");
    assert!(page.text.contains("has mail that is planned"), "{page}");

    let taken = who.submit("/rounds/r/mail/staff.0/take-back", &[]).await;
    assert_eq!(taken.status, 303, "{taken}");
    let removed = patch().await;
    assert_eq!(removed.status, 200, "{removed}");
    assert_eq!(removed.json()["audiences"].as_array().unwrap().len(), 1);
}

on_both_engines!(
    a_file_is_looked_at_matched_and_imported_without_being_sent_twice,
    clients_say_what_columns_are_and_read_the_calendar,
    an_audience_with_planned_mail_is_not_removed,
);

#[tokio::test]
async fn a_look_tells_who_joined_left_and_moved_since_the_last_round_and_stores_nothing() {
    let app = TestApp::sqlite().await;
    let who = planned(&app).await;
    assert_eq!(
        who.put_csv("/api/v1/rounds/r/audiences/staff/roster", FIRST)
            .await
            .status,
        200
    );
    assert_eq!(who.post("/api/v1/rounds/r/open", json!({})).await.status, 200);
    merge_old(&who).await;
    plan(&who, "next").await;
    let second = SECOND.replace("Dept;Staff No;Contact;Grade", "agency;person;email;grade");
    let told = look(&who, "next", &second).await;
    assert_eq!(told["compared_with"], "the roster of Pulse r");
    let change = &told["change"];
    assert_eq!(
        (&change["stayed"], &change["joined"], &change["left"]),
        (&json!(1), &json!(1), &json!(1)),
        "{told}"
    );
    assert_eq!(
        change["moved"],
        json!([
            { "from": "DOC", "to": "DOT", "people": 1, "merged": false },
            { "from": "OLD", "to": "DOC", "people": 1, "merged": true },
        ])
    );
    let uses: Vec<&str> = told["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["taken_as"].as_str().unwrap())
        .collect();
    assert_eq!(uses, ["agency", "person", "email", "segment"]);
    let progress = who.get("/api/v1/rounds/next/progress").await.json();
    assert_eq!(progress["audiences"][0]["invited"], 0);

    let open = look_status(&who, "r").await;
    assert_eq!(open, 409, "a round that has opened takes no roster");
    let wrong = look(&who, "next", "agency,person\nDOT,p1\nNONE,p1\n").await;
    let rows: Vec<u64> = wrong["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["row"].as_u64().unwrap())
        .collect();
    assert_eq!((rows, &wrong["people"]), (vec![3, 3], &json!(0)), "{wrong}");
}

async fn look_status(who: &Person, round: &str) -> u16 {
    let path = format!("/api/v1/rounds/{round}/audiences/staff/roster/look");
    let request = who
        .api(reqwest::Method::POST, &path)
        .header("Content-Type", "text/csv");
    Answer::of(request.body(FIRST)).await.status
}

async fn a_round_again_takes_plan_and_rosters_along_with_the_mergers_since(app: TestApp) {
    let who = planned(&app).await;
    assert_eq!(
        who.put_csv("/api/v1/rounds/r/audiences/staff/roster", FIRST)
            .await
            .status,
        200
    );
    assert_eq!(who.post("/api/v1/rounds/r/open", json!({})).await.status, 200);
    merge_old(&who).await;
    let again = who
        .post("/api/v1/rounds/r/again", json!({ "id": "r2", "title": "Again" }))
        .await;
    assert_eq!(again.status, 201, "{again}");
    let told = again.json();
    assert_eq!(
        (&told["round"]["state"], &told["round"]["survey"]),
        (&json!("draft"), &json!("quarterly-pulse"))
    );
    assert_eq!(
        (&told["rosters"][0]["people"], &told["rosters"][0]["merged"]),
        (&json!(4), &json!(1))
    );
    let roster = who.get("/api/v1/rounds/r2/audiences/staff/roster").await;
    assert!(
        roster.text.contains("DOC,p4,") && !roster.text.contains("OLD"),
        "{roster}"
    );

    let taken = who
        .submit("/rounds/r/again", &[("id", "r2"), ("title", "Kept <title>")])
        .await;
    assert_eq!(taken.status, 422, "{taken}");
    assert!(
        taken.text.contains("Kept &lt;title&gt;") && taken.text.contains("id=\"id-error\""),
        "{taken}"
    );
    let done = who
        .submit("/rounds/r/again", &[("id", "r3"), ("title", "Third")])
        .await;
    assert!(done.status == 200 && done.text.contains("4 people"), "{done}");
}
on_both_engines!(a_round_again_takes_plan_and_rosters_along_with_the_mergers_since);

#[tokio::test]
async fn agencies_are_edited_on_a_page_that_keeps_what_was_typed() {
    let app = TestApp::sqlite().await;
    let who = planned(&app).await;
    let added = who
        .submit(
            "/directory/new",
            &[("code", "BB"), ("name", "Barbers"), ("cluster", "boards")],
        )
        .await;
    assert_eq!((added.status, added.header("location")), (303, "/directory/BB"));
    let wrong = who
        .submit(
            "/directory/new",
            &[("code", "b b"), ("name", "Kept <name>"), ("parent", "DOT")],
        )
        .await;
    assert_eq!(wrong.status, 422, "{wrong}");
    assert!(
        wrong.text.contains("Kept &lt;name&gt;") && wrong.text.contains("id=\"code-error\""),
        "{wrong}"
    );
    let twice = who
        .submit("/directory/new", &[("code", "BB"), ("name", "Other")])
        .await;
    assert!(twice.status == 422 && twice.text.contains("already"), "{twice}");
    let happened = [
        ("date", "2026-02-30"),
        ("kind", "merged"),
        ("other", "DOC"),
        ("note", "Kept <note>"),
    ];
    let wrong = who.submit("/directory/BB/lineage", &happened).await;
    assert!(
        wrong.status == 422
            && wrong.text.contains("id=\"date-error\"")
            && wrong.text.contains("Kept &lt;note&gt;"),
        "{wrong}"
    );
    let happened = [("date", "2026-02-01"), ("kind", "merged"), ("other", "DOC")];
    assert_eq!(who.submit("/directory/BB/lineage", &happened).await.status, 303);
    let listed = who.page("/directory").await;
    assert!(listed.text.contains("BB became part of DOC"), "{listed}");
    assert_eq!(app.viewer("DOT").await.page("/directory").await.status, 403);
}

#[tokio::test]
async fn a_plan_tells_what_is_left_before_it_opens_and_the_calendar_tells_when() {
    let app = TestApp::sqlite().await;
    let who = planned(&app).await;
    let page = who.page("/rounds/r").await;
    for told in [
        "On the way to the opening",
        "Nobody is invited to Everybody yet",
        "no time of closing",
    ] {
        assert!(page.text.contains(told), "{told}: {page}");
    }
    assert_eq!(
        who.put_csv("/api/v1/rounds/r/audiences/staff/roster", FIRST)
            .await
            .status,
        200
    );
    let times = json!({ "opens_at": "2998-11-30T06:00:00Z", "closes_at": "2999-01-02T06:00:00Z" });
    let request = who.api(reqwest::Method::PATCH, "/api/v1/rounds/r").json(&times);
    assert_eq!(Answer::of(request).await.status, 200);
    assert!(
        who.page("/rounds/r")
            .await
            .text
            .contains("4 people are invited to Everybody")
    );
    plan(&who, "undated").await;
    let calendar = who.page("/rounds/calendar").await;
    assert_eq!(calendar.status, 200, "{calendar}");
    for told in [
        "November 2998",
        "January 2999",
        "Pulse r</a>, opens",
        "Pulse r</a>, closes",
        "Without a time",
        "Pulse undated",
    ] {
        assert!(calendar.text.contains(told), "{told}: {calendar}");
    }
    assert_eq!(app.viewer("DOT").await.page("/rounds/calendar").await.status, 403);
}
