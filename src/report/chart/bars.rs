//! Bars for tables: a value with its interval on the scale of 0 to 100, and the answers to an item about a middle line.

use super::picture::Picture;
use super::svg::{Element, dot, element, label, stroke};

const HEIGHT: f64 = 18.0;
const ANSWERS_HEIGHT: f64 = 24.0;
/// Slices smaller than this share of all answers have no room for their number on a phone.
const LEAST_LABELLED: f64 = 0.13;

/// A point estimate with its interval, on the whole scale from 0 to 100.
#[derive(Debug, Clone)]
pub struct IntervalBar {
    /// 0 to 100.
    pub value: f64,
    /// 0 to 100; the smaller first.
    pub interval: Option<(f64, f64)>,
}

/// How answers were distributed: unfavourable to the left of the middle line, favourable to the right, the middle
/// answer astride.
#[derive(Debug, Clone)]
pub struct AnswersBar {
    /// Unique on its page.
    pub id: String,
    /// What it shows, in words.
    pub title: String,
    /// Lowest answer first. Shares of the answers, 0 to 1. At most five are drawn.
    pub slices: Vec<Slice>,
}

/// One part of a distribution.
#[derive(Debug, Clone)]
pub struct Slice {
    /// What was answered.
    pub label: String,
    /// 0 to 1.
    pub share: f64,
    /// The share as people read it, e.g. "42 %".
    pub told: String,
}

impl IntervalBar {
    /// The bar, drawn. It is a decoration: the figures stand beside it.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let x = |value: f64| 0.02 + value.clamp(0.0, 100.0) / 100.0 * 0.96;
        let middle = HEIGHT / 2.0;
        let mut body = vec![
            stroke("track", (0.02, middle), (0.98, middle)),
            stroke("track", (0.5, 4.0), (0.5, HEIGHT - 4.0)),
        ];
        if let Some((low, high)) = self
            .interval
            .filter(|(low, high)| low.is_finite() && high.is_finite())
        {
            let band = element("rect")
                .with("class", "span s1")
                .share("x", x(low))
                .at("y", middle - 3.5);
            body.push(
                band.share("width", (x(high) - x(low)).max(0.005))
                    .at("height", 7.0),
            );
        }
        if self.value.is_finite() {
            body.push(dot("mark s1", x(self.value), middle, 3.5));
        }
        Picture {
            id: String::new(),
            class: "interval",
            title: String::new(),
            desc: String::new(),
            height: HEIGHT,
            body,
        }
    }
}

/// The colours of so many slices, of five.
fn hues(slices: usize) -> &'static [&'static str] {
    match slices {
        1 => &["d3"],
        2 => &["d1", "d5"],
        3 => &["d1", "d3", "d5"],
        4 => &["d1", "d2", "d4", "d5"],
        _ => &["d1", "d2", "d3", "d4", "d5"],
    }
}

impl AnswersBar {
    /// The bar, drawn.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let shares: Vec<f64> = self
            .slices
            .iter()
            .map(|slice| {
                if slice.share.is_finite() {
                    slice.share.clamp(0.0, 1.0)
                } else {
                    0.0
                }
            })
            .collect();
        let below = shares.len() / 2;
        let mut left: f64 = shares.iter().take(below).sum();
        if !shares.len().is_multiple_of(2) {
            left += shares.get(below).copied().unwrap_or(0.0) / 2.0;
        }
        let mut from = 0.5 - left / 2.0;
        let mut body = Vec::new();
        for ((slice, share), hue) in self.slices.iter().zip(&shares).zip(hues(shares.len())) {
            body.extend(slice.drawn(from, share / 2.0, hue));
            from += share / 2.0;
        }
        // Above and below: through the bar it would strike out the number of the middle answer.
        body.push(stroke("zero", (0.5, 0.0), (0.5, 3.0)));
        body.push(stroke("zero", (0.5, ANSWERS_HEIGHT - 3.0), (0.5, ANSWERS_HEIGHT)));
        let desc: Vec<String> = self
            .slices
            .iter()
            .map(|slice| format!("{}: {}", slice.label, slice.told))
            .collect();
        Picture {
            id: self.id.clone(),
            class: "answers",
            title: self.title.clone(),
            desc: desc.join("; "),
            height: ANSWERS_HEIGHT,
            body,
        }
    }
}

impl Slice {
    fn drawn(&self, from: f64, width: f64, hue: &str) -> Vec<Element> {
        let part = element("rect")
            .with("class", hue)
            .share("x", from)
            .at("y", 3.0)
            .share("width", width)
            .at("height", ANSWERS_HEIGHT - 6.0)
            .told(&format!("{}: {}", self.label, self.told));
        let mut drawn = vec![part];
        if 2.0 * width >= LEAST_LABELLED {
            let class = if matches!(hue, "d1" | "d5") {
                "on-dark"
            } else {
                "on-light"
            };
            let number = format!("{:.0}", crate::measure::rounding::rounded(200.0 * width, 0));
            drawn.push(label(class, from + width / 2.0, 16.5, number).with("text-anchor", "middle"));
        }
        drawn
    }
}
