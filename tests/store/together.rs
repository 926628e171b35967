//! Writes that are decided together: by few calls, each with an answer of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::RunQueryDsl;
use futures_util::future::{join, join_all};
use rapport::store::{Conn, Store, StoreError, Together};

use super::group_commit::{Refusal, surveys};
use crate::support::TestApp;

on_both_engines!(
    what_waits_is_decided_by_few_calls_and_each_gets_its_own_answer,
    what_cannot_be_stored_fails_alone,
    too_many_that_wait_are_told_to_come_back,
    a_store_of_batches_of_one_decides_one_by_one,
);

/// A survey to be added, unless it is refused.
struct Item {
    survey: usize,
    is_refused: bool,
    calls: Arc<AtomicUsize>,
}

/// Adds them by one statement; tells each how many they were.
fn decide(conn: &mut Conn, items: &[Item]) -> Result<Vec<Result<usize, Refusal>>, StoreError> {
    let wanted = items.iter().filter(|item| !item.is_refused);
    let values: Vec<String> = wanted.map(|item| format!("('survey-{}')", item.survey)).collect();
    items[0].calls.fetch_add(1, Ordering::Relaxed);
    if !values.is_empty() {
        let insert = format!("INSERT INTO surveys (id) VALUES {}", values.join(", "));
        diesel::sql_query(insert).execute(conn)?;
    }
    let outcome = |item: &Item| match item.is_refused {
        true => Err(Refusal::Own),
        false => Ok(items.len()),
    };
    Ok(items.iter().map(outcome).collect())
}

/// Adds surveys of these numbers, all at once, while the writers are busy with something else. Numbers that `refused`
/// says are refused.
async fn all_at_once(
    store: &Store,
    numbers: impl Iterator<Item = usize>,
    refused: fn(usize) -> bool,
) -> (Vec<Result<usize, Refusal>>, usize) {
    let calls = Arc::new(AtomicUsize::new(0));
    let together = Together::new(decide);
    let busy = (0..2).map(|_| {
        store.write(|_| -> Result<(), StoreError> {
            std::thread::sleep(Duration::from_millis(300));
            Ok(())
        })
    });
    let adding = async {
        // Until both writers sleep.
        tokio::time::sleep(Duration::from_millis(50)).await;
        join_all(numbers.map(|survey| {
            let item = Item {
                survey,
                is_refused: refused(survey),
                calls: Arc::clone(&calls),
            };
            store.write_together(&together, item)
        }))
        .await
    };
    let (_, outcomes) = join(join_all(busy), adding).await;
    (outcomes, calls.load(Ordering::Relaxed))
}

async fn what_waits_is_decided_by_few_calls_and_each_gets_its_own_answer(app: TestApp) {
    let (outcomes, calls) = all_at_once(&app.store, 0..300, |n| n % 3 == 0).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Ok(together) => assert!(n % 3 != 0 && *together >= 100, "{n}: one of {together}"),
            Err(Refusal::Own) => assert_eq!(n % 3, 0),
            Err(Refusal::Store(error)) => panic!("write {n}: {error}"),
        }
    }
    assert_eq!(surveys(&app.store).await, 200);
    assert!(calls <= 2, "{calls} calls for 300 writes");
    assert_eq!(app.store.pulse().waiting, 0);
}

async fn what_cannot_be_stored_fails_alone(app: TestApp) {
    // Number 7 comes twice.
    let (outcomes, calls) = all_at_once(&app.store, (0..50).chain([7]), |_| false).await;
    let duplicates = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Refusal::Store(StoreError::Duplicate(_)))));
    assert_eq!(duplicates.count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 50);
    assert_eq!(surveys(&app.store).await, 50);
    assert!(calls > 50, "together, then one by one: {calls}");
}

async fn too_many_that_wait_are_told_to_come_back(app: TestApp) {
    let (outcomes, _) = all_at_once(&app.store, 0..6000, |_| false).await;
    let stored = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let busy = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Refusal::Store(StoreError::Busy))))
        .count();
    assert!(
        busy > 0 && stored >= 4000,
        "{stored} stored, {busy} told to come back"
    );
    assert_eq!(stored + busy, 6000);
    assert_eq!(surveys(&app.store).await, i64::try_from(stored).unwrap());
}

async fn a_store_of_batches_of_one_decides_one_by_one(app: TestApp) {
    let url = app.database_url().parse().unwrap();
    let store = Store::open_with_batches_of(&url, 1).unwrap();
    let (outcomes, calls) = all_at_once(&store, 0..40, |_| false).await;
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, Ok(1))),
        "{outcomes:?}"
    );
    assert_eq!((calls, surveys(&store).await), (40, 40));
}
