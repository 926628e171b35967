//! Bands of scores for heat maps: their classes on pages, and the whole map as a picture for files.

use super::picture::{FILE_WIDTH, Picture};
use super::svg::{Element, element, label};

const ROW: f64 = 26.0;
const HEAD: f64 = 30.0;
/// How much of the picture the names of rows take.
const NAMES: f64 = 0.36;

/// Upper bounds of the bands, ascending; what is above the last is in the seventh.
pub const HEAT_BOUNDS: [f64; 6] = [40.0, 50.0, 60.0, 70.0, 80.0, 90.0];

/// The class of a score's band, `h1` (lowest) to `h7`.
#[must_use]
pub fn heat_class(score: f64) -> &'static str {
    let classes = ["h1", "h2", "h3", "h4", "h5", "h6", "h7"];
    let above = HEAT_BOUNDS.iter().filter(|bound| score >= **bound).count();
    classes.get(above).copied().unwrap_or("h7")
}

/// A map of scores.
#[derive(Debug, Clone, Default)]
pub struct HeatMap {
    /// What the picture is of.
    pub title: String,
    /// What it shows, in a sentence or two.
    pub description: String,
    /// The names of the columns, numbered in the picture: the numbers are explained below it.
    pub columns: Vec<String>,
    /// Name and scores of each row; a withheld score is `None`.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
}

impl HeatMap {
    /// The map, drawn. Column headings are numbers; [`HeatMap::legend`] explains them.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let rows = u32::try_from(self.rows.len()).map_or(0.0, f64::from);
        let columns = u32::try_from(self.columns.len().max(1)).map_or(1.0, f64::from);
        let width = (1.0 - NAMES) / columns;
        let mut body = Vec::new();
        let mut x = NAMES;
        for number in 1..=self.columns.len() {
            body.push(label("axis", x + width / 2.0, 18.0, number.to_string()).with("text-anchor", "middle"));
            x += width;
        }
        let mut y = HEAD;
        for (name, scores) in &self.rows {
            body.push(label("label", 0.0, y + 17.0, shortened(name)));
            let mut x = NAMES;
            for score in scores {
                body.extend(cell(*score, (x, y), width));
                x += width;
            }
            y += ROW;
        }
        Picture {
            id: "heat".to_owned(),
            class: "heat",
            title: self.title.clone(),
            desc: self.description.clone(),
            height: HEAD + rows * ROW + 6.0,
            body,
        }
    }

    /// What the numbers above the columns mean.
    #[must_use]
    pub fn legend(&self) -> Vec<String> {
        let numbered = self.columns.iter().enumerate();
        numbered
            .map(|(place, name)| format!("{}  {name}", place + 1))
            .collect()
    }
}

fn cell(score: Option<f64>, (x, y): (f64, f64), width: f64) -> Vec<Element> {
    let class = score.map_or("none", heat_class);
    let area = element("rect")
        .with("class", class)
        .share("x", x)
        .at("y", y)
        .share("width", (width - 2.0 / FILE_WIDTH).max(0.0))
        .at("height", ROW - 2.0);
    let text = score.map_or_else(
        || "\u{2013}".to_owned(),
        |score| format!("{:.0}", crate::measure::rounding::rounded(score, 0)),
    );
    let on = if matches!(class, "h6" | "h7") {
        "on-dark"
    } else {
        "on-light"
    };
    vec![
        area,
        label(on, x + width / 2.0, y + 16.5, text).with("text-anchor", "middle"),
    ]
}

/// Names that would run into the cells.
fn shortened(name: &str) -> String {
    const MOST: usize = 38;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    let kept: String = name.chars().take(MOST - 1).collect();
    format!("{}\u{2026}", kept.trim_end())
}
