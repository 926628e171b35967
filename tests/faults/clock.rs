//! The wall clock is set back an hour, or forward, while people answer.

use serde_json::json;

use super::instance::Instance;
use super::people::{People, client};
use crate::support::{PASSWORD, TestApp};

async fn people_answer_and_staff_stay_signed_in_whatever_the_clock_does(app: TestApp) {
    let people = People::invited(&app, 2000).await;
    app.add_user("designer@test.gov", &["designer"]).await;
    let instance = Instance::that_suffers(&app.database_url());
    let at = |path: &str| format!("{}{path}", instance.base);
    let signed_in = client()
        .post(at("/api/v1/sessions"))
        .json(&json!({ "email": "designer@test.gov", "password": PASSWORD }))
        .send()
        .await
        .unwrap();
    assert_eq!(signed_in.status(), 201);
    let tokens: serde_json::Value = signed_in.json().await.unwrap();
    let token = tokens["access_token"].as_str().expect("a token").to_owned();

    let answering = people.answer(&[&instance.base]);
    for offset in ["0", "-3600", "300", "-3600"] {
        instance.fault("clock", offset);
        people.more_are_acknowledged(20).await;
        let listed = client()
            .get(at("/api/v1/rounds"))
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        assert_eq!(listed.status(), 200, "with the clock off by {offset} s");
    }
    answering.stop().await;
    let statuses = people.statuses();
    assert!(
        statuses.keys().all(|status| *status == 201),
        "{statuses:?}: {}",
        instance.log()
    );
    people.all_acknowledged_are_there_once(&app).await;
}
on_both_engines!(people_answer_and_staff_stay_signed_in_whatever_the_clock_does);
