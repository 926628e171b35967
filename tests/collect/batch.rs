//! Many submissions in one transaction: few statements, and one that fails fails alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::Connection;
use diesel::connection::{InstrumentationEvent, SimpleConnection};
use futures_util::future::{join, join_all};
use rapport::clock;
use rapport::collect::submit::{Step, prepare, submit_all};
use rapport::collect::{IdempotencyKey, Known, Submission};
use rapport::store::{Conn, StoreError};
use serde_json::{Value, json};

use super::claims::{claim, spend, told};
use super::world::{count, good, open_round, open_with_keys, send};
use crate::support::{Answer, TestApp};

on_both_engines!(
    a_hundred_submissions_take_as_many_statements_as_ten,
    an_invitation_that_cannot_be_stored_fails_alone,
    a_credential_that_cannot_be_stored_fails_alone,
    of_many_with_one_code_in_a_batch_one_is_stored,
);

async fn a_hundred_submissions_take_as_many_statements_as_ten(app: TestApp) {
    let links = open_round(&app, 110, 1, 5).await;
    let now = clock::now();
    let mut conn = app.connection();
    let known = Known::default();
    let prepared: Vec<_> = links["staff"]
        .iter()
        .map(|link| {
            let submission = Submission {
                code_hash: link.code.hash().to_vec(),
                key: IdempotencyKey::parse("k").unwrap(),
                answers: good().as_object().unwrap().clone(),
            };
            match prepare(&mut conn, &known, &submission, None, now).unwrap() {
                Step::Store(prepared) => prepared,
                Step::Done(_) => panic!("it is new"),
            }
        })
        .collect();
    let statements = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&statements);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counting.fetch_add(1, Ordering::Relaxed);
        }
    });
    let mut counted = Vec::new();
    for set in [&prepared[..10], &prepared[10..]] {
        let before = statements.load(Ordering::Relaxed);
        let receipts = conn.transaction(|conn| -> Result<_, diesel::result::Error> {
            Ok(submit_all(conn, set).expect("the set is stored"))
        });
        assert!(receipts.unwrap().iter().all(Result::is_ok));
        counted.push(statements.load(Ordering::Relaxed) - before);
    }
    assert_eq!(counted[0], counted[1]);
    assert!(counted[0] <= 16, "{counted:?}, with BEGIN, COMMIT and the mix");
    assert_eq!(count(&app, "responses").await, 110);
}

/// Refuses to store what holds the word, as a full disk or a bug might.
fn refuse_poison(conn: &mut Conn) {
    let text = match conn {
        Conn::Sqlite(_) => {
            "CREATE TRIGGER poison BEFORE INSERT ON intake WHEN new.written LIKE '%poison%' \
             BEGIN SELECT RAISE(ABORT, 'poison'); END;"
        }
        Conn::Pg(_) => {
            "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF new.written LIKE '%poison%' THEN RAISE EXCEPTION 'poison'; END IF; RETURN new; END $$; \
             CREATE TRIGGER poison BEFORE INSERT ON intake FOR EACH ROW EXECUTE FUNCTION poison();"
        }
    };
    conn.batch_execute(text).unwrap();
}

fn accept_poison(conn: &mut Conn) {
    let text = match conn {
        Conn::Sqlite(_) => "DROP TRIGGER poison",
        Conn::Pg(_) => "DROP TRIGGER poison ON intake",
    };
    conn.batch_execute(text).unwrap();
}

/// Every tenth is poison.
fn answers(n: usize) -> Value {
    json!({ "delivers": 1 + n % 5, "open": if n % 10 == 3 { "poison" } else { "bread" } })
}

/// Sends everything while the writers are busy, so that it waits together.
async fn together(app: &TestApp, sending: impl Iterator<Item = impl Future<Output = Answer>>) -> Vec<u16> {
    let busy = (0..2).map(|_| {
        app.store.write(|_| -> Result<(), StoreError> {
            std::thread::sleep(Duration::from_millis(800));
            Ok(())
        })
    });
    let sending = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        join_all(sending).await
    };
    let (_, answers) = join(join_all(busy), sending).await;
    answers.iter().map(|answer| answer.status).collect()
}

async fn stored(app: &TestApp) -> i64 {
    count(app, "intake").await + count(app, "responses").await
}

fn of(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

async fn an_invitation_that_cannot_be_stored_fails_alone(app: TestApp) {
    let links = open_round(&app, 60, 1, 5).await;
    refuse_poison(&mut app.connection());
    let person = app.anonymous();
    let send_all = || {
        let all = links["staff"].iter().enumerate();
        all.map(|(n, link)| send(&person, link.code.as_str(), "k", answers(n)))
    };
    let statuses = together(&app, send_all()).await;
    assert_eq!((of(&statuses, 201), of(&statuses, 500)), (54, 6), "{statuses:?}");
    assert_eq!(
        (stored(&app).await, count(&app, "invitations WHERE used").await),
        (54, 54)
    );

    // Nothing of theirs was lost: sent again they count, and the others get their receipts again.
    accept_poison(&mut app.connection());
    let statuses = together(&app, send_all()).await;
    assert_eq!(of(&statuses, 201), 60, "{statuses:?}");
    assert_eq!(
        (stored(&app).await, count(&app, "invitations WHERE used").await),
        (60, 60)
    );
}

async fn a_credential_that_cannot_be_stored_fails_alone(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("DOT", 24)], 5).await;
    let person = app.anonymous();
    let mut credentials = Vec::new();
    for link in &links {
        credentials.push(told(&claim(&person, link.code.as_str()).await));
    }
    refuse_poison(&mut app.connection());
    let send_all = || {
        let all = credentials.iter().enumerate();
        all.map(|(n, credential)| spend(&person, "r1", "k", credential, answers(n)))
    };
    let statuses = together(&app, send_all()).await;
    assert_eq!((of(&statuses, 201), of(&statuses, 500)), (21, 3), "{statuses:?}");
    assert_eq!((stored(&app).await, count(&app, "spent_tokens").await), (21, 21));

    accept_poison(&mut app.connection());
    let statuses = together(&app, send_all()).await;
    assert_eq!(of(&statuses, 201), 24, "{statuses:?}");
    assert_eq!((stored(&app).await, count(&app, "spent_tokens").await), (24, 24));
}

async fn of_many_with_one_code_in_a_batch_one_is_stored(app: TestApp) {
    let links = open_round(&app, 3, 1, 5).await;
    let person = app.anonymous();
    let code = |n: usize| links["staff"][n].code.as_str();
    // Eight with keys of their own, eight with one key, and one alone.
    let own = (0..8).map(|n| (code(0), format!("k{n}")));
    let shared = (0..8).map(|_| (code(1), "shared".to_owned()));
    let all: Vec<_> = own.chain(shared).chain([(code(2), "k".to_owned())]).collect();
    let statuses = together(
        &app,
        all.iter().map(|(code, key)| send(&person, code, key, good())),
    )
    .await;
    assert_eq!(
        (of(&statuses[..8], 201), of(&statuses[..8], 409)),
        (1, 7),
        "{statuses:?}"
    );
    assert_eq!(of(&statuses[8..], 201), 9, "{statuses:?}");
    assert_eq!(
        (stored(&app).await, count(&app, "invitations WHERE used").await),
        (3, 3)
    );
}
