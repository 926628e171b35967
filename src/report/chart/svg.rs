//! A tree of elements that is written out well-formed by construction: names are ours, values are escaped.
//!
//! Lengths along the page may be shares of the picture's width ([`Element::share`]), so that a picture can be as wide
//! as its place while its text keeps its size.

/// An element with its attributes and children.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) children: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

/// Starts an element.
pub(super) fn element(name: &'static str) -> Element {
    Element {
        name,
        attributes: Vec::new(),
        children: Vec::new(),
    }
}

impl Element {
    /// Adds an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds a coordinate or length in pixels.
    pub(super) fn at(self, name: &'static str, value: f64) -> Self {
        self.with(name, number(value))
    }

    /// Adds a coordinate or length as a share (0 to 1) of the picture.
    pub(super) fn share(self, name: &'static str, share: f64) -> Self {
        self.with(name, percent(share))
    }

    /// Adds a child element.
    pub(super) fn child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// Adds children in order.
    pub(super) fn all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// Adds text.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// Adds what a mouse over it shows; nothing for an empty text.
    pub(super) fn told(self, text: &str) -> Self {
        if text.is_empty() {
            self
        } else {
            self.child(element("title").text(text))
        }
    }

    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The whole tree as text.
    pub(super) fn render(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, out);
            out.push('"');
        }
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(out),
                Node::Text(text) => escape(text, out),
            }
        }
        out.push_str("</");
        out.push_str(self.name);
        out.push('>');
    }
}

/// Characters that XML 1.0 forbids outright become the replacement character: a title may come from an import.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

/// A coordinate with one digit. What is not a number cannot be drawn and stands at the origin; callers leave such
/// points out beforehand.
pub(super) fn number(value: f64) -> String {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A share as `12.3%`.
pub(super) fn percent(share: f64) -> String {
    format!("{}%", number(100.0 * share))
}

/// A text at a place; `share` along the picture, `y` in pixels.
pub(super) fn label(class: &str, share: f64, y: f64, text: impl Into<String>) -> Element {
    let place = element("text").with("class", class);
    let place = if share == 0.0 {
        place.at("x", 0.0)
    } else {
        place.share("x", share)
    };
    place.at("y", y).text(text)
}

/// A straight line between two places, each a share along and pixels down.
pub(super) fn stroke(class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Element {
    element("line")
        .with("class", class)
        .share("x1", x1)
        .at("y1", y1)
        .share("x2", x2)
        .at("y2", y2)
}

/// A round mark.
pub(super) fn dot(class: &str, share: f64, y: f64, radius: f64) -> Element {
    element("circle")
        .with("class", class)
        .share("cx", share)
        .at("cy", y)
        .at("r", radius)
}

/// A square mark around a place.
pub(super) fn square(class: &str, share: f64, y: f64, side: f64) -> Element {
    element("rect")
        .with("class", class)
        .share("x", share)
        .at("y", y - side / 2.0)
        .at("width", side)
        .at("height", side)
        .with("transform", format!("translate({})", number(-side / 2.0)))
}

/// The `points` attribute of a polyline or polygon.
pub(super) fn points(corners: &[(f64, f64)]) -> String {
    let pairs: Vec<String> = corners
        .iter()
        .map(|(x, y)| format!("{},{}", number(*x), number(*y)))
        .collect();
    pairs.join(" ")
}

/// How many units the picture is wide inside [`stretched`].
pub(super) const STRETCH: f64 = 1000.0;

/// Room for polygons and polylines, which cannot take shares: their first coordinate runs from 0 to [`STRETCH`] over the
/// width of the picture; strokes keep their width.
pub(super) fn stretched(height: f64) -> Element {
    element("svg")
        .with("width", "100%")
        .at("height", height)
        .with("viewBox", format!("0 0 {} {}", number(STRETCH), number(height)))
        .with("preserveAspectRatio", "none")
}
