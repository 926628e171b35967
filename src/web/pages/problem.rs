//! A refusal or failure as a page: the same words as the API's, and a way on.

use actix_web::{HttpMessage, HttpRequest};
use serde::Serialize;

use super::{PageContext, render_text};
use crate::web::App;
use crate::web::access::Visitor;
use crate::web::problem::{Fault, Problem};
use crate::web::texts::Lang;

#[derive(Serialize)]
struct View<'a> {
    title: &'a str,
    detail: &'a str,
    faults: &'a [Fault],
    instance: &'a str,
}

/// The page's HTML.
///
/// # Errors
/// When the template itself is broken: then JSON must do.
pub fn render(
    app: &App,
    problem: &Problem,
    request: &HttpRequest,
    answering: bool,
) -> Result<String, Problem> {
    let extensions = request.extensions();
    let visitor = extensions
        .get::<Visitor>()
        .and_then(|Visitor(actor)| actor.as_ref());
    let title = problem.code().title();
    let context = if answering {
        PageContext::respondent(title, Lang::default())
    } else {
        PageContext::public(title, visitor)
    };
    let view = View {
        title,
        detail: problem.detail(),
        faults: problem.faults(),
        instance: problem.instance().unwrap_or(""),
    };
    render_text(app, "problem", &view, &context)
}
