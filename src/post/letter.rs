//! What a mail or a printed letter says, once, and its two forms: plain text, and HTML from `templates/mail/letter.hbs`.

use handlebars::Handlebars;
use rust_embed::RustEmbed;
use serde::Serialize;

use super::PostError;
use crate::texts::Lang;

#[derive(RustEmbed)]
#[folder = "templates/mail/"]
#[include = "letter.hbs"]
struct Files;

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// In which language.
    pub lang: Lang,
    /// On one line.
    pub subject: String,
    /// "Dear ...".
    pub greeting: String,
    /// What it is about.
    pub paragraphs: Vec<String>,
    /// Where it leads.
    pub link: Link,
    /// What follows below the link.
    pub closing: Vec<String>,
    /// "No more reminders", where that can be asked for.
    pub stop: Option<Link>,
}

/// An address with the words for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it does.
    pub words: String,
    /// The whole address.
    pub url: String,
}

impl Letter {
    /// As plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut blocks = vec![self.greeting.clone()];
        blocks.extend(self.paragraphs.iter().cloned());
        blocks.push(format!("{}:\n{}", self.link.words, self.link.url));
        blocks.extend(self.closing.iter().cloned());
        if let Some(stop) = &self.stop {
            blocks.push(format!("{}:\n{}", stop.words, stop.url));
        }
        blocks.join("\n\n") + "\n"
    }

    /// As HTML, with everything escaped.
    ///
    /// # Errors
    /// [`PostError::Unmade`] when the template inside the binary is broken.
    pub fn html(&self) -> Result<String, PostError> {
        let unmade = |problem: String| PostError::Unmade(problem);
        let file = Files::get("letter.hbs").ok_or_else(|| unmade("no template".to_owned()))?;
        let template = std::str::from_utf8(&file.data).map_err(|error| unmade(error.to_string()))?;
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry
            .render_template(template, self)
            .map_err(|error| unmade(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        let link = |words: &str, path: &str| Link {
            words: words.to_owned(),
            url: format!("https://a.example/{path}"),
        };
        Letter {
            lang: Lang::En,
            subject: "Subject".to_owned(),
            greeting: "Dear <b>Ann</b>,".to_owned(),
            paragraphs: vec!["One & two.".to_owned()],
            link: link("Answer", "i/1"),
            closing: vec!["Yours".to_owned()],
            stop: Some(link("No more", "u/2")),
        }
    }

    #[test]
    fn both_forms_say_everything_and_html_escapes_it() {
        let letter = letter();
        let (text, html) = (letter.text(), letter.html().unwrap());
        for said in [
            "https://a.example/i/1",
            "https://a.example/u/2",
            "Answer",
            "Yours",
        ] {
            assert!(text.contains(said) && html.contains(said), "{said}: {html}");
        }
        assert!(
            text.contains("Dear <b>Ann</b>,") && !html.contains("<b>Ann"),
            "{html}"
        );
        assert!(html.contains("One &amp; two."), "{html}");
    }
}
