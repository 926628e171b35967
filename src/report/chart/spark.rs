//! A line the size of a word, for tables: the direction only, the numbers stand beside it.

use super::picture::Picture;
use super::svg::{STRETCH, dot, element, points, stretched};

const HEIGHT: f64 = 26.0;
const MARGIN: f64 = 4.0;
/// The vertical span in points, the same in every row so that rows can be compared.
const SPAN: f64 = 40.0;

/// A small trend line.
#[derive(Debug, Clone, Default)]
pub struct Sparkline {
    /// Stretches of (instant, score); between them is a gap.
    pub segments: Vec<Vec<(f64, f64)>>,
}

impl Sparkline {
    /// The line, drawn; nothing when there are fewer than two points. It is a decoration.
    #[must_use]
    pub fn picture(&self) -> Option<Picture> {
        let all: Vec<(f64, f64)> = self.segments.iter().flatten().copied().filter(finite).collect();
        let last = all
            .iter()
            .copied()
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|_| all.len() > 1)?;
        let first_at = all.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
        let least = all.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
        let most = all.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
        let span = SPAN.max(most - least);
        let floor = f64::midpoint(least, most) - span / 2.0;
        let place = |(at, value): (f64, f64)| {
            let along = if last.0 > first_at {
                (at - first_at) / (last.0 - first_at)
            } else {
                0.5
            };
            let up = (value - floor) / span;
            (
                0.03 + 0.92 * along,
                HEIGHT - MARGIN - up * (HEIGHT - 2.0 * MARGIN),
            )
        };
        let mut room = stretched(HEIGHT);
        for segment in &self.segments {
            let corners = segment.iter().copied().filter(finite).map(place);
            let corners: Vec<(f64, f64)> = corners.map(|(x, y)| (STRETCH * x, y)).collect();
            if corners.len() > 1 {
                room = room.child(
                    element("polyline")
                        .with("class", "line s1")
                        .with("points", points(&corners)),
                );
            }
        }
        let (x, y) = place(last);
        Some(Picture {
            id: String::new(),
            class: "spark",
            title: String::new(),
            desc: String::new(),
            height: HEIGHT,
            body: vec![room, dot("mark s1", x, y, 3.0)],
        })
    }
}

fn finite((at, value): &(f64, f64)) -> bool {
    at.is_finite() && value.is_finite()
}
