//! `/rounds/{id}/mail`: invitations, reminders, letters, and how far they are.

mod letters;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::form::{Choice, Form, Typed, choices, field, instant};
use super::rounds::plan::stages::{self, Stage, StageView};
use super::{PageContext, render_as, see_other};
use crate::clock;
use crate::follow::Fault;
use crate::identity::{Actor, Right};
use crate::post::mailing::{self, Kind, Mailing, Order, Progress};
use crate::post::{PostError, stops};
use crate::round::{self, AudienceName, Mode, RoundId, Step};
use crate::web::App;
use crate::web::access::{Allowed, ReadRounds, RunRounds};
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};

/// The routes.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let read = Needs::Right(Right::ReadRounds);
    let run = Needs::Right(Right::RunRounds);
    let path = "/rounds/{id}/mail";
    let letters_path = "/rounds/{id}/audiences/{audience}/letters";
    vec![
        Endpoint::new(Method::GET, path, read, web::get().to(show)),
        Endpoint::new(Method::POST, path, run, web::post().to(order)),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/mail/{mailing}/take-back",
            run,
            web::post().to(take_back),
        ),
        Endpoint::new(Method::POST, "/rounds/{id}/mail-test", run, web::post().to(test)),
        Endpoint::new(
            Method::POST,
            "/rounds/{id}/mail-bounces",
            run,
            web::post().to(bounced),
        ),
        Endpoint::new(Method::POST, letters_path, run, web::post().to(letters::print)),
    ]
}

#[derive(Serialize)]
struct View {
    id: String,
    title: String,
    state: &'static str,
    sends_mail: bool,
    may_run: bool,
    /// The steps of planning; empty once the round has opened.
    stages: Vec<StageView>,
    refused: String,
    told: String,
    mailings: Vec<Line>,
    audiences: Vec<Audience>,
    chosen: Vec<Choice>,
    kinds: Vec<Choice>,
    form: Form,
}

#[derive(Serialize)]
struct Audience {
    name: String,
    title: String,
    prints: bool,
}

#[derive(Serialize)]
struct Line {
    id: String,
    audience: String,
    what: String,
    send_at: String,
    progress: &'static str,
    tone: &'static str,
    is_planned: bool,
    people: String,
    mails: String,
}

impl From<Mailing> for Line {
    fn from(one: Mailing) -> Self {
        let (progress, tone) = match one.progress {
            Progress::Planned => ("planned", ""),
            Progress::BeingSent => ("being sent", ""),
            Progress::Done => ("done", "good"),
            Progress::Dropped => ("dropped", "quiet"),
        };
        let mails: Vec<String> = one
            .mails
            .iter()
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        Self {
            what: match one.step {
                0 => "Invitation".to_owned(),
                step => format!("Reminder {step}"),
            },
            id: one.id,
            audience: one.audience.to_string(),
            send_at: one.send_at,
            progress,
            tone,
            is_planned: one.progress == Progress::Planned,
            people: one.people.map(|people| people.to_string()).unwrap_or_default(),
            mails: mails.join(", "),
        }
    }
}

const FIELDS: [&str; 4] = ["audience", "kind", "send_at", "address"];

/// What is told above the forms.
#[derive(Default)]
struct Told {
    status: Option<StatusCode>,
    refused: String,
    done: String,
    faults: Vec<Fault>,
}

async fn show(
    who: Allowed<ReadRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, id.into_inner(), Typed::new(), Told::default()).await
}

async fn order(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, typed, now) = (id.into_inner(), typed.into_inner(), clock::now());
    let order = match read(&id, &typed) {
        Ok(order) => order,
        Err(faults) => {
            let told = Told {
                faults,
                ..Told::default()
            };
            return page(&app, &who, id, typed, told).await;
        }
    };
    if !app.post.sends_mail() {
        return again(&app, &who, id, typed, PostError::NoServer).await;
    }
    let by = who.actor.clone();
    let made = app
        .store
        .write(move |conn| mailing::order(conn, &by, &order, now))
        .await;
    match made {
        Ok(_) => Ok(see_other(&format!("/rounds/{id}/mail"))),
        Err(error) => again(&app, &who, id, typed, error).await,
    }
}

async fn take_back(
    who: Allowed<RunRounds>,
    path: web::Path<(RoundId, String)>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let ((id, which), now) = (path.into_inner(), clock::now());
    let (by, round) = (who.actor.clone(), id.clone());
    let taken = app
        .store
        .write(move |conn| mailing::take_back(conn, &by, &round, &which, now))
        .await;
    match taken {
        Ok(()) => Ok(see_other(&format!("/rounds/{id}/mail"))),
        Err(error) => again(&app, &who, id, Typed::new(), error).await,
    }
}

async fn test(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, typed) = (id.into_inner(), typed.into_inner());
    let address = field(&typed, "address");
    match app.post.test(&who, &address).await {
        Ok(()) => {
            let told = Told {
                done: format!("The mail server took a test mail to {address}."),
                ..Told::default()
            };
            page(&app, &who, id, Typed::new(), told).await
        }
        Err(error) => again(&app, &who, id, typed, error).await,
    }
}

async fn bounced(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, typed, now) = (id.into_inner(), typed.into_inner(), clock::now());
    let (by, address) = (who.actor.clone(), field(&typed, "address"));
    let noted = app
        .store
        .write(move |conn| stops::bounced(conn, &by, &address, now))
        .await;
    match noted {
        Ok(_) => {
            let told = Told {
                done: "Noted: no reminder goes to that address.".to_owned(),
                ..Told::default()
            };
            page(&app, &who, id, Typed::new(), told).await
        }
        Err(error) => again(&app, &who, id, typed, error).await,
    }
}

/// What cannot be done is told above the forms, what is wrong with a field at the field.
async fn again(
    app: &App,
    who: &Actor,
    id: RoundId,
    typed: Typed,
    error: PostError,
) -> Result<HttpResponse, PageProblem> {
    let at = |field: &'static str, problem: String| Told {
        faults: vec![Fault { field, problem }],
        ..Told::default()
    };
    let told = match error {
        PostError::SendAt { problem } => at("send_at", problem),
        PostError::Unrecorded(error) => at("address", error.to_string()),
        error => {
            let refused = error.to_string();
            let problem = Problem::from(error);
            let status = problem.code().status();
            if status != StatusCode::CONFLICT {
                return Err(problem.into());
            }
            Told {
                status: Some(status),
                refused,
                ..Told::default()
            }
        }
    };
    page(app, who, id, typed, told).await
}

fn read(id: &RoundId, typed: &Typed) -> Result<Order, Vec<Fault>> {
    let fault = |field: &'static str, problem: &str| Fault {
        field,
        problem: problem.to_owned(),
    };
    let audience = field(typed, "audience").parse::<AudienceName>().ok();
    let kind = match field(typed, "kind").as_str() {
        "invitation" => Some(Kind::Invitation),
        "reminder" => Some(Kind::Reminder),
        _ => None,
    };
    let send_at = instant(&field(typed, "send_at"));
    let mut faults = Vec::new();
    if audience.is_none() {
        faults.push(fault("audience", "choose to whom"));
    }
    if kind.is_none() {
        faults.push(fault("kind", "choose an invitation or a reminder"));
    }
    if let Err(told) = &send_at {
        faults.push(fault("send_at", told));
    }
    match (audience, kind, send_at) {
        (Some(audience), Some(kind), Ok(send_at)) => Ok(Order {
            round: id.clone(),
            audience,
            kind,
            send_at,
        }),
        _ => Err(faults),
    }
}

async fn page(
    app: &App,
    who: &Actor,
    id: RoundId,
    typed: Typed,
    told: Told,
) -> Result<HttpResponse, PageProblem> {
    let may_run = who.may(Right::RunRounds);
    let (round, mailings, stages) = app
        .store
        .read(move |conn| {
            let round = round::find(conn, &id)?;
            let stages = match Step::Edit.from(round.state) {
                Ok(_) if may_run => {
                    let progress = round::progress(conn, &id)?;
                    stages::of(conn, &round, &progress, Stage::Mail)?
                }
                _ => Vec::new(),
            };
            Ok::<_, Problem>((round, mailing::list(conn, &id)?, stages))
        })
        .await?;
    let is_planned = Step::Edit.from(round.state).is_ok();
    let is_open = Step::Close.from(round.state).is_ok();
    let audiences = round.audiences.iter().map(|audience| Audience {
        name: audience.name.to_string(),
        title: audience.title.clone(),
        prints: is_planned || (is_open && audience.mode == Mode::Attributed),
    });
    let form = Form::new(&FIELDS, typed, &told.faults);
    let named = round
        .audiences
        .iter()
        .map(|audience| (audience.name.to_string(), audience.title.clone()));
    let kinds = [
        ("invitation", "Invitation, to everybody who has not answered"),
        ("reminder", "Reminder, to those who still have not"),
    ];
    let status = told.status.unwrap_or_else(|| form.status());
    let title = format!("Mail of {}", round.title);
    let title = if status.is_success() {
        title
    } else {
        format!("Error: {title}")
    };
    let view = View {
        id: round.id.to_string(),
        title: round.title.clone(),
        state: round.state.as_str(),
        sends_mail: app.post.sends_mail(),
        may_run,
        stages,
        refused: told.refused,
        told: told.done,
        mailings: mailings.into_iter().map(Line::from).collect(),
        audiences: audiences.collect(),
        chosen: choices(named, &field(&form.typed, "audience")),
        kinds: choices(kinds, &field(&form.typed, "kind")),
        form,
    };
    let page = PageContext::staff(title, who).within("/rounds");
    render_as(status, app, "post/mail", &view, &page)
}
