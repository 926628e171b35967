//! Commitments: who sees them, and what the next round says about exactly their items.

use rapport::demo::{self, Size};
use serde_json::{Value, json};

use rapport::round::Keyring;

use crate::support::{PASSWORD, Person, SECRET, TestApp};

fn draft() -> Value {
    json!({ "agency": "DOT", "said": "Nobody asks us.", "promised": "A monthly talk.", "due_on": "2030-06-30",
            "owner": "manager-dot@test.gov" })
}

async fn people(app: &TestApp) -> (Person, Person) {
    let admin = app.admin().await;
    let agencies = admin
        .put_csv(
            "/api/v1/agencies",
            "code,name\nDOT,Transportation\nDOC,Commerce\n",
        )
        .await;
    assert_eq!(agencies.status, 200);
    (admin, app.manager("DOT").await)
}

async fn a_commitment_is_seen_by_the_people_of_its_agency_and_changed_by_its_manager(app: TestApp) {
    let (admin, manager) = people(&app).await;
    let made = manager.post("/api/v1/commitments", draft()).await;
    assert_eq!(made.status, 201, "{made}");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let to_all = json!({ "said": "Bills are dark.", "promised": "Bills in words.", "due_on": "2030-01-01" });
    assert_eq!(
        manager.post("/api/v1/commitments", to_all.clone()).await.status,
        422,
        "not for one agency's manager"
    );
    let all = admin.post("/api/v1/commitments", to_all.clone()).await;
    assert_eq!(all.status, 201, "{all}");

    let path = format!("/api/v1/commitments/{id}");
    for (person, sees) in [
        (app.viewer("DOT").await, true),
        (app.viewer("DOC").await, false),
        (app.leadership().await, true),
    ] {
        assert_eq!(person.get(&path).await.status, if sees { 200 } else { 404 });
        assert_eq!(
            person.page(&format!("/commitments/{id}")).await.status,
            if sees { 200 } else { 404 }
        );
        let listed = person.get("/api/v1/commitments").await.json();
        assert_eq!(
            listed["commitments"].as_array().unwrap().len(),
            if sees { 2 } else { 1 },
            "{listed}"
        );
        assert_eq!(person.put(&path, draft()).await.status, 403);
    }
    let mut kept = draft();
    kept["state"] = json!("kept");
    kept["outcome"] = json!("Eight talks.");
    let other = app.manager("DOC").await;
    assert_eq!(other.put(&path, kept.clone()).await.status, 404);
    let all_path = format!("/api/v1/commitments/{}", all.json()["id"].as_str().unwrap());
    assert_eq!(
        manager.put(&all_path, to_all).await.status,
        404,
        "made to all, changed by those who may for all"
    );
    assert_eq!(manager.get(&all_path).await.status, 200);
    let changed = manager.put(&path, kept).await;
    assert_eq!(
        (changed.status, &changed.json()["state"]),
        (200, &json!("kept")),
        "{changed}"
    );
    let moved = json!({ "agency": "DOC", "said": "x", "promised": "y", "due_on": "2030-01-01" });
    assert_eq!(
        manager.put(&path, moved).await.status,
        422,
        "it cannot be moved out of one's agencies"
    );
}

async fn every_field_that_is_wrong_is_told(app: TestApp) {
    let (_, manager) = people(&app).await;
    let wrong = json!({ "agency": "DOC", "round": "none", "said": " ", "promised": "x".repeat(5000),
        "constructs": ["no.such"], "owner": "nobody@x.gov", "due_on": "2030-02-30", "state": "won" });
    let refused = manager.post("/api/v1/commitments", wrong).await;
    assert_eq!(refused.status, 422, "{refused}");
    let mut places: Vec<String> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["pointer"].as_str().unwrap().to_owned())
        .collect();
    places.sort();
    let expected = [
        "/agency",
        "/constructs",
        "/due_on",
        "/owner",
        "/promised",
        "/round",
        "/said",
        "/state",
    ];
    assert_eq!(places, expected);
    assert_eq!(
        manager
            .post("/api/v1/commitments", json!({ "surprise": 1 }))
            .await
            .status,
        422
    );
}

/// Over two real yearly rounds of the demo: the figures are the sealed ones, and only those of the chosen items.
#[tokio::test]
async fn the_next_round_judges_exactly_the_items_of_a_commitment() {
    let app = TestApp::sqlite().await;
    demo::build(
        &app.store,
        Some(Keyring::new(SECRET)),
        Size::Small,
        PASSWORD,
        rapport::clock::now(),
        |_, _| (),
    )
    .await
    .unwrap();
    let mut who = app.anonymous();
    who.sign_in("admin@demo.example.gov", PASSWORD).await;
    let rounds = who.get("/api/v1/rounds").await.json();
    let yearly: Vec<&str> = rounds["rounds"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|round| round["state"] == "published" && round["survey"] == "agency-partnership")
        .map(|round| round["id"].as_str().unwrap())
        .collect();
    let [first, second] = yearly[..] else {
        panic!("two yearly rounds: {yearly:?}")
    };
    // Two items that both versions ask alike, as the diff of the versions says.
    let constructs = alike(&who).await;
    let (kept, left_out) = (&constructs[..2], &constructs[2]);
    // Made, by its date, between the two rounds: written into the past, as an import would.
    let id = {
        let draft = json!({ "agency": "LAB", "said": "s", "promised": "p", "due_on": "2020-01-01", "round": first,
                            "constructs": kept });
        let made = who.post("/api/v1/commitments", draft).await;
        assert_eq!(made.status, 201, "{made}");
        made.json()["id"].as_str().unwrap().to_owned()
    };
    let path = format!("/api/v1/commitments/{id}");
    let not_yet = who.get(&path).await.json();
    assert!(
        not_yet["judgement"]["not_yet"].is_string(),
        "nothing was published after today: {not_yet}"
    );
    backdate(
        &app,
        &id,
        &who.get(&format!("/api/v1/rounds/{first}")).await.json(),
    );
    let judged = who.get(&path).await.json();
    let items = judged["judgement"]["items"].as_array().unwrap();
    let of_staff: Vec<&Value> = items
        .iter()
        .filter(|item| item["audience"] == "All staff")
        .collect();
    let found: Vec<&str> = of_staff
        .iter()
        .map(|item| item["construct"].as_str().unwrap())
        .collect();
    assert_eq!(
        found,
        kept.iter().map(String::as_str).collect::<Vec<_>>(),
        "{judged}"
    );
    assert!(!items.iter().any(|item| item["construct"] == left_out.as_str()));
    let results = |round: String| {
        let who = who.clone();
        async move {
            who.get(&format!("/api/v1/rounds/{round}/results?unit=agency/LAB"))
                .await
        }
    };
    let (before, now) = (results(first.to_owned()).await, results(second.to_owned()).await);
    for item in of_staff {
        let (then, after) = (item["before"].as_f64().unwrap(), item["now"].as_f64().unwrap());
        assert!(
            (item["difference"].as_f64().unwrap() - (after - then)).abs() < 1e-9,
            "{item}"
        );
        assert!(item["verdict"].is_string(), "{item}");
        assert!(
            before.text.contains(&then.to_string()),
            "{then} is no sealed figure of {first}"
        );
        assert!(
            now.text.contains(&after.to_string()),
            "{after} is no sealed figure of {second}"
        );
    }
}

/// Constructs of rated items with the same wording in both versions.
async fn alike(who: &Person) -> Vec<String> {
    let mut rated = Vec::new();
    for version in [1, 2] {
        let found = who
            .get(&format!("/api/v1/surveys/agency-partnership/versions/{version}"))
            .await
            .json();
        let definition = found.get("definition").cloned().unwrap_or(found);
        let items: Vec<(String, String)> = definition["pages"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|page| page["items"].as_array().unwrap().clone())
            .filter(|item| item["answer"]["type"] == "rating" && item["wording"].is_string())
            .map(|item| {
                let text = |name: &str| item[name].as_str().unwrap().to_owned();
                (text("construct"), text("wording"))
            })
            .collect();
        rated.push(items);
    }
    let mut both: Vec<String> = rated[1]
        .iter()
        .filter(|item| rated[0].contains(item))
        .map(|(construct, _)| construct.clone())
        .collect();
    both.sort();
    assert!(both.len() >= 3, "{both:?}");
    both
}

fn backdate(app: &TestApp, id: &str, round: &Value) {
    use diesel::RunQueryDsl as _;
    let closed: jiff::Timestamp = round["closed_at"].as_str().unwrap().parse().unwrap();
    let changed = diesel::sql_query("UPDATE commitments SET created_at = $1 WHERE id = $2")
        .bind::<diesel::sql_types::BigInt, _>(closed.as_millisecond() + 86_400_000)
        .bind::<diesel::sql_types::Text, _>(id.to_owned())
        .execute(&mut app.connection())
        .unwrap();
    assert_eq!(changed, 1);
}

on_both_engines!(
    a_commitment_is_seen_by_the_people_of_its_agency_and_changed_by_its_manager,
    every_field_that_is_wrong_is_told,
);
