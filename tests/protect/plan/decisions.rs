//! What is decided beyond algebra: names for the rules that a census alone does not show.

use rapport::protect::plan::{Census, Counted, Family, Layout, Plan};
use rapport::protect::{Thresholds, View, may_show_part};

const STATE: &str = "state";
const ALL: &str = "everybody";

fn layout(
    units: &[&'static str],
    options: &[&'static str],
    families: Vec<Family<&'static str>>,
) -> Layout<&'static str, &'static str, &'static str> {
    Layout {
        units: units
            .iter()
            .map(|unit| (*unit, (*unit != STATE).then_some(STATE)))
            .collect(),
        everybody: ALL,
        segments: if options.is_empty() {
            Vec::new()
        } else {
            vec![options.to_vec()]
        },
        families,
    }
}

fn spread(n: usize) -> Vec<f64> {
    (0..n)
        .map(|person| [0.0, 25.0, 50.0, 75.0, 100.0][person % 5])
        .collect()
}

fn k10() -> Thresholds {
    Thresholds::default()
}

fn alone(subject: &'static str) -> Vec<Family<&'static str>> {
    vec![Family::alone(subject)]
}

#[test]
fn the_state_is_made_of_shown_units_and_only_where_none_is_shown_of_all_as_one_group() {
    let mut census = Census::new(layout(&[STATE, "a", "b", "c"], &[], alone("trust")));
    for (unit, n) in [("a", 30), ("b", 12), ("c", 4)] {
        census
            .count(&unit, &ALL, &"trust", Counted::scores(&spread(n), 60))
            .unwrap();
    }
    let plan = Plan::of(census, &k10());
    assert_eq!(plan.parts(&STATE, &ALL, &"trust"), [vec!["a"], vec!["b"]]);

    let mut census = Census::new(layout(&[STATE, "a", "b"], &[], alone("trust")));
    for (unit, n) in [("a", 8), ("b", 4)] {
        census
            .count(&unit, &ALL, &"trust", Counted::scores(&spread(n), 60))
            .unwrap();
    }
    let plan = Plan::of(census, &k10());
    assert!(plan.shows(&STATE, &ALL, &"trust"));
    assert_eq!(
        plan.parts(&STATE, &ALL, &"trust"),
        [vec!["a", "b"]],
        "known weights on two small units can be solved for"
    );
}

#[test]
fn a_group_of_withheld_units_that_is_nearly_one_of_them_is_withheld_too() {
    let shown = |small: usize| {
        let mut census = Census::new(layout(&[STATE, "a", "b"], &[], alone("trust")));
        for (unit, n) in [("a", 9), ("b", small)] {
            census
                .count(&unit, &ALL, &"trust", Counted::scores(&spread(n), 60))
                .unwrap();
        }
        Plan::of(census, &k10()).shows(&STATE, &ALL, &"trust")
    };
    assert_eq!([1, 2, 3].map(shown), [false, true, true]);
}

#[test]
fn a_figure_is_only_computed_where_it_is_shown() {
    let mut census = Census::new(layout(&[STATE, "a"], &[], alone("trust")));
    census
        .count(&"a", &ALL, &"trust", Counted::scores(&spread(9), 60))
        .unwrap();
    let plan = Plan::of(census, &k10());
    let figure = plan.protect(&"a", &ALL, &"trust", || -> Option<f64> {
        panic!("a withheld figure was computed")
    });
    assert_eq!(figure.view(), View::Withheld);
}

#[test]
fn what_is_not_in_the_plan_is_not_shown() {
    let mut census = Census::new(layout(&[STATE, "a"], &[], alone("trust")));
    census
        .count(&"a", &ALL, &"trust", Counted::scores(&spread(40), 60))
        .unwrap();
    assert!(census.count(&"b", &ALL, &"trust", Counted::default()).is_err());
    assert!(census.count(&STATE, &ALL, &"trust", Counted::default()).is_err());
    let plan = Plan::of(census, &k10());
    assert!(plan.shows(&"a", &ALL, &"trust"));
    assert!(!plan.shows(&"a", &ALL, &"other") && !plan.shows(&"a", &"role", &"trust"));
}

#[test]
fn an_index_is_withheld_where_it_would_give_its_withheld_item_away() {
    let shown = |item: usize, index: usize| {
        let family = Family {
            composites: vec!["trust"],
            parts: vec!["keeps", "listens"],
            least_respondents: 0,
        };
        let mut census = Census::new(layout(&[STATE, "a"], &[], vec![family]));
        for (subject, n) in [("trust", index), ("keeps", item), ("listens", index)] {
            census
                .count(&"a", &ALL, &subject, Counted::scores(&spread(n), 60))
                .unwrap();
        }
        let plan = Plan::of(census, &k10());
        ["trust", "keeps", "listens"].map(|subject| plan.shows(&"a", &ALL, &subject))
    };
    assert_eq!(
        shown(9, 10),
        [false, false, true],
        "one person apart: within 11 points"
    );
    assert_eq!(shown(8, 10), [true, false, true], "two people apart: 25 points");
    assert_eq!(shown(10, 10), [true, true, true]);
}

#[test]
fn complete_cases_are_shown_only_when_neither_they_nor_the_others_are_few() {
    let shown = [30, 29, 21, 20, 10, 9].map(|some| may_show_part(some, 30, &k10()));
    assert_eq!(shown, [true, false, false, true, true, false]);
}

#[test]
fn comments_are_counted_from_twenty() {
    let comments = Family {
        least_respondents: 20,
        ..Family::alone("comments")
    };
    let mut census = Census::new(layout(&[STATE, "a", "b"], &[], vec![comments]));
    for (unit, n) in [("a", 20), ("b", 19)] {
        census
            .count(&unit, &ALL, &"comments", Counted::heads(n, 60))
            .unwrap();
    }
    let plan = Plan::of(census, &k10());
    assert!(plan.shows(&"a", &ALL, &"comments") && !plan.shows(&"b", &ALL, &"comments"));
    assert_eq!(plan.parts(&STATE, &ALL, &"comments"), [vec!["a"]]);
}

#[test]
fn strata_are_the_shown_options_and_everybody_else_is_one_more() {
    let options = ["lead", "staff", "intern", "other"];
    let mut census = Census::new(layout(&[STATE, "a"], &options, alone("trust")));
    let sizes = [("lead", 14), ("staff", 60), ("intern", 4), ("other", 15)];
    for (option, n) in sizes {
        census
            .count(&"a", &option, &"trust", Counted::scores(&spread(n), 100))
            .unwrap();
    }
    census
        .count(&"a", &ALL, &"trust", Counted::scores(&spread(93), 100))
        .unwrap();
    let plan = Plan::of(census, &k10());
    // The four interns take the smallest other with them, in the unit and, with it alone in the state, there too.
    assert_eq!(plan.strata(&"a", &options, &"trust"), [&"staff", &"other"]);
    assert!(!plan.shows(&STATE, &"lead", &"trust"));
}

#[test]
fn who_did_not_say_counts_as_a_cell_that_could_be_had_by_subtraction() {
    let options = ["lead", "staff"];
    let shown = |unsaid: usize| {
        let mut census = Census::new(layout(&[STATE, "a"], &options, alone("trust")));
        for (option, n) in [("lead", 20), ("staff", 30)] {
            census
                .count(&"a", &option, &"trust", Counted::scores(&spread(n), 60))
                .unwrap();
        }
        census
            .count(&"a", &ALL, &"trust", Counted::scores(&spread(50 + unsaid), 100))
            .unwrap();
        let plan = Plan::of(census, &k10());
        options.map(|option| plan.shows(&"a", &option, &"trust"))
    };
    assert_eq!(shown(0), [true, true]);
    assert_eq!(shown(3), [false, true]);
    assert_eq!(shown(12), [true, true]);
}
