//! The pages on which people answer: the promise, the survey page by page, a review, a confirmation.
//!
//! Without scripts: no cookie, no draft on the server: what was answered so far travels in hidden fields, and the
//! browser holds the only copy until it is sent. So everything is a form that is posted to the address of the
//! invitation, and the button that was pressed says where to go; see [`step`].
//!
//! | file | what it is |
//! | --- | --- |
//! | [`step`] | what was posted: where the person is, which button, which answers |
//! | [`walk`] | which page comes next, which is the second of five |
//! | [`question`] | a question as the templates see it |
//! | [`first`] | the promise from memory, for everybody who follows a link |
//! | [`show`], [`review`] | the promise, a page, the review as views |
//! | [`claim`], [`whole`] | with scripts: a credential for the invitation, and the form without it |
//! | [`records`] | the manifest of the keys, and the receipts |
//! | [`told`] | the pages that say no kindly, and the confirmation |

mod claim;
mod first;
pub(super) mod question;
mod records;
mod review;
mod show;
mod step;
mod told;
mod walk;
mod whole;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Route, web};
use serde::Deserialize;

use crate::clock;
use crate::collect::answers::{self, Checked};
use crate::collect::{IdempotencyKey, Opened, Shut, Submission, SubmitError, limits, mix};
use crate::round::invitation::Code as InvitationCode;
use crate::web::App;
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};
use crate::web::texts::Lang;

pub use first::KeptPages;

use show::{Shown, Who};
use step::{Button, Posted};
use walk::Walk;

/// The routes on which people answer.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/i/{code}", Needs::Nothing, web::get().to(begin)),
        Endpoint::new(Method::POST, "/i/{code}", Needs::Nothing, web::post().to(go_on))
            .accepting(limits::BODY_BYTES),
        Endpoint::new(
            Method::GET,
            "/s/{round}",
            Needs::Nothing,
            web::get().to(whole::whole),
        ),
        open("/rounds/{id}/manifest", web::get().to(records::manifest_page)),
        open(
            "/rounds/{id}/manifest.json",
            web::get().to(records::manifest_json),
        ),
        open("/rounds/{id}/receipts", web::get().to(records::receipts_page)),
        open("/rounds/{id}/receipts.txt", web::get().to(records::receipts_text)),
    ]
}

fn open(pattern: &'static str, route: Route) -> Endpoint {
    Endpoint::new(Method::GET, pattern, Needs::Nothing, route)
}

/// What may stand behind the address.
#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    lang: Option<String>,
}

/// The promise, before the first question.
async fn begin(
    code: web::Path<String>,
    asked: web::Query<Asked>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let lang = asked.lang.as_deref().and_then(Lang::of_tag);
    let opened = match behind(&app, &code).await? {
        Ok(opened) => opened,
        Err(shut) => return told::shut(&app, lang.unwrap_or_default(), &shut),
    };
    let lang = lang.unwrap_or_else(|| show::language(&opened));
    let may = match opened.door.is_claimed() {
        // With the credential they can still answer.
        true => opened.door.in_window(clock::now()),
        false => opened.door.may_answer(clock::now()),
    };
    if let Err(shut) = may {
        return told::shut(&app, lang, &shut);
    }
    let who = Who::of(&opened, &code);
    first::promise(&request, &app, &opened, &who, lang, &random_text()?)
}

/// Every step after the promise: the button that was pressed says which.
async fn go_on(
    code: web::Path<String>,
    body: web::Bytes,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let fields = step::fields(&body)?;
    let opened = match behind(&app, &code).await? {
        Ok(opened) => opened,
        Err(shut) => return told::shut(&app, Lang::default(), &shut),
    };
    let posted = Posted::read(&opened, fields);
    // A used invitation goes on to the intake when it sends: the same form sent twice gets its receipt twice.
    let may_answer = opened.door.may_answer(clock::now());
    match (may_answer, &posted.button) {
        (Err(Shut::Used), Button::Send) | (Ok(()), _) => {}
        (Err(shut), _) => return told::shut(&app, posted.lang, &shut),
    }
    match posted.button {
        Button::Send => send(&app, &code, &opened, posted).await,
        _ => turn(&app, &code, &opened, posted),
    }
}

/// Turns a page, keeps what was answered, and says what is wrong with the page that was left.
fn turn(app: &App, code: &str, opened: &Opened, mut posted: Posted) -> Result<HttpResponse, PageProblem> {
    if let Button::Remove(item) = &posted.button
        && let Some(item) = opened.form.item(item)
    {
        posted.draft.remove(item);
    }
    let checked = answers::check(&opened.form, &posted.draft.to_json(&opened.form));
    let walk = Walk::of(&opened.form, &checked.visible);
    let forward = matches!(posted.button, Button::Next | Button::Review);
    let here = posted.page.filter(|_| forward);
    let wrong: Vec<_> = checked
        .problems
        .iter()
        .filter(|problem| here.is_some_and(|page| walk.is_on(page, &problem.item)))
        .collect();
    let stays = !wrong.is_empty();
    let target = if stays {
        posted.page.map_or(step::Target::Promise, step::Target::Page)
    } else {
        posted.target(&walk)
    };
    if !stays && forward {
        // Only when a page is left as it should be: until then its answers may still change what is shown.
        posted.draft.keep_visible(&opened.form, &checked.visible);
    }
    let who = Who::of(opened, code);
    let shown = Shown::new(app, &who, opened, posted.lang, &posted.key, &posted.draft);
    match target {
        step::Target::Promise => shown.promise(),
        step::Target::Page(page) => {
            shown.page(&walk, page, posted.reviewing, if stays { &wrong } else { &[] })
        }
        step::Target::Review => shown.review(&checked, &walk, StatusCode::OK),
    }
}

/// Sends the response; the confirmation comes after it is on the disk.
async fn send(
    app: &App,
    code: &str,
    opened: &Opened,
    mut posted: Posted,
) -> Result<HttpResponse, PageProblem> {
    let checked: Checked = answers::check(&opened.form, &posted.draft.to_json(&opened.form));
    posted.draft.keep_visible(&opened.form, &checked.visible);
    let submission = Submission {
        code_hash: InvitationCode::given(code).hash().to_vec(),
        key: IdempotencyKey::parse(&posted.key).map_err(|bad| Problem::malformed(bad.to_string()))?,
        answers: posted.draft.to_json(&opened.form),
    };
    match app.intake.receive(submission, clock::now()).await {
        Ok(receipt) => told::thanks(app, posted.lang, opened, &receipt),
        Err(SubmitError::Shut(shut)) => told::shut(app, posted.lang, &shut),
        Err(SubmitError::Invalid(_)) => {
            let walk = Walk::of(&opened.form, &checked.visible);
            let who = Who::of(opened, code);
            let shown = Shown::new(app, &who, opened, posted.lang, &posted.key, &posted.draft);
            shown.review(&checked, &walk, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(other) => Err(Problem::from(other).into()),
    }
}

/// What the code opens, or why it opens nothing.
async fn behind(app: &App, code: &str) -> Result<Result<Opened, Shut>, Problem> {
    if code.len() > limits::INVITATION_CODE {
        return Ok(Err(Shut::Unknown));
    }
    match app.intake.open_door(&InvitationCode::given(code).hash()).await {
        Ok(opened) => Ok(Ok(opened)),
        Err(SubmitError::Shut(shut)) => Ok(Err(shut)),
        Err(other) => Err(other.into()),
    }
}

/// A fresh idempotency key for this visit.
fn random_text() -> Result<String, Problem> {
    let bytes = mix::random_key()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
