//! From blocks to lines on pages: where each piece of text and each chart stands, and what it is for those who hear the
//! file.

use super::{Block, Briefing, LargeFigure};
use crate::report::chart::{Colour, Face, Picture};

/// A4 in points.
pub(super) const PAGE: (f64, f64) = (595.0, 842.0);
const MARGIN: f64 = 46.0;
const BOTTOM: f64 = PAGE.1 - 58.0;
const WIDTH: f64 = PAGE.0 - 2.0 * MARGIN;
const INK: Colour = Colour(0x1c, 0x24, 0x26);
const SOFT: Colour = Colour(0x4a, 0x56, 0x5c);
const ACCENT: Colour = Colour(0x0b, 0x65, 0x72);
const BODY: Type = Type {
    size: 9.5,
    bold: false,
    colour: INK,
    leading: 13.0,
};
const SMALL: Type = Type {
    size: 8.0,
    bold: false,
    colour: SOFT,
    leading: 10.5,
};
const HEADING: Type = Type {
    size: 12.0,
    bold: true,
    colour: ACCENT,
    leading: 15.0,
};
const TITLE: Type = Type {
    size: 20.0,
    bold: true,
    colour: INK,
    leading: 24.0,
};
const LARGE: Type = Type {
    size: 26.0,
    bold: true,
    colour: INK,
    leading: 29.0,
};

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub size: f64,
    pub bold: bool,
    pub colour: Colour,
    leading: f64,
}

/// Something at its place. `leaf` says to which part of the structure it belongs; without one it is decoration.
pub(super) struct Piece {
    pub page: usize,
    pub leaf: Option<usize>,
    pub what: What,
}

pub(super) enum What {
    Text {
        x: f64,
        y: f64,
        set: Type,
        text: String,
    },
    Rule {
        x: f64,
        y: f64,
        width: f64,
    },
    Chart {
        x: f64,
        y: f64,
        width: f64,
        picture: Box<Picture>,
    },
}

/// The structure, in reading order. Numbers are leaves.
pub(super) enum Structure {
    Heading {
        level: u16,
        text: String,
        page: usize,
        y: f64,
        leaf: usize,
    },
    Paragraph(usize),
    Figure {
        alt: String,
        leaf: usize,
    },
    /// The first row holds the headings of columns, the first cell of each other row its heading.
    Table(Vec<Vec<usize>>),
    List(Vec<usize>),
}

/// A briefing, laid out.
pub(super) struct Sheets {
    pub pieces: Vec<Piece>,
    pub structure: Vec<Structure>,
    pub leaves: usize,
    pub pages: usize,
}

/// Lays a briefing out.
pub(super) fn lay_out(briefing: &Briefing) -> Sheets {
    let mut pen = Pen {
        sheets: Sheets {
            pieces: Vec::new(),
            structure: Vec::new(),
            leaves: 0,
            pages: 1,
        },
        y: MARGIN,
    };
    pen.heading(1, &briefing.title, TITLE);
    pen.paragraph(&briefing.subtitle, SMALL);
    for block in &briefing.blocks {
        match block {
            Block::Heading(text) => {
                pen.gap(7.0);
                pen.heading(2, text, HEADING);
            }
            Block::Paragraph(text) => pen.paragraph(text, BODY),
            Block::Figures(figures) => pen.figures(figures),
            Block::Chart(picture) => pen.chart(picture),
            Block::Table { head, rows, widths } => pen.table(head, rows, widths),
            Block::List(points) => pen.list(points),
            Block::PageBreak => pen.new_page(),
        }
    }
    pen.feet(&briefing.footer);
    pen.sheets
}

struct Pen {
    sheets: Sheets,
    y: f64,
}

impl Pen {
    fn page(&self) -> usize {
        self.sheets.pages - 1
    }

    fn leaf(&mut self) -> usize {
        self.sheets.leaves += 1;
        self.sheets.leaves - 1
    }

    fn gap(&mut self, height: f64) {
        self.y += height;
    }

    fn new_page(&mut self) {
        self.sheets.pages += 1;
        self.y = MARGIN;
    }

    /// Begins a new page where so much would not fit.
    fn need(&mut self, height: f64) {
        if self.y + height > BOTTOM {
            self.new_page();
        }
    }

    fn put(&mut self, leaf: Option<usize>, what: What) {
        let page = self.page();
        self.sheets.pieces.push(Piece { page, leaf, what });
    }

    /// Lines within a column; the position below them.
    fn lines(&mut self, leaf: usize, (x, top): (f64, f64), width: f64, text: &str, set: Type) -> f64 {
        let mut y = top;
        for line in wrapped(text, width, set) {
            y += set.leading;
            self.put(
                Some(leaf),
                What::Text {
                    x,
                    y: y - set.leading * 0.22,
                    set,
                    text: line,
                },
            );
        }
        y
    }

    fn heading(&mut self, level: u16, text: &str, set: Type) {
        self.need(set.leading + 40.0);
        let leaf = self.leaf();
        let (page, y) = (self.page(), self.y);
        self.y = self.lines(leaf, (MARGIN, y), WIDTH, text, set) + 3.0;
        self.sheets.structure.push(Structure::Heading {
            level,
            text: text.to_owned(),
            page,
            y,
            leaf,
        });
    }

    fn paragraph(&mut self, text: &str, set: Type) {
        if text.is_empty() {
            return;
        }
        let height = height(text, WIDTH, set);
        self.need(height);
        let leaf = self.leaf();
        self.y = self.lines(leaf, (MARGIN, self.y), WIDTH, text, set) + 4.0;
        self.sheets.structure.push(Structure::Paragraph(leaf));
    }

    fn figures(&mut self, figures: &[LargeFigure]) {
        let columns = u32::try_from(figures.len().max(1)).map_or(1.0, f64::from);
        let width = (WIDTH - (columns - 1.0) * 18.0) / columns;
        self.need(80.0);
        let (top, mut x, mut lowest) = (self.y, MARGIN, self.y);
        for figure in figures {
            let leaf = self.leaf();
            let mut y = self.lines(leaf, (x, top), width, &figure.label, SMALL);
            y = self.lines(leaf, (x, y), width, &figure.value, LARGE);
            y = self.lines(leaf, (x, y), width, &figure.detail, SMALL);
            self.sheets.structure.push(Structure::Paragraph(leaf));
            lowest = f64::max(lowest, y);
            x += width + 18.0;
        }
        self.y = lowest + 8.0;
    }

    fn chart(&mut self, picture: &Picture) {
        // Charts are drawn in pixels of 1/96 inch, paper is measured in points of 1/72.
        let height = picture.height() * SCALE;
        self.need(height + 4.0);
        let leaf = self.leaf();
        let y = self.y;
        self.put(
            Some(leaf),
            What::Chart {
                x: MARGIN,
                y,
                width: WIDTH,
                picture: Box::new(picture.clone()),
            },
        );
        let alt = format!("{}. {}", picture.title(), picture.desc());
        self.sheets.structure.push(Structure::Figure { alt, leaf });
        self.y += height + 4.0;
    }

    fn table(&mut self, head: &[String], rows: &[Vec<String>], widths: &[f64]) {
        let whole: f64 = widths.iter().sum::<f64>().max(1.0);
        let widths: Vec<f64> = widths.iter().map(|width| width / whole * WIDTH).collect();
        let mut structure = Vec::new();
        let heading = Type { bold: true, ..SMALL };
        structure.push(self.row(head, &widths, heading));
        for row in rows {
            structure.push(self.row(
                row,
                &widths,
                Type {
                    size: 8.5,
                    leading: 11.5,
                    ..BODY
                },
            ));
        }
        self.sheets.structure.push(Structure::Table(structure));
        self.gap(6.0);
    }

    fn row(&mut self, cells: &[String], widths: &[f64], set: Type) -> Vec<usize> {
        let inner = |width: f64| (width - 8.0).max(20.0);
        let tallest = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| height(cell, inner(*width), set))
            .fold(0.0, f64::max);
        self.need(tallest + 4.0);
        let (top, mut x) = (self.y + 1.0, MARGIN);
        let mut leaves = Vec::new();
        for (cell, width) in cells.iter().zip(widths) {
            let leaf = self.leaf();
            // A cell without content would be missing for those who hear the table.
            let shown = if cell.is_empty() { "\u{2013}" } else { cell };
            self.lines(leaf, (x, top), inner(*width), shown, set);
            leaves.push(leaf);
            x += width;
        }
        self.y = top + tallest + 3.0;
        let y = self.y;
        self.put(
            None,
            What::Rule {
                x: MARGIN,
                y,
                width: WIDTH,
            },
        );
        leaves
    }

    fn list(&mut self, points: &[String]) {
        let mut leaves = Vec::new();
        for point in points {
            let height = height(point, WIDTH - 14.0, BODY);
            self.need(height);
            let leaf = self.leaf();
            let top = self.y;
            self.put(
                Some(leaf),
                What::Text {
                    x: MARGIN,
                    y: top + BODY.leading * 0.78,
                    set: BODY,
                    text: "\u{2022}".to_owned(),
                },
            );
            self.y = self.lines(leaf, (MARGIN + 14.0, top), WIDTH - 14.0, point, BODY) + 2.0;
            leaves.push(leaf);
        }
        if !leaves.is_empty() {
            self.sheets.structure.push(Structure::List(leaves));
        }
    }

    fn feet(&mut self, text: &str) {
        let pages = self.sheets.pages;
        for page in 0..pages {
            let lines = wrapped(text, WIDTH - 50.0, SMALL);
            for (line, y) in lines.into_iter().zip([PAGE.1 - 38.0, PAGE.1 - 27.5]) {
                let what = What::Text {
                    x: MARGIN,
                    y,
                    set: SMALL,
                    text: line,
                };
                self.sheets.pieces.push(Piece {
                    page,
                    leaf: None,
                    what,
                });
            }
            let number = format!("{} / {pages}", page + 1);
            let x = PAGE.0 - MARGIN - Face::Regular.width(&number, SMALL.size);
            let what = What::Text {
                x,
                y: PAGE.1 - 38.0,
                set: SMALL,
                text: number,
            };
            self.sheets.pieces.push(Piece {
                page,
                leaf: None,
                what,
            });
        }
    }
}

/// Points of paper for each pixel of a chart.
pub(super) const SCALE: f64 = 0.75;

fn height(text: &str, width: f64, set: Type) -> f64 {
    u32::try_from(wrapped(text, width, set).len()).map_or(0.0, f64::from) * set.leading
}

/// Lines of at most so wide, broken at blanks; a word that is wider stands alone.
fn wrapped(text: &str, width: f64, set: Type) -> Vec<String> {
    let face = Face::of(set.bold);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        if !line.is_empty() && face.width(&longer, set.size) > width {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        } else {
            line = longer;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_within_its_width_and_loses_no_word() {
        let text = "Trust in the central office fell by nine points since the round of last May, which is beyond chance.";
        let lines = wrapped(text, 120.0, BODY);
        assert!(lines.len() > 3);
        assert_eq!(lines.join(" "), text);
        for line in &lines {
            assert!(Face::Regular.width(line, BODY.size) <= 120.0, "{line}");
        }
        assert_eq!(wrapped("", 100.0, BODY), Vec::<String>::new());
    }

    #[test]
    fn what_does_not_fit_goes_to_the_next_page() {
        let rows: Vec<Vec<String>> = (0..80).map(|n| vec![format!("row {n}"), n.to_string()]).collect();
        let table = Block::Table {
            head: vec!["a".to_owned(), "b".to_owned()],
            rows,
            widths: vec![3.0, 1.0],
        };
        let sheets = lay_out(&Briefing {
            title: "T".to_owned(),
            blocks: vec![table],
            ..Briefing::default()
        });
        assert!(sheets.pages >= 2);
        for piece in &sheets.pieces {
            if let (What::Text { y, .. }, Some(_)) = (&piece.what, piece.leaf) {
                assert!(*y <= BOTTOM + 12.0, "{y}");
            }
        }
    }
}
