//! The raw files of PostgreSQL, searched: what was never stored stands in none, and what was deleted is gone from all of the
//! database's own files. The server's log of changes (`pg_wal`) is another matter, see `docs/anonymity.md`.
//!
//! SQLite's files are searched by `collect::linker`.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bytea, Text};
use diesel::{QueryableByName, RunQueryDsl};
use rapport::round;
use rapport::store::{Conn, invitations, responses};
use serde_json::json;

use super::world::open_round;
use crate::support::{Answer, TestApp};

#[derive(QueryableByName)]
struct Relation {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    path: String,
}

#[derive(QueryableByName)]
struct Content {
    #[diesel(sql_type = Bytea)]
    bytes: Vec<u8>,
}

/// The files of every table, index and overflow table of this database, as they lie on the disk after a checkpoint. Each table was
/// sampled for the planner just before, as the server does now and then by itself.
fn files(conn: &mut Conn) -> Vec<(String, Vec<u8>)> {
    conn.batch_execute("ANALYZE; CHECKPOINT")
        .expect("the role of the tests is a superuser's");
    let relations = diesel::sql_query(
        "SELECT relname::text AS name, pg_relation_filepath(oid) AS path FROM pg_class \
         WHERE relkind IN ('r', 'i', 't') AND relfilenode <> 0 AND NOT relisshared ORDER BY relname",
    )
    .load::<Relation>(conn)
    .unwrap();
    assert!(relations.len() > 100, "{} relations", relations.len());
    let content = |relation: Relation| {
        let bytes = diesel::sql_query("SELECT pg_read_binary_file($1) AS bytes")
            .bind::<Text, _>(relation.path)
            .get_result::<Content>(conn)
            .unwrap()
            .bytes;
        (relation.name, bytes)
    };
    relations.into_iter().map(content).collect()
}

/// In which relations these bytes stand.
fn found_in(files: &[(String, Vec<u8>)], needle: &str) -> Vec<String> {
    let needle = needle.as_bytes();
    let has = |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let found = files.iter().filter(|(_, bytes)| has(bytes));
    found.map(|(name, _)| name.clone()).collect()
}

const WORDS: &str = "Zwetschgenknoedel are what I wrote about";

#[tokio::test]
async fn what_was_deleted_stands_in_no_file_of_the_database() {
    let app = TestApp::postgres().await;
    let links = open_round(&app, 24, 1, 5).await;
    let person = app.anonymous();
    for (number, link) in links["staff"].iter().enumerate().take(13) {
        let words = json!({ "text": format!("{WORDS} {number}"), "show": true });
        let body =
            json!({ "invitation": link.code, "answers": { "delivers": 4, "days": 123.5, "open": words } });
        let request = person
            .api(reqwest::Method::POST, "/api/v1/rounds/r1/responses")
            .header("Idempotency-Key", format!("key-of-this-test-{number}"));
        let answer = Answer::of(request.json(&body)).await;
        assert_eq!(answer.status, 201, "{answer}");
    }
    let mut conn = app.connection();
    // The search finds what is there: three wait, ten are mixed.
    let open = files(&mut conn);
    assert_eq!(found_in(&open, &format!("{WORDS} 12")), ["intake"]);
    assert!(found_in(&open, WORDS).contains(&"comments".to_owned()));
    let address = links["staff"][3].email.clone();
    assert!(address.contains('@') && found_in(&open, &address).contains(&"invitations".to_owned()));

    app.store
        .write(|conn| round::close(conn, &"r1".parse().unwrap(), rapport::clock::now()))
        .await
        .unwrap();
    app.store.scrub().await.unwrap();
    let closed = files(&mut conn);
    // Mixed: the way in is empty to the last byte, and the words stand apart from everything else.
    assert_eq!(found_in(&closed, WORDS), ["comments"]);
    let intake = closed.iter().filter(|(name, _)| name.starts_with("intake"));
    for (name, bytes) in intake.filter(|(name, _)| name == "intake") {
        assert!(bytes.is_empty(), "{name} has {} bytes", bytes.len());
    }
    // A code is never stored, a key of a submission neither.
    for files in [&open, &closed] {
        for link in &links["staff"] {
            assert_eq!(
                found_in(files, link.path().trim_start_matches("/i/")),
                [""; 0],
                "a code"
            );
        }
        assert_eq!(found_in(files, "key-of-this-test-"), [""; 0]);
    }

    // Deleted, and the store is scrubbed as after a mix: gone from every file.
    app.store
        .write(|conn| {
            let (round, staff) = ("r1".parse().unwrap(), "staff".parse().unwrap());
            responses::delete_of_audience(conn, "r1", "staff")?;
            invitations::delete_roster(conn, &round, &staff)?;
            invitations::delete_roster(conn, &round, &"leaders".parse().unwrap())
        })
        .await
        .unwrap();
    app.store.scrub().await.unwrap();
    let deleted = files(&mut conn);
    assert_eq!(found_in(&deleted, WORDS), [""; 0], "words");
    assert_eq!(found_in(&deleted, &address), [""; 0], "a mail address");
}
