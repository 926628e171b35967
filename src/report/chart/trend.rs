//! The trend chart: up to two lines with 95 % intervals, gaps at breaks, marks where a survey's version begins, and
//! imported figures as hollow marks.

use super::axis::ScoreAxis;
use super::picture::Picture;
use super::svg::{Element, STRETCH, dot, element, label, points, square, stretched, stroke};

const HEIGHT: f64 = 300.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 256.0;
/// Where points lie along the picture: room for the axis's numbers and for the last value.
const LEFT: f64 = 0.09;
const RIGHT: f64 = 0.9;
/// Values at line ends closer than this (pixels) would overlap.
const LINE_HEIGHT: f64 = 16.0;
/// Names of lines up to so many letters stand side by side on a phone, longer ones one below the other.
const SHORT_NAME: usize = 20;
/// Dates closer than this share would overlap on a wide screen ...
const DATE_WIDE: f64 = 0.12;
/// ... and on a phone.
const DATE_NARROW: f64 = 0.25;

/// Everything that a trend chart shows. Every text is the caller's, in the reader's language.
#[derive(Debug, Clone, Default)]
pub struct TrendChart {
    /// Unique on its page; ids inside start with it.
    pub id: String,
    /// What the picture is of, e.g. "Trust, Department of Transportation".
    pub title: String,
    /// What it shows, in a sentence or two.
    pub description: String,
    /// The lines; the first is drawn solid with round marks, the second dashed with square ones.
    pub lines: Vec<Line>,
    /// Figures of an earlier tool.
    pub past: Vec<PastPoint>,
    /// What the hollow marks are, e.g. "as published earlier".
    pub past_label: String,
    /// Where comparison ends.
    pub breaks: Vec<Mark>,
    /// Where a version of the survey begins.
    pub versions: Vec<Mark>,
}

/// One line.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// What it is.
    pub label: String,
    /// Stretches within which points are comparable; between them is a gap.
    pub segments: Vec<Vec<Point>>,
}

/// One point of a line.
#[derive(Debug, Clone)]
pub struct Point {
    /// The instant as a number that grows with time, e.g. days.
    pub at: f64,
    /// The instant as people read it, e.g. "May 2025".
    pub when: String,
    /// The score, 0 to 100.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// What a mouse over it shows.
    pub told: String,
}

/// A figure as somebody else published it.
#[derive(Debug, Clone)]
pub struct PastPoint {
    /// As [`Point::at`].
    pub at: f64,
    /// As [`Point::when`].
    pub when: String,
    /// As published.
    pub value: f64,
    /// What a mouse over it shows.
    pub told: String,
}

/// A place in time.
#[derive(Debug, Clone)]
pub struct Mark {
    /// As [`Point::at`]; a break lies between the points before and after it.
    pub at: f64,
    /// In a word or two.
    pub label: String,
}

impl TrendChart {
    /// The chart, drawn.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let frame = Frame::of(self);
        let mut body = self.legend();
        body.extend(frame.grid());
        body.extend(frame.dates(self));
        body.extend(self.breaks.iter().flat_map(|gap| frame.gap(gap)));
        body.extend(self.versions.iter().flat_map(|version| frame.version(version)));
        body.push(frame.strokes(self));
        for (number, line) in self.lines.iter().enumerate() {
            body.extend(frame.marks(number, line));
        }
        let known = self.past.iter().filter(|past| past.value.is_finite());
        body.extend(known.map(|past| frame.hollow(past)));
        body.extend(frame.last_values(self));
        Picture {
            id: self.id.clone(),
            class: "trend",
            title: self.title.clone(),
            desc: self.description.clone(),
            height: HEIGHT,
            body,
        }
    }

    /// Where the axis of scores starts and ends: a page says so when it does not start at 0.
    #[must_use]
    pub fn axis(&self) -> (f64, f64) {
        let axis = Frame::of(self).score;
        (axis.low, axis.high)
    }

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.lines.iter().flat_map(Line::points)
    }

    /// The names of lines and of hollow marks, above.
    fn legend(&self) -> Vec<Element> {
        let mut entries: Vec<Element> = Vec::new();
        let named = self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.label.is_empty());
        let stacked = self
            .lines
            .iter()
            .any(|line| line.label.chars().count() > SHORT_NAME);
        let mut places = [0.0, 0.5].into_iter();
        for ((number, line), place) in named.zip(places.by_ref()) {
            entries.push(match (stacked, number) {
                (true, 0) => entry((0.0, "100%"), sample(number), &line.label),
                (true, _) => entry((0.0, "50%"), sample(number), &line.label).at("y", 16.0),
                (false, _) => entry((place, "50%"), sample(number), &line.label),
            });
        }
        if !self.past.is_empty() {
            let hollow = label("past", 0.0, 18.0, "\u{25c7}");
            let place = places.next().unwrap_or(0.5);
            // A third entry stands below the second one.
            let lower = if self.lines.len() > 1 { 16.0 } else { 0.0 };
            entries.push(entry((place, "50%"), vec![hollow], &self.past_label).at("y", lower));
        }
        entries
    }
}

/// A sample and its name.
fn entry((place, width): (f64, &'static str), sample: Vec<Element>, name: &str) -> Element {
    let text = element("text")
        .with("class", "label")
        .at("x", 30.0)
        .at("y", 17.0)
        .text(name);
    element("svg")
        .share("x", place)
        .with("width", width)
        .with("height", "34")
        .all(sample)
        .child(text)
}

fn sample(number: usize) -> Vec<Element> {
    let line = element("line")
        .with("class", classes("line", number))
        .at("x1", 0.0)
        .at("x2", 24.0)
        .at("y1", 12.0)
        .at("y2", 12.0);
    let mark = if number == 0 {
        element("circle").at("cx", 12.0).at("cy", 12.0).at("r", 4.0)
    } else {
        element("rect")
            .at("x", 8.5)
            .at("y", 8.5)
            .at("width", 7.0)
            .at("height", 7.0)
    };
    vec![line, mark.with("class", series("point", number))]
}

fn series(class: &str, number: usize) -> String {
    format!("{class} s{}", number + 1)
}

/// The second line is dashed: never colour alone.
fn classes(class: &str, number: usize) -> String {
    if number == 0 {
        series(class, number)
    } else {
        format!("{} dashed", series(class, number))
    }
}

impl Line {
    fn points(&self) -> impl Iterator<Item = &Point> {
        let points = self.segments.iter().flatten();
        points.filter(|point| point.value.is_finite())
    }
}

/// The two axes.
struct Frame {
    score: ScoreAxis,
    first: f64,
    last: f64,
}

impl Frame {
    fn of(chart: &TrendChart) -> Self {
        let scores = chart
            .points()
            .flat_map(|point| {
                let (low, high) = point.interval.unwrap_or((point.value, point.value));
                [point.value, low, high]
            })
            .chain(chart.past.iter().map(|past| past.value));
        let instants: Vec<f64> = chart
            .points()
            .map(|point| point.at)
            .chain(chart.past.iter().map(|past| past.at))
            .filter(|at| at.is_finite())
            .collect();
        Self {
            score: ScoreAxis::around(scores),
            first: instants.iter().copied().fold(f64::INFINITY, f64::min),
            last: instants.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// A share of the width. A single instant stands in the middle.
    fn x(&self, at: f64) -> f64 {
        if self.last > self.first {
            LEFT + (at.clamp(self.first, self.last) - self.first) / (self.last - self.first) * (RIGHT - LEFT)
        } else {
            f64::midpoint(LEFT, RIGHT)
        }
    }

    fn y(&self, value: f64) -> f64 {
        self.score.place(value, BOTTOM, TOP)
    }

    /// Numbers stand on their lines, so that no gutter is lost on a phone.
    fn grid(&self) -> Vec<Element> {
        let ticks = self.score.ticks.iter();
        ticks
            .flat_map(|tick| {
                let y = self.y(*tick);
                let number = label("axis", 0.0, y - 4.0, format!("{tick:.0}"));
                [stroke("gridline", (0.0, y), (1.0, y)), number]
            })
            .collect()
    }

    /// From the newest backwards, as many as there is room for; those of class `wide` only on a wide screen.
    fn dates(&self, chart: &TrendChart) -> Vec<Element> {
        let own = chart
            .points()
            .map(|point| (self.x(point.at), point.when.as_str()));
        let past = chart
            .past
            .iter()
            .map(|past| (self.x(past.at), past.when.as_str()));
        let mut dates: Vec<(f64, &str)> = own.chain(past).collect();
        dates.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut always: Vec<f64> = Vec::new();
        for (x, _) in &dates {
            if always.iter().all(|taken| (taken - x).abs() >= DATE_NARROW) {
                always.push(*x);
            }
        }
        let mut taken = always.clone();
        let mut shown = Vec::new();
        for (x, when) in dates {
            let is_always = always.contains(&x) && taken.contains(&x);
            if !is_always && taken.iter().any(|other| (other - x).abs() < DATE_WIDE) {
                continue;
            }
            let class = if is_always { "axis" } else { "axis wide" };
            if is_always {
                always.retain(|other| *other != x);
            } else {
                taken.push(x);
            }
            shown.push(stroke("gridline", (x, BOTTOM), (x, BOTTOM + 5.0)));
            shown.push(label(class, x, BOTTOM + 20.0, when).with("text-anchor", "middle"));
        }
        shown
    }

    /// A dashed upright with its name above.
    fn gap(&self, gap: &Mark) -> Vec<Element> {
        let x = self.x(gap.at);
        let name = label("note", x, TOP - 10.0, format!("\u{2016} {}", gap.label));
        vec![
            stroke("break", (x, TOP - 6.0), (x, BOTTOM)),
            name.with("text-anchor", "middle"),
        ]
    }

    /// A small mark on the line of time.
    fn version(&self, version: &Mark) -> Vec<Element> {
        let x = self.x(version.at);
        let name = label("note", x, BOTTOM + 37.0, format!("\u{25b5} {}", version.label));
        vec![name.with("text-anchor", "middle")]
    }

    /// Bands below, lines above: what is stretched along the width.
    fn strokes(&self, chart: &TrendChart) -> Element {
        let mut room = stretched(HEIGHT);
        for (number, line) in chart.lines.iter().enumerate() {
            for segment in &line.segments {
                let drawn: Vec<&Point> = segment.iter().filter(|point| point.value.is_finite()).collect();
                room = room.all(self.band(number, &drawn)).all(self.path(number, &drawn));
            }
        }
        room
    }

    fn band(&self, number: usize, segment: &[&Point]) -> Option<Element> {
        let bounded: Vec<(f64, f64, f64)> = segment
            .iter()
            .filter_map(|point| {
                let (low, high) = point.interval?;
                Some((STRETCH * self.x(point.at), self.y(low), self.y(high)))
            })
            .collect();
        // A second band over the first would hide both; its points keep the whiskers.
        if number > 0 || bounded.len() < 2 || bounded.len() < segment.len() {
            return None;
        }
        let above = bounded.iter().map(|(x, _, high)| (*x, *high));
        let below = bounded.iter().rev().map(|(x, low, _)| (*x, *low));
        let corners: Vec<(f64, f64)> = above.chain(below).collect();
        let band = element("polygon").with("class", series("band", number));
        Some(band.with("points", points(&corners)))
    }

    fn path(&self, number: usize, segment: &[&Point]) -> Option<Element> {
        let corners: Vec<(f64, f64)> = segment
            .iter()
            .map(|point| (STRETCH * self.x(point.at), self.y(point.value)))
            .collect();
        let path = element("polyline").with("class", classes("line", number));
        (corners.len() > 1).then(|| path.with("points", points(&corners)))
    }

    fn marks(&self, number: usize, line: &Line) -> Vec<Element> {
        let mut marks = Vec::new();
        for point in line.points() {
            let (x, y) = (self.x(point.at), self.y(point.value));
            if let Some((low, high)) = point.interval {
                marks.push(stroke(
                    &series("whisker", number),
                    (x, self.y(low)),
                    (x, self.y(high)),
                ));
            }
            let class = series("point", number);
            let mark = if number == 0 {
                dot(&class, x, y, 4.5)
            } else {
                square(&class, x, y, 8.0)
            };
            marks.push(mark.told(&point.told));
        }
        marks
    }

    fn hollow(&self, past: &PastPoint) -> Element {
        let mark = label("past", self.x(past.at), self.y(past.value) + 6.0, "\u{25c7}");
        mark.with("text-anchor", "middle").told(&past.told)
    }

    /// The last value of each line at its end, moved apart where they would overlap.
    fn last_values(&self, chart: &TrendChart) -> Vec<Element> {
        let lines = chart.lines.iter().enumerate();
        let mut ends: Vec<(f64, f64, usize, String)> = lines
            .filter_map(|(number, line)| {
                let last = line.points().max_by(|a, b| a.at.total_cmp(&b.at))?;
                let value = crate::measure::rounding::rounded(last.value, 0);
                Some((
                    self.y(last.value) + 4.0,
                    self.x(last.at),
                    number,
                    format!("{value:.0}"),
                ))
            })
            .collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut free_from = TOP - LINE_HEIGHT;
        let mut labels = Vec::new();
        for (y, x, number, text) in ends {
            let y = y.max(free_from);
            free_from = y + LINE_HEIGHT;
            labels.push(label(&series("name", number), x, y, text).with("dx", "10"));
        }
        labels
    }
}
