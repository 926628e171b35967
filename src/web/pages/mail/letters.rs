//! Letters to print: a page on which each begins a sheet of its own.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::again;
use crate::clock;
use crate::post::paper;
use crate::round::{AudienceName, RoundId};
use crate::web::App;
use crate::web::access::{Allowed, RunRounds};
use crate::web::pages::form::{Typed, field};
use crate::web::pages::{PageContext, render};
use crate::web::problem::PageProblem;

#[derive(Serialize)]
struct Letters {
    papers: Vec<Paper>,
}

#[derive(Serialize)]
struct Paper {
    lang: &'static str,
    agency: String,
    name: String,
    subject: String,
    greeting: String,
    paragraphs: Vec<String>,
    words: String,
    url: String,
    closing: Vec<String>,
}

/// Draws new links and shows the letters, this once.
pub(super) async fn print(
    who: Allowed<RunRounds>,
    path: web::Path<(RoundId, AudienceName)>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let ((id, audience), now) = (path.into_inner(), clock::now());
    let (texts, base) = (app.texts.clone(), app.public_url.as_str().to_owned());
    let wanted = paper::Wanted {
        round: id.clone(),
        audience,
        without_address: field(&typed, "without_address") == "yes",
    };
    let by = who.actor.clone();
    let made = app
        .store
        .write(move |conn| paper::letters(conn, &texts, &by, &wanted, &base, now))
        .await;
    let papers = match made {
        Ok(papers) => papers,
        Err(error) => return again(&app, &who, id, Typed::new(), error).await,
    };
    let paper = |paper: paper::Paper| Paper {
        lang: paper.letter.lang.tag(),
        agency: paper.agency,
        name: paper.name,
        subject: paper.letter.subject,
        greeting: paper.letter.greeting,
        paragraphs: paper.letter.paragraphs,
        words: paper.letter.link.words,
        url: paper.letter.link.url,
        closing: paper.letter.closing,
    };
    let view = Letters {
        papers: papers.into_iter().map(paper).collect(),
    };
    let page = PageContext::staff("Letters to print", &who).within("/rounds");
    render(&app, "post/letters", &view, &page)
}
