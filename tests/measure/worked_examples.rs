//! Examples with published answers: the UK Civil Service People Survey's technical guide 2014
//! (Open Government Licence v3.0), and the worked figures of our method page.

use rapport::measure::change::{Sample, Verdict, VerdictRule, minimum_detectable_change, welch};
use rapport::measure::proportion;
use rapport::measure::published::{index_of_shares, percentage};
use rapport::measure::rounding::{rounded, rounded_difference};
use rapport::measure::scoring::{IndexForm, ItemKey, Standings};
use rapport::measure::trend::{Scale, TrendPoint, known_error_trend, mann_kendall};
use rapport::measure::{Confidence, descriptives::Moments};

use super::assert_close;

fn five_point(columns: std::ops::Range<usize>) -> Vec<ItemKey> {
    columns
        .map(|column| ItemKey {
            column,
            points: 5,
            reverse: false,
        })
        .collect()
}

#[test]
fn answers_of_100_75_75_50_25_make_an_index_of_65() {
    let form = IndexForm::new(vec![five_point(0..5)], None, None).unwrap();

    let index = form.index_score(&[Some(5), Some(4), Some(4), Some(3), Some(2)]);

    assert_eq!(index, Some(65.0));
}

#[test]
fn ten_persons_of_the_guide_have_a_mean_index_of_53() {
    let persons = [65.0, 25.0, 70.0, 35.0, 50.0, 100.0, 90.0, 40.0, 20.0, 35.0];

    assert_eq!(Moments::of(&persons).unwrap().mean, 53.0);
}

#[test]
fn published_shares_reproduce_the_published_index() {
    assert_close(
        index_of_shares(&[10.0, 40.0, 10.0, 16.0, 24.0]).unwrap(),
        49.0,
        1e-12,
    );
    // These add up to 102, as published; the index is taken from them as they stand.
    assert_close(
        index_of_shares(&[22.0, 28.0, 34.0, 12.0, 6.0]).unwrap(),
        63.0,
        1e-12,
    );
}

#[test]
fn positive_shares_are_added_as_counts_and_rounded_last() {
    let shares: Vec<f64> = [103, 166, 176, 96, 24]
        .iter()
        .map(|count| rounded(percentage(*count, 565).unwrap(), 0))
        .collect();

    assert_eq!(shares, [18.0, 29.0, 31.0, 17.0, 4.0]);
    assert_eq!(rounded(percentage(103 + 166, 565).unwrap(), 0), 48.0);
}

#[test]
fn a_difference_is_rounded_from_unrounded_values() {
    assert_eq!(rounded(52.952, 0), 53.0);
    assert_eq!(rounded(58.495, 0), 58.0);
    assert_eq!(rounded_difference(52.952, 58.495, 0), -6.0);
}

#[test]
fn hypergeometric_intervals_match_the_table_of_the_method() {
    let table = [
        ((50, 30, 18), (0.48, 0.70)),
        ((15, 10, 9), (11.0 / 15.0, 14.0 / 15.0)),
        ((20, 12, 0), (0.0, 0.15)),
        ((200, 120, 52), (0.375, 0.49)),
        ((50, 40, 12), (0.24, 0.38)),
    ];
    for ((people, n, x), (low, high)) in table {
        let interval = proportion::hypergeometric(people, n, x, Confidence::NINETY_FIVE).unwrap();

        assert_close(interval.low, low, 1e-12);
        assert_close(interval.high, high, 1e-12);
    }
}

#[test]
fn the_trend_example_of_the_method_comes_out_to_the_last_printed_digit() {
    let values = [61.2, 60.5, 63.1, 64.0, 66.2];
    let errors = [2.1, 2.0, 1.8, 1.9, 1.7];
    let points: Vec<TrendPoint> = (0..5_u8)
        .zip(values.iter().zip(errors))
        .map(|(time, (value, se))| TrendPoint {
            time: time.into(),
            value: *value,
            se,
        })
        .collect();

    let trend = known_error_trend(&points, Confidence::NINETY_FIVE).unwrap();

    assert_close(trend.slope, 1.39479, 5e-6);
    assert_close(trend.se, 0.60105, 5e-6);
    assert_close(trend.q, 0.63188, 5e-6);
    assert_eq!(trend.scale, Scale::Known);
}

#[test]
fn a_scattered_trend_is_widened_and_judged_by_t() {
    let points: Vec<TrendPoint> = [(0.0, 50.0), (1.0, 70.0), (2.0, 40.0), (3.0, 75.0)]
        .map(|(time, value)| TrendPoint { time, value, se: 1.0 })
        .to_vec();

    let trend = known_error_trend(&points, Confidence::NINETY_FIVE).unwrap();

    assert_eq!(trend.scale, Scale::Widened);
    assert_close(trend.se, trend.se_known * (trend.q / 2.0).sqrt(), 1e-12);
    assert_close(
        trend.interval.width() / (2.0 * trend.se),
        4.302_652_729_911_275,
        1e-9,
    );
}

#[test]
fn four_rounds_can_never_reach_five_per_cent_by_mann_kendall() {
    let p = mann_kendall(&[60.0, 61.0, 62.0, 63.0]).unwrap().p;

    assert_close(p, 1.0 / 12.0, 1e-12);
}

#[test]
fn thirty_respondents_with_a_spread_of_20_can_detect_14_and_a_half_points() {
    assert_eq!(rounded(minimum_detectable_change(20.0, 30).unwrap(), 1), 14.5);
}

#[test]
fn favourable_starts_at_75_and_unfavourable_ends_at_25() {
    let standings = Standings::of(&[75.0, 74.9, 25.1, 25.0, 100.0, 0.0, 50.0]);

    assert_eq!(
        (standings.favourable, standings.neutral, standings.unfavourable),
        (2, 3, 2)
    );
}

#[test]
fn a_person_needs_two_thirds_of_the_items_and_all_dimensions_but_one() {
    // The trust index: three facets of three.
    let form = IndexForm::new(
        vec![five_point(0..3), five_point(3..6), five_point(6..9)],
        None,
        None,
    )
    .unwrap();
    assert_eq!((form.min_items, form.min_dimensions), (6, 2));

    let six_in_two = [5, 5, 5, 3, 3, 3, 0, 0, 0].map(|raw| (raw > 0).then_some(raw));
    let six_in_one_and_bits = [5, 5, 5, 3, 0, 0, 3, 0, 0].map(|raw| (raw > 0).then_some(raw));
    let five = [5, 5, 0, 3, 3, 0, 3, 0, 0].map(|raw| (raw > 0).then_some(raw));

    assert_eq!(form.index_score(&six_in_two), Some(75.0));
    assert_eq!(form.index_score(&six_in_one_and_bits), None);
    assert_eq!(form.index_score(&five), None);
    // Half of three items, rounded up, is two.
    assert_eq!(form.dimension_scores(&five), [Some(100.0), Some(50.0), None]);
}

#[test]
fn a_verdict_needs_both_certainty_and_size() {
    let rule = VerdictRule::default();

    assert_eq!(rule.judge(5.0, 0.049), Verdict::Up);
    assert_eq!(rule.judge(-5.0, 0.049), Verdict::Down);
    assert_eq!(rule.judge(4.99, 0.0001), Verdict::NoDetectableChange);
    assert_eq!(rule.judge(20.0, 0.05), Verdict::NoDetectableChange);
    assert_eq!(rule.judge(f64::NAN, 0.0), Verdict::NoDetectableChange);
    assert_eq!(rule.judge(20.0, f64::NAN), Verdict::NoDetectableChange);
}

#[test]
fn welch_agrees_with_a_textbook_pair() {
    // R: t.test(c(1,2,3,4,5), c(2,4,6,8)): t = -1.3693, df = 4.6154, p = 0.2338
    let first = Sample::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
    let second = Sample::of(&[2.0, 4.0, 6.0, 8.0]).unwrap();

    let change = welch(first, second, Confidence::NINETY_FIVE).unwrap();

    assert_close(change.difference, -2.0, 1e-12);
    assert_close(change.t, -2.0 / (0.5_f64 + 5.0 / 3.0).sqrt(), 1e-12);
}
