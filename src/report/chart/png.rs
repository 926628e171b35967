//! A chart as PNG: the same drawing as the SVG file, with the font that is inside the binary.

use skrifa::MetadataProvider;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};

use super::canvas::{Anchor, Canvas};
use super::font::Face;
use super::picture::Picture;
use super::style::{Colour, Ink, RIM};

/// Pixels of the file for each pixel of the chart: sharp on paper.
const SCALE: f32 = 2.0;

/// The picture as a PNG file; `None` when it is too large for this machine's memory.
#[must_use]
pub fn png(picture: &Picture, notes: &[String]) -> Option<Vec<u8>> {
    let (width, height) = picture.file_size(notes);
    let (width, height) = (pixels(width)?, pixels(height)?);
    let mut board = Board {
        pixmap: Pixmap::new(width, height)?,
    };
    picture.draw_file(notes, &mut board);
    board.pixmap.encode_png().ok()
}

fn pixels(length: f64) -> Option<u32> {
    let whole = (length * f64::from(SCALE)).ceil();
    format!("{whole:.0}").parse().ok()
}

struct Board {
    pixmap: Pixmap,
}

/// Pixels fit easily; what does not is off the picture anyway.
#[expect(
    clippy::as_conversions,
    reason = "there is no other way from f64 to f32; out of range becomes infinite and is not drawn"
)]
fn short(value: f64) -> f32 {
    value as f32
}

impl Board {
    fn paint(colour: Colour, opacity: f64) -> Paint<'static> {
        let mut paint = Paint::default();
        let Colour(red, green, blue) = colour;
        let opacity = (opacity.clamp(0.0, 1.0) * 255.0).round();
        let alpha = format!("{opacity:.0}").parse().unwrap_or(u8::MAX);
        paint.set_color_rgba8(red, green, blue, alpha);
        paint.anti_alias = true;
        paint
    }

    fn path(&mut self, path: &Path, closed: bool, ink: &Ink) {
        let scale = Transform::from_scale(SCALE, SCALE);
        if let Some(fill) = ink.fill.filter(|_| closed) {
            let paint = Self::paint(fill, ink.opacity);
            self.pixmap
                .fill_path(path, &paint, FillRule::Winding, scale, None);
        }
        if let Some((colour, width)) = ink.stroke {
            let dash = ink
                .dash
                .and_then(|(dash, gap)| StrokeDash::new(vec![short(dash), short(gap)], 0.0));
            let stroke = Stroke {
                width: short(width),
                dash,
                ..Stroke::default()
            };
            self.pixmap
                .stroke_path(path, &Self::paint(colour, 1.0), &stroke, scale, None);
        }
    }
}

impl Canvas for Board {
    fn lines(&mut self, corners: &[(f64, f64)], closed: bool, ink: &Ink) {
        let mut builder = PathBuilder::new();
        for (place, (x, y)) in corners.iter().enumerate() {
            if place == 0 {
                builder.move_to(short(*x), short(*y));
            } else {
                builder.line_to(short(*x), short(*y));
            }
        }
        if closed {
            builder.close();
        }
        if let Some(path) = builder.finish() {
            self.path(&path, closed, ink);
        }
    }

    fn disc(&mut self, (x, y): (f64, f64), radius: f64, ink: &Ink) {
        if let Some(path) = PathBuilder::from_circle(short(x), short(y), short(radius)) {
            self.path(&path, true, ink);
        }
    }

    fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, text: &str, ink: &Ink) {
        let face = Face::of(ink.bold);
        let width = face.width(text, ink.size);
        let mut x = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        let Some(font) = face.font() else { return };
        let outlines = font.outline_glyphs();
        let mut letters = Vec::new();
        for letter in text.chars() {
            if let Some(glyph) = face.glyph(letter).and_then(|id| outlines.get(id)) {
                let mut pen = Pen {
                    builder: PathBuilder::new(),
                    x: short(x),
                    y: short(y),
                };
                let settings = DrawSettings::unhinted(Size::new(short(ink.size)), LocationRef::default());
                if glyph.draw(settings, &mut pen).is_ok()
                    && let Some(path) = pen.builder.finish()
                {
                    if ink.rimmed {
                        self.path(
                            &path,
                            true,
                            &Ink {
                                stroke: Some(RIM),
                                ..*ink
                            },
                        );
                    }
                    letters.push(path);
                }
            }
            x += face.width(letter.encode_utf8(&mut [0; 4]), ink.size);
        }
        for letter in letters {
            self.path(&letter, true, ink);
        }
    }
}

/// Outlines grow upwards, pictures downwards.
struct Pen {
    builder: PathBuilder,
    x: f32,
    y: f32,
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.builder.move_to(self.x + x, self.y - y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.builder.line_to(self.x + x, self.y - y);
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.builder
            .quad_to(self.x + cx0, self.y - cy0, self.x + x, self.y - y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.builder.cubic_to(
            self.x + cx0,
            self.y - cy0,
            self.x + cx1,
            self.y - cy1,
            self.x + x,
            self.y - y,
        );
    }

    fn close(&mut self) {
        self.builder.close();
    }
}
