//! Two instances on one database.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use futures_util::future::join_all;
use serde_json::json;

use super::instance::Instance;
use super::people::{People, client};
use super::rounds;
use crate::collect::world::{count, open_round};
use crate::support::TestApp;

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = Text)]
    holder: String,
}

/// Waits until somebody other than `before` does the background work.
async fn somebody_works_other_than(app: &TestApp, before: &str) -> String {
    let started = Instant::now();
    loop {
        let query = diesel::sql_query("SELECT holder FROM leases WHERE name = 'background'");
        let found: Vec<Holder> = query.load(&mut app.connection()).unwrap();
        if let Some(row) = found.into_iter().find(|row| row.holder != before) {
            return row.holder;
        }
        assert!(
            started.elapsed() < Duration::from_secs(40),
            "nobody took over from `{before}`"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn one_of_two_is_killed_and_the_other_goes_on_and_takes_over_its_work() {
    let app = TestApp::postgres().await;
    let people = People::invited(&app, 20_000).await;
    let first = Instance::serve(&app.database_url());
    let worker = somebody_works_other_than(&app, "").await;
    let second = Instance::serve(&app.database_url());

    let answering = people.answer(&[&first.base, &second.base]);
    people.more_are_acknowledged(100).await;
    assert_eq!(
        somebody_works_other_than(&app, "").await,
        worker,
        "the second must wait"
    );
    first.kill();
    people.more_are_acknowledged(100).await;
    answering.stop().await;
    people.all_acknowledged_are_there_once(&app).await;
    people.everybody_else_sends_again(&app, &second.base).await;

    // The round's time of closing passes, and the one that is left closes it.
    let due = "UPDATE rounds SET closes_at = 1 WHERE id = 'r1'";
    diesel::sql_query(due).execute(&mut app.connection()).unwrap();
    let next = somebody_works_other_than(&app, &worker).await;
    let started = Instant::now();
    while count(&app, "rounds WHERE state = 'closed'").await == 0 {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "the round was not closed"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(count(&app, "intake").await, 0, "mixed at the close");

    // One that stops politely hands its work over at once.
    let (status, _) = second.stop();
    assert!(status.success());
    assert_eq!(count(&app, &format!("leases WHERE holder = '{next}'")).await, 0);
}

async fn eight_at_once_through_two_instances_store_one(app: TestApp) {
    let races = rounds(12);
    let links = open_round(&app, races, 1, 5).await;
    let (one, other) = (
        Instance::serve(&app.database_url()),
        Instance::serve(&app.database_url()),
    );
    let client = client();
    for (race, link) in links["staff"].iter().enumerate() {
        let tries = (0..8).map(|n| {
            let base = if n % 2 == 0 { &one.base } else { &other.base };
            client
                .post(format!("{base}/api/v1/rounds/r1/responses"))
                .header("Idempotency-Key", format!("{race}-{n}"))
                .json(&json!({ "invitation": link.code.as_str(), "answers": { "delivers": 1 + n % 5 } }))
                .send()
        });
        let mut outcomes: BTreeMap<u16, usize> = BTreeMap::new();
        for answer in join_all(tries).await {
            *outcomes.entry(answer.unwrap().status().as_u16()).or_default() += 1;
        }
        assert_eq!(outcomes, BTreeMap::from([(201, 1), (409, 7)]), "race {race}");
    }
    let stored = count(&app, "intake").await + count(&app, "responses").await;
    assert_eq!(
        (stored, count(&app, "invitations WHERE used").await),
        (i64::try_from(races).unwrap(), i64::try_from(races).unwrap())
    );
}
on_both_engines!(eight_at_once_through_two_instances_store_one);

/// Good and bad submissions land in the same commits, and do not share fates.
async fn an_invalid_response_in_a_batch_leaves_its_neighbours_alone(app: TestApp) {
    let links = open_round(&app, 120, 1, 5).await;
    let instance = Instance::serve(&app.database_url());
    let client = client();
    let tries = links["staff"].iter().enumerate().map(|(n, link)| {
        let good = n % 4 != 0;
        // Wrong in the answer, in the code, or sent twice with another key.
        let (code, answers) = match n % 12 {
            0 => (link.code.as_str().to_owned(), json!({ "delivers": 9 })),
            4 => ("0".repeat(32), json!({ "delivers": 4 })),
            8 => (
                links["staff"][n - 1].code.as_str().to_owned(),
                json!({ "delivers": 4 }),
            ),
            _ => (link.code.as_str().to_owned(), json!({ "delivers": 4 })),
        };
        let request = client
            .post(format!("{}/api/v1/rounds/r1/responses", instance.base))
            .header("Idempotency-Key", format!("key-{n}"))
            .json(&json!({ "invitation": code, "answers": answers }));
        async move { (n, good, request.send().await.unwrap().status().as_u16()) }
    });
    for (n, good, status) in join_all(tries).await {
        match n % 12 {
            0 => assert_eq!(status, 422),
            4 => assert_eq!(status, 404),
            // Of two with one invitation, whichever came first is the one.
            7 | 8 => assert!([201, 409].contains(&status), "{n}: {status}"),
            _ => assert_eq!((good, status), (true, 201), "{n}"),
        }
    }
    let stored = count(&app, "intake").await + count(&app, "responses").await;
    assert_eq!((stored, count(&app, "invitations WHERE used").await), (90, 90));
}
on_both_engines!(an_invalid_response_in_a_batch_leaves_its_neighbours_alone);
