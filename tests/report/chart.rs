//! Charts: well-formed, described, honest, the same bytes each time.

use proptest::prelude::*;
use rapport::report::chart::{
    Break, DistributionBar, IntervalBar, Line, PastPoint, Point, Slice, Sparkline, TrendChart,
};

fn point(at: f64, value: f64) -> Point {
    Point {
        at,
        when: format!("day {at}"),
        value,
        interval: Some((value - 5.0, value + 5.0)),
    }
}

fn chart() -> TrendChart {
    TrendChart {
        id: "trust".to_owned(),
        title: "Trust <&> \"quoted\", 'Müller'".to_owned(),
        description: "From 55 to 64.".to_owned(),
        lines: vec![
            Line {
                label: "all employees".to_owned(),
                segments: vec![
                    vec![point(0.0, 55.0), point(90.0, 58.0)],
                    vec![point(200.0, 61.0), point(300.0, 64.0)],
                ],
            },
            Line {
                label: "median agency".to_owned(),
                segments: vec![vec![point(0.0, 54.0), point(300.0, 63.5)]],
            },
        ],
        past: vec![PastPoint {
            at: -400.0,
            when: "2014".to_owned(),
            value: 49.0,
        }],
        breaks: vec![Break {
            at: 150.0,
            label: "break 1".to_owned(),
        }],
    }
}

/// Every element is closed, attributes are quoted and unique, entities are known: a strict reader of our own, since a
/// browser would forgive.
#[track_caller]
fn well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let (text, tagged) = rest.split_at(start);
        assert!(!text.contains('>'), "a bare > in {text:?}");
        entities(text);
        let end = tagged
            .find('>')
            .unwrap_or_else(|| panic!("an unclosed tag: {tagged}"));
        let tag = &tagged[1..end];
        rest = &tagged[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "in {svg}");
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        attributes(tag.trim_end_matches('/').strip_prefix(name).unwrap());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(
        open.is_empty() && rest.is_empty(),
        "left open: {open:?}, left over: {rest:?}"
    );
}

fn entities(text: &str) {
    for part in text.split('&').skip(1) {
        let entity = part.split(';').next().unwrap();
        assert!(
            matches!(entity, "amp" | "lt" | "gt" | "quot" | "#39"),
            "unknown entity {entity}"
        );
    }
}

fn attributes(text: &str) {
    let mut seen = std::collections::BTreeSet::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, value) = rest
            .split_once("=\"")
            .unwrap_or_else(|| panic!("no attribute: {rest}"));
        let (value, after) = value
            .split_once('"')
            .unwrap_or_else(|| panic!("no end of value: {rest}"));
        assert!(seen.insert(name.to_owned()), "{name} twice");
        entities(value);
        rest = after.trim_start();
    }
}

#[test]
fn a_trend_chart_is_well_formed_described_and_reproducible() {
    let svg = chart().render();
    well_formed(&svg);
    assert_eq!(svg, chart().render());
    assert!(svg.contains("role=\"img\" aria-labelledby=\"trust-title trust-desc\""));
    assert!(svg.contains(
        "<title id=\"trust-title\">Trust &lt;&amp;&gt; &quot;quoted&quot;, &#39;Müller&#39;</title>"
    ));
    assert!(svg.contains("<desc id=\"trust-desc\">From 55 to 64.</desc>"));
    assert!(svg.contains("Axis from 40 to 70, not from 0."), "{svg}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn lines_are_told_apart_without_colour_and_nothing_is_styled_inline() {
    let svg = chart().render();
    assert_eq!(
        svg.matches("stroke-dasharray").count(),
        1,
        "the second line is dashed"
    );
    assert!(
        svg.contains("<circle") && svg.contains("<rect"),
        "and has other marks"
    );
    assert!(!svg.contains("style=") && !svg.contains("<style") && !svg.contains("<script"));
    assert!(
        !svg.contains('#') || !svg.replace("&#39;", "").contains('#'),
        "no colour is written into a chart"
    );
}

#[test]
fn a_break_is_a_gap_and_an_imported_figure_is_hollow_without_interval() {
    let mut whole = chart();
    let svg = whole.render();
    // Two stretches of the first line and one of the second.
    assert_eq!(svg.matches("<polyline").count(), 3);
    assert!(svg.contains("\u{2016} break 1"));
    assert!(svg.contains("2014: 49, as published"));
    assert!(svg.contains("as published earlier"));
    let whiskers = svg.matches("class=\"whisker\"").count();
    assert_eq!(
        whiskers,
        3 * 6,
        "six points have whiskers of three strokes, the imported one has none"
    );
    whole.breaks.clear();
    assert!(!whole.render().contains("class=\"break\""));
}

#[test]
fn charts_of_nothing_and_of_one_point_are_drawn() {
    well_formed(&TrendChart::default().render());
    let mut one = chart();
    one.lines = vec![Line {
        label: "x".to_owned(),
        segments: vec![vec![point(5.0, f64::NAN), point(6.0, 50.0)], Vec::new()],
    }];
    one.past.clear();
    let svg = one.render();
    well_formed(&svg);
    assert_eq!(svg.matches("<circle").count(), 1);
    assert!(!svg.contains("NaN"));
    assert_eq!(Sparkline::default().render(), None);
}

proptest! {
    #[test]
    fn whatever_the_numbers_every_chart_is_well_formed_and_within_its_frame(
        values in proptest::collection::vec((-1e9f64..1e9, proptest::num::f64::ANY), 0..12),
        title in ".{0,40}",
    ) {
        let points: Vec<Point> = values.iter().map(|(at, value)| point(*at, *value)).collect();
        let svg = TrendChart {
            id: "x".to_owned(),
            title: title.clone(),
            lines: vec![Line { label: title.clone(), segments: vec![points] }],
            ..TrendChart::default()
        }
        .render();
        well_formed(&svg);
        let spark = Sparkline { id: "s".to_owned(), title: title.clone(), segments: vec![values.clone()] };
        if let Some(svg) = spark.render() {
            well_formed(&svg);
        }
        for (low, value) in values {
            let bar = IntervalBar { id: "b".to_owned(), title: title.clone(), value, interval: Some((low, value)) };
            well_formed(&bar.render());
            let slices = vec![Slice { label: title.clone(), share: value }];
            well_formed(&DistributionBar { id: "d".to_owned(), title: title.clone(), slices }.render());
        }
    }
}
