//! What each mail says, in the language of whoever gets it. The sentences stand in `locales/<language>/mail.ftl`.

use fluent_bundle::FluentValue;
use jiff::Timestamp;

use super::PostError;
use super::letter::{Letter, Link};
use crate::follow::week::Week;
use crate::round::Mode;
use crate::texts::{Lang, Texts};

/// What the invitation to a round, or a reminder of it, tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The title of the round.
    pub title: String,
    /// Whether answers will bear the name.
    pub mode: Mode,
    /// The invited person; may be empty.
    pub name: String,
    /// The name of their agency.
    pub agency: String,
    /// Until when answers are taken.
    pub until: Option<Timestamp>,
    /// The end that was promised, where people were given more time since.
    pub extended_from: Option<Timestamp>,
    /// The digest of the promise; empty before the round opened.
    pub promise: String,
    /// 0 the invitation, 1 and on the reminders.
    pub step: i32,
    /// The whole address of the invitation.
    pub link: String,
    /// The whole address of "no more reminders"; none on paper.
    pub stop: Option<String>,
}

type Args<'a> = [(&'a str, FluentValue<'a>)];

struct Speaker<'a> {
    texts: &'a Texts,
    lang: Lang,
}

impl Speaker<'_> {
    fn say(&self, key: &'static str, args: &Args<'_>) -> Result<String, PostError> {
        let said = self.texts.with(self.lang, key, args);
        said.ok_or(PostError::NoText(key))
    }

    fn greet(&self, name: &str) -> Result<String, PostError> {
        match name {
            "" => self.say("mail-greeting", &[]),
            _ => self.say("mail-greeting-name", &[("name", name.into())]),
        }
    }
}

/// An invitation or a reminder.
///
/// # Errors
/// [`PostError::NoText`] when a sentence is missing, which a test finds.
pub fn asked(texts: &Texts, lang: Lang, asked: &Asked) -> Result<Letter, PostError> {
    let speaker = Speaker { texts, lang };
    let title = [("title", FluentValue::from(asked.title.as_str()))];
    let (subject, opening) = match asked.step {
        0 => ("mail-invitation-subject", "mail-invitation-opening"),
        _ => ("mail-reminder-subject", "mail-reminder-opening"),
    };
    let about = [
        ("title", FluentValue::from(asked.title.as_str())),
        ("agency", FluentValue::from(asked.agency.as_str())),
    ];
    let promised = match asked.mode {
        Mode::Anonymous => "mail-promise-anonymous",
        Mode::Attributed => "mail-promise-attributed",
    };
    let mut paragraphs = vec![speaker.say(opening, &about)?, speaker.say(promised, &[])?];
    if let Some(until) = asked.until {
        let until = ("until", FluentValue::from(minute(until)));
        paragraphs.push(match asked.extended_from {
            Some(end) => speaker.say("mail-extended", &[until, ("end", minute(end).into())])?,
            None => speaker.say("mail-until", &[until])?,
        });
    }
    let mut closing = vec![speaker.say("mail-yours-alone", &[])?];
    if !asked.promise.is_empty() {
        let digest = [("digest", FluentValue::from(asked.promise.as_str()))];
        closing.push(speaker.say("mail-promise-digest", &digest)?);
    }
    let stop = match &asked.stop {
        Some(url) => Some(Link {
            words: speaker.say("mail-stop", &[])?,
            url: url.clone(),
        }),
        None => None,
    };
    Ok(Letter {
        lang,
        subject: speaker.say(subject, &title)?,
        greeting: speaker.greet(&asked.name)?,
        paragraphs,
        link: Link {
            words: speaker.say("mail-answer", &[])?,
            url: asked.link.clone(),
        },
        closing,
        stop,
    })
}

/// The week of a relationship manager, as counts and links: what people answered stays behind the sign-in.
///
/// # Errors
/// As [`asked`].
pub fn week(texts: &Texts, week: &Week, base: &str) -> Result<Letter, PostError> {
    let speaker = Speaker {
        texts,
        lang: Lang::En,
    };
    let counts = [
        ("mail-week-open", week.open),
        ("mail-week-overdue", week.overdue),
        ("mail-week-unanswered", week.unanswered),
        ("mail-week-commitments", week.commitments),
    ];
    let mut paragraphs = vec![speaker.say(
        "mail-week-opening",
        &[("agencies", week.agencies.join(", ").into())],
    )?];
    for (key, count) in counts {
        paragraphs.push(speaker.say(key, &[("count", i64::from(count).into())])?);
    }
    Ok(Letter {
        lang: Lang::En,
        subject: speaker.say("mail-week-subject", &[("count", i64::from(week.open).into())])?,
        greeting: speaker.greet(&week.name)?,
        paragraphs,
        link: Link {
            words: speaker.say("mail-week-link", &[])?,
            url: format!("{base}/follow-ups"),
        },
        closing: vec![speaker.say("mail-week-closing", &[])?],
        stop: None,
    })
}

/// A mail that shows that mail arrives.
///
/// # Errors
/// As [`asked`].
pub fn test(texts: &Texts, base: &str) -> Result<Letter, PostError> {
    let speaker = Speaker {
        texts,
        lang: Lang::En,
    };
    Ok(Letter {
        lang: Lang::En,
        subject: speaker.say("mail-test-subject", &[])?,
        greeting: speaker.greet("")?,
        paragraphs: vec![speaker.say("mail-test-opening", &[])?],
        link: Link {
            words: speaker.say("mail-test-link", &[])?,
            url: format!("{base}/"),
        },
        closing: Vec::new(),
        stop: None,
    })
}

/// `2026-11-23 20:00 UTC`: read alike in every language.
fn minute(at: Timestamp) -> String {
    format!("{} UTC", at.strftime("%Y-%m-%d %H:%M"))
}
