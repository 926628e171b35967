//! What is no definition at all, or one that is misspelt.

use rapport::survey::parse::{MAX_BYTES, parse, read};
use rapport::survey::problem::Problem;
use serde_json::{Value, json};

use super::fixture::{changed, small};

fn refused(text: &str) -> Vec<Problem> {
    parse(text.as_bytes()).unwrap_err()
}

fn pointers(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.pointer.as_str()).collect()
}

#[test]
fn a_byte_order_mark_is_ignored() {
    let text = format!("\u{feff}{}", small());
    assert!(read(text.as_bytes()).is_ok());
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let problems = parse(&vec![b' '; MAX_BYTES + 1]).unwrap_err();
    assert!(problems[0].problem.contains("more than 1048576"), "{problems:?}");
}

#[test]
fn a_file_that_is_not_text_or_not_json_says_where() {
    assert!(
        parse(b"{\"id\": \"\xff\"}").unwrap_err()[0]
            .problem
            .contains("not UTF-8 (byte 8)")
    );
    assert!(refused("{\n  \"id\": }")[0].problem.contains("line 2 column 9"));
    assert!(refused("")[0].problem.contains("not JSON"));
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    let deep = "[".repeat(400_000);
    assert!(refused(&deep)[0].problem.contains("recursion limit"));
    let rule = format!("{}1{}", "{\"!\":[".repeat(80), "]}".repeat(80));
    let text = small().to_string().replacen(
        "\"wording\":\"1\"",
        &format!("\"wording\":\"1\",\"show_if\":{rule}"),
        1,
    );
    assert!(refused(&text)[0].problem.contains("recursion limit"));
}

#[test]
fn a_key_that_stands_twice_is_a_problem_in_objects_of_any_kind() {
    let text = small()
        .to_string()
        .replacen("\"version\":1", "\"version\":1,\"version\":2", 1);
    assert_eq!(pointers(&refused(&text)), ["/version"]);
    let text = small().to_string().replacen(
        "\"title\":{\"en\":\"Small\"",
        "\"title\":{\"en\":\"Large\",\"en\":\"Small\"",
        1,
    );
    assert_eq!(pointers(&refused(&text)), ["/title/en"]);
}

#[test]
fn every_problem_of_form_is_listed_at_its_own_place() {
    let json = changed(small(), |s| {
        s["vrsion"] = json!(1);
        s.as_object_mut().unwrap().remove("purpose");
        s["pages"][0]["items"][0]["requird"] = json!(true);
        s["pages"][0]["items"][1]["text"] = json!("plain");
        s["pages"][0]["items"][2]["answer"]["scael"] = json!("five");
        s["pages"][0]["items"][2]["answer"]
            .as_object_mut()
            .unwrap()
            .remove("scale");
        s["pages"][0]["items"][3]["answer"]["type"] = json!("stars");
        s["pages"][1]["items"][3]["answer"]["max_length"] = json!(-3);
        s["pages"][1]["items"][2]["answer"]["min"] = json!("low");
        s["pages"][1]["items"][4]["previous"] = json!("similar");
        s["indices"][0]["id"] = json!("my index");
    });
    let problems = refused(&json.to_string());
    let mut found = pointers(&problems);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/indices/0/id",
            "/pages/0/items/0/requird",
            "/pages/0/items/1/text",
            "/pages/0/items/2/answer/scael",
            "/pages/0/items/2/answer/scale",
            "/pages/0/items/3/answer/type",
            "/pages/1/items/2/answer/min",
            "/pages/1/items/3/answer/max_length",
            "/pages/1/items/4/previous",
            "/purpose",
            "/vrsion",
        ],
        "{problems:#?}"
    );
}

#[test]
fn problems_of_form_name_the_remedy() {
    let json = changed(small(), |s| s["pages"][0]["items"][0]["requird"] = json!(true));
    let problems = refused(&json.to_string());
    assert_eq!(problems[0].problem, "`requird` is no field here");
    assert!(problems[0].remedy.contains("required"), "{}", problems[0].remedy);
    let json = changed(small(), |s| {
        s["pages"][0]["items"][3]["answer"]["type"] = json!("stars")
    });
    assert!(
        refused(&json.to_string())[0]
            .remedy
            .contains("importance_satisfaction")
    );
}

#[test]
fn what_is_no_object_is_refused_with_a_problem() {
    for text in ["null", "[]", "3", "\"survey\"", "{}"] {
        assert!(!refused(text).is_empty(), "{text}");
    }
}

#[test]
fn whatever_serde_refuses_has_at_least_one_problem_with_a_remedy() {
    // Every value of the small survey is replaced in turn by something that does not belong there.
    let original = small();
    let mut places = Vec::new();
    collect("", &original, &mut places);
    let mut refused_somewhere = 0;
    for place in places {
        for wrong in [
            json!(null),
            json!(true),
            json!(-1.5),
            json!("no such thing!"),
            json!([]),
            json!({}),
        ] {
            let mut json = original.clone();
            *json.pointer_mut(&place).unwrap() = wrong;
            if let Err(problems) = parse(json.to_string().as_bytes()) {
                refused_somewhere += 1;
                assert!(!problems.is_empty());
                for problem in problems {
                    assert!(
                        problem.pointer.starts_with(&place) || place.starts_with(&problem.pointer),
                        "{place} was made wrong, but the problem is {problem}"
                    );
                    assert!(!problem.remedy.is_empty());
                }
            }
        }
    }
    assert!(refused_somewhere > 500, "only {refused_somewhere}");
}

fn collect(place: &str, value: &Value, places: &mut Vec<String>) {
    places.push(place.to_owned());
    match value {
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| collect(&format!("{place}/{key}"), value, places)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(i, value)| collect(&format!("{place}/{i}"), value, places)),
        _ => {}
    }
}
