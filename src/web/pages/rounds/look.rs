//! A roster before it is imported: what its columns are taken as, who it invites, what is wrong with it, and what changes.
//!
//! The file waits on the server while somebody looks at it, so that nothing has to be sent twice and nothing needs a script.

use std::collections::BTreeMap;

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::roster::{Line, file, lines};
use crate::clock;
use crate::identity::Actor;
use crate::round::invitation::links_csv;
use crate::round::roster_change::RosterChange;
use crate::round::roster_look::{self, ColumnLook, Look};
use crate::round::roster_match::{Matching, Use};
use crate::round::{AudienceName, RoundError, RoundId, roster};
use crate::table::Problems;
use crate::web::App;
use crate::web::access::{Allowed, RunRounds};
use crate::web::csv;
use crate::web::pages::form::{Choice, choices};
use crate::web::pages::{PageContext, render_as, see_other};
use crate::web::problem::{PageProblem, Problem};

type Place = web::Path<(RoundId, AudienceName)>;

#[derive(Serialize)]
struct View {
    round: String,
    audience: String,
    columns: Vec<Column>,
    people: usize,
    agencies: Vec<Agency>,
    count: usize,
    more: usize,
    problems: Vec<Line>,
    compared_with: String,
    change: Option<Change>,
}

#[derive(Serialize)]
struct Column {
    number: usize,
    heading: String,
    uses: Vec<Choice>,
    sample: String,
}

#[derive(Serialize)]
struct Agency {
    code: String,
    people: usize,
}

#[derive(Serialize)]
struct Change {
    stayed: usize,
    joined: usize,
    left: usize,
    moved: Vec<Moved>,
    agencies: Vec<AgencyLine>,
}

#[derive(Serialize)]
struct Moved {
    from: String,
    to: String,
    people: usize,
    merged: bool,
}

#[derive(Serialize)]
struct AgencyLine {
    code: String,
    before: usize,
    now: usize,
}

/// Keeps the file, and shows it.
pub(super) async fn send(
    who: Allowed<RunRounds>,
    place: Place,
    form: Multipart,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let ((round, audience), now) = (place.into_inner(), clock::now());
    let table = file(form, "roster").await?;
    let (by, id, name) = (who.actor.clone(), round.clone(), audience.clone());
    app.store
        .write(move |conn| roster_look::keep(conn, &by, &id, &name, &table, now))
        .await
        .map_err(Problem::from)?;
    Ok(see_other(&look_path(&round, &audience)))
}

/// Shows the file that waits.
pub(super) async fn show(
    who: Allowed<RunRounds>,
    place: Place,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (round, audience) = place.into_inner();
    let look = looked(&app, &round, &audience).await?;
    page(&app, &who, &round, &audience, look)
}

/// Says what the columns are.
pub(super) async fn columns(
    _: Allowed<RunRounds>,
    place: Place,
    typed: web::Form<BTreeMap<String, String>>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let ((round, audience), now) = (place.into_inner(), clock::now());
    let mut matching = Matching::default();
    for (field, heading) in typed.iter() {
        let Some(number) = field.strip_prefix("heading_") else {
            continue;
        };
        let role = typed
            .get(&format!("use_{number}"))
            .and_then(|word| Use::named(word));
        if let Some(role) = role {
            matching.say(heading, role);
        }
    }
    let (id, name) = (round.clone(), audience.clone());
    app.store
        .write(move |conn| roster_look::say(conn, &id, &name, &matching, now))
        .await
        .map_err(Problem::from)?;
    Ok(see_other(&look_path(&round, &audience)))
}

/// What becomes of the links.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    links: String,
}

/// Imports the file that waits. The answer is the file with the links, or the round where they are mailed from here.
pub(super) async fn import(
    who: Allowed<RunRounds>,
    place: Place,
    wish: web::Form<Wish>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let ((round, audience), now) = (place.into_inner(), clock::now());
    let (by, id, name) = (who.actor.clone(), round.clone(), audience.clone());
    let imported = app
        .store
        .write(move |conn| roster_look::import(conn, &by, &id, &name, now))
        .await;
    match imported {
        Ok(done) if wish.links == "download" => {
            let links = links_csv(&done.links, app.public_url.as_str());
            Ok(csv::download(&format!("links-{round}-{audience}.csv"), links))
        }
        Ok(_) => Ok(see_other(&format!(
            "/rounds/{round}/plan/rosters#audience-{audience}"
        ))),
        Err(RoundError::Roster(_)) => {
            let look = looked(&app, &round, &audience).await?;
            page(&app, &who, &round, &audience, look)
        }
        Err(other) => Err(Problem::from(other).into()),
    }
}

/// Forgets the file that waits.
pub(super) async fn discard(
    _: Allowed<RunRounds>,
    place: Place,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (round, audience) = place.into_inner();
    let (id, name) = (round.clone(), audience.clone());
    app.store
        .write(move |conn| roster_look::discard(conn, &id, &name))
        .await
        .map_err(Problem::from)?;
    Ok(see_other(&format!(
        "/rounds/{round}/plan/rosters#audience-{audience}"
    )))
}

/// The problems of the file that waits, as a table.
pub(super) async fn problems(
    _: Allowed<RunRounds>,
    place: Place,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (round, audience) = place.into_inner();
    let look = looked(&app, &round, &audience).await?;
    let problems = Problems {
        listed: look.problems,
        more: look.more_problems,
    };
    Ok(csv::download(
        &format!("problems-{round}-{audience}.csv"),
        problems.as_csv(),
    ))
}

/// The roster that is imported, as a table that can be sent again.
pub(super) async fn roster_file(
    _: Allowed<RunRounds>,
    place: Place,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (round, audience) = place.into_inner();
    let name = format!("roster-{round}-{audience}.csv");
    let table = app
        .store
        .read(move |conn| roster::as_csv(conn, &round, &audience))
        .await
        .map_err(Problem::from)?;
    Ok(csv::download(&name, table))
}

fn look_path(round: &RoundId, audience: &AudienceName) -> String {
    format!("/rounds/{round}/audiences/{audience}/roster/look")
}

async fn looked(app: &App, round: &RoundId, audience: &AudienceName) -> Result<Look, Problem> {
    let (id, name, now) = (round.clone(), audience.clone(), clock::now());
    let look = app.store.read(move |conn| {
        let file = roster_look::waiting(conn, &id, &name, now)?;
        roster_look::look(conn, &id, &name, &file.csv, &file.matching)
    });
    Ok(look.await?)
}

fn page(
    app: &App,
    who: &Actor,
    round: &RoundId,
    audience: &AudienceName,
    look: Look,
) -> Result<HttpResponse, PageProblem> {
    let problems = Problems {
        listed: look.problems,
        more: look.more_problems,
    };
    let view = View {
        round: round.to_string(),
        audience: audience.to_string(),
        columns: look.columns.into_iter().enumerate().map(column).collect(),
        people: look.people,
        agencies: look
            .agencies
            .into_iter()
            .map(|(code, people)| Agency {
                code: code.to_string(),
                people,
            })
            .collect(),
        count: problems.count(),
        more: problems.more,
        problems: lines(problems),
        compared_with: look.compared_with.unwrap_or_default(),
        change: look.change.map(change),
    };
    let (status, title) = match view.count {
        0 => (StatusCode::OK, "Look at the roster"),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "Error: look at the roster"),
    };
    let page = PageContext::staff(title, who).within("/rounds");
    render_as(status, app, "rounds/look", &view, &page)
}

fn column((number, look): (usize, ColumnLook)) -> Column {
    let words = |role: Use| match role {
        Use::Agency => "agency code",
        Use::Person => "person (id)",
        Use::Name => "name",
        Use::Email => "mail address",
        Use::Language => "language",
        Use::Segment => "segment (a coarse attribute)",
        Use::LeaveOut => "leave it out",
    };
    let sample: Vec<String> = look
        .sample
        .into_iter()
        .filter(|cell| !cell.is_empty())
        .take(3)
        .collect();
    Column {
        number,
        heading: look.heading,
        uses: choices(
            Use::ALL.map(|role| (role.as_str(), words(role))),
            look.taken_as.as_str(),
        ),
        sample: sample.join(" · "),
    }
}

fn change(change: RosterChange) -> Change {
    let moved = change.moved.into_iter().map(|moved| Moved {
        from: moved.from.to_string(),
        to: moved.to.to_string(),
        people: moved.people,
        merged: moved.merged,
    });
    let agencies = change.agencies.into_iter().map(|line| AgencyLine {
        code: line.agency.to_string(),
        before: line.before,
        now: line.now,
    });
    Change {
        stayed: change.stayed,
        joined: change.joined,
        left: change.left,
        moved: moved.collect(),
        agencies: agencies.collect(),
    }
}
