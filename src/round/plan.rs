//! Creating a round and editing it before it opens.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::{Audience, Round, RoundError, RoundId, RoundState, RoundThresholds, Step, life, locked};
use crate::store::{Conn, StoreError, invitations, mailings, rounds};
use crate::survey::definition::{SurveyId, VersionNumber};
use crate::survey::problem::{Pointer, Problem};
use crate::survey::publish;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;
/// More audiences than this are a mistake.
const MOST_AUDIENCES: usize = 20;
/// A threshold beyond this would hide every agency.
const HIGHEST_THRESHOLD: u32 = 1000;

/// The plan of a new round.
#[derive(Debug, Clone, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRound {
    /// As it will stand in URLs.
    #[schema(value_type = String)]
    pub id: RoundId,
    /// As people call it.
    pub title: String,
    /// What is asked ...
    #[schema(value_type = String)]
    pub survey: SurveyId,
    /// ... in which published version.
    pub version: VersionNumber,
    /// Who is asked; at least one.
    pub audiences: Vec<Audience>,
    /// k = 10 and 5 points unless given.
    #[serde(default)]
    pub thresholds: RoundThresholds,
    /// When it is to open.
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Timestamp>,
    /// When it is to close.
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closes_at: Option<Timestamp>,
}

/// Changes of a plan: what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundEdit {
    /// Another title.
    #[serde(default)]
    pub title: Option<String>,
    /// Another survey.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub survey: Option<SurveyId>,
    /// Another version.
    #[serde(default)]
    pub version: Option<VersionNumber>,
    /// All audiences anew. One that is missing goes with its roster; so does the roster of one whose mode changes.
    #[serde(default)]
    pub audiences: Option<Vec<Audience>>,
    /// Other thresholds.
    #[serde(default)]
    pub thresholds: Option<RoundThresholds>,
    /// Another time of opening; `Some(None)` (in JSON: null) for none.
    #[serde(default, deserialize_with = "change_of_instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Option<Timestamp>>,
    /// Another time of closing; `Some(None)` (in JSON: null) for none.
    #[serde(default, deserialize_with = "change_of_instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closes_at: Option<Option<Timestamp>>,
}

impl RoundEdit {
    /// The names of what it changes.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let given = [
            ("title", self.title.is_some()),
            ("survey", self.survey.is_some()),
            ("version", self.version.is_some()),
            ("audiences", self.audiences.is_some()),
            ("thresholds", self.thresholds.is_some()),
            ("opens_at", self.opens_at.is_some()),
            ("closes_at", self.closes_at.is_some()),
        ];
        given
            .into_iter()
            .filter(|(_, is_given)| *is_given)
            .map(|(name, _)| name)
            .collect()
    }
}

/// Creates a round as a draft.
///
/// # Errors
/// [`RoundError::Invalid`] with every problem of the plan, [`RoundError::Taken`] when the id is.
pub fn create(conn: &mut Conn, new: NewRound) -> Result<Round, RoundError> {
    let round = Round {
        id: new.id,
        title: new.title.trim().to_owned(),
        survey: new.survey,
        version: new.version,
        state: RoundState::Draft,
        thresholds: new.thresholds,
        audiences: new.audiences,
        opens_at: new.opens_at,
        closes_at: new.closes_at,
        opened_at: None,
        closed_at: None,
        sealed_at: None,
        published_at: None,
        promise: None,
    };
    refuse_problems(conn, &round)?;
    if rounds::find(conn, &round.id)?.is_some() {
        return Err(RoundError::Taken(round.id));
    }
    rounds::insert(conn, &round).map_err(|error| match error {
        StoreError::Duplicate(_) => RoundError::Taken(round.id.clone()),
        other => other.into(),
    })?;
    super::find(conn, &round.id)
}

/// Changes the plan of a round that has not opened.
///
/// # Errors
/// [`RoundError::WrongState`] once it has opened, [`RoundError::Invalid`] with every problem of the new plan.
pub fn edit(conn: &mut Conn, id: &RoundId, edit: RoundEdit) -> Result<Round, RoundError> {
    let old = locked(conn, id)?;
    life::after(&old, Step::Edit)?;
    let mut new = old.clone();
    if let Some(title) = edit.title {
        new.title = title.trim().to_owned();
    }
    new.survey = edit.survey.unwrap_or(new.survey);
    new.version = edit.version.unwrap_or(new.version);
    new.audiences = edit.audiences.unwrap_or(new.audiences);
    new.thresholds = edit.thresholds.unwrap_or(new.thresholds);
    new.opens_at = edit.opens_at.unwrap_or(new.opens_at);
    new.closes_at = edit.closes_at.unwrap_or(new.closes_at);
    refuse_problems(conn, &new)?;
    rounds::update_plan(conn, &new)?;
    change_audiences(conn, &old, &new)?;
    super::find(conn, id)
}

fn change_audiences(conn: &mut Conn, old: &Round, new: &Round) -> Result<(), RoundError> {
    for before in &old.audiences {
        match new.audiences.iter().find(|after| after.name == before.name) {
            Some(after) if after == before => {}
            Some(after) => {
                // Another mode is another promise: who was invited under the old one is invited anew.
                if after.mode != before.mode {
                    invitations::delete_roster(conn, &new.id, &after.name)?;
                }
                rounds::update_audience(conn, &new.id, after)?;
            }
            None => {
                if mailings::any_planned(conn, new.id.as_str(), before.name.as_str())? {
                    return Err(RoundError::MailPlanned {
                        round: new.id.clone(),
                        audience: before.name.clone(),
                    });
                }
                mailings::forget_dropped(conn, new.id.as_str(), before.name.as_str())?;
                invitations::delete_roster(conn, &new.id, &before.name)?;
                rounds::delete_audience(conn, &new.id, &before.name)?;
            }
        }
    }
    let is_new = |audience: &&Audience| old.audiences.iter().all(|before| before.name != audience.name);
    let added: Vec<Audience> = new.audiences.iter().filter(is_new).cloned().collect();
    Ok(rounds::insert_audiences(conn, &new.id, &added)?)
}

fn refuse_problems(conn: &mut Conn, round: &Round) -> Result<(), RoundError> {
    let mut problems = check(round);
    if publish::find(conn, &round.survey, round.version)?.is_none() {
        problems.push(Pointer::root().at("version").problem(
            format!("version {} of `{}` is not published", round.version, round.survey),
            "publish it first, or choose a published version",
        ));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(RoundError::Invalid(problems))
    }
}

/// Every problem of a plan that can be told without asking the store.
#[must_use]
pub fn check(round: &Round) -> Vec<Problem> {
    let root = Pointer::root();
    let mut problems = Vec::new();
    problems.extend(title(&root.at("title"), &round.title));
    problems.extend(thresholds(&root.at("thresholds"), &round.thresholds));
    problems.extend(audiences(&root.at("audiences"), &round.audiences));
    if let (Some(opens), Some(closes)) = (round.opens_at, round.closes_at)
        && closes <= opens
    {
        let problem = "the round would close before it opens";
        problems.push(
            root.at("closes_at")
                .problem(problem, "set it later than `opens_at`"),
        );
    }
    problems
}

fn title(pointer: &Pointer, title: &str) -> Option<Problem> {
    if title.trim().is_empty() {
        return Some(pointer.problem("the title is empty", "say what people call it"));
    }
    let too_long = title.chars().count() > LONGEST_TITLE;
    if too_long || title.chars().any(char::is_control) {
        let remedy = format!("write one line of at most {LONGEST_TITLE} characters");
        return Some(pointer.problem("the title is too long or has more than one line", remedy));
    }
    None
}

fn thresholds(pointer: &Pointer, given: &RoundThresholds) -> Vec<Problem> {
    let mut problems = Vec::new();
    let fewest = RoundThresholds::FEWEST_RESPONDENTS;
    if !(fewest..=HIGHEST_THRESHOLD).contains(&given.least_respondents) {
        problems.push(pointer.at("least_respondents").problem(
            format!("{} is no threshold that protects people", given.least_respondents),
            format!("set it from {fewest} to {HIGHEST_THRESHOLD}; 10 is usual"),
        ));
    }
    if !(0.0..=100.0).contains(&given.least_change) {
        problems.push(pointer.at("least_change").problem(
            format!("{} is no difference between two indices", given.least_change),
            "set it from 0 to 100 points; 5 is usual",
        ));
    }
    problems
}

fn audiences(pointer: &Pointer, given: &[Audience]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if given.is_empty() || given.len() > MOST_AUDIENCES {
        problems.push(pointer.problem(
            format!(
                "a round has 1 to {MOST_AUDIENCES} audiences, this one has {}",
                given.len()
            ),
            "say who is asked, e.g. `staff`, anonymous",
        ));
    }
    let mut seen = BTreeSet::new();
    for (position, audience) in given.iter().enumerate() {
        let here = pointer.at(position);
        if !seen.insert(audience.name.as_str().to_lowercase()) {
            let problem = format!("two audiences are called `{}`", audience.name);
            problems.push(here.at("name").problem(problem, "give one of them another name"));
        }
        problems.extend(title(&here.at("title"), &audience.title));
    }
    problems
}

pub(super) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let parsed = text.parse().map_err(|_ignored: jiff::Error| {
        serde::de::Error::custom(format!("`{text}` is no time; write it like 2026-09-01T06:00:00Z"))
    });
    parsed.map(Some)
}

fn change_of_instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Timestamp>>, D::Error> {
    instant(deserializer).map(Some)
}
