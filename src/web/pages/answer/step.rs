//! What was posted: where the person is, which button they pressed, and what they answered so far.

use super::show;
use super::walk::Walk;
use crate::collect::Opened;
use crate::collect::fields::Draft;
use crate::web::problem::Problem;
use crate::web::texts::Lang;

/// A posted form.
#[derive(Debug)]
pub(super) struct Posted {
    /// The page that was filled in, by its place in the survey; `None` from the promise and from the review.
    pub page: Option<usize>,
    /// Whether it was posted from the promise.
    pub at_promise: bool,
    /// Whether that page was opened from the review.
    pub reviewing: bool,
    /// What was pressed.
    pub button: Button,
    /// In which language the pages are.
    pub lang: Lang,
    /// The idempotency key of this visit.
    pub key: String,
    /// Everything that was answered so far.
    pub draft: Draft,
}

/// The buttons of the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Button {
    /// To the first page.
    Start,
    /// To the next page.
    Next,
    /// To the page before.
    Back,
    /// To the review.
    Review,
    /// From the review to the page of this item.
    Change(String),
    /// Take back the answer to this item, on the review.
    Remove(String),
    /// The same page in another language.
    Language,
    /// Send the response.
    Send,
}

/// What is shown next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The promise.
    Promise,
    /// A page, by its place in the survey.
    Page(usize),
    /// The review.
    Review,
}

impl Posted {
    /// Reads the fields. What is missing or unknown leads back to the promise, with the answers kept.
    pub(super) fn read(opened: &Opened, fields: Vec<(String, String)>) -> Self {
        let value = |name: &str| {
            fields
                .iter()
                .rev()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value.as_str())
        };
        let pressed = value("go").unwrap_or_default();
        let switched = pressed.strip_prefix("lang-").and_then(Lang::of_tag);
        let lang = switched.or_else(|| value("lang").and_then(Lang::of_tag));
        let page = value("page").and_then(|page| page.parse().ok());
        Self {
            page: page.filter(|page| *page < opened.form.definition().pages.len()),
            at_promise: value("page") == Some("promise"),
            reviewing: value("reviewing").is_some(),
            button: Button::named(pressed),
            lang: lang.unwrap_or_else(|| show::language(opened)),
            key: value("key").unwrap_or_default().to_owned(),
            draft: Draft::of_fields(&opened.form, &fields),
        }
    }

    /// Where the button leads when nothing keeps the person where they are.
    pub(super) fn target(&self, walk: &Walk) -> Target {
        let review_or = |page: Option<usize>| page.map_or(Target::Review, Target::Page);
        match &self.button {
            Button::Start => review_or(walk.first()),
            Button::Next => review_or(self.page.and_then(|page| walk.after(page))),
            Button::Back => match self.page {
                Some(page) => walk.before(page).map_or(Target::Promise, Target::Page),
                None => review_or(walk.last()),
            },
            Button::Change(item) => review_or(walk.page_of(item)),
            Button::Review | Button::Remove(_) | Button::Send => Target::Review,
            Button::Language if self.at_promise => Target::Promise,
            Button::Language => self.page.map_or(Target::Review, Target::Page),
        }
    }
}

impl Button {
    fn named(pressed: &str) -> Self {
        match pressed.split_once(':') {
            Some(("change", item)) => return Self::Change(item.to_owned()),
            Some(("remove", item)) => return Self::Remove(item.to_owned()),
            _ => {}
        }
        match pressed {
            "next" => Self::Next,
            "back" => Self::Back,
            "review" => Self::Review,
            "send" => Self::Send,
            language if language.starts_with("lang-") => Self::Language,
            _ => Self::Start,
        }
    }
}

/// The fields of a posted form. Stricter than browsers need: what is not UTF-8 is refused instead of being
/// stored with replacement characters.
pub(super) fn fields(body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let decoded = pairs.map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = text(halves.next().unwrap_or_default())?;
        Some((name, text(halves.next().unwrap_or_default())?))
    });
    decoded.collect::<Option<_>>().ok_or_else(|| {
        Problem::malformed("the form is not UTF-8 text; open the page again and send it from there")
    })
}

fn text(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(*rest.next()?)? * 16 + hex(*rest.next()?)?,
            other => *other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded_as_browsers_encode_them() {
        let read = fields(b"a.q1=4&a.open=caf%C3%A9+%26%0D%0A%3D&empty=&x").unwrap();
        let expected = [("a.q1", "4"), ("a.open", "café &\r\n="), ("empty", ""), ("x", "")];
        let pairs: Vec<_> = read
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(pairs, expected);
    }

    #[test]
    fn what_is_not_utf8_or_half_an_escape_is_refused() {
        for body in [&b"a=%FF"[..], b"a=\xff", b"a=%4", b"a=%zz", b"%C3=1"] {
            assert!(fields(body).is_err(), "{body:?}");
        }
    }
}
