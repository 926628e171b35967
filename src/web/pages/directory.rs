//! `/directory`: the agencies there are, and what became of them. What results say of one stands at `/agencies/{code}`.
//!
//! A form is read as a table of one row, so that a page, a file and the API take and refuse exactly the same.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::form::{Choice, Form, Typed, choices, field};
use super::{PageContext, render_as, see_other};
use crate::agency::{self, Agency, AgencyCode, ImportError, LineageEvent, LineageKind, desk};
use crate::clock;
use crate::follow::Fault;
use crate::identity::{Actor, Right};
use crate::store::StoreError;
use crate::table::Problems;
use crate::web::App;
use crate::web::access::{Allowed, ManageAgencies};
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};

/// More agencies than this no page lists.
const MOST: u32 = 5000;

/// The routes.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let manage = Needs::Right(Right::ManageAgencies);
    vec![
        Endpoint::new(Method::GET, "/directory", manage, web::get().to(index)),
        Endpoint::new(Method::GET, "/directory/new", manage, web::get().to(blank)),
        Endpoint::new(Method::POST, "/directory/new", manage, web::post().to(add)),
        Endpoint::new(Method::GET, "/directory/{code}", manage, web::get().to(filled)),
        Endpoint::new(Method::POST, "/directory/{code}", manage, web::post().to(change)),
        Endpoint::new(
            Method::POST,
            "/directory/{code}/lineage",
            manage,
            web::post().to(happened),
        ),
    ]
}

#[derive(Serialize)]
struct Index {
    agencies: Vec<Line>,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Line {
    code: String,
    name: String,
    parent: String,
    cluster: String,
}

#[derive(Serialize)]
struct Event {
    on: String,
    what: String,
    note: String,
}

impl From<LineageEvent> for Event {
    fn from(event: LineageEvent) -> Self {
        let (from, to) = (event.predecessor, event.successor);
        Self {
            what: match event.kind {
                LineageKind::Renamed => format!("{from} was renamed"),
                LineageKind::Merged => format!("{from} became part of {to}"),
                LineageKind::Split => format!("{to} was made out of {from}"),
            },
            on: event.date,
            note: event.note,
        }
    }
}

async fn index(who: Allowed<ManageAgencies>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let (agencies, events) = app
        .store
        .read(|conn| Ok::<_, StoreError>((agency::list(conn, None, MOST)?, agency::lineage(conn)?)))
        .await?;
    let line = |agency: Agency| Line {
        code: agency.code.to_string(),
        name: agency.name,
        parent: agency.parent.map(|code| code.to_string()).unwrap_or_default(),
        cluster: agency.cluster.map(|id| id.to_string()).unwrap_or_default(),
    };
    let view = Index {
        agencies: agencies.into_iter().map(line).collect(),
        events: events.into_iter().rev().map(Event::from).collect(),
    };
    let page = PageContext::staff("Agencies", &who).within("/rounds");
    render_as(StatusCode::OK, &app, "directory/index", &view, &page)
}

const FIELDS: [&str; 4] = ["code", "name", "parent", "cluster"];
const HAPPENED: [&str; 4] = ["date", "kind", "other", "note"];

#[derive(Serialize)]
struct Edit {
    /// Empty for a new agency.
    code: String,
    parents: Vec<Choice>,
    form: Form,
    kinds: Vec<Choice>,
    others: Vec<Choice>,
    /// The form of something that happened; it is shown beside that of the agency, so it has its own.
    happened: Happened,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Happened {
    form: Form,
}

async fn blank(who: Allowed<ManageAgencies>, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, None, Given::default()).await
}

async fn filled(
    who: Allowed<ManageAgencies>,
    code: web::Path<AgencyCode>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, Some(code.into_inner()), Given::default()).await
}

async fn add(
    who: Allowed<ManageAgencies>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let typed = typed.into_inner();
    let code = field(&typed, "code");
    save(&app, &who, None, &code, typed).await
}

async fn change(
    who: Allowed<ManageAgencies>,
    code: web::Path<AgencyCode>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let code = code.into_inner();
    known(&app, &code).await?;
    let row = code.to_string();
    save(&app, &who, Some(code), &row, typed.into_inner()).await
}

async fn save(
    app: &App,
    who: &Actor,
    known: Option<AgencyCode>,
    code: &str,
    typed: Typed,
) -> Result<HttpResponse, PageProblem> {
    if known.is_none()
        && let Ok(new) = code.parse::<AgencyCode>()
        && app
            .store
            .read(move |conn| agency::find(conn, &new))
            .await?
            .is_some()
    {
        let fault = Fault {
            field: "code",
            problem: format!("there is an agency `{code}` already; change that one, or choose another code"),
        };
        return page(app, who, None, Given::agency(typed, vec![fault])).await;
    }
    let cells = [
        code,
        &field(&typed, "name"),
        &field(&typed, "parent"),
        &field(&typed, "cluster"),
    ]
    .map(str::to_owned);
    let table = row(["code", "name", "parent", "cluster"], &cells);
    let (by, now) = (who.clone(), clock::now());
    let done = app
        .store
        .write(move |conn| desk::import(conn, &by, table.as_bytes(), None, now))
        .await;
    match done {
        Ok(_) => Ok(see_other(&format!("/directory/{code}"))),
        Err(ImportError::Agencies(problems)) => {
            let faults = faults(problems, &FIELDS, "code");
            page(app, who, known, Given::agency(typed, faults)).await
        }
        Err(other) => Err(Problem::from(other).into()),
    }
}

async fn happened(
    who: Allowed<ManageAgencies>,
    code: web::Path<AgencyCode>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (code, typed) = (code.into_inner(), typed.into_inner());
    known(&app, &code).await?;
    // A renaming has no other agency.
    let kind = field(&typed, "kind");
    let other = match kind.as_str() {
        "renamed" => code.to_string(),
        _ => field(&typed, "other"),
    };
    let cells = [
        field(&typed, "date"),
        kind,
        code.to_string(),
        other,
        field(&typed, "note"),
    ];
    let table = row(["date", "kind", "from", "to", "note"], &cells);
    let (by, now) = (who.actor.clone(), clock::now());
    let done = app
        .store
        .write(move |conn| desk::import_lineage(conn, &by, table.as_bytes(), now))
        .await;
    match done {
        Ok(_) => Ok(see_other(&format!("/directory/{code}#happened"))),
        Err(ImportError::Lineage(problems)) => {
            let faults = faults(problems, &HAPPENED, "other");
            page(&app, &who, Some(code), Given::event(typed, faults)).await
        }
        Err(other) => Err(Problem::from(other).into()),
    }
}

async fn known(app: &App, code: &AgencyCode) -> Result<Agency, Problem> {
    let wanted = code.clone();
    let found = app.store.read(move |conn| agency::find(conn, &wanted)).await?;
    found.ok_or_else(|| Problem::not_found(format_args!("agency `{code}`")))
}

/// A table of one row.
fn row<const N: usize>(headings: [&str; N], cells: &[String; N]) -> String {
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let line = |cells: Vec<String>| cells.join(",");
    let headings = line(headings.iter().map(|heading| quoted(heading)).collect());
    let cells = line(cells.iter().map(|cell| quoted(cell)).collect());
    format!("{headings}\n{cells}\n")
}

/// The problems of the row as faults of the fields from which it was made.
fn faults(problems: Problems, fields: &[&'static str], otherwise: &'static str) -> Vec<Fault> {
    let fault = |problem: crate::table::Problem| {
        let column = problem.column.unwrap_or_default();
        let field = fields.iter().find(|field| **field == column).copied();
        Fault {
            field: field.unwrap_or(otherwise),
            problem: problem.problem,
        }
    };
    problems.listed.into_iter().map(fault).collect()
}

/// What was typed into one of the two forms, and what is wrong with it.
#[derive(Default)]
struct Given {
    agency: Option<Typed>,
    agency_faults: Vec<Fault>,
    event: Typed,
    event_faults: Vec<Fault>,
}

impl Given {
    fn agency(typed: Typed, faults: Vec<Fault>) -> Self {
        Self {
            agency: Some(typed),
            agency_faults: faults,
            ..Self::default()
        }
    }

    fn event(typed: Typed, faults: Vec<Fault>) -> Self {
        Self {
            event: typed,
            event_faults: faults,
            ..Self::default()
        }
    }
}

async fn page(
    app: &App,
    who: &Actor,
    code: Option<AgencyCode>,
    given: Given,
) -> Result<HttpResponse, PageProblem> {
    let stored = match &code {
        Some(code) => Some(known(app, code).await?),
        None => None,
    };
    let wanted = code.clone();
    let (all, events) = app
        .store
        .read(move |conn| {
            let events = match &wanted {
                Some(code) => agency::lineage_of(conn, code)?,
                None => Vec::new(),
            };
            Ok::<_, StoreError>((agency::list(conn, None, MOST)?, events))
        })
        .await?;
    let typed = given
        .agency
        .unwrap_or_else(|| stored.map(typed_of).unwrap_or_default());
    let form = Form::new(&FIELDS, typed, &given.agency_faults);
    let happened = Form::new(&HAPPENED, given.event, &given.event_faults);
    let others = all.iter().filter(|agency| Some(&agency.code) != code.as_ref());
    let mut named: Vec<(String, String)> = others
        .map(|agency| {
            (
                agency.code.to_string(),
                format!("{} ({})", agency.name, agency.code),
            )
        })
        .collect();
    named.insert(0, (String::new(), "none".to_owned()));
    let status = if happened.faults.is_empty() {
        form.status()
    } else {
        happened.status()
    };
    let title = match &code {
        Some(code) => format!("Agency {code}"),
        None => "A new agency".to_owned(),
    };
    let title = if happened.faults.is_empty() {
        form.title(&title)
    } else {
        happened.title(&title)
    };
    let view = Edit {
        parents: choices(named.clone(), &field(&form.typed, "parent")),
        others: choices(named, &field(&happened.typed, "other")),
        kinds: choices(
            [
                ("renamed", "it was renamed"),
                ("merged", "it became part of another one"),
                ("split", "another one was made out of a part of it"),
            ],
            &field(&happened.typed, "kind"),
        ),
        code: code.map(|code| code.to_string()).unwrap_or_default(),
        form,
        happened: Happened { form: happened },
        events: events.into_iter().map(Event::from).collect(),
    };
    render_as(
        status,
        app,
        "directory/edit",
        &view,
        &PageContext::staff(title, who).within("/rounds"),
    )
}

fn typed_of(agency: Agency) -> Typed {
    let pairs = [
        ("code", agency.code.to_string()),
        ("name", agency.name),
        (
            "parent",
            agency.parent.map(|code| code.to_string()).unwrap_or_default(),
        ),
        (
            "cluster",
            agency.cluster.map(|id| id.to_string()).unwrap_or_default(),
        ),
    ];
    pairs
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
}
