//! The trend chart: up to two lines with 95 % intervals, gaps at breaks, and imported figures as hollow marks.

use super::axis::ScoreAxis;
use super::svg::{Element, element, label, picture, points, stroke};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 548.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 268.0;
/// Direct labels closer than this would overlap.
const LINE_HEIGHT: f64 = 16.0;
/// Date labels closer than this would overlap.
const DATE_WIDTH: f64 = 84.0;

/// Everything that a trend chart shows.
#[derive(Debug, Clone, Default)]
pub struct TrendChart {
    /// Unique on its page; ids inside start with it.
    pub id: String,
    /// What the picture is of, e.g. "Trust, Department of Transportation".
    pub title: String,
    /// What it shows, in a sentence or two.
    pub description: String,
    /// The lines; the first is drawn solid with circles, the second dashed with squares.
    pub lines: Vec<Line>,
    /// Figures of an earlier tool.
    pub past: Vec<PastPoint>,
    /// Where comparison ends.
    pub breaks: Vec<Break>,
}

/// One line.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Stands at its end.
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
}

/// A place across which nothing may be compared.
#[derive(Debug, Clone)]
pub struct Break {
    /// Between the points before and after it.
    pub at: f64,
    /// Why, in a few words.
    pub label: String,
}

impl TrendChart {
    /// The chart as SVG text.
    #[must_use]
    pub fn render(&self) -> String {
        let frame = Frame::of(self);
        let mut svg = picture(&self.id, "trend", (WIDTH, HEIGHT), &self.title, &self.description)
            .all(frame.grid())
            .all(frame.dates(self))
            .all(
                self.breaks
                    .iter()
                    .enumerate()
                    .flat_map(|(row, gap)| frame.gap(row, gap)),
            );
        for (number, line) in self.lines.iter().enumerate() {
            svg = svg.child(frame.line(number, line));
        }
        svg = svg.all(
            self.past
                .iter()
                .filter(|past| past.value.is_finite())
                .map(|past| frame.hollow(past)),
        );
        svg.all(frame.end_labels(self)).render()
    }

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.lines.iter().flat_map(Line::points)
    }
}

impl Line {
    fn points(&self) -> impl Iterator<Item = &Point> {
        self.segments
            .iter()
            .flatten()
            .filter(|point| point.value.is_finite())
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

    /// A single instant stands in the middle.
    fn x(&self, at: f64) -> f64 {
        let margin = 16.0;
        let (left, right) = (LEFT + margin, RIGHT - margin);
        if self.last > self.first {
            left + (at.clamp(self.first, self.last) - self.first) / (self.last - self.first) * (right - left)
        } else {
            f64::midpoint(left, right)
        }
    }

    fn y(&self, value: f64) -> f64 {
        self.score.place(value, BOTTOM, TOP)
    }

    fn grid(&self) -> Vec<Element> {
        let mut grid = Vec::new();
        for tick in &self.score.ticks {
            let y = self.y(*tick);
            grid.push(stroke("gridline", (LEFT, y), (RIGHT, y)));
            grid.push(label("axis", LEFT - 6.0, y + 4.0, format!("{tick:.0}")).with("text-anchor", "end"));
        }
        if let Some(caution) = self.score.caution() {
            grid.push(label("axis note", LEFT, HEIGHT - 8.0, caution));
        }
        grid
    }

    /// From the newest backwards, as many as there is room for.
    fn dates(&self, chart: &TrendChart) -> Vec<Element> {
        let mut dates: Vec<(f64, &str)> = chart
            .points()
            .map(|point| (self.x(point.at), point.when.as_str()))
            .chain(
                chart
                    .past
                    .iter()
                    .map(|past| (self.x(past.at), past.when.as_str())),
            )
            .collect();
        dates.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut free_until = f64::INFINITY;
        let mut shown = Vec::new();
        for (x, when) in dates {
            if free_until - x >= DATE_WIDTH {
                shown.push(stroke("gridline", (x, BOTTOM), (x, BOTTOM + 4.0)));
                shown.push(label("axis", x, BOTTOM + 18.0, when).with("text-anchor", "middle"));
                free_until = x;
            }
        }
        shown
    }

    /// A dashed upright with its reason above; labels take turns on two rows.
    fn gap(&self, row: usize, gap: &Break) -> Vec<Element> {
        let x = self.x(gap.at);
        let y = if row.is_multiple_of(2) {
            TOP - 26.0
        } else {
            TOP - 11.0
        };
        let anchor = if x > f64::midpoint(LEFT, RIGHT) {
            "end"
        } else {
            "start"
        };
        vec![
            stroke("break", (x, TOP - 8.0), (x, BOTTOM)),
            label("label", x, y, format!("\u{2016} {}", gap.label)).with("text-anchor", anchor),
        ]
    }

    fn line(&self, number: usize, line: &Line) -> Element {
        let mut group = element("g").with("class", format!("series-{}", number + 1));
        for segment in &line.segments {
            let drawn: Vec<&Point> = segment.iter().filter(|point| point.value.is_finite()).collect();
            group = group
                .all(self.band(number, &drawn))
                .all(self.path(number, &drawn));
        }
        for point in line.points() {
            group = group.all(self.whisker(point)).child(self.mark(number, point));
        }
        group
    }

    fn band(&self, number: usize, segment: &[&Point]) -> Option<Element> {
        let bounded: Vec<(f64, f64, f64)> = segment
            .iter()
            .filter_map(|point| {
                point
                    .interval
                    .map(|(low, high)| (self.x(point.at), self.y(low), self.y(high)))
            })
            .collect();
        // A second band over the first would hide both; its line keeps the whiskers.
        if number > 0 || bounded.len() < 2 || bounded.len() < segment.len() {
            return None;
        }
        let above = bounded.iter().map(|(x, _, high)| (*x, *high));
        let below = bounded.iter().rev().map(|(x, low, _)| (*x, *low));
        let corners: Vec<(f64, f64)> = above.chain(below).collect();
        Some(
            element("polygon")
                .with("class", "band")
                .with("fill-opacity", "0.14")
                .with("points", points(&corners)),
        )
    }

    fn path(&self, number: usize, segment: &[&Point]) -> Option<Element> {
        let corners: Vec<(f64, f64)> = segment.iter().map(|p| (self.x(p.at), self.y(p.value))).collect();
        let path = element("polyline").with("class", "line").with("fill", "none");
        let path = if number == 0 {
            path
        } else {
            path.with("stroke-dasharray", "7 4")
        };
        (corners.len() > 1).then(|| path.with("points", points(&corners)))
    }

    fn whisker(&self, point: &Point) -> Vec<Element> {
        let Some((low, high)) = point.interval else {
            return Vec::new();
        };
        let (x, low, high) = (self.x(point.at), self.y(low), self.y(high));
        let cap = |y: f64| stroke("whisker", (x - 4.0, y), (x + 4.0, y));
        vec![stroke("whisker", (x, low), (x, high)), cap(low), cap(high)]
    }

    fn mark(&self, number: usize, point: &Point) -> Element {
        let (x, y) = (self.x(point.at), self.y(point.value));
        let shape = if number == 0 {
            element("circle").at("cx", x).at("cy", y).at("r", 4.5)
        } else {
            element("rect")
                .at("x", x - 4.0)
                .at("y", y - 4.0)
                .at("width", 8.0)
                .at("height", 8.0)
        };
        shape.with("class", "point").child(element("title").text(reading(
            &point.when,
            point.value,
            point.interval,
        )))
    }

    fn hollow(&self, past: &PastPoint) -> Element {
        let (x, y) = (self.x(past.at), self.y(past.value));
        let corners = [(x, y - 6.0), (x + 6.0, y), (x, y + 6.0), (x - 6.0, y)];
        element("polygon")
            .with("class", "past")
            .with("fill", "none")
            .with("points", points(&corners))
            .child(element("title").text(format!("{}: {:.0}, as published", past.when, past.value)))
    }

    /// The name and last value of each line at its end, moved apart where they would overlap.
    fn end_labels(&self, chart: &TrendChart) -> Vec<Element> {
        let mut ends: Vec<(f64, usize, String)> = chart
            .lines
            .iter()
            .enumerate()
            .filter_map(|(number, line)| {
                let last = line.points().max_by(|a, b| a.at.total_cmp(&b.at))?;
                Some((
                    self.y(last.value) + 4.0,
                    number,
                    format!("{:.0} {}", last.value, line.label).trim_end().to_owned(),
                ))
            })
            .collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut free_from = TOP - LINE_HEIGHT;
        let mut labels = Vec::new();
        for (y, number, text) in ends {
            let y = y.max(free_from);
            free_from = y + LINE_HEIGHT;
            labels.push(label(
                &format!("label series-label-{}", number + 1),
                RIGHT + 8.0,
                y,
                text,
            ));
        }
        if !chart.past.is_empty() {
            let note = "\u{25c7} as published earlier";
            labels.push(label("axis note", RIGHT, HEIGHT - 8.0, note).with("text-anchor", "end"));
        }
        labels
    }
}

fn reading(when: &str, value: f64, interval: Option<(f64, f64)>) -> String {
    match interval {
        Some((low, high)) => format!("{when}: {value:.0} ({low:.0} to {high:.0})"),
        None => format!("{when}: {value:.0}"),
    }
}
