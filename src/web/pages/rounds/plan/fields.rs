//! What is typed on the steps of planning, read as a plan; and a plan as what is typed. What was typed stays, whatever is wrong
//! with it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::stages::Stage;
use crate::round::{Audience, Mode, NewRound, Round, RoundError, RoundId, RoundThresholds};
use crate::slug::BadSlug;
use crate::survey::definition::{SurveyId, VersionNumber};
use crate::web::pages::form::instant;
use crate::web::problem::Problem;

/// How many audiences the form has room for. The API takes more.
pub(super) const AUDIENCES: usize = 3;

/// The fields beside those of audiences.
pub(super) const NAMES: [&str; 7] = [
    "id",
    "title",
    "what",
    "least_respondents",
    "least_change",
    "opens_at",
    "closes_at",
];

/// What a browser sends: texts by the names of the fields.
pub(super) type Typed = BTreeMap<String, String>;

/// What is wrong with a field, by its name.
pub(super) type Faults = BTreeMap<String, String>;

#[derive(Serialize)]
pub(super) struct AudienceRow {
    number: usize,
    name: String,
    title: String,
    is_attributed: bool,
    fault: String,
}

/// The plan of a new round before anything is typed.
pub(super) fn usual() -> Typed {
    let usual = RoundThresholds::default();
    texts([
        ("least_respondents", usual.least_respondents.to_string()),
        ("least_change", usual.least_change.to_string()),
        ("audience_1", "staff".to_owned()),
        ("audience_1_title", "Everybody in the agencies".to_owned()),
        ("audience_1_mode", "anonymous".to_owned()),
    ])
}

/// A plan with what was typed on one of its steps in place of what was there. A field of that step that was not sent is empty;
/// fields of other steps are left as they are.
pub(super) fn overlaid(mut plan: Typed, sent: &Typed, stage: Stage) -> Typed {
    let mut names: Vec<String> = match stage {
        Stage::Basics => ["id", "title", "what"].map(str::to_owned).to_vec(),
        Stage::Window => ["opens_at", "closes_at"].map(str::to_owned).to_vec(),
        Stage::Promise => ["least_respondents", "least_change"].map(str::to_owned).to_vec(),
        Stage::Rosters | Stage::Mail | Stage::Open => Vec::new(),
    };
    if stage == Stage::Basics {
        for row in 1..=AUDIENCES {
            names.extend(["", "_title", "_mode"].map(|end| format!("audience_{row}{end}")));
        }
    }
    for name in names {
        let typed = sent.get(&name).cloned().unwrap_or_default();
        plan.insert(name, typed);
    }
    plan
}

/// What the room of rounds finds wrong, at the fields.
///
/// # Errors
/// What is about no field is a page of its own.
pub(super) fn faults_of(error: RoundError, typed: &Typed) -> Result<Faults, Problem> {
    match error {
        RoundError::Invalid(problems) => {
            let rows = filled_rows(typed);
            let fault = |problem: crate::survey::problem::Problem| {
                let told = format!("{}; {}", problem.problem, problem.remedy);
                (field_of(&problem.pointer, &rows), told)
            };
            Ok(problems.into_iter().map(fault).collect())
        }
        RoundError::Taken(_) => Ok(Faults::from([("id".to_owned(), error.to_string())])),
        RoundError::MailPlanned { ref audience, .. } => {
            let told = error.to_string();
            let row = (1..=AUDIENCES)
                .find(|row| field(typed, &format!("audience_{row}")) == audience.as_str())
                .unwrap_or(1);
            Ok(Faults::from([(format!("audience_{row}"), told)]))
        }
        other => Err(Problem::from(other)),
    }
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
pub(super) fn read(typed: &Typed, known: Option<&RoundId>) -> (Option<NewRound>, Faults) {
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

pub(super) fn field<'a>(typed: &'a Typed, name: &str) -> &'a str {
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

fn texts<const N: usize>(pairs: [(&str, String); N]) -> Typed {
    pairs
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
}

pub(super) fn typed_of(round: &Round) -> Typed {
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

/// The template asks for the fault of every field, so every field has one, if only an empty one.
pub(super) fn every_field(faults: &Faults) -> Faults {
    let fault = |name: &str| faults.get(name).cloned().unwrap_or_default();
    NAMES
        .into_iter()
        .map(|name| (name.to_owned(), fault(name)))
        .collect()
}

pub(super) fn audience_row(typed: &Typed, faults: &Faults, number: usize) -> AudienceRow {
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
}
