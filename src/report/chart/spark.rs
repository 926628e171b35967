//! A line the size of a word, for tables: the direction only, the numbers stand beside it.

use super::svg::{element, number, picture, points};

const WIDTH: f64 = 96.0;
const HEIGHT: f64 = 24.0;
const MARGIN: f64 = 4.0;
/// The vertical span in points, the same in every row so that rows can be compared.
const SPAN: f64 = 40.0;

/// A small trend line.
#[derive(Debug, Clone, Default)]
pub struct Sparkline {
    /// Unique on its page.
    pub id: String,
    /// What it shows, in words.
    pub title: String,
    /// Stretches of (instant, score); between them is a gap.
    pub segments: Vec<Vec<(f64, f64)>>,
}

impl Sparkline {
    /// The line as SVG text; nothing when there is no point.
    #[must_use]
    pub fn render(&self) -> Option<String> {
        let all: Vec<(f64, f64)> = self.segments.iter().flatten().copied().filter(finite).collect();
        let last = all.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0))?;
        let first_at = all.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
        let least = all.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
        let most = all.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
        let span = SPAN.max(most - least);
        let floor = f64::midpoint(least, most) - span / 2.0;
        let place = |(at, value): (f64, f64)| {
            let share = if last.0 > first_at {
                (at - first_at) / (last.0 - first_at)
            } else {
                0.5
            };
            let x = MARGIN + share * (WIDTH - 2.0 * MARGIN);
            (
                x,
                HEIGHT - MARGIN - (value - floor) / span * (HEIGHT - 2.0 * MARGIN),
            )
        };
        let mut svg = picture(&self.id, "spark", (WIDTH, HEIGHT), &self.title, &describe(&all));
        for segment in &self.segments {
            let corners: Vec<(f64, f64)> = segment.iter().copied().filter(finite).map(place).collect();
            if corners.len() > 1 {
                let line = element("polyline").with("class", "line").with("fill", "none");
                svg = svg.child(line.with("points", points(&corners)));
            }
        }
        let (x, y) = place(last);
        let end = element("circle")
            .with("class", "point")
            .at("cx", x)
            .at("cy", y)
            .at("r", 2.5);
        Some(svg.child(end).render())
    }
}

fn finite((at, value): &(f64, f64)) -> bool {
    at.is_finite() && value.is_finite()
}

fn describe(points: &[(f64, f64)]) -> String {
    let values: Vec<String> = points.iter().map(|(_, value)| number(value.round())).collect();
    format!("From the first round to the last: {}", values.join(", "))
}
