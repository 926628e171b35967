//! The whole way over HTTP: plan, invite, open, close; and every refusal with its place and its remedy.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Answer, Person, TestApp};

const PULSE: &str = include_str!("../../surveys/quarterly-pulse.v1.json");

fn plan(id: &str) -> Value {
    json!({
        "id": id, "title": "A pulse", "survey": "quarterly-pulse", "version": 1,
        "audiences": [
            { "name": "staff", "title": "Everybody", "mode": "anonymous" },
            { "name": "leaders", "title": "Directors", "mode": "attributed" },
        ],
    })
}

/// A designer with agencies, a published survey and the round `r` as a draft.
async fn designer(app: &TestApp) -> Person {
    let who = app.designer().await;
    let agencies = who.put_csv(
        "/api/v1/agencies",
        "code,name,cluster\nDOT,Transportation,\nBB,Barbers,small\n",
    );
    assert_eq!(agencies.await.status, 200);
    let version = who
        .post("/api/v1/surveys/quarterly-pulse/versions", definition())
        .await;
    assert_eq!(version.status, 201, "{version}");
    let round = who.post("/api/v1/rounds", plan("r")).await;
    assert_eq!(round.status, 201, "{round}");
    assert_eq!(round.header("location"), "/api/v1/rounds/r");
    who
}

fn definition() -> Value {
    serde_json::from_str(PULSE).unwrap()
}

/// The definition as version 2 that changes nothing.
fn next_definition() -> Value {
    let mut next = definition();
    next["version"] = json!(2);
    for page in next["pages"].as_array_mut().unwrap() {
        for item in page["items"].as_array_mut().unwrap() {
            if item.get("construct").is_some() {
                item["previous"] = json!("same");
            }
        }
    }
    next
}

async fn invite(who: &Person, people: usize) -> (Answer, Answer) {
    let mut staff = "agency,person,email\n".to_owned();
    for person in 0..people {
        staff.push_str(&format!(
            "{},p{person},p{person}@x.gov\n",
            if person % 4 == 0 { "BB" } else { "DOT" }
        ));
    }
    let staff = who
        .put_csv("/api/v1/rounds/r/audiences/staff/roster", staff)
        .await;
    let leaders = who
        .put_csv(
            "/api/v1/rounds/r/audiences/leaders/roster",
            "agency;person;name\r\nDOT;d1;Ana Núñez\r\n",
        )
        .await;
    assert_eq!((staff.status, leaders.status), (200, 200), "{staff} {leaders}");
    (staff, leaders)
}

async fn step(who: &Person, step: &str) -> Answer {
    who.post(&format!("/api/v1/rounds/r/{step}"), json!({})).await
}

async fn actions(app: &TestApp) -> Vec<(String, String)> {
    let entries = app
        .read(|conn| rapport::identity::audit::list(conn, None, 100))
        .await;
    entries
        .into_iter()
        .rev()
        .map(|entry| (entry.actor, entry.action))
        .collect()
}

async fn a_round_is_planned_invited_opened_and_closed_and_every_step_is_recorded(app: TestApp) {
    let who = designer(&app).await;
    let (staff, _) = invite(&who, 12).await;
    let first = &staff.json()["links"][0];
    assert_eq!(
        first["link"],
        format!("{}/i/{}", app.url(""), first["code"].as_str().unwrap())
    );

    let window = json!({ "opens_at": "2999-01-01T00:00:00Z", "thresholds": { "least_respondents": 5, "least_change": 4.0 } });
    let edited = Answer::of(who.api(reqwest::Method::PATCH, "/api/v1/rounds/r").json(&window)).await;
    assert_eq!(
        (edited.status, edited.json()["opens_at"].as_str()),
        (200, Some("2999-01-01T00:00:00Z"))
    );
    assert_eq!(step(&who, "schedule").await.json()["state"], "scheduled");
    assert_eq!(step(&who, "withdraw").await.json()["state"], "draft");

    let opened = step(&who, "open").await;
    assert_eq!(opened.status, 200, "{opened}");
    let round = opened.json();
    let promise = serde_json_canonicalizer::to_string(&round["promise"]).unwrap();
    let digest: String = Sha256::digest(promise)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        round["promise_digest"], digest,
        "anybody can recompute the digest from what the API says"
    );
    assert_eq!(
        round["promise"]["audiences"]["staff"]["headcounts"],
        json!({ "BB": 3, "DOT": 9 })
    );
    assert_eq!(round["promise"]["thresholds"]["least_respondents"], 5);
    assert_eq!(who.get("/api/v1/rounds/r").await.json(), round);

    assert_eq!(step(&who, "close").await.json()["state"], "closed");
    let expected = [
        "agency.import",
        "survey.publish",
        "round.create",
        "roster.import",
        "roster.import",
        "round.edit",
        "round.schedule",
        "round.withdraw",
        "round.open",
        "round.close",
    ];
    let found: Vec<(String, String)> = actions(&app).await;
    let by_designer: Vec<&str> = found
        .iter()
        .filter(|(actor, action)| actor == "designer@test.gov" && !action.starts_with("session"))
        .map(|(_, action)| action.as_str())
        .collect();
    assert_eq!(by_designer, expected);
}

async fn a_step_that_is_refused_is_not_recorded_and_says_what_to_do(app: TestApp) {
    let who = designer(&app).await;
    let before = actions(&app).await.len();
    for (name, told) in [
        ("open", "nobody is invited to the audience"),
        (
            "close",
            "the round `r` is draft and cannot be closed; open it first",
        ),
        ("publish", "it has to be opened and closed first"),
        ("withdraw", "cannot be withdrawn"),
        ("schedule", "it has no time of opening that lies ahead"),
    ] {
        let refused = step(&who, name).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (409, "conflict"),
            "{refused}"
        );
        assert!(
            refused.json()["detail"].as_str().unwrap().contains(told),
            "{refused}"
        );
    }
    assert_eq!(actions(&app).await.len(), before);
    assert_eq!(who.post("/api/v1/rounds/none/open", json!({})).await.status, 404);
}

async fn nothing_of_an_open_round_can_be_changed_over_http(app: TestApp) {
    let who = designer(&app).await;
    invite(&who, 8).await;
    let before = step(&who, "open").await.json();
    let patch = |body: Value| Answer::of(who.api(reqwest::Method::PATCH, "/api/v1/rounds/r").json(&body));
    for body in [
        json!({ "title": "x" }),
        json!({ "version": 1 }),
        json!({ "audiences": [] }),
        json!({ "thresholds": { "least_respondents": 5, "least_change": 5.0 } }),
        json!({ "closes_at": null }),
        json!({}),
    ] {
        let told = body.to_string();
        let refused = patch(body).await;
        assert_eq!(refused.status, 409, "{told}: {refused}");
    }
    let roster = who
        .put_csv(
            "/api/v1/rounds/r/audiences/staff/roster",
            "agency,person\nDOT,new\n",
        )
        .await;
    assert_eq!(roster.status, 409, "{roster}");
    assert_eq!(step(&who, "open").await.status, 409);
    for (stage, form) in [
        ("basics", vec![("title", "x"), ("what", "quarterly-pulse@1")]),
        ("window", vec![("closes_at", "2999-01-01T06:00")]),
        ("promise", vec![("least_respondents", "5"), ("least_change", "5")]),
    ] {
        let path = format!("/rounds/r/plan/{stage}");
        assert_eq!(who.submit(&path, &form).await.status, 409, "{stage}");
        assert_eq!(who.page(&path).await.status, 409, "{stage}");
    }
    assert_eq!(who.get("/api/v1/rounds/r").await.json(), before);
}

async fn of_two_who_open_at_once_over_http_one_does(app: TestApp) {
    let who = designer(&app).await;
    invite(&who, 8).await;
    let both = tokio::join!(step(&who, "open"), step(&who, "open"));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let opened = actions(&app)
        .await
        .into_iter()
        .filter(|(_, action)| action == "round.open")
        .count();
    assert_eq!(opened, 1);
}

async fn what_is_wrong_with_a_plan_is_told_with_its_place(app: TestApp) {
    let who = designer(&app).await;
    for (body, pointer) in [
        (json!({ "id": "x", "titel": "y" }), "/titel"),
        (
            json!({ "audiences": [{ "name": "a", "title": "b", "mode": "secret" }] }),
            "/audiences/0/mode",
        ),
        (json!({ "id": "a b" }), "/id"),
        (json!({ "opens_at": "tomorrow" }), "/opens_at"),
    ] {
        let refused = who.post("/api/v1/rounds", body).await;
        assert_eq!(refused.status, 422, "{refused}");
        let found = refused.json()["errors"][0]["pointer"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            found == pointer || found.is_empty() && pointer == "/titel",
            "{refused}"
        );
    }
    let mut bad = plan("x");
    bad["thresholds"] = json!({ "least_respondents": 4, "least_change": 5.0 });
    bad["version"] = json!(7);
    let refused = who.post("/api/v1/rounds", bad).await;
    let pointers: Vec<String> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        pointers,
        ["/thresholds/least_respondents", "/version"],
        "{refused}"
    );
    assert_eq!(
        who.post("/api/v1/rounds", plan("r")).await.status,
        409,
        "the id is taken"
    );
}

async fn a_roster_with_problems_is_refused_with_their_rows_and_sent_as_another_type_at_once(app: TestApp) {
    let who = designer(&app).await;
    let path = "/api/v1/rounds/r/audiences/staff/roster";
    let refused = who.put_csv(path, "agency,person\nDOT,a\nNOPE,b\nDOT,a\n").await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "invalid"));
    let faults = refused.json()["errors"].clone();
    assert_eq!(faults[0]["pointer"], "#row=3");
    assert!(
        faults[0]["detail"]
            .as_str()
            .unwrap()
            .starts_with("agency: there is no agency `NOPE`")
    );
    assert_eq!(faults[1]["pointer"], "#row=4");
    assert_eq!(who.put(path, json!({})).await.status, 415);
    assert_eq!(
        who.put_csv("/api/v1/rounds/r/audiences/none/roster", "a\n")
            .await
            .status,
        404
    );
    let many: String = (0..1200).map(|row| format!("NOPE,p{row}\n")).collect();
    let refused = who.put_csv(path, format!("agency,person\n{many}")).await;
    assert_eq!(refused.json()["errors"].as_array().unwrap().len(), 1000);
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .starts_with("the table has 1200 problems")
    );
}

async fn links_come_as_a_table_when_asked_for_and_only_attributed_ones_can_be_listed_and_renewed(
    app: TestApp,
) {
    let who = designer(&app).await;
    let path = "/api/v1/rounds/r/audiences/staff/roster";
    let request = who
        .api(reqwest::Method::PUT, path)
        .header("Content-Type", "text/csv")
        .header("Accept", "text/csv");
    let table = Answer::of(request.body("agency,person\nDOT,a\n")).await;
    assert!(table.header("content-type").starts_with("text/csv"), "{table}");
    assert!(table.text.starts_with(&format!(
        "person,name,email,agency,language,link\na,,,DOT,en,{}/i/",
        app.url("")
    )));
    assert_eq!(table.header("cache-control"), "no-store");
    let (_, leaders) = invite(&who, 8).await;
    step(&who, "open").await;

    let invitations = "/api/v1/rounds/r/audiences/leaders/invitations";
    let listed = who.get(invitations).await;
    assert_eq!(listed.json()["invitations"][0]["name"], "Ana Núñez");
    let old = leaders.json()["links"][0]["code"].as_str().unwrap().to_owned();
    assert!(
        !listed.text.contains(&old) && !listed.text.contains("code"),
        "a list has no codes: {listed}"
    );
    let renewed = who.post(invitations, json!({})).await;
    let new = renewed.json()["links"][0]["code"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    let anonymous = app.anonymous();
    assert_ne!(
        anonymous.get(&format!("/api/v1/invitations/{old}")).await.status,
        200,
        "the old link is dead"
    );
    assert_eq!(
        anonymous.get(&format!("/api/v1/invitations/{new}")).await.status,
        200
    );

    let of_staff = "/api/v1/rounds/r/audiences/staff/invitations";
    assert_eq!(who.get(of_staff).await.status, 409);
    assert_eq!(who.post(of_staff, json!({})).await.status, 409);
}

async fn progress_is_floored_and_shows_nothing_below_the_threshold(app: TestApp) {
    let who = designer(&app).await;
    let (staff, _) = invite(&who, 80).await;
    step(&who, "open").await;
    let anonymous = app.anonymous();
    let links: Vec<Value> = staff.json()["links"].as_array().unwrap().clone();
    let of = |agency: &str, count: usize| -> Vec<String> {
        let mine = links.iter().filter(|link| link["agency"] == agency);
        mine.take(count)
            .map(|link| link["code"].as_str().unwrap().to_owned())
            .collect()
    };
    for code in of("DOT", 13).into_iter().chain(of("BB", 9)) {
        let body = json!({ "invitation": code, "answers": {} });
        let request = anonymous
            .request(reqwest::Method::POST, "/api/v1/rounds/r/responses")
            .json(&body);
        let sent = Answer::of(request.header("Idempotency-Key", &code[..16])).await;
        assert!(matches!(sent.status, 200 | 201), "{sent}");
    }
    let progress = who.get("/api/v1/rounds/r/progress").await.json();
    let staff = progress["audiences"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["audience"] == "staff")
        .unwrap();
    assert_eq!(
        staff["agencies"],
        json!([
            { "agency": "BB", "invited": 20, "answered": null, "claimed": null },
            { "agency": "DOT", "invited": 60, "answered": 10, "claimed": null },
        ])
    );
    assert_eq!(
        (staff["invited"].as_u64(), staff["answered"].as_u64()),
        (Some(80), Some(20))
    );
    let page = who.page("/rounds/r").await;
    assert!(
        page.text.contains("at least 10") && page.text.contains("fewer than 10"),
        "{page}"
    );
}

async fn a_version_has_its_digest_as_tag_and_is_not_sent_twice(app: TestApp) {
    let who = designer(&app).await;
    let path = "/api/v1/surveys/quarterly-pulse/versions/1";
    let first = who.get(path).await;
    let digest = first.json()["digest"].as_str().unwrap().to_owned();
    assert_eq!(first.header("etag"), format!("\"{digest}\""));
    let canonical = serde_json_canonicalizer::to_string(&first.json()["definition"]).unwrap();
    let computed: String = Sha256::digest(canonical)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(computed, digest);
    for (tag, status) in [
        (format!("\"{digest}\""), 304),
        ("\"other\"".to_owned(), 200),
        ("*".to_owned(), 304),
    ] {
        let again = Answer::of(who.api(reqwest::Method::GET, path).header("If-None-Match", &tag)).await;
        assert_eq!(again.status, status, "{tag}");
        assert_eq!(again.header("etag"), format!("\"{digest}\""));
    }
    assert_eq!(
        who.get("/api/v1/surveys/quarterly-pulse/versions/9").await.status,
        404
    );
}

async fn publishing_twice_changes_nothing_and_a_changed_version_is_refused(app: TestApp) {
    let who = designer(&app).await;
    let path = "/api/v1/surveys/quarterly-pulse/versions";
    assert_eq!(who.post(path, definition()).await.status, 200);
    let mut changed = definition();
    changed["purpose"]["en"] = json!("Something else.");
    assert_eq!(who.post(path, changed.clone()).await.status, 409);
    let mut broken = definition();
    broken["pages"][0]["items"][0]["answer"]["scale"] = json!("nowhere");
    let refused = who.post(path, broken).await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.json()["errors"][0]["pointer"],
        "/pages/0/items/0/answer/scale",
        "{refused}"
    );
    let elsewhere = who.post("/api/v1/surveys/other/versions", definition()).await;
    assert_eq!(elsewhere.json()["errors"][0]["pointer"], "/id", "{elsewhere}");

    let mut changed = next_definition();
    changed["purpose"]["en"] = json!("Something else.");
    let draft = "/api/v1/surveys/quarterly-pulse/draft";
    assert_eq!(who.get(draft).await.status, 404);
    let saved = who.put(draft, changed.clone()).await;
    assert_eq!(
        (saved.status, saved.json()["problems"].clone()),
        (200, json!([])),
        "{saved}"
    );
    let diff = who
        .get("/api/v1/surveys/quarterly-pulse/diff?from=1&to=draft")
        .await;
    assert_eq!(
        diff.json()["indices"][0]["comparability"]["verdict"],
        "comparable",
        "{diff}"
    );
    assert_eq!(who.post(path, changed).await.status, 201);
    assert_eq!(who.get(draft).await.status, 404, "the published draft is gone");
    let listed = who.get("/api/v1/surveys").await.json();
    assert_eq!(listed["surveys"][0]["versions"].as_array().unwrap().len(), 2);
}

async fn lists_page_by_limit_and_cursor(app: TestApp) {
    let who = designer(&app).await;
    for id in ["a", "b", "c"] {
        assert_eq!(who.post("/api/v1/rounds", plan(id)).await.status, 201);
    }
    for (list, key, expected) in [
        ("rounds", "id", 4),
        ("agencies", "code", 2),
        ("surveys", "survey", 1),
    ] {
        let mut seen = Vec::new();
        let mut path = format!("/api/v1/{list}?limit=1");
        loop {
            let page = who.get(&path).await.json();
            let rows = page[list].as_array().unwrap();
            assert_eq!(rows.len(), 1, "{page}");
            seen.push(rows[0][key].as_str().unwrap().to_owned());
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/api/v1/{list}?limit=1&cursor={cursor}"),
                None => break,
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), expected, "{list}: {seen:?}");
        for bad in ["limit=0", "limit=501", "cursor=%21"] {
            assert_eq!(
                who.get(&format!("/api/v1/{list}?{bad}")).await.status,
                422,
                "{list} {bad}"
            );
        }
    }
}

async fn a_viewer_sees_the_own_agency_and_no_other(app: TestApp) {
    designer(&app).await;
    let viewer = app.viewer("DOT").await;
    let listed = viewer.get("/api/v1/agencies").await.json();
    assert_eq!(listed["agencies"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(viewer.get("/api/v1/agencies/DOT").await.status, 200);
    let (other, none) = (
        viewer.get("/api/v1/agencies/BB").await,
        viewer.get("/api/v1/agencies/NONE").await,
    );
    assert_eq!((other.status, none.status), (404, 404));
    assert_eq!(
        viewer
            .put_csv("/api/v1/agencies", "code,name\nX,x\n")
            .await
            .status,
        403
    );
    assert_eq!(viewer.get("/api/v1/rounds").await.status, 403);
}

async fn the_pages_lead_a_designer_from_a_plan_to_a_closed_round(app: TestApp) {
    let who = designer(&app).await;
    let form = [
        ("id", "second"),
        ("title", "Second <round>"),
        ("what", "quarterly-pulse@1"),
        ("audience_1", "staff"),
        ("audience_1_title", "Everybody"),
        ("audience_1_mode", "anonymous"),
    ];
    assert_eq!(who.page("/rounds/new").await.status, 200);
    let made = who.submit("/rounds/new", &form).await;
    assert_eq!(
        (made.status, made.header("location")),
        (303, "/rounds/second/plan/rosters"),
        "{made}"
    );
    // Each step saves what it asks for, whichever way somebody leaves it.
    for (stage, form, place) in [
        (
            "window",
            vec![("opens_at", "2999-01-01T06:00"), ("go", "back")],
            "/rounds/second/plan/rosters",
        ),
        (
            "promise",
            vec![("least_respondents", "12"), ("least_change", "5"), ("go", "next")],
            "/rounds/second/mail",
        ),
    ] {
        let saved = who.submit(&format!("/rounds/second/plan/{stage}"), &form).await;
        assert_eq!((saved.status, saved.header("location")), (303, place), "{saved}");
    }
    let mail = who.page("/rounds/second/mail").await;
    assert!(
        mail.text
            .contains("<strong aria-current=\"step\">Invitations and reminders</strong>"),
        "{mail}"
    );
    assert_eq!(who.page("/rounds/second/plan/mail").await.status, 404);
    let page = who.page("/rounds/second").await;
    assert!(
        page.text.contains("Second &lt;round&gt;") && page.text.contains("fewer than 12 people"),
        "{page}"
    );

    let sent = upload(&who, "second", "agency;person\r\nDOT;p1\r\nNOPE;p2\r\n").await;
    assert_eq!(sent.status, 422, "{sent}");
    assert!(
        sent.text.contains("there is no agency &#x60;NOPE&#x60;") && sent.text.contains(">3<"),
        "{sent}"
    );
    let sent = upload(&who, "second", "agency;person\r\nDOT;p1\r\nDOT;p2\r\n").await;
    assert_eq!(
        sent.header("content-disposition"),
        "attachment; filename=\"links-second-staff.csv\""
    );
    assert_eq!(sent.text.lines().count(), 3, "{sent}");

    assert!(
        who.page("/rounds/second/plan/window")
            .await
            .text
            .contains("2999-01-01T06:00")
    );
    assert_eq!(who.submit("/rounds/second/schedule", &[]).await.status, 303);
    let unsure = who.submit("/rounds/second/open", &[]).await;
    assert_eq!(unsure.status, 422);
    assert!(unsure.text.contains("tick the box"), "{unsure}");
    for (verb, state) in [
        ("open", "open"),
        ("close", "closed"),
        ("seal", "sealed"),
        ("publish", "published"),
    ] {
        let done = who
            .submit(&format!("/rounds/second/{verb}"), &[("sure", "yes")])
            .await;
        assert_eq!(done.status, 303, "{verb}: {done}");
        let page = who.page("/rounds/second").await;
        assert!(page.text.contains(&format!(">{state}</span>")), "{page}");
    }
    let again = who.submit("/rounds/second/close", &[("sure", "yes")]).await;
    assert_eq!(again.status, 409);
    assert!(
        again.text.contains("it collects no responses any more"),
        "{again}"
    );
    assert!(who.page("/rounds").await.text.contains("Second &lt;round&gt;"));
}

async fn upload(who: &Person, round: &str, csv: &str) -> Answer {
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"roster\"; filename=\"r.csv\"\r\nContent-Type: text/csv\r\n\r\n{csv}\r\n--b--\r\n"
    );
    let request = who
        .browse(
            reqwest::Method::POST,
            &format!("/rounds/{round}/audiences/staff/roster"),
        )
        .header("Content-Type", "multipart/form-data; boundary=b");
    Answer::of(request.body(body)).await
}

async fn a_plan_with_faults_keeps_everything_that_was_typed(app: TestApp) {
    let who = designer(&app).await;
    let form = [
        ("id", "a b"),
        ("title", "Kept"),
        ("what", ""),
        ("audience_2", "staff two"),
        ("audience_2_title", "Kept, too"),
        ("audience_2_mode", "attributed"),
    ];
    let page = who.submit("/rounds/new", &form).await;
    assert_eq!(page.status, 422);
    for text in [
        "Kept",
        "Kept, too",
        "staff two",
        "value=\"a b\"",
        "href=\"#audience_2\"",
    ] {
        assert!(page.text.contains(text), "{text}: {page}");
    }
    let untitled = [
        ("id", "x"),
        ("title", "T"),
        ("what", "quarterly-pulse@1"),
        ("audience_3", "s"),
        ("audience_3_title", ""),
        ("audience_3_mode", "anonymous"),
    ];
    let page = who.submit("/rounds/new", &untitled).await;
    assert!(page.text.contains("href=\"#audience_3_title\""), "{page}");
    let titled = [untitled.as_slice(), &[("audience_3_title", "S")]].concat();
    assert_eq!(who.submit("/rounds/new", &titled).await.status, 303);
    for (stage, form, told) in [
        (
            "window",
            [("opens_at", "soon"), ("closes_at", "")],
            ["soon&#x60; is no time", "value=\"soon\""],
        ),
        (
            "promise",
            [("least_respondents", "3"), ("least_change", "5")],
            ["href=\"#least_respondents\"", "value=\"3\""],
        ),
        (
            "promise",
            [("least_respondents", "ten"), ("least_change", "5")],
            ["href=\"#least_respondents\"", "value=\"ten\""],
        ),
    ] {
        let page = who.submit(&format!("/rounds/x/plan/{stage}"), &form).await;
        assert_eq!(page.status, 422, "{page}");
        for text in told {
            assert!(page.text.contains(text), "{text}: {page}");
        }
    }
}

async fn a_draft_is_saved_word_for_word_and_published_when_nothing_stands_in_the_way(app: TestApp) {
    let who = designer(&app).await;
    let begun = who.submit("/surveys", &[("survey", "quarterly-pulse")]).await;
    assert_eq!(begun.header("location"), "/surveys/quarterly-pulse/draft");
    let blank = who.page("/surveys/quarterly-pulse/draft").await;
    assert!(
        blank.text.contains("Below is version 1 under the next number"),
        "{blank}"
    );
    assert!(
        who.submit("/surveys", &[("survey", "a b")])
            .await
            .text
            .contains("not a valid name")
    );

    let broken = "{ \"id\": \"quarterly-pulse\",\r\n  \"versoin\": 2 <oops>";
    let saved = who
        .submit("/surveys/quarterly-pulse/draft", &[("definition", broken)])
        .await;
    assert_eq!(saved.status, 303, "{saved}");
    let page = who.page("/surveys/quarterly-pulse/draft").await;
    assert!(
        page.text.contains("&quot;versoin&quot;: 2 &lt;oops&gt;"),
        "nothing that was typed is lost: {page}"
    );
    assert!(page.text.contains("Not ready yet"), "{page}");
    let refused = who.submit("/surveys/quarterly-pulse/publish", &[]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("&lt;oops&gt;"), "{refused}");

    let mut next = next_definition();
    next["pages"][0]["items"][0]["text"]["en"] =
        json!("The IT office does what it says, always and everywhere.");
    next["pages"][0]["items"][0]["wording"] = json!("other");
    next["pages"][0]["items"][0]["previous"] = json!("flagged");
    let text = serde_json::to_string_pretty(&next).unwrap();
    who.submit("/surveys/quarterly-pulse/draft", &[("definition", &text)])
        .await;
    let page = who.page("/surveys/quarterly-pulse/draft").await;
    assert!(page.text.contains("Ready to be published"), "{page}");
    let diff = who.page("/surveys/quarterly-pulse/diff").await;
    assert_eq!(diff.status, 200, "{diff}");
    for text in [
        "From version 1 to the draft",
        "always and everywhere",
        "reworded",
        "The line goes on",
        "the same words",
    ] {
        assert!(diff.text.contains(text), "{text}: {diff}");
    }
    let published = who.submit("/surveys/quarterly-pulse/publish", &[]).await;
    assert_eq!(
        published.header("location"),
        "/surveys/quarterly-pulse",
        "{published}"
    );
    let page = who.page("/surveys/quarterly-pulse").await;
    assert!(
        page.text.contains("since version 1") && page.text.contains("always and everywhere"),
        "{page}"
    );
    assert!(who.page("/surveys/quarterly-pulse?version=1").await.status == 200);
    assert!(who.page("/surveys").await.text.contains("version 2"));
    assert_eq!(who.page("/surveys/none").await.status, 404);
}

async fn what_happens_to_a_trend_is_told_in_words(app: TestApp) {
    let who = app.designer().await;
    for text in [
        include_str!("../../surveys/agency-partnership.v1.json"),
        include_str!("../../surveys/agency-partnership.v2.json"),
    ] {
        let definition: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            who.post("/api/v1/surveys/agency-partnership/versions", definition)
                .await
                .status,
            201
        );
    }
    let page = who.page("/surveys/agency-partnership/diff?from=1&to=2").await;
    assert_eq!(page.status, 200, "{page}");
    assert!(page.text.contains("The line goes on, on the"), "{page}");
    assert!(
        page.text
            .contains("Past rounds are computed again on these alone"),
        "{page}"
    );
    assert_eq!(
        who.page("/surveys/agency-partnership/diff?from=1&to=x")
            .await
            .status,
        422
    );
    assert_eq!(
        who.page("/surveys/agency-partnership/diff?from=1&to=9")
            .await
            .status,
        404
    );
}

on_both_engines!(
    a_round_is_planned_invited_opened_and_closed_and_every_step_is_recorded,
    a_step_that_is_refused_is_not_recorded_and_says_what_to_do,
    nothing_of_an_open_round_can_be_changed_over_http,
    of_two_who_open_at_once_over_http_one_does,
    what_is_wrong_with_a_plan_is_told_with_its_place,
    a_roster_with_problems_is_refused_with_their_rows_and_sent_as_another_type_at_once,
    links_come_as_a_table_when_asked_for_and_only_attributed_ones_can_be_listed_and_renewed,
    progress_is_floored_and_shows_nothing_below_the_threshold,
    a_version_has_its_digest_as_tag_and_is_not_sent_twice,
    publishing_twice_changes_nothing_and_a_changed_version_is_refused,
    lists_page_by_limit_and_cursor,
    a_viewer_sees_the_own_agency_and_no_other,
    the_pages_lead_a_designer_from_a_plan_to_a_closed_round,
    a_plan_with_faults_keeps_everything_that_was_typed,
    a_draft_is_saved_word_for_word_and_published_when_nothing_stands_in_the_way,
    what_happens_to_a_trend_is_told_in_words,
);

/// A code must be nowhere in the files of the database: not in the pages, not in the write-ahead log.
#[tokio::test]
async fn a_code_is_nowhere_in_the_raw_files_of_the_database() {
    let app = TestApp::sqlite().await;
    let who = designer(&app).await;
    let (staff, leaders) = invite(&who, 40).await;
    step(&who, "open").await;
    let renewed = who
        .post("/api/v1/rounds/r/audiences/leaders/invitations", json!({}))
        .await;
    let links = [staff.json(), leaders.json(), renewed.json()];
    let codes: Vec<&str> = links
        .iter()
        .flat_map(|answer| answer["links"].as_array().unwrap())
        .map(|link| link["code"].as_str().unwrap())
        .collect();
    let mut raw = Vec::new();
    for entry in std::fs::read_dir(app.folder().unwrap()).unwrap() {
        raw.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let finds = |text: &str| raw.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(
        finds("p39@x.gov"),
        "the files were read, and what is stored can be found in them"
    );
    for code in codes {
        assert!(!finds(code));
        let bytes: Vec<u8> = (0..16)
            .map(|at| u8::from_str_radix(&code[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        assert!(
            !raw.windows(16).any(|window| window == bytes),
            "nor in its binary form"
        );
    }
}
