//! `/commitments`: "you said, we do", and what the next round says about exactly its items.

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{SEEN, agencies_of, as_seen, faults, mark_of};
use crate::clock;
use crate::follow::commitment::{self, Commitment, Draft, STATES};
use crate::follow::judge::{self, Judgement};
use crate::follow::{Fault, FollowError};
use crate::identity::{Actor, Right, Scope};
use crate::web::App;
use crate::web::access::{Allowed, FollowUp, ReadResults};
use crate::web::pages::form::{Choice, Form, Typed, choices, field};
use crate::web::pages::{PageContext, render, render_as, see_other};
use crate::web::paging::Paging;
use crate::web::problem::PageProblem;
use crate::web::routes::{Endpoint, Needs};

/// The routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Needs::Right(Right::ReadResults);
    let follow = Needs::Right(Right::FollowUp);
    let edit_path = "/commitments/{id}/edit";
    vec![
        Endpoint::new(Method::GET, "/commitments", read, web::get().to(index)),
        Endpoint::new(Method::GET, "/commitments/new", follow, web::get().to(blank)),
        Endpoint::new(Method::POST, "/commitments/new", follow, web::post().to(make)),
        Endpoint::new(Method::GET, "/commitments/{id}", read, web::get().to(show)),
        Endpoint::new(Method::GET, edit_path, follow, web::get().to(filled)),
        Endpoint::new(Method::POST, edit_path, follow, web::post().to(change)),
    ]
}

#[derive(Serialize)]
struct Index {
    commitments: Vec<Shown>,
    may_make: bool,
    next: String,
}

/// A commitment with every field that its template names.
#[derive(Serialize)]
struct Shown {
    id: String,
    agency: String,
    round: String,
    said: String,
    promised: String,
    owner_name: String,
    due_on: String,
    state: String,
    tone: &'static str,
    outcome: String,
    is_overdue: bool,
}

impl From<Commitment> for Shown {
    fn from(one: Commitment) -> Self {
        let tone = match one.state.as_str() {
            "kept" => "good",
            _ if one.is_overdue => "bad",
            "dropped" => "quiet",
            _ => "",
        };
        Self {
            id: one.id,
            agency: one.agency.unwrap_or_default(),
            round: one.round.unwrap_or_default(),
            said: one.said,
            promised: one.promised,
            owner_name: one.owner_name.unwrap_or_default(),
            due_on: one.due_on,
            state: one.state,
            tone,
            outcome: one.outcome,
            is_overdue: one.is_overdue,
        }
    }
}

async fn index(
    who: Allowed<ReadResults>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (window, now, by) = (paging.window()?, clock::now(), who.actor.clone());
    let page = window.clone();
    let found = app
        .store
        .read(move |conn| commitment::list(conn, &by.scope(), page.after.as_deref(), page.reach(), now))
        .await?;
    let mut keyed: Vec<_> = found.into_iter().map(|one| (one.key(), one)).collect();
    let next = window.cut(&mut keyed, |(key, _)| key);
    let view = Index {
        commitments: keyed.into_iter().map(|(_, one)| one.into()).collect(),
        may_make: who.may(Right::FollowUp),
        next: next.unwrap_or_default(),
    };
    let page = PageContext::staff("Commitments", &who).within("/commitments");
    render(&app, "follow/commitments", &view, &page)
}

#[derive(Serialize)]
struct Show {
    one: Shown,
    may_change: bool,
    not_yet: &'static str,
    before: String,
    now: String,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    audience: String,
    asked: String,
    before: String,
    now: String,
    difference: String,
    verdict: &'static str,
    words: &'static str,
    note: &'static str,
}

async fn show(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (now, by) = (clock::now(), who.actor.clone());
    let (one, judgement): (Commitment, Judgement) = app
        .store
        .read(move |conn| {
            let one = commitment::find(conn, &by.scope(), &id, now)?;
            let judgement = judge::judge(conn, &one, &by.scope())?;
            Ok::<_, FollowError>((one, judgement))
        })
        .await?;
    let scope = who.scope_of(Right::FollowUp);
    let may_change = match &one.agency {
        None => who.may(Right::FollowUp) && scope == Scope::All,
        Some(agency) => agency.parse().is_ok_and(|agency| scope.covers(&agency)),
    };
    let view = Show {
        may_change,
        not_yet: judgement.not_yet.unwrap_or_default(),
        before: judgement.before.unwrap_or_default(),
        now: judgement.now.unwrap_or_default(),
        items: judgement.items.into_iter().map(Item::from).collect(),
        one: one.into(),
    };
    let page = PageContext::staff("Commitment", &who).within("/commitments");
    render(&app, "follow/commitment", &view, &page)
}

impl From<judge::Judged> for Item {
    fn from(one: judge::Judged) -> Self {
        let number = |value: Option<f64>| value.map(|value| format!("{value:.1}")).unwrap_or_default();
        let signed = |value: f64| format!("{value:+.1}").replace('-', "\u{2212}");
        let (verdict, words) = match one.verdict {
            Some("up") => ("up", "better"),
            Some("down") => ("down", "worse"),
            Some(_) => ("none", "no detectable change"),
            None => ("", ""),
        };
        Self {
            audience: one.audience,
            asked: one.asked,
            before: number(one.before),
            now: number(one.now),
            difference: one.difference.map(signed).unwrap_or_default(),
            verdict,
            words,
            note: one.note,
        }
    }
}

#[derive(Serialize)]
struct Edit {
    id: String,
    agencies: Vec<Choice>,
    rounds: Vec<Choice>,
    states: Vec<Choice>,
    constructs: Vec<Choice>,
    form: Form,
}

const FIELDS: [&str; 10] = [
    SEEN,
    "agency",
    "round",
    "said",
    "promised",
    "constructs",
    "owner",
    "due_on",
    "state",
    "outcome",
];

async fn blank(who: Allowed<FollowUp>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let usual = Draft {
        owner: who.email.clone(),
        state: "planned".to_owned(),
        ..Draft::default()
    };
    form(&app, &who, None, &usual, &[]).await
}

async fn filled(
    who: Allowed<FollowUp>,
    id: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (by, which) = (who.actor.clone(), id.clone());
    let draft = app
        .store
        .read(move |conn| commitment::draft_of(conn, &by, &which))
        .await?;
    form(&app, &who, Some(id.into_inner()), &draft, &[]).await
}

async fn make(
    who: Allowed<FollowUp>,
    typed: web::Form<Vec<(String, String)>>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (draft, now, by) = (drafted(&typed), clock::now(), who.actor.clone());
    let given = draft.clone();
    let made = app
        .store
        .write(move |conn| commitment::make(conn, &by, &given, now))
        .await;
    match made {
        Ok(one) => Ok(see_other(&format!("/commitments/{}", one.id))),
        Err(error) => form(&app, &who, None, &draft, &faults(error)?).await,
    }
}

async fn change(
    who: Allowed<FollowUp>,
    id: web::Path<String>,
    typed: web::Form<Vec<(String, String)>>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (draft, now, by) = (drafted(&typed), clock::now(), who.actor.clone());
    let (given, which) = (draft.clone(), id.clone());
    let seen = typed
        .iter()
        .find(|(name, _)| name == SEEN)
        .map(|(_, mark)| mark.clone());
    let changed = app
        .store
        .write(move |conn| {
            as_seen(seen.as_deref(), &commitment::draft_of(conn, &by, &which)?)?;
            commitment::change(conn, &by, &which, &given, now)
        })
        .await;
    match changed {
        Ok(one) => Ok(see_other(&format!("/commitments/{}", one.id))),
        Err(error) => form(&app, &who, Some(id.into_inner()), &draft, &faults(error)?).await,
    }
}

/// Boxes that are ticked come one by one under the same name.
fn drafted(typed: &[(String, String)]) -> Draft {
    let of = |wanted: &'static str| {
        let named = typed.iter().filter(move |(name, _)| name == wanted);
        named.map(|(_, text)| text.trim().to_owned())
    };
    let one = |name: &'static str| of(name).next().unwrap_or_default();
    Draft {
        agency: one("agency"),
        round: one("round"),
        said: one("said"),
        promised: one("promised"),
        constructs: of("constructs").collect(),
        owner: one("owner"),
        due_on: one("due_on"),
        state: one("state"),
        outcome: one("outcome"),
    }
}

async fn form(
    app: &App,
    who: &Actor,
    id: Option<String>,
    draft: &Draft,
    faults: &[Fault],
) -> Result<HttpResponse, PageProblem> {
    let (by, which) = (who.clone(), id.clone());
    let (agencies, rounds, constructs, seen) = app
        .store
        .read(move |conn| {
            let agencies = agencies_of(conn, &by)?;
            let rounds = judge::rounds_to_name(conn)?;
            let stands = which.map(|id| commitment::draft_of(conn, &by, &id)).transpose()?;
            let seen = stands.as_ref().map(mark_of).unwrap_or_default();
            Ok::<_, FollowError>((agencies, rounds, commitment::known_constructs(conn)?, seen))
        })
        .await?;
    let typed: Typed = [
        ("agency", &draft.agency),
        ("round", &draft.round),
        ("said", &draft.said),
        ("promised", &draft.promised),
        ("owner", &draft.owner),
        ("due_on", &draft.due_on),
        ("state", &draft.state),
        ("outcome", &draft.outcome),
        (SEEN, &seen),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.clone()))
    .collect();
    let mut agency_options = agencies;
    if who.scope_of(Right::FollowUp) == Scope::All {
        agency_options.insert(0, (String::new(), "All agencies".to_owned()));
    }
    let mut round_options: Vec<(String, String)> = rounds
        .into_iter()
        .map(|(id, title)| (id.to_string(), title))
        .collect();
    round_options.insert(0, (String::new(), "Said elsewhere".to_owned()));
    // What was typed stays, known or not.
    let unknown = draft
        .constructs
        .iter()
        .filter(|one| !constructs.contains_key(*one));
    let unknown: Vec<(String, String)> = unknown.map(|one| (one.clone(), one.clone())).collect();
    let boxes = constructs.into_iter().chain(unknown).map(|(construct, asked)| {
        let is_chosen = draft.constructs.contains(&construct);
        let chosen = if is_chosen {
            construct.clone()
        } else {
            String::new()
        };
        choices([(construct, asked)], &chosen)
    });
    let form = Form::new(&FIELDS, typed, faults);
    let view = Edit {
        agencies: choices(agency_options, &field(&form.typed, "agency")),
        rounds: choices(round_options, &field(&form.typed, "round")),
        states: choices(STATES.map(|state| (state, state)), &field(&form.typed, "state")),
        constructs: boxes.flatten().collect(),
        id: id.unwrap_or_default(),
        form,
    };
    let title = if view.id.is_empty() {
        "Make a commitment"
    } else {
        "Change the commitment"
    };
    let page = PageContext::staff(view.form.title(title), who).within("/commitments");
    render_as(view.form.status(), app, "follow/commitment-form", &view, &page)
}
