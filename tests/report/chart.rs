//! Charts: well-formed, described, honest, the same bytes each time.

use proptest::prelude::*;
use rapport::report::chart::{
    AnswersBar, Dot, DotPlot, DotRow, FILE_WIDTH, HeatMap, IntervalBar, Line, Mark, PastPoint, Picture,
    Point, Quadrant, QuadrantMark, Slice, Sparkline, TrendChart, png,
};

fn point(at: f64, value: f64) -> Point {
    Point {
        at,
        when: format!("day {at}"),
        value,
        interval: Some((value - 5.0, value + 5.0)),
        told: format!("day {at}: {value:.0}"),
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
            told: "2014: 49, as published".to_owned(),
        }],
        past_label: "as published earlier".to_owned(),
        breaks: vec![Mark {
            at: 150.0,
            label: "break 1".to_owned(),
        }],
        versions: vec![Mark {
            at: 200.0,
            label: "v2".to_owned(),
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

/// The pictures of every kind, with awkward names.
fn pictures() -> Vec<Picture> {
    let name = || "Network <&> \"wires\"".to_owned();
    let dot = |value: f64| Dot {
        value,
        interval: Some((value - 4.0, value + 4.0)),
        told: name(),
    };
    let dots = DotPlot {
        id: "dots".to_owned(),
        title: name(),
        names: vec![name(), name()],
        rows: vec![
            DotRow {
                label: name(),
                dots: vec![Some(dot(40.0)), None],
            },
            DotRow {
                label: name(),
                dots: vec![Some(dot(60.0)), Some(dot(f64::NAN))],
            },
        ],
        ticks: vec![(0.0, "0".to_owned()), (100.0, "100".to_owned())],
        ..DotPlot::default()
    };
    let mark = |across: f64, up: f64| QuadrantMark {
        across,
        across_interval: Some((across - 2.0, across + 2.0)),
        up,
        up_interval: None,
        told: name(),
    };
    let quadrant = Quadrant {
        id: "quadrant".to_owned(),
        title: name(),
        marks: vec![mark(70.0, 40.0), mark(70.0, 40.0), mark(90.0, 55.0)],
        ..Quadrant::default()
    };
    let answers = AnswersBar {
        id: "answers".to_owned(),
        title: name(),
        slices: [0.1, 0.2, 0.3, 0.25, 0.15]
            .map(|share| Slice {
                label: name(),
                share,
                told: format!("{share}"),
            })
            .to_vec(),
    };
    let heat = HeatMap {
        title: name(),
        columns: vec![name(), name()],
        rows: vec![(name(), vec![Some(35.0), None])],
        ..HeatMap::default()
    };
    vec![
        chart().picture(),
        dots.picture(),
        quadrant.picture(),
        answers.picture(),
        heat.picture(),
        IntervalBar {
            value: 50.0,
            interval: Some((40.0, 60.0)),
        }
        .picture(),
        Sparkline {
            segments: vec![vec![(0.0, 50.0), (1.0, 55.0)]],
        }
        .picture()
        .unwrap(),
    ]
}

#[test]
fn every_picture_is_well_formed_on_a_page_and_as_a_file_and_the_same_each_time() {
    for (picture, again) in pictures().iter().zip(pictures()) {
        let notes = vec!["a <note>".to_owned()];
        for (svg, twice) in [
            (picture.inline(), again.inline()),
            (picture.decoration(), again.decoration()),
            (picture.file(&notes), again.file(&notes)),
        ] {
            well_formed(&svg);
            assert_eq!(svg, twice);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
        assert!(!picture.inline().contains("style=") && !picture.inline().contains("<style"));
        assert!(picture.file(&notes).contains("<style>") && picture.file(&notes).contains("a &lt;note&gt;"));
        assert!(!picture.file(&notes).contains("var("), "a file stands alone");
    }
}

#[test]
fn a_trend_chart_is_described_in_words() {
    let svg = chart().picture().inline();
    assert!(svg.contains("role=\"img\" aria-labelledby=\"trust-title trust-desc\""));
    assert!(svg.contains(
        "<title id=\"trust-title\">Trust &lt;&amp;&gt; &quot;quoted&quot;, &#39;Müller&#39;</title>"
    ));
    assert!(svg.contains("<desc id=\"trust-desc\">From 55 to 64.</desc>"));
    assert_eq!(chart().axis(), (40.0, 70.0));
    assert!(svg.contains("v2"), "the version is marked");
}

/// No text may scale with the picture: at 320 px it must be as large as at 1440 px.
#[test]
fn pictures_on_pages_have_no_view_box_around_their_text() {
    for picture in pictures() {
        let svg = picture.inline();
        let outer = svg.split('>').next().unwrap();
        assert!(
            !outer.contains("viewBox") && outer.contains("width=\"100%\""),
            "{outer}"
        );
        for stretched in svg.split("preserveAspectRatio=\"none\"").skip(1) {
            let inside = stretched.split("</svg>").next().unwrap();
            assert!(
                !inside.contains("<text") && !inside.contains("<circle"),
                "{inside}"
            );
        }
    }
}

#[test]
fn lines_are_told_apart_without_colour() {
    let svg = chart().picture().inline();
    assert!(svg.contains("line s2 dashed"), "the second line is dashed");
    assert!(
        svg.contains("<circle class=\"point s1\"") && svg.contains("<rect class=\"point s2\""),
        "and has other marks"
    );
    assert!(
        !svg.replace("&#39;", "").contains('#'),
        "no colour is written into a chart"
    );
}

#[test]
fn a_break_is_a_gap_and_an_imported_figure_is_hollow_without_interval() {
    let mut whole = chart();
    let svg = whole.picture().inline();
    // Two stretches of the first line and one of the second.
    assert_eq!(svg.matches("<polyline").count(), 3);
    assert!(svg.contains("\u{2016} break 1"));
    assert!(svg.contains("2014: 49, as published"));
    assert!(svg.contains("as published earlier"));
    let whiskers = svg.matches("class=\"whisker").count();
    assert_eq!(
        whiskers, 6,
        "six points have a whisker, the imported one has none"
    );
    whole.breaks.clear();
    assert!(!whole.picture().inline().contains("class=\"break\""));
}

#[test]
fn charts_of_nothing_and_of_one_point_are_drawn() {
    well_formed(&TrendChart::default().picture().inline());
    let mut one = chart();
    one.lines = vec![Line {
        label: String::new(),
        segments: vec![vec![point(5.0, f64::NAN), point(6.0, 50.0)], Vec::new()],
    }];
    one.past.clear();
    let svg = one.picture().inline();
    well_formed(&svg);
    assert_eq!(svg.matches("<circle").count(), 1);
    assert!(Sparkline::default().picture().is_none());
}

#[test]
fn answers_lie_about_the_middle_line() {
    let slices = |shares: &[f64]| AnswersBar {
        id: "a".to_owned(),
        title: "t".to_owned(),
        slices: shares
            .iter()
            .map(|share| Slice {
                label: "x".to_owned(),
                share: *share,
                told: String::new(),
            })
            .collect(),
    };
    // All favourable: from the middle to the right end. Half and half: a quarter to each side.
    let svg = slices(&[0.0, 0.0, 0.0, 0.0, 1.0]).picture().inline();
    assert!(
        svg.contains("<rect class=\"d5\" x=\"50%\" y=\"3\" width=\"50%\""),
        "{svg}"
    );
    let svg = slices(&[0.5, 0.5]).picture().inline();
    assert!(
        svg.contains("<rect class=\"d1\" x=\"25%\" y=\"3\" width=\"25%\""),
        "{svg}"
    );
    assert!(
        svg.contains("<rect class=\"d5\" x=\"50%\" y=\"3\" width=\"25%\""),
        "{svg}"
    );
}

/// The PNG is drawn by our own hand: it must have the size it says and ink of the series.
#[test]
fn a_png_has_its_size_and_the_ink_of_its_lines() {
    let notes = vec!["origin".to_owned()];
    for picture in pictures() {
        let bytes = png(&picture, &notes).unwrap();
        let (width, height) = picture.file_size(&notes);
        let pixmap = tiny_skia::Pixmap::decode_png(&bytes).unwrap();
        assert!(
            (f64::from(pixmap.width()) - 2.0 * FILE_WIDTH).abs() < 1.5 && (width - FILE_WIDTH).abs() < 1e-9
        );
        assert!((f64::from(pixmap.height()) - 2.0 * height).abs() < 1.5);
        let pixels = pixmap.pixels();
        assert_eq!(pixels[0].red(), 255, "paper is white");
        assert!(pixels.iter().any(|pixel| pixel.red() < 60), "something is drawn");
        assert_eq!(png(&picture, &notes).unwrap(), bytes);
    }
}

proptest! {
    #[test]
    fn whatever_the_numbers_every_chart_is_well_formed(
        values in proptest::collection::vec((-1e9f64..1e9, proptest::num::f64::ANY), 0..12),
        title in ".{0,40}",
    ) {
        let points: Vec<Point> = values.iter().map(|(at, value)| point(*at, *value)).collect();
        let trend = TrendChart {
            id: "x".to_owned(),
            title: title.clone(),
            lines: vec![Line { label: title.clone(), segments: vec![points] }],
            ..TrendChart::default()
        };
        well_formed(&trend.picture().inline());
        if let Some(spark) = (Sparkline { segments: vec![values.clone()] }).picture() {
            well_formed(&spark.decoration());
        }
        for (low, value) in values {
            well_formed(&IntervalBar { value, interval: Some((low, value)) }.picture().decoration());
            let slices = vec![Slice { label: title.clone(), share: value, told: title.clone() }];
            well_formed(&AnswersBar { id: "d".to_owned(), title: title.clone(), slices }.picture().inline());
        }
    }
}
