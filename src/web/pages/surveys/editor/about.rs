//! The title of a survey, what it is for, and its languages.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::fields::{Faults, Form, Typed, Words, field, fill, set, text, text_field, words};
use super::{change, faults_or, loaded, outline_at, respond};
use crate::identity::Actor;
use crate::survey::definition::{Language, SurveyId};
use crate::survey::edit;
use crate::survey::problem::Problem as Flaw;
use crate::web::App;
use crate::web::access::{Allowed, DesignSurveys};
use crate::web::problem::PageProblem;

const FIELDS: [&str; 1] = ["languages"];

#[derive(Serialize)]
struct View {
    survey: String,
    texts: Vec<Words>,
    form: Form,
}

/// The form.
pub(super) async fn show(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, &survey, None).await
}

/// Saves it.
pub(super) async fn save(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let typed = typed.into_inner();
    let mut faults = Faults::default();
    let mut languages: Vec<Language> = Vec::new();
    for tag in field(&typed, "languages")
        .split([',', ' '])
        .filter(|tag| !tag.is_empty())
    {
        match tag.parse() {
            Ok(language) if !languages.contains(&language) => languages.push(language),
            Ok(_) => {}
            Err(bad) => faults.note("languages", bad),
        }
    }
    if languages.is_empty() && faults.is_empty() {
        faults.note(
            "languages",
            "name at least one, the first being the one that others fall back to, such as `en, es`",
        );
    }
    if !faults.is_empty() {
        return page(&app, &who, &survey, Some((typed, faults))).await;
    }
    change(&app, &who, &survey, move |definition| {
        definition.title = text(&typed, "title", &definition.languages);
        definition.purpose = text(&typed, "purpose", &definition.languages);
        edit::set_languages(definition, languages);
        Some(())
    })
    .await?;
    Ok(outline_at(&survey, "outline"))
}

async fn page(
    app: &App,
    who: &Actor,
    survey: &SurveyId,
    given: Option<(Typed, Faults)>,
) -> Result<HttpResponse, PageProblem> {
    let loaded = loaded(app, survey).await?;
    let definition = &loaded.definition;
    let (typed, faults) = match given {
        Some((typed, faults)) => (typed, Some(faults)),
        None => {
            let mut typed = Typed::new();
            fill(&mut typed, "title", &definition.title);
            fill(&mut typed, "purpose", &definition.purpose);
            let tags: Vec<&str> = definition.languages.iter().map(Language::as_str).collect();
            set(&mut typed, "languages", tags.join(", "));
            (typed, None)
        }
    };
    // What the check says of other parts stands beside them, not here.
    let mine = |problem: &&Flaw| {
        ["/title", "/purpose", "/languages"]
            .iter()
            .any(|part| problem.pointer.starts_with(part))
    };
    let mine: Vec<Flaw> = loaded.problems.iter().filter(mine).cloned().collect();
    let own = Faults::at(&mine, "", |steps| match steps {
        ["title", rest @ ..] => text_field("title", rest, definition),
        ["purpose", rest @ ..] => text_field("purpose", rest, definition),
        _ => "languages".to_owned(),
    });
    let (faults, refused) = faults_or(faults, own);
    let view = View {
        survey: survey.to_string(),
        texts: vec![
            words(
                (
                    "title",
                    "Title",
                    "What respondents see as the name of the survey.",
                ),
                false,
                &definition.languages,
                &typed,
                &faults,
            ),
            words(
                (
                    "purpose",
                    "What it is for",
                    "One or two sentences, shown before the first question.",
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
        "editor/about",
        &view,
        &format!("About {survey}"),
        refused,
    )
}
