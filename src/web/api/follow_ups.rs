//! Follow-ups: named answers that are owed a reply.

use actix_web::http::Method;
use actix_web::{HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::agency::AgencyCode;
use crate::clock;
use crate::follow::follow_up::{self, Change, Replies, Wanted, Whole};
use crate::follow::rule::{self, Rule};
use crate::follow::{FollowError, make};
use crate::identity::Right;
use crate::round::RoundId;
use crate::web::App;
use crate::web::access::{Allowed, FollowUp, ReadRounds, RunRounds};
use crate::web::codes::Code;
use crate::web::input::Input;
use crate::web::paging::Paging;
use crate::web::problem::{Fault, Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, show, change, show_rule, set_rule, make_now))]
pub struct Doc;

/// The routes of follow-ups.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let follow = Needs::Right(Right::FollowUp);
    let read = Needs::Right(Right::ReadRounds);
    let run = Needs::Right(Right::RunRounds);
    let rule_path = "/api/v1/rounds/{id}/follow-up-rule";
    vec![
        Endpoint::new(Method::GET, "/api/v1/follow-ups", follow, web::get().to(list)),
        Endpoint::new(
            Method::GET,
            "/api/v1/follow-ups/{id}",
            follow,
            web::get().to(show),
        ),
        Endpoint::new(
            Method::PATCH,
            "/api/v1/follow-ups/{id}",
            follow,
            web::patch().to(change),
        ),
        Endpoint::new(Method::GET, rule_path, read, web::get().to(show_rule)),
        Endpoint::new(Method::PUT, rule_path, run, web::put().to(set_rule)),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/follow-ups",
            run,
            web::post().to(make_now),
        ),
    ]
}

/// Which follow-ups are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Also those that are done or dropped.
    #[serde(default)]
    all: bool,
    /// Only your own.
    #[serde(default)]
    mine: bool,
    /// Of this agency.
    #[param(value_type = Option<String>)]
    agency: Option<AgencyCode>,
}

/// Some follow-ups.
#[derive(Serialize, ToSchema)]
struct FollowUpList {
    /// By the day they are due.
    follow_ups: Vec<follow_up::FollowUp>,
    /// How replies go.
    replies: Replies,
    /// For the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The rule of a round.
#[derive(Serialize, ToSchema)]
struct RuleView {
    /// It.
    #[serde(flatten)]
    rule: Rule,
    /// Whether the follow-ups were made by it: then it is fixed.
    is_made: bool,
}

/// How many were made.
#[derive(Serialize, ToSchema)]
struct Made {
    /// Follow-ups; 0 when they were made before.
    made: usize,
}

/// List the follow-ups of the agencies that you look after.
#[utoipa::path(
    get, path = "/api/v1/follow-ups", tag = "follow-ups", security(("bearer" = [])), params(Paging, Asked),
    responses((status = 200, description = "By the day they are due.", body = FollowUpList))
)]
async fn list(
    who: Allowed<FollowUp>,
    paging: web::Query<Paging>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (window, now) = (paging.window()?, clock::now());
    let wanted = Wanted {
        all: asked.all,
        mine: asked.mine,
        agency: asked.agency.clone(),
        after: window.after.clone(),
        limit: window.reach(),
    };
    let (mut follow_ups, replies) = app
        .store
        .read(move |conn| {
            let found = follow_up::list(conn, &who, &wanted, now)?;
            let replies = follow_up::replies(conn, &who.scope_of(Right::FollowUp))?;
            Ok::<_, FollowError>((found, replies))
        })
        .await?;
    let keys: Vec<String> = follow_ups.iter().map(follow_up::FollowUp::key).collect();
    let mut keyed: Vec<_> = keys.into_iter().zip(follow_ups.drain(..)).collect();
    let next_cursor = window.cut(&mut keyed, |(key, _)| key);
    Ok(web::Json(FollowUpList {
        follow_ups: keyed.into_iter().map(|(_, one)| one).collect(),
        replies,
        next_cursor,
    }))
}

/// See a follow-up with its notes and the named answer behind it.
#[utoipa::path(
    get, path = "/api/v1/follow-ups/{id}", tag = "follow-ups", security(("bearer" = [])),
    params(("id" = String, Path, description = "The follow-up's id.")),
    responses(
        (status = 200, description = "The follow-up.", body = Whole),
        (status = 404, description = "No such follow-up, or none of your agencies.", body = ProblemBody),
    )
)]
async fn show(
    who: Allowed<FollowUp>,
    id: web::Path<String>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let whole = app
        .store
        .read(move |conn| follow_up::whole(conn, &who, &id, now))
        .await?;
    Ok(web::Json(whole))
}

/// Change who looks after a follow-up, its state or its day, or write down a note or a reply.
#[utoipa::path(
    patch, path = "/api/v1/follow-ups/{id}", tag = "follow-ups", security(("bearer" = [])),
    params(("id" = String, Path, description = "The follow-up's id.")), request_body = Change,
    responses(
        (status = 200, description = "As it is now.", body = Whole),
        (status = 404, description = "No such follow-up, or none of your agencies.", body = ProblemBody),
        (status = 422, description = "Every field that is wrong.", body = ProblemBody),
    )
)]
async fn change(
    who: Allowed<FollowUp>,
    id: web::Path<String>,
    Input(changes): Input<Change>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let whole = app
        .store
        .write(move |conn| {
            follow_up::change(conn, &who, &id, &changes, now)?;
            follow_up::whole(conn, &who, &id, now)
        })
        .await?;
    Ok(web::Json(whole))
}

/// See when answers of a round are followed up.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/follow-up-rule", tag = "follow-ups", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "The rule.", body = RuleView),
        (status = 404, description = "No such round.", body = ProblemBody),
    )
)]
async fn show_rule(
    _: Allowed<ReadRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (rule, is_made) = app.store.read(move |conn| rule::of(conn, &id)).await?;
    Ok(web::Json(RuleView { rule, is_made }))
}

/// Say when answers of a round are followed up, until its follow-ups are made.
#[utoipa::path(
    put, path = "/api/v1/rounds/{id}/follow-up-rule", tag = "follow-ups", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")), request_body = Rule,
    responses(
        (status = 200, description = "The rule.", body = RuleView),
        (status = 409, description = "The follow-ups were made.", body = ProblemBody),
        (status = 422, description = "Every field that is wrong.", body = ProblemBody),
    )
)]
async fn set_rule(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    Input(rule): Input<Rule>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    app.store
        .write(move |conn| rule::set(conn, &who, &id, rule, now))
        .await?;
    Ok(web::Json(RuleView { rule, is_made: false }))
}

/// Make the follow-ups of a round that closed long ago. Those of a round that closes now are made by themselves.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/follow-ups", tag = "follow-ups", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "How many were made.", body = Made),
        (status = 409, description = "The round is open, or nobody answers it by name.", body = ProblemBody),
    )
)]
async fn make_now(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let now = clock::now();
    let made = app
        .store
        .write(move |conn| make::make_asked(conn, &who, &id, now))
        .await?;
    Ok(HttpResponse::Ok().json(Made { made }))
}

impl From<FollowError> for Problem {
    fn from(error: FollowError) -> Self {
        let told = error.to_string();
        match error {
            FollowError::Store(error) => error.into(),
            FollowError::Round(error) => error.into(),
            FollowError::Unrecorded(error) => error.into(),
            FollowError::Table(problems) => problems.into(),
            FollowError::Missing { .. } => Self::new(Code::NotFound, told),
            FollowError::Made | FollowError::NotNow(_) => Self::conflict(told),
            FollowError::Invalid(faults) => {
                let faults = faults
                    .into_iter()
                    .map(|fault| Fault::new(format!("/{}", fault.field), fault.problem));
                Self::invalid("the input has faults", faults.collect())
            }
        }
    }
}
