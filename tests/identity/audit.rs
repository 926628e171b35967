//! Who did what.

use jiff::{SignedDuration, Timestamp};
use rapport::clock;
use rapport::identity::{Actor, audit};

use crate::support::TestApp;

async fn staff_actions_are_recorded_with_their_actor(app: TestApp) {
    let admin = app.admin().await;
    let added = admin
        .post(
            "/api/v1/users",
            serde_json::json!({
                "email": "bo@test.gov", "name": "Bo", "password": "long enough by far", "roles": ["designer"],
            }),
        )
        .await;
    assert_eq!(added.status, 201, "{added}");
    let entries = app.read(|conn| audit::list(conn, None, 100)).await;
    let told: Vec<(&str, &str, &str)> = entries
        .iter()
        .map(|entry| {
            (
                entry.actor.as_str(),
                entry.action.as_str(),
                entry.subject.as_str(),
            )
        })
        .collect();
    assert_eq!(told[0], ("admin@test.gov", "user.add", "bo@test.gov"));
    assert!(
        told.contains(&("command line", "user.add", "admin@test.gov")),
        "{told:?}"
    );
    assert!(
        told.contains(&("admin@test.gov", "session.begin", "admin@test.gov")),
        "{told:?}"
    );
    assert!(
        entries
            .iter()
            .all(|entry| !format!("{entry:?}").contains("long enough")),
        "a password is in the log"
    );
}
on_both_engines!(staff_actions_are_recorded_with_their_actor);

async fn the_log_pages_backwards_without_gaps_even_within_one_instant(app: TestApp) {
    let start: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    app.write(move |conn| {
        for number in 0..10_i64 {
            let at = start + SignedDuration::from_secs(number / 4);
            audit::record(conn, &Actor::operator(), "test.do", &number.to_string(), "", at)?;
        }
        Ok(())
    })
    .await;
    let mut seen = Vec::new();
    let mut before: Option<audit::Entry> = None;
    loop {
        let from = before.clone();
        let page = app.read(move |conn| audit::list(conn, from.as_ref(), 3)).await;
        let Some(last) = page.last() else { break };
        before = Some(last.clone());
        seen.extend(page.into_iter().map(|entry| entry.subject));
    }
    assert_eq!(seen.len(), 10, "{seen:?}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 10, "{seen:?}");
    assert!(start < clock::now());
}
on_both_engines!(the_log_pages_backwards_without_gaps_even_within_one_instant);
