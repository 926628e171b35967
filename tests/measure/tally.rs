//! Tallies: the same figures as scoring person by person in floating point, and the same bits in any order.

#![expect(clippy::as_conversions, reason = "counts of test data are small")]

use std::num::NonZero;

use proptest::prelude::*;
use rapport::measure::change::{Sample, welch};
use rapport::measure::descriptives::Moments;
use rapport::measure::estimate::{
    Stratum, WeightClass, WeightedStratum, class_weighted_mean, group_mean, poststratified_mean,
    stratified_mean, weighted_mean,
};
use rapport::measure::parallel::Workers;
use rapport::measure::scoring::{IndexForm, ItemKey, Standings};
use rapport::measure::state::{AgencyMean, employee_weighted_mean};
use rapport::measure::tally::{Columns, Grouping, Scorer, Tally, UnevenRecords, tally_groups};
use rapport::measure::weights::CellRule;
use rapport::measure::{Confidence, Undefined};

const LEVEL: Confidence = Confidence::NINETY_FIVE;
const GROUPS: u32 = 5;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

/// Any form of up to four dimensions of up to six items, on scales of two to eleven points.
fn form() -> impl Strategy<Value = IndexForm> {
    let item = (2..=11_u8, any::<bool>());
    let dimensions = prop::collection::vec(prop::collection::vec(item, 1..=6), 1..=4);
    (
        dimensions,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(dimensions, items, parts)| {
            let mut column = 0;
            let mut keyed = |(points, reverse)| {
                column += 1;
                ItemKey {
                    column: column - 1,
                    points,
                    reverse,
                }
            };
            let dimensions: Vec<Vec<ItemKey>> = dimensions
                .into_iter()
                .map(|dimension| dimension.into_iter().map(&mut keyed).collect())
                .collect();
            let (all, count) = (dimensions.iter().map(Vec::len).sum(), dimensions.len());
            IndexForm::new(
                dimensions,
                Some(1 + items.index(all)),
                Some(1 + parts.index(count)),
            )
            .unwrap()
        })
}

/// Records of 24 bytes, each with the group of its person. Most bytes are points of most scales.
fn people() -> impl Strategy<Value = Vec<(Vec<u8>, u32)>> {
    let byte = prop_oneof![8 => 1..=5_u8, 2 => 0..=12_u8, 1 => Just(255_u8)];
    // One group beyond the last: such rows are left out.
    prop::collection::vec((prop::collection::vec(byte, 24), 0..=GROUPS), 0..60)
}

fn tally_of(scorer: &Scorer, people: &[(Vec<u8>, u32)], group: u32) -> Tally {
    let mut tally = Tally::new(scorer.grain());
    for (record, _) in people.iter().filter(|(_, own)| *own == group) {
        if let Some(scored) = scorer.read(record) {
            tally.add(scored);
        }
    }
    tally
}

fn columnwise(scorer: &Scorer, people: &[(Vec<u8>, u32)], threads: usize) -> Vec<Tally> {
    let bytes: Vec<u8> = people.iter().flat_map(|(record, _)| record).copied().collect();
    let columns = Columns::of_records(&bytes, 24).unwrap();
    let of_row: Vec<u32> = people.iter().map(|(_, group)| *group).collect();
    let grouping = Grouping {
        of_row: &of_row,
        groups: GROUPS as usize,
    };
    let workers = Workers::new(NonZero::new(threads).unwrap());
    tally_groups(std::slice::from_ref(scorer), &columns, grouping, workers)
        .unwrap()
        .remove(0)
}

proptest! {
    #[test]
    fn a_scorer_scores_like_the_definition(form in form(), people in people()) {
        let scorer = Scorer::new(&form);
        for (record, _) in &people {
            let row: Vec<Option<u8>> = record.iter().copied().map(Some).collect();
            let scored = scorer.read(record);
            match (scored, form.index_score(&row)) {
                (Some(scored), Some(score)) => {
                    let distance = (scorer.grain().score(scored.steps) - score).abs();
                    let within = if scorer.grain().is_exact() { 1e-10 } else { 1e-7 };
                    prop_assert!(distance < within);
                    prop_assert_eq!(scored.complete, form.is_complete(&row));
                }
                (scored, score) => prop_assert_eq!(scored.is_some(), score.is_some()),
            }
        }
    }

    #[test]
    fn moments_and_standings_are_those_of_the_list_of_scores(form in form(), people in people()) {
        let scorer = Scorer::new(&form);
        let rows = people.iter().map(|(record, _)| record.iter().copied().map(Some).collect::<Vec<_>>());
        let scores: Vec<f64> = rows.clone().filter_map(|row| form.index_score(&row)).collect();
        let complete: Vec<f64> =
            rows.filter(|row| form.is_complete(row)).filter_map(|row| form.index_score(&row)).collect();
        let tallies: Vec<Tally> = (0..=GROUPS).map(|group| tally_of(&scorer, &people, group)).collect();
        let all = Tally::together(&tallies).unwrap().unwrap();

        prop_assert_eq!(all.standings(), Standings::of(&scores));
        for (tallied, listed) in [(all.moments(), Moments::of(&scores)), (all.complete_moments(), Moments::of(&complete))] {
            match (tallied, listed) {
                (Ok(a), Ok(b)) => {
                    prop_assert_eq!(a.n, b.n);
                    prop_assert!((a.mean - b.mean).abs() < 1e-7 && (a.squares - b.squares).abs() < 1e-5 * (1.0 + b.squares));
                }
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }

    #[test]
    fn columns_threads_and_the_order_of_people_change_no_bit(
        form in form(), people in people(), turn in 0..60_usize, threads in 1..5_usize,
    ) {
        let scorer = Scorer::new(&form);
        let one_by_one: Vec<Tally> = (0..GROUPS).map(|group| tally_of(&scorer, &people, group)).collect();
        let mut turned = people.clone();
        turned.rotate_left(turn.min(people.len()));
        turned.reverse();

        prop_assert_eq!(&columnwise(&scorer, &people, 1), &one_by_one);
        prop_assert_eq!(&columnwise(&scorer, &turned, threads), &one_by_one);
        for (a, b) in columnwise(&scorer, &turned, threads).iter().zip(&one_by_one) {
            prop_assert_eq!(group_mean(a, 1000, LEVEL), group_mean(b, 1000, LEVEL));
        }
    }

    #[test]
    fn a_tally_is_estimated_like_its_list_of_scores(people in people(), more in 0..40_u64) {
        let form = trust();
        let scorer = Scorer::new(&form);
        let lists: Vec<Vec<f64>> = (0..GROUPS).map(|group| {
            let own = people.iter().filter(|(_, of)| *of == group);
            own.filter_map(|(record, _)| scorer.read(record)).map(|s| scorer.grain().score(s.steps)).collect()
        }).collect();
        let tallies: Vec<Tally> = (0..GROUPS).map(|group| tally_of(&scorer, &people, group)).collect();
        let size = |list: &Vec<f64>| list.len() as u64 + more;
        let listed: Vec<Stratum> = lists.iter().map(|list| Stratum { people: size(list), scores: &list[..] }).collect();
        let tallied: Vec<Stratum<Tally>> =
            tallies.iter().zip(&lists).map(|(tally, list)| Stratum { people: size(list), scores: tally }).collect();

        for (a, b) in [
            (stratified_mean(&listed, LEVEL), stratified_mean(&tallied, LEVEL)),
            (poststratified_mean(&listed, CellRule::default(), LEVEL), poststratified_mean(&tallied, CellRule::default(), LEVEL)),
        ] {
            match (a, b) {
                (Ok(a), Ok(b)) => {
                    prop_assert!(near(a.mean, b.mean) && near(a.se.unwrap_or(-1.0), b.se.unwrap_or(-1.0)));
                    prop_assert_eq!((a.respondents, a.people, a.collapsed, a.interval_kind), (b.respondents, b.people, b.collapsed, b.interval_kind));
                }
                (a, b) => prop_assert_eq!(a, b),
            }
        }
        let agencies: Vec<AgencyMean> =
            tallies.iter().zip(&lists).filter_map(|(tally, list)| AgencyMean::of(size(list), tally)).collect();
        let by_strata: Vec<Stratum<Tally>> = tallied.iter().filter(|s| s.scores.n() > 1).copied().collect();
        if agencies.len() == by_strata.len() && !agencies.is_empty() {
            let state = employee_weighted_mean(&agencies, LEVEL).unwrap();
            let strata = stratified_mean(&by_strata, LEVEL).unwrap();
            prop_assert!(near(state.mean, strata.mean) && near(state.se.unwrap_or(0.0), strata.se.unwrap_or(0.0)));
        }
    }

    #[test]
    fn classes_of_equal_weight_are_estimated_like_their_members(
        people in people(), weights in prop::collection::vec(1..9_u8, GROUPS as usize), more in 1..40_u64,
    ) {
        let scorer = Scorer::new(&trust());
        let tallies: Vec<Tally> = (0..GROUPS).map(|group| tally_of(&scorer, &people, group)).collect();
        // Classes 0 and 1 are one stratum, 2 to 4 the other.
        let stratum = |class: usize| usize::from(class > 1);
        let mut members = [(vec![], vec![]), (vec![], vec![])];
        for (record, group) in &people {
            let (class, scored) = (*group as usize, scorer.read(record));
            if let (Some(weight), Some(scored)) = (weights.get(class), scored) {
                let own = &mut members[stratum(class)];
                own.0.push(scorer.grain().score(scored.steps));
                own.1.push(f64::from(*weight));
            }
        }
        let sizes: Vec<u64> = members.iter().map(|(scores, _)| scores.len() as u64 + more).collect();
        let strata: Vec<WeightedStratum> = members.iter().zip(&sizes)
            .map(|((scores, weights), people)| WeightedStratum { people: *people, scores, weights }).collect();
        let classes: Vec<WeightClass> = tallies.iter().zip(&weights).enumerate()
            .map(|(class, (tally, weight))| WeightClass { stratum: stratum(class), weight: f64::from(*weight), tally }).collect();

        match (weighted_mean(&strata, LEVEL), class_weighted_mean(&sizes, &classes, LEVEL)) {
            (Ok(a), Ok(b)) => {
                prop_assert!(near(a.mean, b.mean) && near(a.weight_deff, b.weight_deff));
                prop_assert!(near(a.se.unwrap_or(0.0), b.se.unwrap_or(0.0)));
            }
            (a, b) => prop_assert_eq!(a, b),
        }
    }
}

/// Nine five-point items in three dimensions, the last of each reversed.
fn trust() -> IndexForm {
    let item = |column: usize| ItemKey {
        column,
        points: 5,
        reverse: column % 3 == 2,
    };
    let dimension = |first: usize| (first..first + 3).map(item).collect();
    IndexForm::new(vec![dimension(0), dimension(3), dimension(6)], None, None).unwrap()
}

#[test]
fn the_trust_index_moves_in_steps_of_a_144th() {
    let scorer = Scorer::new(&trust());
    assert_eq!((scorer.grain().steps(), scorer.grain().is_exact()), (144, true));

    let everything = scorer.read(&[5, 5, 1, 5, 5, 1, 5, 5, 1]).unwrap();
    assert_eq!((everything.steps, everything.complete), (144, true));
    // Dimensions at 100, 75 and (two of three answered) 50.
    let some = scorer.read(&[5, 5, 1, 4, 4, 2, 3, 3, 0]).unwrap();
    assert_eq!((some.steps, some.complete), (108, false));
    assert_eq!(
        scorer.read(&[5, 5, 1, 4, 4, 0, 0, 0, 255]),
        None,
        "five of nine are too few"
    );
    assert_eq!(scorer.read(&[5, 5]), None, "a short record has no more answers");
}

#[test]
fn a_form_with_an_absurd_fraction_is_rounded_and_says_so() {
    let item = |column| ItemKey {
        column,
        points: 5,
        reverse: false,
    };
    let form = IndexForm::new(vec![(0..24).map(item).collect()], Some(12), None).unwrap();
    let scorer = Scorer::new(&form);

    assert!(!scorer.grain().is_exact());
    assert_eq!(
        scorer.method().parameters.get("scores").unwrap(),
        "rounded to a step"
    );
    let mut record = vec![4; 24];
    record[..11].fill(0);
    assert_eq!(scorer.read(&record).map(|s| s.steps), Some(750_000_000));
    assert_eq!(Scorer::new(&trust()).method().parameters.get("scores"), None);
}

#[test]
fn equal_scores_have_no_spread_at_all_and_the_best_is_exactly_100() {
    let scorer = Scorer::new(&trust());
    let mut tally = Tally::new(scorer.grain());
    for _ in 0..1_000_003 {
        tally.add(scorer.read(&[5, 5, 1, 5, 5, 1, 5, 5, 1]).unwrap());
    }
    let moments = tally.moments().unwrap();

    assert_eq!(
        (moments.n, moments.mean, moments.squares),
        (1_000_003, 100.0, 0.0)
    );
    assert_eq!(tally.complete(), 1_000_003);
}

#[test]
fn tallies_compare_two_rounds_like_lists_do() {
    let scorer = Scorer::new(&trust());
    let round = |answers: &[u8]| {
        let records = answers.iter().map(|raw| vec![*raw; 9]);
        let scored: Vec<_> = records.filter_map(|record| scorer.read(&record)).collect();
        let list: Vec<f64> = scored.iter().map(|s| scorer.grain().score(s.steps)).collect();
        let mut tally = Tally::new(scorer.grain());
        scored.into_iter().for_each(|scored| tally.add(scored));
        (tally.sample().unwrap(), Sample::of(&list).unwrap())
    };
    let ((a, x), (b, y)) = (round(&[1, 2, 3, 5, 5]), round(&[2, 2, 4, 5]));

    let (tallied, listed) = (welch(a, b, LEVEL).unwrap(), welch(x, y, LEVEL).unwrap());

    super::assert_close(tallied.p, listed.p, 1e-12);
    super::assert_close(tallied.difference, listed.difference, 1e-12);
}

#[test]
fn tallies_in_different_steps_are_refused_and_so_are_half_records() {
    let one = ItemKey {
        column: 0,
        points: 5,
        reverse: false,
    };
    let other = IndexForm::new(vec![vec![one]], None, None).unwrap();
    let mut a = Tally::new(Scorer::new(&trust()).grain());
    let b = Tally::new(Scorer::new(&other).grain());

    assert_eq!(a.merge(&b), Err(Undefined::DifferentSteps { one: 144, other: 4 }));
    assert_eq!(
        Columns::of_records(&[1, 2, 3], 2),
        Err(UnevenRecords::Remainder { bytes: 3, width: 2 })
    );
    assert!(matches!(
        Columns::new(vec![vec![1], vec![]]),
        Err(UnevenRecords::Column { column: 1, .. })
    ));
    assert_eq!(
        Tally::new(Scorer::new(&other).grain()).moments(),
        Err(Undefined::EmptyGroup)
    );
    assert_eq!(AgencyMean::of_share(10, 3, 4), None);
}
