//! The first page of an invitation, from memory: it is made once for a round, audience and language, and at a visit only what
//! differs from person to person is put in.

use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use super::show::{Shown, Who};
use crate::collect::Opened;
use crate::collect::fields::Draft;
use crate::round::{AudienceName, Mode, RoundId};
use crate::survey::definition::VersionNumber;
use crate::web::App;
use crate::web::kept::{self, Kept, Shelf};
use crate::web::problem::{PageProblem, Problem};
use crate::web::texts::Lang;

/// The pages on which people answer that are sent from memory.
#[derive(Debug, Default)]
pub struct KeptPages {
    promises: Shelf<Face>,
    pub(super) wholes: Shelf<(RoundId, VersionNumber, Lang)>,
}

/// Everything that the page of an invitation is made of beside the person, the promise (which a round has one of) and
/// the version's own texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Face {
    round: RoundId,
    title: String,
    version: VersionNumber,
    k: u32,
    closes_at: Option<Timestamp>,
    is_promised: bool,
    audience: AudienceName,
    mode: Mode,
    has_unit: bool,
    is_claimed: bool,
    lang: Lang,
}

impl Face {
    fn of(opened: &Opened, lang: Lang) -> Self {
        let door = &opened.door;
        Self {
            round: door.round.clone(),
            title: door.title.clone(),
            version: door.version,
            k: door.least_respondents,
            closes_at: door.closes_at,
            is_promised: opened.promised.is_some(),
            audience: door.audience.clone(),
            mode: door.mode,
            has_unit: opened.unit().is_some(),
            is_claimed: door.is_claimed(),
            lang,
        }
    }
}

/// The promise for somebody, with a fresh idempotency key.
pub(super) fn promise(
    request: &HttpRequest,
    app: &App,
    opened: &Opened,
    who: &Who,
    lang: Lang,
    key: &str,
) -> Result<HttpResponse, PageProblem> {
    let face = Face::of(opened, lang);
    let page = app.kept.promises.get(face, || made(app, opened, lang))?;
    let agency = handlebars::html_escape(&who.agency);
    Ok(page.respond(request, &[&who.code, &agency, &who.key_id, &who.invited, key]))
}

fn made(app: &App, opened: &Opened, lang: Lang) -> Result<Kept, Problem> {
    let marks: [String; 5] = kept::marks()?;
    let [code, agency, key_id, invited, key] = marks.clone();
    let who = Who {
        code,
        agency,
        key_id,
        invited,
    };
    let draft = Draft::default();
    let html = Shown::new(app, &who, opened, lang, &key, &draft).promise_text()?;
    Kept::of(&html, &marks.each_ref().map(String::as_str))
}
