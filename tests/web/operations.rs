//! What balancers and operators ask.

use crate::support::TestApp;

async fn a_fresh_server_is_healthy_and_ready(app: TestApp) {
    let nobody = app.anonymous();
    assert_eq!(nobody.get("/healthz").await.json()["status"], "ok");
    let ready = nobody.get("/readyz").await;
    assert_eq!(ready.status, 200, "{ready}");
    assert_eq!(ready.json()["ready"], true);
    assert_eq!(ready.json()["pending_migrations"].as_array().unwrap().len(), 0);
}
on_both_engines!(a_fresh_server_is_healthy_and_ready);

async fn a_server_without_its_schema_is_healthy_but_not_ready(app: TestApp) {
    app.store
        .revert_all_migrations()
        .await
        .expect("the schema is taken away");
    let nobody = app.anonymous();
    assert_eq!(nobody.get("/healthz").await.status, 200);
    let ready = nobody.get("/readyz").await;
    assert_eq!(ready.status, 503, "{ready}");
    let pending = ready.json()["pending_migrations"].clone();
    assert_eq!(pending[0], "0001_foundation", "{ready}");
    assert!(
        pending.as_array().unwrap().contains(&"0004_leases".into()),
        "{ready}"
    );
}
on_both_engines!(a_server_without_its_schema_is_healthy_but_not_ready);
