//! From a password to a session and back.

use crate::support::TestApp;

async fn somebody_signs_in_and_is_known_by_api_and_pages(app: TestApp) {
    let admin = app.admin().await;
    let users = admin.get("/api/v1/users").await;
    assert_eq!(users.status, 200, "{users}");
    assert_eq!(users.json()["users"][0]["email"], "admin@test.gov");
    let start = admin.page("/").await;
    assert!(start.text.contains("Sign out"), "{start}");
    assert_eq!(app.anonymous().get("/api/v1/users").await.status, 401);
    assert_eq!(app.leadership().await.get("/api/v1/users").await.status, 403);
}
on_both_engines!(somebody_signs_in_and_is_known_by_api_and_pages);
