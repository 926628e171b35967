//! Rows of dots with intervals: drivers, and two agencies or two rounds item by item.

use super::picture::Picture;
use super::svg::{Element, dot, element, label, square, stroke};

/// Of a row without its label, and of each line of a label.
const ROW: f64 = 28.0;
const LINE: f64 = 16.0;
/// How many letters of a label fit on a line on a phone.
const LETTERS: usize = 40;
/// Of the names of the marks: one below the other, since long ones would not fit beside each other on a phone.
const NAME: f64 = 18.0;
const FOOT: f64 = 24.0;
/// Where values lie along the picture.
const LEFT: f64 = 0.03;
const RIGHT: f64 = 0.97;

/// Rows over one axis. Every text is the caller's, in the reader's language.
#[derive(Debug, Clone, Default)]
pub struct DotPlot {
    /// Unique on its page.
    pub id: String,
    /// What the picture is of.
    pub title: String,
    /// What it shows, in a sentence or two.
    pub description: String,
    /// What the marks of each row are, in their order; nothing where there is one kind only.
    pub names: Vec<String>,
    /// From top to bottom.
    pub rows: Vec<DotRow>,
    /// The numbers along the axis, ascending, each with its text; the first and last bound it.
    pub ticks: Vec<(f64, String)>,
}

/// A row.
#[derive(Debug, Clone, Default)]
pub struct DotRow {
    /// What it is about.
    pub label: String,
    /// At most two, in the order of [`DotPlot::names`]. `None` is drawn as nothing.
    pub dots: Vec<Option<Dot>>,
}

/// A value with its interval.
#[derive(Debug, Clone)]
pub struct Dot {
    /// On the axis.
    pub value: f64,
    /// The smaller first.
    pub interval: Option<(f64, f64)>,
    /// What a mouse over it shows.
    pub told: String,
}

impl DotPlot {
    /// The plot, drawn.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let rows: f64 = self.rows.iter().map(DotRow::height).sum();
        let head = self.head();
        let bottom = head + rows + 6.0;
        let mut body = self.names();
        for (value, text) in &self.ticks {
            let x = self.x(*value);
            body.push(stroke("gridline", (x, head), (x, bottom)));
            body.push(label("axis", x, bottom + 16.0, text.clone()).with("text-anchor", self.anchor(*value)));
        }
        let mut y = head;
        for row in &self.rows {
            body.extend(self.row(row, y));
            y += row.height();
        }
        Picture {
            id: self.id.clone(),
            class: "dots",
            title: self.title.clone(),
            desc: self.description.clone(),
            height: bottom + FOOT,
            body,
        }
    }

    /// The first and last number stay within the picture.
    fn anchor(&self, value: f64) -> &'static str {
        if self.ticks.first().is_some_and(|(first, _)| *first >= value) {
            "start"
        } else if self.ticks.last().is_some_and(|(last, _)| *last <= value) {
            "end"
        } else {
            "middle"
        }
    }

    fn bounds(&self) -> (f64, f64) {
        let low = self.ticks.first().map_or(0.0, |(value, _)| *value);
        let high = self.ticks.last().map_or(100.0, |(value, _)| *value);
        (low, if high > low { high } else { low + 1.0 })
    }

    fn x(&self, value: f64) -> f64 {
        let (low, high) = self.bounds();
        let value = if value.is_finite() {
            value.clamp(low, high)
        } else {
            low
        };
        LEFT + (value - low) / (high - low) * (RIGHT - LEFT)
    }

    fn head(&self) -> f64 {
        let names = u32::try_from(self.names.len()).map_or(0.0, f64::from);
        if names > 0.0 { names * NAME + 8.0 } else { 0.0 }
    }

    fn names(&self) -> Vec<Element> {
        let mut y = 0.0;
        let mut drawn = Vec::new();
        for (number, name) in self.names.iter().enumerate() {
            let text = element("text")
                .with("class", format!("name s{}", number + 1))
                .at("x", 14.0)
                .at("y", 14.0);
            let entry = element("svg").share("x", 0.0).at("y", y).with("width", "100%");
            drawn.push(
                entry
                    .at("height", NAME)
                    .child(sample(number))
                    .child(text.text(name)),
            );
            y += NAME;
        }
        drawn
    }

    fn row(&self, row: &DotRow, top: f64) -> Vec<Element> {
        let middle = top + row.height() - 13.0;
        let mut drawn = vec![stroke("track", (LEFT, middle), (RIGHT, middle))];
        let mut y = top;
        for line in row.lines() {
            y += LINE;
            drawn.push(label("label", 0.0, y, line));
        }
        let several = row.dots.len() > 1;
        for (number, dot) in row.dots.iter().enumerate() {
            let Some(dot) = dot.as_ref().filter(|dot| dot.value.is_finite()) else {
                continue;
            };
            let y = match (several, number) {
                (false, _) => middle,
                (true, 0) => middle - 4.0,
                (true, _) => middle + 4.0,
            };
            if let Some((low, high)) = dot.interval {
                drawn.push(stroke(
                    &format!("whisker s{}", number + 1),
                    (self.x(low), y),
                    (self.x(high), y),
                ));
            }
            drawn.push(mark(number, self.x(dot.value), y).told(&dot.told));
        }
        drawn
    }
}

impl DotRow {
    /// The label in lines that fit on a phone.
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in self.label.split_whitespace() {
            match lines.last_mut() {
                Some(line) if line.is_empty() => line.push_str(word),
                Some(line) if line.chars().count() + word.chars().count() < LETTERS => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    fn height(&self) -> f64 {
        ROW + LINE * u32::try_from(self.lines().len()).map_or(1.0, f64::from)
    }
}

/// What a name is of.
fn sample(number: usize) -> Element {
    if number == 0 {
        element("circle")
            .with("class", "mark s1")
            .at("cx", 5.0)
            .at("cy", 9.5)
            .at("r", 4.5)
    } else {
        element("rect")
            .with("class", "mark s2")
            .at("x", 1.0)
            .at("y", 5.5)
            .at("width", 8.0)
            .at("height", 8.0)
    }
}

/// Round for the first, square for the second: never colour alone.
fn mark(number: usize, x: f64, y: f64) -> Element {
    if number == 0 {
        dot("mark s1", x, y, 4.5)
    } else {
        square("mark s2", x, y, 8.0)
    }
}
