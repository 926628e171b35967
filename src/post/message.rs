//! A letter as the bytes of a mail: the same bytes whenever it is made of the same things.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::PostError;
use super::letter::Letter;

/// A mail, ready for the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Whom bounces go to.
    pub from: Address,
    /// Whom it goes to.
    pub to: Address,
    /// Headers and body.
    pub bytes: Vec<u8>,
}

/// What is on the envelope and in the headers.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// Whom it is from.
    pub from: &'a Mailbox,
    /// The address it goes to.
    pub to: &'a str,
    /// The name that belongs to it; may be empty.
    pub name: &'a str,
    /// The part of the Message-ID before the `@`: random, and the same in every copy.
    pub id: &'a str,
    /// When sending it first began.
    pub date: Timestamp,
}

/// Makes the mail.
///
/// # Errors
/// [`PostError::Unmade`] when the address is none or the letter cannot be rendered.
pub fn mail(letter: &Letter, envelope: &Envelope<'_>) -> Result<Mail, PostError> {
    let unmade = |error: &dyn std::fmt::Display| PostError::Unmade(error.to_string());
    let to: Address = envelope.to.parse().map_err(|error| unmade(&error))?;
    let name = (!envelope.name.is_empty()).then(|| one_line(envelope.name));
    let mut builder = Message::builder()
        .from(envelope.from.clone())
        .to(Mailbox::new(name, to.clone()))
        .subject(one_line(&letter.subject))
        .date(system_time(envelope.date))
        .message_id(Some(format!(
            "<{}@{}>",
            envelope.id,
            envelope.from.email.domain()
        )))
        .header(AutoSubmitted);
    if let Some(stop) = &letter.stop {
        builder = builder
            .header(ListUnsubscribe(format!("<{}>", stop.url)))
            .header(ListUnsubscribePost);
    }
    // lettre draws a boundary at random; ours comes from the id, so that a second copy is the same mail.
    let parts = MultiPart::alternative()
        .boundary(format!("part-{}", envelope.id))
        .singlepart(SinglePart::plain(letter.text()))
        .singlepart(SinglePart::html(letter.html()?));
    let message = builder.multipart(parts).map_err(|error| unmade(&error))?;
    Ok(Mail {
        from: envelope.from.email.clone(),
        to,
        bytes: message.formatted(),
    })
}

/// Without control characters, which have no business in a header (and which lettre panics on).
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn system_time(at: Timestamp) -> SystemTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Tells automatic repliers that nobody waits for a reply (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Where no more reminders can be asked for (RFC 2369).
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// That one POST does it (RFC 8058).
#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::letter::Link;
    use crate::texts::Lang;

    fn made() -> String {
        let link = |path: &str| Link {
            words: "Hier".to_owned(),
            url: format!("https://a.example/{path}"),
        };
        let letter = Letter {
            lang: Lang::Es,
            subject: "Encuesta año 2026\r\nBcc: evil@x.gov".to_owned(),
            greeting: "Hola".to_owned(),
            paragraphs: vec!["¿Qué tal?".to_owned(), ".".to_owned()],
            link: link("i/1"),
            closing: Vec::new(),
            stop: Some(link("u/2")),
        };
        let from: Mailbox = "Oficina <survey@dit.gov>".parse().unwrap();
        let envelope = Envelope {
            from: &from,
            to: "ann@x.gov",
            name: "Ann \"A\" Núñez\r\nX-Evil: 1",
            id: "0011",
            date: "2026-11-23T10:00:00Z".parse().unwrap(),
        };
        String::from_utf8(mail(&letter, &envelope).unwrap().bytes).unwrap()
    }

    #[test]
    fn a_mail_made_again_is_the_same_mail() {
        assert_eq!(made(), made());
    }

    #[test]
    fn headers_say_what_mail_systems_need_and_no_text_can_add_one() {
        let mail = made();
        let head = mail.split("\r\n\r\n").next().unwrap();
        for line in [
            "Message-ID: <0011@dit.gov>",
            "Date: Mon, 23 Nov 2026 10:00:00 +0000",
            "List-Unsubscribe: <https://a.example/u/2>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(head.contains(line), "{line} is not in {head}");
        }
        assert!(
            !head
                .lines()
                .any(|line| line.starts_with("Bcc") || line.starts_with("X-Evil")),
            "{head}"
        );
        assert!(mail.contains("text/plain") && mail.contains("text/html"));
    }
}
