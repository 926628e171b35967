//! A tree of elements that is written out well-formed by construction: names are ours, values are escaped.

/// An element with its attributes and children.
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

enum Node {
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

/// The outer element of a chart: scales with its place, has a role, a title and a description.
pub(super) fn picture(
    id: &str,
    class: &str,
    (width, height): (f64, f64),
    title: &str,
    desc: &str,
) -> Element {
    let (title_id, desc_id) = (format!("{id}-title"), format!("{id}-desc"));
    element("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("class", class)
        .with("viewBox", format!("0 0 {} {}", number(width), number(height)))
        .with("role", "img")
        .with("aria-labelledby", format!("{title_id} {desc_id}"))
        .child(element("title").with("id", title_id).text(title))
        .child(element("desc").with("id", desc_id).text(desc))
}

impl Element {
    /// Adds an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds a coordinate or length.
    pub(super) fn at(self, name: &'static str, value: f64) -> Self {
        self.with(name, number(value))
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

/// A label at a place.
pub(super) fn label(class: &str, x: f64, y: f64, text: impl Into<String>) -> Element {
    element("text")
        .with("class", class)
        .at("x", x)
        .at("y", y)
        .text(text)
}

/// A straight line.
pub(super) fn stroke(class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Element {
    element("line")
        .with("class", class)
        .at("x1", x1)
        .at("y1", y1)
        .at("x2", x2)
        .at("y2", y2)
}

/// The `points` attribute of a polyline or polygon.
pub(super) fn points(corners: &[(f64, f64)]) -> String {
    let pairs: Vec<String> = corners
        .iter()
        .map(|(x, y)| format!("{},{}", number(*x), number(*y)))
        .collect();
    pairs.join(" ")
}
