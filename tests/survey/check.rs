//! Every problem of meaning is found, at its own pointer.

use serde_json::{Value, json};

use super::fixture::{changed, problems, rating, small, small_second};

/// Exactly one problem, at `pointer`, whose sentence contains `says`, and a remedy.
fn only(json: &Value, pointer: &str, says: &str) {
    let found = problems(json);
    assert_eq!(found.len(), 1, "expected one problem at {pointer}: {found:#?}");
    assert_eq!(found[0].pointer, pointer);
    assert!(
        found[0].problem.contains(says),
        "`{}` should say `{says}`",
        found[0].problem
    );
    assert!(!found[0].remedy.is_empty());
}

/// A problem at `pointer` whose sentence contains `says`, among others that follow from it.
fn among(json: &Value, pointer: &str, says: &str) {
    let found = problems(json);
    assert!(
        found
            .iter()
            .any(|problem| problem.pointer == pointer && problem.problem.contains(says)),
        "no problem at {pointer} says `{says}`: {found:#?}"
    );
}

/// `change` makes exactly one problem.
fn one(change: impl FnOnce(&mut Value), pointer: &str, says: &str) {
    only(&changed(small(), change), pointer, says);
}

#[test]
fn the_small_survey_and_its_second_version_have_no_problems() {
    assert_eq!(problems(&small()), []);
    assert_eq!(problems(&small_second()), []);
}

#[test]
fn all_problems_are_listed_in_the_order_of_the_document() {
    let json = changed(small(), |s| {
        s["themes"][0]["items"][0] = json!("nobody");
        s["pages"][0]["items"][1]["answer"]["scale"] = json!("six");
        s["pages"][1]["items"][3]["answer"]["max_length"] = json!(0);
        s["title"] = json!({ "en": "Small" });
    });
    let found: Vec<String> = problems(&json)
        .into_iter()
        .map(|problem| problem.pointer)
        .collect();
    assert_eq!(
        found,
        [
            "/title",
            "/pages/0/items/1/answer/scale",
            "/pages/1/items/3/answer/max_length",
            "/themes/0/items/0",
        ]
    );
}

#[test]
fn positions_are_ordered_as_numbers() {
    let json = changed(small(), |s| {
        let items: Vec<Value> = (0..12)
            .map(|n| rating(&format!("i{n}"), &format!("i.{n}")))
            .collect();
        s["pages"][0]["items"].as_array_mut().unwrap().extend(items);
        s["pages"][0]["items"][9]["answer"]["scale"] = json!("six");
        s["pages"][0]["items"][10]["answer"]["scale"] = json!("six");
    });
    let found: Vec<String> = problems(&json)
        .into_iter()
        .map(|problem| problem.pointer)
        .collect();
    assert_eq!(
        found,
        ["/pages/0/items/9/answer/scale", "/pages/0/items/10/answer/scale"]
    );
}

#[test]
fn ids_that_occur_twice_are_problems_where_they_occur_again() {
    one(
        |s| s["pages"][1]["id"] = json!("first"),
        "/pages/1/id",
        "page `first`",
    );
    one(
        |s| s["pages"][1]["items"][3]["id"] = json!("times"),
        "/pages/1/items/3/id",
        "at /pages/1/items/2/id",
    );
    one(
        |s| s["pages"][0]["items"][1]["construct"] = json!("c.a"),
        "/pages/0/items/1/construct",
        "construct",
    );
    one(
        |s| s["pages"][1]["items"][0]["answer"]["options"][1]["id"] = json!("x"),
        "/pages/1/items/0/answer/options/1/id",
        "option `x`",
    );
    one(
        |s| s["indices"][0]["dimensions"][1]["id"] = json!("can"),
        "/indices/0/dimensions/1/id",
        "dimension",
    );
    let twice = |s: &mut Value, list: &str| {
        let copy = s[list][0].clone();
        s[list].as_array_mut().unwrap().push(copy);
    };
    one(|s| twice(s, "indices"), "/indices/1/id", "index `index`");
    one(|s| twice(s, "themes"), "/themes/1/id", "theme `all`");
    one(
        |s| {
            let mut copy = s["pages"][1]["items"][0].clone();
            copy["id"] = json!("role-again");
            s["pages"][1]["items"].as_array_mut().unwrap().push(copy);
        },
        "/pages/1/items/6/segment",
        "segment `role`",
    );
    one(
        |s| s["languages"] = json!(["en", "es", "en"]),
        "/languages/2",
        "twice",
    );
}

#[test]
fn an_item_id_with_a_dot_could_not_be_read_by_display_logic() {
    one(
        |s| s["pages"][1]["items"][3]["id"] = json!("li.ne"),
        "/pages/1/items/3/id",
        "dot",
    );
}

#[test]
fn a_text_must_be_there_in_every_language_wherever_it_stands() {
    let places = [
        "/title",
        "/purpose",
        "/scales/five/points/2",
        "/scales/five/opt_out",
        "/pages/0/title",
        "/pages/1/intro",
        "/pages/0/items/0/text",
        "/pages/1/items/5/help",
        "/pages/1/items/0/answer/options/1/label",
        "/pages/1/items/1/answer/options/0/label",
        "/pages/1/items/2/answer/unit",
        "/indices/0/title",
        "/indices/0/dimensions/1/title",
        "/themes/0/title",
    ];
    for place in places {
        let lacking = |s: &mut Value| {
            drop(
                s.pointer_mut(place)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .remove("es"),
            )
        };
        one(lacking, place, "no `es` text");
    }
}

#[test]
fn texts_are_written_in_the_languages_of_the_survey_and_not_empty_or_endless_or_invisible() {
    one(
        |s| s["title"]["fr"] = json!("Petit"),
        "/title/fr",
        "not one of the survey's languages",
    );
    one(|s| s["title"]["es"] = json!(" \n"), "/title/es", "empty");
    one(
        |s| s["title"]["en"] = json!("x".repeat(2_001)),
        "/title/en",
        "2001 characters",
    );
    one(
        |s| s["title"]["en"] = json!("bell\u{7}"),
        "/title/en",
        "control characters",
    );
    one(
        |s| s["title"]["en"] = json!("turned \u{202e}round"),
        "/title/en",
        "control characters",
    );
    among(
        &changed(small(), |s| s["languages"] = json!([])),
        "/languages",
        "no language",
    );
}

#[test]
fn scales_have_two_to_eleven_points() {
    let cut = |points: usize| {
        move |s: &mut Value| {
            let point = s["scales"]["five"]["points"][0].clone();
            s["scales"]["five"]["points"] = json!(vec![point; points]);
        }
    };
    one(cut(1), "/scales/five/points", "1 points");
    one(cut(12), "/scales/five/points", "12 points");
    assert_eq!(problems(&changed(small(), cut(2))), []);
    assert_eq!(problems(&changed(small(), cut(11))), []);
}

#[test]
fn a_scale_must_exist_and_offer_what_the_item_offers() {
    one(
        |s| s["pages"][0]["items"][0]["answer"]["scale"] = json!("six"),
        "/pages/0/items/0/answer/scale",
        "no scale",
    );
    one(
        |s| s["pages"][1]["items"][4]["answer"]["satisfaction"] = json!("six"),
        "/pages/1/items/4/answer/satisfaction",
        "no scale",
    );
    let mute = |s: &mut Value| drop(s["scales"]["five"].as_object_mut().unwrap().remove("opt_out"));
    among(
        &changed(small(), mute),
        "/pages/0/items/0/answer/scale",
        "has no text for it",
    );
}

#[test]
fn a_rating_needs_a_construct_and_a_wording_mark() {
    let without = |field: &'static str| {
        move |s: &mut Value| drop(s["pages"][0]["items"][1].as_object_mut().unwrap().remove(field))
    };
    one(
        without("construct"),
        "/pages/0/items/1/construct",
        "needs a construct",
    );
    one(
        without("wording"),
        "/pages/0/items/1/wording",
        "needs a wording mark",
    );
    one(
        |s| s["pages"][0]["items"][1]["wording"] = json!(" "),
        "/pages/0/items/1/wording",
        "wording mark",
    );
}

#[test]
fn from_the_second_version_on_every_construct_says_how_it_relates_to_the_one_before() {
    let silent = changed(small_second(), |s| {
        s["pages"][0]["items"][2]
            .as_object_mut()
            .unwrap()
            .remove("previous");
    });
    only(&silent, "/pages/0/items/2/previous", "nothing says");
    one(
        |s| s["pages"][0]["items"][2]["previous"] = json!("same"),
        "/pages/0/items/2/previous",
        "version 1",
    );
}

#[test]
fn only_a_single_choice_can_be_a_segment() {
    one(
        |s| s["pages"][0]["items"][0]["segment"] = json!("s"),
        "/pages/0/items/0/segment",
        "single choice",
    );
}

#[test]
fn choices_have_a_sensible_number_of_options() {
    let options = |item: usize, count: usize| {
        move |s: &mut Value| {
            let label = json!({ "en": "o", "es": "o" });
            let list: Vec<Value> = (0..count)
                .map(|n| json!({ "id": format!("o{n}"), "label": label }))
                .collect();
            s["pages"][1]["items"][item]["answer"]["options"] = json!(list);
        }
    };
    one(options(0, 1), "/pages/1/items/0/answer/options", "1 options");
    one(options(0, 251), "/pages/1/items/0/answer/options", "251 options");
    one(options(1, 65), "/pages/1/items/1/answer/options", "65 options");
    one(
        |s| s["pages"][1]["items"][1]["answer"]["at_most"] = json!(0),
        "/pages/1/items/1/answer/at_most",
        "0 of 2",
    );
    one(
        |s| s["pages"][1]["items"][1]["answer"]["at_most"] = json!(3),
        "/pages/1/items/1/answer/at_most",
        "3 of 2",
    );
}

#[test]
fn numbers_and_texts_have_possible_limits() {
    let number = "/pages/1/items/2/answer";
    one(
        |s| s["pages"][1]["items"][2]["answer"]["min"] = json!(11),
        &format!("{number}/min"),
        "greater than max",
    );
    one(
        |s| s["pages"][1]["items"][2]["answer"]["max"] = json!(1e17),
        &format!("{number}/max"),
        "too large",
    );
    one(
        |s| s["pages"][1]["items"][2]["answer"]["decimals"] = json!(7),
        &format!("{number}/decimals"),
        "7 decimals",
    );
    let length = |item: usize, n: u32| {
        move |s: &mut Value| s["pages"][1]["items"][item]["answer"]["max_length"] = json!(n)
    };
    one(length(3, 0), "/pages/1/items/3/answer/max_length", "0 characters");
    one(
        length(3, 501),
        "/pages/1/items/3/answer/max_length",
        "501 characters",
    );
    one(
        length(5, 10_001),
        "/pages/1/items/5/answer/max_length",
        "10001 characters",
    );
}

#[test]
fn an_index_is_made_of_rating_items_each_once() {
    let items = "/indices/0/dimensions/1/items";
    one(
        |s| s["indices"][0]["dimensions"][1]["items"][0] = json!("z"),
        &format!("{items}/0"),
        "no item `z`",
    );
    one(
        |s| s["indices"][0]["dimensions"][1]["items"][0] = json!("role"),
        &format!("{items}/0"),
        "not a rating",
    );
    one(
        |s| s["indices"][0]["dimensions"][1]["items"][0] = json!("pair"),
        &format!("{items}/0"),
        "not a rating",
    );
    one(
        |s| s["indices"][0]["dimensions"][1]["items"][0] = json!("a"),
        &format!("{items}/0"),
        "already",
    );
    one(
        |s| s["indices"][0]["dimensions"][1]["items"] = json!([]),
        items,
        "no items",
    );
    among(
        &changed(small(), |s| s["indices"][0]["dimensions"] = json!([])),
        "/indices/0/dimensions",
        "0 dimensions",
    );
}

#[test]
fn minimums_of_an_index_can_be_reached() {
    for (field, too_many) in [("min_items", 6), ("min_dimensions", 3)] {
        let pointer = format!("/indices/0/{field}");
        one(|s| s["indices"][0][field] = json!(0), &pointer, "0 of");
        one(
            |s| s["indices"][0][field] = json!(too_many),
            &pointer,
            &format!("{too_many} of"),
        );
    }
}

#[test]
fn an_index_is_no_short_form_of_its_own_survey() {
    let own = json!({ "survey": "small", "index": "index" });
    one(
        |s| s["indices"][0]["short_form_of"] = own,
        "/indices/0/short_form_of/survey",
        "its own survey",
    );
}

#[test]
fn a_theme_names_items_that_exist_each_once() {
    one(
        |s| s["themes"][0]["items"][1] = json!("z"),
        "/themes/0/items/1",
        "no item `z`",
    );
    one(
        |s| s["themes"][0]["items"][1] = json!("a"),
        "/themes/0/items/1",
        "already",
    );
    one(
        |s| s["themes"][0]["items"] = json!([]),
        "/themes/0/items",
        "no items",
    );
}

#[test]
fn there_are_pages_with_items_and_not_too_many() {
    among(
        &changed(small(), |s| s["pages"] = json!([])),
        "/pages",
        "no pages",
    );
    one(
        |s| {
            let page = json!({ "id": "empty", "title": { "en": "E", "es": "E" }, "items": [] });
            s["pages"].as_array_mut().unwrap().push(page);
        },
        "/pages/2/items",
        "no items",
    );
    let many = |s: &mut Value| {
        let items: Vec<Value> = (0..300)
            .map(|n| rating(&format!("i{n}"), &format!("i.{n}")))
            .collect();
        s["pages"][1]["items"].as_array_mut().unwrap().extend(items);
    };
    one(many, "/pages", "311 items, more than 300");
    one(
        |s| {
            let page = |n: usize| {
                json!({ "id": format!("p{n}"), "title": { "en": "P", "es": "P" },
                        "items": [rating(&format!("p{n}"), &format!("p.{n}"))] })
            };
            s["pages"].as_array_mut().unwrap().extend((0..50).map(page));
        },
        "/pages",
        "52 pages, more than 50",
    );
}

#[test]
fn versions_are_numbered_from_one() {
    one(|s| s["version"] = json!(0), "/version", "not a version number");
    among(
        &changed(small_second(), |s| s["version"] = json!(3_000_000_000_u32)),
        "/version",
        "not a version number",
    );
}

#[test]
fn display_logic_reads_earlier_items_only() {
    let rule = |rule: Value| move |s: &mut Value| s["pages"][0]["items"][1]["show_if"] = rule;
    let place = "/pages/0/items/1/show_if";
    one(
        rule(json!({ "==": [{ "var": "z" }, 1] })),
        &format!("{place}/==/0/var"),
        "no item of this survey",
    );
    one(
        rule(json!({ "==": [{ "var": "b" }, 1] })),
        &format!("{place}/==/0/var"),
        "its own answer",
    );
    one(
        rule(json!({ "!!": { "var": "c" } })),
        &format!("{place}/!!/var"),
        "asked later",
    );
    one(
        rule(json!({ "missing": ["a", "c"] })),
        &format!("{place}/missing/1"),
        "asked later",
    );
    one(
        rule(json!({ "missing_some": [1, ["a", "z"]] })),
        &format!("{place}/missing_some/1/1"),
        "no item",
    );
}

#[test]
fn display_logic_keeps_to_what_a_rule_may_be() {
    let rule = |rule: Value| move |s: &mut Value| s["pages"][0]["items"][1]["show_if"] = rule;
    let place = "/pages/0/items/1/show_if";
    one(
        rule(json!({ "equals": [{ "var": "a" }, 1] })),
        &format!("{place}/equals"),
        "not an operator",
    );
    one(
        rule(json!({ "map": [[1], { "var": "" }] })),
        &format!("{place}/map"),
        "not an operator",
    );
    one(
        rule(json!({ "==": [1, 1], "!=": [1, 2] })),
        place,
        "exactly one operator",
    );
    one(
        rule(json!({ "var": { "var": "a" } })),
        &format!("{place}/var"),
        "written out",
    );
    let large = json!({ "==": [{ "var": "a" }, 9_007_199_254_740_993_u64] });
    one(rule(large), &format!("{place}/==/1"), "too large");
    let deep = (0..20).fold(json!({ "var": "a" }), |inner, _| json!({ "!": [inner] }));
    let found = problems(&changed(small(), rule(deep)));
    assert_eq!(found.len(), 1);
    assert!(found[0].problem.contains("nested deeper"));
    let wide: Vec<Value> = (0..300).map(|_| json!({ "var": "a" })).collect();
    let found = problems(&changed(small(), rule(json!({ "or": wide }))));
    assert_eq!(found.len(), 1);
    assert!(found[0].problem.contains("more than 200 parts"));
}
