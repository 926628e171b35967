//! Figures by segment, and the weights that segments give.

use rapport::measure::proportion::Share;
use rapport::report::model::{Bar, Cut, Distribution, IntervalKind, Subject, Unit, Warning};

use super::fixture::{Figures, agency_unit, item, near, quietly, sealed, times, trust};
use super::offices::{IT, LEAD, Office, STAFF, UNSAID, closed, role, score, survey};
use crate::support::TestApp;

/// One question of three points: 0, 50, 100.
fn one_question() -> serde_json::Value {
    survey(3, &["q1"], 1, &[])
}

fn said(count: usize, answer: u8, role: u8) -> Vec<Vec<u8>> {
    vec![vec![answer, role]; count]
}

async fn figures(app: &TestApp, offices: &[Office]) -> Figures {
    let id = closed(&app.store, "r1", "2026-05-31", &one_question(), offices).await;
    sealed(&app.store, &id).await.unwrap();
    let verified = rapport::report::desk::verify(&app.store, &id, quietly())
        .await
        .unwrap();
    assert!(verified.holds(), "{verified:?}");
    Figures::of(&app.store, &id).await
}

/// 30 staff of whom 10 answer (five 100, five 50), 10 leads who all answer (five 50, five 0).
fn two_roles() -> Office {
    Office {
        code: "BIG",
        people: vec![("staff", 30), ("lead", 10)],
        answers: [
            said(5, 3, STAFF),
            said(5, 2, STAFF),
            said(5, 2, LEAD),
            said(5, 1, LEAD),
        ]
        .concat(),
    }
}

async fn a_mean_is_weighted_by_the_headcounts_of_segments(app: TestApp) {
    let figures = figures(&app, &[two_roles()]).await;
    let figure = figures.get(&agency_unit("BIG"), &trust()).unwrap();
    assert_eq!((figure.respondents, figure.people), (20, Some(40)));
    assert_eq!(figure.method.name, "mean.post-stratified-fpc");
    assert!(
        figure.method.parameters["strata"].as_array().unwrap().len() > 1,
        "{:?}",
        figure.method
    );
    let found = score(figure);
    // 30/40 x 75 + 10/40 x 25; without weights it would be 50.
    near(found.mean, 62.5, 1e-12);
    // Staff: s^2 = 10 x 625 / 9, (3/4)^2 x (1 - 10/30) x s^2/10; leads are counted in full.
    near(
        found.standard_error.unwrap(),
        (0.5625 * (2.0 / 3.0) * 69.444_444_444_f64).sqrt(),
        1e-6,
    );
    // 20 (10 x 9 + 10 x 1) / 40^2
    near(found.design_effect.unwrap(), 1.25, 1e-12);
    // 3/4 of 50 % favourable, 1/4 of none.
    let Distribution::Bands {
        favourable: Bar::Exactly(favourable),
        ..
    } = found.standing
    else {
        panic!("{:?}", found.standing)
    };
    near(favourable, 37.5, 1e-9);
    let interval = found.favourable_interval.unwrap();
    assert!(
        interval.low < 37.5 && 37.5 < interval.high && interval.high < 70.0,
        "{interval:?}"
    );
}
on_both_engines!(a_mean_is_weighted_by_the_headcounts_of_segments);

async fn each_option_has_its_own_figures_with_the_rosters_headcount(app: TestApp) {
    let figures = figures(&app, &[two_roles()]).await;
    let staff = figures
        .of_cut("staff", &agency_unit("BIG"), &role("staff"), &trust())
        .unwrap();
    assert_eq!((staff.respondents, staff.people), (10, Some(30)));
    near(staff.response_rate.unwrap(), 1.0 / 3.0, 1e-12);
    near(score(staff).mean, 75.0, 1e-12);
    assert!(
        staff.change.is_none() && staff.trend.is_none(),
        "cuts are levels only"
    );
    let leads = figures
        .of_cut("staff", &agency_unit("BIG"), &role("lead"), &trust())
        .unwrap();
    near(score(leads).mean, 25.0, 1e-12);
    assert!(
        leads.warnings.contains(&Warning::CompleteCount),
        "{:?}",
        leads.warnings
    );
    assert_eq!(score(leads).interval_kind, IntervalKind::CompleteCount);
    let turnout = figures
        .of_cut("staff", &Unit::StateMean, &role("lead"), &Subject::Responses)
        .unwrap();
    assert_eq!((turnout.respondents, turnout.people), (10, Some(10)));
    // Nobody said `it`; and of the question on the role nothing is told by role.
    assert!(
        figures
            .of_cut("staff", &agency_unit("BIG"), &role("it"), &trust())
            .is_none()
    );
    assert!(!figures.has(&agency_unit("BIG"), &role("staff"), &item("role")));
    assert!(figures.has(&agency_unit("BIG"), &Cut::Everybody, &item("role")));
}
on_both_engines!(each_option_has_its_own_figures_with_the_rosters_headcount);

/// So many of a role, of very different opinions.
fn mixed(count: usize, role: u8) -> Vec<Vec<u8>> {
    (0..count)
        .zip([1, 3, 2].into_iter().cycle())
        .map(|(_, answer)| vec![answer, role])
        .collect()
}

fn without_roles(code: &'static str, answers: Vec<Vec<u8>>) -> Office {
    Office {
        code,
        people: vec![("", 60)],
        answers,
    }
}

/// 4 leads, 4 of IT and 3 who did not say: eleven together.
fn many() -> Office {
    let answers = [mixed(20, STAFF), mixed(4, LEAD), mixed(4, IT), mixed(3, UNSAID)].concat();
    without_roles("MANY", answers)
}

async fn an_option_is_shown_where_enough_are_left_over(app: TestApp) {
    let figures = figures(&app, &[many()]).await;
    let of = |option: &str| figures.of_cut("staff", &agency_unit("MANY"), &role(option), &trust());
    let staff = of("staff").unwrap();
    assert_eq!(
        (staff.respondents, staff.people),
        (20, None),
        "the roster has no roles"
    );
    assert!(of("lead").is_none());
}
on_both_engines!(an_option_is_shown_where_enough_are_left_over);

async fn an_option_is_withheld_where_the_rest_could_be_had_by_subtraction(app: TestApp) {
    // 4 leads are left over: staff minus everybody would give them away.
    let few = without_roles("FEW", [mixed(20, STAFF), mixed(4, LEAD)].concat());
    let figures = figures(&app, &[few, many()]).await;
    let staff = |unit: Unit| figures.of_cut("staff", &unit, &role("staff"), &trust());
    assert!(figures.get(&agency_unit("FEW"), &trust()).is_some());
    assert!(staff(agency_unit("FEW")).is_none(), "24 minus 20 are 4");
    // The state's staff are those of both, so beside them those of MANY would give those of FEW.
    assert_eq!(staff(Unit::StateMean).unwrap().respondents, 40);
    assert!(staff(agency_unit("MANY")).is_none());
}
on_both_engines!(an_option_is_withheld_where_the_rest_could_be_had_by_subtraction);

async fn headcounts_that_people_contradict_are_not_used(app: TestApp) {
    // The roster has 5 leads, 12 say that they are.
    let office = Office {
        code: "BIG",
        people: vec![("staff", 35), ("lead", 5)],
        answers: [
            said(6, 3, STAFF),
            said(6, 2, STAFF),
            said(6, 2, LEAD),
            said(6, 1, LEAD),
        ]
        .concat(),
    };
    let figures = figures(&app, &[office]).await;
    let figure = figures.get(&agency_unit("BIG"), &trust()).unwrap();
    near(score(figure).mean, 50.0, 1e-12);
    assert_eq!(score(figure).design_effect, None);
    assert!(
        figure.warnings.contains(&Warning::HeadcountsContradict),
        "{:?}",
        figure.warnings
    );
    let leads = figures
        .of_cut("staff", &agency_unit("BIG"), &role("lead"), &trust())
        .unwrap();
    assert_eq!((leads.people, leads.response_rate), (None, None));
}
on_both_engines!(headcounts_that_people_contradict_are_not_used);

#[tokio::test]
async fn without_weights_the_favourable_interval_is_the_exact_one() {
    let app = TestApp::sqlite().await;
    let office = Office {
        code: "BIG",
        people: vec![("", 50)],
        answers: [times(18, [3, 0, 0]), times(12, [1, 0, 0])]
            .concat()
            .iter()
            .map(|row| vec![row[0], UNSAID])
            .collect(),
    };
    let figures = figures(&app, &[office]).await;
    let interval = score(figures.get(&agency_unit("BIG"), &trust()).unwrap())
        .favourable_interval
        .unwrap();
    // METHOD's table: N = 50, n = 30, x = 18.
    near(interval.low, 48.0, 1e-9);
    near(interval.high, 70.0, 1e-9);
    assert!(
        Share::new(18, 30)
            .unwrap()
            .wilson(rapport::measure::Confidence::NINETY_FIVE)
            .width()
            * 100.0
            > interval.width()
    );
}
