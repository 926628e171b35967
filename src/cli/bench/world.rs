//! What is measured on: an open round with invited people, and many responses of earlier rounds.

use std::sync::Arc;

use serde_json::{Value, json};

use super::failed;
use crate::agency::Agency;
use crate::cli::Failure;
use crate::clock;
use crate::round::{self, NewRound, RoundError, RoundId, roster};
use crate::store::intake::IntakeRow;
use crate::store::responses::ResponseRow;
use crate::store::{Store, StoreError, agencies, intake, responses};
use crate::survey::publish;

/// How many rating items the survey has, beside one comment: as the server that Rapport is measured against.
pub const ITEMS: usize = 24;

/// How many agencies there are.
const AGENCIES: usize = 40;

/// How many rows are put into the store at a time.
const CHUNK: usize = 5000;

/// The codes of everybody who is invited.
pub type Codes = Arc<Vec<String>>;

/// Opens the round `id` with so many people.
pub async fn open_round(store: &Store, id: &str, people: usize) -> Result<Codes, Failure> {
    let round: RoundId = id.parse().map_err(failed)?;
    let definition = serde_json::from_value(survey()).map_err(failed)?;
    let plan: NewRound = serde_json::from_value(json!({
        "id": id, "title": "Bench", "survey": "bench", "version": 1,
        "audiences": [{ "name": "staff", "title": "Staff", "mode": "anonymous" }],
        "thresholds": { "least_respondents": 10, "least_change": 5.0 },
    }))
    .map_err(failed)?;
    let rows = (0..people).map(|n| format!("p{n},,p{n}@example.gov,A{},en\n", n % AGENCIES));
    let csv = format!("person,name,email,agency,language\n{}", rows.collect::<String>());
    let staff = "staff".parse().map_err(failed)?;
    let opened = store.write(move |conn| {
        let now = clock::now();
        if publish::publish(conn, &definition, "bench", now).is_err() {
            tracing::debug!("the survey is there already");
        }
        let all = (0..AGENCIES).filter_map(|n| {
            let code = format!("A{n}").parse().ok()?;
            Some(Agency {
                code,
                name: format!("Agency {n}"),
                parent: None,
                cluster: None,
            })
        });
        agencies::upsert(conn, &all.collect::<Vec<_>>())?;
        round::create(conn, plan)?;
        let imported = roster::import(conn, &round, &staff, csv.as_bytes())?;
        round::open(conn, &round, now)?;
        Ok::<_, RoundError>(imported.links)
    });
    let codes = opened
        .await?
        .into_iter()
        .map(|link| link.code.as_str().to_owned());
    Ok(Arc::new(codes.collect()))
}

fn survey() -> Value {
    let both = |text: &str| json!({ "en": text });
    let points: Vec<Value> = (1..=5).map(|n| both(&format!("Point {n} of five"))).collect();
    let mut items: Vec<Value> = (1..=ITEMS)
        .map(|n| {
            json!({
                "id": format!("q{n}"), "construct": format!("bench.q{n}"), "wording": "1",
                "text": both(&format!("Question {n}: the central IT office keeps what it promised to us.")),
                "answer": { "type": "rating", "scale": "agree", "opt_out": true },
            })
        })
        .collect();
    items.push(json!({
        "id": "open", "text": both("Anything else?"), "answer": { "type": "long_text", "max_length": 2000 },
    }));
    json!({
        "id": "bench", "version": 1, "title": both("Bench"), "purpose": both("To measure the intake."), "languages": ["en"],
        "scales": { "agree": { "points": points, "opt_out": both("Does not apply") } },
        "pages": [{ "id": "one", "title": both("Everything"), "items": items }],
    })
}

/// The answers of a number, as the body of a submission.
pub fn submission(code: &str, number: usize) -> String {
    let ratings: String = (1..=ITEMS)
        .map(|item| format!("\"q{item}\":{},", 1 + (number * 7 + item) % 5))
        .collect();
    format!(
        "{{\"invitation\":\"{code}\",\"answers\":{{{ratings}\"open\":\"Please answer the telephone before noon, number {number}.\"}}}}"
    )
}

/// Puts so many responses of the round `id` into the pool, in the order of their keys, which is quickest.
pub async fn store_responses(store: &Store, id: &str, count: usize) -> Result<(), Failure> {
    for first in (0..count).step_by(CHUNK) {
        let id = id.to_owned();
        let rows: Vec<ResponseRow> = (first..count.min(first + CHUNK))
            .map(|n| ResponseRow {
                key: key(n),
                round: id.clone(),
                audience: "staff".to_owned(),
                agency: format!("A{}", n % AGENCIES),
                person: None,
                answers: packed(n),
            })
            .collect();
        store.write(move |conn| responses::insert(conn, &rows)).await?;
    }
    Ok(())
}

/// Puts rows into the intake in batches, each its own commit, with nothing around it: what the engine alone can do.
/// Returns how many.
pub async fn insert_bare(store: &Store, id: &str, batch: usize, batches: usize) -> Result<usize, StoreError> {
    for first in (0..batch * batches).step_by(batch) {
        let id = id.to_owned();
        let rows: Vec<IntakeRow> = (first..first + batch)
            .map(|n| IntakeRow {
                key: scattered(n),
                round: id.clone(),
                audience: "staff".to_owned(),
                agency: format!("A{}", n % AGENCIES),
                answers: packed(n),
                written: "{\"open\":\"Please answer the telephone before noon.\"}".to_owned(),
            })
            .collect();
        store.write(move |conn| intake::insert(conn, &rows)).await?;
    }
    Ok(batch * batches)
}

fn packed(n: usize) -> Vec<u8> {
    (0..=ITEMS)
        .map(|item| u8::try_from(1 + (n + item) % 5).unwrap_or(1))
        .collect()
}

fn key(n: usize) -> Vec<u8> {
    let mut key = n.to_be_bytes().to_vec();
    key.extend([0; 8]);
    key
}

/// As a random key would fall, without asking for randomness.
fn scattered(n: usize) -> Vec<u8> {
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut key = mixed.to_be_bytes().to_vec();
    key.extend(n.to_be_bytes());
    key
}
