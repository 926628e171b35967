//! One invitation, one response: whatever happens at the same time.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::json;

use super::world::{count, good, open_round, send};
use crate::support::TestApp;

/// How many invitations are raced for.
const ROUNDS: usize = 12;

on_both_engines!(
    eight_at_once_with_keys_of_their_own_store_one,
    eight_at_once_with_one_key_store_one_and_all_get_the_same_receipt,
    crossed_pairs_of_submissions_all_end,
);

async fn eight_at_once_with_keys_of_their_own_store_one(app: TestApp) {
    let links = open_round(&app, ROUNDS, 1, 5).await;
    for (round, link) in links["staff"].iter().enumerate() {
        let people: Vec<_> = (0..8).map(|_| app.anonymous()).collect();
        let tries = people.iter().enumerate().map(|(n, person)| {
            let answers = json!({ "delivers": 1 + n % 5 });
            async move { send(person, link.code.as_str(), &format!("{round}-{n}"), answers).await }
        });
        let mut outcomes: BTreeMap<u16, usize> = BTreeMap::new();
        for answer in join_all(tries).await {
            *outcomes.entry(answer.status).or_default() += 1;
        }
        assert_eq!(
            outcomes,
            BTreeMap::from([(201, 1), (409, 7)]),
            "invitation {round}"
        );
        assert_eq!(stored(&app).await, i64::try_from(round + 1).unwrap());
    }
}

async fn eight_at_once_with_one_key_store_one_and_all_get_the_same_receipt(app: TestApp) {
    let links = open_round(&app, ROUNDS, 1, 5).await;
    for (round, link) in links["staff"].iter().enumerate() {
        let people: Vec<_> = (0..8).map(|_| app.anonymous()).collect();
        let key = format!("shared-{round}");
        let tries = people
            .iter()
            .map(|person| send(person, link.code.as_str(), &key, good()));
        for answer in join_all(tries).await {
            assert_eq!(answer.status, 201, "{answer}");
            assert_eq!(answer.text, r#"{"round":"r1","mode":"anonymous","stored":true}"#);
        }
        assert_eq!(stored(&app).await, i64::try_from(round + 1).unwrap());
    }
}

/// Many people send the same many invitations, in opposite orders: no deadlock, each stored once.
async fn crossed_pairs_of_submissions_all_end(app: TestApp) {
    let links = open_round(&app, 40, 1, 5).await;
    let person = app.anonymous();
    let forwards = links["staff"].iter().enumerate().map(|(n, link)| (n, link, "f"));
    let backwards = links["staff"]
        .iter()
        .enumerate()
        .rev()
        .map(|(n, link)| (n, link, "b"));
    let tries = forwards.chain(backwards).map(|(n, link, way)| {
        let (person, key) = (&person, format!("{way}-{n}"));
        async move { send(person, link.code.as_str(), &key, good()).await.status }
    });
    let statuses = join_all(tries).await;
    let created = statuses.iter().filter(|status| **status == 201).count();
    let used = statuses.iter().filter(|status| **status == 409).count();
    assert_eq!((created, used), (40, 40), "{statuses:?}");
    assert_eq!(stored(&app).await, 40);
}

/// Responses, wherever they are.
async fn stored(app: &TestApp) -> i64 {
    let stored = count(app, "intake").await + count(app, "responses").await;
    assert_eq!(
        stored,
        count(app, "invitations WHERE used").await,
        "an invitation and its response go together"
    );
    stored
}
