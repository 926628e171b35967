//! `/surveys`: what is asked, in which versions, the draft of the next one, and what a change does to each trend.
//!
//! | file | pages |
//! | --- | --- |
//! | this one | the list, one survey with its versions and questions |
//! | [`draft`] | writing and publishing the next version |
//! | [`editor`] | the same as forms, for those who do not write JSON |
//! | [`review`] | what to see before a draft is published, and its approval |
//! | [`diff`] | one version against another, or against the draft |

mod diff;
pub(super) mod draft;
mod editor;
mod review;

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use rust_embed::RustEmbed;

use super::form::{Choice, choices};
use super::{PageContext, render, see_other};
use crate::clock;
use crate::identity::{Actor, Right};
use crate::store::Conn;
use crate::survey::definition::{AnswerKind, Definition, Index, Item, Page, SurveyId, Text, VersionNumber};
use crate::survey::publish::{self, SurveySummary, VersionSummary};
use crate::survey::{edit, parse};
use crate::web::App;
use crate::web::access::{Allowed, DesignSurveys, ReadSurveys};
use crate::web::api::surveys::save_recorded;
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};

/// The surveys that ship with this program.
#[derive(RustEmbed)]
#[folder = "surveys"]
#[include = "*.v*.json"]
struct Shipped;

const READ: Needs = Needs::Right(Right::ReadSurveys);
const WRITE: Needs = Needs::Right(Right::DesignSurveys);

/// A survey of the largest size, with every character escaped as forms do it.
const LARGEST_FORM: usize = 4 << 20;

/// The routes of the pages of surveys.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let draft_path = "/surveys/{survey}/draft";
    let mut rows = editor::endpoints();
    rows.extend([
        Endpoint::new(
            Method::GET,
            "/surveys/{survey}/review",
            READ,
            web::get().to(review::show),
        ),
        Endpoint::new(
            Method::POST,
            "/surveys/{survey}/approve",
            Needs::Right(Right::ApproveSurveys),
            web::post().to(review::approve),
        ),
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
    ]);
    rows
}

#[derive(Serialize)]
struct Surveys {
    surveys: Vec<SurveyLine>,
    may_design: bool,
    problem: String,
    typed: String,
    /// What a new survey can begin with.
    beginnings: Vec<Choice>,
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
        beginnings: choices(beginnings(&surveys), ""),
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
    /// What it begins with: a file that ships, or `survey@version`; empty for one question.
    #[serde(default)]
    from: String,
}

/// What a new survey can begin with: those that ship with this program, and every newest published version.
fn beginnings(surveys: &[SurveySummary]) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), "one question".to_owned())];
    for name in Shipped::iter() {
        let words = name.trim_end_matches(".json").replacen(".v", ", version ", 1);
        all.push((format!("file:{name}"), format!("{words}, as it ships")));
    }
    for survey in surveys {
        if let Some(latest) = survey.versions.last() {
            all.push((
                format!("{}@{}", survey.survey, latest.number),
                format!(
                    "{}, version {}, as it is published here",
                    survey.survey, latest.number
                ),
            ));
        }
    }
    all
}

/// The definition that a new survey begins with.
fn begun(conn: &mut Conn, from: &str) -> Result<Definition, Problem> {
    let unknown = || Problem::invalid_field("/from", "choose what the survey begins with from the list");
    if let Some(name) = from.strip_prefix("file:") {
        let file = Shipped::get(name).ok_or_else(unknown)?;
        return parse::read(&file.data).map_err(|flaws| publish::PublishError::Invalid(flaws).into());
    }
    let (survey, number) = from.rsplit_once('@').ok_or_else(unknown)?;
    let survey: SurveyId = survey.parse().map_err(|_ignored| unknown())?;
    let number: VersionNumber = number.parse().map_err(|_ignored| unknown())?;
    Ok(publish::version(conn, &survey, number)?.definition)
}

/// Saves a draft that begins with another survey, unless the new one has a draft or a version already.
fn begin_from(
    conn: &mut Conn,
    who: &Actor,
    survey: &SurveyId,
    from: &str,
    now: jiff::Timestamp,
) -> Result<bool, Problem> {
    if publish::draft(conn, survey)?.is_some() || publish::latest(conn, survey)?.is_some() {
        return Ok(false);
    }
    let definition = edit::begun_from(&begun(conn, from)?, survey.clone(), 1);
    let text = serde_json::to_string_pretty(&definition).map_err(|error| Problem::internal(&error))?;
    save_recorded(conn, who, survey, &text, now)?;
    Ok(true)
}

/// Without a beginning nothing is stored yet: the way to the draft of a survey that need not exist.
async fn start(
    who: Allowed<DesignSurveys>,
    typed: web::Form<Start>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    match typed.survey.trim().parse::<SurveyId>() {
        Ok(survey) if typed.from.is_empty() => Ok(see_other(&format!("/surveys/{survey}/draft"))),
        Ok(survey) => {
            let (by, id, from, now) = (
                who.actor.clone(),
                survey.clone(),
                typed.from.clone(),
                clock::now(),
            );
            let is_new = app
                .store
                .write(move |conn| begin_from(conn, &by, &id, &from, now))
                .await?;
            if is_new {
                return Ok(see_other(&format!("/surveys/{survey}/edit")));
            }
            let told = format!(
                "there is a survey `{survey}` already; choose another short name, or go on with that one"
            );
            show_index(&app, &who, told, typed.survey.clone()).await
        }
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
