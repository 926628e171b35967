//! Writes share commits, and do not share fates.

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};
use rapport::store::{Store, StoreError};

use crate::support::TestApp;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// What a use case may say of its own, beside what the store says.
#[derive(Debug)]
pub enum Refusal {
    Own,
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn write(store: Store, survey: usize, fails_after_writing: bool) -> Result<(), Refusal> {
    store
        .write(move |conn| {
            let insert = format!("INSERT INTO surveys (id) VALUES ('survey-{survey}')");
            diesel::sql_query(insert)
                .execute(conn)
                .map_err(StoreError::from)?;
            if fails_after_writing {
                Err(Refusal::Own)
            } else {
                Ok(())
            }
        })
        .await
}

pub async fn surveys(store: &Store) -> i64 {
    store
        .read(|conn| -> Result<_, StoreError> {
            Ok(diesel::sql_query("SELECT count(*) AS count FROM surveys")
                .get_result::<Count>(conn)?
                .count)
        })
        .await
        .unwrap()
}

async fn a_write_that_fails_leaves_nothing_and_its_neighbours_alone(app: TestApp) {
    // 300 at once: every third fails after it wrote, and they land in shared batches.
    let writes = (0..300).map(|n| write(app.store.clone(), n, n % 3 == 0));
    let outcomes = futures_util::future::join_all(writes).await;

    for (n, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Err(Refusal::Own) => assert_eq!(n % 3, 0),
            Ok(()) => assert_ne!(n % 3, 0),
            Err(Refusal::Store(error)) => panic!("write {n}: {error}"),
        }
    }
    assert_eq!(surveys(&app.store).await, 200);
}

async fn a_duplicate_key_fails_its_own_write_only(app: TestApp) {
    let writes = (0..40).map(|n| write(app.store.clone(), n / 2, false));
    let outcomes = futures_util::future::join_all(writes).await;

    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Refusal::Store(StoreError::Duplicate(_)))))
        .count();
    assert_eq!((refused, surveys(&app.store).await), (20, 20));
}

async fn a_full_queue_says_so_at_once_instead_of_growing(app: TestApp) {
    let store = &app.store;

    // Writers that sleep hold the queue while ten thousand more knock.
    let slow = (0..2).map(|_| {
        store.write(|_| -> Result<(), StoreError> {
            std::thread::sleep(std::time::Duration::from_millis(400));
            Ok(())
        })
    });
    let knocking = (0..10_000).map(|n| write(store.clone(), n, false));
    let (_, outcomes) = tokio::join!(
        futures_util::future::join_all(slow),
        futures_util::future::join_all(knocking)
    );

    let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let busy = outcomes
        .iter()
        .filter(|o| matches!(o, Err(Refusal::Store(StoreError::Busy))))
        .count();
    assert!(busy > 0, "nobody was told to come back");
    assert_eq!(accepted + busy, 10_000);
    assert_eq!(surveys(store).await, i64::try_from(accepted).unwrap());
}

on_both_engines!(
    a_write_that_fails_leaves_nothing_and_its_neighbours_alone,
    a_duplicate_key_fails_its_own_write_only,
    a_full_queue_says_so_at_once_instead_of_growing,
);
