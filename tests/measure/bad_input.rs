//! Whatever comes in: a figure or a reason, never NaN, infinity or a panic.

use std::fmt::Debug;

use proptest::prelude::*;
use rapport::measure::bootstrap::{jackknife_acceleration, resample};
use rapport::measure::change::detectable;
use rapport::measure::change::effect::{cohens_d, cohens_d_average, cohens_d_interval};
use rapport::measure::change::paired::{paired_change, signed_rank};
use rapport::measure::change::proportions::{pooled_z, pooled_z_corrected};
use rapport::measure::change::ranks::mann_whitney;
use rapport::measure::change::{Adjustment, Sample, adjust, minimum_detectable_change, student, welch};
use rapport::measure::correlation::{kendall, pearson, spearman};
use rapport::measure::descriptives::{Moments, describe};
use rapport::measure::design::{Lonely, Plan, PlanInput, contrast, mean, total};
use rapport::measure::drivers::{DriverTable, driver_regression, lmg, relative_weights};
use rapport::measure::estimate::{Stratum, WeightedStratum, group_mean, stratified_mean, weighted_mean};
use rapport::measure::proportion::{Share, hypergeometric};
use rapport::measure::published::{index_of_shares, percentage};
use rapport::measure::quantile::Sorted;
use rapport::measure::reliability::covariance::{correlation, covariance};
use rapport::measure::reliability::omega::{maximum_likelihood, minimum_residuals};
use rapport::measure::reliability::{Missing, cronbach_alpha};
use rapport::measure::smallarea::{fay_herriot, random_effects};
use rapport::measure::state::{AgencyMean, employee_weighted_mean, median_agency};
use rapport::measure::trend::{TrendPoint, known_error_trend, mann_kendall, regression, theil_sen};
use rapport::measure::weights::rake::rake_and_trim;
use rapport::measure::weights::trim::trim_spreading;
use rapport::measure::weights::{
    Cell, CellRule, Kish, Margin, RakeRule, collapse_cells, describe_weighted, poststratify, rake,
};
use rapport::measure::{Confidence, Undefined};

const LEVEL: Confidence = Confidence::NINETY_FIVE;

/// A result may be a reason; if it is a figure, every number in it is finite.
#[track_caller]
fn sound<T: Debug>(what: &str, result: Result<T, Undefined>) {
    if let Ok(figure) = result {
        let text = format!("{figure:?}");
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let broken = words.into_iter().any(|word| word == "NaN" || word == "inf");
        assert!(!broken, "{what}: {text}");
    }
}

/// Lists that have broken a formula somewhere.
fn nasty() -> Vec<Vec<f64>> {
    vec![
        vec![],
        vec![50.0],
        vec![50.0, 50.0, 50.0, 50.0, 50.0],
        vec![0.0, 0.0, 0.0, 0.0, 0.0],
        vec![100.0, 100.0, 100.0, 100.0, 100.0],
        vec![0.0, 100.0, 0.0, 100.0, 0.0],
        vec![10.0, 20.0, 30.0, 40.0, 50.0],
        vec![50.0, 50.0, 50.0, 50.0, 50.0 + 1e-13],
        vec![f64::NAN, 1.0, 2.0, 3.0, 4.0],
        vec![f64::INFINITY, 1.0, 2.0, 3.0, 4.0],
        vec![-f64::INFINITY, 1.0, 2.0, 3.0, 4.0],
        vec![1e308, -1e308, 1e308, 1e308, -1e308],
        vec![1e200, 2e200, 3e200, 1e200, 0.0],
        vec![1e-200, 2e-200, 3e-200, 1e-200, 0.0],
        vec![5e-324, 0.0, 5e-324, 0.0, 0.0],
        vec![-1.0, -2.0, 0.0, -0.0, 1.0],
        vec![101.0, 20.0, 30.0, 40.0, 50.0],
    ]
}

fn one_list(x: &[f64]) {
    let options: Vec<Option<f64>> = x.iter().copied().map(Some).collect();
    sound("Moments", Moments::of(x));
    sound("describe", describe(x, LEVEL));
    sound(
        "Sorted",
        Sorted::of(x).map(|sorted| sorted.median_absolute_deviation()),
    );
    sound("Kish", Kish::of(x));
    sound("Sample", Sample::of(x));
    sound("median_agency", median_agency(x));
    sound("mann_kendall", mann_kendall(x));
    sound("signed_rank", signed_rank(x));
    sound("index_of_shares", index_of_shares(x));
    sound("jackknife", jackknife_acceleration(x));
    sound("adjust", adjust(&options, Adjustment::BenjaminiHochberg));
    sound("trim", trim_spreading(x, 1.0, 2.0));
    for people in [0, 1, 5, 6, 1_000_000, u64::MAX / 4] {
        sound("group_mean", group_mean(x, people, LEVEL));
        sound(
            "stratified_mean",
            stratified_mean(
                &[
                    Stratum { people, scores: x },
                    Stratum {
                        people: 3,
                        scores: &[],
                    },
                ],
                LEVEL,
            ),
        );
    }
    sound(
        "resample",
        resample(x.len(), 50, 1, |rows| {
            Moments::of(&rows.iter().map(|row| x[*row]).collect::<Vec<_>>())?.sd()
        }),
    );
}

fn two_lists(x: &[f64], y: &[f64]) {
    let given = |list: &[f64]| list.iter().copied().map(Some).collect::<Vec<_>>();
    if let (Ok(a), Ok(b)) = (Sample::of(x), Sample::of(y)) {
        sound("welch", welch(a, b, LEVEL));
        sound("student", student(a, b, LEVEL));
        sound("cohens_d", cohens_d(a, b));
        sound("cohens_d_average", cohens_d_average(a, b));
        sound("cohens_d_interval", cohens_d_interval(a, b, LEVEL));
        sound("detectable", detectable::between(a.sd, a.n, b.sd, b.n));
    }
    sound("mann_whitney", mann_whitney(x, y));
    sound("paired", paired_change(&given(x), &given(y), LEVEL));
    sound("pearson", pearson(x, y));
    sound("spearman", spearman(x, y));
    sound("kendall", kendall(x, y));
    sound("theil_sen", theil_sen(x, y, LEVEL));
    sound("ordinary", regression::ordinary(x, y, LEVEL));
    sound("describe_weighted", describe_weighted(x, y));
    sound("random_effects", random_effects(x, y, LEVEL));
    sound("fay_herriot", fay_herriot(x, y, &[]));
    sound("fay_herriot with a covariate", fay_herriot(x, y, &[x.to_vec()]));
    sound(
        "weighted_mean",
        weighted_mean(
            &[WeightedStratum {
                people: 9,
                scores: x,
                weights: y,
            }],
            LEVEL,
        ),
    );
    sound("poststratify", poststratify(x, &vec![0; x.len()], y));
    let columns = [given(x), given(y), given(x)];
    for missing in [Missing::Listwise, Missing::Pairwise] {
        sound("alpha", cronbach_alpha(&columns, missing, LEVEL));
    }
    sound(
        "omega ml",
        covariance(&columns).and_then(|matrix| maximum_likelihood(&matrix)),
    );
    sound(
        "omega minres",
        correlation(&columns).and_then(|matrix| minimum_residuals(&matrix)),
    );
    let table = DriverTable::new(x, &[y.to_vec()]);
    sound(
        "drivers",
        table
            .clone()
            .map(|table| table.correlations.iter().copied().collect::<Vec<f64>>()),
    );
    if let Ok(table) = table {
        sound("driver_regression", driver_regression(&table));
        sound("relative_weights", relative_weights(&table));
        sound("lmg", lmg(&table));
    }
    let points: Vec<TrendPoint> = x
        .iter()
        .zip(y)
        .zip(0_u8..)
        .map(|((value, se), at)| TrendPoint {
            time: f64::from(at),
            value: *value,
            se: *se,
        })
        .collect();
    sound("known_error_trend", known_error_trend(&points, LEVEL));
    let margin = Margin {
        category: vec![0; x.len()],
        population: vec![10.0],
    };
    sound(
        "rake",
        rake(x, std::slice::from_ref(&margin), RakeRule::default()),
    );
    sound("rake_and_trim", rake_and_trim(x, &[margin], RakeRule::default()));
    designs(x, y);
}

fn designs(x: &[f64], weights: &[f64]) {
    let plan = Plan::new(PlanInput {
        rows: x.len(),
        weights: Some(weights),
        ..PlanInput::default()
    });
    let Ok(plan) = plan else { return };
    let values: Vec<Option<f64>> = x.iter().copied().map(Some).collect();
    let (all, none) = (vec![true; x.len()], vec![false; x.len()]);
    for domain in [&all, &none] {
        sound("design mean", mean(&plan, &values, domain, Lonely::Fail, LEVEL));
        sound("design total", total(&plan, &values, domain, Lonely::Fail, LEVEL));
    }
    sound("contrast", contrast(&plan, &values, &all, &none));
}

#[test]
fn every_function_gives_a_figure_or_a_reason_for_every_nasty_list() {
    for x in nasty() {
        one_list(&x);
        for y in nasty() {
            two_lists(&x, &y);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_function_gives_a_figure_or_a_reason_for_any_floats(
        pairs in prop::collection::vec((any::<f64>(), any::<f64>()), 0..7),
    ) {
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        one_list(&x);
        two_lists(&x, &y);
    }

    #[test]
    fn every_function_gives_a_figure_or_a_reason_for_small_whole_numbers(
        pairs in prop::collection::vec((-3..4_i8, -3..4_i8), 0..9),
    ) {
        let (x, y): (Vec<f64>, Vec<f64>) =
            pairs.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).unzip();
        one_list(&x);
        two_lists(&x, &y);
    }

    #[test]
    fn counts_of_any_size_give_a_figure_or_a_reason(people in 0..3000_u64, n in 0..3000_u64, x in 0..3000_u64) {
        sound("hypergeometric", hypergeometric(people, n, x, LEVEL));
        sound("percentage", percentage(x, n));
        sound("minimum_detectable_change", minimum_detectable_change(20.0, n));
        if let (Ok(a), Ok(b)) = (Share::new(x, n), Share::new(n, people)) {
            sound("pooled_z", pooled_z(a, b, LEVEL));
            sound("pooled_z_corrected", pooled_z_corrected(a, b, LEVEL));
            for of in [Share::wilson, Share::wilson_corrected, Share::clopper_pearson, Share::jeffreys, Share::agresti_coull, Share::wald] {
                sound("interval of a share", Ok(of(a, LEVEL)));
            }
        }
        sound("collapse", collapse_cells(&[Cell { people, respondents: n }, Cell { people: 10, respondents: 3 }], CellRule::default()));
        let agency = AgencyMean { people, respondents: n, mean: 60.0, sd: (n > 1).then_some(20.0) };
        sound("state", employee_weighted_mean(&[agency, AgencyMean { people: 9, respondents: 1, mean: 3.0, sd: None }], LEVEL));
    }
}

#[test]
fn the_usual_ends_of_a_group_have_a_name() {
    assert_eq!(group_mean(&[], 12, LEVEL), Err(Undefined::EmptyGroup));
    assert_eq!(
        group_mean(&[1.0, 2.0], 1, LEVEL),
        Err(Undefined::MoreRespondentsThanPeople {
            respondents: 2,
            people: 1
        })
    );
    assert_eq!(group_mean(&[f64::NAN], 3, LEVEL), Err(Undefined::NotFinite));
    assert_eq!(group_mean(&[100.5], 3, LEVEL), Err(Undefined::OffScale));
    let kind = |scores: &[f64], people| {
        let e = group_mean(scores, people, LEVEL).unwrap();
        (e.interval_kind.words(), e.interval.is_some())
    };
    assert_eq!(kind(&[40.0], 3), ("one respondent, no interval", false));
    assert_eq!(kind(&[40.0, 40.0, 40.0], 9), ("no variation observed", false));
    assert_eq!(kind(&[100.0, 100.0], 9), ("no variation observed", false));
    assert_eq!(
        kind(&[40.0, 60.0], 2),
        ("complete count, no sampling error", true)
    );
    assert_eq!(kind(&[40.0], 1), ("complete count, no sampling error", true));
}

#[test]
fn a_stratum_too_thin_to_stand_alone_joins_its_neighbour_and_says_so() {
    let strata: [Stratum; 4] = [
        Stratum {
            people: 20,
            scores: &[40.0, 60.0, 80.0],
        },
        Stratum {
            people: 5,
            scores: &[20.0],
        },
        Stratum {
            people: 10,
            scores: &[50.0, 70.0],
        },
        Stratum {
            people: 3,
            scores: &[],
        },
    ];

    let e = stratified_mean(&strata, LEVEL).unwrap();

    assert_eq!(e.collapsed, vec![vec![1, 2, 3]]);
    assert_eq!((e.people, e.respondents), (38, 6));
    // 20/38 of the first, 18/38 of the joined one.
    super::assert_close(e.mean, 20.0 / 38.0 * 60.0 + 18.0 / 38.0 * (140.0 / 3.0), 1e-12);
}

#[test]
fn raking_that_cannot_settle_says_so_and_falls_back_to_the_first_margin() {
    // The second margin contradicts the first: 10 against 20 people for the same respondents.
    let margins = [
        Margin {
            category: vec![0, 0, 1, 1],
            population: vec![10.0, 10.0],
        },
        Margin {
            category: vec![0, 0, 1, 1],
            population: vec![5.0, 15.0],
        },
    ];
    let rule = RakeRule::default();

    assert_eq!(
        rake(&[1.0; 4], &margins, rule),
        Err(Undefined::NotConverged { passes: 100 })
    );
    let fallen = rake_and_trim(&[1.0; 4], &margins, rule).unwrap();
    assert!(fallen.fell_back);
    assert_eq!(fallen.weights, vec![5.0; 4]);
}

#[test]
fn a_margin_without_respondents_is_a_reason_and_not_a_division_by_zero() {
    let margin = Margin {
        category: vec![0, 0],
        population: vec![10.0, 4.0],
    };

    let result = rake(&[1.0, 1.0], &[margin], RakeRule::default());

    assert_eq!(result, Err(Undefined::CellWithoutRespondents { people: 4 }));
}
