//! `/method`: every figure in plain language, with its formula, its threshold and its version. Open to everybody.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::reader::{OtherLanguage, Reader};
use crate::report::METHOD_VERSION;
use crate::web::App;
use crate::web::access::Visitor;
use crate::web::pages::{PageContext, render};
use crate::web::problem::PageProblem;
use crate::web::texts::Lang;

#[derive(Serialize)]
struct View {
    version: u32,
    languages: Vec<OtherLanguage>,
}

/// The page.
pub(super) async fn show(
    visitor: Visitor,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let view = View {
        version: METHOD_VERSION,
        languages: reader.others(&app),
    };
    let template = match reader.lang {
        Lang::En => "results/method-en",
        Lang::Es => "results/method-es",
    };
    let title = app.texts.get(reader.lang, "nav-method").unwrap_or_default();
    let page = PageContext::public(title, visitor.0.as_ref());
    render(&app, template, &view, &page.told_in(reader.lang, &app.texts))
}
