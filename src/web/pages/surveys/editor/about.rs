//! The title of a survey, what it is for, and its languages.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};

use super::fields::{Faults, Form, Typed, Words, field, fill, set, text, text_field, words};
use super::part::{self, Part};
use super::{faults_or, loaded, respond};
use crate::identity::Actor;
use crate::survey::definition::{Definition, Language, SurveyId, Text};
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
    match part::save::<About>(&app, &who, &survey, Some(WHOLE), typed.into_inner()).await? {
        Ok(done) => Ok(done),
        Err(refused) => page(&app, &who, &survey, Some(refused)).await,
    }
}

/// What the one part that a survey has of this kind is called by.
const WHOLE: &str = "";

/// What is said of the survey as a whole.
struct About {
    title: Text,
    purpose: Text,
    languages: Vec<Language>,
}

impl Part for About {
    const NAME: &'static str = "form";
    const FIRST_FIELD: &'static str = "languages";

    fn id(&self) -> String {
        WHOLE.to_owned()
    }

    fn place(&self) -> String {
        "outline".to_owned()
    }

    fn shown(definition: &Definition, _: &str) -> Option<Value> {
        Some(json!([
            definition.title,
            definition.purpose,
            definition.languages
        ]))
    }

    fn read(typed: &Typed, definition: &Definition) -> (Option<Self>, Faults) {
        let mut faults = Faults::default();
        let mut languages: Vec<Language> = Vec::new();
        for tag in field(typed, "languages")
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
        let about = Self {
            title: text(typed, "title", &definition.languages),
            purpose: text(typed, "purpose", &definition.languages),
            languages,
        };
        (faults.is_empty().then_some(about), faults)
    }

    fn put(self, definition: &mut Definition, _: Option<&str>) {
        definition.title = self.title;
        definition.purpose = self.purpose;
        edit::set_languages(definition, self.languages);
    }
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
            set(&mut typed, "seen", part::seen::<About>(definition, WHOLE)?);
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
    let (faults, status) = faults_or(faults, own);
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
        status,
    )
}
