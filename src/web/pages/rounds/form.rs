//! The plan of a round as a form, for a new round and for one that has not opened. What was typed stays, whatever is
//! wrong with it.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::clock;
use crate::identity::Actor;
use crate::round::{
    self, Audience, Mode, NewRound, Round, RoundEdit, RoundError, RoundId, RoundThresholds, Step, desk, life,
};
use crate::slug::BadSlug;
use crate::survey::definition::{SurveyId, VersionNumber};
use crate::survey::publish;
use crate::web::App;
use crate::web::access::{Allowed, RunRounds};
use crate::web::pages::{PageContext, render_as, see_other};
use crate::web::problem::{PageProblem, Problem};

/// How many audiences the form has room for. The API takes more.
const AUDIENCES: usize = 3;

/// What a browser sends: texts by the names of the fields.
type Typed = BTreeMap<String, String>;

/// What is wrong with a field, by its name.
type Faults = BTreeMap<String, String>;

#[derive(Serialize)]
struct View {
    /// Empty for a new round.
    id: String,
    is_new: bool,
    action: String,
    typed: Typed,
    faults: Vec<FaultLine>,
    fault_of: Faults,
    surveys: Vec<SurveyChoice>,
    audiences: Vec<AudienceRow>,
    fewest: u32,
}

#[derive(Serialize)]
struct FaultLine {
    field: String,
    told: String,
}

#[derive(Serialize)]
struct SurveyChoice {
    value: String,
    words: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct AudienceRow {
    number: usize,
    name: String,
    title: String,
    is_attributed: bool,
    fault: String,
}

/// A form for a new round, filled with what is usual.
pub(super) async fn blank(who: Allowed<RunRounds>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let usual = RoundThresholds::default();
    let typed = texts([
        ("least_respondents", usual.least_respondents.to_string()),
        ("least_change", usual.least_change.to_string()),
        ("audience_1", "staff".to_owned()),
        ("audience_1_title", "Everybody in the agencies".to_owned()),
        ("audience_1_mode", "anonymous".to_owned()),
    ]);
    page(&app, &who, None, typed, Faults::new()).await
}

/// The form of a round that is there.
pub(super) async fn filled(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let round = app
        .store
        .read(move |conn| round::find(conn, &id))
        .await
        .map_err(Problem::from)?;
    life::after(&round, Step::Edit).map_err(Problem::from)?;
    let typed = typed_of(&round);
    page(&app, &who, Some(round.id), typed, Faults::new()).await
}

/// Plans a round, or shows the form again.
pub(super) async fn create(
    who: Allowed<RunRounds>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let typed = typed.into_inner();
    let (plan, faults) = read(&typed, None);
    let Some(plan) = plan else {
        return page(&app, &who, None, typed, faults).await;
    };
    let (by, now) = (who.actor.clone(), clock::now());
    let created = app
        .store
        .write(move |conn| desk::create(conn, &by, plan, now))
        .await;
    match created {
        Ok(round) => Ok(see_other(&format!("/rounds/{}", round.id))),
        Err(error) => again(&app, &who, None, typed, error).await,
    }
}

/// Changes a plan, or shows the form again.
pub(super) async fn edit(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, typed) = (id.into_inner(), typed.into_inner());
    let (plan, faults) = read(&typed, Some(&id));
    let Some(plan) = plan else {
        return page(&app, &who, Some(id), typed, faults).await;
    };
    let changes = RoundEdit {
        title: Some(plan.title),
        survey: Some(plan.survey),
        version: Some(plan.version),
        audiences: Some(plan.audiences),
        thresholds: Some(plan.thresholds),
        opens_at: Some(plan.opens_at),
        closes_at: Some(plan.closes_at),
    };
    let (by, now, which) = (who.actor.clone(), clock::now(), id.clone());
    let changed = app
        .store
        .write(move |conn| desk::edit(conn, &by, &which, changes, now))
        .await;
    match changed {
        Ok(round) => Ok(see_other(&format!("/rounds/{}", round.id))),
        Err(error) => again(&app, &who, Some(id), typed, error).await,
    }
}

/// The form once more, with what the room of rounds found wrong beside the fields.
async fn again(
    app: &App,
    who: &Actor,
    id: Option<RoundId>,
    typed: Typed,
    error: RoundError,
) -> Result<HttpResponse, PageProblem> {
    let faults = match error {
        RoundError::Invalid(problems) => {
            let rows = filled_rows(&typed);
            let fault = |problem: crate::survey::problem::Problem| {
                let told = format!("{}; {}", problem.problem, problem.remedy);
                (field_of(&problem.pointer, &rows), told)
            };
            problems.into_iter().map(fault).collect()
        }
        RoundError::Taken(_) => Faults::from([("id".to_owned(), error.to_string())]),
        other => return Err(Problem::from(other).into()),
    };
    page(app, who, id, typed, faults).await
}

/// From a place in the plan to the field in which it was typed.
fn field_of(pointer: &str, rows: &[usize]) -> String {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    match steps.as_slice() {
        ["thresholds", field] => (*field).to_owned(),
        ["version" | "survey", ..] => "what".to_owned(),
        ["audiences", position, rest @ ..] => {
            let position: Option<usize> = position.parse().ok();
            let row = position
                .and_then(|position| rows.get(position))
                .copied()
                .unwrap_or(1);
            match rest {
                ["title"] => format!("audience_{row}_title"),
                _ => format!("audience_{row}"),
            }
        }
        ["audiences"] => "audience_1".to_owned(),
        [field, ..] => (*field).to_owned(),
        [] => "title".to_owned(),
    }
}

/// Reads the form. Without a plan there is at least one fault.
fn read(typed: &Typed, known: Option<&RoundId>) -> (Option<NewRound>, Faults) {
    let mut faults = Faults::new();
    let id = match known {
        Some(id) => Some(id.clone()),
        None => taken(
            field(typed, "id").parse().map_err(|bad: BadSlug| bad.to_string()),
            "id",
            &mut faults,
        ),
    };
    let what = taken(survey_version(field(typed, "what")), "what", &mut faults);
    let least_respondents = taken(
        number(field(typed, "least_respondents")),
        "least_respondents",
        &mut faults,
    );
    let least_change = taken(number(field(typed, "least_change")), "least_change", &mut faults);
    let opens_at = taken(instant(field(typed, "opens_at")), "opens_at", &mut faults);
    let closes_at = taken(instant(field(typed, "closes_at")), "closes_at", &mut faults);
    let mut audiences = Vec::new();
    for row in filled_rows(typed) {
        audiences.extend(taken(
            audience(typed, row),
            &format!("audience_{row}"),
            &mut faults,
        ));
    }
    let plan = || {
        let (survey, version) = what?;
        Some(NewRound {
            id: id?,
            title: field(typed, "title").to_owned(),
            survey,
            version,
            audiences,
            thresholds: RoundThresholds {
                least_respondents: least_respondents?,
                least_change: least_change?,
            },
            opens_at: opens_at?,
            closes_at: closes_at?,
        })
    };
    let plan = if faults.is_empty() { plan() } else { None };
    (plan, faults)
}

fn taken<T>(read: Result<T, String>, field: &str, faults: &mut Faults) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(told) => {
            faults.insert(field.to_owned(), told);
            None
        }
    }
}

fn field<'a>(typed: &'a Typed, name: &str) -> &'a str {
    typed.get(name).map_or("", |text| text.trim())
}

/// The rows of the form in which an audience was begun.
fn filled_rows(typed: &Typed) -> Vec<usize> {
    let begun = |row: &usize| {
        let texts = [format!("audience_{row}"), format!("audience_{row}_title")];
        texts.iter().any(|name| !field(typed, name).is_empty())
    };
    (1..=AUDIENCES).filter(begun).collect()
}

fn audience(typed: &Typed, row: usize) -> Result<Audience, String> {
    let name = field(typed, &format!("audience_{row}"));
    Ok(Audience {
        name: name.parse().map_err(|bad: BadSlug| bad.to_string())?,
        title: field(typed, &format!("audience_{row}_title")).to_owned(),
        mode: match field(typed, &format!("audience_{row}_mode")) {
            "anonymous" => Mode::Anonymous,
            "attributed" => Mode::Attributed,
            _ => return Err("choose whether responses bear names".to_owned()),
        },
    })
}

fn survey_version(text: &str) -> Result<(SurveyId, VersionNumber), String> {
    let read = || {
        let (survey, version) = text.rsplit_once('@')?;
        Some((survey.parse().ok()?, version.parse().ok()?))
    };
    read().ok_or_else(|| "choose what is asked; a survey must be published first".to_owned())
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .ok()
        .ok_or_else(|| format!("`{text}` is not a number that fits here; 10 people and 5 points are usual"))
}

/// What `<input type="datetime-local">` sends, read as UTC; RFC 3339 is taken, too.
fn instant(text: &str) -> Result<Option<Timestamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let local = text.parse::<jiff::civil::DateTime>().ok();
    let in_utc = local
        .and_then(|local| local.to_zoned(TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp());
    let read = text.parse::<Timestamp>().ok().or(in_utc);
    read.map(Some)
        .ok_or_else(|| format!("`{text}` is no time; write it like 2026-09-01T06:00, in UTC"))
}

fn texts<const N: usize>(pairs: [(&str, String); N]) -> Typed {
    pairs
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
}

fn typed_of(round: &Round) -> Typed {
    let local = |at: Option<Timestamp>| {
        at.map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string())
            .unwrap_or_default()
    };
    let mut typed = texts([
        ("title", round.title.clone()),
        ("what", format!("{}@{}", round.survey, round.version)),
        (
            "least_respondents",
            round.thresholds.least_respondents.to_string(),
        ),
        ("least_change", round.thresholds.least_change.to_string()),
        ("opens_at", local(round.opens_at)),
        ("closes_at", local(round.closes_at)),
    ]);
    for (row, audience) in (1..).zip(&round.audiences) {
        let mode = match audience.mode {
            Mode::Anonymous => "anonymous",
            Mode::Attributed => "attributed",
        };
        typed.insert(format!("audience_{row}"), audience.name.to_string());
        typed.insert(format!("audience_{row}_title"), audience.title.clone());
        typed.insert(format!("audience_{row}_mode"), mode.to_owned());
    }
    typed
}

async fn page(
    app: &App,
    who: &Actor,
    id: Option<RoundId>,
    mut typed: Typed,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    for name in [
        "id",
        "title",
        "least_respondents",
        "least_change",
        "opens_at",
        "closes_at",
    ] {
        typed.entry(name.to_owned()).or_default();
    }
    let surveys = app.store.read(publish::list).await?;
    let chosen = field(&typed, "what").to_owned();
    let choices = surveys.iter().flat_map(|survey| {
        let newest_first = survey.versions.iter().rev();
        newest_first.map(|version| (survey.survey.as_str(), version.number))
    });
    let choice = |(survey, number): (&str, VersionNumber)| {
        let value = format!("{survey}@{number}");
        SurveyChoice {
            words: format!("{survey}, version {number}"),
            is_chosen: value == chosen,
            value,
        }
    };
    let view = View {
        is_new: id.is_none(),
        action: id
            .as_ref()
            .map_or_else(|| "/rounds/new".to_owned(), |id| format!("/rounds/{id}/edit")),
        id: id.map(|id| id.to_string()).unwrap_or_default(),
        surveys: choices.map(choice).collect(),
        audiences: (1..=AUDIENCES)
            .map(|row| audience_row(&typed, &faults, row))
            .collect(),
        faults: faults
            .iter()
            .map(|(field, told)| FaultLine {
                field: field.clone(),
                told: told.clone(),
            })
            .collect(),
        fault_of: every_field(&faults),
        typed,
        fewest: RoundThresholds::FEWEST_RESPONDENTS,
    };
    let title = if view.is_new {
        "Plan a round"
    } else {
        "Change the plan"
    };
    let (status, title) = match view.faults.as_slice() {
        [] => (StatusCode::OK, title.to_owned()),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, format!("Error: {title}")),
    };
    render_as(
        status,
        app,
        "rounds/form",
        &view,
        &PageContext::staff(title, who).within("/rounds"),
    )
}

/// The template asks for the fault of every field, so every field has one, if only an empty one.
fn every_field(faults: &Faults) -> Faults {
    let names = [
        "id",
        "title",
        "what",
        "least_respondents",
        "least_change",
        "opens_at",
        "closes_at",
    ];
    let fault = |name: &str| faults.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| (name.to_owned(), fault(name)))
        .collect()
}

fn audience_row(typed: &Typed, faults: &Faults, number: usize) -> AudienceRow {
    let fault = |name: String| faults.get(&name).cloned();
    let told = fault(format!("audience_{number}")).or_else(|| fault(format!("audience_{number}_title")));
    AudienceRow {
        number,
        name: field(typed, &format!("audience_{number}")).to_owned(),
        title: field(typed, &format!("audience_{number}_title")).to_owned(),
        is_attributed: field(typed, &format!("audience_{number}_mode")) == "attributed",
        fault: told.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_plan_leads_to_the_field_in_which_it_was_typed() {
        for (pointer, name) in [
            ("/title", "title"),
            ("/thresholds/least_change", "least_change"),
            ("/version", "what"),
            ("/audiences", "audience_1"),
            ("/audiences/1/name", "audience_3"),
            ("/audiences/1/title", "audience_3_title"),
            ("/closes_at", "closes_at"),
        ] {
            assert_eq!(field_of(pointer, &[1, 3]), name);
        }
    }

    #[test]
    fn times_are_read_as_utc() {
        let six = "2026-09-01T06:00:00Z".parse().ok();
        for text in [
            "2026-09-01T06:00",
            "2026-09-01T06:00:00Z",
            "2026-09-01T08:00:00+02:00",
        ] {
            assert_eq!(instant(text), Ok(six), "{text}");
        }
        assert_eq!(instant(""), Ok(None));
        assert!(instant("tomorrow").is_err());
    }
}
