//! A page of the form: its heading and what stands before its first question.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};

use super::fields::{Faults, Form, Typed, Words, fill, optional_text, set, slug, text, text_field, words};
use super::part::{self, Part, parsed};
use super::{Asked, faults_or, loaded, no_such, respond};
use crate::identity::Actor;
use crate::survey::definition::{Definition, Page, PageId, SurveyId};
use crate::survey::edit;
use crate::web::App;
use crate::web::access::{Allowed, DesignSurveys};
use crate::web::problem::PageProblem;

const FIELDS: [&str; 1] = ["id"];

#[derive(Serialize)]
struct View {
    survey: String,
    /// Empty for a new page.
    of: String,
    texts: Vec<Words>,
    form: Form,
}

/// The form.
pub(super) async fn show(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, &survey, asked.of.clone(), None).await
}

/// Saves it.
pub(super) async fn save(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    asked: web::Query<Asked>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    match part::save::<Page>(&app, &who, &survey, asked.of.as_deref(), typed.into_inner()).await? {
        Ok(done) => Ok(done),
        Err(refused) => page(&app, &who, &survey, asked.of.clone(), Some(refused)).await,
    }
}

/// Its questions have forms of their own.
impl Part for Page {
    const NAME: &'static str = "page";
    const FIRST_FIELD: &'static str = "id";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn place(&self) -> String {
        format!("page-{}", self.id)
    }

    fn shown(definition: &Definition, id: &str) -> Option<Value> {
        let page = definition.pages.iter().find(|page| page.id.as_str() == id)?;
        Some(json!({ "title": page.title, "intro": page.intro }))
    }

    fn read(typed: &Typed, definition: &Definition) -> (Option<Self>, Faults) {
        let mut faults = Faults::default();
        let id: Option<PageId> = slug(typed, "id", &mut faults);
        let page = id.map(|id| Self {
            id,
            title: text(typed, "title", &definition.languages),
            intro: optional_text(typed, "intro", &definition.languages),
            items: Vec::new(),
        });
        (page, faults)
    }

    fn put(self, definition: &mut Definition, replaced: Option<&str>) {
        edit::put_page(definition, parsed::<PageId>(replaced).as_ref(), self);
    }
}

async fn page(
    app: &App,
    who: &Actor,
    survey: &SurveyId,
    of: Option<String>,
    given: Option<(Typed, Faults)>,
) -> Result<HttpResponse, PageProblem> {
    let loaded = loaded(app, survey).await?;
    let definition = &loaded.definition;
    let mut typed = Typed::new();
    let mut own = Faults::default();
    // What was typed stays, even where the part is gone meanwhile.
    if let (Some(id), None) = (&of, &given) {
        let found = definition
            .pages
            .iter()
            .enumerate()
            .find(|(_, page)| page.id.as_str() == id);
        let (number, found) = found.ok_or_else(|| no_such("page", id))?;
        set(&mut typed, "id", found.id.to_string());
        set(&mut typed, "seen", part::seen::<Page>(definition, id)?);
        fill(&mut typed, "title", &found.title);
        if let Some(intro) = &found.intro {
            fill(&mut typed, "intro", intro);
        }
        let place = format!("/pages/{number}");
        let of_items = format!("{place}/items/");
        let mine: Vec<_> = loaded
            .problems
            .iter()
            .filter(|flaw| !flaw.pointer.starts_with(&of_items))
            .cloned()
            .collect();
        own = Faults::at(&mine, &place, |steps| match steps {
            ["title", rest @ ..] => text_field("title", rest, definition),
            ["intro", rest @ ..] => text_field("intro", rest, definition),
            _ => "id".to_owned(),
        });
    }
    let given = given.map(|(sent, faults)| {
        typed = sent;
        faults
    });
    let (faults, status) = faults_or(given, own);
    let view = View {
        survey: survey.to_string(),
        of: of.unwrap_or_default(),
        texts: vec![
            words(
                ("title", "Heading", ""),
                false,
                &definition.languages,
                &typed,
                &faults,
            ),
            words(
                (
                    "intro",
                    "Before the first question",
                    "A sentence or two; may stay empty.",
                ),
                true,
                &definition.languages,
                &typed,
                &faults,
            ),
        ],
        form: Form::new(&FIELDS, &typed, &faults),
    };
    respond(
        app,
        who,
        "editor/page",
        &view,
        &format!("A page of {survey}"),
        status,
    )
}
