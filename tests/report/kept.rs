//! Pages of results that are kept for a moment: the same for whoever comes again, nobody else's, and never behind what
//! was published or changed.

use std::io::Read as _;

use flate2::read::GzDecoder;
use reqwest::Method;

use super::fixture::{Group, agencies, published, staff, times};
use crate::support::{Person, TestApp};

async fn world(app: &TestApp) {
    agencies(&app.store, "BIG,Big Agency,\nMID,Middle Agency,\n").await;
    round(app, "r1", "2025-05-01", "2025-05-31").await;
}

async fn round(app: &TestApp, id: &'static str, from: &'static str, to: &'static str) {
    let group = Group::from([
        ("BIG", (20, times(12, [5, 5, 1]))),
        ("MID", (20, times(12, [2, 2, 4]))),
    ]);
    published(&app.store, &staff(id, 1, from, to, group)).await;
}

/// As a browser asks; only compressed pages are kept.
pub async fn page(person: &Person, path: &str, language: &str) -> String {
    let request = person.browse(Method::GET, path);
    let request = request
        .header("accept-encoding", "gzip")
        .header("accept-language", language);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(
        answer.headers()["cache-control"],
        "no-store",
        "nobody on the way keeps it"
    );
    let mut text = String::new();
    GzDecoder::new(&answer.bytes().await.unwrap()[..])
        .read_to_string(&mut text)
        .unwrap();
    text
}

async fn a_page_that_is_kept_is_the_page_and_nobody_elses(app: TestApp) {
    world(&app).await;
    let (leader, viewer) = (app.leadership().await, app.viewer("BIG").await);
    let first = page(&leader, "/results/r1", "en").await;
    assert_eq!(page(&leader, "/results/r1", "en").await, first);
    assert_eq!(
        leader.page("/results/r1").await.text,
        first,
        "made anew it is the same"
    );
    assert!(first.contains("Middle Agency"), "{first}");
    let of_viewer = page(&viewer, "/results/r1", "en").await;
    assert!(
        !of_viewer.contains("Middle Agency") && of_viewer.contains("Big Agency"),
        "{of_viewer}"
    );
    let spanish = page(&leader, "/results/r1", "es").await;
    assert!(spanish.contains("<html lang=\"es\">"), "{spanish}");
}
on_both_engines!(a_page_that_is_kept_is_the_page_and_nobody_elses);

async fn a_publication_and_a_change_are_seen_at_once(app: TestApp) {
    world(&app).await;
    let (leader, admin) = (app.leadership().await, app.admin().await);
    assert!(page(&leader, "/results", "en").await.contains("Round r1"));
    round(&app, "r2", "2026-05-01", "2026-05-31").await;
    let after = page(&leader, "/results", "en").await;
    assert!(after.contains("<h1>Round r2"), "{after}");

    assert!(
        page(&leader, "/agencies/BIG", "en")
            .await
            .contains("<h1>Big Agency")
    );
    let renamed = admin
        .put_csv("/api/v1/agencies", "code,name\nBIG,Great Agency\n")
        .await;
    assert_eq!(renamed.status, 200, "{renamed}");
    assert!(
        page(&leader, "/agencies/BIG", "en")
            .await
            .contains("<h1>Great Agency")
    );
}
on_both_engines!(a_publication_and_a_change_are_seen_at_once);

async fn who_is_locked_out_sees_no_page_that_is_kept(app: TestApp) {
    world(&app).await;
    let leader = app.leadership().await;
    page(&leader, "/results/r1", "en").await;
    let signed_out = leader.submit("/sign-out", &[]).await;
    assert!(signed_out.status == 303, "{signed_out}");
    let answer = leader
        .browse(Method::GET, "/results/r1")
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
}
on_both_engines!(who_is_locked_out_sees_no_page_that_is_kept);
