//! Rounds: their plan, their life, their rosters and their progress.

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::clock;
use crate::identity::Right;
use crate::post;
use crate::post::calendar::Event;
use crate::round::again::{self, Again, Carried};
use crate::round::desk::{self, HandStep};
use crate::round::extend::LaterEnd;
use crate::round::invitation::links_csv;
use crate::round::roster::{self, Invited};
use crate::round::roster_look::{self, Look};
use crate::round::roster_match::Matching;
use crate::round::{
    self, Audience, AudienceName, InvitationLink, NewRound, Progress, Promise, Round, RoundEdit, RoundError,
    RoundId, RoundState, RoundThresholds, opening,
};
use crate::table::Limits;
use crate::web::App;
use crate::web::access::{Allowed, ReadRounds, RunRounds};
use crate::web::csv::{self, expect_csv, wants_csv};
use crate::web::input::Input;
use crate::web::mark::{self, Expected};
use crate::web::paging::Paging;
use crate::web::problem::{Fault, Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    list,
    create,
    show,
    edit,
    schedule,
    withdraw,
    open,
    extend,
    close,
    publish,
    progress,
    import_roster,
    invitations,
    renew_links,
    look,
    roster_table,
    again_as_last_time,
    calendar
))]
pub struct Doc;

const READ: Needs = Needs::Right(Right::ReadRounds);
const RUN: Needs = Needs::Right(Right::RunRounds);

/// The routes of rounds.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let roster = "/api/v1/rounds/{id}/audiences/{audience}/roster";
    let invited = "/api/v1/rounds/{id}/audiences/{audience}/invitations";
    vec![
        Endpoint::new(Method::GET, "/api/v1/rounds", READ, web::get().to(list)),
        Endpoint::new(Method::POST, "/api/v1/rounds", RUN, web::post().to(create)),
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/calendar",
            READ,
            web::get().to(calendar),
        ),
        Endpoint::new(Method::GET, "/api/v1/rounds/{id}", READ, web::get().to(show)),
        Endpoint::new(Method::PATCH, "/api/v1/rounds/{id}", RUN, web::patch().to(edit)),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/schedule",
            RUN,
            web::post().to(schedule),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/withdraw",
            RUN,
            web::post().to(withdraw),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/open",
            RUN,
            web::post().to(open),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/extend",
            RUN,
            web::post().to(extend),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/close",
            RUN,
            web::post().to(close),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/publish",
            RUN,
            web::post().to(publish),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/progress",
            READ,
            web::get().to(progress),
        ),
        Endpoint::new(Method::PUT, roster, RUN, web::put().to(import_roster))
            .accepting(Limits::default().bytes),
        Endpoint::new(Method::GET, roster, RUN, web::get().to(roster_table)),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/audiences/{audience}/roster/look",
            RUN,
            web::post().to(look),
        )
        .accepting(Limits::default().bytes),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/again",
            RUN,
            web::post().to(again_as_last_time),
        ),
        Endpoint::new(Method::GET, invited, RUN, web::get().to(invitations)),
        Endpoint::new(Method::POST, invited, RUN, web::post().to(renew_links)),
    ]
}

/// A round.
#[derive(Serialize, ToSchema)]
struct RoundView {
    /// As in URLs.
    id: String,
    /// As people call it.
    title: String,
    /// What is asked ...
    survey: String,
    /// ... in which version.
    version: u32,
    /// Where it is in its life.
    state: RoundState,
    /// Frozen at opening.
    thresholds: RoundThresholds,
    /// By name.
    audiences: Vec<Audience>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_at: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<String>,
    /// SHA-256 of the canonical JSON (RFC 8785) of the promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    promise_digest: Option<String>,
    /// Everything that was frozen; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    promise: Option<Promise>,
}

impl From<Round> for RoundView {
    fn from(round: Round) -> Self {
        let (promise, promise_digest) = match round.promise {
            Some(frozen) => (Some(frozen.promise), Some(frozen.digest)),
            None => (None, None),
        };
        Self {
            id: round.id.to_string(),
            title: round.title,
            survey: round.survey.to_string(),
            version: round.version,
            state: round.state,
            thresholds: round.thresholds,
            audiences: round.audiences,
            opens_at: round.opens_at.map(|at| at.to_string()),
            closes_at: round.closes_at.map(|at| at.to_string()),
            opened_at: round.opened_at.map(|at| at.to_string()),
            closed_at: round.closed_at.map(|at| at.to_string()),
            sealed_at: round.sealed_at.map(|at| at.to_string()),
            published_at: round.published_at.map(|at| at.to_string()),
            promise_digest,
            promise,
        }
    }
}

/// Some rounds.
#[derive(Serialize, ToSchema)]
struct RoundList {
    /// By id, without their promises.
    rounds: Vec<RoundView>,
    /// For the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What an import did, with links that are shown this once.
#[derive(Serialize, ToSchema)]
struct RosterImported {
    /// How many people are invited.
    people: usize,
    /// Of how many agencies.
    agencies: usize,
    /// The columns that were taken as segments.
    segments: Vec<String>,
    /// In the order of the table.
    links: Vec<LinkView>,
}

/// One person's link. It is nowhere else: only a hash of its code is stored.
#[derive(Serialize, ToSchema)]
struct LinkView {
    /// As in the roster.
    person: String,
    /// As in the roster.
    name: String,
    /// As in the roster.
    email: String,
    /// As in the roster.
    agency: String,
    /// The language in which to write to them.
    language: String,
    /// The secret; it is the end of the link, too.
    code: String,
    /// What to send them.
    link: String,
}

/// New links, shown this once.
#[derive(Serialize, ToSchema)]
struct LinkList {
    /// By person.
    links: Vec<LinkView>,
}

/// Some of the people invited to an attributed audience.
#[derive(Serialize, ToSchema)]
struct InvitedList {
    /// By person.
    invitations: Vec<Invited>,
    /// For the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// List the rounds.
#[utoipa::path(
    get, path = "/api/v1/rounds", tag = "rounds", security(("bearer" = [])), params(Paging),
    responses((status = 200, description = "Rounds, by id.", body = RoundList))
)]
async fn list(
    _: Allowed<ReadRounds>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let window = paging.window()?;
    let page = window.clone();
    let rounds = app
        .store
        .read(move |conn| round::list(conn, page.after.as_deref(), page.reach()))
        .await?;
    let without_promise = |round: Round| RoundView {
        promise: None,
        ..RoundView::from(round)
    };
    let mut rounds: Vec<RoundView> = rounds.into_iter().map(without_promise).collect();
    let next_cursor = window.cut(&mut rounds, |round| &round.id);
    Ok(web::Json(RoundList { rounds, next_cursor }))
}

/// What has a time.
#[derive(Serialize, ToSchema)]
struct CalendarView {
    /// The earliest first.
    events: Vec<Event>,
    /// Rounds without any time, by id.
    without: Vec<String>,
}

/// What opens, closes, is published and is mailed when.
#[utoipa::path(
    get, path = "/api/v1/rounds/calendar", tag = "rounds", security(("bearer" = [])),
    responses((status = 200, description = "Of all rounds.", body = CalendarView))
)]
async fn calendar(_: Allowed<ReadRounds>, app: web::Data<App>) -> Result<impl Responder, Problem> {
    let found = app.store.read(post::calendar::calendar).await?;
    Ok(web::Json(CalendarView {
        events: found.events,
        without: found
            .without
            .into_iter()
            .map(|round| round.id.to_string())
            .collect(),
    }))
}

/// Plan a round.
#[utoipa::path(
    post, path = "/api/v1/rounds", tag = "rounds", security(("bearer" = [])), request_body = NewRound,
    responses(
        (status = 201, description = "Created as a draft.", body = RoundView),
        (status = 409, description = "The id is taken.", body = ProblemBody),
        (status = 422, description = "Every problem of the plan.", body = ProblemBody),
    )
)]
async fn create(
    who: Allowed<RunRounds>,
    Input(plan): Input<NewRound>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let round = app
        .store
        .write(move |conn| desk::create(conn, &who, plan, now))
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/rounds/{}", round.id)))
        .json(RoundView::from(round)))
}

/// See a round, with everything that was frozen when it opened.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "The round.", body = RoundView),
        (status = 404, description = "No such round.", body = ProblemBody),
    )
)]
async fn show(
    _: Allowed<ReadRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let round = app.store.read(move |conn| round::find(conn, &id)).await?;
    marked(round)
}

/// A round with its mark as `ETag`.
fn marked(round: Round) -> Result<HttpResponse, Problem> {
    let view = RoundView::from(round);
    let tag = mark::etag(mark::of(&view)?);
    Ok(HttpResponse::Ok().insert_header(tag).json(view))
}

/// Change the plan of a round that has not opened.
///
/// An audience that is missing from `audiences` goes with its roster; so does the roster of one whose mode changes.
#[utoipa::path(
    patch, path = "/api/v1/rounds/{id}", tag = "rounds", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The round's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of an earlier answer: then nothing is changed that somebody else has changed since."),
    ),
    request_body = RoundEdit,
    responses(
        (status = 200, description = "As it is now.", body = RoundView),
        (status = 404, description = "No such round.", body = ProblemBody),
        (status = 409, description = "It has opened: nothing of it can be changed. Or mail to an audience that would go is planned.", body = ProblemBody),
        (status = 412, description = "Somebody has changed it since the answer that `If-Match` names.", body = ProblemBody),
        (status = 422, description = "Every problem of the new plan.", body = ProblemBody),
    )
)]
async fn edit(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    request: HttpRequest,
    Input(changes): Input<RoundEdit>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (now, expected) = (clock::now(), Expected::of(&request)?);
    let round = app
        .store
        .write(move |conn| {
            let before = RoundView::from(round::held(conn, &id)?);
            expected.holds(&mark::of(&before)?)?;
            Ok::<_, Problem>(desk::edit(conn, &who, &id, changes, now)?)
        })
        .await?;
    marked(round)
}

/// Let a round open by itself at its `opens_at`.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/schedule", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "Scheduled.", body = RoundView),
        (status = 404, description = "No such round.", body = ProblemBody),
        (status = 409, description = "Its state does not allow it, or something is missing.", body = ProblemBody),
    )
)]
async fn schedule(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    take(who, id.into_inner(), HandStep::Schedule, &app).await
}

/// Take a scheduled round back to a draft.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/withdraw", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "A draft again.", body = RoundView),
        (status = 404, description = "No such round.", body = ProblemBody),
        (status = 409, description = "It is not scheduled.", body = ProblemBody),
    )
)]
async fn withdraw(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    take(who, id.into_inner(), HandStep::Withdraw, &app).await
}

/// Open a round. It freezes everything and cannot be undone.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/open", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "Open, with its promise.", body = RoundView),
        (status = 404, description = "No such round.", body = ProblemBody),
        (status = 409, description = "Its state does not allow it, or a roster is missing.", body = ProblemBody),
    )
)]
async fn open(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    take(who, id.into_inner(), HandStep::Open, &app).await
}

/// Give the people of an open round more time. It cannot be undone: an end never moves to an earlier time.
///
/// Nor beyond a year after the opening: after that the frozen rosters are of another staff, and who answered early has waited long enough.
/// The promise keeps the end that it had; respondents are told both, on the page before the first question and in every reminder.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/extend", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")), request_body = LaterEnd,
    responses(
        (status = 200, description = "Open until then.", body = RoundView),
        (status = 404, description = "No such round.", body = ProblemBody),
        (status = 409, description = "It is not open, its end has passed, or it is closed by hand.", body = ProblemBody),
        (status = 422, description = "The time is not later than its end, or later than a year after the opening.", body = ProblemBody),
    )
)]
async fn extend(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    Input(later): Input<LaterEnd>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let round = app
        .store
        .write(move |conn| desk::extend(conn, &who, &id, later.closes_at, now))
        .await?;
    Ok(web::Json(RoundView::from(round)))
}

/// Close a round: no response is taken any more. It cannot be undone.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/close", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "Closed.", body = RoundView),
        (status = 404, description = "No such round.", body = ProblemBody),
        (status = 409, description = "It is not open.", body = ProblemBody),
    )
)]
async fn close(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    take(who, id.into_inner(), HandStep::Close, &app).await
}

/// Make the sealed result visible to those who may see it. It cannot be undone.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/publish", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "Published.", body = RoundView),
        (status = 404, description = "No such round.", body = ProblemBody),
        (status = 409, description = "It is not sealed.", body = ProblemBody),
    )
)]
async fn publish(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    take(who, id.into_inner(), HandStep::Publish, &app).await
}

async fn take(
    who: Allowed<RunRounds>,
    id: RoundId,
    step: HandStep,
    app: &App,
) -> Result<web::Json<RoundView>, Problem> {
    let now = clock::now();
    let keys = opening::ready(&app.store, app.intake.keyring(), &id, step, now).await?;
    let round = app
        .store
        .write(move |conn| desk::take(conn, &who, &id, step, &keys, now))
        .await?;
    if step == HandStep::Close {
        app.store.scrub_after("close").await;
    }
    Ok(web::Json(RoundView::from(round)))
}

/// See how far a round has come.
///
/// `answered` is floored to a multiple of five and null below the round's threshold.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/progress", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round's id.")),
    responses(
        (status = 200, description = "By audience and agency.", body = Progress),
        (status = 404, description = "No such round.", body = ProblemBody),
    )
)]
async fn progress(
    _: Allowed<ReadRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let progress = app.store.read(move |conn| round::progress(conn, &id)).await?;
    Ok(web::Json(progress))
}

/// What somebody says of columns.
#[derive(Deserialize)]
struct Said {
    columns: Option<String>,
}

impl Said {
    fn matching(&self) -> Result<Matching, Problem> {
        let Some(columns) = self.columns.as_deref().filter(|columns| !columns.is_empty()) else {
            return Ok(Matching::default());
        };
        serde_json::from_str(columns).map_err(|error| {
            let told =
                format!("`columns` is no JSON object from headings to what they are taken as: {error}");
            Problem::invalid_field("#columns", told)
        })
    }
}

/// Import a roster in place of the audience's one, before the round opens. The links are shown this once.
///
/// Columns: `agency`, `person`, `name`, `email`, `language`; any other column is a segment. With `Accept: text/csv` the
/// answer is the list of links as CSV, for a mailing tool. All or nothing.
#[utoipa::path(
    put, path = "/api/v1/rounds/{id}/audiences/{audience}/roster", tag = "rounds", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The round's id."),
        ("audience" = String, Path, description = "The audience's name."),
        ("columns" = Option<String>, Query, description = "What columns are whose headings do not say it: a JSON object from headings to `agency`, `person`, `name`, `email`, `language`, `segment` or `leave-out`, such as `{\"Payroll number\":\"person\"}`."),
    ),
    request_body(content = String, content_type = "text/csv", description = "Comma or semicolon, UTF-8, up to 64 MiB."),
    responses(
        (status = 200, description = "Imported; every link of the roster before is dead.", body = RosterImported),
        (status = 404, description = "No such round or audience.", body = ProblemBody),
        (status = 409, description = "The round has opened.", body = ProblemBody),
        (status = 422, description = "Every row that is wrong; `pointer` is an RFC 7111 row such as `#row=17`.", body = ProblemBody),
    )
)]
async fn import_roster(
    who: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    said: web::Query<Said>,
    request: HttpRequest,
    table: web::Bytes,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    expect_csv(&request)?;
    let ((id, audience), matching, now) = (path.into_inner(), said.matching()?, clock::now());
    let done = app
        .store
        .write(move |conn| desk::import_roster(conn, &who, &id, &audience, &table, &matching, now))
        .await?;
    let base = app.public_url.as_str();
    if wants_csv(&request) {
        return Ok(csv::response(links_csv(&done.links, base)));
    }
    Ok(HttpResponse::Ok().json(RosterImported {
        people: done.people,
        agencies: done.agencies,
        segments: done.segments.iter().map(ToString::to_string).collect(),
        links: links(done.links, base),
    }))
}

/// Look at a roster before it is imported: what its columns are taken as, who it invites, every row that is wrong, and who joined, left
/// and moved since the roster before. Nothing is stored.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/audiences/{audience}/roster/look", tag = "rounds", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The round's id."),
        ("audience" = String, Path, description = "The audience's name."),
        ("columns" = Option<String>, Query, description = "What columns are whose headings do not say it: a JSON object from headings to `agency`, `person`, `name`, `email`, `language`, `segment` or `leave-out`, such as `{\"Payroll number\":\"person\"}`."),
    ),
    request_body(content = String, content_type = "text/csv", description = "As for the import."),
    responses(
        (status = 200, description = "What importing it would do, problems included.", body = Look),
        (status = 404, description = "No such round or audience.", body = ProblemBody),
        (status = 409, description = "The round has opened.", body = ProblemBody),
    )
)]
async fn look(
    _: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    said: web::Query<Said>,
    request: HttpRequest,
    table: web::Bytes,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    expect_csv(&request)?;
    let ((id, audience), matching) = (path.into_inner(), said.matching()?);
    let look = app
        .store
        .read(move |conn| roster_look::look(conn, &id, &audience, &table, &matching))
        .await?;
    Ok(web::Json(look))
}

/// The roster of an audience as a table that can be imported again: without links, and without who answered.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/audiences/{audience}/roster", tag = "rounds", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The round's id."),
        ("audience" = String, Path, description = "The audience's name."),
    ),
    responses(
        (status = 200, description = "By person.", body = String, content_type = "text/csv"),
        (status = 404, description = "No such round or audience.", body = ProblemBody),
    )
)]
async fn roster_table(
    _: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (id, audience) = path.into_inner();
    let table = app
        .store
        .read(move |conn| roster::as_csv(conn, &id, &audience))
        .await?;
    Ok(csv::response(table))
}

/// A round as last time.
#[derive(Serialize, ToSchema)]
struct RepeatedView {
    /// The new round, a draft.
    round: RoundView,
    /// Which rosters came along, and why one did not.
    rosters: Vec<Carried>,
}

/// Plan a round as one that has been: the newest version of its survey, its audiences, thresholds and rosters.
///
/// People of an agency that was merged since come along under the agency it is part of now. Times are set afterwards.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/again", tag = "rounds", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round that has been.")), request_body = Again,
    responses(
        (status = 201, description = "Created as a draft.", body = RepeatedView),
        (status = 404, description = "No such round.", body = ProblemBody),
        (status = 409, description = "The id is taken.", body = ProblemBody),
        (status = 422, description = "Every problem of the plan.", body = ProblemBody),
    )
)]
async fn again_as_last_time(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    Input(new): Input<Again>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let repeated = app
        .store
        .write(move |conn| again::again(conn, &who, &id, new, now))
        .await?;
    let location = format!("/api/v1/rounds/{}", repeated.round.id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(RepeatedView {
            round: repeated.round.into(),
            rosters: repeated.rosters,
        }))
}

/// List the people invited to an attributed audience, without their links.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/audiences/{audience}/invitations", tag = "rounds",
    security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The round's id."),
        ("audience" = String, Path, description = "The audience's name."),
        Paging,
    ),
    responses(
        (status = 200, description = "By person.", body = InvitedList),
        (status = 404, description = "No such round or audience.", body = ProblemBody),
        (status = 409, description = "The audience is anonymous.", body = ProblemBody),
    )
)]
async fn invitations(
    _: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (id, audience) = path.into_inner();
    let window = paging.window()?;
    let page = window.clone();
    let mut invitations = app
        .store
        .read(move |conn| roster::invited(conn, &id, &audience, page.after.as_deref(), page.reach()))
        .await?;
    let next_cursor = window.cut(&mut invitations, |invited| &invited.person);
    Ok(web::Json(InvitedList {
        invitations,
        next_cursor,
    }))
}

/// Draw new links for everybody of an attributed audience who has not answered. They are shown this once, and the links
/// before them are dead.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/audiences/{audience}/invitations", tag = "rounds",
    security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The round's id."),
        ("audience" = String, Path, description = "The audience's name."),
    ),
    responses(
        (status = 200, description = "The new links, by person.", body = LinkList),
        (status = 404, description = "No such round or audience.", body = ProblemBody),
        (status = 409, description = "The audience is anonymous, or the round is closed.", body = ProblemBody),
    )
)]
async fn renew_links(
    who: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let ((id, audience), now) = (path.into_inner(), clock::now());
    let renewed = app
        .store
        .write(move |conn| desk::renew_links(conn, &who, &id, &audience, now))
        .await?;
    let base = app.public_url.as_str();
    if wants_csv(&request) {
        return Ok(csv::response(links_csv(&renewed, base)));
    }
    Ok(HttpResponse::Ok().json(LinkList {
        links: links(renewed, base),
    }))
}

fn links(links: Vec<InvitationLink>, base: &str) -> Vec<LinkView> {
    let view = |link: InvitationLink| LinkView {
        link: format!("{base}{}", link.path()),
        code: link.code.as_str().to_owned(),
        person: link.person,
        name: link.name,
        email: link.email,
        agency: link.agency.to_string(),
        language: link.language.to_string(),
    };
    links.into_iter().map(view).collect()
}

impl From<RoundError> for Problem {
    fn from(error: RoundError) -> Self {
        let told = error.to_string();
        match error {
            RoundError::Unknown(id) => Self::not_found(format_args!("round `{id}`")),
            RoundError::UnknownAudience { audience, .. } => {
                Self::not_found(format_args!("audience `{audience}`"))
            }
            RoundError::Taken(_)
            | RoundError::WrongState { .. }
            | RoundError::NotReady { .. }
            | RoundError::Anonymous { .. }
            | RoundError::MailPlanned { .. } => Self::conflict(told),
            RoundError::Invalid(flaws) => {
                let faults = flaws.into_iter().map(Fault::from).collect();
                Self::invalid("the plan of the round has problems", faults)
            }
            RoundError::Roster(problems) => problems.into(),
            RoundError::NoRandomness(_) | RoundError::NotCanonical(_) => Self::internal(&told),
            RoundError::Unrecorded(error) => error.into(),
            RoundError::Store(error) => error.into(),
        }
    }
}
