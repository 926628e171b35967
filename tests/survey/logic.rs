//! Display logic: who sees what.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use rapport::survey::definition::{Definition, ItemId};
use rapport::survey::logic::{Answers, OPERATORS, Visibility};
use serde_json::{Value, json};

use super::fixture::{changed, item, parsed, small};
use super::shipped::shipped;

fn with_rules(rules: &[(usize, Value)]) -> Visibility {
    let json = changed(small(), |s| {
        for (position, rule) in rules {
            s["pages"][0]["items"][*position]["show_if"] = rule.clone();
        }
    });
    Visibility::compile(&parsed(&json)).unwrap()
}

fn answers(json: Value) -> Answers {
    json.as_object().unwrap().clone()
}

fn shows(visibility: &Visibility, id: &str, given: Value) -> bool {
    visibility.is_visible(&item(id), &answers(given))
}

#[test]
fn compiled_logic_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    shared(&with_rules(&[]));
}

#[test]
fn an_item_without_a_rule_is_always_shown() {
    let visibility = with_rules(&[]);
    assert_eq!(
        visibility.visible(&Answers::new()).len(),
        10,
        "all but the comment"
    );
    assert!(visibility.has_rules());
}

#[test]
fn a_low_score_shows_the_follow_up_and_nothing_else_does() {
    let visibility = with_rules(&[]);
    assert!(shows(&visibility, "comment", json!({ "a": 1 })));
    assert!(shows(&visibility, "comment", json!({ "a": 2 })));
    for other in [
        json!({ "a": 3 }),
        json!({}),
        json!({ "a": null }),
        json!({ "a": "opt-out" }),
        json!({ "b": 1 }),
    ] {
        assert!(!shows(&visibility, "comment", other.clone()), "{other}");
    }
}

#[test]
fn a_rule_reads_choices_lists_and_halves_of_pairs() {
    let last = |rule: Value| {
        let json = changed(small(), |s| s["pages"][1]["items"][5]["show_if"] = rule);
        Visibility::compile(&parsed(&json)).unwrap()
    };
    let chosen = last(json!({ "in": ["x", { "var": "topics" }] }));
    assert!(shows(&chosen, "comment", json!({ "topics": ["y", "x"] })));
    assert!(!shows(&chosen, "comment", json!({ "topics": ["y"] })));
    let role = last(json!({ "==": [{ "var": "role" }, "y"] }));
    assert!(shows(&role, "comment", json!({ "role": "y" })));
    assert!(!shows(&role, "comment", json!({})));
    let gap = last(json!({ "and": [
        { ">=": [{ "var": "pair.importance" }, 4] },
        { "<=": [1, { "var": "pair.satisfaction" }, 2] }
    ] }));
    assert!(shows(
        &gap,
        "comment",
        json!({ "pair": { "importance": 5, "satisfaction": 1 } })
    ));
    assert!(!shows(
        &gap,
        "comment",
        json!({ "pair": { "importance": 5, "satisfaction": 4 } })
    ));
    assert!(!shows(&gap, "comment", json!({ "pair": { "importance": 5 } })));
    assert!(!shows(&gap, "comment", json!({})));
}

#[test]
fn an_answer_to_a_hidden_item_does_not_count() {
    // b is shown when a is low, c when b is high: an answer to b alone must not open c.
    let visibility = with_rules(&[
        (1, json!({ "<=": [1, { "var": "a" }, 2] })),
        (2, json!({ ">=": [{ "var": "b" }, 4] })),
    ]);
    assert!(shows(&visibility, "c", json!({ "a": 1, "b": 5 })));
    assert!(!shows(&visibility, "c", json!({ "a": 4, "b": 5 })));
    assert!(!shows(&visibility, "c", json!({ "b": 5 })));
}

#[test]
fn a_rule_that_fails_on_an_answer_hides_its_item() {
    let visibility = with_rules(&[(1, json!({ ">": [{ "+": [{ "var": "a" }, 1] }, 2] }))]);
    assert!(shows(&visibility, "b", json!({ "a": 4 })));
    assert!(!shows(&visibility, "b", json!({ "a": "opt-out" })));
    assert!(!shows(&visibility, "b", json!({ "a": { "deep": [1] } })));
}

#[test]
fn every_operator_that_is_promised_works() {
    let rules = [
        ("var", json!({ "var": "a" })),
        ("missing", json!({ "!": { "missing": ["a"] } })),
        ("missing_some", json!({ "!": { "missing_some": [1, ["a"]] } })),
        ("if", json!({ "if": [{ "var": "a" }, true, false] })),
        ("==", json!({ "==": [{ "var": "a" }, "3"] })),
        ("===", json!({ "===": [{ "var": "a" }, 3] })),
        ("!=", json!({ "!=": [{ "var": "a" }, 4] })),
        ("!==", json!({ "!==": [{ "var": "a" }, "3"] })),
        ("<", json!({ "<": [{ "var": "a" }, 4] })),
        ("<=", json!({ "<=": [3, { "var": "a" }, 3] })),
        (">", json!({ ">": [{ "var": "a" }, 2] })),
        (">=", json!({ ">=": [{ "var": "a" }, 3] })),
        ("!", json!({ "!": [{ "==": [{ "var": "a" }, 4] }] })),
        ("!!", json!({ "!!": [{ "var": "a" }] })),
        ("and", json!({ "and": [{ "var": "a" }, true] })),
        ("or", json!({ "or": [false, { "var": "a" }] })),
        ("in", json!({ "in": [{ "var": "a" }, [1, 3]] })),
        ("+", json!({ "==": [{ "+": [{ "var": "a" }, 1] }, 4] })),
        ("-", json!({ "==": [{ "-": [{ "var": "a" }, 1] }, 2] })),
        ("*", json!({ "==": [{ "*": [{ "var": "a" }, 2] }, 6] })),
        ("/", json!({ "==": [{ "/": [{ "var": "a" }, 2] }, 1.5] })),
        ("min", json!({ "==": [{ "min": [{ "var": "a" }, 5] }, 3] })),
        ("max", json!({ "==": [{ "max": [{ "var": "a" }, 1] }, 3] })),
    ];
    let names: Vec<&str> = rules.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, OPERATORS);
    for (name, rule) in rules {
        let visibility = with_rules(&[(1, rule)]);
        assert!(shows(&visibility, "b", json!({ "a": 3 })), "{name}");
    }
}

#[test]
fn rules_with_problems_are_all_reported_together() {
    let json = changed(small(), |s| {
        s["pages"][0]["items"][0]["show_if"] = json!({ "var": "z" });
        s["pages"][0]["items"][1]["show_if"] = json!({ "cat": ["x"] });
    });
    let problems = Visibility::compile(&parsed(&json)).unwrap_err();
    let places: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(
        places,
        ["/pages/0/items/0/show_if/var", "/pages/0/items/1/show_if/cat"]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (1..=5_i32).prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z.]{0,12}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Any rule over the first item, built from the promised operators, sensible or not.
fn any_rule() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({ "var": "a" })),
        any_json().prop_filter("no objects", |v| !v.is_object())
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let operators: Vec<&str> = OPERATORS
            .iter()
            .copied()
            .filter(|name| !matches!(*name, "var" | "missing" | "missing_some"))
            .collect();
        (
            prop::sample::select(operators),
            prop::collection::vec(inner, 0..4),
        )
            .prop_map(|(name, arguments)| json!({ name: arguments }))
    })
}

static SHIPPED: LazyLock<Vec<(Definition, Visibility)>> = LazyLock::new(|| {
    let names = [
        "agency-partnership.v2",
        "leader-interview.v1",
        "service-touchpoint.v1",
    ];
    let compiled = |definition: Definition| {
        let visibility = Visibility::compile(&definition).unwrap();
        (definition, visibility)
    };
    names.into_iter().map(shipped).map(compiled).collect()
});

proptest! {
    #[test]
    fn no_answers_whatever_make_the_shipped_logic_panic(
        given in prop::collection::btree_map(
            prop::sample::select(vec!["overall-satisfaction", "overall-trust", "leader-voice", "leader-value", "nobody"]),
            any_json(),
            0..5,
        )
    ) {
        for (definition, visibility) in SHIPPED.iter() {
            let given: Answers = given.clone().into_iter().map(|(id, value)| (id.to_owned(), value)).collect();
            let shown = visibility.visible(&given);
            let plain: BTreeSet<ItemId> = definition
                .items()
                .filter(|item| item.show_if.is_none())
                .map(|item| item.id.clone())
                .collect();
            prop_assert!(shown.is_superset(&plain));
        }
    }

    #[test]
    fn no_rule_that_compiles_panics_on_any_answer(rule in any_rule(), answer in any_json()) {
        let json = changed(small(), |s| s["pages"][0]["items"][1]["show_if"] = rule);
        if let Ok(definition) = rapport::survey::parse::parse(json.to_string().as_bytes())
            && let Ok(visibility) = Visibility::compile(&definition)
        {
            let given = Answers::from_iter([("a".to_owned(), answer)]);
            prop_assert_eq!(visibility.visible(&given), visibility.visible(&given));
        }
    }
}
