//! A round that is open, with people who hold invitations.

use std::collections::BTreeMap;

use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use rapport::agency::Agency;
use rapport::clock;
use rapport::identity::Actor;
use rapport::report::desk;
use rapport::round::{self, InvitationLink, NewRound, RoundError, roster};
use rapport::store::{Conn, Store, StoreError, agencies};
use rapport::survey::definition::Definition;
use rapport::survey::publish;
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

/// The links of everybody, by audience.
pub type Links = BTreeMap<&'static str, Vec<InvitationLink>>;

/// A survey with every kind of item, display logic and two languages, on four pages.
pub fn definition() -> Definition {
    let measures = |mut item: Value| {
        item["construct"] = json!(format!("test.{}", item["id"].as_str().unwrap()));
        item["wording"] = json!("1");
        item
    };
    let both = |text: &str| json!({ "en": text, "es": format!("{text} (es)") });
    let option = |id: &str| json!({ "id": id, "label": both(id) });
    let item =
        |id: &str, answer: Value| json!({ "id": id, "text": both(&format!("About {id}")), "answer": answer });
    let with = |mut item: Value, name: &str, value: Value| {
        item[name] = value;
        item
    };
    let rating = json!({ "type": "rating", "scale": "agree", "opt_out": true });
    let plain = json!({ "type": "rating", "scale": "agree" });
    let pair = json!({ "type": "importance_satisfaction", "importance": "agree", "satisfaction": "agree" });
    let roles = json!({ "type": "single_choice", "options": [option("manager"), option("staff")] });
    let needs = json!({ "type": "multiple_choice", "options": [option("a"), option("b"), option("c")], "at_most": 2 });
    let days = json!({ "type": "number", "min": 0, "max": 365, "decimals": 1 });
    let points = |n: usize| (1..=n).map(|i| both(&format!("point {i}"))).collect::<Vec<_>>();
    serde_json::from_value(json!({
        "id": "every-kind", "version": 1, "title": both("Every kind"), "purpose": both("To try everything."),
        "languages": ["en", "es"],
        "scales": { "agree": { "points": points(5), "opt_out": both("Don't know") } },
        "pages": [
            { "id": "one", "title": both("First things"), "items": [
                with(measures(item("delivers", rating)), "required", json!(true)),
                measures(item("reliable", plain)),
            ] },
            { "id": "two", "title": both("Why not"), "items": [
                with(item("why", json!({ "type": "long_text", "max_length": 200 })), "show_if",
                     json!({ "<=": [1, { "var": "delivers" }, 2] })),
            ] },
            { "id": "three", "title": both("More things"), "intro": both("A few more."), "items": [
                item("cost", pair), item("role", roles), item("needs", needs), item("days", days),
            ] },
            { "id": "four", "title": both("Last"), "items": [
                item("short", json!({ "type": "short_text", "max_length": 20 })),
                item("open", json!({ "type": "long_text", "max_length": 100 })),
            ] },
        ],
    }))
    .unwrap()
}

/// An open round `r1` with `staff` (anonymous) and `leaders` (attributed) people in agency DOT, and k.
pub async fn open_round(app: &TestApp, staff: usize, leaders: usize, k: u32) -> Links {
    planned(app, "r1", staff, leaders, k, true).await
}

/// As [`open_round`], of another name.
pub async fn open_round_named(app: &TestApp, id: &str, staff: usize, leaders: usize, k: u32) -> Links {
    planned(app, id, staff, leaders, k, true).await
}

/// A draft with `staff` (anonymous) of these agencies: code and people.
pub async fn plan_with_keys(
    app: &TestApp,
    id: &str,
    agencies: &'static [(&'static str, usize)],
    k: u32,
) -> Vec<InvitationLink> {
    plan_in(&app.store, id, agencies, k).await
}

/// As [`plan_with_keys`], without a server.
pub async fn plan_in(
    store: &Store,
    id: &str,
    agencies: &'static [(&'static str, usize)],
    k: u32,
) -> Vec<InvitationLink> {
    let new: NewRound = serde_json::from_value(json!({
        "id": id, "title": "The round", "survey": "every-kind", "version": 1,
        "audiences": [{ "name": "staff", "title": "Staff", "mode": "anonymous" }],
        "thresholds": { "least_respondents": k, "least_change": 5.0 },
    }))
    .unwrap();
    write(store, move |conn| {
        publish::publish(conn, &definition(), "test", clock::now()).unwrap();
        let all: Vec<Agency> = agencies
            .iter()
            .map(|(code, _)| Agency {
                code: code.parse().unwrap(),
                name: (*code).to_owned(),
                parent: None,
                cluster: None,
            })
            .collect();
        rapport::store::agencies::upsert(conn, &all)?;
        let round = round::create(conn, new)?;
        let mut csv = String::from("person,name,email,agency,language\n");
        for (agency, people) in agencies {
            for n in 0..*people {
                csv.push_str(&format!(
                    "{agency}-{n},Person {n},{agency}{n}@test.gov,{agency},en\n"
                ));
            }
        }
        Ok(roster::import(conn, &round.id, &"staff".parse().unwrap(), csv.as_bytes())?.links)
    })
    .await
}

/// As [`plan_with_keys`], opened with signing keys, as a server opens it. The links are in the order of the agencies.
pub async fn open_with_keys(
    app: &TestApp,
    id: &str,
    agencies: &'static [(&'static str, usize)],
    k: u32,
) -> Vec<InvitationLink> {
    let links = plan_with_keys(app, id, agencies, k).await;
    let (id, now) = (id.parse().unwrap(), clock::now());
    let keys = round::opening::keys_for(&app.store, app.app.intake.keyring(), &id, now, |_, _| ());
    let keys = keys.await.unwrap();
    write(&app.store, move |conn| round::open_with(conn, &id, &keys, now)).await;
    links
}

/// A round that is open or still a draft.
pub async fn planned(app: &TestApp, id: &str, staff: usize, leaders: usize, k: u32, opens: bool) -> Links {
    let new: NewRound = serde_json::from_value(json!({
        "id": id, "title": "The round", "survey": "every-kind", "version": 1,
        "audiences": [
            { "name": "staff", "title": "Staff", "mode": "anonymous" },
            { "name": "leaders", "title": "Leaders", "mode": "attributed" },
        ],
        "thresholds": { "least_respondents": k, "least_change": 5.0 },
    }))
    .unwrap();
    write(&app.store, move |conn| {
        let now = clock::now();

        publish::publish(conn, &definition(), "test", now).unwrap();
        let dot = Agency {
            code: "DOT".parse().unwrap(),
            name: "Transport".to_owned(),
            parent: None,
            cluster: None,
        };
        agencies::upsert(conn, &[dot])?;
        let round = round::create(conn, new)?;
        let mut links = Links::new();
        for (audience, people) in [("staff", staff), ("leaders", leaders)] {
            let name = audience.parse().unwrap();
            let imported = roster::import(conn, &round.id, &name, roster_of(audience, people).as_bytes())?;
            links.insert(audience, imported.links);
        }
        if opens {
            round::open(conn, &round.id, now)?;
        }
        Ok(links)
    })
    .await
}

fn roster_of(audience: &str, people: usize) -> String {
    let rows = (0..people).map(|n| format!("{audience}-{n},Person {n},{audience}{n}@test.gov,DOT,en\n"));
    format!("person,name,email,agency,language\n{}", rows.collect::<String>())
}

/// Closes `r1` as its people do.
pub async fn close(app: &TestApp) {
    write(&app.store, |conn| {
        round::close(conn, &"r1".parse().unwrap(), clock::now())
    })
    .await;
}

/// Seals the round as an operator does.
pub async fn seal(store: &Store) {
    let (who, id) = (Actor::operator(), "r1".parse().unwrap());
    let sealed = desk::seal(store, &who, &id, None, clock::now(), desk::quietly()).await;
    sealed.expect("the round is sealed");
}

/// Runs a use case that must succeed.
pub async fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut Conn) -> Result<T, RoundError> + Send + 'static,
) -> T {
    store.write(work).await.expect("the use case succeeds")
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many rows a query counts (as `count`).
pub async fn count(app: &TestApp, from: &str) -> i64 {
    let query = format!("SELECT count(*) AS count FROM {from}");
    let counted = app.store.read(move |conn| {
        diesel::sql_query(query)
            .get_result::<Count>(conn)
            .map_err(StoreError::from)
            .map(|found| found.count)
    });
    counted.await.unwrap()
}

/// Answers that are right, whoever gives them.
pub fn good() -> Value {
    json!({ "delivers": 4, "reliable": 5, "cost": { "importance": 5, "satisfaction": 2 }, "role": "manager",
            "needs": ["a", "b"], "days": 3, "open": "Answer the phone." })
}

/// Sends a response over the API.
pub async fn send(person: &Person, code: &str, key: &str, answers: Value) -> Answer {
    let body = json!({ "invitation": code, "answers": answers });
    Answer::of(
        person
            .request(reqwest::Method::POST, "/api/v1/rounds/r1/responses")
            .header("Idempotency-Key", key)
            .json(&body),
    )
    .await
}
