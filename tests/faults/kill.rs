//! Killed and stopped under load.

use std::time::{Duration, Instant};

use super::instance::Instance;
use super::people::{People, client};
use super::rounds;
use super::server::Server;
use crate::support::{TestApp, TestDatabase};

on_both_engines!(
    a_killed_process_loses_nothing_it_acknowledged_and_stores_nobody_twice,
    a_process_told_to_stop_finishes_what_it_accepted,
);

async fn a_killed_process_loses_nothing_it_acknowledged_and_stores_nobody_twice(app: TestApp) {
    let kills = rounds(4);
    let people = People::invited(&app, 400 * kills).await;
    for kill in 0..kills {
        let instance = Instance::serve(&app.database_url());
        let answering = people.answer(&[&instance.base]);
        people.more_are_acknowledged(20 + 7 * (kill % 5)).await;
        instance.kill();
        answering.stop().await;
        people.all_acknowledged_are_there_once(&app).await;
    }
    assert!(
        people.statuses().contains_key(&0),
        "nobody was cut off: {:?}",
        people.statuses()
    );
    let instance = Instance::serve(&app.database_url());
    people.everybody_else_sends_again(&app, &instance.base).await;
}

async fn a_process_told_to_stop_finishes_what_it_accepted(app: TestApp) {
    let people = People::invited(&app, 4000).await;
    let instance = Instance::serve(&app.database_url());
    let answering = people.answer(&[&instance.base]);
    people.more_are_acknowledged(40).await;
    let started = Instant::now();
    let (status, log) = instance.stop();
    answering.stop().await;
    assert!(status.success(), "{status}: {log}");
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "it took {:?}",
        started.elapsed()
    );
    // Cut off are connections that had nothing under way; a request that was accepted got its answer.
    let unexpected: Vec<_> = people
        .statuses()
        .into_keys()
        .filter(|status| ![0, 201].contains(status))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    people.all_acknowledged_are_there_once(&app).await;
    let again = Instance::serve(&app.database_url());
    people.everybody_else_sends_again(&app, &again.base).await;
}

#[tokio::test]
async fn a_killed_database_loses_nothing_and_readiness_tells_the_truth_meanwhile() {
    let server = Server::start();
    let app = TestApp::on(TestDatabase::on_server(&server.url())).await;
    let kills = rounds(2);
    let people = People::invited(&app, 3000 * kills).await;
    let (one, other) = (
        Instance::serve(&app.database_url()),
        Instance::serve(&app.database_url()),
    );
    let ready = async |instance: &Instance| {
        let asked = client().get(format!("{}/readyz", instance.base)).send().await;
        asked
            .expect("the process answers, whatever its database does")
            .status()
            .as_u16()
    };
    for kill in 0..kills {
        let answering = people.answer(&[&one.base, &other.base]);
        people.more_are_acknowledged(20 + 7 * (kill % 5)).await;
        assert_eq!(ready(&one).await, 200);
        server.kill();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let asked = Instant::now();
        assert_eq!(
            (ready(&one).await, ready(&other).await),
            (503, 503),
            "no database and yet ready"
        );
        assert!(
            asked.elapsed() < Duration::from_secs(10),
            "it took {:?} to say so",
            asked.elapsed()
        );
        server.up();
        people.more_are_acknowledged(20).await;
        assert_eq!((ready(&one).await, ready(&other).await), (200, 200));
        answering.stop().await;
        people.all_acknowledged_are_there_once(&app).await;
    }
    let statuses = people.statuses();
    assert!(statuses.contains_key(&503), "nobody noticed: {statuses:?}");
    let unexpected: Vec<_> = statuses
        .keys()
        .filter(|status| ![0, 201, 503].contains(*status))
        .collect();
    assert!(unexpected.is_empty(), "{statuses:?}: {}", one.log());
    people.everybody_else_sends_again(&app, &one.base).await;
}
