//! Pages for people, by noun. A page handler ends in [`render`].

pub mod answer;
pub mod api_docs;
pub mod directory;
pub mod follow;
pub mod form;
pub mod landing;
pub mod mail;
pub mod problem;
pub mod results;
pub mod rounds;
pub mod sign_in;
pub mod stops;
pub mod surveys;
pub mod trial;
pub mod webhooks;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::App;
use super::problem::{PageProblem, Problem};
use super::texts::{Lang, Texts};
use crate::identity::{Actor, Right};

/// What the layout needs to know beside the view.
#[derive(Debug, Clone, Serialize)]
pub struct PageContext {
    /// The page's title, without the name of the product.
    pub title: String,
    /// The language of the page.
    pub lang: Lang,
    /// Whether it is a page for respondents: smaller, without navigation, without a trace of staff.
    pub respondent: bool,
    /// The name of whoever is signed in; empty for nobody.
    pub person: String,
    /// The navigation, according to their rights.
    pub nav: Vec<NavLink>,
}

/// A link of the navigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NavLink {
    /// Where it leads.
    pub href: &'static str,
    /// What it says.
    pub label: String,
    /// Whether this page is in that part.
    pub current: bool,
}

/// The parts of the site, each with the right that its pages need.
const PARTS: [(&str, &str, Right); 6] = [
    ("/results", "Results", Right::ReadResults),
    ("/rounds", "Rounds", Right::ReadRounds),
    ("/surveys", "Surveys", Right::ReadSurveys),
    ("/follow-ups", "Follow-ups", Right::FollowUp),
    ("/commitments", "Commitments", Right::ReadResults),
    ("/service-levels", "Service levels", Right::ReadResults),
];

impl PageContext {
    /// A page for somebody who is signed in.
    #[must_use]
    pub fn staff(title: impl Into<String>, actor: &Actor) -> Self {
        let nav = PARTS
            .into_iter()
            .filter(|(_, _, right)| actor.may(*right))
            .map(|(href, label, _)| NavLink {
                href,
                label: label.to_owned(),
                current: false,
            })
            .collect();
        Self {
            title: title.into(),
            lang: Lang::default(),
            respondent: false,
            person: actor.name.clone(),
            nav,
        }
    }

    /// A page for everybody; greets whoever is signed in.
    #[must_use]
    pub fn public(title: impl Into<String>, visitor: Option<&Actor>) -> Self {
        match visitor {
            Some(actor) => Self::staff(title, actor),
            None => Self {
                title: title.into(),
                lang: Lang::default(),
                respondent: false,
                person: String::new(),
                nav: Vec::new(),
            },
        }
    }

    /// A page on which people answer.
    #[must_use]
    pub fn respondent(title: impl Into<String>, lang: Lang) -> Self {
        Self {
            title: title.into(),
            lang,
            respondent: true,
            person: String::new(),
            nav: Vec::new(),
        }
    }

    /// Puts the frame around the page into a language. A part without a text `nav-...` keeps its English name.
    #[must_use]
    pub fn told_in(mut self, lang: Lang, texts: &Texts) -> Self {
        self.lang = lang;
        for link in &mut self.nav {
            let key = format!("nav-{}", link.href.trim_matches('/'));
            if let Some(told) = texts.get(lang, &key) {
                link.label = told;
            }
        }
        self
    }

    /// Marks the part of the site this page is in, e.g. `/rounds`.
    #[must_use]
    pub fn within(mut self, part: &str) -> Self {
        for link in &mut self.nav {
            link.current = link.href == part;
        }
        self
    }
}

/// Renders a template with its view as a page of status 200.
///
/// # Errors
/// 500 when the template and the view do not fit; the log says where.
pub fn render(
    app: &App,
    template: &str,
    view: &impl Serialize,
    page: &PageContext,
) -> Result<HttpResponse, PageProblem> {
    render_as(StatusCode::OK, app, template, view, page)
}

/// Renders a template with its view as a page of another status, e.g. 422 for a form with its faults.
///
/// # Errors
/// As [`render`].
pub fn render_as(
    status: StatusCode,
    app: &App,
    template: &str,
    view: &impl Serialize,
    page: &PageContext,
) -> Result<HttpResponse, PageProblem> {
    Ok(html(status, render_text(app, template, view, page)?))
}

/// A page of this text.
#[must_use]
pub fn html(status: StatusCode, text: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(text)
}

/// Renders a template with its view as text, e.g. to keep it.
///
/// # Errors
/// As [`render`].
pub fn render_text(
    app: &App,
    template: &str,
    view: &impl Serialize,
    page: &PageContext,
) -> Result<String, Problem> {
    let mut data = serde_json::to_value(view).map_err(|error| Problem::internal(&error))?;
    let page = serde_json::to_value(page).map_err(|error| Problem::internal(&error))?;
    match &mut data {
        Value::Object(fields) => {
            // A view's own `page` would be hidden by the frame's, and a form would send "[object]" back.
            if fields.insert("page".to_owned(), page).is_some() {
                return Err(Problem::internal(&"a view must have no field `page` of its own"));
            }
        }
        Value::Null => data = serde_json::json!({ "page": page }),
        _ => return Err(Problem::internal(&"a view must be a struct")),
    }
    app.templates
        .render(template, &data)
        .map_err(|error| Problem::internal(&error))
}

/// 303: after a form was accepted, look there. `place` is a path of this server.
#[must_use]
pub fn see_other(place: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((actix_web::http::header::LOCATION, place))
        .finish()
}
