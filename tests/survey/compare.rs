//! What stays comparable when a survey changes.

use proptest::prelude::*;
use rapport::survey::compare::{Class, Comparability, Match, anchors, diff, lineage, links};
use rapport::survey::definition::{Definition, IndexId};
use serde_json::{Value, json};

use super::fixture::{changed, parsed, rating, small, small_second, valid};
use super::shipped::shipped;

fn first() -> Definition {
    valid(&small())
}

/// The second version, changed.
fn second(change: impl FnOnce(&mut Value)) -> Definition {
    valid(&changed(small_second(), change))
}

fn match_of(matches: &[Match], id: &str) -> Match {
    matches
        .iter()
        .find(|found| found.new.as_str() == id)
        .unwrap()
        .clone()
}

fn class_of(old: &Definition, new: &Definition, id: &str) -> Class {
    match_of(&lineage(&[old, new]), id).class
}

fn index() -> IndexId {
    "index".parse().unwrap()
}

fn pairs(verdict: &Comparability) -> Vec<(String, String)> {
    verdict
        .items()
        .iter()
        .map(|anchor| (anchor.past.to_string(), anchor.current.to_string()))
        .collect()
}

#[test]
fn an_unchanged_version_is_the_same_throughout() {
    let diff = diff(&first(), &[], &second(|_| {}));
    assert!(diff.is_empty(), "{diff:#?}");
    assert_eq!(diff.count(Class::Same), 11);
    assert_eq!(diff.indices[0].comparability.to_string(), "comparable");
}

#[test]
fn items_are_matched_by_construct_and_not_by_id() {
    let renamed = second(|s| {
        s["pages"][0]["items"][0]["id"] = json!("alpha");
        s["pages"][0]["items"][1]["construct"] = json!("c.other");
        s["pages"][0]["items"][1]["previous"] = json!("new");
        s["pages"][1]["items"][5]["show_if"] = json!({ "<=": [1, { "var": "alpha" }, 2] });
        s["indices"][0]["dimensions"][0]["items"][0] = json!("alpha");
        s["themes"][0]["items"][0] = json!("alpha");
    });
    let diff = diff(&first(), &[], &renamed);
    let alpha = match_of(&diff.items, "alpha");
    assert_eq!((alpha.class, alpha.old.unwrap().as_str()), (Class::Same, "a"));
    assert_eq!(
        match_of(&diff.items, "b").class,
        Class::New,
        "the id alone is no relation"
    );
    let dropped: Vec<&str> = diff.dropped.iter().map(|item| item.item.as_str()).collect();
    assert_eq!(dropped, ["b"]);
    assert!(
        diff.changes
            .iter()
            .any(|change| change.subject == "item alpha" && change.change == "was called a")
    );
    assert_eq!(
        pairs(&diff.indices[0].comparability)[0],
        ("a".to_owned(), "alpha".to_owned())
    );
}

#[test]
fn the_author_decides_between_flagged_and_new_when_the_wording_mark_changed() {
    let reworded = |link: &'static str| {
        parsed(&changed(small_second(), |s| {
            s["pages"][0]["items"][0]["wording"] = json!("2");
            s["pages"][0]["items"][0]["previous"] = json!(link);
        }))
    };
    assert_eq!(class_of(&first(), &reworded("flagged"), "a"), Class::Flagged);
    assert_eq!(class_of(&first(), &reworded("new"), "a"), Class::New);
    assert_eq!(
        class_of(&first(), &reworded("same"), "a"),
        Class::New,
        "a contradiction is never compared"
    );
}

#[test]
fn another_way_to_answer_is_a_new_item_whatever_the_words_and_the_author_say() {
    let reasons = |new: &Definition| {
        let found = match_of(&lineage(&[&first(), new]), "a");
        assert_eq!(found.class, Class::New, "{found:?}");
        found.reason
    };
    let reversed = second(|s| s["pages"][0]["items"][0]["answer"]["reverse"] = json!(true));
    assert!(reasons(&reversed).contains("reverse keying"));
    let shorter = second(|s| {
        s["scales"]["four"] = json!({ "points": s["scales"]["five"]["points"].as_array().unwrap()[..4] });
        s["pages"][0]["items"][0]["answer"] = json!({ "type": "rating", "scale": "four" });
    });
    assert!(reasons(&shorter).contains("4 points, it had 5"));
    let turned = second(|s| {
        let mut points = s["scales"]["five"]["points"].as_array().unwrap().clone();
        points.reverse();
        s["scales"]["turned"] = json!({ "points": points });
        s["pages"][0]["items"][0]["answer"] = json!({ "type": "rating", "scale": "turned" });
    });
    assert!(reasons(&turned).contains("turned around"));
    let pair = parsed(&changed(small_second(), |s| {
        s["pages"][0]["items"][0]["answer"] =
            json!({ "type": "importance_satisfaction", "importance": "five", "satisfaction": "five" });
    }));
    assert!(reasons(&pair).contains("answered as a rating before"));
}

#[test]
fn words_that_change_under_an_unchanged_mark_are_a_warning() {
    let reworded = second(|s| {
        s["pages"][0]["items"][0]["text"]["en"] = json!("Another statement");
        s["pages"][0]["items"][1]["text"]["es"] = json!("Otra");
    });
    let matches = lineage(&[&first(), &reworded]);
    let a = match_of(&matches, "a");
    assert_eq!(a.class, Class::Same);
    assert_eq!(a.warnings, ["the words changed but the wording mark did not"]);
    assert_eq!(
        match_of(&matches, "b").warnings,
        [""; 0],
        "a better translation is no change of the wording"
    );
    let helped = second(|s| s["pages"][0]["items"][4]["help"] = json!({ "en": "Help", "es": "Ayuda" }));
    let found = match_of(&lineage(&[&first(), &helped]), "e");
    assert_eq!(
        found.warnings,
        ["the help text changed but the wording mark did not"]
    );
    let relabelled = second(|s| s["scales"]["five"]["points"][4]["en"] = json!("totally"));
    let found = match_of(&lineage(&[&first(), &relabelled]), "c");
    assert_eq!(
        found.warnings,
        ["the words of the scale changed but the wording mark did not"]
    );
    let without = second(|s| s["pages"][0]["items"][3]["answer"]["opt_out"] = json!(false));
    let found = match_of(&lineage(&[&first(), &without]), "d");
    assert_eq!(
        found.warnings,
        ["\"don't know\" is offered in only one of the two"]
    );
}

#[test]
fn items_without_a_construct_are_matched_by_id_and_judged_by_their_words() {
    let reworded = |link: Option<&'static str>| {
        second(|s| {
            s["pages"][1]["items"][5]["text"]["en"] = json!("Another question");
            if let Some(link) = link {
                s["pages"][1]["items"][5]["previous"] = json!(link);
            }
        })
    };
    assert_eq!(class_of(&first(), &second(|_| {}), "comment"), Class::Same);
    assert_eq!(class_of(&first(), &reworded(None), "comment"), Class::New);
    assert_eq!(
        class_of(&first(), &reworded(Some("same")), "comment"),
        Class::Same
    );
    assert_eq!(
        class_of(&first(), &reworded(Some("flagged")), "comment"),
        Class::Flagged
    );
}

#[test]
fn the_worst_class_along_the_chain_counts() {
    let (v1, v2) = (first(), second(|s| flag(s, 0, "2")));
    let v3 = third(|s| s["pages"][0]["items"][0]["wording"] = json!("2"));
    let found = match_of(&lineage(&[&v1, &v2, &v3]), "a");
    assert_eq!(found.class, Class::Flagged);
    assert!(found.reason.starts_with("version 2:"), "{}", found.reason);
    let v3_new = third(|s| {
        s["pages"][0]["items"][0]["wording"] = json!("3");
        s["pages"][0]["items"][0]["previous"] = json!("new");
    });
    assert_eq!(match_of(&lineage(&[&v1, &v2, &v3_new]), "a").class, Class::New);
    let v3_flagged = third(|s| flag(s, 0, "3"));
    assert_eq!(
        match_of(&lineage(&[&v1, &v2, &v3_flagged]), "a").class,
        Class::Flagged
    );
    assert_eq!(
        class_of(&v1, &v3_flagged, "a"),
        Class::New,
        "without the chain nothing vouches for it"
    );
}

fn flag(s: &mut Value, item: usize, mark: &str) {
    s["pages"][0]["items"][item]["wording"] = json!(mark);
    s["pages"][0]["items"][item]["previous"] = json!("flagged");
}

fn third(change: impl FnOnce(&mut Value)) -> Definition {
    valid(&changed(small_second(), |s| {
        s["version"] = json!(3);
        change(s);
    }))
}

#[test]
fn an_item_that_was_left_out_for_a_while_is_the_same_only_if_it_is_the_very_same_question() {
    let gap = second(|s| {
        s["pages"][0]["items"].as_array_mut().unwrap().remove(4);
        s["indices"][0]["dimensions"][1]["items"] = json!(["d"]);
    });
    let back = third(|s| s["pages"][0]["items"][4]["previous"] = json!("new"));
    assert_eq!(
        match_of(&lineage(&[&first(), &gap, &back]), "e").class,
        Class::Same
    );
    let other = third(|s| {
        s["pages"][0]["items"][4]["previous"] = json!("new");
        s["pages"][0]["items"][4]["wording"] = json!("2");
    });
    let found = match_of(&lineage(&[&first(), &gap, &other]), "e");
    assert_eq!(
        (found.class, found.reason.as_str()),
        (Class::New, "not asked in version 2")
    );
}

#[test]
fn an_index_of_the_same_items_dimensions_and_minimums_is_comparable() {
    let flagged = second(|s| flag(s, 0, "2"));
    let verdict = anchors(&first(), &[], &flagged, &index());
    assert!(
        matches!(verdict, Comparability::Comparable { .. }),
        "class B is compared: {verdict}"
    );
    assert!(verdict.is_flagged());
    assert_eq!(verdict.items().len(), 5);
}

#[test]
fn an_index_that_is_built_otherwise_is_compared_on_its_common_items() {
    let moved = second(|s| {
        s["indices"][0]["dimensions"][0]["items"] = json!(["a", "b"]);
        s["indices"][0]["dimensions"][1]["items"] = json!(["d", "e", "c"]);
    });
    let stricter = second(|s| s["indices"][0]["min_items"] = json!(5));
    for other in [moved, stricter] {
        assert_eq!(
            anchors(&first(), &[], &other, &index()).to_string(),
            "comparable on 5 anchor items"
        );
    }
    let default = second(|s| {
        s["indices"][0]["min_items"] = json!(4);
    });
    let spelled = parsed(&changed(small(), |s| {
        drop(s["indices"][0].as_object_mut().unwrap().remove("min_items"))
    }));
    assert_eq!(
        anchors(&spelled, &[], &default, &index()).to_string(),
        "comparable",
        "two thirds of five, rounded up, is four, said or not"
    );
}

/// The second version with so many items of the index replaced, the last of each dimension last.
fn replacing(items: &[usize]) -> Definition {
    second(|s| {
        for item in items {
            s["pages"][0]["items"][*item]["wording"] = json!("2");
            s["pages"][0]["items"][*item]["previous"] = json!("new");
        }
    })
}

#[test]
fn sixty_per_cent_of_the_items_are_enough_and_less_is_not() {
    let three_of_five = replacing(&[0, 3]);
    assert_eq!(
        anchors(&first(), &[], &three_of_five, &index()).to_string(),
        "comparable on 3 anchor items"
    );
    let two_of_five = replacing(&[0, 1, 3]);
    let verdict = anchors(&first(), &[], &two_of_five, &index());
    assert_eq!(
        verdict.to_string(),
        "break: only 2 of 5 former and 5 present items are common, fewer than 60 %"
    );
}

#[test]
fn the_share_counts_in_the_larger_of_the_two() {
    // 3 of 5 before are 60 %, but only 3 of 6 now.
    let grown = second(|s| {
        for item in [0, 3] {
            s["pages"][0]["items"][item]["wording"] = json!("2");
            s["pages"][0]["items"][item]["previous"] = json!("new");
        }
        let mut extra = rating("f", "c.f");
        extra["previous"] = json!("new");
        s["pages"][0]["items"].as_array_mut().unwrap().push(extra);
        s["indices"][0]["dimensions"][1]["items"]
            .as_array_mut()
            .unwrap()
            .push(json!("f"));
    });
    assert!(anchors(&first(), &[], &grown, &index()).is_break());
}

#[test]
fn a_dimension_without_an_anchor_breaks_the_trend_on_either_side() {
    let verdict = anchors(&first(), &[], &replacing(&[3, 4]), &index());
    assert_eq!(
        verdict.to_string(),
        "break: no item of the dimension `may` is common to both"
    );
    let extra_dimension = second(|s| {
        let mut extra = rating("f", "c.f");
        extra["previous"] = json!("new");
        s["pages"][0]["items"].as_array_mut().unwrap().push(extra);
        let dimension = json!({ "id": "will", "title": { "en": "W", "es": "W" }, "items": ["f"] });
        s["indices"][0]["dimensions"]
            .as_array_mut()
            .unwrap()
            .push(dimension);
    });
    let verdict = anchors(&first(), &[], &extra_dimension, &index());
    assert_eq!(
        verdict.to_string(),
        "break: no item of the dimension `will` is common to both"
    );
}

#[test]
fn an_index_that_is_missing_on_one_side_is_a_break_and_shown_as_such() {
    let without = second(|s| s["indices"] = json!([]));
    let verdict = anchors(&first(), &[], &without, &index());
    assert_eq!(
        verdict.to_string(),
        "break: there is no index `index` in small version 2"
    );
    let gone = diff(&first(), &[], &without);
    assert_eq!((gone.indices[0].old_items, gone.indices[0].new_items), (5, 0));
    assert!(gone.indices[0].comparability.is_break());
    let come = diff(&without, &[], &third(|_| {}));
    assert_eq!((come.indices[0].old_items, come.indices[0].new_items), (0, 5));
    assert!(come.indices[0].comparability.is_break());
}

#[test]
fn the_chain_may_be_the_whole_history_and_only_the_versions_between_count() {
    let (v1, v2) = (first(), second(|s| flag(s, 0, "2")));
    let v3 = third(|s| flag(s, 0, "3"));
    let history = [&v1, &v2, &v3];
    assert_eq!(anchors(&v1, &history, &v3, &index()).to_string(), "comparable");
    assert_eq!(
        anchors(&v1, &[], &v3, &index()).to_string(),
        "comparable on 4 anchor items"
    );
    assert_eq!(anchors(&v2, &history, &v3, &index()).to_string(), "comparable");
    let shuffled = [&v3, &v2, &v1];
    assert_eq!(anchors(&v1, &shuffled, &v3, &index()).to_string(), "comparable");
}

#[test]
fn an_old_version_fielded_again_is_compared_the_other_way_round() {
    let v1 = first();
    let v2 = second(|s| {
        s["pages"][0]["items"][1]["id"] = json!("bee");
        s["indices"][0]["dimensions"][0]["items"][1] = json!("bee");
        flag(s, 0, "2");
    });
    let verdict = anchors(&v2, &[&v1, &v2], &v1, &index());
    assert_eq!(verdict.to_string(), "comparable");
    assert!(verdict.is_flagged());
    assert!(
        pairs(&verdict).contains(&("bee".to_owned(), "b".to_owned())),
        "{verdict:?}"
    );
}

#[test]
fn a_short_form_joins_its_long_form_in_both_directions() {
    for long in ["agency-partnership.v1", "agency-partnership.v2"] {
        let (long, pulse) = (shipped(long), shipped("quarterly-pulse.v1"));
        for (name, items) in [("trust", 3), ("collaboration", 4)] {
            let index: IndexId = name.parse().unwrap();
            let expected = format!("comparable on {items} anchor items");
            assert_eq!(anchors(&long, &[], &pulse, &index).to_string(), expected);
            assert_eq!(anchors(&pulse, &[], &long, &index).to_string(), expected);
        }
    }
}

#[test]
fn a_short_form_with_an_item_that_the_long_form_lacks_is_a_break() {
    let long = shipped("agency-partnership.v1");
    let mut pulse = shipped("quarterly-pulse.v1");
    pulse.pages[0].items[1].wording = Some("other".to_owned());
    let verdict = anchors(&long, &[], &pulse, &"trust".parse().unwrap());
    assert_eq!(
        verdict.to_string(),
        "break: only 2 of the 3 items of the short form are items of `trust` in this version"
    );
}

#[test]
fn two_surveys_without_a_declared_relation_are_never_joined() {
    let long = shipped("agency-partnership.v1");
    let mut pulse = shipped("quarterly-pulse.v1");
    pulse.indices[0].short_form_of = None;
    let verdict = anchors(&long, &[], &pulse, &"trust".parse().unwrap());
    assert!(verdict.is_break());
    let other_index = anchors(&long, &[], &pulse, &"collaboration".parse().unwrap());
    assert!(!other_index.is_break(), "the declaration is made index by index");
}

#[test]
fn a_diff_of_two_surveys_shows_which_items_join() {
    let diff = diff(
        &shipped("agency-partnership.v2"),
        &[],
        &shipped("quarterly-pulse.v1"),
    );
    assert_eq!(diff.indices.len(), 2);
    assert_eq!(diff.indices[0].old_items, 9);
    assert_eq!(diff.indices[0].new_items, 3);
    let anchors: usize = diff.indices[1]
        .dimensions
        .iter()
        .map(|dimension| dimension.anchors)
        .sum();
    assert_eq!(anchors, 4);
    let autonomy = diff.indices[1]
        .dimensions
        .iter()
        .find(|d| d.dimension.as_str() == "autonomy")
        .unwrap();
    assert_eq!(
        (autonomy.old_items, autonomy.new_items, autonomy.anchors),
        (2, 0, 0)
    );
}

#[test]
fn other_changes_are_told() {
    let other = second(|s| {
        s["title"] = json!({ "en": "Smaller", "es": "Menor" });
        s["pages"][1]["items"][0]["answer"]["options"][1]["id"] = json!("z");
        s["pages"][1]["items"][0]["required"] = json!(true);
        s["pages"][1]["items"][2]["answer"]["max"] = json!(20);
        s["pages"][1]["items"][3]["answer"]["max_length"] = json!(50);
        s["pages"][1]["items"][5]["show_if"] = json!({ "==": [1, { "var": "a" }] });
        let moved = s["pages"][0]["items"].as_array_mut().unwrap().remove(4);
        s["pages"][1]["items"].as_array_mut().unwrap().push(moved);
        s["pages"][1]["id"] = json!("last");
    });
    let told: Vec<String> = diff(&first(), &[], &other)
        .changes
        .iter()
        .map(|change| format!("{}: {}", change.subject, change.change))
        .collect();
    for expected in [
        "title: the title changed",
        "pages: added: last",
        "pages: removed: second",
        "item role: is required now",
        "item role: options added: z",
        "item role: options removed: y",
        "item times: takes 0 to 20 with 0 decimals, before 0 to 10 with 0",
        "item line: may have 50 characters, before 100",
        "item comment: is shown under another condition",
        "item e: moved from page first to page last",
    ] {
        assert!(
            told.iter().any(|line| line == expected),
            "`{expected}` is not told: {told:#?}"
        );
    }
}

#[test]
fn words_of_an_author_that_contradict_the_version_before_are_problems() {
    let contradicting = |change: fn(&mut Value)| {
        let problems = links(&first(), &second(change));
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert_eq!(problems[0].pointer, "/pages/0/items/0/previous");
        problems[0].problem.clone()
    };
    let said = contradicting(|s| s["pages"][0]["items"][0]["wording"] = json!("2"));
    assert!(
        said.contains("`same`, but wording mark \"1\" became \"2\""),
        "{said}"
    );
    let said = contradicting(|s| s["pages"][0]["items"][0]["previous"] = json!("new"));
    assert!(
        said.contains("`new`, but its construct, answer and wording mark are the same"),
        "{said}"
    );
    let said = contradicting(|s| s["pages"][0]["items"][0]["previous"] = json!("flagged"));
    assert!(said.contains("`flagged`, but its construct"), "{said}");
    let said = contradicting(|s| s["pages"][0]["items"][0]["construct"] = json!("c.unknown"));
    assert!(said.contains("version 1 asks nothing"), "{said}");
    let said = contradicting(|s| {
        flag(s, 0, "2");
        s["pages"][0]["items"][0]["answer"]["reverse"] = json!(true);
    });
    assert!(said.contains("`flagged`, but reverse keying changed"), "{said}");
    assert_eq!(links(&first(), &replacing(&[0, 1])), []);
    assert_eq!(links(&first(), &second(|s| flag(s, 0, "2"))), []);
}

#[test]
fn a_diff_survives_the_way_through_json() {
    let diff = diff(
        &shipped("agency-partnership.v1"),
        &[],
        &shipped("agency-partnership.v2"),
    );
    let text = serde_json::to_string(&diff).unwrap();
    assert_eq!(
        serde_json::from_str::<rapport::survey::compare::Diff>(&text).unwrap(),
        diff
    );
    assert!(text.contains("\"verdict\":\"on-anchors\""));
    assert!(text.contains("\"class\":\"flagged\""));
}

/// The small survey with some items marked anew, reversed or removed.
fn any_version() -> impl Strategy<Value = Definition> {
    let marks = prop::collection::vec(0..3_u8, 5);
    let reverse = prop::collection::vec(any::<bool>(), 5);
    let kept = prop::collection::vec(prop::bool::weighted(0.8), 5);
    (marks, reverse, kept, 1..4_u32).prop_map(|(marks, reverse, kept, version)| {
        parsed(&changed(small(), |s| {
            s["version"] = json!(version);
            s["pages"][1]["items"][5]
                .as_object_mut()
                .unwrap()
                .remove("show_if");
            let mut items = Vec::new();
            for (i, item) in s["pages"][0]["items"].as_array().unwrap().iter().enumerate() {
                let mut item = item.clone();
                item["wording"] = json!(marks[i].to_string());
                item["answer"]["reverse"] = json!(reverse[i]);
                if kept[i] {
                    items.push(item);
                }
            }
            let named = |ids: &[&str]| -> Vec<Value> {
                ids.iter()
                    .filter(|id| items.iter().any(|item| item["id"] == **id))
                    .map(|id| json!(id))
                    .collect()
            };
            let (can, may) = (named(&["a", "b", "c"]), named(&["d", "e"]));
            s["indices"][0]["dimensions"][0]["items"] = json!(can);
            s["indices"][0]["dimensions"][1]["items"] = json!(may);
            s["pages"][0]["items"] = json!(items);
        }))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_definition_is_comparable_with_itself(definition in any_version()) {
        let diff = diff(&definition, &[], &definition);
        prop_assert!(diff.is_empty(), "{diff:#?}");
        prop_assert!(diff.items.iter().all(|item| item.class == Class::Same));
        prop_assert_eq!(links(&definition, &definition), vec![]);
    }

    #[test]
    fn a_verdict_on_two_versions_is_the_same_from_both_sides(a in any_version(), b in any_version()) {
        let there = anchors(&a, &[], &b, &index());
        let back = anchors(&b, &[], &a, &index());
        prop_assert_eq!(there.is_break(), back.is_break());
        let mut turned: Vec<(String, String)> = pairs(&back).into_iter().map(|(x, y)| (y, x)).collect();
        turned.sort();
        let mut there = pairs(&there);
        there.sort();
        prop_assert_eq!(there, turned);
    }

    #[test]
    fn anchors_are_enough_of_both_indices_and_in_every_dimension(a in any_version(), b in any_version()) {
        let verdict = anchors(&a, &[], &b, &index());
        if let Comparability::OnAnchors { items } = &verdict {
            for definition in [&a, &b] {
                prop_assert!(items.len() * 10 >= definition.indices[0].items().count() * 6);
            }
            for dimension in &b.indices[0].dimensions {
                prop_assert!(items.iter().any(|anchor| dimension.items.contains(&anchor.current)));
            }
            for dimension in &a.indices[0].dimensions {
                prop_assert!(items.iter().any(|anchor| dimension.items.contains(&anchor.past)));
            }
        }
    }

    #[test]
    fn every_item_of_both_sides_is_accounted_for(a in any_version(), b in any_version()) {
        let diff = diff(&a, &[], &b);
        prop_assert_eq!(diff.items.len(), b.items().count());
        let kept = diff.items.iter().filter(|item| item.old.is_some()).count();
        prop_assert_eq!(kept + diff.dropped.len(), a.items().count());
    }
}
