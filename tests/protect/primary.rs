//! Primary suppression, tails, counts of open rounds.

use rapport::measure::scoring::Standings;
use rapport::protect::plan::{Census, Counted, Family, Layout};
use rapport::protect::{
    Bar, Distribution, OpenCount, Plan, Protected, Thresholds, View, coded_answers, coded_standings,
    may_show_group, open_count,
};

/// A figure about one group, through a plan of its own.
fn protect(figure: f64, respondents: u64, people: u64) -> Protected<f64> {
    let mut census = Census::new(Layout {
        units: vec![("unit", None)],
        everybody: "everybody",
        segments: Vec::new(),
        families: vec![Family::alone("subject")],
    });
    let counted = Counted::heads(respondents, people);
    census.count(&"unit", &"everybody", &"subject", counted).unwrap();
    Plan::of(census, &k10()).protect(&"unit", &"everybody", &"subject", || Some(figure))
}

fn k10() -> Thresholds {
    Thresholds::default()
}

#[test]
fn a_figure_needs_k_respondents_and_as_many_people() {
    assert_eq!(protect(61.0, 10, 10).view(), View::Shown(&61.0));
    assert_eq!(protect(61.0, 9, 400).view(), View::Withheld);
    assert_eq!(protect(61.0, 9, 9).view(), View::Withheld);
}

#[test]
fn empty_and_small_look_the_same_to_a_reader_and_in_the_database() {
    let (empty, small) = (protect(0.0, 0, 0), protect(61.0, 9, 40));

    assert_eq!(empty.view(), small.view());
    assert_eq!(
        serde_json::to_string(&empty).unwrap(),
        serde_json::to_string(&small).unwrap()
    );
}

#[test]
fn results_that_stored_a_reason_can_still_be_read() {
    for reason in [
        "too_few_respondents",
        "too_few_people",
        "unanimous",
        "complement",
        "no_figure",
    ] {
        let stored = format!("{{\"withheld\":\"{reason}\"}}");
        assert_eq!(
            serde_json::from_str::<Protected<f64>>(&stored).unwrap().view(),
            View::Withheld
        );
    }
}

#[test]
fn no_round_can_promise_less_than_five() {
    assert!(Thresholds::with_least_respondents(5).is_ok());
    assert!(Thresholds::with_least_respondents(4).is_err());
    let smuggled = r#"{"least_respondents":2,"least_people":2,"distribution_from":20}"#;
    assert!(serde_json::from_str::<Thresholds>(smuggled).is_err());
}

#[test]
fn a_withheld_figure_leaves_no_value_in_what_is_stored() {
    let json = serde_json::to_string(&protect(61.25, 9, 40)).unwrap();

    assert!(!json.contains("61"), "{json}");
    let back: Protected<f64> = serde_json::from_str(&json).unwrap();
    assert_eq!(back.view(), View::Withheld);
}

#[test]
fn every_point_is_shown_from_twenty_respondents_and_bands_below() {
    assert!(matches!(
        coded_answers(&[3, 4, 5, 5, 3], &k10()),
        Distribution::Points(_)
    ));
    assert!(matches!(
        coded_answers(&[3, 4, 4, 5, 3], &k10()),
        Distribution::Bands { .. }
    ));
}

#[test]
fn small_shares_are_coded_below_three_hundred() {
    let of = |n: u64, small: u64| {
        let standings = Standings {
            favourable: n / 2,
            neutral: small,
            unfavourable: small,
        };
        let rest = n - n / 2 - 2 * small;
        let standings = Standings {
            favourable: standings.favourable + rest,
            ..standings
        };
        coded_standings(&standings)
    };

    let Distribution::Bands { neutral, .. } = of(60, 2) else {
        panic!()
    };
    assert_eq!(neutral, Bar::AtMost(5.0));
    let Distribution::Bands { neutral, .. } = of(200, 3) else {
        panic!()
    };
    assert_eq!(neutral, Bar::AtMost(2.0));
    let Distribution::Bands { neutral, .. } = of(300, 0) else {
        panic!()
    };
    assert_eq!(neutral, Bar::Exactly(0.0));
}

#[test]
fn a_coded_share_cannot_be_had_by_subtracting_the_others() {
    // 60 % and 40 % leave 0 for the unfavourable: the bands are merged instead.
    let standings = Standings {
        favourable: 24,
        neutral: 16,
        unfavourable: 0,
    };

    let Distribution::FavourableOrNot { favourable, rest } = coded_standings(&standings) else {
        panic!("the bands must be merged")
    };
    assert_eq!((favourable, rest), (Bar::Exactly(60.0), Bar::Exactly(40.0)));
}

#[test]
fn every_shown_distribution_below_300_leaves_more_than_one_possible_count_for_each_coded_bar() {
    for n in 10..=60_u64 {
        for favourable in 0..=n {
            for neutral in 0..=(n - favourable) {
                let unfavourable = n - favourable - neutral;
                let truth = Standings {
                    favourable,
                    neutral,
                    unfavourable,
                };
                let figure = coded_standings(&truth);
                if let Distribution::Bands {
                    favourable,
                    neutral,
                    unfavourable,
                } = figure
                {
                    assert_ambiguous(n, [favourable, neutral, unfavourable]);
                }
            }
        }
    }
}

/// An attacker lists every split of n respondents that fits the bars; each coded bar must allow two.
fn assert_ambiguous(n: u64, bars: [Bar; 3]) {
    let fits = |bar: Bar, count: u64| {
        let share = 100.0 * f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(n).unwrap());
        match bar {
            Bar::Exactly(exact) => (share - exact).abs() < 1e-9,
            Bar::AtMost(limit) => share <= limit,
            Bar::AtLeast(limit) => share >= limit,
        }
    };
    let mut possible = [vec![], vec![], vec![]];
    for a in (0..=n).filter(|a| fits(bars[0], *a)) {
        for b in (0..=n - a).filter(|b| fits(bars[1], *b)) {
            if fits(bars[2], n - a - b) {
                possible[0].push(a);
                possible[1].push(b);
                possible[2].push(n - a - b);
            }
        }
    }
    for (bar, counts) in bars.iter().zip(&mut possible) {
        counts.sort_unstable();
        counts.dedup();
        if !matches!(bar, Bar::Exactly(_)) {
            assert!(counts.len() > 1, "{bars:?} of {n} give a coded bar away");
        }
    }
}

#[test]
fn unanimity_is_not_shown_below_fifty() {
    assert!(!may_show_group(49, 80, false, &k10()));
    assert!(may_show_group(50, 80, false, &k10()));
    assert!(may_show_group(49, 80, true, &k10()));
}

#[test]
fn an_open_round_shows_counts_floored_to_five_and_none_below_k() {
    let counts = [0, 9, 10, 14, 15, 1203].map(|n| open_count(n, &k10()));

    assert_eq!(
        counts,
        [
            OpenCount::BelowThreshold,
            OpenCount::BelowThreshold,
            OpenCount::AtLeast(10),
            OpenCount::AtLeast(10),
            OpenCount::AtLeast(15),
            OpenCount::AtLeast(1200),
        ]
    );
}
