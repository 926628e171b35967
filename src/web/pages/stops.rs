//! `/u/{code}`: "no more reminders". Looking at the page changes nothing, since mail programs look at links by
//! themselves; the button, and the one-click POST of RFC 8058, do.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::{PageContext, render_as};
use crate::clock;
use crate::post::stops;
use crate::web::App;
use crate::web::problem::PageProblem;
use crate::web::routes::{Endpoint, Needs};
use crate::web::texts::Lang;

/// The routes.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/u/{code}", Needs::Nothing, web::get().to(show)),
        Endpoint::new(Method::POST, "/u/{code}", Needs::Nothing, web::post().to(stop)),
    ]
}

#[derive(Serialize)]
struct View {
    code: String,
    is_known: bool,
    is_done: bool,
}

async fn show(
    code: web::Path<String>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (code, asked) = (code.into_inner(), request);
    let which = code.clone();
    let is_known = app.store.read(move |conn| stops::is_known(conn, &which)).await?;
    let view = View {
        code,
        is_known,
        is_done: false,
    };
    page(&app, &asked, &view)
}

async fn stop(
    code: web::Path<String>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (code, now) = (code.into_inner(), clock::now());
    let which = code.clone();
    let is_done = app
        .store
        .write(move |conn| stops::unsubscribe(conn, &which, now))
        .await?;
    let view = View {
        code,
        is_known: is_done,
        is_done,
    };
    page(&app, &request, &view)
}

fn page(app: &App, request: &HttpRequest, view: &View) -> Result<HttpResponse, PageProblem> {
    let accepted = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let lang = Lang::accepted(accepted.unwrap_or(""));
    let title = app.texts.get(lang, "stop-title").unwrap_or_default();
    let status = if view.is_known {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    render_as(
        status,
        app,
        "post/stop",
        view,
        &PageContext::respondent(title, lang),
    )
}
