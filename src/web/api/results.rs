//! Sealed and published results: read within a scope, as files, and the sealing itself.
//!
//! What the API gives is what the pages show: the same protected figures through the same door
//! ([`read`]). A withheld figure has its key and `"status": "withheld"`, and nothing else.

use std::collections::BTreeSet;

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::agency::AgencyCode;
use crate::clock;
use crate::identity::{Right, Scope};
use crate::import::PastFigure;
use crate::report::model::{Cut, DocumentAudience, Figure, Protected, Subject, Trend, Unit};
use crate::report::read::{self, FigureKey, Results, Wanted};
use crate::report::{SealError, Sealed, export};
use crate::round::RoundId;
use crate::store::{Conn, StoreError, past};
use crate::survey::canonical::digest_of_text;
use crate::survey::definition::IndexId;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults, RunRounds};
use crate::web::problem::{Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(results, trends, seal, export_csv, export_json))]
pub struct Doc;

/// The routes of results.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let read = Needs::Right(Right::ReadResults);
    let run = Needs::Right(Right::RunRounds);
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/results",
            read,
            web::get().to(results),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/export.csv",
            read,
            web::get().to(export_csv),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/export.json",
            read,
            web::get().to(export_json),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/agencies/{code}/trends",
            read,
            web::get().to(trends),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/seal",
            run,
            web::post().to(seal),
        ),
    ]
}

/// Which figures are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResultsQuery {
    /// One unit: `state-mean/state`, `state-median/state`, `agency/CODE` or `cluster/ID`.
    unit: Option<String>,
    /// One subject: `index/trust`, `dimension/trust/benevolence`, `theme/services`, `item/q1`, `importance/q1`,
    /// `satisfaction/q1`, `agreement/trust`, `rank/trust`, `stabilised/trust`, `index-drivers/trust`, `item-drivers/q1` or
    /// `responses/all`.
    subject: Option<String>,
    /// One cut: `everybody`, or a segment and an answer to it, e.g. `role/lead`.
    cut: Option<String>,
}

/// A result as far as the caller may see it.
#[derive(Serialize, ToSchema)]
struct ResultsBody {
    /// The round.
    round: String,
    /// As people call it.
    title: String,
    /// The day it closed.
    closed_on: String,
    /// 1, and one more for each correction.
    revision: u32,
    /// SHA-256 of the sealed result.
    digest: String,
    /// What was asked ...
    survey: String,
    /// ... in which version ...
    version: u32,
    /// ... with which content.
    definition_digest: String,
    /// What was promised to those who answered.
    promise_digest: String,
    /// SHA-256 over what it was computed from.
    inputs_digest: String,
    /// How it was computed, with every parameter.
    #[schema(value_type = Object)]
    method: serde_json::Value,
    /// Who was asked, with the units that may be seen.
    #[schema(value_type = Vec<Object>)]
    audiences: Vec<DocumentAudience>,
    /// The figures, by audience, unit and subject.
    figures: Vec<FigureBody>,
}

/// One figure, shown or withheld.
#[derive(Serialize, ToSchema)]
struct FigureBody {
    /// The audience.
    audience: String,
    /// Kind and id of the unit.
    #[schema(value_type = Vec<String>)]
    unit: Unit,
    /// Segment and option of the cut; two empty texts for everybody.
    #[schema(value_type = Vec<String>)]
    cut: Cut,
    /// Kind and id of the subject.
    #[schema(value_type = Vec<String>)]
    subject: Subject,
    /// `shown` or `withheld`.
    status: &'static str,
    /// Only when shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    figure: Option<Figure>,
}

/// The published result of a round.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/results", tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round."), ResultsQuery),
    responses(
        (status = 200, description = "What the caller may see. `ETag` is the digest of the sealed result.", body = ResultsBody),
        (status = 304, description = "Not changed since `If-None-Match`."),
        (status = 404, description = "There is no published result of that round.", body = ProblemBody),
        (status = 422, description = "A parameter names no unit or subject.", body = ProblemBody),
    )
)]
async fn results(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    query: web::Query<ResultsQuery>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted(&query)?;
    let results = published(&app, &who.scope(), &id, wanted).await?;
    let tag = entity_tag(&results.digest, &who.scope());
    if is_known(&request, &tag) {
        return Ok(not_modified(&tag));
    }
    let body = results_body(results)?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .json(body))
}

fn wanted(query: &ResultsQuery) -> Result<Wanted, Problem> {
    let unit = query.unit.as_deref().map(|text| {
        let unit = text
            .split_once('/')
            .and_then(|(kind, id)| Unit::parse(kind, id).ok());
        unit.ok_or_else(|| {
            Problem::invalid_field(
                "#unit",
                "write `state-mean/state`, `state-median/state`, `agency/CODE` or `cluster/ID`",
            )
        })
    });
    let subject = query.subject.as_deref().map(|text| {
        let subject = text
            .split_once('/')
            .and_then(|(kind, id)| Subject::parse(kind, id).ok());
        subject.ok_or_else(|| {
            Problem::invalid_field(
                "#subject",
                "write e.g. `index/trust`, `dimension/trust/benevolence`, `item/q1` or `responses/all`",
            )
        })
    });
    let cut = query.cut.as_deref().map(|text| {
        let cut = match text {
            "everybody" => Some(Cut::Everybody),
            _ => text
                .split_once('/')
                .and_then(|(segment, option)| Cut::parse(segment, option).ok()),
        };
        cut.ok_or_else(|| Problem::invalid_field("#cut", "write `everybody`, or e.g. `role/lead`"))
    });
    Ok(Wanted {
        cut: cut.transpose()?,
        units: unit.transpose()?.map(|unit| BTreeSet::from([unit])),
        subject: subject.transpose()?,
        kinds: None,
    })
}

async fn published(app: &App, scope: &Scope, id: &str, wanted: Wanted) -> Result<Results, Problem> {
    let missing = || Problem::not_found(format!("published result of a round `{id}`"));
    let round: RoundId = id.parse().ok().ok_or_else(missing)?;
    let scope = scope.clone();
    let found = app
        .store
        .read(move |conn| read::results_of(conn, &round, &scope, &wanted))
        .await?;
    found.ok_or_else(missing)
}

fn results_body(results: Results) -> Result<ResultsBody, Problem> {
    let document = results.document;
    Ok(ResultsBody {
        round: document.round.to_string(),
        title: document.title,
        closed_on: document.closed_on,
        revision: document.revision,
        digest: results.digest,
        survey: document.survey.to_string(),
        version: document.version,
        definition_digest: document.definition_digest,
        promise_digest: document.promise_digest,
        inputs_digest: document.inputs_digest,
        method: serde_json::to_value(document.method).map_err(|error| Problem::internal(&error))?,
        audiences: document.audiences,
        figures: results
            .figures
            .into_iter()
            .map(|(key, figure)| figure_body(key, &figure))
            .collect(),
    })
}

fn figure_body((audience, unit, cut, subject): FigureKey, figure: &Protected<Figure>) -> FigureBody {
    FigureBody {
        audience: audience.to_string(),
        unit,
        cut,
        subject,
        status: if figure.is_shown() { "shown" } else { "withheld" },
        figure: figure.shown().cloned(),
    }
}

/// The digest of the seal; for a restricted reader with a mark of the scope, since they see another part of it.
fn entity_tag(digest: &str, scope: &Scope) -> String {
    match scope {
        Scope::All => format!("\"{digest}\""),
        Scope::Agencies(agencies) => {
            let codes: Vec<&str> = agencies.iter().map(AgencyCode::as_str).collect();
            let mark: String = digest_of_text(&codes.join(",")).chars().take(12).collect();
            format!("\"{digest}.{mark}\"")
        }
    }
}

fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        known
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/") == tag)
    })
}

fn not_modified(tag: &str) -> HttpResponse {
    HttpResponse::NotModified()
        .insert_header((ETAG, tag.to_owned()))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .finish()
}

/// The published result of a round as CSV: one row a figure, UTF-8, with a heading.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/export.csv", tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round.")),
    responses(
        (status = 200, description = "What the caller may see.", content_type = "text/csv", body = String),
        (status = 404, description = "There is no published result of that round.", body = ProblemBody),
    )
)]
async fn export_csv(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    exported(&app, &who.scope(), &id, &request, "csv").await
}

/// The published result of a round as JSON: the same rows as the CSV.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/export.json", tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round.")),
    responses(
        (status = 200, description = "What the caller may see.", body = Object),
        (status = 404, description = "There is no published result of that round.", body = ProblemBody),
    )
)]
async fn export_json(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    exported(&app, &who.scope(), &id, &request, "json").await
}

async fn exported(
    app: &App,
    scope: &Scope,
    id: &str,
    request: &HttpRequest,
    form: &str,
) -> Result<HttpResponse, Problem> {
    let results = published(app, scope, id, Wanted::default()).await?;
    let tag = entity_tag(&results.digest, scope);
    if is_known(request, &tag) {
        return Ok(not_modified(&tag));
    }
    let (kind, text) = match form {
        "csv" => ("text/csv; charset=utf-8", export::csv(&results)),
        _ => ("application/json", export::json(&results)),
    };
    let text = text.map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.{form}\"", results.document.round),
        ))
        .body(text))
}

/// Which index.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TrendsQuery {
    /// The index, e.g. `trust`.
    index: String,
}

/// The course of an index for an agency.
#[derive(Serialize, ToSchema)]
struct TrendsBody {
    /// The agency that was asked for.
    agency: String,
    /// The index.
    index: String,
    /// One for each audience, from the newest published round that has it.
    trends: Vec<TrendBody>,
    /// Figures taken over from earlier publications, as published.
    #[schema(value_type = Vec<Object>)]
    past: Vec<PastFigure>,
}

/// The trend in one audience.
#[derive(Serialize, ToSchema)]
struct TrendBody {
    /// The audience.
    audience: String,
    /// The round whose sealed result this is from.
    round: String,
    /// The digest of that result.
    digest: String,
    /// Kind and id of the unit that speaks for the agency: itself or its cluster.
    #[schema(value_type = Vec<String>)]
    unit: Unit,
    /// `shown` or `withheld`.
    status: &'static str,
    /// Only when shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    trend: Option<Trend>,
}

/// The trend of an index for one agency.
#[utoipa::path(
    get, path = "/api/v1/agencies/{code}/trends", tag = "results", security(("bearer" = [])),
    params(("code" = String, Path, description = "The agency."), TrendsQuery),
    responses(
        (status = 200, description = "The trend in each audience.", body = TrendsBody),
        (status = 404, description = "There is no such agency among those whose results the caller may see.", body = ProblemBody),
        (status = 422, description = "The index is no name.", body = ProblemBody),
    )
)]
async fn trends(
    who: Allowed<ReadResults>,
    code: web::Path<String>,
    query: web::Query<TrendsQuery>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let missing = || Problem::not_found(format!("agency `{code}` among those whose results you may see"));
    let agency: AgencyCode = code.parse().ok().ok_or_else(missing)?;
    let index: IndexId = query
        .index
        .parse()
        .map_err(|error: crate::slug::BadSlug| Problem::invalid_field("#index", error.to_string()))?;
    let scope = who.scope();
    let body = app
        .store
        .read(move |conn| trends_body(conn, &agency, &index, &scope))
        .await?;
    Ok(web::Json(body.ok_or_else(missing)?))
}

fn trends_body(
    conn: &mut Conn,
    agency: &AgencyCode,
    index: &IndexId,
    scope: &Scope,
) -> Result<Option<TrendsBody>, StoreError> {
    if !scope.covers(agency) || crate::agency::find(conn, agency)?.is_none() {
        return Ok(None);
    }
    let subject = Subject::Index(index.clone());
    let wanted = Wanted {
        subject: Some(subject.clone()),
        cut: Some(Cut::Everybody),
        ..Wanted::default()
    };
    let mut trends: Vec<TrendBody> = Vec::new();
    for round in read::published_rounds(conn)? {
        let Some(results) = read::results_of(conn, &round.round, scope, &wanted)? else {
            continue;
        };
        for audience in &results.document.audiences {
            let name = audience.name.to_string();
            let Some(unit) = Results::unit_of(audience, agency) else {
                continue;
            };
            let key = (
                audience.name.clone(),
                unit.unit.clone(),
                Cut::Everybody,
                subject.clone(),
            );
            if trends.iter().any(|known| known.audience == name) || !results.figures.contains_key(&key) {
                continue;
            }
            let figure = results.figure(&audience.name, &unit.unit, &subject);
            trends.push(TrendBody {
                audience: name,
                round: round.round.to_string(),
                digest: results.digest.clone(),
                unit: unit.unit.clone(),
                status: if figure.is_some() { "shown" } else { "withheld" },
                trend: figure.and_then(|figure| figure.trend.clone()),
            });
        }
    }
    let past = past::of_agency(conn, agency)?
        .into_iter()
        .filter(|figure| figure.subject.as_str() == index.as_str());
    Ok(Some(TrendsBody {
        agency: agency.to_string(),
        index: index.to_string(),
        past: past.collect(),
        trends,
    }))
}

/// Why a result is replaced. Nothing for the first seal.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SealBody {
    /// Corrections only: why, in at least ten characters. Whoever read the old figures will ask.
    #[serde(default)]
    reason: Option<String>,
}

/// What was sealed.
#[derive(Serialize, ToSchema)]
struct SealedBody {
    /// The round.
    round: String,
    /// 1, and one more for each correction.
    revision: u32,
    /// SHA-256 of the sealed result.
    digest: String,
    /// How many figures it has.
    figures: usize,
    /// How many of them are withheld.
    withheld: usize,
}

impl From<Sealed> for SealedBody {
    fn from(sealed: Sealed) -> Self {
        Self {
            round: sealed.round.to_string(),
            revision: sealed.revision,
            digest: sealed.digest,
            figures: sealed.figures,
            withheld: sealed.withheld,
        }
    }
}

/// Seal a closed round, or correct a sealed result.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/seal", tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round.")), request_body = Option<SealBody>,
    responses(
        (status = 201, description = "Sealed.", body = SealedBody),
        (status = 404, description = "There is no such round.", body = ProblemBody),
        (status = 409, description = "The round is not closed, it is sealed and no reason is given, or it is being sealed.", body = ProblemBody),
        (status = 422, description = "The reason is too short.", body = ProblemBody),
    )
)]
async fn seal(
    who: Allowed<RunRounds>,
    id: web::Path<String>,
    body: Option<web::Json<SealBody>>,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let round: RoundId = id
        .parse()
        .ok()
        .ok_or_else(|| Problem::not_found(format!("round `{id}`")))?;
    let reason = body.and_then(|body| body.into_inner().reason);
    let sealed = app
        .seals
        .run(&app.store, &who.actor, round, reason, clock::now())
        .await
        .map_err(seal_problem)?;
    Ok(HttpResponse::Created().json(SealedBody::from(sealed)))
}

/// What the caller is told of a seal that was not made.
pub(crate) fn seal_problem(error: SealError) -> Problem {
    let told = error.to_string();
    match error {
        SealError::Round(error) => error.into(),
        SealError::Store(error) => error.into(),
        SealError::NotSealed(_)
        | SealError::SealedAlready(_)
        | SealError::Changed(_)
        | SealError::UnderWay(_) => Problem::conflict(told),
        SealError::NoReason => Problem::invalid_field("/reason", told),
        SealError::Corrupt { .. } | SealError::NotCanonical(_) => Problem::internal(&told),
    }
}
