//! Several rounds: versions that compare, compare on anchors or break; mergers; pulses that join.

use rapport::measure::change::Verdict;
use rapport::report::model::{Change, NoChange, Unit};
use rapport::report::{self};
use rapport::round::RoundId;
use rapport::store::Store;
use serde_json::{Value, json};

use super::fixture::{
    Figures, Group, Plan, Row, agencies, agency_unit, near, published, quietly, sealed, staff, times, trust,
    version, write,
};
use crate::support::TestApp;

/// 12 of 20: half say 5, 5, 1 (index 100), half 3, 3, 3 (index 50); moved down by `lower` of them saying 1, 1, 5.
fn answers(lower: usize) -> Vec<Row> {
    [
        times(6 - lower, [5, 5, 1]),
        times(6, [3, 3, 3]),
        times(lower, [1, 1, 5]),
    ]
    .concat()
}

fn group(lower: usize) -> Group {
    Group::from([("BIG", (20, answers(lower))), ("MID", (30, answers(0)))])
}

async fn two_agencies(store: &Store) {
    agencies(store, "BIG,Big Agency,\nMID,Middle Agency,\n").await;
}

/// Version 2 with another wording of one item: its class is C unless the author flags it.
fn reworded(items: &[&str], flagged: bool) -> Value {
    let mut definition = version(2);
    for item in definition["pages"][0]["items"].as_array_mut().unwrap() {
        if items.contains(&item["id"].as_str().unwrap()) {
            item["wording"] = json!("2");
            item["previous"] = json!(if flagged { "flagged" } else { "new" });
        } else if item["construct"].is_string() {
            item["previous"] = json!("same");
        }
    }
    definition
}

fn change_of(figures: &Figures, unit: &Unit) -> Change {
    figures.get(unit, &trust()).unwrap().change.clone().unwrap()
}

async fn then_reworded(store: &Store, definition: Value) -> RoundId {
    two_agencies(store).await;
    published(store, &staff("r1", 1, "2025-05-01", "2025-05-31", group(0))).await;
    let plan = Plan {
        version: definition,
        ..staff("r2", 2, "2026-05-01", "2026-05-31", group(0))
    };
    published(store, &plan).await
}

async fn a_new_wording_of_one_item_leaves_the_rest_as_anchors(app: TestApp) {
    // q2 is new: q1 and q3 are 2 of 3 items (67 %) and cover both dimensions.
    let id = then_reworded(&app.store, reworded(&["q2"], false)).await;
    let figures = Figures::of(&app.store, &id).await;
    let Change::Tested(change) = change_of(&figures, &agency_unit("BIG")) else {
        panic!()
    };
    assert_eq!(
        (change.common_items, change.index_items, change.flagged),
        (2, 3, false)
    );
    near(change.difference, 0.0, 1e-12);
    let trend = figures
        .get(&agency_unit("BIG"), &trust())
        .unwrap()
        .trend
        .clone()
        .unwrap();
    assert_eq!(
        (
            trend.segments.len(),
            trend.segments[0].common_items,
            trend.segments[0].points.len()
        ),
        (1, 2, 2)
    );
    assert!(trend.breaks.is_empty());
}
on_both_engines!(a_new_wording_of_one_item_leaves_the_rest_as_anchors);

async fn a_flagged_wording_is_compared_and_says_so(app: TestApp) {
    let id = then_reworded(&app.store, reworded(&["q2"], true)).await;
    let figures = Figures::of(&app.store, &id).await;
    let Change::Tested(change) = change_of(&figures, &agency_unit("BIG")) else {
        panic!()
    };
    assert_eq!((change.common_items, change.flagged), (3, true));
}
on_both_engines!(a_flagged_wording_is_compared_and_says_so);

async fn too_few_anchors_are_a_break_and_the_line_has_a_gap(app: TestApp) {
    let id = then_reworded(&app.store, reworded(&["q1", "q2"], false)).await;
    let figures = Figures::of(&app.store, &id).await;
    for unit in [agency_unit("BIG"), Unit::StateMean, Unit::StateMedian] {
        assert!(
            matches!(change_of(&figures, &unit), Change::None(NoChange::Break { .. })),
            "{unit}"
        );
        let trend = figures.get(&unit, &trust()).unwrap().trend.clone().unwrap();
        let sizes: Vec<usize> = trend
            .segments
            .iter()
            .map(|segment| segment.points.len())
            .collect();
        assert_eq!((sizes, trend.breaks.len()), (vec![1, 1], 1), "{unit}");
        assert_eq!(trend.breaks[0].date, "2026-05-01");
    }
}
on_both_engines!(too_few_anchors_are_a_break_and_the_line_has_a_gap);

async fn a_merger_breaks_the_agency_that_grew_and_nobody_else(app: TestApp) {
    let store = &app.store;
    agencies(store, "BIG,Big Agency,\nMID,Middle Agency,\nOLD,Old Bureau,\n").await;
    published(store, &staff("r1", 1, "2025-05-01", "2025-05-31", group(6))).await;
    write(store, |conn| {
        let lineage = "date,kind,predecessor,successor,note\n2025-07-01,merged,OLD,BIG,Act 12\n2025-08-01,renamed,MID,MID,was Medium\n";
        rapport::agency::import_lineage(conn, lineage.as_bytes()).unwrap();
    })
    .await;
    let id = published(store, &staff("r2", 1, "2026-05-01", "2026-05-31", group(0))).await;
    let figures = Figures::of(store, &id).await;
    let Change::None(NoChange::Reorganised { why }) = change_of(&figures, &agency_unit("BIG")) else {
        panic!("BIG is not compared")
    };
    assert_eq!(why, "Old Bureau became part of Big Agency");
    let trend = figures
        .get(&agency_unit("BIG"), &trust())
        .unwrap()
        .trend
        .clone()
        .unwrap();
    assert_eq!(
        (trend.segments.len(), trend.breaks[0].reason.as_str()),
        (2, "Old Bureau became part of Big Agency")
    );
    assert!(
        matches!(change_of(&figures, &agency_unit("MID")), Change::Tested(_)),
        "a renaming is no break"
    );
    assert!(
        matches!(change_of(&figures, &Unit::StateMean), Change::Tested(_)),
        "the state is the state"
    );
}
on_both_engines!(a_merger_breaks_the_agency_that_grew_and_nobody_else);

async fn an_agency_that_was_withheld_before_has_no_change_and_is_not_in_the_family(app: TestApp) {
    let store = &app.store;
    two_agencies(store).await;
    let mut before = group(6);
    before.insert("MID", (30, times(4, [5, 5, 1])));
    published(store, &staff("r1", 1, "2025-05-01", "2025-05-31", before)).await;
    let id = published(store, &staff("r2", 1, "2026-05-01", "2026-05-31", group(0))).await;
    let figures = Figures::of(store, &id).await;
    assert_eq!(
        change_of(&figures, &agency_unit("MID")),
        Change::None(NoChange::NoFigure)
    );
    let Change::Tested(big) = change_of(&figures, &agency_unit("BIG")) else {
        panic!()
    };
    assert_eq!(
        (big.adjusted_p, big.verdict),
        (big.p, Verdict::Up),
        "a family of one"
    );
    let trend = figures
        .get(&agency_unit("MID"), &trust())
        .unwrap()
        .trend
        .clone()
        .unwrap();
    assert_eq!(trend.segments.iter().map(|s| s.points.len()).sum::<usize>(), 1);
}
on_both_engines!(an_agency_that_was_withheld_before_has_no_change_and_is_not_in_the_family);

/// A pulse of two items with the constructs of q1 and q3, a short form of the yearly index.
fn pulse() -> Value {
    let mut definition = version(1);
    definition["id"] = json!("hand-pulse");
    let items = definition["pages"][0]["items"].as_array_mut().unwrap();
    items.retain(|item| item["id"] != "q2");
    definition["indices"][0]["dimensions"][0]["items"] = json!(["q1"]);
    definition["indices"][0]["short_form_of"] = json!({ "survey": "hand", "index": "trust" });
    definition
}

async fn pulses_and_yearly_rounds_make_one_line_on_their_common_items(app: TestApp) {
    let store = &app.store;
    two_agencies(store).await;
    let pulse_round = |id, opened, closed, lower| Plan {
        version: pulse(),
        ..staff(id, 1, opened, closed, group(lower))
    };
    published(store, &staff("y1", 1, "2024-05-01", "2024-05-31", group(3))).await;
    published(store, &pulse_round("p1", "2024-08-01", "2024-08-31", 3)).await;
    published(store, &pulse_round("p2", "2024-11-01", "2024-11-30", 2)).await;
    published(store, &pulse_round("p3", "2025-02-01", "2025-02-28", 1)).await;
    let id = published(store, &staff("y2", 1, "2025-05-01", "2025-05-31", group(0))).await;

    let figures = Figures::of(store, &id).await;
    let figure = figures.get(&agency_unit("BIG"), &trust()).unwrap();
    // The change is against the yearly round before, on all three items ...
    let Some(Change::Tested(change)) = &figure.change else {
        panic!()
    };
    assert_eq!((change.before.round.as_str(), change.common_items), ("y1", 3));
    // ... the line runs over all five rounds, on the two items that the pulses ask.
    let trend = figure.trend.as_ref().unwrap();
    assert_eq!((trend.segments.len(), trend.segments[0].common_items), (1, 2));
    // (6 - l) at 100, 6 at 50, l at 0: (900 - 100 l) / 12
    let expected = [
        ("y1", 50.0),
        ("p1", 50.0),
        ("p2", 700.0 / 12.0),
        ("p3", 800.0 / 12.0),
        ("y2", 75.0),
    ];
    assert_eq!(trend.segments[0].points.len(), expected.len());
    for (point, (round, value)) in trend.segments[0].points.iter().zip(expected) {
        assert_eq!(point.round.as_str(), round);
        near(point.value, value, 1e-9);
    }
    let slope = trend.slope.as_ref().unwrap();
    assert!(slope.per_year > 20.0 && slope.per_year < 30.0, "{slope:?}");
    assert!(slope.interval.low < slope.per_year && slope.per_year < slope.interval.high);
    assert!(trend.test.as_ref().unwrap().tau > 0.8);
    let verified = report::desk::verify(&app.store, &id, quietly()).await.unwrap();
    assert!(verified.holds(), "{verified:?}");
}
on_both_engines!(pulses_and_yearly_rounds_make_one_line_on_their_common_items);

async fn verifying_names_the_earlier_round_whose_answers_changed(app: TestApp) {
    use diesel::prelude::*;
    use rapport::store::schema::responses;
    let store = &app.store;
    two_agencies(store).await;
    published(store, &staff("r1", 1, "2025-05-01", "2025-05-31", group(6))).await;
    let id = published(store, &staff("r2", 1, "2026-05-01", "2026-05-31", group(0))).await;
    write(store, |conn| {
        let key: Vec<u8> = responses::table
            .filter(responses::round.eq("r1"))
            .select(responses::key)
            .first(conn)
            .unwrap();
        diesel::delete(responses::table.filter(responses::key.eq(key)))
            .execute(conn)
            .unwrap();
    })
    .await;
    let verified = report::desk::verify(&app.store, &id, quietly()).await.unwrap();
    let difference = verified.difference.unwrap();
    assert!(difference.contains("the earlier round `r1`"), "{difference}");
}
on_both_engines!(verifying_names_the_earlier_round_whose_answers_changed);

async fn a_round_that_closed_later_is_never_looked_back_on(app: TestApp) {
    let store = &app.store;
    two_agencies(store).await;
    published(store, &staff("late", 1, "2026-05-01", "2026-05-31", group(6))).await;
    let early = super::fixture::closed(store, &staff("early", 1, "2025-05-01", "2025-05-31", group(0))).await;
    sealed(store, &early).await.unwrap();
    let figures = Figures::of(store, &early).await;
    assert_eq!(
        change_of(&figures, &agency_unit("BIG")),
        Change::None(NoChange::FirstRound)
    );
}
on_both_engines!(a_round_that_closed_later_is_never_looked_back_on);
