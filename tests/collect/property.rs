//! Whatever JSON is sent: the judge never panics, and what it lets pass is right.

use std::sync::LazyLock;

use proptest::prelude::*;
use rapport::collect::answers::{self, ValidAnswers};
use rapport::collect::fields::Draft;
use rapport::collect::{Form, Rating};
use serde_json::{Map, Value, json};

static FORM: LazyLock<Form> = LazyLock::new(|| Form::prepare(super::world::definition()).unwrap());

const ITEMS: [&str; 10] = [
    "delivers", "reliable", "why", "cost", "role", "needs", "days", "short", "open", "stranger",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2i64..400).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![Just("opt-out"), Just("manager"), Just("a"), Just("b"), Just("")].prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let name = prop_oneof![
            Just("importance".to_owned()),
            Just("satisfaction".to_owned()),
            any::<String>()
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn any_answers() -> impl Strategy<Value = Map<String, Value>> {
    let entry = (proptest::sample::select(&ITEMS[..]), any_json());
    proptest::collection::vec(entry, 0..10).prop_map(|entries| {
        entries
            .into_iter()
            .map(|(item, value)| (item.to_owned(), value))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_json_is_refused_with_reasons_or_is_stored_and_read_back_as_it_was(given in any_answers()) {
        match ValidAnswers::parse(&FORM, &given) {
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(problem.pointer.starts_with("/answers"));
                    prop_assert!(!problem.remedy.is_empty());
                }
            }
            Ok(valid) => {
                prop_assert!(!given.contains_key("stranger"));
                prop_assert!(valid.answers().contains_key("delivers"), "it is required");
                let record = FORM.layout().pack(valid.answers());
                let mut back = FORM.layout().unpack(&record).unwrap();
                for (item, text) in valid.texts() {
                    prop_assert!(!text.text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')));
                    back.insert(item.clone(), rapport::collect::Answer::Text(text.clone()));
                }
                prop_assert_eq!(&back, valid.answers());
                let low = matches!(FORM.layout().rating(&record, &"delivers".parse().unwrap()), Some(Rating::Point(1 | 2)));
                prop_assert!(low || !valid.answers().contains_key("why"), "a hidden item was stored");
                // Said again in its own words it is the same.
                let again = ValidAnswers::parse(&FORM, &answers::to_json(&FORM, valid.answers())).unwrap();
                prop_assert_eq!(again, valid);
            }
        }
    }

    #[test]
    fn any_form_fields_are_judged_without_a_panic(
        fields in proptest::collection::vec((proptest::sample::select(&ITEMS[..]), any::<String>()), 0..12),
        point in 0u32..9,
    ) {
        let mut fields: Vec<(String, String)> =
            fields.into_iter().map(|(item, value)| (format!("a.{item}"), value)).collect();
        fields.push(("a.delivers".to_owned(), point.to_string()));
        fields.push(("a.cost/importance".to_owned(), point.to_string()));
        let draft = Draft::of_fields(&FORM, &fields);
        let checked = answers::check(&FORM, &draft.to_json(&FORM));
        let out_of_range = !(1..=5).contains(&point);
        prop_assert_eq!(out_of_range, checked.problems.iter().any(|problem| problem.pointer == "/answers/delivers"));
    }
}

#[test]
fn more_answers_than_a_submission_may_have_are_one_problem() {
    let given: Map<String, Value> = (0..2000).map(|n| (format!("x{n}"), json!(1))).collect();
    let problems = ValidAnswers::parse(&FORM, &given).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code.as_str(), "too-many-answers");
}
