//! Bars for tables: a value with its interval on the scale of 0 to 100, and the shares of an item's answers.

use super::svg::{element, picture, stroke};

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 18.0;

/// A point estimate with its interval, on the whole scale from 0 to 100.
#[derive(Debug, Clone)]
pub struct IntervalBar {
    /// Unique on its page.
    pub id: String,
    /// What it shows, in words.
    pub title: String,
    /// 0 to 100.
    pub value: f64,
    /// 0 to 100; the smaller first.
    pub interval: Option<(f64, f64)>,
}

/// How answers were distributed.
#[derive(Debug, Clone)]
pub struct DistributionBar {
    /// Unique on its page.
    pub id: String,
    /// What it shows, in words.
    pub title: String,
    /// Lowest answer first. Shares of the answers, 0 to 1.
    pub slices: Vec<Slice>,
}

/// One part of a distribution.
#[derive(Debug, Clone)]
pub struct Slice {
    /// What was answered.
    pub label: String,
    /// 0 to 1.
    pub share: f64,
}

impl IntervalBar {
    /// The bar as SVG text.
    #[must_use]
    pub fn render(&self) -> String {
        let x = |value: f64| value.clamp(0.0, 100.0) / 100.0 * WIDTH;
        let middle = HEIGHT / 2.0;
        let desc = match self.interval {
            Some((low, high)) => format!("{:.0}, 95 % interval {low:.0} to {high:.0}, of 100", self.value),
            None => format!("{:.0} of 100", self.value),
        };
        let mut svg = picture(&self.id, "interval", (WIDTH, HEIGHT), &self.title, &desc)
            .child(stroke("track", (0.0, middle), (WIDTH, middle)))
            .child(stroke(
                "gridline",
                (WIDTH / 2.0, 3.0),
                (WIDTH / 2.0, HEIGHT - 3.0),
            ));
        if let Some((low, high)) = self
            .interval
            .filter(|(low, high)| low.is_finite() && high.is_finite())
        {
            let width = (x(high) - x(low)).max(1.0);
            svg = svg.child(
                element("rect")
                    .with("class", "band")
                    .at("x", x(low))
                    .at("y", middle - 4.0)
                    .at("width", width)
                    .at("height", 8.0),
            );
        }
        if self.value.is_finite() {
            let mark = element("circle").with("class", "point").at("cx", x(self.value));
            svg = svg.child(mark.at("cy", middle).at("r", 4.0));
        }
        svg.render()
    }
}

impl DistributionBar {
    /// The bar as SVG text.
    #[must_use]
    pub fn render(&self) -> String {
        let width = 2.0 * WIDTH;
        let desc: Vec<String> = self
            .slices
            .iter()
            .map(|slice| format!("{}: {:.0} %", slice.label, 100.0 * slice.share))
            .collect();
        let mut svg = picture(
            &self.id,
            "distribution",
            (width, HEIGHT),
            &self.title,
            &desc.join("; "),
        );
        let mut from = 0.0;
        for (number, slice) in self.slices.iter().enumerate() {
            let share = if slice.share.is_finite() {
                slice.share.clamp(0.0, 1.0)
            } else {
                0.0
            };
            let length = share * width;
            let class = format!("slice slice-{}-of-{}", number + 1, self.slices.len());
            let part = element("rect").with("class", class).at("x", from).at("y", 1.0);
            let part = part.at("width", length).at("height", HEIGHT - 2.0);
            svg = svg.child(part.child(element("title").text(format!(
                "{}: {:.0} %",
                slice.label,
                100.0 * share
            ))));
            from += length;
        }
        svg.render()
    }
}
