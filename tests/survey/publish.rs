//! Drafts and versions on a real store.

use diesel::RunQueryDsl;
use jiff::Timestamp;
use rapport::store::{Store, StoreError};
use rapport::survey::compare::Class;
use rapport::survey::definition::{Definition, SurveyId};
use rapport::survey::publish::{self, PublishError, Published};
use serde_json::{Value, json};

use crate::support::TestApp;

use super::fixture::{changed, parsed, small, small_second, valid};

fn noon() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn id() -> SurveyId {
    "small".parse().unwrap()
}

/// What a designer does here.
struct House {
    store: Store,
}

impl House {
    async fn publish(&self, json: &Value) -> Result<Published, PublishError> {
        let definition = parsed(json);
        self.store
            .write(move |conn| publish::publish(conn, &definition, "ana", noon()))
            .await
    }

    async fn numbers(&self) -> Vec<u32> {
        let versions = self
            .store
            .read(|conn| publish::versions(conn, &id()))
            .await
            .unwrap();
        versions.iter().map(|version| version.number).collect()
    }

    async fn save(&self, text: &str) -> Result<(), PublishError> {
        let text = text.to_owned();
        self.store
            .write(move |conn| publish::save_draft(conn, &id(), &text, "ben", noon()))
            .await
    }

    async fn review(&self) -> publish::DraftReview {
        self.store
            .read(|conn| publish::draft_diff(conn, &id()))
            .await
            .unwrap()
            .unwrap()
    }
}

async fn a_published_version_is_found_again_exactly_as_it_was(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    let published = house.publish(&small()).await.unwrap();
    assert!(published.is_new);
    let found = house
        .store
        .read(|conn| publish::find(conn, &id(), 1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found, published.version);
    assert_eq!(found.definition, valid(&small()));
    assert_eq!(found.digest, valid(&small()).digest().unwrap());
    assert_eq!((found.published_at, found.published_by.as_str()), (noon(), "ana"));
}

async fn publishing_the_same_content_twice_changes_nothing_and_says_so(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    let first = house.publish(&small()).await.unwrap();
    let elsewhere = changed(small(), |s| s["$schema"] = json!("elsewhere.json"));
    let definition = parsed(&elsewhere);
    let later: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let again = house
        .store
        .write(move |conn| publish::publish(conn, &definition, "eve", later))
        .await
        .unwrap();
    assert!(!again.is_new);
    assert_eq!(
        again.version, first.version,
        "the first publication stands, with its time and name"
    );
    assert_eq!(house.numbers().await, [1]);
}

async fn a_change_under_a_published_number_is_refused(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.publish(&small()).await.unwrap();
    let other = changed(small(), |s| s["title"]["en"] = json!("Other"));
    let refused = house.publish(&other).await.unwrap_err();
    assert!(
        matches!(
            refused,
            PublishError::Changed {
                number: 1,
                next: 2,
                ..
            }
        ),
        "{refused}"
    );
    assert!(refused.to_string().contains("publish it as version 2"));
    let kept = house
        .store
        .read(|conn| publish::find(conn, &id(), 1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.definition.title, valid(&small()).title);
}

async fn a_first_version_has_the_number_one_and_each_next_one_the_next(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    let refused = house.publish(&small_second()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            PublishError::NotNext {
                given: 2,
                next: 1,
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(house.numbers().await, [0; 0]);
    house.publish(&small()).await.unwrap();
    let skipping = changed(small_second(), |s| {
        s["version"] = json!(3);
        s["title"]["en"] = json!("Third");
    });
    let refused = house.publish(&skipping).await.unwrap_err();
    assert!(
        matches!(
            refused,
            PublishError::NotNext {
                given: 3,
                next: 2,
                ..
            }
        ),
        "{refused}"
    );
    let second = changed(small_second(), |s| s["title"]["en"] = json!("Second"));
    assert!(house.publish(&second).await.unwrap().is_new);
    assert_eq!(house.numbers().await, [1, 2]);
}

async fn a_version_that_says_nothing_new_is_refused(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    let plain = changed(small(), |s| {
        s["pages"].as_array_mut().unwrap().remove(0);
        s["pages"][0]["items"].as_array_mut().unwrap().remove(5);
        s.as_object_mut().unwrap().remove("indices");
        s.as_object_mut().unwrap().remove("themes");
    });
    house.publish(&plain).await.unwrap();
    let refused = house
        .publish(&changed(plain, |s| s["version"] = json!(2)))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, PublishError::Unchanged { number: 1, .. }),
        "{refused}"
    );
    assert_eq!(house.numbers().await, [1]);
}

async fn a_version_that_only_adds_the_links_to_the_one_before_says_nothing_new(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.publish(&small()).await.unwrap();
    let refused = house.publish(&small_second()).await.unwrap_err();
    assert!(
        matches!(refused, PublishError::Unchanged { number: 1, .. }),
        "{refused}"
    );
}

async fn a_definition_with_problems_is_refused_with_all_of_them(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    let broken = changed(small(), |s| {
        s["pages"][0]["items"][0]["answer"]["scale"] = json!("none");
        s["title"]["es"] = json!("");
    });
    let PublishError::Invalid(problems) = house.publish(&broken).await.unwrap_err() else {
        panic!("not refused for its problems");
    };
    assert_eq!(problems.len(), 2);
    assert_eq!(house.numbers().await, [0; 0]);
}

async fn links_that_contradict_the_version_before_are_refused_with_their_pointers(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.publish(&small()).await.unwrap();
    let contradicting = changed(small_second(), |s| {
        s["pages"][0]["items"][2]["wording"] = json!("2")
    });
    let PublishError::Invalid(problems) = house.publish(&contradicting).await.unwrap_err() else {
        panic!("not refused for its links");
    };
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].pointer, "/pages/0/items/2/previous");
    assert_eq!(house.numbers().await, [1]);
}

async fn eight_who_publish_at_once_publish_one_version(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    let attempts = (0..8).map(|n| {
        let definition: Definition = valid(&changed(small(), |s| {
            s["title"]["en"] = json!(format!("Title {n}"))
        }));
        house
            .store
            .write(move |conn| publish::publish(conn, &definition, "ana", noon()))
    });
    let outcomes: Vec<Result<Published, PublishError>> = futures_util::future::join_all(attempts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let expected = matches!(refused, PublishError::Changed { .. } | PublishError::Raced { .. });
        assert!(expected, "{refused}");
    }
    assert_eq!(house.numbers().await, [1]);
}

async fn the_list_names_versions_and_drafts(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.publish(&small()).await.unwrap();
    house
        .publish(&changed(small(), |s| s["id"] = json!("another")))
        .await
        .unwrap();
    house.save("{").await.unwrap();
    let list = house.store.read(publish::list).await.unwrap();
    let told: Vec<(&str, usize, bool)> = list
        .iter()
        .map(|survey| (survey.survey.as_str(), survey.versions.len(), survey.has_draft))
        .collect();
    assert_eq!(told, [("another", 1, false), ("small", 1, true)]);
}

async fn a_version_that_does_not_exist_is_named(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    let missing = house
        .store
        .read(|conn| publish::version(conn, &id(), 7))
        .await
        .unwrap_err();
    assert!(missing.to_string().contains("no version 7 of small"), "{missing}");
    let huge = house
        .store
        .read(|conn| publish::find(conn, &id(), u32::MAX))
        .await
        .unwrap();
    assert_eq!(huge, None);
}

async fn a_draft_may_be_unfinished_and_its_review_says_what_is_missing(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.publish(&small()).await.unwrap();
    house.save("{ \"id\": ").await.unwrap();
    let review = house.review().await;
    assert!(review.problems[0].problem.contains("not JSON"));
    assert_eq!(review.diff, None);
    let kept = house
        .store
        .read(|conn| publish::draft(conn, &id()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (kept.text.as_str(), kept.updated_by.as_str(), kept.updated_at),
        ("{ \"id\": ", "ben", noon())
    );
}

async fn the_review_of_a_draft_shows_its_problems_and_what_it_changes(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.publish(&small()).await.unwrap();
    let draft = changed(small_second(), |s| {
        s["id"] = json!("misnamed");
        s["version"] = json!(4);
        s["title"]["es"] = json!("");
        s["pages"][0]["items"][0]["wording"] = json!("2");
    });
    house.save(&draft.to_string()).await.unwrap();
    let review = house.review().await;
    let places: Vec<&str> = review
        .problems
        .iter()
        .map(|problem| problem.pointer.as_str())
        .collect();
    assert_eq!(
        places,
        ["/title/es", "/id", "/version", "/pages/0/items/0/previous"]
    );
    let good = changed(small_second(), |s| {
        s["pages"][0]["items"][0]["wording"] = json!("2");
        s["pages"][0]["items"][0]["previous"] = json!("flagged");
    });
    house.save(&good.to_string()).await.unwrap();
    let review = house.review().await;
    assert_eq!(review.problems, []);
    assert_eq!(review.diff.unwrap().count(Class::Flagged), 1);
}

async fn a_draft_that_says_nothing_new_is_told_so(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.publish(&small()).await.unwrap();
    house.save(&small_second().to_string()).await.unwrap();
    let review = house.review().await;
    assert!(
        review.problems[0]
            .problem
            .contains("says exactly what version 1 says")
    );
}

async fn publishing_a_draft_removes_it_and_keeps_one_that_says_more(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.save(&small().to_string()).await.unwrap();
    house.publish(&small()).await.unwrap();
    assert_eq!(
        house
            .store
            .read(|conn| publish::draft(conn, &id()))
            .await
            .unwrap(),
        None
    );
    let second = changed(small_second(), |s| s["title"]["en"] = json!("Second"));
    house
        .save(&changed(second.clone(), |s| s["title"]["en"] = json!("Better")).to_string())
        .await
        .unwrap();
    house.publish(&second).await.unwrap();
    assert!(
        house
            .store
            .read(|conn| publish::draft(conn, &id()))
            .await
            .unwrap()
            .is_some()
    );
}

async fn a_draft_that_cannot_be_stored_is_refused(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    let large = house.save(&" ".repeat(1_048_577)).await.unwrap_err();
    assert!(matches!(large, PublishError::Invalid(_)));
    let nul = house.save("a\0b").await.unwrap_err();
    assert!(matches!(nul, PublishError::Invalid(_)));
    assert_eq!(
        house
            .store
            .read(|conn| publish::draft_diff(conn, &id()))
            .await
            .unwrap(),
        None
    );
}

async fn the_diff_of_stored_versions_heeds_the_versions_between(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.publish(&small()).await.unwrap();
    for (version, mark) in [(2, "2"), (3, "3")] {
        let next = changed(small_second(), |s| {
            s["version"] = json!(version);
            s["pages"][0]["items"][0]["wording"] = json!(mark);
            s["pages"][0]["items"][0]["previous"] = json!("flagged");
        });
        house.publish(&next).await.unwrap();
    }
    let diff = house
        .store
        .read(|conn| publish::version_diff(conn, &id(), 1, 3))
        .await
        .unwrap();
    assert_eq!(diff.items[0].class, Class::Flagged);
    assert_eq!(diff.indices[0].comparability.to_string(), "comparable");
}

async fn a_version_that_was_changed_behind_our_back_is_not_served(app: TestApp) {
    let house = House {
        store: app.store.clone(),
    };
    house.publish(&small()).await.unwrap();
    let tampering =
        "UPDATE survey_versions SET definition = replace(definition, 'Statement a', 'Statement z')";
    let rows: Result<usize, StoreError> = house
        .store
        .write(move |conn| Ok(diesel::sql_query(tampering).execute(conn)?))
        .await;
    assert_eq!(rows.unwrap(), 1);
    let refused = house
        .store
        .read(|conn| publish::find(conn, &id(), 1))
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("its digest is not that of its content"),
        "{refused}"
    );
}

on_both_engines!(
    a_published_version_is_found_again_exactly_as_it_was,
    publishing_the_same_content_twice_changes_nothing_and_says_so,
    a_change_under_a_published_number_is_refused,
    a_first_version_has_the_number_one_and_each_next_one_the_next,
    a_version_that_says_nothing_new_is_refused,
    a_version_that_only_adds_the_links_to_the_one_before_says_nothing_new,
    a_definition_with_problems_is_refused_with_all_of_them,
    links_that_contradict_the_version_before_are_refused_with_their_pointers,
    eight_who_publish_at_once_publish_one_version,
    the_list_names_versions_and_drafts,
    a_version_that_does_not_exist_is_named,
    a_draft_may_be_unfinished_and_its_review_says_what_is_missing,
    the_review_of_a_draft_shows_its_problems_and_what_it_changes,
    a_draft_that_says_nothing_new_is_told_so,
    publishing_a_draft_removes_it_and_keeps_one_that_says_more,
    a_draft_that_cannot_be_stored_is_refused,
    the_diff_of_stored_versions_heeds_the_versions_between,
    a_version_that_was_changed_behind_our_back_is_not_served,
);
