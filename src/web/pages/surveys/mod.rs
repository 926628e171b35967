//! `/surveys`: what is asked, in which versions, the draft of the next one, and what a change does to each trend.
//!
//! | file | pages |
//! | --- | --- |
//! | this one | the list, one survey with its versions and questions |
//! | [`draft`] | writing and publishing the next version |
//! | [`diff`] | one version against another, or against the draft |

mod diff;
mod draft;

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{PageContext, render, see_other};
use crate::identity::{Actor, Right};
use crate::survey::definition::{AnswerKind, Definition, Index, Item, Page, SurveyId, Text, VersionNumber};
use crate::survey::publish::{self, SurveySummary, VersionSummary};
use crate::web::App;
use crate::web::access::{Allowed, DesignSurveys, ReadSurveys};
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};

const READ: Needs = Needs::Right(Right::ReadSurveys);
const WRITE: Needs = Needs::Right(Right::DesignSurveys);

/// A survey of the largest size, with every character escaped as forms do it.
const LARGEST_FORM: usize = 4 << 20;

/// The routes of the pages of surveys.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let draft_path = "/surveys/{survey}/draft";
    vec![
        Endpoint::new(Method::GET, "/surveys", READ, web::get().to(index)),
        Endpoint::new(Method::POST, "/surveys", WRITE, web::post().to(start)),
        Endpoint::new(Method::GET, "/surveys/{survey}", READ, web::get().to(show)),
        Endpoint::new(
            Method::GET,
            "/surveys/{survey}/diff",
            READ,
            web::get().to(diff::show),
        ),
        Endpoint::new(Method::GET, draft_path, WRITE, web::get().to(draft::show)),
        Endpoint::new(Method::POST, draft_path, WRITE, web::post().to(draft::save)).accepting(LARGEST_FORM),
        Endpoint::new(
            Method::POST,
            "/surveys/{survey}/publish",
            WRITE,
            web::post().to(draft::publish),
        ),
    ]
}

#[derive(Serialize)]
struct Surveys {
    surveys: Vec<SurveyLine>,
    may_design: bool,
    problem: String,
    typed: String,
}

#[derive(Serialize)]
struct SurveyLine {
    survey: String,
    versions: usize,
    latest: Option<VersionLine>,
    has_draft: bool,
}

#[derive(Serialize)]
struct VersionLine {
    number: VersionNumber,
    /// The version that its changes are told against.
    before: Option<VersionNumber>,
    digest: String,
    published_at: String,
    published_by: String,
    is_shown: bool,
}

impl VersionLine {
    fn new(version: &VersionSummary, shown: Option<VersionNumber>) -> Self {
        Self {
            number: version.number,
            before: version.number.checked_sub(1).filter(|number| *number > 0),
            digest: version.digest.clone(),
            published_at: version.published_at.to_string(),
            published_by: version.published_by.clone(),
            is_shown: shown == Some(version.number),
        }
    }
}

async fn index(who: Allowed<ReadSurveys>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    show_index(&app, &who, String::new(), String::new()).await
}

async fn show_index(
    app: &App,
    who: &Actor,
    problem: String,
    typed: String,
) -> Result<HttpResponse, PageProblem> {
    let surveys = app.store.read(publish::list).await?;
    let line = |survey: &SurveySummary| SurveyLine {
        survey: survey.survey.to_string(),
        versions: survey.versions.len(),
        latest: survey
            .versions
            .last()
            .map(|version| VersionLine::new(version, None)),
        has_draft: survey.has_draft,
    };
    let view = Surveys {
        surveys: surveys.iter().map(line).collect(),
        may_design: who.may(Right::DesignSurveys),
        problem,
        typed,
    };
    render(
        app,
        "surveys/index",
        &view,
        &PageContext::staff("Surveys", who).within("/surveys"),
    )
}

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    survey: String,
}

/// Nothing is stored yet: the way to the draft of a survey that need not exist.
async fn start(
    who: Allowed<DesignSurveys>,
    typed: web::Form<Start>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    match typed.survey.trim().parse::<SurveyId>() {
        Ok(survey) => Ok(see_other(&format!("/surveys/{survey}/draft"))),
        Err(bad) => show_index(&app, &who, bad.to_string(), typed.survey.clone()).await,
    }
}

#[derive(Deserialize)]
struct Shown {
    version: Option<VersionNumber>,
}

#[derive(Serialize)]
struct Show {
    survey: String,
    title: String,
    purpose: String,
    /// Newest first.
    versions: Vec<VersionLine>,
    shown: Option<VersionNumber>,
    latest: Option<VersionNumber>,
    has_draft: bool,
    may_design: bool,
    pages: Vec<PageOfQuestions>,
    indices: Vec<IndexLine>,
}

#[derive(Serialize)]
struct PageOfQuestions {
    title: String,
    questions: Vec<Question>,
}

#[derive(Serialize)]
struct Question {
    id: String,
    text: String,
    answer: String,
    measures: String,
}

#[derive(Serialize)]
struct IndexLine {
    title: String,
    parts: String,
    items: usize,
}

async fn show(
    who: Allowed<ReadSurveys>,
    survey: web::Path<SurveyId>,
    wanted: web::Query<Shown>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let survey = survey.into_inner();
    let id = survey.clone();
    let number = wanted.version;
    let found = app
        .store
        .read(move |conn| {
            let summary = publish::list(conn)?
                .into_iter()
                .find(|summary| summary.survey == id);
            let latest = summary.as_ref().and_then(|summary| summary.versions.last());
            let version = match number.or(latest.map(|version| version.number)) {
                Some(number) => Some(publish::version(conn, &id, number)?),
                None => None,
            };
            Ok::<_, Problem>(summary.map(|summary| (summary, version)))
        })
        .await?;
    let (summary, version) = found.ok_or_else(|| Problem::not_found(format_args!("survey `{survey}`")))?;
    let definition = version.as_ref().map(|version| &version.definition);
    let shown = version.as_ref().map(|version| version.number);
    let view = Show {
        survey: survey.to_string(),
        title: definition.map_or_else(|| survey.to_string(), |d| words(&d.title)),
        purpose: definition.map(|d| words(&d.purpose)).unwrap_or_default(),
        versions: summary
            .versions
            .iter()
            .rev()
            .map(|line| VersionLine::new(line, shown))
            .collect(),
        shown,
        latest: summary.versions.last().map(|version| version.number),
        has_draft: summary.has_draft,
        may_design: who.may(Right::DesignSurveys),
        pages: definition.map(questions).unwrap_or_default(),
        indices: definition.map(indices).unwrap_or_default(),
    };
    let page = PageContext::staff(view.title.clone(), &who).within("/surveys");
    render(&app, "surveys/show", &view, &page)
}

fn questions(definition: &Definition) -> Vec<PageOfQuestions> {
    let page = |page: &Page| PageOfQuestions {
        title: words(&page.title),
        questions: page.items.iter().map(question).collect(),
    };
    definition.pages.iter().map(page).collect()
}

fn question(item: &Item) -> Question {
    Question {
        id: item.id.to_string(),
        text: words(&item.text),
        answer: answered(&item.answer).to_owned(),
        measures: match (&item.construct, &item.segment) {
            (Some(construct), _) => construct.to_string(),
            (None, Some(segment)) => format!("segment {segment}"),
            (None, None) => String::new(),
        },
    }
}

fn answered(kind: &AnswerKind) -> &'static str {
    match kind {
        AnswerKind::Rating { reverse: true, .. } => "on a scale, reversed",
        AnswerKind::Rating { .. } => "on a scale",
        AnswerKind::SingleChoice { .. } => "one of several",
        AnswerKind::MultipleChoice { .. } => "any of several",
        AnswerKind::Number { .. } => "a number",
        AnswerKind::ShortText { .. } => "a line of text",
        AnswerKind::LongText { .. } => "in own words",
        AnswerKind::ImportanceSatisfaction { .. } => "importance and satisfaction",
    }
}

fn indices(definition: &Definition) -> Vec<IndexLine> {
    let line = |index: &Index| {
        let parts: Vec<String> = index.dimensions.iter().map(|part| words(&part.title)).collect();
        IndexLine {
            title: words(&index.title),
            parts: parts.join(", "),
            items: index.items().count(),
        }
    };
    definition.indices.iter().map(line).collect()
}

/// Staff pages are in English; what has no English text is shown in a language that it has.
fn words(text: &Text) -> String {
    let english = text.0.get("en");
    english
        .or_else(|| text.0.values().next())
        .cloned()
        .unwrap_or_default()
}
