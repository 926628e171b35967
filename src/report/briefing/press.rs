//! Pages as a PDF file: what is laid out is drawn, tagged and written.

use std::num::NonZeroU16;

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, SpanTag, TableHeaderScope, Tag,
    TagGroup, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use thiserror::Error;

use super::Briefing;
use super::layout::{PAGE, Piece, SCALE, Sheets, Structure, What, lay_out};
use crate::report::chart::{Anchor, Canvas, Colour, Face, Ink};

/// The file could not be made: always a fault of this binary.
#[derive(Debug, Error)]
#[error("the briefing could not be made: {0}")]
pub struct PressError(String);

/// The briefing as a PDF file. Equal input gives equal bytes.
///
/// # Errors
/// [`PressError`] when the writer refuses what it was given.
pub fn pdf(briefing: &Briefing) -> Result<Vec<u8>, PressError> {
    let fault = |what: &str| PressError(what.to_owned());
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1);
    let mut document = Document::new_with(SerializeSettings {
        configuration: configuration
            .finish()
            .map_err(|error| PressError(format!("{error:?}")))?,
        enable_tagging: true,
        ..SerializeSettings::default()
    });
    let fonts = Fonts {
        regular: Font::new(Face::Regular.bytes().into(), 0)
            .ok_or_else(|| fault("the font cannot be read"))?,
        bold: Font::new(Face::Bold.bytes().into(), 0).ok_or_else(|| fault("the bold font cannot be read"))?,
    };
    let sheets = lay_out(briefing);
    let mut marks: Vec<Vec<Identifier>> = vec![Vec::new(); sheets.leaves];
    for page in 0..sheets.pages {
        let size =
            PageSettings::from_wh(short(PAGE.0), short(PAGE.1)).ok_or_else(|| fault("no page size"))?;
        let mut paper = document.start_page_with(size);
        let mut surface = paper.surface();
        for piece in sheets.pieces.iter().filter(|piece| piece.page == page) {
            let tag = match piece.leaf {
                Some(_) => ContentTag::Span(SpanTag::empty().with_lang(Some(&briefing.language))),
                None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)),
            };
            let mark = surface.start_tagged(tag);
            draw(&mut surface, &fonts, piece);
            surface.end_tagged();
            if let Some(of_leaf) = piece.leaf.and_then(|leaf| marks.get_mut(leaf)) {
                of_leaf.push(mark);
            }
        }
        surface.finish();
        paper.finish();
    }
    document.set_tag_tree(tags(briefing, &sheets, &mut marks));
    document.set_outline(outline(&sheets));
    document.set_metadata(
        Metadata::new()
            .title(briefing.title.clone())
            .language(briefing.language.clone())
            .creator("Rapport".to_owned()),
    );
    document
        .finish()
        .map_err(|error| PressError(format!("{error:?}")))
}

#[expect(
    clippy::as_conversions,
    reason = "there is no other way from f64 to f32; places on paper fit easily"
)]
fn short(value: f64) -> f32 {
    value as f32
}

struct Fonts {
    regular: Font,
    bold: Font,
}

fn outline(sheets: &Sheets) -> Outline {
    let mut outline = Outline::new();
    for part in &sheets.structure {
        if let Structure::Heading { text, page, y, .. } = part {
            let place = XyzDestination::new(*page, Point::from_xy(0.0, short(*y)));
            outline.push_child(OutlineNode::new(text.clone(), place));
        }
    }
    outline
}

/// The pieces of a leaf; each is used once.
fn taken(marks: &mut [Vec<Identifier>], leaf: usize) -> Vec<Identifier> {
    marks.get_mut(leaf).map(std::mem::take).unwrap_or_default()
}

fn filled(mut group: TagGroup, children: Vec<Identifier>) -> TagGroup {
    for child in children {
        group.push(child);
    }
    group
}

fn tags(briefing: &Briefing, sheets: &Sheets, marks: &mut [Vec<Identifier>]) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(briefing.language.clone()));
    for part in &sheets.structure {
        let group = match part {
            Structure::Heading {
                level, text, leaf, ..
            } => {
                let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
                filled(
                    TagGroup::new(Tag::Hn(level, Some(text.clone()))),
                    taken(marks, *leaf),
                )
            }
            Structure::Paragraph(leaf) => filled(TagGroup::new(Tag::P), taken(marks, *leaf)),
            Structure::Figure { alt, leaf } => {
                filled(TagGroup::new(Tag::Figure(Some(alt.clone()))), taken(marks, *leaf))
            }
            Structure::Table(rows) => table(rows, marks),
            Structure::List(points) => list(points, marks),
        };
        tree.push(Node::Group(group));
    }
    tree
}

fn table(rows: &[Vec<usize>], marks: &mut [Vec<Identifier>]) -> TagGroup {
    let mut table = TagGroup::new(Tag::Table);
    for (place, row) in rows.iter().enumerate() {
        let mut line = TagGroup::new(Tag::TR);
        for (column, leaf) in row.iter().enumerate() {
            let cell = match (place, column) {
                (0, _) => TagGroup::new(Tag::TH(TableHeaderScope::Column)),
                (_, 0) => TagGroup::new(Tag::TH(TableHeaderScope::Row)),
                _ => TagGroup::new(Tag::TD),
            };
            line.push(Node::Group(filled(cell, taken(marks, *leaf))));
        }
        table.push(Node::Group(line));
    }
    table
}

fn list(points: &[usize], marks: &mut [Vec<Identifier>]) -> TagGroup {
    let mut list = TagGroup::new(Tag::L(ListNumbering::Disc));
    for leaf in points {
        let mut point = TagGroup::new(Tag::LI);
        point.push(Node::Group(filled(
            TagGroup::new(Tag::LBody),
            taken(marks, *leaf),
        )));
        list.push(Node::Group(point));
    }
    list
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, piece: &Piece) {
    let mut paper = Paper { surface, fonts };
    match &piece.what {
        What::Text { x, y, set, text } => {
            let ink = Ink {
                fill: Some(set.colour),
                opacity: 1.0,
                stroke: None,
                dash: None,
                size: set.size,
                bold: set.bold,
                rimmed: false,
            };
            paper.text((*x, *y), Anchor::Start, text, &ink);
        }
        What::Rule { x, y, width } => {
            let ink = Ink {
                fill: None,
                opacity: 1.0,
                stroke: Some((Colour(0xd3, 0xd8, 0xd6), 0.6)),
                dash: None,
                size: 0.0,
                bold: false,
                rimmed: false,
            };
            paper.lines(&[(*x, *y), (x + width, *y)], false, &ink);
        }
        What::Chart { x, y, width, picture } => {
            let scale = short(SCALE);
            let place = Transform::from_row(scale, 0.0, 0.0, scale, short(*x), short(*y));
            paper.surface.push_transform(&place);
            picture.draw_into((0.0, 0.0, width / SCALE), &mut paper);
            paper.surface.pop();
        }
    }
}

struct Paper<'a, 's> {
    surface: &'a mut Surface<'s>,
    fonts: &'a Fonts,
}

fn colour(Colour(red, green, blue): Colour) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

impl Paper<'_, '_> {
    fn ink(&mut self, ink: &Ink, fills: bool) {
        let opacity = NormalizedF32::new(short(ink.opacity)).unwrap_or(NormalizedF32::ONE);
        self.surface.set_fill(ink.fill.filter(|_| fills).map(|fill| Fill {
            paint: colour(fill).into(),
            opacity,
            ..Fill::default()
        }));
        self.surface.set_stroke(ink.stroke.map(|(line, width)| Stroke {
            paint: colour(line).into(),
            width: short(width),
            dash: ink.dash.map(|(dash, gap)| StrokeDash {
                array: vec![short(dash), short(gap)],
                offset: 0.0,
            }),
            ..Stroke::default()
        }));
    }
}

impl Canvas for Paper<'_, '_> {
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
        let fills = closed && ink.fill.is_some();
        if (fills || ink.stroke.is_some())
            && let Some(path) = builder.finish()
        {
            self.ink(ink, closed);
            self.surface.draw_path(&path);
        }
    }

    fn disc(&mut self, (x, y): (f64, f64), radius: f64, ink: &Ink) {
        // Four cubic arcs; the constant is 4/3 tan(pi/8).
        let (x, y, r) = (short(x), short(y), short(radius));
        let c = 0.552_285 * r;
        let mut builder = PathBuilder::new();
        builder.move_to(x + r, y);
        builder.cubic_to(x + r, y + c, x + c, y + r, x, y + r);
        builder.cubic_to(x - c, y + r, x - r, y + c, x - r, y);
        builder.cubic_to(x - r, y - c, x - c, y - r, x, y - r);
        builder.cubic_to(x + c, y - r, x + r, y - c, x + r, y);
        builder.close();
        if let Some(path) = builder.finish() {
            self.ink(ink, true);
            self.surface.draw_path(&path);
        }
    }

    fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, text: &str, ink: &Ink) {
        let face = Face::of(ink.bold);
        let width = face.width(text, ink.size);
        let x = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        let glyphs: Vec<KrillaGlyph> = text
            .char_indices()
            .map(|(at, letter)| {
                let glyph = face.glyph(letter).map_or(0, skrifa::GlyphId::to_u32);
                let advance = short(face.width(letter.encode_utf8(&mut [0; 4]), 1.0));
                let range = at..at + letter.len_utf8();
                KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, range, None)
            })
            .collect();
        let font = if ink.bold {
            &self.fonts.bold
        } else {
            &self.fonts.regular
        };
        self.ink(&Ink { stroke: None, ..*ink }, true);
        let start = Point::from_xy(short(x), short(y));
        self.surface
            .draw_glyphs(start, &glyphs, font.clone(), text, short(ink.size), false);
    }
}
