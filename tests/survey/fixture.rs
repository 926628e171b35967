//! A small survey with one of everything, as JSON that a test can change.

use rapport::survey::check::check;
use rapport::survey::definition::{Definition, ItemId};
use rapport::survey::parse;
use rapport::survey::problem::Problem;
use serde_json::{Value, json};

pub fn rating(id: &str, construct: &str) -> Value {
    json!({
        "id": id,
        "text": { "en": format!("Statement {id}"), "es": format!("Afirmación {id}") },
        "construct": construct,
        "wording": "1",
        "answer": { "type": "rating", "scale": "five", "opt_out": true }
    })
}

fn text(en: &str) -> Value {
    json!({ "en": en, "es": format!("{en} (es)") })
}

/// Five ratings in an index of two dimensions (`can`: a, b, c; `may`: d, e), a segment, and one item of every
/// other kind, the comment shown when `a` is low.
pub fn small() -> Value {
    let points: Vec<Value> = (1..=5).map(|point| text(&format!("point {point}"))).collect();
    json!({
        "id": "small",
        "version": 1,
        "title": text("Small"),
        "purpose": text("For tests"),
        "languages": ["en", "es"],
        "scales": { "five": { "points": points, "opt_out": text("don't know") } },
        "pages": [
            { "id": "first", "title": text("First"), "items": [
                rating("a", "c.a"), rating("b", "c.b"), rating("c", "c.c"), rating("d", "c.d"), rating("e", "c.e")
            ] },
            { "id": "second", "title": text("Second"), "intro": text("Intro"), "items": [
                { "id": "role", "text": text("Role"), "segment": "role", "answer": {
                    "type": "single_choice",
                    "options": [{ "id": "x", "label": text("X") }, { "id": "y", "label": text("Y") }]
                } },
                { "id": "topics", "text": text("Topics"), "answer": {
                    "type": "multiple_choice", "at_most": 2,
                    "options": [{ "id": "x", "label": text("X") }, { "id": "y", "label": text("Y") }]
                } },
                { "id": "times", "text": text("Times"), "answer": {
                    "type": "number", "min": 0, "max": 10, "unit": text("times")
                } },
                { "id": "line", "text": text("Line"), "answer": { "type": "short_text", "max_length": 100 } },
                { "id": "pair", "text": text("Pair"), "answer": {
                    "type": "importance_satisfaction", "importance": "five", "satisfaction": "five", "opt_out": true
                } },
                { "id": "comment", "text": text("Comment"), "help": text("Help"),
                  "show_if": { "<=": [1, { "var": "a" }, 2] },
                  "answer": { "type": "long_text", "max_length": 1000 } }
            ] }
        ],
        "indices": [{
            "id": "index", "title": text("Index"),
            "dimensions": [
                { "id": "can", "title": text("Can"), "items": ["a", "b", "c"] },
                { "id": "may", "title": text("May"), "items": ["d", "e"] }
            ],
            "min_items": 3, "min_dimensions": 2
        }],
        "themes": [{ "id": "all", "title": text("All"), "items": ["a", "role"] }]
    })
}

/// The small survey as its second version, every construct linked as the same.
pub fn small_second() -> Value {
    let mut second = small();
    second["version"] = json!(2);
    for item in second["pages"][0]["items"].as_array_mut().unwrap() {
        item["previous"] = json!("same");
    }
    second
}

/// Parsed, and free of problems.
pub fn valid(json: &Value) -> Definition {
    parse::read(json.to_string().as_bytes()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Parsed, whatever it means.
pub fn parsed(json: &Value) -> Definition {
    parse::parse(json.to_string().as_bytes()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The problems of meaning.
pub fn problems(json: &Value) -> Vec<Problem> {
    check(&parsed(json))
}

pub fn item(id: &str) -> ItemId {
    id.parse().unwrap()
}

/// A version of the small survey, changed.
pub fn changed(mut json: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut json);
    json
}
