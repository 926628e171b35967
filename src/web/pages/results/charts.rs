//! `/results/{round}/charts/{name}`: the charts of the pages as files, SVG or PNG.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::reader::Reader;
use super::round::{self, Loaded};
use super::say::Say;
use super::{agency, compare, drivers, heat, overview};
use crate::agency::AgencyCode;
use crate::report::chart::{self, Picture};
use crate::report::model::{Cut, Subject, Unit};
use crate::report::read::Wanted;
use crate::store::past;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::problem::{PageProblem, Problem};

/// Which chart of its kind.
#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    audience: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    cut: String,
    #[serde(default)]
    a: String,
    #[serde(default)]
    b: String,
    #[serde(default)]
    with: String,
}

/// A chart and what stands below it in its file.
struct Sheet {
    picture: Picture,
    notes: Vec<String>,
}

/// A chart as a file.
pub(super) async fn file(
    who: Allowed<ReadResults>,
    path: web::Path<(String, String)>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (round, name) = path.into_inner();
    let missing = || Problem::not_found(format!("chart `{name}` of this round among those you may see"));
    let (kind, ending) = name.rsplit_once('.').ok_or_else(missing)?;
    let say = Say::new(&app, reader.lang);
    let sheet = match kind {
        "trend" => trend(&app, &who, say, &round, &asked).await?,
        "drivers" | "importance" => of_state(&app, &who, say, &round, (kind, &asked)).await?,
        "heat" => map(&app, &who, say, &round, &asked).await?,
        "compare" => sides(&app, &who, say, &round, &asked).await?,
        _ => None,
    };
    let sheet = sheet.ok_or_else(missing)?;
    let (media, bytes) = match ending {
        "svg" => ("image/svg+xml", sheet.picture.file(&sheet.notes).into_bytes()),
        "png" => (
            "image/png",
            chart::png(&sheet.picture, &sheet.notes).ok_or_else(missing)?,
        ),
        _ => return Err(missing().into()),
    };
    Ok(HttpResponse::Ok()
        .content_type(media)
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{round}-{kind}.{ending}\""),
        ))
        .body(bytes))
}

/// Where the figures come from, as the last line of a file.
fn origin(say: Say<'_>, loaded: &Loaded) -> String {
    let document = &loaded.results.document;
    let (digest, method) = (
        loaded.results.digest.chars().take(16).collect::<String>(),
        document.method.version.to_string(),
    );
    say.text(
        "r-origin",
        &[
            ("round", &document.title),
            ("method", &method),
            ("digest", &digest),
        ],
    )
}

async fn trend(
    app: &App,
    who: &Allowed<ReadResults>,
    say: Say<'_>,
    round: &str,
    asked: &Asked,
) -> Result<Option<Sheet>, Problem> {
    let subject = asked
        .subject
        .split_once('/')
        .and_then(|(kind, id)| Subject::parse(kind, id).ok());
    let Some(Subject::Index(index)) = subject else {
        return Ok(None);
    };
    let wanted = Wanted {
        cut: Some(Cut::Everybody),
        subject: Some(Subject::Index(index.clone())),
        ..Wanted::default()
    };
    let loaded = round::load_named(app, who.scope(), round, wanted).await?;
    let Some(audience) = round::audience(&loaded.results.document, &asked.audience) else {
        return Ok(None);
    };
    let unit = asked
        .unit
        .split_once('/')
        .and_then(|(kind, id)| Unit::parse(kind, id).ok())
        .unwrap_or(Unit::StateMean);
    let (Some(source), Some(index)) = (
        loaded.source(say, audience, &unit),
        loaded.definition.index(&index),
    ) else {
        return Ok(None);
    };
    let known = match &unit {
        Unit::Agency(code) => past_of(app, code.clone()).await?,
        _ => Vec::new(),
    };
    let course = if unit.is_state() {
        overview::course(&loaded, &source, index)
    } else {
        agency::course(&loaded, &source, index, &known)
    };
    let Some(chart) = course.chart() else {
        return Ok(None);
    };
    let notes = [course.caution(&chart), origin(say, &loaded)];
    Ok(Some(Sheet {
        picture: chart.picture(),
        notes: notes.into_iter().filter(|note| !note.is_empty()).collect(),
    }))
}

async fn past_of(app: &App, code: AgencyCode) -> Result<Vec<crate::import::PastFigure>, Problem> {
    Ok(app.store.read(move |conn| past::of_agency(conn, &code)).await?)
}

async fn of_state(
    app: &App,
    who: &Allowed<ReadResults>,
    say: Say<'_>,
    round: &str,
    (kind, asked): (&str, &Asked),
) -> Result<Option<Sheet>, Problem> {
    let loaded = round::load_named(app, who.scope(), round, drivers::wanted()).await?;
    let audience = round::audience(&loaded.results.document, &asked.audience);
    let Some(state) = audience.and_then(|audience| loaded.source(say, audience, &Unit::StateMean)) else {
        return Ok(None);
    };
    let mut notes = Vec::new();
    let picture = if kind == "drivers" {
        notes.push(say.text("r-not-cause", &[]));
        drivers::drivers_plot(&state, &asked.subject).map(|plot| plot.picture())
    } else {
        notes.extend(drivers::services(&state));
        drivers::quadrant(&state).map(|quadrant| quadrant.picture())
    };
    notes.push(origin(say, &loaded));
    Ok(picture.map(|picture| Sheet { picture, notes }))
}

async fn map(
    app: &App,
    who: &Allowed<ReadResults>,
    say: Say<'_>,
    round: &str,
    asked: &Asked,
) -> Result<Option<Sheet>, Problem> {
    let cut = heat::cut_of(&heat::Asked {
        audience: asked.audience.clone(),
        cut: asked.cut.clone(),
    });
    let loaded = round::load_named(app, who.scope(), round, heat::wanted(&cut)).await?;
    let Some(audience) = round::audience(&loaded.results.document, &asked.audience) else {
        return Ok(None);
    };
    let map = heat::map(say, &loaded, audience, &cut);
    let mut notes = map.legend();
    notes.push(origin(say, &loaded));
    Ok(Some(Sheet {
        picture: map.picture(),
        notes,
    }))
}

async fn sides(
    app: &App,
    who: &Allowed<ReadResults>,
    say: Say<'_>,
    round: &str,
    asked: &Asked,
) -> Result<Option<Sheet>, Problem> {
    let asked = compare::Asked {
        audience: asked.audience.clone(),
        a: asked.a.clone(),
        b: asked.b.clone(),
        with: asked.with.clone(),
    };
    let sides = compare::load(app, who, round, &asked).await?;
    let audience = round::audience(&sides.here.results.document, &asked.audience);
    let both = audience.and_then(|audience| compare::sources(say, &sides, audience, &asked));
    let Some((a, b)) = both else { return Ok(None) };
    let notes = vec![origin(say, &sides.here)];
    Ok(Some(Sheet {
        picture: compare::plot(&a, &b).picture(),
        notes,
    }))
}
