//! The process is killed at every step, and replies are lost: everybody still answers exactly once.

use serde_json::json;

use super::served::{self, Claiming, Served};
use crate::support::TestDatabase;

const AGENCIES: &[(&str, usize)] = &[("DOT", 20)];

#[tokio::test]
async fn killed_between_the_steps_on_sqlite() {
    killed_between_the_steps(TestDatabase::sqlite()).await;
}

#[tokio::test]
async fn killed_between_the_steps_on_postgres() {
    killed_between_the_steps(TestDatabase::postgres()).await;
}

async fn killed_between_the_steps(database: TestDatabase) {
    let (store, links) = served::round(&database, AGENCIES, 5).await;
    let folder = tempfile::tempdir().unwrap();
    let answers = json!({ "delivers": 3, "days": 7 });
    let mut server = Served::start(&database.url, folder.path());
    for (n, link) in links.iter().take(7).enumerate() {
        let code = link.code.as_str();
        let claiming = Claiming::new(&server.key_of(code).await);
        // The reply to the claim is lost, and the server with it.
        let (status, first) = server.claim(code, &claiming).await;
        assert_eq!(status, 200, "{first}");
        server.kill();
        server = Served::start(&database.url, folder.path());
        let (status, again) = server.claim(code, &claiming).await;
        assert_eq!(
            (status, &again),
            (200, &first),
            "an acknowledged claim is on the disk"
        );
        assert_eq!(server.claim(code, &Claiming::new(&claiming.key)).await.0, 409);
        let credential = claiming.finish(&again);
        // So is the reply to the answers; the fifth one mixes, and the kill falls into the scrubbing behind it.
        assert_eq!(server.spend("k", &credential, &answers).await, 201);
        server.kill();
        server = Served::start(&database.url, folder.path());
        assert_eq!(server.spend("k", &credential, &answers).await, 201);
        assert_eq!(
            server.spend("k", &credential, &json!({ "delivers": 1 })).await,
            409
        );
        assert_eq!(
            server.send("k", code, &answers).await,
            409,
            "the invitation is used up"
        );
        let stored = store.read(|conn| rapport::store::responses::stored(conn, "r1"));
        let stored: i64 = stored.await.unwrap().iter().map(|(_, _, count)| count).sum();
        assert_eq!(stored, i64::try_from(n + 1).unwrap());
    }
    let log = server.stop();
    for link in &links {
        assert!(!log.contains(link.code.as_str()), "a code in the log");
    }
    // The last process answered only submissions; what the killed ones had counted went with them.
    let counted = "route=\"/api/v1/rounds/{id}/responses\"";
    assert!(
        log.contains(counted) && log.contains("requests of the day"),
        "{log}"
    );
}
