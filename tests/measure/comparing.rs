//! Comparing agencies: may they be averaged, may they be ranked?

use rapport::measure::change::Sample;
use rapport::measure::ranking::{RankInterval, rank_intervals};
use rapport::measure::reliability::agreement::{intraclass, within_group_agreement};
use rapport::measure::{Confidence, Undefined};

use super::assert_close;

fn agency(mean: f64) -> Sample {
    Sample {
        n: 40,
        mean,
        sd: 15.0,
    }
}

#[test]
fn intraclass_correlations_follow_the_analysis_of_variance() {
    // Means 2, 5, 8; MSB = 27, MSW = 1, three a group.
    let groups: [&[f64]; 3] = [&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], &[7.0, 8.0, 9.0]];

    let icc = intraclass(&groups).unwrap();

    assert_close(icc.single, 26.0 / 29.0, 1e-12);
    assert_close(icc.mean, 26.0 / 27.0, 1e-12);
}

#[test]
fn groups_of_one_have_no_agreement_to_speak_of() {
    let groups: [&[f64]; 3] = [&[1.0], &[2.0], &[]];

    assert_eq!(
        intraclass(&groups),
        Err(Undefined::TooFew { given: 2, needed: 2 })
    );
}

#[test]
fn agreement_is_full_without_variance_and_none_against_even_answers() {
    assert_eq!(within_group_agreement(&[0.0, 0.0], 5), Ok(1.0));
    assert_eq!(within_group_agreement(&[2.0, 2.0], 5), Ok(0.0));
    // q = 0.5: 3 x 0.5 / (3 x 0.5 + 0.5)
    assert_close(within_group_agreement(&[1.0, 1.0, 1.0], 5).unwrap(), 0.75, 1e-12);
}

#[test]
fn agencies_far_apart_have_one_rank_each() {
    let ranking = rank_intervals(
        &[agency(40.0), agency(80.0), agency(60.0)],
        Confidence::NINETY_FIVE,
    )
    .unwrap();

    let ranks = [3, 1, 2].map(|rank| RankInterval {
        best: rank,
        worst: rank,
    });
    assert_eq!(ranking.intervals, ranks);
    assert!(ranking.shown);
}

#[test]
fn agencies_that_cannot_be_told_apart_have_every_rank_and_no_ranking() {
    let ranking = rank_intervals(
        &[agency(60.0), agency(61.0), agency(62.0), agency(60.5)],
        Confidence::NINETY_FIVE,
    )
    .unwrap();

    assert!(ranking.intervals.iter().all(|i| (i.best, i.worst) == (1, 4)));
    assert!(!ranking.shown);
}
