//! Writing the next version: the draft as text, what stands in the way of publishing it, and publishing.
//!
//! A draft is saved word for word, valid or not. Nothing that was typed is ever lost to a problem.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::identity::Actor;
use crate::store::Conn;
use crate::survey::definition::SurveyId;
use crate::survey::edit;
use crate::survey::publish::{self, Draft, DraftReview, PublishError, Version};
use crate::web::App;
use crate::web::access::{Allowed, DesignSurveys};
use crate::web::api::surveys::{publish_draft_recorded, save_recorded};
use crate::web::mark;
use crate::web::pages::{PageContext, render_as, see_other};
use crate::web::problem::{PageProblem, Problem};

#[derive(Serialize)]
struct View {
    survey: String,
    text: String,
    /// The mark of what is saved now.
    seen: String,
    /// When it was saved, by whom; empty for a text that nobody saved yet.
    saved_at: String,
    saved_by: String,
    latest: Option<u32>,
    next: u32,
    problems: Vec<Flaw>,
    can_publish: bool,
    /// Whether it can be read far enough to be compared with the latest version.
    can_compare: bool,
    /// What was refused just now.
    refused: String,
}

#[derive(Serialize)]
struct Flaw {
    pointer: String,
    problem: String,
    remedy: String,
}

/// The draft, or where there is none, a text to begin with.
pub(super) async fn show(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let survey = survey.into_inner();
    let view = app.store.read(move |conn| view(conn, &survey, None)).await?;
    page(&app, &who, StatusCode::OK, &view)
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    definition: String,
    /// The mark of the text that the form was filled with.
    seen: Option<String>,
}

/// Saves it and looks at it again.
pub(super) async fn save(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let typed = typed.into_inner();
    // Browsers send every line break of a text area as CR LF.
    let text = typed.definition.replace("\r\n", "\n");
    let (id, by, now) = (survey.clone(), who.actor.clone(), clock::now());
    let given = text.clone();
    let saved: Result<(), Problem> = app
        .store
        .write(move |conn| {
            let before = publish::held_draft(conn, &id)?;
            if typed.seen.is_some_and(|seen| seen != mark_of(before.as_ref())) {
                let by = before.map(|draft| draft.updated_by).unwrap_or_default();
                return Err(Problem::conflict(mark::overtaken("this draft", &by)));
            }
            Ok(save_recorded(conn, &by, &id, &given, now)?)
        })
        .await;
    match saved {
        Ok(()) => Ok(see_other(&format!("/surveys/{survey}/draft#state"))),
        Err(problem) => again(&app, &who, survey.into_inner(), Some(text), &problem).await,
    }
}

/// The mark of what is saved; empty when nothing is.
fn mark_of(draft: Option<&Draft>) -> String {
    draft.map_or_else(String::new, |draft| mark::of_text(&draft.text))
}

/// Publishes what was saved last.
pub(super) async fn publish(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, by, now) = (survey.clone(), who.actor.clone(), clock::now());
    let published: Result<_, Problem> = app
        .store
        .write(move |conn| Ok(publish_draft_recorded(conn, &by, &id, now)?))
        .await;
    match published {
        Ok(_) => Ok(see_other(&format!("/surveys/{survey}"))),
        Err(problem) => again(&app, &who, survey.into_inner(), None, &problem).await,
    }
}

/// The page once more, with what was typed and what was refused.
async fn again(
    app: &App,
    who: &Actor,
    survey: SurveyId,
    text: Option<String>,
    problem: &Problem,
) -> Result<HttpResponse, PageProblem> {
    if problem.instance().is_some() {
        return Err(PageProblem(problem.clone()));
    }
    let mut view = app.store.read(move |conn| view(conn, &survey, text)).await?;
    view.refused = match problem.faults() {
        [only] if only.pointer.is_empty() => only.detail.clone(),
        _ => problem.detail().to_owned(),
    };
    page(app, who, problem.code().status(), &view)
}

fn page(app: &App, who: &Actor, status: StatusCode, view: &View) -> Result<HttpResponse, PageProblem> {
    let title = match view.refused.as_str() {
        "" => format!("Draft of {}", view.survey),
        _ => format!("Error: draft of {}", view.survey),
    };
    render_as(
        status,
        app,
        "surveys/draft",
        view,
        &PageContext::staff(title, who).within("/surveys"),
    )
}

fn view(conn: &mut Conn, survey: &SurveyId, typed: Option<String>) -> Result<View, Problem> {
    let draft = publish::draft(conn, survey)?;
    let latest = publish::latest(conn, survey)?;
    let (saved_at, saved_by) = match &draft {
        Some(draft) => (draft.updated_at.to_string(), draft.updated_by.clone()),
        None => (String::new(), String::new()),
    };
    let next = latest
        .as_ref()
        .map_or(1, |latest| latest.number.saturating_add(1));
    let text = match (typed, &draft) {
        (Some(typed), _) => typed,
        (None, Some(draft)) => draft.text.clone(),
        (None, None) => beginning(survey, latest.as_ref())?,
    };
    let DraftReview { problems, diff } = publish::review(survey, &text, latest.as_ref())?;
    let flaw = |problem: crate::survey::problem::Problem| Flaw {
        pointer: problem.pointer,
        problem: problem.problem,
        remedy: problem.remedy,
    };
    Ok(View {
        survey: survey.to_string(),
        seen: mark_of(draft.as_ref()),
        can_publish: draft.is_some() && problems.is_empty(),
        can_compare: draft.is_some() && diff.is_some(),
        text,
        saved_at,
        saved_by,
        latest: latest.map(|latest| latest.number),
        next,
        problems: problems.into_iter().map(flaw).collect(),
        refused: String::new(),
    })
}

/// The latest version under the next number with every question called the same as before, or a survey with one
/// question.
pub(in crate::web::pages) fn beginning(
    survey: &SurveyId,
    latest: Option<&Version>,
) -> Result<String, Problem> {
    let text = match latest {
        Some(latest) => {
            let definition = edit::next_version(&latest.definition);
            serde_json::to_string_pretty(&definition)
        }
        None => serde_json::to_string_pretty(&serde_json::json!({
            "id": survey.as_str(),
            "version": 1,
            "title": { "en": "" },
            "purpose": { "en": "" },
            "languages": ["en"],
            "scales": {
                "agreement": {
                    "points": [
                        { "en": "Strongly disagree" },
                        { "en": "Disagree" },
                        { "en": "Neither agree nor disagree" },
                        { "en": "Agree" },
                        { "en": "Strongly agree" }
                    ],
                    "opt_out": { "en": "I don't know, or it does not apply to me" }
                }
            },
            "pages": [{
                "id": "first",
                "title": { "en": "" },
                "items": [{
                    "id": "first-question",
                    "text": { "en": "" },
                    "answer": { "type": "rating", "scale": "agreement", "opt_out": true }
                }]
            }]
        })),
    };
    text.map_err(|error| {
        PublishError::Store(crate::store::StoreError::Corrupt {
            what: "survey version",
            problem: error.to_string(),
        })
    })
    .map_err(Problem::from)
}
