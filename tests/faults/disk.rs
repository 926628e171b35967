//! The disk is full.

use std::time::{Duration, Instant};

use super::instance::Instance;
use super::people::{People, client};
use crate::support::TestApp;

/// After so long nothing is on its way any more.
const PATIENCE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_full_disk_is_told_as_such_and_nothing_acknowledged_is_lost() {
    let app = TestApp::sqlite().await;
    let people = People::invited(&app, 20_000).await;
    let instance = Instance::that_suffers(&app.database_url());
    let answering = people.answer(&[&instance.base]);
    people.more_are_acknowledged(30).await;

    instance.fault("full", "");
    // Batches that were written before may still be on their way to whoever waits for them, longer on a busy machine.
    let begun = Instant::now();
    loop {
        let full = people.acknowledged();
        tokio::time::sleep(Duration::from_millis(500)).await;
        if people.acknowledged() == full {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "acknowledged without a disk");
    }
    let ready = client()
        .get(format!("{}/readyz", instance.base))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), 503);

    instance.heal("full");
    people.more_are_acknowledged(30).await;
    answering.stop().await;
    let statuses = people.statuses();
    assert!(statuses.contains_key(&503), "nobody noticed: {statuses:?}");
    assert!(
        statuses.keys().all(|status| [201, 503].contains(status)),
        "{statuses:?}: {}",
        instance.log()
    );
    people.all_acknowledged_are_there_once(&app).await;
    people.everybody_else_sends_again(&app, &instance.base).await;
}
