//! The pages that say no kindly, and the confirmation.
//!
//! | why | status |
//! | --- | --- |
//! | no invitation has this code | 404 |
//! | the round has not opened | 409 |
//! | the invitation was used | 410 |
//! | the round is closed | 410 |

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::collect::{Opened, Receipt, Shut};
use crate::round::Mode;
use crate::web::App;
use crate::web::pages::{PageContext, render_as};
use crate::web::problem::PageProblem;
use crate::web::texts::Lang;

#[derive(Debug, Serialize)]
struct Told {
    heading: String,
    lines: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Thanks<'a> {
    round: &'a str,
    is_anonymous: bool,
    k: String,
}

/// Why nobody can answer here now.
pub(super) fn shut(app: &App, lang: Lang, shut: &Shut) -> Result<HttpResponse, PageProblem> {
    let (status, what) = match shut {
        Shut::Unknown => (StatusCode::NOT_FOUND, "unknown"),
        Shut::NotYetOpen { .. } => (StatusCode::CONFLICT, "early"),
        Shut::Used => (StatusCode::GONE, "used"),
        Shut::Closed => (StatusCode::GONE, "closed"),
    };
    told(app, lang, status, what)
}

/// An open link, where everybody is invited in person.
pub(super) fn by_invitation(app: &App, lang: Lang) -> Result<HttpResponse, PageProblem> {
    told(app, lang, StatusCode::OK, "by-invitation")
}

fn told(app: &App, lang: Lang, status: StatusCode, what: &str) -> Result<HttpResponse, PageProblem> {
    let say = |part: &str| {
        app.texts
            .get(lang, &format!("answer-{what}-{part}"))
            .unwrap_or_default()
    };
    let view = Told {
        heading: say("heading"),
        lines: vec![say("what"), say("next")],
    };
    let page = PageContext::respondent(view.heading.clone(), lang);
    render_as(status, app, "answer/told", &view, &page)
}

/// The response is on the disk.
pub(super) fn thanks(
    app: &App,
    lang: Lang,
    opened: &Opened,
    receipt: &Receipt,
) -> Result<HttpResponse, PageProblem> {
    let view = Thanks {
        round: &opened.door.title,
        is_anonymous: receipt.mode == Mode::Anonymous,
        k: opened.door.least_respondents.to_string(),
    };
    let title = app.texts.get(lang, "answer-thanks-heading").unwrap_or_default();
    render_as(
        StatusCode::OK,
        app,
        "answer/thanks",
        &view,
        &PageContext::respondent(title, lang),
    )
}
