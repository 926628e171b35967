//! The course of an index for one agency.

use actix_web::{Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::agency::AgencyCode;
use crate::identity::Scope;
use crate::import::PastFigure;
use crate::report::model::{Cut, Subject, Trend, Unit};
use crate::report::read::{self, Results, Wanted};
use crate::store::{Conn, StoreError, past};
use crate::survey::definition::IndexId;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::problem::{Problem, ProblemBody};

/// Which index.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TrendsQuery {
    /// The index, e.g. `trust`.
    index: String,
}

/// The course of an index for an agency.
#[derive(Serialize, ToSchema)]
pub(super) struct TrendsBody {
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
pub(super) struct TrendBody {
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
pub(super) async fn trends(
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
