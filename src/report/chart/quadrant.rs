//! Importance and satisfaction in one plane: what matters much and is rated low stands at the lower right.

use super::axis::ScoreAxis;
use super::picture::Picture;
use super::svg::{Element, dot, label, stroke};

const HEIGHT: f64 = 400.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 350.0;
const LEFT: f64 = 0.06;
const RIGHT: f64 = 0.96;
/// From so many marks on the plane is halved.
const LEAST_HALVED: usize = 4;
/// The width at which labels are laid out, in pixels: a phone's, so that they fit everywhere.
const NARROW: f64 = 300.0;

/// The plane. Every text is the caller's, in the reader's language.
#[derive(Debug, Clone, Default)]
pub struct Quadrant {
    /// Unique on its page.
    pub id: String,
    /// What the picture is of.
    pub title: String,
    /// What it shows, in a sentence or two.
    pub description: String,
    /// The name of the horizontal axis.
    pub across: String,
    /// The name of the vertical axis.
    pub up: String,
    /// What the four corners mean: upper left, upper right, lower left, lower right.
    pub corners: [String; 4],
    /// The marks; each bears its number, from 1 on, and is named in a list beside the picture.
    pub marks: Vec<QuadrantMark>,
}

/// A mark.
#[derive(Debug, Clone)]
pub struct QuadrantMark {
    /// Importance, 0 to 100.
    pub across: f64,
    /// Its 95 % interval.
    pub across_interval: Option<(f64, f64)>,
    /// Satisfaction, 0 to 100.
    pub up: f64,
    /// Its 95 % interval.
    pub up_interval: Option<(f64, f64)>,
    /// What a mouse over it shows.
    pub told: String,
}

struct Plane {
    across: ScoreAxis,
    up: ScoreAxis,
}

impl Quadrant {
    /// The plane, drawn.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let plane = Plane {
            across: ScoreAxis::around(
                self.marks
                    .iter()
                    .flat_map(|mark| ends(mark.across, mark.across_interval)),
            ),
            up: ScoreAxis::around(self.marks.iter().flat_map(|mark| ends(mark.up, mark.up_interval))),
        };
        let mut body = plane.grid(self);
        body.extend(self.halves(&plane));
        let known = self
            .marks
            .iter()
            .enumerate()
            .filter(|(_, mark)| mark.across.is_finite() && mark.up.is_finite());
        let mut taken: Vec<(f64, f64)> = known.clone().map(|(_, mark)| plane.pixel(mark)).collect();
        let mut names = Vec::new();
        for (number, mark) in known {
            body.extend(plane.cross(mark));
            names.push(plane.number(number + 1, mark, &mut taken));
        }
        body.extend(names);
        Picture {
            id: self.id.clone(),
            class: "quadrant",
            title: self.title.clone(),
            desc: self.description.clone(),
            height: HEIGHT,
            body,
        }
    }

    /// Whether the plane is halved both ways: fewer marks do not make two halves worth a name.
    #[must_use]
    pub fn is_halved(&self) -> bool {
        self.marks.len() >= LEAST_HALVED
    }

    /// The middles of both orders, and what the corners mean. They describe these marks and are no thresholds.
    fn halves(&self, plane: &Plane) -> Vec<Element> {
        if !self.is_halved() {
            return Vec::new();
        }
        let (Some(across), Some(up)) = (
            halfway(self.marks.iter().map(|mark| mark.across)),
            halfway(self.marks.iter().map(|mark| mark.up)),
        ) else {
            return Vec::new();
        };
        let (x, y) = (plane.x(across), plane.y(up));
        let [upper_left, upper_right, lower_left, lower_right] = &self.corners;
        let at_end = |text: &String, y| label("note", RIGHT, y, text.clone()).with("text-anchor", "end");
        vec![
            stroke("half", (x, TOP), (x, BOTTOM)),
            stroke("half", (LEFT, y), (RIGHT, y)),
            label("note", LEFT, TOP - 8.0, upper_left.clone()),
            at_end(upper_right, TOP - 8.0),
            label("note", LEFT, BOTTOM - 8.0, lower_left.clone()).with("dx", "4"),
            at_end(lower_right, BOTTOM - 8.0),
        ]
    }
}

fn ends(value: f64, interval: Option<(f64, f64)>) -> [f64; 3] {
    let (low, high) = interval.unwrap_or((value, value));
    [value, low, high]
}

/// Between the two in the middle: as many lie on one side as on the other.
fn halfway(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().saturating_sub(1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

impl Plane {
    fn x(&self, value: f64) -> f64 {
        self.across.place(value, LEFT, RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        self.up.place(value, BOTTOM, TOP)
    }

    fn pixel(&self, mark: &QuadrantMark) -> (f64, f64) {
        (NARROW * self.x(mark.across), self.y(mark.up))
    }

    fn grid(&self, plane: &Quadrant) -> Vec<Element> {
        let mut grid = Vec::new();
        for tick in &self.up.ticks {
            let y = self.y(*tick);
            grid.push(stroke("gridline", (0.0, y), (RIGHT, y)));
            grid.push(label("axis", 0.0, y - 4.0, format!("{tick:.0}")));
        }
        for tick in &self.across.ticks {
            let x = self.x(*tick);
            grid.push(stroke("gridline", (x, TOP), (x, BOTTOM)));
            grid.push(label("axis", x, BOTTOM + 17.0, format!("{tick:.0}")).with("text-anchor", "middle"));
        }
        grid.push(
            label(
                "label",
                RIGHT,
                HEIGHT - 12.0,
                format!("{} \u{2192}", plane.across),
            )
            .with("text-anchor", "end"),
        );
        grid.push(label(
            "label",
            0.0,
            HEIGHT - 12.0,
            format!("\u{2191} {}", plane.up),
        ));
        grid
    }

    fn cross(&self, mark: &QuadrantMark) -> Vec<Element> {
        let (x, y) = (self.x(mark.across), self.y(mark.up));
        let mut drawn = Vec::new();
        if let Some((low, high)) = mark.across_interval {
            drawn.push(stroke("whisker s1 faint", (self.x(low), y), (self.x(high), y)));
        }
        if let Some((low, high)) = mark.up_interval {
            drawn.push(stroke("whisker s1 faint", (x, self.y(low)), (x, self.y(high))));
        }
        drawn.push(dot("mark s1", x, y, 4.5).told(&mark.told));
        drawn
    }

    /// Beside the mark, at the first of eight places that nothing else has taken, even on a phone.
    fn number(&self, number: usize, mark: &QuadrantMark, taken: &mut Vec<(f64, f64)>) -> Element {
        let (x, y) = self.pixel(mark);
        let places = [
            (11.0, -9.0),
            (-11.0, -9.0),
            (11.0, 10.0),
            (-11.0, 10.0),
            (0.0, -15.0),
            (0.0, 16.0),
            (18.0, 0.0),
            (-18.0, 0.0),
        ];
        let is_free = |(dx, dy): &(f64, f64)| {
            taken.iter().all(|(other_x, other_y)| {
                let is_own = (other_x - x).abs() < 0.01 && (other_y - y).abs() < 0.01;
                is_own || (other_x - x - dx).abs() > 13.0 || (other_y - y - dy).abs() > 11.0
            })
        };
        let (dx, dy) = places.into_iter().find(is_free).unwrap_or((11.0, -9.0));
        taken.push((x + dx, y + dy));
        label("name s1", self.x(mark.across), y + dy + 4.5, number.to_string())
            .with("text-anchor", "middle")
            .at("dx", dx)
    }
}
