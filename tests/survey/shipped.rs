//! The surveys that ship are complete, modest in length, and do what METHOD and the README say of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rapport::survey::compare::{Class, diff, links};
use rapport::survey::definition::{AnswerKind, Definition, Index, Item};
use rapport::survey::{parse, schema};

/// A shipped survey by its file's name.
pub fn shipped(name: &str) -> Definition {
    let bytes = std::fs::read(folder().join(format!("{name}.json"))).unwrap();
    parse::read(&bytes).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("surveys")
}

const ALL: [&str; 5] = [
    "agency-partnership.v1",
    "agency-partnership.v2",
    "quarterly-pulse.v1",
    "service-touchpoint.v1",
    "leader-interview.v1",
];

const YEARLY: [&str; 2] = ["agency-partnership.v1", "agency-partnership.v2"];

fn index<'a>(definition: &'a Definition, id: &str) -> &'a Index {
    definition.index(&id.parse().unwrap()).unwrap()
}

fn shape(index: &Index) -> Vec<(&str, usize)> {
    index
        .dimensions
        .iter()
        .map(|dimension| (dimension.id.as_str(), dimension.items.len()))
        .collect()
}

fn is_open(item: &Item) -> bool {
    matches!(
        item.answer,
        AnswerKind::ShortText { .. } | AnswerKind::LongText { .. }
    )
}

#[test]
fn the_folder_holds_these_surveys_and_each_has_no_problem() {
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .strip_suffix(".json")
                .map(str::to_owned)
        })
        .filter(|name| name != "survey.schema")
        .collect();
    assert_eq!(found, ALL.iter().map(|name| (*name).to_owned()).collect());
    for name in ALL {
        let definition = shipped(name);
        assert_eq!(format!("{}.v{}", definition.id, definition.version), name);
        assert_eq!(definition.schema.as_deref(), Some("./survey.schema.json"));
        let languages: Vec<&str> = definition
            .languages
            .iter()
            .map(|language| language.as_str())
            .collect();
        assert_eq!(languages, ["en", "es"]);
        assert!(
            definition.items().all(|item| !item.required),
            "{name}: leaving a question open is a right"
        );
    }
}

#[test]
fn the_schema_file_is_what_the_types_say() {
    let file = std::fs::read_to_string(folder().join("survey.schema.json")).unwrap();
    assert!(
        file == schema::schema_text(),
        "surveys/survey.schema.json has drifted; write it anew: rapport survey schema > surveys/survey.schema.json"
    );
}

#[test]
fn the_yearly_survey_has_the_parts_that_the_method_asks_for() {
    for name in YEARLY {
        let survey = shipped(name);
        assert_eq!(survey.pages.len(), 5);
        let trust = index(&survey, "trust");
        assert_eq!(
            shape(trust),
            [("competence", 3), ("benevolence", 3), ("integrity", 3)]
        );
        assert_eq!((trust.least_items(), trust.least_dimensions()), (6, 2));
        let collaboration = index(&survey, "collaboration");
        let parts = [
            ("governance", 2),
            ("administration", 2),
            ("autonomy", 2),
            ("mutuality", 2),
            ("norms", 2),
        ];
        assert_eq!(shape(collaboration), parts);
        assert_eq!(
            (collaboration.least_items(), collaboration.least_dimensions()),
            (7, 4)
        );
        let themes: BTreeMap<&str, usize> = survey
            .themes
            .iter()
            .map(|theme| (theme.id.as_str(), theme.items.len()))
            .collect();
        assert_eq!(
            themes,
            BTreeMap::from([("outcomes", 3), ("drivers", 6), ("services", 2)])
        );
    }
}

#[test]
fn the_yearly_survey_asks_no_more_than_is_fair() {
    for name in YEARLY {
        let survey = shipped(name);
        let (open, closed): (Vec<&Item>, Vec<&Item>) = survey.items().partition(|item| is_open(item));
        assert_eq!(closed.len(), 32, "{name}");
        assert_eq!(open.len(), 2);
        assert_eq!(open.iter().filter(|item| item.show_if.is_some()).count(), 1);
        let ratings = closed
            .iter()
            .filter(|item| matches!(item.answer, AnswerKind::Rating { .. }))
            .count();
        assert_eq!(ratings, 28);
        let pairs = closed
            .iter()
            .filter(|item| matches!(item.answer, AnswerKind::ImportanceSatisfaction { .. }));
        assert_eq!(pairs.count(), 2);
        let segments: Vec<&str> = survey
            .items()
            .filter_map(|item| Some(item.segment.as_ref()?.as_str()))
            .collect();
        assert_eq!(segments, ["role", "tenure"]);
    }
}

#[test]
fn every_rating_has_five_points_and_a_way_out() {
    for name in ALL {
        let survey = shipped(name);
        assert!(survey.scales.values().all(|scale| scale.points.len() == 5));
        for item in survey.items() {
            if let AnswerKind::Rating { opt_out, .. } | AnswerKind::ImportanceSatisfaction { opt_out, .. } =
                &item.answer
            {
                assert!(opt_out, "{name}: {} must not force an opinion", item.id);
            }
        }
    }
}

#[test]
fn losing_control_counts_against_collaboration() {
    for name in YEARLY {
        let survey = shipped(name);
        let reversed: Vec<&str> = survey
            .items()
            .filter(|item| matches!(item.answer, AnswerKind::Rating { reverse: true, .. }))
            .map(|item| item.id.as_str())
            .collect();
        assert_eq!(reversed, ["collab-control", "collab-goals"]);
    }
}

#[test]
fn collaboration_is_asked_without_the_word_trust() {
    for name in YEARLY {
        let survey = shipped(name);
        for id in index(&survey, "collaboration").items() {
            for text in survey.item(id).unwrap().text.0.values() {
                let text = text.to_lowercase();
                assert!(
                    !text.contains("trust") && !text.contains("confia"),
                    "{id}: {text}"
                );
            }
        }
    }
}

#[test]
fn no_statement_is_absolute_or_asks_two_things_at_once() {
    // A net, not a proof: what it catches is always worth another reading.
    let absolute = [
        "always",
        "never",
        "all of",
        "every ",
        "siempre",
        "nunca",
        "todos los",
        "jamás",
    ];
    for name in ALL {
        for item in shipped(name).items() {
            let AnswerKind::Rating { .. } = item.answer else {
                continue;
            };
            for text in item.text.0.values() {
                let lower = text.to_lowercase();
                assert!(
                    absolute.iter().all(|word| !lower.contains(word)),
                    "{name}: {text}"
                );
                assert!(
                    text.split_whitespace().count() <= 19,
                    "{name}: too long to read aloud: {text}"
                );
                assert!(
                    !lower.contains(" and/or ") && !lower.contains(" y/o "),
                    "{name}: {text}"
                );
            }
        }
    }
}

#[test]
fn the_second_yearly_version_shows_same_flagged_new_and_dropped() {
    let (v1, v2) = (shipped("agency-partnership.v1"), shipped("agency-partnership.v2"));
    assert_eq!(links(&v1, &v2), []);
    let diff = diff(&v1, &[], &v2);
    let of = |class: Class| -> Vec<&str> {
        diff.items
            .iter()
            .filter(|item| item.class == class)
            .map(|item| item.new.as_str())
            .collect()
    };
    assert_eq!(of(Class::Flagged), ["trust-cost"]);
    assert_eq!(of(Class::New), ["trust-secure", "driver-funding"]);
    assert_eq!(of(Class::Same).len(), 31);
    let dropped: Vec<&str> = diff.dropped.iter().map(|item| item.item.as_str()).collect();
    assert_eq!(dropped, ["trust-knowledgeable", "driver-bills"]);
    assert!(diff.items.iter().all(|item| item.warnings.is_empty()));
    let verdicts: Vec<String> = diff
        .indices
        .iter()
        .map(|index| index.comparability.to_string())
        .collect();
    assert_eq!(verdicts, ["comparable on 8 anchor items", "comparable"]);
}

#[test]
fn the_pulse_asks_seven_statements_of_the_yearly_survey_word_for_word() {
    let pulse = shipped("quarterly-pulse.v1");
    let ratings: Vec<&Item> = pulse
        .items()
        .filter(|item| matches!(item.answer, AnswerKind::Rating { .. }))
        .collect();
    assert_eq!(ratings.len(), 7);
    assert_eq!(
        shape(index(&pulse, "trust")),
        [("competence", 1), ("benevolence", 1), ("integrity", 1)]
    );
    assert_eq!(index(&pulse, "collaboration").dimensions.len(), 4);
    assert!(
        pulse
            .indices
            .iter()
            .all(|index| index.items().count() == index.dimensions.len())
    );
    for name in YEARLY {
        let yearly = shipped(name);
        for item in &ratings {
            let there = yearly
                .items()
                .find(|other| other.construct == item.construct)
                .unwrap();
            assert_eq!(
                (&there.text, &there.wording, &there.answer),
                (&item.text, &item.wording, &item.answer)
            );
        }
        assert_eq!(yearly.scales["agreement"], pulse.scales["agreement"]);
    }
}

#[test]
fn every_rating_of_the_leader_interview_is_followed_up_when_it_is_low() {
    let survey = shipped("leader-interview.v1");
    let visibility = rapport::survey::logic::Visibility::compile(&survey).unwrap();
    let items: Vec<&Item> = survey.items().collect();
    let mut followed = 0;
    for pair in items.windows(2) {
        let [item, next] = pair else { continue };
        if !matches!(item.answer, AnswerKind::Rating { .. }) {
            continue;
        }
        let asked = |point: i32| {
            let answers = serde_json::Map::from_iter([(item.id.to_string(), point.into())]);
            visibility.is_visible(&next.id, &answers)
        };
        assert!(matches!(next.answer, AnswerKind::LongText { .. }));
        assert_eq!(
            (1..=5).map(asked).collect::<Vec<_>>(),
            [true, true, false, false, false],
            "{}",
            next.id
        );
        followed += 1;
    }
    assert_eq!(followed, 9);
}

#[test]
fn the_touchpoint_survey_is_short_and_follows_the_trust_and_driver_pattern() {
    let survey = shipped("service-touchpoint.v1");
    let constructs: Vec<&str> = survey
        .items()
        .filter_map(|item| Some(item.construct.as_ref()?.as_str()))
        .collect();
    assert_eq!(
        constructs,
        [
            "contact.satisfaction",
            "contact.trust",
            "contact.quality",
            "contact.ease",
            "contact.speed",
            "contact.clarity",
            "contact.respect"
        ]
    );
    assert!(survey.items().count() <= 12);
}
