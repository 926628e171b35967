//! Consecutive rounds of an agency in which hardly anything changed: subtraction must not give the newcomer's answers.

use rapport::report::model::{Measured, Subject, Unit};
use rapport::store::Store;

use super::fixture::{Figures, Group, Row, agencies, agency_unit, item, published, staff, times, trust};
use crate::support::TestApp;

on_both_engines!(
    the_answers_of_one_who_joined_cannot_be_computed_from_two_rounds,
    the_answers_of_one_who_left_cannot_be_computed_from_two_rounds,
    a_round_in_which_enough_answers_changed_is_shown,
    what_was_withheld_then_stands_in_no_later_trend_or_change,
    in_a_state_of_one_agency_the_states_figures_are_withheld_too,
);

/// Twelve whose answers differ.
fn twelve() -> Vec<Row> {
    [times(5, [4, 4, 2]), times(4, [2, 3, 3]), times(3, [5, 5, 1])].concat()
}

/// The newcomer says what nobody else says.
const NEWCOMER: Row = [1, 5, 5];

/// Others, whose answers differ from round to round.
fn others(round: u8) -> Vec<Row> {
    (0..30_u8)
        .map(|n| [1 + (n + round) % 5, 1 + (n * round) % 5, 1 + (n / 3 + round) % 5])
        .collect()
}

async fn two_agencies(store: &Store) {
    agencies(store, "NEAR,Nearly the Same,\nFAR,Far Away,\n").await;
}

async fn round(store: &Store, id: &'static str, number: u8, near: Vec<Row>) -> Figures {
    let days = [
        ("2025-03-01", "2025-03-31"),
        ("2026-03-01", "2026-03-31"),
        ("2026-04-01", "2026-04-30"),
    ];
    let (opened, closed) = days[usize::from(number)];
    let group = Group::from([("NEAR", (30, near)), ("FAR", (60, others(number)))]);
    let id = published(store, &staff(id, 1, opened, closed, group)).await;
    Figures::of(store, &id).await
}

fn subjects() -> Vec<Subject> {
    vec![item("q1"), item("q2"), item("q3"), trust()]
}

/// n and the sum of the scores, as anybody can compute them from a shown figure.
fn sum_of(figures: &Figures, unit: &Unit, subject: &Subject) -> Option<(f64, f64)> {
    let figure = figures.get(unit, subject)?;
    match &figure.measured {
        Measured::Score(score) => Some((
            f64::from(figure.respondents),
            score.mean * f64::from(figure.respondents),
        )),
        _ => None,
    }
}

/// What subtraction says of those who are in one round only, for every unit and subject that both rounds show, and for the
/// state without every other unit.
fn differences(one: &Figures, other: &Figures) -> Vec<(String, f64, f64)> {
    let mut found = Vec::new();
    for subject in subjects() {
        let rest = |figures: &Figures| {
            let (n, sum) = sum_of(figures, &Unit::StateMean, &subject)?;
            let (other_n, other_sum) = sum_of(figures, &agency_unit("FAR"), &subject).unwrap_or_default();
            Some((n - other_n, sum - other_sum))
        };
        let near = |figures: &Figures| sum_of(figures, &agency_unit("NEAR"), &subject);
        for (way, before, after) in [
            ("agency", near(one), near(other)),
            ("state", rest(one), rest(other)),
        ] {
            if let (Some(before), Some(after)) = (before, after) {
                found.push((
                    format!("{subject} by {way}"),
                    after.0 - before.0,
                    after.1 - before.1,
                ));
            }
        }
    }
    found
}

async fn the_answers_of_one_who_joined_cannot_be_computed_from_two_rounds(app: TestApp) {
    two_agencies(&app.store).await;
    let before = round(&app.store, "r1", 0, twelve()).await;
    let after = round(&app.store, "r2", 1, [twelve(), vec![NEWCOMER]].concat()).await;
    assert!(
        before.get(&agency_unit("NEAR"), &trust()).is_some(),
        "the first round can be shown"
    );
    let found = differences(&before, &after);
    let few = found
        .iter()
        .filter(|(_, people, _)| people.abs() > 0.5 && people.abs() < 9.5);
    assert_eq!(few.collect::<Vec<_>>(), Vec::<&(String, f64, f64)>::new());
    assert!(
        after.get(&agency_unit("FAR"), &trust()).is_some(),
        "others are shown as ever"
    );
}

async fn the_answers_of_one_who_left_cannot_be_computed_from_two_rounds(app: TestApp) {
    two_agencies(&app.store).await;
    let before = round(&app.store, "r1", 0, [twelve(), vec![NEWCOMER]].concat()).await;
    let after = round(&app.store, "r2", 1, twelve()).await;
    let found = differences(&before, &after);
    assert!(found.iter().all(|(_, people, _)| people.abs() > 9.5), "{found:?}");
}

async fn a_round_in_which_enough_answers_changed_is_shown(app: TestApp) {
    two_agencies(&app.store).await;
    round(&app.store, "r1", 0, twelve()).await;
    let mut changed = [twelve(), vec![NEWCOMER]].concat();
    changed[0] = [3, 3, 3];
    let after = round(&app.store, "r2", 1, changed).await;
    assert!(
        after.get(&agency_unit("NEAR"), &trust()).is_some(),
        "somebody else changed, and subtraction gives a sum of both"
    );
    let same = round(&app.store, "r3", 2, [twelve(), times(10, NEWCOMER)].concat()).await;
    assert!(same.get(&agency_unit("NEAR"), &trust()).is_some(), "ten came");
}

async fn what_was_withheld_then_stands_in_no_later_trend_or_change(app: TestApp) {
    two_agencies(&app.store).await;
    round(&app.store, "r1", 0, twelve()).await;
    round(&app.store, "r2", 1, [twelve(), vec![NEWCOMER]].concat()).await;
    let later = [times(6, [3, 3, 3]), times(7, [2, 4, 4])].concat();
    let figures = round(&app.store, "r3", 2, later).await;
    let figure = figures
        .get(&agency_unit("NEAR"), &trust())
        .expect("it changed altogether");
    let told = serde_json::to_string(figure).unwrap();
    assert!(told.contains("\"r1\"") && told.contains("\"r3\""), "{told}");
    assert!(!told.contains("\"r2\""), "{told}");
    let page = app.leadership().await.page("/agencies/NEAR?round=r2").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("withheld") || page.text.contains("Withheld"),
        "{page}"
    );
}

async fn in_a_state_of_one_agency_the_states_figures_are_withheld_too(app: TestApp) {
    agencies(&app.store, "NEAR,Nearly the Same,\n").await;
    let alone = |rows: Vec<Row>| Group::from([("NEAR", (30, rows))]);
    published(
        &app.store,
        &staff("r1", 1, "2025-03-01", "2025-03-31", alone(twelve())),
    )
    .await;
    let now = alone([twelve(), vec![NEWCOMER]].concat());
    let id = published(&app.store, &staff("r2", 1, "2026-03-01", "2026-03-31", now)).await;
    let figures = Figures::of(&app.store, &id).await;
    for subject in subjects() {
        for unit in [agency_unit("NEAR"), Unit::StateMean] {
            assert!(figures.get(&unit, &subject).is_none(), "{unit} {subject}");
        }
    }
}
