//! More time for an open round: later only, told to respondents beside what was promised, recorded.

use jiff::{Timestamp, ToSpan};
use rapport::round::{self, NewKeys, RoundState};
use rapport::store::StoreError;
use serde_json::json;

use crate::post::world::planned_round;
use crate::support::{Person, TestApp};

const PATH: &str = "/api/v1/rounds/r/extend";

/// The round of the mail tests, open until 2999, and the link of somebody invited to it.
async fn opened(app: &TestApp) -> (Person, String) {
    let who = planned_round(app, 3).await;
    let roster = "agency,person,email,language\nDOT,p1,p1@x.gov,en\nDOT,p2,p2@x.gov,es\n";
    let imported = who
        .put_csv("/api/v1/rounds/r/audiences/staff/roster", roster)
        .await;
    let link = imported.json()["links"][0]["link"].as_str().unwrap().to_owned();
    let early = who
        .post(PATH, json!({ "closes_at": "2999-06-01T00:00:00Z" }))
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
    for no_later in ["2998-12-31T00:00:00Z", "2999-01-01T00:00:00Z"] {
        let refused = who.post(PATH, json!({ "closes_at": no_later })).await;
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
        .post(PATH, json!({ "closes_at": "2999-06-01T00:00:00Z" }))
        .await;
    assert_eq!(extended.status, 200, "{extended}");
    let now = extended.json();
    assert_eq!(now["closes_at"], "2999-06-01T00:00:00Z");
    assert_eq!(
        now["promise"], before["promise"],
        "what was promised stays word for word"
    );
    assert_eq!(now["promise_digest"], before["promise_digest"]);
    let log = app
        .read(|conn| rapport::identity::audit::list(conn, None, 1))
        .await;
    assert_eq!(
        (log[0].action.as_str(), log[0].detail.as_str()),
        (
            "round.extend",
            "from 2999-01-01T00:00:00Z to 2999-06-01T00:00:00Z"
        )
    );

    // Respondents are told both ends, in their language; those who run the round as well.
    let code = link.rsplit('/').next().unwrap().to_owned();
    let page = app.anonymous().page(&format!("/i/{code}")).await;
    for told in ["There is more time than was promised", "2999-06-01", "2999-01-01"] {
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
    let (promised, later): (Timestamp, Timestamp) = (
        "2999-01-01T00:00:00Z".parse().unwrap(),
        "2999-06-01T00:00:00Z".parse().unwrap(),
    );
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
        .post(PATH, json!({ "closes_at": "2999-12-01T00:00:00Z" }))
        .await;
    assert_eq!(late.status, 409);
    assert!(late.text.contains("a round that is over stays over"), "{late}");
}

async fn the_form_for_more_time_keeps_what_was_typed(app: TestApp) {
    let (who, _) = opened(&app).await;
    let unsure = who
        .submit("/rounds/r/extend", &[("closes_at", "2999-06-01T00:00")])
        .await;
    assert_eq!(unsure.status, 422);
    for told in [
        "tick the box",
        "value=\"2999-06-01T00:00\"",
        "href=\"#closes_at\"",
    ] {
        assert!(unsure.text.contains(told), "{told}: {unsure}");
    }
    let earlier = [("closes_at", "2998-06-01T00:00"), ("sure", "yes")];
    let refused = who.submit("/rounds/r/extend", &earlier).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("nobody loses time"), "{refused}");
    let later = [("closes_at", "2999-06-01T00:00"), ("sure", "yes")];
    assert_eq!(who.submit("/rounds/r/extend", &later).await.status, 303);
}

on_both_engines!(
    an_open_round_gets_more_time_and_never_less,
    the_form_for_more_time_keeps_what_was_typed,
);
