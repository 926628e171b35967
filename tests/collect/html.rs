//! A browser without scripts: finds the form of a page, fills it, and presses one of its buttons.

use std::collections::BTreeMap;

use crate::support::{Answer, Person};

/// A start tag with its attributes; the text up to the next tag.
#[derive(Debug, Clone)]
pub struct Tag {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub text: String,
}

/// All start tags of a page, in order.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    for piece in html.split('<').skip(1) {
        if piece.starts_with(['/', '!']) {
            continue;
        }
        let end = end_of_tag(piece);
        let (inside, text) = (&piece[..end], piece.get(end + 1..).unwrap_or(""));
        let name_end = inside.find(|c: char| c.is_whitespace()).unwrap_or(inside.len());
        tags.push(Tag {
            name: inside[..name_end].to_owned(),
            attributes: attributes(&inside[name_end..]),
            text: decode(text),
        });
    }
    tags
}

/// A `>` within a quoted value ends nothing.
fn end_of_tag(piece: &str) -> usize {
    let mut quoted = false;
    for (place, c) in piece.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return place,
            _ => {}
        }
    }
    piece.len()
}

fn attributes(mut rest: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        if end == 0 {
            return found;
        }
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        if let Some(value) = rest.strip_prefix("=\"") {
            let close = value.find('"').expect("a quoted attribute");
            found.insert(name, decode(&value[..close]));
            rest = &value[close + 1..];
        } else {
            found.insert(name, String::new());
        }
    }
}

fn decode(text: &str) -> String {
    let mut text = text.to_owned();
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x3D;", "="),
        ("&#x60;", "`"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, character);
    }
    text
}

/// A page with its one form, as a person sees it.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    pub html: String,
    pub tags: Vec<Tag>,
    /// What would be sent: name and value, in the order of the page.
    pub fields: Vec<(String, String)>,
}

impl Page {
    pub async fn get(person: &Person, path: &str) -> Self {
        Self::of(person.page(path).await)
    }

    pub fn of(answer: Answer) -> Self {
        let tags = tags(&answer.text);
        let mut fields = Vec::new();
        for tag in &tags {
            let value = |name: &str| tag.attributes.get(name).cloned();
            let Some(name) = value("name") else { continue };
            let kind = value("type").unwrap_or_default();
            match (tag.name.as_str(), kind.as_str()) {
                ("input", "radio" | "checkbox") if !tag.attributes.contains_key("checked") => {}
                ("input", _) => fields.push((name, value("value").unwrap_or_default())),
                ("textarea", _) => {
                    fields.push((name, tag.text.strip_prefix('\n').unwrap_or(&tag.text).to_owned()));
                }
                _ => {}
            }
        }
        Self {
            status: answer.status,
            html: answer.text,
            tags,
            fields,
        }
    }

    pub fn title(&self) -> &str {
        self.text_of("title")
    }

    pub fn heading(&self) -> &str {
        self.text_of("h1")
    }

    fn text_of(&self, name: &str) -> &str {
        self.tags
            .iter()
            .find(|tag| tag.name == name)
            .map_or("", |tag| tag.text.trim())
    }

    /// Picks a radio button or types into a field; refuses what the page does not offer.
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        let tag = self.offered(name, value);
        let is_box = tag.attributes.get("type").is_some_and(|kind| kind == "checkbox");
        if !is_box {
            self.fields.retain(|(field, _)| field != name);
        }
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What a page never offers, as somebody with tools would send it.
    pub fn forge(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    fn offered(&self, name: &str, value: &str) -> &Tag {
        let fits = |tag: &&Tag| {
            tag.attributes.get("name").is_some_and(|field| field == name)
                && match tag.attributes.get("type").map(String::as_str) {
                    Some("radio" | "checkbox") => tag.attributes.get("value").is_some_and(|v| v == value),
                    Some("hidden") => false,
                    _ => tag.name != "button",
                }
        };
        self.tags
            .iter()
            .find(fits)
            .unwrap_or_else(|| panic!("no field {name} for {value}:\n{}", self.html))
    }

    /// Presses the button `go` of that value; refuses one that is not there.
    pub async fn press(&self, person: &Person, button: &str) -> Self {
        let is_there = self.tags.iter().any(|tag| {
            tag.name == "button" && tag.attributes.get("value").is_some_and(|value| value == button)
        });
        assert!(is_there, "no button {button}:\n{}", self.html);
        let form = self.tags.iter().find(|tag| tag.name == "form").expect("a form");
        let mut fields: Vec<(&str, &str)> = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fields.push(("go", button));
        Self::of(person.submit(&form.attributes["action"], &fields).await)
    }

    /// The values that would be sent for a field.
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }
}
