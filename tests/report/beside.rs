//! What stands beside a score: reliability, comparisons of agencies, drivers, pairs, themes.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rapport::report::desk;
use rapport::report::model::{Change, ChangeTest, Cut, Measured, Subject, Unit};
use rapport::round::Mode;

use super::fixture::{Figures, agency_unit, near, quietly, sealed, trust};
use super::offices::{Office, STAFF, UNSAID, closed, closed_as, score, survey};
use crate::support::TestApp;

const CODES: [&str; 10] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];

fn index(kind: &str) -> Subject {
    Subject::parse(kind, "trust").unwrap()
}

/// The five items on agreeableness of the data set that R's psych and lavaan were run on.
fn agreeableness() -> Vec<Vec<u8>> {
    let mut reader = csv::Reader::from_path("tests/golden/data/bfi.csv").unwrap();
    let headings = reader.headers().unwrap().clone();
    let place = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
    let places = ["A1", "A2", "A3", "A4", "A5"].map(place);
    let read = |record: csv::StringRecord| {
        let mut row: Vec<u8> = places.iter().map(|at| record[*at].parse().unwrap_or(0)).collect();
        row.push(UNSAID);
        row
    };
    reader.records().map(|record| read(record.unwrap())).collect()
}

async fn reliability_of_a_stored_round_is_that_of_psych_and_lavaan(app: TestApp) {
    let office = Office {
        code: "BFI",
        people: vec![("", 3000)],
        answers: agreeableness(),
    };
    let definition = survey(6, &["a1-", "a2", "a3", "a4", "a5"], 5, &[]);
    let id = closed(&app.store, "r1", "2026-05-31", &definition, &[office]).await;
    sealed(&app.store, &id).await.unwrap();
    let figures = Figures::of(&app.store, &id).await;
    for unit in [agency_unit("BFI"), Unit::StateMean] {
        let found = score(figures.get(&unit, &trust()).unwrap())
            .reliability
            .clone()
            .unwrap();
        assert_eq!(found.complete, 2709);
        near(found.alpha, 0.703_755_894_374_836_1, 1e-12);
        near(found.omega.unwrap(), 0.712_128_965_485_148_6, 1e-6);
        assert!(found.alpha_interval.low < found.alpha && found.alpha < found.alpha_interval.high);
    }
    let straight = score(figures.get(&agency_unit("BFI"), &trust()).unwrap()).straight_lined;
    assert!(straight.is_some(), "five items are enough to tell");
}
on_both_engines!(reliability_of_a_stored_round_is_that_of_psych_and_lavaan);

/// Ten offices of 30 answers of 40 people around these means (points of a five-point scale), on three items.
fn offices_around(means: [f64; 10], spread: f64) -> Vec<Office> {
    let mut generator = ChaCha12Rng::seed_from_u64(7);
    let office = |(code, mean): (&&'static str, f64)| {
        let answers = (0..30)
            .map(|_| {
                let own = mean + spread * (generator.random::<f64>() - 0.5);
                let mut row: Vec<u8> = (0..3)
                    .map(|_| {
                        let point = (own + generator.random::<f64>() - 0.5).round().clamp(1.0, 5.0);
                        (1..=5_u8).find(|known| f64::from(*known) == point).unwrap()
                    })
                    .collect();
                row.push(STAFF);
                row
            })
            .collect();
        Office {
            code,
            people: vec![("", 40)],
            answers,
        }
    };
    CODES.iter().zip(means).map(office).collect()
}

async fn agencies_that_stand_apart_have_rank_intervals(app: TestApp) {
    let means = [1.2, 1.6, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0, 4.4, 4.8];
    let definition = survey(5, &["q1", "q2", "q3"], 3, &[]);
    let id = closed(
        &app.store,
        "r1",
        "2026-05-31",
        &definition,
        &offices_around(means, 0.6),
    )
    .await;
    sealed(&app.store, &id).await.unwrap();
    let figures = Figures::of(&app.store, &id).await;
    let Measured::Agreement(agreement) = &figures
        .get(&Unit::StateMean, &index("agreement"))
        .unwrap()
        .measured
    else {
        panic!()
    };
    assert!(
        agreement.may_rank && agreement.icc2 > 0.9 && agreement.icc1 > 0.3,
        "{agreement:?}"
    );
    assert!(
        agreement
            .within
            .is_some_and(|within| (0.0..=1.0).contains(&within))
    );
    let Measured::Ranking(ranking) = &figures.get(&Unit::StateMean, &index("rank")).unwrap().measured else {
        panic!()
    };
    assert!(ranking.ranked && ranking.why_not.is_none(), "{ranking:?}");
    let Measured::Rank(last) = &figures.get(&agency_unit("A"), &index("rank")).unwrap().measured else {
        panic!()
    };
    assert!(
        last.worst == 10 && last.best > 5 && last.agencies == 10,
        "{last:?}"
    );
    // The stabilised view is a figure of its own kind, between the agency's own and the mean of all.
    let Measured::Stabilised(view) = &figures
        .get(&agency_unit("A"), &index("stabilised"))
        .unwrap()
        .measured
    else {
        panic!()
    };
    let own = score(figures.get(&agency_unit("A"), &trust()).unwrap()).mean;
    assert!(
        view.value > own && view.value < 50.0 && view.own_share > 0.5,
        "{view:?} of {own}"
    );
}
on_both_engines!(agencies_that_stand_apart_have_rank_intervals);

async fn agencies_that_do_not_differ_have_no_rank_at_all(app: TestApp) {
    let definition = survey(5, &["q1", "q2", "q3"], 3, &[]);
    let id = closed(
        &app.store,
        "r1",
        "2026-05-31",
        &definition,
        &offices_around([3.0; 10], 3.0),
    )
    .await;
    sealed(&app.store, &id).await.unwrap();
    let figures = Figures::of(&app.store, &id).await;
    let Measured::Ranking(ranking) = &figures.get(&Unit::StateMean, &index("rank")).unwrap().measured else {
        panic!()
    };
    assert!(!ranking.ranked && ranking.why_not.is_some(), "{ranking:?}");
    for code in CODES {
        assert!(
            !figures.has(&agency_unit(code), &Cut::Everybody, &index("rank")),
            "{code} has a rank"
        );
    }
}
on_both_engines!(agencies_that_do_not_differ_have_no_rank_at_all);

async fn a_driver_that_chance_could_have_made_bears_no_number(app: TestApp) {
    let mut generator = ChaCha12Rng::seed_from_u64(3);
    let mut point = |near: Option<u8>| match near {
        Some(near) if generator.random::<f64>() < 0.75 => near,
        _ => generator.random_range(1..=5_u8),
    };
    let mut answers = Vec::new();
    for _ in 0..400 {
        let outcome = point(None);
        answers.push(vec![outcome, point(Some(outcome)), point(None), STAFF]);
    }
    let (first, second) = answers.split_at(200);
    let office = |code, answers: &[Vec<u8>]| Office {
        code,
        people: vec![("", 300)],
        answers: answers.to_vec(),
    };
    let definition = survey(
        5,
        &["q1", "real", "noise"],
        1,
        &[("drivers", &["real", "noise"]), ("outcomes", &["q1"])],
    );
    let offices = [office("A", first), office("B", second)];
    let id = closed(&app.store, "r1", "2026-05-31", &definition, &offices).await;
    sealed(&app.store, &id).await.unwrap();
    let figures = Figures::of(&app.store, &id).await;
    for (unit, subject) in [
        (Unit::StateMean, index("index-drivers")),
        (Unit::StateMean, Subject::parse("item-drivers", "q1").unwrap()),
        (agency_unit("A"), index("index-drivers")),
    ] {
        let figure = figures.get(&unit, &subject).unwrap();
        let Measured::Drivers(drivers) = &figure.measured else {
            panic!()
        };
        assert_eq!(
            drivers.noise,
            vec![Subject::parse("item", "noise").unwrap()],
            "{unit}"
        );
        let [real] = drivers.drivers.as_slice() else {
            panic!("{drivers:?}")
        };
        assert_eq!(real.subject, Subject::parse("item", "real").unwrap());
        assert!(real.interval.low > 0.2 && real.above_chance.low > 0.0, "{real:?}");
        assert!(figure.method.parameters.contains_key("seed"));
    }
    // The theme is a mean of its items.
    let Some(theme) = figures.get(&agency_unit("A"), &Subject::parse("theme", "drivers").unwrap()) else {
        panic!()
    };
    let item = |id: &str| {
        score(
            figures
                .get(&agency_unit("A"), &Subject::parse("item", id).unwrap())
                .unwrap(),
        )
        .mean
    };
    near(score(theme).mean, (item("real") + item("noise")) / 2.0, 1e-9);
    let verified = desk::verify(&app.store, &id, quietly()).await.unwrap();
    assert!(verified.holds(), "resampling is seeded: {verified:?}");
}
on_both_engines!(a_driver_that_chance_could_have_made_bears_no_number);

async fn leaders_who_answer_twice_are_compared_with_themselves(app: TestApp) {
    let definition = survey(5, &["q1", "q2"], 2, &[]);
    // Twelve leaders between 25 and 75, each of whom is 12.5 or 25 points higher a year later.
    let year = |after: bool| {
        let person = |number: u8| {
            vec![
                2 + number % 3 + u8::from(after),
                2 + number % 3 + u8::from(after && number.is_multiple_of(2)),
                STAFF,
            ]
        };
        Office {
            code: "A",
            people: vec![("", 12)],
            answers: (0..12).map(person).collect(),
        }
    };
    let before = closed_as(
        &app.store,
        "r1",
        "2025-05-31",
        Mode::Attributed,
        &definition,
        &[year(false)],
    )
    .await;
    sealed(&app.store, &before).await.unwrap();
    let id = closed_as(
        &app.store,
        "r2",
        "2026-05-31",
        Mode::Attributed,
        &definition,
        &[year(true)],
    )
    .await;
    sealed(&app.store, &id).await.unwrap();
    let figures = Figures::of(&app.store, &id).await;
    for unit in [agency_unit("A"), Unit::StateMean] {
        let Some(Change::Tested(change)) = &figures.get(&unit, &trust()).unwrap().change else {
            panic!()
        };
        assert_eq!(
            (change.test, change.respondents),
            (ChangeTest::Paired, 12),
            "{unit}"
        );
        // Six by 25 and six by 12.5; s of the changes is 6.528, SE 1.884
        near(change.difference, 18.75, 1e-9);
        near(change.interval.width() / 2.0, 2.200_985 * 1.884_408, 1e-3);
    }
}
on_both_engines!(leaders_who_answer_twice_are_compared_with_themselves);
