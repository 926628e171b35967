//! A drawn chart and its ways out: within a page, as an SVG file, and onto a [`Canvas`] (PNG, PDF).

use super::canvas::{Canvas, Place, draw};
use super::style;
use super::svg::{Element, element, label, number};

/// A chart that is drawn and not yet written.
///
/// Equal input gives equal bytes. Along its width everything is placed by shares, so it fits every width.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Unique on its page; ids inside start with it.
    pub(super) id: String,
    /// The kind, as a class of the stylesheet.
    pub(super) class: &'static str,
    /// What it is of.
    pub(super) title: String,
    /// What it shows, in words.
    pub(super) desc: String,
    /// In pixels.
    pub(super) height: f64,
    pub(super) body: Vec<Element>,
}

/// How wide a chart is in a file, in pixels.
pub const FILE_WIDTH: f64 = 760.0;
/// Around a chart in a file.
const MARGIN: f64 = 20.0;
const TITLE_HEIGHT: f64 = 34.0;
const LINE_HEIGHT: f64 = 17.0;

impl Picture {
    /// For a page: as wide as its place, with the texts for those who do not see it, coloured by the stylesheet.
    #[must_use]
    pub fn inline(&self) -> String {
        let (title_id, desc_id) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        self.frame()
            .with("role", "img")
            .with("aria-labelledby", format!("{title_id} {desc_id}"))
            .child(element("title").with("id", title_id).text(&self.title))
            .child(element("desc").with("id", desc_id).text(&self.desc))
            .all(self.body.iter().cloned())
            .render()
    }

    /// For a table whose cells say the same in figures: hidden from those who hear the page.
    #[must_use]
    pub fn decoration(&self) -> String {
        self.frame()
            .with("aria-hidden", "true")
            .all(self.body.iter().cloned())
            .render()
    }

    fn frame(&self) -> Element {
        element("svg")
            .with("class", self.class)
            .with("width", "100%")
            .at("height", self.height)
    }

    /// A file that stands alone: title above, `notes` below, colours inside.
    #[must_use]
    pub fn file(&self, notes: &[String]) -> String {
        let (width, height) = self.file_size(notes);
        element("svg")
            .with("xmlns", "http://www.w3.org/2000/svg")
            .at("width", width)
            .at("height", height)
            .with("viewBox", format!("0 0 {} {}", number(width), number(height)))
            .with("role", "img")
            .with("aria-labelledby", "chart-title chart-desc")
            .child(element("title").with("id", "chart-title").text(&self.title))
            .child(element("desc").with("id", "chart-desc").text(&self.desc))
            .child(element("style").text(style::sheet()))
            .all(self.sheet(notes))
            .render()
    }

    /// Width and height of the file in pixels.
    #[must_use]
    pub fn file_size(&self, notes: &[String]) -> (f64, f64) {
        let lines = u32::try_from(notes.len()).map_or(0.0, f64::from);
        let height = 2.0 * MARGIN + TITLE_HEIGHT + self.height + lines * LINE_HEIGHT;
        (FILE_WIDTH, height)
    }

    /// What the file shows, onto a canvas of [`Picture::file_size`].
    pub fn draw_file(&self, notes: &[String], canvas: &mut dyn Canvas) {
        let (width, height) = self.file_size(notes);
        let place = Place {
            x: 0.0,
            y: 0.0,
            width,
            height,
        };
        draw(&self.sheet(notes), place, canvas);
    }

    /// The chart alone, onto a part of a canvas.
    pub fn draw_into(&self, (x, y, width): (f64, f64, f64), canvas: &mut dyn Canvas) {
        let place = Place {
            x,
            y,
            width,
            height: self.height,
        };
        draw(&self.body, place, canvas);
    }

    /// Its height in pixels at any width.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.height
    }

    /// What it is of.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it shows, in words.
    #[must_use]
    pub fn desc(&self) -> &str {
        &self.desc
    }

    fn sheet(&self, notes: &[String]) -> Vec<Element> {
        let (width, height) = self.file_size(notes);
        let paper = element("rect")
            .with("class", "paper")
            .at("width", width)
            .at("height", height);
        let inside = element("svg")
            .at("x", MARGIN)
            .at("y", MARGIN + TITLE_HEIGHT)
            .at("width", width - 2.0 * MARGIN)
            .at("height", self.height)
            .all(self.body.iter().cloned());
        let heading = label("heading", MARGIN / width, MARGIN + 14.0, self.title.clone());
        let mut y = MARGIN + TITLE_HEIGHT + self.height;
        let lines = notes.iter().map(|note| {
            y += LINE_HEIGHT;
            label("note", MARGIN / width, y, note.clone())
        });
        [paper, heading, inside].into_iter().chain(lines).collect()
    }
}
