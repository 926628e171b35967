//! A small round, every figure of it computed by hand, and the life of a seal.

use rapport::measure::change::Verdict;
use rapport::report::model::{
    Bar, Change, Distribution, IntervalKind, Measured, NoChange, Subject, Unit, Warning,
};
use rapport::report::{self, SealError};
use rapport::round::{Mode, RoundId};
use rapport::store::Store;
use rapport::store::schema::{responses, seals};

use super::fixture::{
    Figures, Group, Plan, agencies, agency_unit, closed, corrected, dimension, item, near, opened, published,
    quietly, sealed, staff, times, trust, version, write,
};
use crate::support::TestApp;

/// BIG: 12 of 20 answer. Six say 5, 5 and (reverse) 1: every item 100, index 100. Six say 3, 3, 3: index 50.
/// MID: 10 of 40. Five at 100 throughout, five at 0.
/// TINY: 4 of 12. NONE: nobody of 11.
fn present() -> Group {
    Group::from([
        ("BIG", (20, [times(6, [5, 5, 1]), times(6, [3, 3, 3])].concat())),
        ("MID", (40, [times(5, [5, 5, 1]), times(5, [1, 1, 5])].concat())),
        ("TINY", (12, times(4, [2, 2, 4]))),
        ("NONE", (11, Vec::new())),
    ])
}

/// As [`present`], but BIG is 50 points lower: six at 50, six at 0.
fn before() -> Group {
    let mut group = present();
    group.insert("BIG", (20, [times(6, [3, 3, 3]), times(6, [1, 1, 5])].concat()));
    group
}

async fn state_of_four(store: &Store) {
    agencies(
        store,
        "BIG,Big Agency,\nMID,Middle Agency,\nTINY,Tiny Agency,\nNONE,Silent Agency,\n",
    )
    .await;
}

fn first() -> Plan {
    staff("r1", 1, "2025-05-01", "2025-05-31", before())
}

fn second() -> Plan {
    staff("r2", 1, "2026-05-01", "2026-05-31", present())
}

async fn both_rounds(store: &Store) -> RoundId {
    state_of_four(store).await;
    published(store, &first()).await;
    let id = closed(store, &second()).await;
    sealed(store, &id).await.unwrap();
    id
}

async fn the_level_of_an_agency_is_what_a_hand_computes(app: TestApp) {
    let id = both_rounds(&app.store).await;
    let figures = Figures::of(&app.store, &id).await;

    let figure = figures.get(&agency_unit("BIG"), &trust()).unwrap();
    assert_eq!((figure.respondents, figure.people), (12, Some(20)));
    near(figure.response_rate.unwrap(), 0.6, 1e-12);
    assert!(figure.warnings.is_empty());
    let score = figures.score(&agency_unit("BIG"), &trust());
    // (6 x 100 + 6 x 50) / 12; squares 12 x 25^2 = 7500; s^2 = 7500/11 = 681.818, s = 26.1116
    near(score.mean, 75.0, 1e-12);
    near(score.sd.unwrap(), 26.1116, 1e-4);
    // SE^2 = 681.818/12 x (1 - 12/20) = 22.72727
    near(score.standard_error.unwrap(), 4.767_313, 1e-6);
    // h = 2.200985 x 4.767313 / (100 x .75 x .25) = .559616; logit(.75) = 1.098612; expit(.538996), expit(1.658228)
    let interval = score.interval.unwrap();
    near(interval.low, 63.1579, 1e-3);
    near(interval.high, 84.0000, 1e-3);
    assert_eq!(score.interval_kind, IntervalKind::LogitT);
    // Six of twelve are favourable, none unfavourable: below 20 respondents "none" is not told apart from "few".
    assert_eq!(
        score.standing,
        Distribution::FavourableOrNot {
            favourable: Bar::Exactly(50.0),
            rest: Bar::Exactly(50.0)
        }
    );
    // Everybody answered every item.
    assert_eq!(score.complete_cases.unwrap().mean, Some(75.0));
    near(
        figures.score(&agency_unit("BIG"), &dimension("honest")).mean,
        75.0,
        1e-12,
    );
    near(figures.score(&agency_unit("BIG"), &item("q3")).mean, 75.0, 1e-12);
    // Satisfaction repeats q2, importance is 5 throughout and nobody differs: withheld below 50.
    near(
        figures
            .score(
                &agency_unit("BIG"),
                &Subject::Satisfaction("desk".parse().unwrap()),
            )
            .mean,
        75.0,
        1e-12,
    );
    assert!(
        figures
            .get(&agency_unit("BIG"), &Subject::Importance("desk".parse().unwrap()))
            .is_none()
    );
}
on_both_engines!(the_level_of_an_agency_is_what_a_hand_computes);

async fn the_two_state_figures_leave_out_who_is_too_few_to_show(app: TestApp) {
    let id = both_rounds(&app.store).await;
    let figures = Figures::of(&app.store, &id).await;

    let mean = figures.get(&Unit::StateMean, &trust()).unwrap();
    // TINY has 4 respondents and NONE none: together fewer than k, so neither is in the state's figures.
    assert_eq!((mean.respondents, mean.people), (22, Some(60)));
    assert!(mean.warnings.contains(&Warning::AgenciesMissing));
    assert!(
        mean.warnings.contains(&Warning::LowResponse),
        "22 of 60 is fewer than half"
    );
    let turnout = figures.get(&Unit::StateMean, &Subject::Responses).unwrap();
    assert_eq!((turnout.respondents, turnout.people), (22, Some(60)));
    let score = figures.score(&Unit::StateMean, &trust());
    // (20 x 75 + 40 x 50) / 60
    near(score.mean, 58.333_333, 1e-6);
    // MID: s^2 = 10 x 2500 / 9 = 2777.78, /10 x (1 - 10/40) = 208.333
    // SE^2 = (1/3)^2 x 22.72727 + (2/3)^2 x 208.333 = 2.525253 + 92.592593
    near(score.standard_error.unwrap(), 9.752_838, 1e-6);
    let median = figures.get(&Unit::StateMedian, &trust()).unwrap();
    match &median.measured {
        Measured::Median { value, agencies, .. } => assert_eq!((*value, *agencies), (62.5, 2)),
        other => panic!("{other:?}"),
    }
}
on_both_engines!(the_two_state_figures_leave_out_who_is_too_few_to_show);

/// Two withheld units of 4 and 6 are 10 together; but exact means of so few answers on known headcounts have one
/// solution only, so the state without the shown units would give both away.
async fn a_withheld_rest_stays_out_of_the_state_however_many_they_are(app: TestApp) {
    state_of_four(&app.store).await;
    let mut group = present();
    group.insert("NONE", (11, times(6, [3, 3, 3])));
    let id = published(&app.store, &staff("r1", 1, "2025-05-01", "2025-05-31", group)).await;

    let figures = Figures::of(&app.store, &id).await;
    let mean = figures.get(&Unit::StateMean, &trust()).unwrap();
    // TINY 4 x 25 of 12 people, NONE 6 x 50 of 11: neither is shown, and neither is in.
    assert_eq!((mean.respondents, mean.people), (22, Some(60)));
    // (20 x 75 + 40 x 50) / 60: what is shown, and nothing else
    near(figures.score(&Unit::StateMean, &trust()).mean, 58.333_333, 1e-6);
    assert!(mean.warnings.contains(&Warning::AgenciesMissing));
    assert!(figures.get(&agency_unit("NONE"), &trust()).is_none());
}
on_both_engines!(a_withheld_rest_stays_out_of_the_state_however_many_they_are);

async fn a_change_is_tested_and_adjusted_as_by_hand(app: TestApp) {
    let id = both_rounds(&app.store).await;
    let figures = Figures::of(&app.store, &id).await;

    let Some(Change::Tested(big)) = &figures.get(&agency_unit("BIG"), &trust()).unwrap().change else {
        panic!("BIG is tested");
    };
    // 75 - 25, both with s^2 = 681.818, n = 12: SE = sqrt(2 x 56.81818) = 10.66004, t = 4.690416, df = 22
    near(big.difference, 50.0, 1e-9);
    assert_eq!((big.before.round.as_str(), big.before.respondents), ("r1", 12));
    near(big.interval.low, 50.0 - 2.073_873 * 10.660_036, 1e-4);
    near(big.p, 0.000_112, 2e-6);
    // The family is BIG and MID on one index: 2 x p for the smallest.
    near(big.adjusted_p, 2.0 * big.p, 1e-15);
    // (1.959964 + .841621) x 10.660036
    near(big.minimum_detectable.unwrap(), 29.865, 1e-3);
    // 50 / 26.1116 = 1.914856, x J(22) = .965530
    near(big.hedges_g.unwrap(), 1.8488, 1e-3);
    assert_eq!(big.verdict, Verdict::Up);
    assert_eq!((big.common_items, big.index_items), (3, 3));

    let Some(Change::Tested(mid)) = &figures.get(&agency_unit("MID"), &trust()).unwrap().change else {
        panic!("MID is tested");
    };
    assert_eq!((mid.difference, mid.adjusted_p), (0.0, 1.0));
    assert_eq!(mid.verdict, Verdict::NoDetectableChange);
}
on_both_engines!(a_change_is_tested_and_adjusted_as_by_hand);

async fn a_first_round_says_that_it_is_the_first(app: TestApp) {
    state_of_four(&app.store).await;
    let id = published(&app.store, &first()).await;
    let figures = Figures::of(&app.store, &id).await;
    for unit in [agency_unit("BIG"), Unit::StateMean, Unit::StateMedian] {
        let figure = figures.get(&unit, &trust()).unwrap();
        assert_eq!(figure.change, Some(Change::None(NoChange::FirstRound)), "{unit}");
        let trend = figure.trend.as_ref().unwrap();
        assert_eq!(
            (trend.segments.len(), trend.segments[0].points.len()),
            (1, 1),
            "{unit}"
        );
        assert!(trend.slope.is_none() && trend.test.is_none());
    }
}
on_both_engines!(a_first_round_says_that_it_is_the_first);

async fn a_withheld_figure_holds_nothing_and_empty_looks_the_same(app: TestApp) {
    let id = both_rounds(&app.store).await;
    let figures = Figures::of(&app.store, &id).await;
    assert!(figures.get(&agency_unit("TINY"), &trust()).is_none());
    assert!(figures.get(&agency_unit("NONE"), &trust()).is_none());
    let texts = figures.withheld();
    assert!(texts.len() > 10);
    for text in texts {
        assert_eq!(text, "{\"withheld\":\"too_few_respondents\"}");
    }
}
on_both_engines!(a_withheld_figure_holds_nothing_and_empty_looks_the_same);

async fn agencies_of_a_cluster_are_reported_together_only(app: TestApp) {
    agencies(
        &app.store,
        "A,Board A,small-boards\nB,Board B,small-boards\nBIG,Big,\n",
    )
    .await;
    let group = Group::from([
        ("A", (12, times(11, [4, 4, 2]))),
        ("B", (6, times(3, [2, 2, 4]))),
        ("BIG", (20, present()["BIG"].1.clone())),
    ]);
    let id = published(&app.store, &staff("r1", 1, "2025-05-01", "2025-05-31", group)).await;
    let figures = Figures::of(&app.store, &id).await;
    let cluster = Unit::Cluster("small-boards".parse().unwrap());
    assert!(figures.units().contains(&cluster));
    assert!(
        !figures.units().contains(&agency_unit("A")),
        "A has enough, but stands in a cluster"
    );
    // 11 x 75 and 3 x 25 of 18 people
    let figure = figures.get(&cluster, &trust()).unwrap();
    assert_eq!((figure.respondents, figure.people), (14, Some(18)));
    near(figures.score(&cluster, &trust()).mean, 900.0 / 14.0, 1e-9);
}
on_both_engines!(agencies_of_a_cluster_are_reported_together_only);

async fn audiences_are_never_mixed(app: TestApp) {
    state_of_four(&app.store).await;
    let mut plan = first();
    let leaders = Group::from([
        ("BIG", (6, times(6, [4, 4, 2]))),
        ("MID", (7, times(7, [2, 2, 4]))),
    ]);
    plan.audiences.push(("leaders", Mode::Attributed, leaders));
    let id = published(&app.store, &plan).await;
    let figures = Figures::of(&app.store, &id).await;
    // 6 and 7 leaders are too few for a figure of an agency, but 13 are enough for one of the state.
    assert!(
        figures
            .in_audience("leaders", &agency_unit("BIG"), &trust())
            .is_none()
    );
    let state = figures
        .in_audience("leaders", &Unit::StateMean, &trust())
        .unwrap();
    assert_eq!((state.respondents, state.people), (13, Some(13)));
    let staff = figures.get(&agency_unit("BIG"), &trust()).unwrap();
    assert_eq!(staff.respondents, 12);
}
on_both_engines!(audiences_are_never_mixed);

async fn only_a_closed_round_is_sealed_and_only_once(app: TestApp) {
    state_of_four(&app.store).await;
    let plan = first();
    let id = write(&app.store, move |conn| opened(conn, &plan)).await;
    let refused = sealed(&app.store, &id).await.unwrap_err();
    assert!(refused.to_string().contains("close it first"), "{refused}");

    let id = closed(&app.store, &second()).await;
    let first_seal = sealed(&app.store, &id).await.unwrap();
    assert_eq!(first_seal.revision, 1);
    let refused = sealed(&app.store, &id).await.unwrap_err();
    assert!(matches!(refused, SealError::SealedAlready(_)), "{refused}");
    let unknown = sealed(&app.store, &"nowhere".parse().unwrap()).await.unwrap_err();
    assert!(
        unknown.to_string().contains("there is no round `nowhere`"),
        "{unknown}"
    );
}
on_both_engines!(only_a_closed_round_is_sealed_and_only_once);

async fn a_correction_is_a_new_revision_that_says_why(app: TestApp) {
    let id = both_rounds(&app.store).await;
    let again = id.clone();
    let refused = corrected(&app.store, &again, " ").await;
    assert!(matches!(refused, Err(SealError::NoReason)));
    let again = id.clone();
    let reason = "The lineage of one agency was missing.";
    let sealed = corrected(&app.store, &again, reason).await.unwrap();
    assert_eq!(sealed.revision, 2);
    let verified = report::desk::verify(&app.store, &id, quietly()).await.unwrap();
    assert!(verified.holds(), "{verified:?}");
    assert_eq!((verified.revision, verified.digest), (2, sealed.digest));
}
on_both_engines!(a_correction_is_a_new_revision_that_says_why);

async fn verifying_holds_until_one_answer_changes(app: TestApp) {
    use diesel::prelude::*;
    let id = both_rounds(&app.store).await;
    let again = id.clone();
    let verified = report::desk::verify(&app.store, &again, quietly()).await.unwrap();
    assert!(verified.holds(), "{verified:?}");
    assert!(verified.figures > 20);

    write(&app.store, |conn| {
        let of_big = responses::table
            .filter(responses::round.eq("r2"))
            .filter(responses::agency.eq("BIG"));
        let (key, mut answers): (Vec<u8>, Vec<u8>) = of_big
            .select((responses::key, responses::answers))
            .first(conn)
            .unwrap();
        answers[0] = if answers[0] == 4 { 2 } else { 4 };
        let changed = diesel::update(responses::table.filter(responses::key.eq(key)))
            .set(responses::answers.eq(answers));
        assert_eq!(changed.execute(conn).unwrap(), 1);
    })
    .await;
    let verified = report::desk::verify(&app.store, &id, quietly()).await.unwrap();
    let difference = verified.difference.unwrap();
    assert!(
        difference.contains("this round are not what they were"),
        "{difference}"
    );
    assert!(difference.contains("agency BIG"), "{difference}");
    assert_ne!(verified.digest, verified.recomputed);
}
on_both_engines!(verifying_holds_until_one_answer_changes);

async fn a_result_of_another_method_version_is_told_as_such(app: TestApp) {
    use diesel::prelude::*;
    let id = both_rounds(&app.store).await;
    write(&app.store, |conn| {
        let of_it = || seals::table.filter(seals::round.eq("r2"));
        let text: String = of_it().select(seals::document).first(conn).unwrap();
        let ours = format!("}},\"version\":{}}},", report::METHOD_VERSION);
        let earlier = text.replace(&ours, "},\"version\":1},");
        assert_ne!(text, earlier);
        let digest = rapport::survey::canonical::digest_of_text(&earlier);
        let changed = diesel::update(seals::table.filter(seals::round.eq("r2")))
            .set((seals::document.eq(earlier), seals::digest.eq(digest)));
        assert_eq!(changed.execute(conn).unwrap(), 1);
    })
    .await;
    let verified = report::desk::verify(&app.store, &id, quietly()).await.unwrap();
    assert_eq!(verified.sealed_by_method, Some(1));
    let difference = verified.difference.unwrap();
    assert!(
        difference.contains("sealed by method version 1, this program computes"),
        "{difference}"
    );
}
on_both_engines!(a_result_of_another_method_version_is_told_as_such);

async fn a_later_renaming_does_not_make_a_result_irreproducible(app: TestApp) {
    let id = both_rounds(&app.store).await;
    agencies(&app.store, "BIG,Another Name,\n").await;
    let verified = report::desk::verify(&app.store, &id, quietly()).await.unwrap();
    assert!(verified.holds(), "{verified:?}");
}
on_both_engines!(a_later_renaming_does_not_make_a_result_irreproducible);

async fn rounds_without_an_answer_and_with_too_few_are_sealed_too(app: TestApp) {
    state_of_four(&app.store).await;
    let nobody = present()
        .into_iter()
        .map(|(agency, (people, _))| (agency, (people, Vec::new())))
        .collect();
    let empty = published(&app.store, &staff("r1", 1, "2025-05-01", "2025-05-31", nobody)).await;
    let few = Group::from([("TINY", (12, times(9, [4, 4, 1])))]);
    let few = published(&app.store, &staff("r2", 1, "2026-05-01", "2026-05-31", few)).await;
    for id in [empty, few] {
        let figures = Figures::of(&app.store, &id).await;
        for unit in figures.units() {
            assert!(figures.get(&unit, &trust()).is_none(), "{id} {unit}");
        }
        let verified = report::desk::verify(&app.store, &id, quietly()).await.unwrap();
        assert!(verified.holds());
    }
}
on_both_engines!(rounds_without_an_answer_and_with_too_few_are_sealed_too);

#[tokio::test]
async fn the_order_of_responses_does_not_change_a_bit() {
    // The same answers in two databases, in opposite orders and under other random keys.
    let mut digests = Vec::new();
    for reversed in [false, true] {
        let app = TestApp::sqlite().await;
        state_of_four(&app.store).await;
        let mut plan = Plan {
            version: version(1),
            ..first()
        };
        for (_, rows) in plan.audiences[0].2.values_mut() {
            // Sums of thirds: where the order of addition shows in the last bit.
            rows.extend([[1, 2, 0], [2, 5, 3], [4, 0, 2], [5, 2, 0], [3, 4, 4]]);
            if reversed {
                rows.reverse();
            }
        }
        for (people, rows) in plan.audiences[0].2.values_mut() {
            *people = (*people).max(u32::try_from(rows.len()).unwrap());
        }
        let id = closed(&app.store, &plan).await;
        digests.push(sealed(&app.store, &id).await.unwrap().digest);
    }
    assert_eq!(digests[0], digests[1]);
}
