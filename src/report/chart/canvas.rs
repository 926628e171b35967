//! A chart onto something that is no browser: the few elements that charts are made of, resolved to pixels.

use super::style::{Ink, ink};
use super::svg::{Element, Node};

/// Something that can be drawn on. Pixels, the origin at the top left.
pub trait Canvas {
    /// An open or closed line through corners, filled if closed and the ink fills.
    fn lines(&mut self, corners: &[(f64, f64)], closed: bool, ink: &Ink);
    /// A disc.
    fn disc(&mut self, centre: (f64, f64), radius: f64, ink: &Ink);
    /// A line of text, on its base line.
    fn text(&mut self, at: (f64, f64), anchor: Anchor, text: &str, ink: &Ink);
}

/// Which part of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// A part of a canvas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Draws elements into a place.
pub(super) fn draw(elements: &[Element], place: Place, canvas: &mut dyn Canvas) {
    for element in elements {
        one(element, place, canvas);
    }
}

fn one(element: &Element, place: Place, canvas: &mut dyn Canvas) {
    let ink = ink(element.attribute("class").unwrap_or_default());
    let shift = shift(element);
    let along = |name: &str| place.x + length(element, name, place.width) + shift;
    let down = |name: &str| place.y + length(element, name, place.height);
    match element.name {
        "line" => canvas.lines(
            &[(along("x1"), down("y1")), (along("x2"), down("y2"))],
            false,
            &ink,
        ),
        "rect" => {
            let (left, top) = (along("x"), down("y"));
            let right = left + length(element, "width", place.width);
            let bottom = top + length(element, "height", place.height);
            canvas.lines(
                &[(left, top), (right, top), (right, bottom), (left, bottom)],
                true,
                &ink,
            );
        }
        "circle" => canvas.disc((along("cx"), down("cy")), length(element, "r", place.width), &ink),
        "polygon" | "polyline" => {
            let closed = element.name == "polygon";
            let corners: Vec<(f64, f64)> = corners(element)
                .map(|(x, y)| (place.x + x, place.y + y))
                .collect();
            canvas.lines(&corners, closed, &ink);
        }
        "text" => {
            let anchor = match element.attribute("text-anchor") {
                Some("middle") => Anchor::Middle,
                Some("end") => Anchor::End,
                _ => Anchor::Start,
            };
            let at = (along("x") + length(element, "dx", place.width), down("y"));
            canvas.text(at, anchor, &said(element), &ink);
        }
        "g" => nested(element, place, 1.0, canvas),
        "svg" => {
            let inner = Place {
                x: along("x"),
                y: down("y"),
                width: size(element, "width", place.width),
                height: size(element, "height", place.height),
            };
            // `viewBox="0 0 1000 h"`: only the first direction is stretched.
            let units = element
                .attribute("viewBox")
                .and_then(|view| view.split(' ').nth(2)?.parse::<f64>().ok());
            let stretch = units
                .filter(|units| *units > 0.0)
                .map_or(1.0, |units| inner.width / units);
            nested(element, inner, stretch, canvas);
        }
        _ => {}
    }
}

fn nested(element: &Element, place: Place, stretch: f64, canvas: &mut dyn Canvas) {
    for child in &element.children {
        if let Node::Element(child) = child {
            if stretch == 1.0 {
                one(child, place, canvas);
            } else {
                one(&stretched(child, stretch), place, canvas);
            }
        }
    }
}

/// A polyline or polygon with its first coordinates multiplied.
fn stretched(element: &Element, stretch: f64) -> Element {
    let corners: Vec<(f64, f64)> = corners(element).map(|(x, y)| (x * stretch, y)).collect();
    let mut element = element.clone();
    for (name, value) in &mut element.attributes {
        if *name == "points" {
            *value = super::svg::points(&corners);
        }
    }
    element
}

fn corners(element: &Element) -> impl Iterator<Item = (f64, f64)> {
    let pairs = element.attribute("points").unwrap_or_default().split(' ');
    pairs.filter_map(|pair| {
        let (x, y) = pair.split_once(',')?;
        Some((x.parse().ok()?, y.parse().ok()?))
    })
}

/// A length in pixels; 0 where there is none.
fn length(element: &Element, name: &str, whole: f64) -> f64 {
    element
        .attribute(name)
        .and_then(|text| parsed(text, whole))
        .unwrap_or(0.0)
}

/// As [`length`], but everything where there is none.
fn size(element: &Element, name: &str, whole: f64) -> f64 {
    element
        .attribute(name)
        .and_then(|text| parsed(text, whole))
        .unwrap_or(whole)
}

fn parsed(text: &str, whole: f64) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(share) => share.parse::<f64>().ok().map(|share| share / 100.0 * whole),
        None => text.parse().ok(),
    }
}

fn shift(element: &Element) -> f64 {
    let moved = element
        .attribute("transform")
        .and_then(|text| text.strip_prefix("translate("));
    moved
        .and_then(|text| text.trim_end_matches(')').parse().ok())
        .unwrap_or(0.0)
}

fn said(element: &Element) -> String {
    let texts = element.children.iter().filter_map(|child| match child {
        Node::Text(text) => Some(text.as_str()),
        Node::Element(_) => None,
    });
    texts.collect()
}
