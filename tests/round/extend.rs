//! More time for an open round: later only, told to respondents beside what was promised, recorded.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rapport::round::{self, NewKeys, RoundState};
use rapport::store::StoreError;
use serde_json::json;

use crate::post::world::planned_round;
use crate::support::{Answer, Person, TestApp};

const PATH: &str = "/api/v1/rounds/r/extend";

/// Midnight, so many days from today.
fn day(days: i64) -> Timestamp {
    let today = rapport::clock::now()
        .to_zoned(TimeZone::UTC)
        .start_of_day()
        .unwrap();
    (today + days.days()).timestamp()
}

/// The day alone.
fn date(at: Timestamp) -> String {
    at.to_string()[..10].to_owned()
}

/// When it is promised to end, in days from today; and a later end.
const PROMISED: i64 = 60;
const LATER: i64 = 120;

/// The round of the mail tests, open until the promised end, and the link of somebody invited to it.
async fn opened(app: &TestApp) -> (Person, String) {
    let who = planned_round(app, 3).await;
    let plan = json!({ "closes_at": day(PROMISED).to_string() });
    let planned = Answer::of(who.api(reqwest::Method::PATCH, "/api/v1/rounds/r").json(&plan)).await;
    assert_eq!(planned.status, 200, "{planned}");
    let roster = "agency,person,email,language\nDOT,p1,p1@x.gov,en\nDOT,p2,p2@x.gov,es\n";
    let imported = who
        .put_csv("/api/v1/rounds/r/audiences/staff/roster", roster)
        .await;
    let link = imported.json()["links"][0]["link"].as_str().unwrap().to_owned();
    let early = who
        .post(PATH, json!({ "closes_at": day(LATER).to_string() }))
        .await;
    assert_eq!(early.status, 409, "{early}");
    assert!(early.text.contains("change its plan instead"), "{early}");
    let open = who.post("/api/v1/rounds/r/open", json!({})).await;
    assert_eq!(open.status, 200, "{open}");
    (who, link)
}

async fn an_open_round_gets_more_time_and_never_less(app: TestApp) {
    let (who, link) = opened(&app).await;
    let before = who.get("/api/v1/rounds/r").await.json();
    for no_later in [day(PROMISED - 1), day(PROMISED)] {
        let refused = who.post(PATH, json!({ "closes_at": no_later.to_string() })).await;
        assert_eq!(refused.status, 422, "{refused}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/closes_at", "{refused}");
    }
    for unreadable in [
        json!({}),
        json!({ "closes_at": null }),
        json!({ "closes_at": "soon" }),
    ] {
        assert_eq!(who.post(PATH, unreadable).await.status, 422);
    }
    assert_eq!(
        who.get("/api/v1/rounds/r").await.json(),
        before,
        "nothing was written"
    );

    let extended = who
        .post(PATH, json!({ "closes_at": day(LATER).to_string() }))
        .await;
    assert_eq!(extended.status, 200, "{extended}");
    let now = extended.json();
    assert_eq!(now["closes_at"], day(LATER).to_string());
    assert_eq!(
        now["promise"], before["promise"],
        "what was promised stays word for word"
    );
    assert_eq!(now["promise_digest"], before["promise_digest"]);
    let log = app
        .read(|conn| rapport::identity::audit::list(conn, None, 1))
        .await;
    let told = format!("from {} to {}", day(PROMISED), day(LATER));
    assert_eq!(
        (log[0].action.as_str(), log[0].detail.as_str()),
        ("round.extend", told.as_str())
    );

    // Respondents are told both ends, in their language; those who run the round as well.
    let code = link.rsplit('/').next().unwrap().to_owned();
    let page = app.anonymous().page(&format!("/i/{code}")).await;
    for told in [
        "There is more time than was promised",
        &date(day(LATER)),
        &date(day(PROMISED)),
    ] {
        assert!(page.text.contains(told), "{told}: {page}");
    }
    let page = app.anonymous().page(&format!("/i/{code}?lang=es")).await;
    assert!(page.text.contains("Hay más tiempo del prometido"), "{page}");
    let page = who.page("/rounds/r").await;
    assert!(
        page.text
            .contains("was promised, and people were given more time"),
        "{page}"
    );

    // The clock closes it at the later end, and not at the one before.
    let (promised, later) = (day(PROMISED), day(LATER));
    for (at, state) in [
        (promised + 1.hour(), RoundState::Open),
        (later + 1.second(), RoundState::Closed),
    ] {
        let round = app
            .store
            .write(move |conn| {
                round::advance(conn, Vec::<(_, Result<NewKeys, _>)>::new(), at)?;
                rapport::store::rounds::find(conn, &"r".parse().unwrap())
            })
            .await
            .map_err(|error: StoreError| error)
            .unwrap()
            .unwrap();
        assert_eq!(round.state, state, "at {at}");
    }
    let late = who
        .post(PATH, json!({ "closes_at": day(LATER + 60).to_string() }))
        .await;
    assert_eq!(late.status, 409);
    assert!(late.text.contains("a round that is over stays over"), "{late}");
}

async fn no_round_is_open_for_longer_than_a_year_by_more_time(app: TestApp) {
    let (who, _) = opened(&app).await;
    let opened_at: Timestamp = who.get("/api/v1/rounds/r").await.json()["opened_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let latest = (opened_at.to_zoned(TimeZone::UTC) + 1.year()).timestamp();
    for too_late in [
        latest + 1.second(),
        day(800),
        "9999-12-30T00:00:00Z".parse().unwrap(),
    ] {
        let refused = who.post(PATH, json!({ "closes_at": too_late.to_string() })).await;
        assert_eq!(refused.status, 422, "{refused}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/closes_at", "{refused}");
        assert!(refused.text.contains("a year after it opened"), "{refused}");
        assert!(refused.text.contains("plan another one"), "{refused}");
    }
    let typed = day(800).to_string()[..16].to_owned();
    let refused = who
        .submit("/rounds/r/extend", &[("closes_at", &typed), ("sure", "yes")])
        .await;
    assert_eq!(refused.status, 422, "{refused}");
    assert!(refused.text.contains("a year after it opened"), "{refused}");
    assert!(refused.text.contains(&format!("value=\"{typed}\"")), "{refused}");
    let ends = who.get("/api/v1/rounds/r").await.json()["closes_at"].clone();
    assert_eq!(ends, day(PROMISED).to_string(), "nothing was written");
    let just = who.post(PATH, json!({ "closes_at": latest.to_string() })).await;
    assert_eq!(just.status, 200, "{just}");
    let further = who
        .post(PATH, json!({ "closes_at": (latest + 24.hours()).to_string() }))
        .await;
    assert_eq!(further.status, 422, "a second time is no more: {further}");
}

async fn the_form_for_more_time_keeps_what_was_typed(app: TestApp) {
    let (who, _) = opened(&app).await;
    let typed = |days: i64| format!("{}T00:00", date(day(days)));
    let (earlier, later) = (typed(PROMISED - 30), typed(LATER));
    let unsure = who.submit("/rounds/r/extend", &[("closes_at", &later)]).await;
    assert_eq!(unsure.status, 422);
    for told in [
        "tick the box",
        &format!("value=\"{later}\""),
        "href=\"#closes_at\"",
    ] {
        assert!(unsure.text.contains(told), "{told}: {unsure}");
    }
    let earlier = [("closes_at", earlier.as_str()), ("sure", "yes")];
    let refused = who.submit("/rounds/r/extend", &earlier).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("nobody loses time"), "{refused}");
    let later = [("closes_at", later.as_str()), ("sure", "yes")];
    assert_eq!(who.submit("/rounds/r/extend", &later).await.status, 303);
}

on_both_engines!(
    an_open_round_gets_more_time_and_never_less,
    no_round_is_open_for_longer_than_a_year_by_more_time,
    the_form_for_more_time_keeps_what_was_typed,
);
