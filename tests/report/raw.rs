//! Single responses as a file: what is in it, what is not, and when it is given out.

use rapport::clock;
use rapport::identity::{Actor, audit};
use rapport::report::model::{Subject, Unit};
use rapport::report::raw::{self, RawError};
use rapport::round::{Mode, RoundId};
use rapport::store::Conn;

use super::fixture::{self, Plan};
use crate::support::TestApp;

on_both_engines!(
    anonymous_responses_are_written_after_the_seal_under_units_that_are_shown_and_without_texts,
    attributed_responses_bear_the_person_and_are_given_out_after_the_close,
    the_api_sends_the_same_file_to_who_runs_rounds_and_writes_down_who_took_it,
    the_api_gives_out_no_single_response_of_an_anonymous_audience,
);

async fn csv(app: &TestApp, round: &RoundId, audience: &'static str) -> Result<String, RawError> {
    let round = round.clone();
    let taken = app.store.write(move |conn: &mut Conn| {
        let (who, now) = (Actor::operator(), clock::now());
        raw::take_out(conn, &who, &round, &audience.parse().unwrap(), now)
    });
    let taken = taken.await?;
    let text = app.store.read(move |conn: &mut Conn| {
        let mut text = Vec::new();
        taken.write(conn, &mut text)?;
        Ok::<_, RawError>(text)
    });
    text.await.map(|text| String::from_utf8(text).unwrap())
}

fn plan(mode: Mode) -> Plan {
    let group = [
        ("DOT", (30, fixture::times(20, [5, 4, 1]))),
        ("DOC", (30, fixture::times(12, [2, 0, 3]))),
        ("TINY", (9, fixture::times(4, [1, 1, 1]))),
        ("LONE", (9, fixture::times(4, [1, 1, 1]))),
    ];
    Plan {
        id: "r",
        version: fixture::version(1),
        opened: "2026-03-01",
        closed: "2026-03-11",
        k: 10,
        audiences: vec![("people", mode, group.into_iter().collect())],
    }
}

async fn anonymous_responses_are_written_after_the_seal_under_units_that_are_shown_and_without_texts(
    app: TestApp,
) {
    fixture::agencies(
        &app.store,
        "DOT,Transportation,one\nDOC,Commerce,one\nTINY,Tiny,one\nLONE,Lone,two\n",
    )
    .await;
    let round = fixture::closed(&app.store, &plan(Mode::Anonymous)).await;
    let early = csv(&app, &round, "people").await.unwrap_err();
    assert!(matches!(early, RawError::TooEarly { .. }), "{early}");
    assert!(early.to_string().contains("sealed"), "{early}");

    fixture::sealed(&app.store, &round).await.unwrap();
    let text = csv(&app, &round, "people").await.unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "agency,q1,q2,q3,channel,desk.importance,desk.satisfaction"
    );
    let rows: Vec<&str> = lines.collect();
    let with = |start: &str| rows.iter().filter(|row| row.starts_with(start)).count();
    // Who is reported with others stands under the name of the unit; who is withheld is left out, since what is published would be
    // taken off a group with them.
    let told = fixture::Figures::of(&app.store, &round).await;
    let cluster = |id: &str| Unit::parse("cluster", id).unwrap();
    let shown = |id: &str| {
        told.in_audience("people", &cluster(id), &Subject::Responses)
            .is_some()
    };
    assert!(shown("one") && !shown("two"), "the premise: four are withheld");
    let agencies = ["DOT", "DOC", "TINY", "LONE", "two", "("].map(with);
    assert_eq!((agencies, with("one,")), ([0; 6], 36), "{text}");
    assert_eq!((rows.len(), with("one,5,4,1,")), (36, 20), "{text}");

    let unknown = csv(&app, &round, "nobody").await.unwrap_err();
    assert!(unknown.to_string().contains("no audience `nobody`"), "{unknown}");
}

async fn attributed_responses_bear_the_person_and_are_given_out_after_the_close(app: TestApp) {
    fixture::agencies(
        &app.store,
        "DOT,Transportation,one\nDOC,Commerce,one\nTINY,Tiny,one\nLONE,Lone,two\n",
    )
    .await;
    let round = fixture::closed(&app.store, &plan(Mode::Attributed)).await;
    let text = csv(&app, &round, "people").await.unwrap();
    assert!(text.starts_with("agency,person,q1,"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("TINY,")).count(), 4);
}

async fn the_api_sends_the_same_file_to_who_runs_rounds_and_writes_down_who_took_it(app: TestApp) {
    fixture::agencies(
        &app.store,
        "DOT,Transportation,one\nDOC,Commerce,one\nTINY,Tiny,one\nLONE,Lone,two\n",
    )
    .await;
    let round = fixture::closed(&app.store, &plan(Mode::Attributed)).await;
    let designer = app.designer().await;
    let path = "/api/v1/rounds/r/audiences/people/responses.csv";
    for person in [app.leadership().await, app.manager("DOT").await] {
        assert_eq!(person.get(path).await.status, 403);
    }
    let unknown = designer
        .get("/api/v1/rounds/r/audiences/nobody/responses.csv")
        .await;
    assert_eq!(unknown.status, 404);
    let sent = designer.get(path).await;
    assert_eq!(sent.status, 200);
    assert_eq!(sent.header("cache-control"), "private, no-store");
    let log = app.read(|conn| audit::list(conn, None, 100)).await;
    let taken = log.iter().filter(|entry| entry.action == "responses.export");
    let taken: Vec<(&str, &str)> = taken
        .map(|entry| (entry.subject.as_str(), entry.detail.as_str()))
        .collect();
    assert_eq!(taken, [("r", "people: 40 responses")]);
    assert_eq!(sent.text, csv(&app, &round, "people").await.unwrap());
}

async fn the_api_gives_out_no_single_response_of_an_anonymous_audience(app: TestApp) {
    fixture::agencies(
        &app.store,
        "DOT,Transportation,one\nDOC,Commerce,one\nTINY,Tiny,one\nLONE,Lone,two\n",
    )
    .await;
    let round = fixture::closed(&app.store, &plan(Mode::Anonymous)).await;
    let path = "/api/v1/rounds/r/audiences/people/responses.csv";
    let early = app.admin().await.get(path).await;
    assert_eq!(early.status, 409, "{early}");
    fixture::sealed(&app.store, &round).await.unwrap();
    for person in [app.admin().await, app.designer().await] {
        let refused = person.get(path).await;
        assert_eq!(refused.status, 409, "{refused}");
        assert!(refused.text.contains("promised"), "{refused}");
    }
    let log = app.read(|conn| audit::list(conn, None, 100)).await;
    assert!(log.iter().all(|entry| entry.action != "responses.export"));
}
