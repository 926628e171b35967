//! One digest for one content.

use proptest::prelude::*;
use rapport::survey::canonical::{canonical, digest, digest_of_text};
use serde_json::{Map, Value, json};

use super::fixture::{changed, parsed, small};
use super::shipped::shipped;

#[test]
fn the_canonical_form_follows_rfc_8785() {
    // The number and string samples of RFC 8785, section 3.2.2 and its sorting sample of 3.2.3.
    let sample: Value = serde_json::from_str(
        r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#,
    )
    .unwrap();
    assert_eq!(
        canonical(&sample).unwrap(),
        "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
         \"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
    );
    let keys =
        json!({ "\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7 });
    assert_eq!(
        canonical(&keys).unwrap(),
        "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
    );
}

#[test]
fn the_digest_is_the_sha_256_of_the_canonical_text() {
    // FIPS 180-2: the digest of "abc" as a text of ours would be of "\"abc\"", so the text is digested itself.
    assert_eq!(
        digest_of_text("abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(
        digest(&json!({ "b": 1, "a": 2 })).unwrap(),
        digest_of_text("{\"a\":2,\"b\":1}")
    );
}

#[test]
fn a_number_that_json_cannot_say_exactly_has_no_canonical_form_wherever_it_stands() {
    #[derive(serde::Serialize)]
    enum Shape {
        Unit,
        New(Option<f64>),
        Tuple(u8, f32),
        Struct { inner: Vec<(f64, i64)> },
    }
    assert!(canonical(&f64::NAN).is_err());
    assert!(canonical(&[f64::INFINITY]).is_err());
    assert!(canonical(&std::collections::BTreeMap::from([("a", f64::NEG_INFINITY)])).is_err());
    assert!(canonical(&Shape::New(Some(f64::NAN))).is_err());
    assert!(canonical(&Shape::Tuple(1, f32::NAN)).is_err());
    assert!(
        canonical(&Shape::Struct {
            inner: vec![(1.0, 2), (f64::NAN, 3)]
        })
        .is_err()
    );
    assert!(
        canonical(&Shape::Struct {
            inner: vec![(1.0, i64::MIN)]
        })
        .is_err()
    );
    assert!(canonical(&9_007_199_254_740_992_u64).is_err());
    assert!(canonical(&u128::MAX).is_err());
    let fine = (
        Shape::Unit,
        Shape::New(None),
        Shape::Tuple(1, 0.5),
        Shape::Struct {
            inner: vec![(1e300, -9_007_199_254_740_991)],
        },
    );
    assert_eq!(
        canonical(&fine).unwrap(),
        "[\"Unit\",{\"New\":null},{\"Tuple\":[1,0.5]},{\"Struct\":{\"inner\":[[1e+300,-9007199254740991]]}}]"
    );
}

#[test]
fn where_the_schema_lies_is_no_content() {
    let plain = parsed(&small());
    let pointed = parsed(&changed(small(), |s| {
        s["$schema"] = json!("./survey.schema.json")
    }));
    assert_eq!(plain.digest().unwrap(), pointed.digest().unwrap());
    assert!(!pointed.canonical().unwrap().contains("$schema"));
}

#[test]
fn a_canonical_definition_reads_back_as_itself() {
    for name in [
        "agency-partnership.v1",
        "agency-partnership.v2",
        "service-touchpoint.v1",
        "leader-interview.v1",
    ] {
        let mut definition = shipped(name);
        definition.schema = None;
        let text = definition.canonical().unwrap();
        let again = rapport::survey::parse::read(text.as_bytes()).unwrap();
        assert_eq!(again, definition);
        assert_eq!(again.digest().unwrap(), digest_of_text(&text));
    }
}

#[test]
fn every_single_change_of_content_changes_the_digest() {
    let original = small();
    let digest = parsed(&original).digest().unwrap();
    let mut texts = Vec::new();
    strings("", &original, &mut texts);
    let mut tried = 0;
    for place in texts {
        let mut json = original.clone();
        let value = json.pointer_mut(&place).unwrap();
        *value = json!(format!("{}x", value.as_str().unwrap()));
        if let Ok(changed) = rapport::survey::parse::parse(json.to_string().as_bytes()) {
            tried += 1;
            assert_ne!(changed.digest().unwrap(), digest, "{place}");
        }
    }
    assert!(tried > 100, "only {tried}");
}

fn strings(place: &str, value: &Value, places: &mut Vec<String>) {
    match value {
        Value::String(_) => places.push(place.to_owned()),
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| strings(&format!("{place}/{key}"), value, places)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(i, value)| strings(&format!("{place}/{i}"), value, places)),
        _ => {}
    }
}

/// The same value as a text whose keys stand in an order drawn from `seed`, with white space between.
fn shuffled(value: &Value, seed: u64) -> String {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<(&String, &Value)> = object.iter().collect();
            entries.sort_by_key(|(key, _)| digest_of_text(&format!("{seed}{key}")));
            let fields: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{} : {}", json!(key), shuffled(value, seed)))
                .collect();
            format!("{{ {} }}", fields.join(" ,\n"))
        }
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().map(|value| shuffled(value, seed)).collect();
            format!("[{}]", parts.join(", "))
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn key_order_and_white_space_do_not_matter(seed in any::<u64>()) {
        let text = shuffled(&small(), seed);
        let definition = rapport::survey::parse::read(text.as_bytes()).unwrap();
        prop_assert_eq!(definition.digest().unwrap(), parsed(&small()).digest().unwrap());
    }

    #[test]
    fn two_values_have_one_digest_exactly_when_they_are_equal(
        a in prop::collection::btree_map("[a-c]{1,2}", 0..3_i32, 0..4),
        b in prop::collection::btree_map("[a-c]{1,2}", 0..3_i32, 0..4),
    ) {
        let object = |map: &std::collections::BTreeMap<String, i32>| -> Map<String, Value> {
            map.iter().map(|(key, value)| (key.clone(), json!(value))).collect()
        };
        prop_assert_eq!(digest(&object(&a)).unwrap() == digest(&object(&b)).unwrap(), a == b);
    }
}
