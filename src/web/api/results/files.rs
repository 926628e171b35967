//! A published round as files.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use actix_web::{HttpRequest, HttpResponse, web};

use super::figures::published;
use super::tag::Tag;
use super::{missing, named};
use crate::identity::Scope;
use crate::report::export::Form;
use crate::report::portions::Download;
use crate::report::read::Wanted;
use crate::report::workbook;
use crate::survey::definition::Language;
use crate::survey::publish;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::download;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::texts::Lang;

/// The published result of a round as CSV: one row a figure, UTF-8, with a heading.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/export.csv", tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round.")),
    responses(
        (status = 200, description = "What the caller may see.", content_type = "text/csv", body = String),
        (status = 404, description = "There is no published result of that round.", body = ProblemBody),
    )
)]
pub(super) async fn export_csv(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    exported(&app, &who.scope(), &id, &request, Form::Csv).await
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
pub(super) async fn export_json(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    exported(&app, &who.scope(), &id, &request, Form::Json).await
}

async fn exported(
    app: &App,
    scope: &Scope,
    id: &str,
    request: &HttpRequest,
    form: Form,
) -> Result<HttpResponse, Problem> {
    let round = named(id)?;
    let found = Download::of(&app.store, &round, scope, form).await?;
    let file = found.ok_or_else(|| missing(id))?;
    let tag = Tag::of(file.digest(), scope);
    if tag.is_known(request) {
        return Ok(tag.not_modified());
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, tag.0));
    Ok(download::sent(response, file, round.as_str()))
}

/// The published result of a round as a workbook: one sheet for each index and theme, and every row of the CSV.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/export.xlsx", tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round.")),
    responses(
        (status = 200, description = "What the caller may see.", content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, description = "There is no published result of that round.", body = ProblemBody),
    )
)]
pub(super) async fn export_xlsx(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let results = published(&app, &who.scope(), &id, Wanted::default()).await?;
    let tag = Tag::of(&results.digest, &who.scope());
    if tag.is_known(&request) {
        return Ok(tag.not_modified());
    }
    let (survey, version) = (results.document.survey.clone(), results.document.version);
    let definition = app
        .store
        .read(move |conn| publish::find(conn, &survey, version))
        .await?;
    let definition =
        definition.ok_or_else(|| Problem::internal(&"the version of a sealed result is missing"))?;
    let language = Lang::En
        .tag()
        .parse::<Language>()
        .map_err(|error| Problem::internal(&error))?;
    let words = workbook::Words::of(|key| app.texts.get(Lang::En, key).unwrap_or_else(|| key.to_owned()));
    let round = results.document.round.clone();
    let made = web::block(move || workbook::write(&results, &definition.definition, &language, &words)).await;
    let bytes = made
        .map_err(|error| Problem::internal(&error))?
        .map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, tag.0))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((CONTENT_TYPE, workbook::MEDIA_TYPE))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{round}.xlsx\""),
        ))
        .body(bytes))
}
