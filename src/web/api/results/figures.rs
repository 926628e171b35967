//! The figures of a published round as JSON.

use std::collections::BTreeSet;

use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::tag::Tag;
use super::{missing, named};
use crate::identity::Scope;
use crate::report::model::{Cut, DocumentAudience, Figure, Protected, Subject, Unit};
use crate::report::read::{self, FigureKey, Results, Wanted};
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::problem::{Problem, ProblemBody};

/// Which figures are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ResultsQuery {
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
pub(super) struct ResultsBody {
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
pub(super) struct FigureBody {
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
pub(super) async fn results(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    query: web::Query<ResultsQuery>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted(&query)?;
    let results = published(&app, &who.scope(), &id, wanted).await?;
    let tag = Tag::of(&results.digest, &who.scope());
    if tag.is_known(&request) {
        return Ok(tag.not_modified());
    }
    let body = results_body(results)?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, tag.0))
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
        ..Wanted::default()
    })
}

pub(super) async fn published(
    app: &App,
    scope: &Scope,
    id: &str,
    wanted: Wanted,
) -> Result<Results, Problem> {
    let round = named(id)?;
    let scope = scope.clone();
    let found = app
        .store
        .read(move |conn| read::results_of(conn, &round, &scope, &wanted))
        .await?;
    found.ok_or_else(|| missing(id))
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
