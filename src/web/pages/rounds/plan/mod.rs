//! Planning a round, step by step: what is asked and of whom, rosters, time, the promise, mail, and the opening.
//!
//! Each step is a page of its own with a place ("you are here"); the first one makes the draft, and each of the others
//! saves what it asks for, whichever way somebody leaves it. So nothing is lost on the way back, and nobody has to
//! go through it in one sitting. What was typed stays, whatever is wrong with it; and of two who change the same
//! step, the second is told.
//!
//! | file | meaning |
//! | --- | --- |
//! | this one | the steps: showing them and saving what they ask for |
//! | [`fields`] | what is typed, read as a plan, and a plan as what is typed |
//! | [`stages`] | the steps in their order, with what each lacks |

mod fields;
pub(in crate::web::pages) mod stages;

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use self::fields::{
    AUDIENCES, Faults, Typed, audience_row, every_field, faults_of, field, overlaid, read, typed_of, usual,
};
use self::stages::{Stage, StageView};
use super::promise::{PromiseView, promises};
use crate::clock;
use crate::identity::Actor;
use crate::round::{self, Mode, NewRound, Round, RoundEdit, RoundId, RoundThresholds, Step, desk, life};
use crate::store::Conn;
use crate::survey::definition::VersionNumber;
use crate::survey::publish;
use crate::web::App;
use crate::web::access::{Allowed, RunRounds};
use crate::web::mark;
use crate::web::pages::{PageContext, render_as, see_other};
use crate::web::problem::{PageProblem, Problem};

#[derive(Serialize)]
struct View {
    /// Empty for a new round.
    id: String,
    is_new: bool,
    title: String,
    action: String,
    stages: Vec<StageView>,
    /// Which step this is.
    is_basics: bool,
    is_rosters: bool,
    is_window: bool,
    is_promise: bool,
    /// The steps beside this one; empty at the ends.
    before: String,
    after: String,
    /// The mark of what the form was filled with.
    seen: String,
    typed: Typed,
    faults: Vec<FaultLine>,
    fault_of: Faults,
    surveys: Vec<SurveyChoice>,
    audiences: Vec<fields::AudienceRow>,
    rosters: Vec<Roster>,
    /// What respondents will read.
    promises: Vec<PromiseView>,
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

/// An audience whose roster can be sent.
#[derive(Serialize)]
struct Roster {
    name: String,
    title: String,
    is_anonymous: bool,
    invited: u32,
}

/// What is known of a round that is being planned.
struct Known {
    round: Round,
    progress: round::Progress,
    promises: Vec<PromiseView>,
    stages: Vec<StageView>,
}

fn known(conn: &mut Conn, id: &RoundId, here: Stage, signs: bool) -> Result<Known, Problem> {
    let round = round::find(conn, id)?;
    life::after(&round, Step::Edit)?;
    let progress = round::progress(conn, id)?;
    Ok(Known {
        promises: promises(conn, &round, &progress, signs)?,
        stages: stages::of(conn, &round, &progress, here)?,
        round,
        progress,
    })
}

/// The first step of a new round, filled with what is usual.
pub(super) async fn blank(who: Allowed<RunRounds>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, None, Stage::Basics, usual(), Told::default()).await
}

/// A step of a round that is there.
pub(super) async fn step(
    who: Allowed<RunRounds>,
    place: web::Path<(RoundId, Stage)>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, stage) = place.into_inner();
    let which = id.clone();
    let round = app
        .store
        .read(move |conn| round::find(conn, &which))
        .await
        .map_err(Problem::from)?;
    let mut typed = typed_of(&round);
    typed.insert("seen".to_owned(), mark::of(&typed)?);
    page(&app, &who, Some(id), stage, typed, Told::default()).await
}

/// Makes the draft, or shows the first step again.
pub(super) async fn create(
    who: Allowed<RunRounds>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let typed = overlaid(usual(), &typed, Stage::Basics);
    let (plan, faults) = read(&typed, None);
    let Some(plan) = plan else {
        return page(&app, &who, None, Stage::Basics, typed, Told::wrong(faults)).await;
    };
    let (by, now) = (who.actor.clone(), clock::now());
    let created = app
        .store
        .write(move |conn| desk::create(conn, &by, plan, now))
        .await;
    match created {
        Ok(round) => Ok(see_other(&format!("/rounds/{}/plan/rosters", round.id))),
        Err(error) => {
            let faults = faults_of(error, &typed)?;
            page(&app, &who, None, Stage::Basics, typed, Told::wrong(faults)).await
        }
    }
}

/// What saving a step came to.
enum Saved {
    Done,
    Not(Typed, Told),
}

/// Saves a step and goes where the pressed button says, or shows it again.
pub(super) async fn save(
    who: Allowed<RunRounds>,
    place: web::Path<(RoundId, Stage)>,
    sent: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let ((id, stage), sent, now) = (place.into_inner(), sent.into_inner(), clock::now());
    let to = match field(&sent, "go") {
        "back" => stage.before().unwrap_or(stage),
        "here" => stage,
        _ => stage.after().unwrap_or(stage),
    };
    let (by, which) = (who.actor.clone(), id.clone());
    let saved = app
        .store
        .write(move |conn| saved(conn, &by, &which, stage, &sent, now));
    match saved.await? {
        Saved::Done => Ok(see_other(&to.path(&id))),
        Saved::Not(typed, told) => page(&app, &who, Some(id), stage, typed, told).await,
    }
}

/// Looking whether the step is as it was shown, and saving it, in one transaction.
fn saved(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    stage: Stage,
    sent: &Typed,
    now: jiff::Timestamp,
) -> Result<Saved, Problem> {
    let round = round::held(conn, id)?;
    life::after(&round, Step::Edit)?;
    let is = typed_of(&round);
    let mark = mark::of(&is)?;
    let mut typed = overlaid(is, sent, stage);
    typed.insert("seen".to_owned(), mark.clone());
    if sent.get("seen").is_some_and(|seen| *seen != mark) {
        let told = mark::overtaken("this plan", "");
        let faults = Faults::from([(stage.first_field().to_owned(), told)]);
        let told = Told {
            status: StatusCode::CONFLICT,
            faults,
        };
        return Ok(Saved::Not(typed, told));
    }
    let (plan, faults) = read(&typed, Some(id));
    let Some(plan) = plan else {
        return Ok(Saved::Not(typed, Told::wrong(faults)));
    };
    match desk::edit(conn, who, id, changes(plan), now) {
        Ok(_) => Ok(Saved::Done),
        Err(error) => {
            let faults = faults_of(error, &typed)?;
            Ok(Saved::Not(typed, Told::wrong(faults)))
        }
    }
}

fn changes(plan: NewRound) -> RoundEdit {
    RoundEdit {
        title: Some(plan.title),
        survey: Some(plan.survey),
        version: Some(plan.version),
        audiences: Some(plan.audiences),
        thresholds: Some(plan.thresholds),
        opens_at: Some(plan.opens_at),
        closes_at: Some(plan.closes_at),
    }
}

/// What is told on a step.
#[derive(Default)]
struct Told {
    status: StatusCode,
    faults: Faults,
}

impl Told {
    fn wrong(faults: Faults) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            faults,
        }
    }
}

async fn page(
    app: &App,
    who: &Actor,
    id: Option<RoundId>,
    stage: Stage,
    mut typed: Typed,
    told: Told,
) -> Result<HttpResponse, PageProblem> {
    for name in fields::NAMES {
        typed.entry(name.to_owned()).or_default();
    }
    let faults = told.faults;
    let signs = app.intake.keyring().is_some();
    let wanted = id.clone();
    let (surveys, known) = app
        .store
        .read(move |conn| {
            let known = match &wanted {
                Some(id) => Some(known(conn, id, stage, signs)?),
                None => None,
            };
            Ok::<_, Problem>((publish::list(conn)?, known))
        })
        .await?;
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
    let at = |stage: Option<Stage>| id.as_ref().zip(stage).map(|(id, stage)| stage.path(id));
    let view = View {
        is_new: id.is_none(),
        title: known
            .as_ref()
            .map(|known| known.round.title.clone())
            .unwrap_or_default(),
        action: id
            .as_ref()
            .map_or_else(|| "/rounds/new".to_owned(), |id| stage.path(id)),
        is_basics: stage == Stage::Basics,
        is_rosters: stage == Stage::Rosters,
        is_window: stage == Stage::Window,
        is_promise: stage == Stage::Promise,
        before: at(stage.before()).unwrap_or_default(),
        after: at(stage.after()).unwrap_or_default(),
        seen: field(&typed, "seen").to_owned(),
        surveys: choices.map(choice).collect(),
        audiences: (1..=AUDIENCES)
            .map(|row| audience_row(&typed, &faults, row))
            .collect(),
        rosters: known.as_ref().map(rosters).unwrap_or_default(),
        stages: match &known {
            Some(known) => known.stages.clone(),
            None => stages::of_nothing(),
        },
        promises: known.map(|known| known.promises).unwrap_or_default(),
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
        id: id.map(|id| id.to_string()).unwrap_or_default(),
    };
    let title = match view.is_new {
        true => "Plan a round".to_owned(),
        false => format!("{}: {}", stage.label(), view.title),
    };
    let title = match view.faults.as_slice() {
        [] => title,
        _ => format!("Error: {title}"),
    };
    let page = PageContext::staff(title, who).within("/rounds");
    render_as(told.status, app, "rounds/plan", &view, &page)
}

fn rosters(known: &Known) -> Vec<Roster> {
    let invited: BTreeMap<&str, u32> = known
        .progress
        .audiences
        .iter()
        .map(|line| (line.audience.as_str(), line.invited))
        .collect();
    let roster = |audience: &round::Audience| Roster {
        name: audience.name.to_string(),
        title: audience.title.clone(),
        is_anonymous: audience.mode == Mode::Anonymous,
        invited: invited.get(audience.name.as_str()).copied().unwrap_or_default(),
    };
    known.round.audiences.iter().map(roster).collect()
}
