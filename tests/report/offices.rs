//! Rounds with segments, headcounts by segment and any number of items: records are written as they are stored.

use jiff::Timestamp;
use rapport::report::model::{Cut, Figure, Measured, Score};
use rapport::round::{self, Audience, Mode, NewRound, RoundId, RoundState, RoundThresholds};
use rapport::store::responses::{self, ResponseRow};
use rapport::store::{Conn, Store};
use rapport::survey::definition::Definition;
use rapport::survey::publish;
use serde_json::{Value, json};

use super::fixture::{agencies, noon, write};

/// An agency: how many people of each role it has (a role of no text is none), and what they answered. An answer is a byte an item, in
/// the order of the form; the role is the last.
#[derive(Clone)]
pub struct Office {
    pub code: &'static str,
    pub people: Vec<(&'static str, u32)>,
    pub answers: Vec<Vec<u8>>,
}

/// What the last byte of an answer says.
pub const UNSAID: u8 = 0;
pub const STAFF: u8 = 1;
pub const LEAD: u8 = 2;
pub const IT: u8 = 3;

fn text(text: &str) -> Value {
    json!({ "en": text })
}

/// A survey of ratings with so many points and a role; those whose name ends with `-` are reverse-keyed. The index `trust`
/// has one dimension with the `index` first of them; the others are the themes given.
pub fn survey(points: usize, items: &[&str], index: usize, themes: &[(&str, &[&str])]) -> Value {
    let labels: Vec<Value> = (1..=points)
        .map(|point| text(&format!("Point {point}")))
        .collect();
    let name = |item: &str| item.trim_end_matches('-').to_owned();
    let rating = |item: &&str| {
        json!({ "id": name(item), "text": text(item), "construct": format!("c.{}", name(item)), "wording": "1",
            "answer": { "type": "rating", "scale": "all", "reverse": item.ends_with('-'), "opt_out": false } })
    };
    let mut asked: Vec<Value> = items.iter().map(rating).collect();
    let option = |id: &str| json!({ "id": id, "label": text(id) });
    asked.push(
        json!({ "id": "role", "text": text("Your role"), "segment": "role",
        "answer": { "type": "single_choice", "options": [option("staff"), option("lead"), option("it")] } }),
    );
    let of_index: Vec<String> = items.iter().take(index).map(|item| name(item)).collect();
    json!({
        "id": "offices", "version": 1, "title": text("Offices"), "purpose": text("To be computed by hand."), "languages": ["en"],
        "scales": { "all": { "points": labels } },
        "pages": [{ "id": "p1", "title": text("Questions"), "items": asked }],
        "indices": [{ "id": "trust", "title": text("Trust"), "dimensions": [
            { "id": "all", "title": text("All"), "items": of_index }] }],
        "themes": themes.iter().map(|(id, items)| json!({ "id": id, "title": text(id), "items": items })).collect::<Vec<_>>(),
    })
}

/// Runs a round until it is closed.
pub async fn closed(
    store: &Store,
    id: &'static str,
    day: &'static str,
    definition: &Value,
    offices: &[Office],
) -> RoundId {
    closed_as(store, id, day, Mode::Anonymous, definition, offices).await
}

/// The same in a mode; the n-th answer of an attributed office is that of its n-th person.
pub async fn closed_as(
    store: &Store,
    id: &'static str,
    day: &'static str,
    mode: Mode,
    definition: &Value,
    offices: &[Office],
) -> RoundId {
    let rows: String = offices
        .iter()
        .map(|office| format!("{},Office {},\n", office.code, office.code))
        .collect();
    agencies(store, &rows).await;
    let (definition, offices) = (definition.clone(), offices.to_vec());
    write(store, move |conn| {
        run(conn, id, noon(day), mode, definition, &offices)
    })
    .await
}

fn run(
    conn: &mut Conn,
    id: &str,
    closes: Timestamp,
    mode: Mode,
    definition: Value,
    offices: &[Office],
) -> RoundId {
    let definition: Definition = serde_json::from_value(definition).unwrap();
    publish::publish(conn, &definition, "tester", noon("2020-01-01")).unwrap();
    let round: RoundId = id.parse().unwrap();
    let audience = Audience {
        name: "staff".parse().unwrap(),
        title: "All staff".to_owned(),
        mode,
    };
    let new = NewRound {
        id: round.clone(),
        title: format!("Round {id}"),
        survey: definition.id.clone(),
        version: 1,
        audiences: vec![audience],
        thresholds: RoundThresholds::default(),
        opens_at: None,
        closes_at: None,
    };
    round::create(conn, new).unwrap();
    let with_roles = offices
        .iter()
        .flat_map(|office| &office.people)
        .any(|(role, _)| !role.is_empty());
    let mut csv = if with_roles {
        "agency,person,name,role\n"
    } else {
        "agency,person,name\n"
    }
    .to_owned();
    for office in offices {
        let roles = office
            .people
            .iter()
            .flat_map(|(role, count)| std::iter::repeat_n(*role, usize::try_from(*count).unwrap()));
        for (number, role) in roles.enumerate() {
            let role = if with_roles {
                format!(",{role}")
            } else {
                String::new()
            };
            csv.push_str(&format!("{0},{0}-{number},Person {number}{role}\n", office.code));
        }
    }
    round::roster::import(conn, &round, &"staff".parse().unwrap(), csv.as_bytes()).unwrap();
    round::open(conn, &round, closes - jiff::SignedDuration::from_hours(240)).unwrap();
    let mut rows = Vec::new();
    for office in offices {
        for (number, answers) in office.answers.iter().enumerate() {
            rows.push(ResponseRow {
                key: rapport::collect::mix::random_key().unwrap(),
                round: id.to_owned(),
                audience: "staff".to_owned(),
                agency: office.code.to_owned(),
                person: (mode == Mode::Attributed).then(|| format!("{}-{number}", office.code)),
                answers: answers.clone(),
            });
        }
    }
    responses::insert(conn, &rows).unwrap();
    assert_eq!(
        round::close(conn, &round, closes).unwrap().state,
        RoundState::Closed
    );
    round
}

/// The cut of a role.
pub fn role(option: &str) -> Cut {
    Cut::parse("role", option).unwrap()
}

/// The score in a figure.
pub fn score(figure: &Figure) -> &Score {
    match &figure.measured {
        Measured::Score(score) => score,
        other => panic!("no score: {other:?}"),
    }
}
