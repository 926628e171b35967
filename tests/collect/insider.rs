//! Somebody with the whole database tries to find out who answered what.
//!
//! 60 people answer one by one, in the order of the roster, over HTTP. Each gives another number, so that the test
//! knows the truth. The linker orders used invitations and responses by everything the engine offers and pairs them
//! place by place; it also pairs rows that were written by the same transaction.
//!
//! Chance pairs one row of 60 rightly. The bounds below are passed by chance once in some ten thousand runs, and a
//! linker that finds anything is far beyond them: the same linker against leaky copies shows it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use rapport::collect::{Answer, Form};
use rapport::store::{Conn, Engine, StoreError};
use serde_json::json;

use super::world::{Links, close, count, definition, open_round, send};
use crate::support::TestApp;

const PEOPLE: usize = 60;

/// More right pairs than this are no chance.
const MOST_HITS: usize = 9;

/// A closer likeness of two orders than this is no chance.
const MOST_LIKENESS: f64 = 0.65;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    label: String,
    #[diesel(sql_type = Text)]
    transaction: String,
}

/// What the linker found out.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    /// The most right pairs of two orders.
    hits: usize,
    /// The closest likeness of two orders: the rank correlation of true pairs, without its sign.
    likeness: f64,
    /// Right pairs among rows that alone share a transaction.
    same_transaction: usize,
}

on_both_engines!(
    after_the_close_nobody_can_pair_invitations_and_responses,
    the_same_linker_pairs_all_of_them_in_a_leaky_copy,
);

async fn after_the_close_nobody_can_pair_invitations_and_responses(app: TestApp) {
    // k = 5: twelve mixes on the way, each a chance to leave a trace of the order.
    let truth = all_answer(&app, 5).await;
    close(&app).await;
    app.store.scrub().await.unwrap();
    let found = link(&app, &truth, "invitations", "responses").await;
    assert!(
        found.hits <= MOST_HITS && found.likeness <= MOST_LIKENESS && found.same_transaction <= MOST_HITS,
        "{found:?}"
    );
    assert_eq!(count(&app, "audit_log WHERE detail LIKE '%staff-%'").await, 0);
}

async fn the_same_linker_pairs_all_of_them_in_a_leaky_copy(app: TestApp) {
    let leaky = |conn: &mut Conn| -> Result<(), StoreError> {
        // A copy that keeps the order of arrival, as a table with a sequence would.
        Ok(conn.batch_execute(
            "CREATE TABLE leaky_responses (id INTEGER PRIMARY KEY, answers BLOB);
             CREATE TABLE leaky_invitations (id INTEGER PRIMARY KEY, code_hash BLOB, person TEXT, used BOOLEAN);
             CREATE TRIGGER leak_a AFTER INSERT ON intake BEGIN
               INSERT INTO leaky_responses (answers) VALUES (new.answers); END;
             CREATE TRIGGER leak_b AFTER UPDATE OF used ON invitations BEGIN
               INSERT INTO leaky_invitations (code_hash, person, used) VALUES (new.code_hash, new.person, new.used); END;",
        )?)
    };
    let is_sqlite = app.store.engine() == Engine::Sqlite;
    if is_sqlite {
        app.store.write(leaky).await.unwrap();
    }
    // k = 100: nothing is mixed before the close, and on PostgreSQL the transactions tell.
    let truth = all_answer(&app, 100).await;
    let tables = if is_sqlite {
        ("leaky_invitations", "leaky_responses")
    } else {
        ("invitations", "intake")
    };
    let found = link(&app, &truth, tables.0, tables.1).await;
    assert_eq!(found.hits, PEOPLE, "{found:?}");
    assert!(found.likeness > 0.999, "{found:?}");
    if !is_sqlite {
        assert_eq!(found.same_transaction, PEOPLE, "{found:?}");
        close(&app).await;
        let found = link(&app, &truth, "invitations", "responses").await;
        assert!(
            found.hits <= MOST_HITS && found.same_transaction <= MOST_HITS,
            "closing mends it: {found:?}"
        );
    }
}

/// Mixed by k but not yet closed: PostgreSQL still tells the batches apart. That the linker sees it shows that the
/// close has something to undo.
#[tokio::test]
async fn before_the_close_the_order_of_the_batches_shows_on_postgres() {
    let app = TestApp::postgres().await;
    let truth = all_answer(&app, 5).await;
    let arrival = orders(&app, "invitations", &["length(person), person"]).await;
    let batches = orders(&app, "responses", &["xmin::text::bigint"]).await;
    let likeness = likeness(&labels(&arrival[0], &truth), &numbers(&batches[0]));
    assert!(likeness > 0.9, "{likeness}");
}

/// Nothing of the form in which responses waited is left in the files.
#[tokio::test]
async fn after_the_close_the_files_of_sqlite_hold_nothing_of_the_intake() {
    let app = TestApp::sqlite().await;
    all_answer(&app, 100).await;
    let files = files(&app).await;
    assert!(
        contains(&files, b"{\"open\":\"words of 7\"}"),
        "the search finds what is there"
    );
    close(&app).await;
    app.store.scrub().await.unwrap();
    assert!(contains(&files, b"words of 7"), "the comment is kept");
    assert!(
        !contains(&files, b"{\"open\":"),
        "the intake is gone from the file and its log"
    );
}

/// Everybody answers, in the order of the roster. Returns the truth: code hash to number.
async fn all_answer(app: &TestApp, k: u32) -> BTreeMap<String, String> {
    let links: Links = open_round(app, PEOPLE, 1, k).await;
    let mut truth = BTreeMap::new();
    for (n, link) in links["staff"].iter().enumerate() {
        let answers = json!({ "delivers": 3, "days": n, "open": format!("words of {n}") });
        let answer = send(&app.anonymous(), link.code.as_str(), "k", answers).await;
        assert_eq!(answer.status, 201, "{answer}");
        let hash: String = link
            .code
            .hash()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        truth.insert(hash, n.to_string());
    }
    truth
}

/// Tries every pair of orders.
async fn link(app: &TestApp, truth: &BTreeMap<String, String>, invitations: &str, responses: &str) -> Found {
    let (of_people, of_answers): (&[&str], &[&str]) = match app.store.engine() {
        Engine::Sqlite if invitations.starts_with("leaky") => {
            (&["id", "code_hash", "length(person), person"], &["id", "answers"])
        }
        Engine::Sqlite => (
            &["", "code_hash", "length(person), person", "agency"],
            &["", "key"],
        ),
        Engine::Postgres => (
            &[
                "",
                "ctid",
                "xmin::text::bigint",
                "xmin::text::bigint, ctid",
                "code_hash",
                "person",
            ],
            &[
                "",
                "ctid",
                "xmin::text::bigint",
                "xmin::text::bigint, ctid",
                "key",
            ],
        ),
    };
    let people = orders(app, invitations, of_people).await;
    let answers = orders(app, responses, of_answers).await;
    let mut found = Found {
        hits: 0,
        likeness: 0.0,
        same_transaction: 0,
    };
    for people in &people {
        for answers in &answers {
            let (people, numbers) = (labels(people, truth), numbers(answers));
            let hits = people
                .iter()
                .zip(&numbers)
                .filter(|(one, other)| one == other)
                .count();
            found.hits = found.hits.max(hits);
            found.likeness = found.likeness.max(likeness(&people, &numbers));
        }
    }
    found.same_transaction = same_transaction(&people[0], &answers[0], truth);
    found
}

/// Pairs rows that alone share a transaction; counts the right ones.
fn same_transaction(people: &[Row], answers: &[Row], truth: &BTreeMap<String, String>) -> usize {
    let (people_labels, answer_labels) = (labels(people, truth), numbers(answers));
    let pairs = people.iter().zip(&people_labels).filter_map(|(person, truth)| {
        let mut same = answers
            .iter()
            .zip(&answer_labels)
            .filter(|(answer, _)| answer.transaction == person.transaction);
        let (_, only) = same.next().filter(|_| !person.transaction.is_empty())?;
        same.next().is_none().then_some(only == truth)
    });
    pairs.filter(|right| *right).count()
}

/// The rows of a table in each of these orders.
async fn orders(app: &TestApp, table: &str, orders: &[&str]) -> Vec<Vec<Row>> {
    let postgres = app.store.engine() == Engine::Postgres;
    let what = if table.ends_with("invitations") {
        "code_hash"
    } else {
        "answers"
    };
    let columns = if postgres {
        format!("encode({what}, 'hex') AS label, xmin::text AS transaction")
    } else {
        format!("lower(hex({what})) AS label, '' AS \"transaction\"")
    };
    let only = if table.ends_with("invitations") {
        " WHERE used"
    } else {
        ""
    };
    let mut found = Vec::new();
    for order in orders {
        let by = if order.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {order}")
        };
        let query = format!("SELECT {columns} FROM {table}{only}{by}");
        let rows = app
            .store
            .read(move |conn| -> Result<Vec<Row>, StoreError> { Ok(diesel::sql_query(query).load(conn)?) });
        found.push(rows.await.unwrap());
    }
    found
}

/// The number that each invitation's person gave.
fn labels(people: &[Row], truth: &BTreeMap<String, String>) -> Vec<String> {
    people
        .iter()
        .map(|row| truth.get(&row.label).cloned().unwrap_or_default())
        .collect()
}

/// The number in each response.
fn numbers(answers: &[Row]) -> Vec<String> {
    let form = Form::prepare(definition()).unwrap();
    let number = |row: &Row| {
        let bytes: Vec<u8> = (0..row.label.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&row.label[at..at + 2], 16).unwrap())
            .collect();
        match form.layout().unpack(&bytes).unwrap().remove("days") {
            Some(Answer::Number(number)) => number.to_string(),
            other => panic!("{other:?}"),
        }
    };
    answers.iter().map(number).collect()
}

/// Spearman's correlation of the places of true pairs in two orders, without its sign.
fn likeness(one: &[String], other: &[String]) -> f64 {
    let n = one.len();
    let place: BTreeMap<&String, usize> = other
        .iter()
        .enumerate()
        .map(|(place, label)| (label, place))
        .collect();
    let squares: f64 = one
        .iter()
        .enumerate()
        .map(|(here, label)| {
            let there = place.get(label).copied().unwrap_or(0);
            let distance = here.abs_diff(there);
            number_of(distance * distance)
        })
        .sum();
    let n = number_of(n);
    (1.0 - 6.0 * squares / (n * (n * n - 1.0))).abs()
}

fn number_of(count: usize) -> f64 {
    u32::try_from(count).unwrap().into()
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    file: String,
}

/// The files of a SQLite database.
async fn files(app: &TestApp) -> Vec<PathBuf> {
    let place = app.store.read(|conn| -> Result<Place, StoreError> {
        Ok(
            diesel::sql_query("SELECT file FROM pragma_database_list WHERE name = 'main'")
                .get_result(conn)?,
        )
    });
    let file = place.await.unwrap().file;
    vec![PathBuf::from(format!("{file}-wal")), PathBuf::from(file)]
}

fn contains(files: &[PathBuf], needle: &[u8]) -> bool {
    files.iter().any(|file| {
        let bytes = std::fs::read(file).unwrap_or_default();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}
