//! `/follow-ups`: named answers that are owed a reply.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{SEEN, as_seen, faults, mark_of};
use crate::clock;
use crate::follow::follow_up::{self, Change, Replies, STATES, Wanted, Whole};
use crate::follow::rule::{self, Rule};
use crate::follow::{Fault, FollowError, make};
use crate::identity::{Actor, Right};
use crate::round::{self, RoundId};
use crate::web::App;
use crate::web::access::{Allowed, FollowUp, ReadRounds, RunRounds};
use crate::web::pages::form::{Choice, Form, Typed, choices, field};
use crate::web::pages::{PageContext, render, render_as, see_other};
use crate::web::paging::Paging;
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};

/// The routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let follow = Needs::Right(Right::FollowUp);
    let read = Needs::Right(Right::ReadRounds);
    let run = Needs::Right(Right::RunRounds);
    let rule_path = "/rounds/{id}/follow-up";
    vec![
        Endpoint::new(Method::GET, "/follow-ups", follow, web::get().to(index)),
        Endpoint::new(Method::GET, "/follow-ups/{id}", follow, web::get().to(show)),
        Endpoint::new(Method::POST, "/follow-ups/{id}", follow, web::post().to(change)),
        Endpoint::new(Method::GET, rule_path, read, web::get().to(show_rule)),
        Endpoint::new(Method::POST, rule_path, run, web::post().to(set_rule)),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/follow-up/make",
            run,
            web::post().to(make_now),
        ),
    ]
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    all: String,
    #[serde(default)]
    mine: String,
}

#[derive(Serialize)]
struct Index {
    follow_ups: Vec<follow_up::FollowUp>,
    replied: usize,
    median: String,
    all: bool,
    mine: bool,
    next: String,
}

async fn index(
    who: Allowed<FollowUp>,
    paging: web::Query<Paging>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (window, now) = (paging.window()?, clock::now());
    let wanted = Wanted {
        all: asked.all == "yes",
        mine: asked.mine == "yes",
        agency: None,
        after: window.after.clone(),
        limit: window.reach(),
    };
    let (all, mine, by) = (wanted.all, wanted.mine, who.actor.clone());
    let (found, replies): (Vec<follow_up::FollowUp>, Replies) = app
        .store
        .read(move |conn| {
            let found = follow_up::list(conn, &by, &wanted, now)?;
            let replies = follow_up::replies(conn, &by.scope_of(Right::FollowUp))?;
            Ok::<_, FollowError>((found, replies))
        })
        .await?;
    let mut keyed: Vec<_> = found.into_iter().map(|one| (one.key(), one)).collect();
    let next = window.cut(&mut keyed, |(key, _)| key);
    let view = Index {
        follow_ups: keyed.into_iter().map(|(_, one)| one).collect(),
        replied: replies.replied,
        median: replies.median_hours.map(in_words).unwrap_or_default(),
        all,
        mine,
        next: next.unwrap_or_default(),
    };
    let page = PageContext::staff("Follow-ups", &who).within("/follow-ups");
    render(&app, "follow/follow-ups", &view, &page)
}

/// Hours as people say them.
fn in_words(hours: f64) -> String {
    if hours < 48.0 {
        format!("{hours:.0} hours")
    } else {
        format!("{:.0} days", hours / 24.0)
    }
}

#[derive(Serialize)]
struct Show {
    one: Whole,
    took: String,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    form: Form,
}

const FIELDS: [&str; 6] = [SEEN, "owner", "state", "due_on", "kind", "note"];

async fn show(
    who: Allowed<FollowUp>,
    id: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, id.into_inner(), None, &[]).await
}

async fn change(
    who: Allowed<FollowUp>,
    id: web::Path<String>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, typed, now) = (id.into_inner(), typed.into_inner(), clock::now());
    let given = |name: &str| typed.contains_key(name).then(|| field(&typed, name));
    let change = Change {
        owner: given("owner"),
        state: given("state"),
        due_on: given("due_on"),
        note: given("note"),
        kind: given("kind").filter(|kind| !kind.is_empty()),
    };
    let (by, which) = (who.actor.clone(), id.clone());
    let seen = typed.get(SEEN).cloned();
    let changed = app
        .store
        .write(move |conn| {
            as_seen(
                seen.as_deref(),
                &stands(&follow_up::whole(conn, &by, &which, now)?),
            )?;
            follow_up::change(conn, &by, &which, &change, now)
        })
        .await;
    match changed {
        Ok(()) => Ok(see_other(&format!("/follow-ups/{id}"))),
        Err(error) => page(&app, &who, id, Some(typed), &faults(error)?).await,
    }
}

async fn page(
    app: &App,
    who: &Actor,
    id: String,
    typed: Option<Typed>,
    faults: &[Fault],
) -> Result<HttpResponse, PageProblem> {
    let (now, by) = (clock::now(), who.clone());
    let one = app
        .store
        .read(move |conn| follow_up::whole(conn, &by, &id, now))
        .await?;
    let stands = stands(&one);
    let seen = mark_of(&stands);
    let mut typed = typed.unwrap_or(stands);
    typed.insert(SEEN.to_owned(), seen);
    let form = Form::new(&FIELDS, typed, faults);
    let states = choices(STATES.map(|state| (state, state)), &field(&form.typed, "state"));
    let kinds = [("note", "A note for us"), ("reply", "A reply that was given")];
    let view = Show {
        took: one
            .follow_up
            .hours_to_first_reply
            .map(in_words)
            .unwrap_or_default(),
        states,
        kinds: choices(kinds, &field(&form.typed, "kind")),
        one,
        form,
    };
    let title = view
        .form
        .title(&format!("Follow-up: {}", view.one.follow_up.name));
    let page = PageContext::staff(title, who).within("/follow-ups");
    render_as(view.form.status(), app, "follow/follow-up", &view, &page)
}

/// What may be changed of a follow-up, as it is.
fn stands(one: &Whole) -> Typed {
    let follow_up = &one.follow_up;
    let pairs = [
        ("owner", follow_up.owner.clone().unwrap_or_default()),
        ("state", follow_up.state.clone()),
        ("due_on", follow_up.due_on.clone()),
    ];
    pairs
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
}

#[derive(Serialize)]
struct RuleView {
    id: String,
    title: String,
    is_made: bool,
    may_run: bool,
    refused: String,
    form: Form,
}

const RULE_FIELDS: [&str; 2] = ["low_score", "days"];

async fn show_rule(
    who: Allowed<ReadRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    rule_page(&app, &who, id.into_inner(), None, &[], String::new()).await
}

async fn set_rule(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, typed, now) = (id.into_inner(), typed.into_inner(), clock::now());
    let number = |name: &'static str, usual: &str| Fault {
        field: name,
        problem: format!("is no number that fits here; {usual} is usual"),
    };
    let low_score = field(&typed, "low_score").parse::<f64>();
    let days = field(&typed, "days").parse::<u32>();
    let (Ok(low_score), Ok(days)) = (low_score.clone(), days.clone()) else {
        let wrong = [
            low_score.err().map(|_| number("low_score", "25")),
            days.err().map(|_| number("days", "10")),
        ];
        let wrong: Vec<Fault> = wrong.into_iter().flatten().collect();
        return rule_page(&app, &who, id, Some(typed), &wrong, String::new()).await;
    };
    let (by, round) = (who.actor.clone(), id.clone());
    let set = app
        .store
        .write(move |conn| rule::set(conn, &by, &round, Rule { low_score, days }, now))
        .await;
    match set {
        Ok(()) => Ok(see_other(&format!("/rounds/{id}/follow-up"))),
        Err(error) => refused(&app, &who, id, Some(typed), error).await,
    }
}

async fn make_now(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, now, by) = (id.into_inner(), clock::now(), who.actor.clone());
    let round = id.clone();
    let made = app
        .store
        .write(move |conn| make::make_asked(conn, &by, &round, now))
        .await;
    match made {
        Ok(_) => Ok(see_other("/follow-ups")),
        Err(error) => refused(&app, &who, id, None, error).await,
    }
}

async fn refused(
    app: &App,
    who: &Actor,
    id: RoundId,
    typed: Option<Typed>,
    error: FollowError,
) -> Result<HttpResponse, PageProblem> {
    match error {
        FollowError::Made | FollowError::NotNow(_) => {
            rule_page(app, who, id, typed, &[], error.to_string()).await
        }
        other => {
            let wrong = faults(other)?;
            rule_page(app, who, id, typed, &wrong, String::new()).await
        }
    }
}

async fn rule_page(
    app: &App,
    who: &Actor,
    id: RoundId,
    typed: Option<Typed>,
    faults: &[Fault],
    refused: String,
) -> Result<HttpResponse, PageProblem> {
    let (round, rule, is_made) = app
        .store
        .read(move |conn| {
            let (rule, is_made) = rule::of(conn, &id)?;
            Ok::<_, FollowError>((round::find(conn, &id)?, rule, is_made))
        })
        .await
        .map_err(Problem::from)?;
    let stands = || {
        Typed::from([
            ("low_score".to_owned(), rule.low_score.to_string()),
            ("days".to_owned(), rule.days.to_string()),
        ])
    };
    let form = Form::new(&RULE_FIELDS, typed.unwrap_or_else(stands), faults);
    let status = if refused.is_empty() {
        form.status()
    } else {
        StatusCode::CONFLICT
    };
    let title = format!("Follow-ups of {}", round.title);
    let title = if refused.is_empty() {
        form.title(&title)
    } else {
        format!("Error: {title}")
    };
    let view = RuleView {
        id: round.id.to_string(),
        title: round.title,
        is_made,
        may_run: who.may(Right::RunRounds),
        refused,
        form,
    };
    let page = PageContext::staff(title, who).within("/rounds");
    render_as(status, app, "follow/rule", &view, &page)
}
