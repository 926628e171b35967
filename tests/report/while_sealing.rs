//! What goes on while a seal is under way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use rapport::agency;
use rapport::identity::Actor;
use rapport::report::SealError;
use rapport::report::desk::{self, Told};
use rapport::report::seal::{Phase, Progress};
use rapport::round::RoundId;
use rapport::store::Store;
use reqwest::StatusCode;
use serde_json::Value;

use super::fixture::{Group, agencies, closed, noon, staff, times, write};
use crate::support::TestApp;

async fn a_closed_round(store: &Store) -> RoundId {
    agencies(store, "BIG,Big,\n").await;
    let group = Group::from([("BIG", (20, [times(6, [5, 5, 1]), times(6, [3, 3, 3])].concat()))]);
    closed(store, &staff("r1", 1, "2025-05-01", "2025-05-31", group)).await
}

/// Stops a seal once in a phase, until it is let go.
fn stopping_in(phase: Phase) -> (Told, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (reached, hears) = mpsc::channel();
    let (go, waits) = mpsc::channel::<()>();
    let (waits, done) = (Mutex::new(waits), AtomicBool::new(false));
    let told = move |progress: Progress| {
        if progress.phase == phase && !done.swap(true, Ordering::SeqCst) {
            reached.send(()).unwrap();
            waits
                .lock()
                .unwrap()
                .recv_timeout(Duration::from_secs(60))
                .unwrap();
        }
    };
    (Arc::new(told), hears, go)
}

/// Seals in the background until it stops in the phase.
async fn stopped(
    store: &Store,
    id: &RoundId,
    phase: Phase,
) -> (
    tokio::task::JoinHandle<Result<rapport::report::Sealed, SealError>>,
    mpsc::Sender<()>,
) {
    let (told, reached, go) = stopping_in(phase);
    let (store, id) = (store.clone(), id.clone());
    let sealing = tokio::spawn(async move {
        desk::seal(&store, &Actor::operator(), &id, None, noon("2026-06-01"), told).await
    });
    tokio::task::spawn_blocking(move || reached.recv_timeout(Duration::from_secs(60)).unwrap())
        .await
        .unwrap();
    (sealing, go)
}

async fn others_write_while_a_seal_reads_and_computes(app: TestApp) {
    let id = a_closed_round(&app.store).await;
    for phase in [Phase::Reading, Phase::Computing] {
        let (sealing, go) = stopped(&app.store, &id, phase).await;
        // The seal stands still in the middle; this would wait for ever if it held the writer.
        let written = write(&app.store, |conn| {
            agency::import(conn, b"code,name\nNEW,New Agency\n", None).is_ok()
        });
        let written = tokio::time::timeout(Duration::from_secs(20), written).await;
        assert!(written.expect("the write does not wait"), "{phase:?}");
        go.send(()).unwrap();
        let ended = sealing.await.unwrap();
        if phase == Phase::Reading {
            // The directory of agencies is part of what a result is made of, and it changed.
            assert!(matches!(ended, Err(SealError::Changed(_))), "{ended:?}");
        } else {
            assert_eq!(ended.unwrap().revision, 1);
        }
    }
}
on_both_engines!(others_write_while_a_seal_reads_and_computes);

async fn nothing_is_stored_when_responses_changed_meanwhile(app: TestApp) {
    use diesel::prelude::*;
    use rapport::store::schema::{responses, seals};
    let id = a_closed_round(&app.store).await;
    let (sealing, go) = stopped(&app.store, &id, Phase::Computing).await;
    write(&app.store, |conn| {
        let key: Vec<u8> = responses::table.select(responses::key).first(conn).unwrap();
        diesel::delete(responses::table.filter(responses::key.eq(key)))
            .execute(conn)
            .unwrap();
    })
    .await;
    go.send(()).unwrap();
    let refused = sealing.await.unwrap().unwrap_err();
    assert!(matches!(refused, SealError::Changed(_)), "{refused}");
    let stored: i64 = write(&app.store, |conn| seals::table.count().get_result(conn).unwrap()).await;
    assert_eq!(stored, 0);
}
on_both_engines!(nothing_is_stored_when_responses_changed_meanwhile);

async fn progress_is_told_from_reading_to_storing(app: TestApp) {
    let id = a_closed_round(&app.store).await;
    let heard = Arc::new(Mutex::new(Vec::<Progress>::new()));
    let hears = Arc::clone(&heard);
    let told: Told = Arc::new(move |progress| hears.lock().unwrap().push(progress));
    desk::seal(
        &app.store,
        &Actor::operator(),
        &id,
        None,
        noon("2026-06-01"),
        told,
    )
    .await
    .unwrap();
    let heard = heard.lock().unwrap();
    let read = heard
        .iter()
        .rfind(|progress| progress.phase == Phase::Reading)
        .unwrap();
    assert_eq!((read.done, read.total, read.per_cent()), (12, 12, 100));
    let computed: Vec<u64> = heard
        .iter()
        .filter(|p| p.phase == Phase::Computing)
        .map(|p| p.done)
        .collect();
    assert!(computed.len() > 8, "{computed:?}");
    assert!(heard.iter().all(|progress| progress.done <= progress.total));
    assert_eq!(heard.last().unwrap().phase, Phase::Storing);
}
on_both_engines!(progress_is_told_from_reading_to_storing);

async fn the_page_of_a_round_tells_how_far_its_seal_is(app: TestApp) {
    let id = a_closed_round(&app.store).await;
    let office = app.designer().await;
    let running = app.app.seals.begin(&id).unwrap();
    running.tell(Progress::new(Phase::Reading, 5, 10));
    let page = office.page("/rounds/r1").await;
    assert!(page.text.contains("reading responses, 50 %"), "{page}");
    assert_eq!(
        page.header("refresh"),
        "3",
        "it loads itself anew without a script"
    );
    assert!(
        !page.text.contains("/rounds/r1/seal"),
        "nothing to press meanwhile"
    );
    let again = office.post("/api/v1/rounds/r1/seal", Value::Null).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{again}");
    drop(running);
    let sealed = office.post("/api/v1/rounds/r1/seal", Value::Null).await;
    assert_eq!(sealed.status, 201, "{sealed}");
    assert!(!office.page("/rounds/r1").await.text.contains("reading responses"));
}
on_both_engines!(the_page_of_a_round_tells_how_far_its_seal_is);
