//! The columnar kernels against the general functions, which are checked against R (`tests/golden`).

#![expect(clippy::as_conversions, reason = "counts of test data are small")]

use std::num::NonZero;

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rapport::measure::drivers::{
    AgencySample, DriverTable, Importance, Resamples, Rule, centre_within, importance, lmg, relative_weights,
};
use rapport::measure::estimate::{WeightedStratum, tallied_weighted_mean, weighted_mean};
use rapport::measure::numeric::t_upper_quantile;
use rapport::measure::parallel::Workers;
use rapport::measure::reliability::{Missing, cronbach_alpha, item_sums};
use rapport::measure::scoring::{IndexForm, ItemKey, item_score};
use rapport::measure::tally::{Columns, Grouping, Scorer, Tally, count_answers, tally_groups, weigh_groups};
use rapport::measure::{Confidence, Undefined};

use super::assert_close;

const LEVEL: Confidence = Confidence::NINETY_FIVE;

fn workers(threads: usize) -> Workers {
    Workers::new(NonZero::new(threads).unwrap())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

/// So many columns of answers, with the group and the weight of each row.
fn table(items: usize) -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<u32>, Vec<f64>)> {
    let byte = prop_oneof![9 => 1..=5_u8, 1 => prop_oneof![Just(0_u8), Just(255), Just(12)]];
    let row = (prop::collection::vec(byte, items), 0..4_u32, 1..100_u8);
    prop::collection::vec(row, 0..120).prop_map(move |rows| {
        let columns = (0..items)
            .map(|item| rows.iter().map(|(row, ..)| row[item]).collect())
            .collect();
        (
            columns,
            rows.iter().map(|row| row.1).collect(),
            rows.iter().map(|row| f64::from(row.2) / 32.0).collect(),
        )
    })
}

fn keys(items: usize, points: u8) -> Vec<ItemKey> {
    (0..items)
        .map(|column| ItemKey {
            column,
            points,
            reverse: column % 3 == 1,
        })
        .collect()
}

proptest! {
    #[test]
    fn alphas_from_sums_are_those_of_the_lists(
        (columns, groups, _) in prop_oneof![table(2), table(6), table(10), table(20), table(40)], threads in 1..4_usize,
    ) {
        let keys = keys(columns.len(), 5);
        let held = Columns::new(columns.clone()).unwrap();
        let sums = item_sums(&keys, &held, Grouping { of_row: &groups, groups: 3 }, workers(threads)).unwrap();
        for (group, sums) in (0..3).zip(&sums) {
            let score = |key: &ItemKey| {
                let own = columns[key.column].iter().zip(&groups).filter(|(_, of)| **of == group);
                own.map(|(raw, _)| item_score(*raw, key.points, key.reverse)).collect::<Vec<_>>()
            };
            let lists: Vec<Vec<Option<f64>>> = keys.iter().map(score).collect();
            match (sums.reliability(LEVEL), cronbach_alpha(&lists, Missing::Listwise, LEVEL)) {
                (Ok(a), Ok(b)) => {
                    prop_assert!(near(a.alpha, b.alpha) && near(a.interval.low, b.interval.low), "{a:?} against {b:?}");
                    // The root of a difference that may be zero.
                    prop_assert!((a.se - b.se).abs() < 1e-6 * (1.0 + a.alpha.abs()), "{a:?} against {b:?}");
                    prop_assert_eq!(a.complete, b.complete);
                    // With a handful of people sums cancel to nothing, and what is left is rounding of the lists.
                    for ((dropped, rest), item) in a.if_dropped.iter().zip(&a.item_rest).zip(&b.per_item).filter(|_| a.complete > 12) {
                        prop_assert!(near(dropped.unwrap_or(9.0), item.alpha_if_dropped.unwrap_or(9.0)));
                        prop_assert!(near(rest.unwrap_or(9.0), item.item_rest_r.unwrap_or(9.0)));
                    }
                }
                (a, b) => prop_assert!(a.is_err() && b.is_err(), "{a:?} against {b:?}"),
            }
        }
    }

    #[test]
    fn weighted_sums_give_the_weighted_mean_of_the_lists((columns, groups, weights) in table(6), threads in 1..4_usize) {
        let form = IndexForm::new(vec![keys(6, 5)], Some(3), Some(1)).unwrap();
        let scorer = Scorer::new(&form);
        let held = Columns::new(columns.clone()).unwrap();
        let grouping = Grouping { of_row: &groups, groups: 3 };
        let tallies = weigh_groups(std::slice::from_ref(&scorer), &held, grouping, &weights, workers(threads)).unwrap();
        let alone = weigh_groups(std::slice::from_ref(&scorer), &held, grouping, &weights, Workers::ONE).unwrap();
        prop_assert_eq!(&tallies, &alone);

        let mut lists = [const { (Vec::new(), Vec::new()) }; 3];
        for (row, (group, weight)) in groups.iter().zip(&weights).enumerate() {
            let record: Vec<u8> = columns.iter().map(|column| column[row]).collect();
            if let (Some(scored), Some(list)) = (scorer.read(&record), lists.get_mut(*group as usize)) {
                list.0.push(scorer.grain().score(scored.steps));
                list.1.push(*weight);
            }
        }
        let people = |list: &(Vec<f64>, Vec<f64>)| list.0.len() as u64 + 7;
        let strata: Vec<WeightedStratum> = lists.iter()
            .map(|list| WeightedStratum { people: people(list), scores: &list.0, weights: &list.1 }).collect();
        let tallied: Vec<_> = lists.iter().zip(&tallies[0]).map(|(list, tally)| (people(list), *tally)).collect();
        match (weighted_mean(&strata, LEVEL), tallied_weighted_mean(&tallied, LEVEL)) {
            (Ok(a), Ok(b)) => {
                prop_assert!(near(a.mean, b.mean) && near(a.weight_deff, b.weight_deff));
                prop_assert!((a.se.unwrap_or(0.0) - b.se.unwrap_or(0.0)).abs() < 1e-6 * (1e-3 + a.se.unwrap_or(0.0)));
                prop_assert_eq!((a.people, a.respondents), (b.people, b.respondents));
            }
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn answers_are_counted_group_by_group((columns, groups, _) in table(2), threads in 1..4_usize) {
        let held = Columns::new(columns.clone()).unwrap();
        let counts = count_answers(&held, 1, 5, Grouping { of_row: &groups, groups: 3 }, workers(threads)).unwrap();
        for (group, counts) in (0..3).zip(&counts) {
            for (raw, count) in (1..=5_u8).zip(counts) {
                let same = columns[1].iter().zip(&groups).filter(|(own, of)| **own == raw && **of == group);
                prop_assert_eq!(*count, same.count() as u64);
            }
        }
    }
}

#[test]
fn sums_of_products_survive_more_rows_than_sixteen_bits_hold() {
    let rows = 200_000;
    let column = |seed: usize| {
        (0..rows)
            .map(|row| (1 + (row * seed + row / 7) % 11) as u8)
            .collect::<Vec<_>>()
    };
    let columns = vec![column(3), column(5), column(7)];
    let held = Columns::new(columns.clone()).unwrap();
    let groups = vec![0; rows];
    let sums = item_sums(
        &keys(3, 11),
        &held,
        Grouping {
            of_row: &groups,
            groups: 1,
        },
        workers(2),
    )
    .unwrap();
    let scores: Vec<Vec<Option<f64>>> = keys(3, 11)
        .iter()
        .map(|key| {
            columns[key.column]
                .iter()
                .map(|raw| item_score(*raw, 11, key.reverse))
                .collect()
        })
        .collect();

    let expected = cronbach_alpha(&scores, Missing::Listwise, LEVEL).unwrap();

    assert_eq!(sums[0].complete(), 200_000);
    assert_close(sums[0].alpha().unwrap(), expected.alpha, 1e-10);
}

/// So many rows that every thread gets some.
fn long(rows: usize) -> (Columns, Vec<u32>) {
    let mut random = ChaCha12Rng::seed_from_u64(3);
    let columns = (0..6)
        .map(|_| (0..rows).map(|_| random.random_range(0..=5_u8)).collect())
        .collect();
    (
        Columns::new(columns).unwrap(),
        (0..rows).map(|_| random.random_range(0..40)).collect(),
    )
}

#[test]
fn many_rows_on_several_threads_give_the_same_bits_as_one_person_after_the_other() {
    let rows = 30_011;
    let (columns, of_row) = long(rows);
    let grouping = Grouping {
        of_row: &of_row,
        groups: 40,
    };
    let narrow = IndexForm::new(vec![keys(6, 5)], Some(3), Some(1)).unwrap();
    let wide = IndexForm::new(
        vec![keys(6, 5)[..3].to_vec(), keys(6, 5)[3..].to_vec()],
        None,
        None,
    )
    .unwrap();
    let scorers = [Scorer::new(&narrow), Scorer::new(&wide)];
    let mut expected: Vec<Vec<Tally>> = scorers
        .iter()
        .map(|scorer| vec![Tally::new(scorer.grain()); 40])
        .collect();
    for (row, group) in of_row.iter().enumerate() {
        let record: Vec<u8> = (0..6).map(|column| columns.column(column)[row]).collect();
        for (scorer, expected) in scorers.iter().zip(&mut expected) {
            scorer
                .read(&record)
                .into_iter()
                .for_each(|scored| expected[*group as usize].add(scored));
        }
    }
    let sums = item_sums(&keys(6, 5), &columns, grouping, Workers::ONE).unwrap();
    let counts = count_answers(&columns, 2, 5, grouping, Workers::ONE).unwrap();

    for threads in 1..=4 {
        assert_eq!(
            tally_groups(&scorers, &columns, grouping, workers(threads)).unwrap(),
            expected
        );
        assert_eq!(
            item_sums(&keys(6, 5), &columns, grouping, workers(threads)).unwrap(),
            sums
        );
        assert_eq!(
            count_answers(&columns, 2, 5, grouping, workers(threads)).unwrap(),
            counts
        );
    }
    let complete = |row: &usize| (0..6).all(|column| (1..=5).contains(&columns.column(column)[*row]));
    let all = (0..rows).filter(complete).count() as u64;
    assert_eq!(sums.iter().map(|sums| sums.complete()).sum::<u64>(), all);
}

#[test]
fn weighted_sums_have_the_same_bits_on_any_number_of_threads() {
    let (columns, of_row) = long(600_000);
    let weights: Vec<f64> = of_row
        .iter()
        .enumerate()
        .map(|(row, _)| 0.1 + (row % 97) as f64 / 31.0)
        .collect();
    let grouping = Grouping {
        of_row: &of_row,
        groups: 40,
    };
    let scorer = [Scorer::new(
        &IndexForm::new(vec![keys(6, 5)], Some(3), Some(1)).unwrap(),
    )];
    let alone = weigh_groups(&scorer, &columns, grouping, &weights, Workers::ONE).unwrap();

    assert_eq!(
        weigh_groups(&scorer, &columns, grouping, &weights, workers(3)).unwrap(),
        alone
    );
    let unweighted = tally_groups(&scorer, &columns, grouping, Workers::ONE).unwrap();
    assert_eq!(
        alone[0].iter().map(|group| group.tally).collect::<Vec<_>>(),
        unweighted[0]
    );
}

#[test]
fn an_index_of_one_item_and_groups_that_do_not_fit_are_refused() {
    let held = Columns::new(vec![vec![1, 2], vec![2, 3]]).unwrap();
    let fits = Grouping {
        of_row: &[0, 0],
        groups: 1,
    };
    let short = Grouping {
        of_row: &[0],
        groups: 1,
    };
    assert_eq!(
        item_sums(&keys(1, 5), &held, fits, Workers::ONE),
        Err(Undefined::TooFew { given: 1, needed: 2 })
    );
    assert_eq!(
        item_sums(&keys(2, 5), &held, short, Workers::ONE),
        Err(Undefined::UnequalLengths { left: 2, right: 1 })
    );
    let scorer = Scorer::new(&IndexForm::new(vec![keys(2, 5)], None, None).unwrap());
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let weighed = weigh_groups(
            std::slice::from_ref(&scorer),
            &held,
            fits,
            &[1.0, bad],
            Workers::ONE,
        );
        assert_eq!(weighed, Err(Undefined::BadWeights));
    }
}

#[test]
fn quantiles_of_students_t_match_forty_digits_where_the_series_takes_over() {
    // mpmath: findroot of betainc(df/2, 1/2, 0, df/(df + t^2), regularized) / 2 - tail, 40 digits.
    for (df, tail, expected) in [
        (300.0, 0.005, 2.592_316_410_847_792_4),
        (300.0, 0.025, 1.967_903_011_261_087),
        (300.0, 0.2, 0.842_821_011_161_393_7),
        (1000.0, 0.005, 2.580_754_698_065_951),
        (1000.0, 0.025, 1.962_339_080_826_408_4),
        (1000.0, 0.2, 0.841_980_822_162_428_5),
        (100_000.0, 0.025, 1.959_987_707_534_609_6),
    ] {
        assert_close(t_upper_quantile(tail, df), expected, 1e-13 * expected);
    }
    // Just below, the search answers; both must meet.
    for tail in [0.005, 0.025, 0.2] {
        let (below, above) = (t_upper_quantile(tail, 299.999_999), t_upper_quantile(tail, 300.0));
        assert_close(below, above, 1e-9);
    }
}

/// Correlated drivers of people in agencies of which the first matters most and the last not at all.
fn people(n: usize) -> (Vec<f64>, Vec<Vec<f64>>, Vec<u32>) {
    let mut random = ChaCha12Rng::seed_from_u64(11);
    let mut noise = || (0..n).map(|_| random.random::<f64>() - 0.5).collect::<Vec<_>>();
    let agency: Vec<u32> = (0..n).map(|row| (row % 7) as u32).collect();
    let shared = noise();
    let mut of = || {
        let own = noise();
        (0..n)
            .map(|row| 10.0 * f64::from(agency[row]) + shared[row] + own[row])
            .collect::<Vec<_>>()
    };
    let drivers = vec![of(), of(), noise()];
    let error = noise();
    let outcome = (0..n)
        .map(|row| 2.0 * drivers[0][row] + 0.7 * drivers[1][row] + error[row])
        .collect();
    (outcome, drivers, agency)
}

/// The people of each agency.
struct Agencies(Vec<OfAgency>);

struct OfAgency {
    outcomes: Vec<Vec<f64>>,
    drivers: Vec<Vec<f64>>,
}

impl Agencies {
    fn of(outcomes: &[&[f64]], drivers: &[Vec<f64>], agency: &[u32]) -> Self {
        let own = |values: &[f64], number: u32| {
            let rows = values.iter().zip(agency).filter(|(_, of)| **of == number);
            rows.map(|(value, _)| *value).collect::<Vec<f64>>()
        };
        let most = agency.iter().max().map_or(0, |most| most + 1);
        let of_agency = |number: u32| OfAgency {
            outcomes: outcomes.iter().map(|values| own(values, number)).collect(),
            drivers: drivers.iter().map(|values| own(values, number)).collect(),
        };
        Self((0..most).map(of_agency).collect())
    }

    fn samples(&self) -> Vec<AgencySample<'_>> {
        (0..)
            .zip(&self.0)
            .map(|(agency, of)| AgencySample {
                agency,
                outcomes: &of.outcomes,
                drivers: &of.drivers,
            })
            .collect()
    }

    fn importance(&self, rule: Rule, threads: usize) -> Importance {
        let found = importance(&self.samples(), rule, workers(threads)).unwrap();
        found.into_iter().next().unwrap().unwrap()
    }
}

#[test]
fn importance_is_johnsons_weight_of_centred_scores_and_tells_drivers_from_chance() {
    let (outcome, drivers, agency) = people(2100);
    let agencies = Agencies::of(&[&outcome], &drivers, &agency);
    let rule = Rule {
        resamples: 400,
        ..Rule::default()
    };
    let found = agencies.importance(rule, 2);

    let group: Vec<usize> = agency.iter().map(|agency| *agency as usize).collect();
    let centred: Vec<Vec<f64>> = drivers
        .iter()
        .map(|driver| centre_within(driver, &group).unwrap())
        .collect();
    let table = DriverTable::new(&centre_within(&outcome, &group).unwrap(), &centred).unwrap();
    for (driver, weight) in found.drivers.iter().zip(relative_weights(&table).unwrap()) {
        assert_close(driver.weight, weight, 1e-9);
        assert!(driver.interval.contains(weight));
    }
    assert_eq!(
        found
            .drivers
            .iter()
            .map(|driver| driver.shown)
            .collect::<Vec<_>>(),
        [true, true, false]
    );
    assert_close(found.drivers.iter().map(|driver| driver.share).sum(), 1.0, 1e-12);
    let check = lmg(&table).unwrap();
    for (share, expected) in found.check.as_ref().unwrap().iter().zip(&check.shares) {
        assert_close(*share, expected / check.shares.iter().sum::<f64>(), 1e-9);
    }
    assert_eq!((found.n, found.agencies), (2100, 7));
    for threads in [1, 3] {
        assert_eq!(agencies.importance(rule, threads), found);
    }
    assert_ne!(
        agencies.importance(Rule { seed: 2, ..rule }, 2).drivers,
        found.drivers
    );
}

#[test]
fn a_percentile_interval_is_that_of_resampled_people_scored_one_by_one() {
    // The long way: rows drawn in the same manner, weights by the general function, no sums and no neighbourhood.
    let (outcome, drivers, agency) = people(420);
    let rule = Rule {
        resamples: 600,
        ..Rule::default()
    };
    let quick = Agencies::of(&[&outcome], &drivers, &agency).importance(rule, 2);
    let mut random = ChaCha12Rng::seed_from_u64(99);
    let mut weights: Vec<Vec<f64>> = vec![Vec::new(); drivers.len()];
    for _ in 0..rule.resamples {
        let rows: Vec<usize> = (0..420)
            .map(|row| {
                let own: Vec<usize> = (0..420).filter(|other| agency[*other] == agency[row]).collect();
                own[random.random_range(0..own.len())]
            })
            .collect();
        let group: Vec<usize> = rows.iter().map(|row| agency[*row] as usize).collect();
        let pick = |values: &[f64]| {
            let drawn: Vec<f64> = rows.iter().map(|row| values[*row]).collect();
            centre_within(&drawn, &group).unwrap()
        };
        let centred: Vec<Vec<f64>> = drivers.iter().map(|driver| pick(driver)).collect();
        let table = DriverTable::new(&pick(&outcome), &centred).unwrap();
        for (all, weight) in weights.iter_mut().zip(relative_weights(&table).unwrap()) {
            all.push(weight);
        }
    }
    for (driver, all) in quick.drivers.iter().zip(&mut weights).take(2) {
        all.sort_by(f64::total_cmp);
        let (low, high) = (all[15], all[584]);
        let width = high - low;
        assert!(
            (driver.interval.low - low).abs() < 0.15 * width,
            "{driver:?} {low}"
        );
        assert!(
            (driver.interval.high - high).abs() < 0.15 * width,
            "{driver:?} {high}"
        );
    }
}

#[test]
fn the_resamples_of_agencies_add_up_to_those_of_all() {
    let (outcome, drivers, agency) = people(2100);
    let other: Vec<f64> = outcome
        .iter()
        .zip(&drivers[2])
        .map(|(a, b)| a + 30.0 * b)
        .collect();
    let agencies = Agencies::of(&[&outcome, &other], &drivers, &agency);
    let rule = Rule {
        resamples: 50,
        ..Rule::default()
    };
    let together = importance(&agencies.samples(), rule, workers(2)).unwrap();
    let mut all = Resamples::none(2, 3, rule);
    for sample in agencies.samples() {
        let mut own = Resamples::none(2, 3, rule);
        own.add(sample, Workers::ONE).unwrap();
        all.plus(&own);
    }
    assert_eq!(all.people(), 2100);
    let [first, second] = [0, 1].map(|outcome| together[outcome].clone().unwrap());
    let swapped = all.importance(&[1, 0], Workers::ONE).unwrap();
    assert_eq!(swapped, [Ok(second.clone()), Ok(first.clone())]);
    // The second outcome is mostly what the third driver says.
    assert!(!first.drivers[2].shown && second.drivers[2].shown);
}

#[test]
fn an_outcome_that_does_not_vary_has_no_drivers_and_takes_none_from_others() {
    let (outcome, drivers, agency) = people(700);
    let rule = Rule {
        resamples: 50,
        ..Rule::default()
    };
    let flat = vec![3.0; 700];
    let both = Agencies::of(&[&flat, &outcome], &drivers, &agency);
    let found = importance(&both.samples(), rule, workers(2)).unwrap();
    assert_eq!(found[0], Err(Undefined::NoVariation));
    let alone = Agencies::of(&[&outcome], &drivers, &agency).importance(rule, 2);
    assert_eq!(found[1].as_ref().unwrap().drivers, alone.drivers);
}

#[test]
fn packs_of_people_scatter_like_people() {
    let (outcome, drivers, agency) = people(6000);
    let agencies = Agencies::of(&[&outcome], &drivers, &agency);
    let rule = Rule {
        resamples: 1000,
        most_people: usize::MAX,
        ..Rule::default()
    };
    let one_by_one = agencies.importance(rule, 2);
    let packed = agencies.importance(
        Rule {
            most_people: 100,
            packs: 150,
            ..rule
        },
        2,
    );

    assert_eq!(packed.method.parameters["packs"], 7 * 150);
    for (a, b) in one_by_one.drivers.iter().zip(&packed.drivers).take(2) {
        assert_close(a.weight, b.weight, 1e-9);
        let ratio = b.interval.width() / a.interval.width();
        assert!((0.85..1.15).contains(&ratio), "{ratio}");
    }
}

#[test]
fn importance_without_enough_people_or_with_a_driver_that_repeats_another_is_refused() {
    let (outcome, drivers, agency) = people(300);
    let of = |outcome: &[f64], drivers: &[Vec<f64>], agency: &[u32]| {
        let agencies = Agencies::of(&[outcome], drivers, agency);
        importance(&agencies.samples(), Rule::default(), Workers::ONE).map(|_| ())
    };
    assert!(matches!(
        of(
            &outcome[..20],
            &drivers.iter().map(|d| d[..20].to_vec()).collect::<Vec<_>>(),
            &agency[..20]
        ),
        Err(Undefined::TooFew { .. })
    ));
    assert!(matches!(
        of(&outcome, &[], &agency),
        Err(Undefined::TooFew { .. })
    ));
    assert_eq!(
        of(&outcome, &[drivers[0].clone(), drivers[0].clone()], &agency),
        Err(Undefined::Collinear)
    );
    assert_eq!(
        of(&outcome, &[vec![1.0; 300]], &agency),
        Err(Undefined::NoVariation)
    );
    assert_eq!(
        of(&outcome, &[vec![f64::NAN; 300]], &agency),
        Err(Undefined::NotFinite)
    );
    let short = AgencySample {
        agency: 0,
        outcomes: &[outcome],
        drivers: &[drivers[0][..9].to_vec()],
    };
    assert!(matches!(
        importance(&[short], Rule::default(), Workers::ONE),
        Err(Undefined::UnequalLengths { .. })
    ));
}
