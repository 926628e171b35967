//! What is moved when, and what is kept of it.

use diesel::Connection;
use rapport::clock;
use rapport::collect::submit::{Step, prepare, submit_all};
use rapport::collect::{IdempotencyKey, Known, Submission, mix};
use rapport::round;
use rapport::store::{StoreError, responses};
use serde_json::json;

use super::world::{close, count, open_round, send};
use crate::support::TestApp;

on_both_engines!(
    a_unit_is_mixed_when_k_wait_and_the_rest_at_close,
    an_attributed_response_bears_the_name_and_an_anonymous_one_nothing,
    no_submission_slips_in_behind_the_close,
);

async fn a_unit_is_mixed_when_k_wait_and_the_rest_at_close(app: TestApp) {
    let links = open_round(&app, 12, 1, 5).await;
    let person = app.anonymous();
    for (n, link) in links["staff"].iter().enumerate() {
        let answers = json!({ "delivers": 1, "why": format!("because {n}"), "open": "x" });
        assert_eq!(send(&person, link.code.as_str(), "k", answers).await.status, 201);
        let sent = i64::try_from(n + 1).unwrap();
        assert_eq!(
            (count(&app, "intake").await, count(&app, "responses").await),
            (sent % 5, sent - sent % 5)
        );
        assert_eq!(count(&app, "comments").await, 2 * (sent - sent % 5));
    }
    close(&app).await;
    assert_eq!(
        (count(&app, "intake").await, count(&app, "responses").await),
        (0, 12)
    );
    assert_eq!(count(&app, "comments").await, 24);
    assert_eq!(
        count(&app, "invitations WHERE used AND audience = 'staff'").await,
        12
    );
    assert_eq!(
        count(&app, "invitations").await,
        13,
        "no invitation was lost on the way"
    );

    // A comment shares no key with the response it came with.
    assert_eq!(
        count(&app, "comments c JOIN responses r ON r.key = c.key").await,
        0
    );
}

async fn an_attributed_response_bears_the_name_and_an_anonymous_one_nothing(app: TestApp) {
    let links = open_round(&app, 1, 1, 10).await;
    for audience in ["staff", "leaders"] {
        let answers = json!({ "delivers": 5, "open": format!("from {audience}") });
        let answer = send(&app.anonymous(), links[audience][0].code.as_str(), "k", answers).await;
        assert_eq!(answer.status, 201, "{answer}");
    }
    assert_eq!(count(&app, "responses WHERE person = 'leaders-0'").await, 1);
    assert_eq!(
        count(
            &app,
            "comments WHERE person = 'leaders-0' AND text = 'from leaders'"
        )
        .await,
        1
    );
    close(&app).await;
    assert_eq!(
        count(&app, "responses WHERE person IS NULL AND audience = 'staff'").await,
        1
    );
    assert_eq!(
        count(&app, "comments WHERE person IS NULL AND text = 'from staff'").await,
        1
    );
    assert_eq!(
        count(&app, "responses WHERE person = 'leaders-0'").await,
        1,
        "the close leaves names where they are"
    );
    let record = app
        .store
        .read(|conn| -> Result<_, StoreError> { responses::of_audience(conn, "r1", "staff") });
    let record = record.await.unwrap();
    assert_eq!(record[0].answers[0], 5);
}

/// While 60 people send, the round closes: every receipt is for a response that is in the pool.
async fn no_submission_slips_in_behind_the_close(app: TestApp) {
    let links = open_round(&app, 60, 1, 50).await;
    let person = app.anonymous();
    let sending = links["staff"]
        .iter()
        .map(|link| send(&person, link.code.as_str(), "k", json!({ "delivers": 3 })));
    let closing = async {
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        close(&app).await;
    };
    let (answers, ()) = futures_util::future::join(futures_util::future::join_all(sending), closing).await;
    let stored = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.status == 410).count();
    assert_eq!(stored + refused, 60);
    assert_eq!(
        (count(&app, "responses").await, count(&app, "intake").await),
        (i64::try_from(stored).unwrap(), 0)
    );
}

/// A submission that has passed the door when somebody closes the round: the close waits for it and takes it along.
#[tokio::test]
async fn a_submission_on_its_way_is_waited_for_by_the_close_on_postgres() {
    let app = TestApp::postgres().await;
    let links = open_round(&app, 1, 1, 10).await;
    let submission = Submission {
        code_hash: links["staff"][0].code.hash().to_vec(),
        key: IdempotencyKey::parse("k").unwrap(),
        answers: json!({ "delivers": 4 }).as_object().unwrap().clone(),
    };
    let (mut one, mut other) = (app.connection(), app.connection());
    let (passed, wait) = std::sync::mpsc::channel();
    let sending = std::thread::spawn(move || {
        let now = clock::now();
        let Step::Store(prepared) = prepare(&mut one, &Known::default(), &submission, None, now).unwrap()
        else {
            panic!("it is new");
        };
        let sent = one.transaction(|conn| -> Result<_, diesel::result::Error> {
            let receipt = submit_all(conn, &[prepared]).unwrap().pop();
            passed.send(()).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(500));
            Ok(receipt)
        });
        sent.unwrap()
    });
    wait.recv().unwrap();
    let closing = std::thread::spawn(move || {
        other.transaction(|conn| -> Result<(), diesel::result::Error> {
            round::close(conn, &"r1".parse().unwrap(), clock::now()).unwrap();
            Ok(())
        })
    });
    sending.join().unwrap().unwrap().unwrap();
    closing.join().unwrap().unwrap();
    assert_eq!(
        (count(&app, "intake").await, count(&app, "responses").await),
        (0, 1)
    );
}

/// Of a unit that is not large, every used invitation bears the number of the last mix; of a larger one those of the
/// window do, and the others stay behind.
#[tokio::test]
async fn rows_say_no_more_than_which_hundred_came_last_on_postgres() {
    let app = TestApp::postgres().await;
    let window = usize::try_from(mix::WINDOW).unwrap();
    let links = open_round(&app, window + 60, 1, 20).await;
    let person = app.anonymous();
    let numbers = "(SELECT DISTINCT xmin FROM invitations WHERE used) AS numbers";
    let newest = "invitations WHERE used AND xmin = (SELECT xmin FROM invitations WHERE used ORDER BY age(xmin) LIMIT 1)";
    for (n, link) in links["staff"].iter().enumerate() {
        let sent = n + 1;
        assert_eq!(
            send(&person, link.code.as_str(), "k", json!({ "delivers": 1 }))
                .await
                .status,
            201
        );
        if sent % 20 == 0 {
            let (numbers, newest) = (count(&app, numbers).await, count(&app, newest).await);
            let wanted = sent.min(window + 20);
            assert_eq!(newest, i64::try_from(wanted).unwrap(), "after {sent}");
            assert_eq!(numbers > 1, sent > window + 20, "after {sent}: {numbers} numbers");
        }
    }
}
