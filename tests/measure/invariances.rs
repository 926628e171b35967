//! What must not change a figure, or must change it in a known way.

use proptest::prelude::*;
use rapport::measure::change::{Adjustment, Sample, adjust, welch};
use rapport::measure::estimate::{Stratum, WeightedStratum, group_mean, stratified_mean, weighted_mean};
use rapport::measure::proportion::{Share, hypergeometric};
use rapport::measure::reliability::{Missing, cronbach_alpha};
use rapport::measure::scoring::{IndexForm, ItemKey};
use rapport::measure::state::{AgencyMean, employee_weighted_mean, median_agency};
use rapport::measure::trend::{TrendPoint, known_error_trend, mann_kendall};
use rapport::measure::{Confidence, Interval};

const LEVEL: Confidence = Confidence::NINETY_FIVE;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

fn near_interval(a: Option<Interval>, b: Option<Interval>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => near(a.low, b.low) && near(a.high, b.high),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Scores as an index produces them.
fn scores(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(
        (0..=24_u8).prop_map(|step| f64::from(step) * 100.0 / 24.0),
        2..most,
    )
}

/// Answers of some people to six five-point items, with gaps.
fn rows() -> impl Strategy<Value = Vec<Vec<Option<u8>>>> {
    let row = prop::collection::vec(prop::option::weighted(0.9, 1..=5_u8), 6);
    prop::collection::vec(row, 3..40)
}

fn form(reverse: bool) -> IndexForm {
    let item = |column| ItemKey {
        column,
        points: 5,
        reverse,
    };
    IndexForm::new(
        vec![(0..3).map(item).collect(), (3..6).map(item).collect()],
        None,
        None,
    )
    .unwrap()
}

fn people(scores: &[f64], more: u64) -> u64 {
    u64::try_from(scores.len()).unwrap() + more
}

proptest! {
    #[test]
    fn the_order_of_respondents_changes_nothing(
        scores in scores(60), more in 0..200_u64, turn in 0..60_usize,
    ) {
        let mut turned = scores.clone();
        turned.rotate_left(turn % scores.len());
        turned.reverse();
        let a = group_mean(&scores, people(&scores, more), LEVEL).unwrap();
        let b = group_mean(&turned, people(&scores, more), LEVEL).unwrap();

        prop_assert!(near(a.mean, b.mean));
        prop_assert_eq!(a.interval_kind, b.interval_kind);
        prop_assert!(near_interval(a.interval, b.interval));
    }

    #[test]
    fn the_interval_holds_the_mean_and_stays_on_the_scale(scores in scores(60), more in 0..200_u64) {
        let e = group_mean(&scores, people(&scores, more), LEVEL).unwrap();

        if let Some(interval) = e.interval {
            prop_assert!(interval.contains(e.mean));
            prop_assert!(interval.low >= 0.0 && interval.high <= 100.0);
        }
    }

    #[test]
    fn reversing_every_item_mirrors_level_interval_and_change(rows in rows(), more in 0..50_u64) {
        let of = |reverse| -> Vec<f64> {
            rows.iter().filter_map(|row| form(reverse).index_score(row)).collect()
        };
        let (plain, mirrored) = (of(false), of(true));
        prop_assume!(plain.len() > 2);
        let a = group_mean(&plain, people(&plain, more), LEVEL).unwrap();
        let b = group_mean(&mirrored, people(&plain, more), LEVEL).unwrap();

        prop_assert!(near(a.mean, 100.0 - b.mean));
        prop_assert_eq!(a.se.is_some(), b.se.is_some());
        let mirror = b.interval.map(|i| Interval { low: 100.0 - i.high, high: 100.0 - i.low });
        prop_assert!(near_interval(a.interval, mirror));
    }

    #[test]
    fn alpha_does_not_care_for_units_or_for_reversing_every_item(rows in rows()) {
        let columns = |f: fn(f64) -> f64| -> Vec<Vec<Option<f64>>> {
            (0..6).map(|c| rows.iter().map(|row| row[c].map(|raw| f(f64::from(raw)))).collect()).collect()
        };
        let of = |f| cronbach_alpha(&columns(f), Missing::Pairwise, LEVEL).map(|a| a.alpha);

        match (of(|x| x), of(|x| 25.0 * x - 25.0), of(|x| 6.0 - x)) {
            (Ok(a), Ok(b), Ok(c)) => prop_assert!(near(a, b) && near(a, c)),
            (a, b, c) => prop_assert!(a == b && b == c),
        }
    }

    #[test]
    fn a_stratum_split_in_proportion_leaves_the_mean(scores in scores(30), other in scores(30), times in 1..5_u64) {
        let twice: Vec<f64> = scores.iter().chain(&scores).copied().collect();
        let n = people(&scores, 0) * times;
        let whole = [Stratum { people: 2 * n, scores: &twice }, Stratum { people: people(&other, 3), scores: &other }];
        let split = [
            Stratum { people: n, scores: &scores },
            Stratum { people: n, scores: &scores },
            Stratum { people: people(&other, 3), scores: &other },
        ];

        let a = stratified_mean(&whole, LEVEL).unwrap();
        let b = stratified_mean(&split, LEVEL).unwrap();

        prop_assert!(near(a.mean, b.mean));
        prop_assert_eq!((a.people, a.respondents), (b.people, b.respondents));
    }

    #[test]
    fn weights_times_a_constant_change_nothing(
        scores in scores(30), factor in 1e-6..1e6_f64, seed in prop::collection::vec(1..9_u8, 30),
    ) {
        let weights: Vec<f64> = scores.iter().zip(&seed).map(|(_, w)| f64::from(*w)).collect();
        let scaled: Vec<f64> = weights.iter().map(|w| w * factor).collect();
        let of = |weights: &[f64]| {
            let stratum = WeightedStratum { people: people(&scores, 20), scores: &scores, weights };
            weighted_mean(&[stratum], LEVEL).unwrap()
        };
        let (a, b) = (of(&weights), of(&scaled));

        prop_assert!(near(a.mean, b.mean) && near(a.weight_deff, b.weight_deff));
        prop_assert!(near_interval(a.interval, b.interval));
    }

    #[test]
    fn equal_weights_are_no_weights(scores in scores(30), more in 1..99_u64) {
        let weights = vec![3.5; scores.len()];
        let n = people(&scores, more);
        let a = group_mean(&scores, n, LEVEL).unwrap();
        let stratum = WeightedStratum { people: n, scores: &scores, weights: &weights };
        let b = weighted_mean(&[stratum], LEVEL).unwrap();

        prop_assert!(near(a.mean, b.mean));
        prop_assert!(near_interval(a.interval, b.interval));
    }

    #[test]
    fn relabelling_agencies_leaves_both_state_figures(
        agencies in prop::collection::vec((2..40_u64, 0..100_u64, 0.0..100.0_f64, 1.0..40.0_f64), 1..20),
    ) {
        let list: Vec<AgencyMean> = agencies
            .iter()
            .map(|(n, more, mean, sd)| AgencyMean { people: n + more, respondents: *n, mean: *mean, sd: Some(*sd) })
            .collect();
        let mut relabelled = list.clone();
        relabelled.reverse();
        let means = |list: &[AgencyMean]| list.iter().map(|a| a.mean).collect::<Vec<_>>();

        let a = employee_weighted_mean(&list, LEVEL).unwrap();
        let b = employee_weighted_mean(&relabelled, LEVEL).unwrap();

        prop_assert!(near(a.mean, b.mean) && near_interval(a.interval, b.interval));
        prop_assert_eq!(median_agency(&means(&list)), median_agency(&means(&relabelled)));
    }

    #[test]
    fn a_change_read_backwards_has_the_other_sign_and_the_same_p(x in scores(40), y in scores(40)) {
        let (x, y) = (Sample::of(&x).unwrap(), Sample::of(&y).unwrap());
        match (welch(x, y, LEVEL), welch(y, x, LEVEL)) {
            (Ok(a), Ok(b)) => {
                prop_assert!(near(a.difference, -b.difference) && near(a.p, b.p));
                prop_assert!(near(a.hedges_g, -b.hedges_g));
                prop_assert!((0.0..=1.0).contains(&a.p));
            }
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn a_trend_in_other_units_has_the_same_p(
        values in prop::collection::vec(0.0..100.0_f64, 3..12), unit in 0.01..100.0_f64, start in -50.0..50.0_f64,
    ) {
        let points = |unit: f64, start: f64| -> Vec<TrendPoint> {
            (0_u8..).zip(&values).map(|(at, value)| TrendPoint { time: start + unit * f64::from(at), value: *value, se: 2.0 }).collect()
        };
        let a = known_error_trend(&points(1.0, 0.0), LEVEL).unwrap();
        let b = known_error_trend(&points(unit, start), LEVEL).unwrap();

        prop_assert!((a.slope - b.slope * unit).abs() < 1e-6);
        prop_assert!((a.p - b.p).abs() < 1e-6 && (a.q - b.q).abs() < 1e-6);
    }

    #[test]
    fn mann_kendall_sees_only_the_order(values in prop::collection::vec(0..50_u8, 4..12)) {
        let plain: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
        let bent: Vec<f64> = plain.iter().map(|v| v.exp().ln_1p() * 7.0).collect();
        let backwards: Vec<f64> = plain.iter().rev().copied().collect();

        if let Ok(a) = mann_kendall(&plain) {
            prop_assert!(near(a.p, mann_kendall(&bent).unwrap().p));
            prop_assert!(near(a.s, -mann_kendall(&backwards).unwrap().s));
        }
    }

    #[test]
    fn adjusted_p_values_keep_their_order_and_never_fall(p in prop::collection::vec(0.0..=1.0_f64, 1..40)) {
        let family: Vec<Option<f64>> = p.iter().copied().map(Some).collect();
        for by in [Adjustment::BenjaminiHochberg, Adjustment::BenjaminiYekutieli, Adjustment::Holm, Adjustment::Hochberg, Adjustment::Bonferroni] {
            let adjusted: Vec<f64> = adjust(&family, by).unwrap().into_iter().flatten().collect();
            prop_assert_eq!(adjusted.len(), p.len());
            for (raw, own) in p.iter().zip(&adjusted) {
                prop_assert!(own >= raw && *own <= 1.0);
                for (other, theirs) in p.iter().zip(&adjusted) {
                    prop_assert!(raw >= other || own <= theirs);
                }
            }
        }
    }

    #[test]
    fn a_test_that_is_not_there_does_not_count(p in prop::collection::vec(0.0..=1.0_f64, 1..20), at in 0..20_usize) {
        let family: Vec<Option<f64>> = p.iter().copied().map(Some).collect();
        let mut gapped = family.clone();
        gapped.insert(at.min(p.len()), None);

        let mut adjusted = adjust(&gapped, Adjustment::BenjaminiHochberg).unwrap();

        prop_assert_eq!(adjusted.remove(at.min(p.len())), None);
        prop_assert_eq!(adjusted, adjust(&family, Adjustment::BenjaminiHochberg).unwrap());
    }

    #[test]
    fn counting_the_others_mirrors_every_interval_of_a_share(n in 1..400_u64, x in 0..400_u64, more in 0..200_u64) {
        let x = x.min(n);
        let (a, b) = (Share::new(x, n).unwrap(), Share::new(n - x, n).unwrap());
        let mirrored = |i: Interval| Some(Interval { low: 1.0 - i.high, high: 1.0 - i.low });
        for of in [Share::wilson, Share::wilson_corrected, Share::clopper_pearson, Share::jeffreys, Share::wald] {
            prop_assert!(near_interval(Some(of(a, LEVEL)), mirrored(of(b, LEVEL))));
            prop_assert!(of(a, LEVEL).contains(a.value()) || n == 1 || x == 0 || x == n);
        }
        let exact = hypergeometric(n + more, n, x, LEVEL).unwrap();
        let other = hypergeometric(n + more, n, n - x, LEVEL).unwrap();
        prop_assert!(near_interval(Some(exact), mirrored(other)));
    }
}
