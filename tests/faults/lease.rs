//! Who does the background work.

use jiff::{SignedDuration, Timestamp};
use rapport::store::{StoreError, lease};

use crate::support::TestApp;

const LENGTH: SignedDuration = SignedDuration::from_secs(10);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

async fn holds(app: &TestApp, holder: &'static str, second: i64) -> bool {
    app.store
        .write(move |conn| lease::hold(conn, "work", holder, at(second), LENGTH))
        .await
        .unwrap()
}

on_both_engines!(
    one_holds_it_until_it_has_run_out_or_was_given_back,
    a_lease_from_a_clock_that_was_set_back_counts_as_run_out,
    only_one_of_many_who_ask_at_once_gets_it,
);

async fn one_holds_it_until_it_has_run_out_or_was_given_back(app: TestApp) {
    assert!(holds(&app, "a", 0).await);
    assert!(!holds(&app, "b", 9).await);
    assert!(holds(&app, "a", 9).await, "the holder renews");
    assert!(!holds(&app, "b", 18).await, "renewed from 9 to 19");
    assert!(holds(&app, "b", 19).await, "run out");
    assert!(!holds(&app, "a", 20).await);
    let give_back = |holder: &'static str| app.store.write(move |conn| lease::release(conn, "work", holder));
    give_back("a").await.unwrap();
    assert!(!holds(&app, "a", 21).await, "only the holder can give it back");
    give_back("b").await.unwrap();
    assert!(holds(&app, "a", 21).await);
}

async fn a_lease_from_a_clock_that_was_set_back_counts_as_run_out(app: TestApp) {
    assert!(holds(&app, "dead", 3600).await);
    assert!(holds(&app, "alive", 0).await);
}

async fn only_one_of_many_who_ask_at_once_gets_it(app: TestApp) {
    for round in 0..20_i64 {
        let asking = ["a", "b", "c", "d", "e", "f"].map(|holder| holds(&app, holder, round * 1000));
        let got = futures_util::future::join_all(asking).await;
        assert_eq!(got.iter().filter(|got| **got).count(), 1, "{got:?}");
    }
}

/// The times of leases come from the database's clock, which is not this process's.
#[tokio::test]
async fn instances_share_the_clock_of_postgres() {
    let app = TestApp::postgres().await;
    let shared: Result<_, StoreError> = app.store.read(|conn| lease::shared_now(conn, at(0))).await;
    let shared = shared.unwrap();
    assert_ne!(shared, at(0));
    assert!(rapport::clock::now().duration_since(shared).abs() < SignedDuration::from_secs(60));
}
