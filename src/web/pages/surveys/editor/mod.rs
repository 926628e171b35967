//! `/surveys/{survey}/edit`: writing the next version as a form, for those who do not write JSON.
//!
//! Every form saves the draft at once, and every problem stands at its place. The text of the same draft is at
//! `/surveys/{survey}/draft`, and may be changed there in between. What cannot be read as a definition can only be corrected there.
//!
//! | file | pages |
//! | --- | --- |
//! | [`outline`] | everything at a glance; moving and removing |
//! | [`about`] | title, purpose, languages |
//! | [`page`] | a page of the form |
//! | [`item`] | a question |
//! | [`scale`] | a scale |
//! | [`index`] | an index |
//! | [`part`] | what they have in common: how a form is saved |
//! | [`fields`] | what the forms are made of |

mod about;
mod fields;
mod index;
mod item;
mod outline;
mod page;
mod part;
mod scale;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use self::fields::Faults;
use super::WRITE;
use super::draft::beginning;
use crate::clock;
use crate::identity::Actor;
use crate::store::Conn;
use crate::survey::definition::{Definition, SurveyId};
use crate::survey::parse;
use crate::survey::problem::Problem as Flaw;
use crate::survey::publish;
use crate::web::App;
use crate::web::api::surveys::save_recorded;
use crate::web::pages::{PageContext, render_as, see_other};
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::Endpoint;

/// The largest form: a choice with all its options in several languages.
const LARGEST: usize = 1 << 20;

/// The routes of the editor.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let form = |path: &'static str, get: actix_web::Route, post: actix_web::Route| {
        [
            Endpoint::new(Method::GET, path, WRITE, get),
            Endpoint::new(Method::POST, path, WRITE, post).accepting(LARGEST),
        ]
    };
    [
        form(
            "/surveys/{survey}/edit",
            web::get().to(outline::show),
            web::post().to(outline::change),
        ),
        form(
            "/surveys/{survey}/edit/about",
            web::get().to(about::show),
            web::post().to(about::save),
        ),
        form(
            "/surveys/{survey}/edit/page",
            web::get().to(page::show),
            web::post().to(page::save),
        ),
        form(
            "/surveys/{survey}/edit/item",
            web::get().to(item::show),
            web::post().to(item::save),
        ),
        form(
            "/surveys/{survey}/edit/scale",
            web::get().to(scale::show),
            web::post().to(scale::save),
        ),
        form(
            "/surveys/{survey}/edit/index",
            web::get().to(index::show),
            web::post().to(index::save),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Which part is meant.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The id of the part; none for a new one.
    #[serde(default)]
    of: Option<String>,
    /// The page on which a new item is to stand.
    #[serde(default)]
    page: Option<String>,
}

/// The draft as a definition, with what stands in the way of publishing it.
pub(super) struct Loaded {
    definition: Definition,
    problems: Vec<Flaw>,
    /// Whether it is stored; else it is what the first change will be made to.
    is_saved: bool,
    saved_at: String,
    saved_by: String,
    latest: Option<u32>,
}

/// The draft, or what it begins with.
///
/// # Errors
/// 409 when it cannot be read as a definition: then only its text can be corrected.
pub(super) fn load(conn: &mut Conn, survey: &SurveyId) -> Result<Loaded, Problem> {
    let draft = publish::draft(conn, survey)?;
    let latest = publish::latest(conn, survey)?;
    let text = match &draft {
        Some(draft) => draft.text.clone(),
        None => beginning(survey, latest.as_ref())?,
    };
    let definition = parse::parse(text.as_bytes()).map_err(|_flaws| {
        Problem::conflict(format!(
            "the draft cannot be read as a survey, so it cannot be shown as a form; correct its text at /surveys/{survey}/draft, where every place is named"
        ))
    })?;
    let problems = publish::review(survey, &text, latest.as_ref())?.problems;
    Ok(Loaded {
        definition,
        problems,
        is_saved: draft.is_some(),
        saved_at: draft
            .as_ref()
            .map(|draft| draft.updated_at.to_string())
            .unwrap_or_default(),
        saved_by: draft.map(|draft| draft.updated_by).unwrap_or_default(),
        latest: latest.map(|latest| latest.number),
    })
}

/// Changes the draft and saves it, in one transaction. False, and nothing saved, where the change refuses.
pub(super) async fn change(
    app: &App,
    who: &Actor,
    survey: &SurveyId,
    change: impl FnOnce(&mut Definition) -> Option<()> + Send + 'static,
) -> Result<bool, Problem> {
    let (by, id, now) = (who.clone(), survey.clone(), clock::now());
    let saved = app.store.write(move |conn| {
        let mut loaded = load(conn, &id)?;
        if change(&mut loaded.definition).is_none() {
            return Ok(false);
        }
        let text =
            serde_json::to_string_pretty(&loaded.definition).map_err(|error| Problem::internal(&error))?;
        save_recorded(conn, &by, &id, &text, now)?;
        Ok::<bool, Problem>(true)
    });
    saved.await
}

async fn loaded(app: &App, survey: &SurveyId) -> Result<Loaded, Problem> {
    let id = survey.clone();
    app.store.read(move |conn| load(conn, &id)).await
}

/// A form of the editor, with the status of what is wrong with it.
fn respond(
    app: &App,
    who: &Actor,
    template: &str,
    view: &impl Serialize,
    title: &str,
    status: StatusCode,
) -> Result<HttpResponse, PageProblem> {
    let title = match status {
        StatusCode::OK => title.to_owned(),
        _ => format!("Error: {title}"),
    };
    render_as(
        status,
        app,
        template,
        view,
        &PageContext::staff(title, who).within("/surveys"),
    )
}

/// Back to the outline, at a place of it.
fn outline_at(survey: &SurveyId, place: &str) -> HttpResponse {
    see_other(&format!("/surveys/{survey}/edit#{place}"))
}

fn no_such(what: &str, id: &str) -> Problem {
    Problem::not_found(format_args!("{what} `{id}` in the draft"))
}

/// Faults of a form that was typed just now, else those that the check finds in what is saved.
fn faults_or(typed: Option<Faults>, saved: Faults) -> (Faults, StatusCode) {
    match typed {
        Some(faults) => {
            let status = faults.status();
            (faults, status)
        }
        None => (saved, StatusCode::OK),
    }
}
