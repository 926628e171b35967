//! A scale: its points from the lowest to the highest, in every language.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};

use super::fields::{Faults, Form, Typed, Words, fill, optional_text, set, slug, text_field, words};
use super::part::{self, Part, parsed};
use super::{Asked, faults_or, loaded, no_such, respond};
use crate::identity::Actor;
use crate::survey::definition::{Definition, Scale, ScaleId, SurveyId};
use crate::survey::edit;
use crate::web::App;
use crate::web::access::{Allowed, DesignSurveys};
use crate::web::problem::PageProblem;

const FIELDS: [&str; 1] = ["id"];
/// The most points that a scale can have.
const MOST_POINTS: usize = 11;

#[derive(Serialize)]
struct View {
    survey: String,
    of: String,
    points: Vec<Words>,
    opt_out: Words,
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
    match part::save::<Named>(&app, &who, &survey, asked.of.as_deref(), typed.into_inner()).await? {
        Ok(done) => Ok(done),
        Err(refused) => page(&app, &who, &survey, asked.of.clone(), Some(refused)).await,
    }
}

/// A scale under its name.
struct Named(ScaleId, Scale);

impl Part for Named {
    const NAME: &'static str = "scale";
    const FIRST_FIELD: &'static str = "id";

    fn id(&self) -> String {
        self.0.to_string()
    }

    fn place(&self) -> String {
        format!("scale-{}", self.0)
    }

    fn shown(definition: &Definition, id: &str) -> Option<Value> {
        let (_, scale) = definition.scales.iter().find(|(scale, _)| scale.as_str() == id)?;
        Some(json!(scale))
    }

    fn read(typed: &Typed, definition: &Definition) -> (Option<Self>, Faults) {
        let mut faults = Faults::default();
        let id: Option<ScaleId> = slug(typed, "id", &mut faults);
        let point = |number: usize| optional_text(typed, &format!("point_{number}"), &definition.languages);
        let scale = id.map(|id| {
            let scale = Scale {
                points: (1..=MOST_POINTS).filter_map(point).collect(),
                opt_out: optional_text(typed, "opt_out", &definition.languages),
            };
            Self(id, scale)
        });
        (scale, faults)
    }

    fn put(self, definition: &mut Definition, replaced: Option<&str>) {
        edit::put_scale(definition, parsed::<ScaleId>(replaced).as_ref(), self.0, self.1);
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
        let found = definition.scales.iter().find(|(scale, _)| scale.as_str() == id);
        let (_, scale) = found.ok_or_else(|| no_such("scale", id))?;
        set(&mut typed, "id", id.clone());
        set(&mut typed, "seen", part::seen::<Named>(definition, id)?);
        for (number, point) in (1..).zip(&scale.points) {
            fill(&mut typed, &format!("point_{number}"), point);
        }
        if let Some(opt_out) = &scale.opt_out {
            fill(&mut typed, "opt_out", opt_out);
        }
        own = Faults::at(&loaded.problems, &format!("/scales/{id}"), |steps| match steps {
            ["points", number, rest @ ..] => {
                let number: usize = number.parse().unwrap_or(0);
                text_field(&format!("point_{}", number + 1), rest, definition)
            }
            ["opt_out", rest @ ..] => text_field("opt_out", rest, definition),
            _ => "id".to_owned(),
        });
    }
    let given = given.map(|(sent, faults)| {
        typed = sent;
        faults
    });
    let (faults, status) = faults_or(given, own);
    let point = |number: usize| {
        let label = match number {
            1 => "Point 1, the lowest answer".to_owned(),
            number => format!("Point {number}"),
        };
        words(
            (&format!("point_{number}"), label, ""),
            false,
            &definition.languages,
            &typed,
            &faults,
        )
    };
    let view = View {
        survey: survey.to_string(),
        of: of.unwrap_or_default(),
        points: (1..=MOST_POINTS).map(point).collect(),
        opt_out: words(
            (
                "opt_out",
                "“Don’t know”, or “does not apply”",
                "For questions that offer it; counted as no answer.",
            ),
            false,
            &definition.languages,
            &typed,
            &faults,
        ),
        form: Form::new(&FIELDS, &typed, &faults),
    };
    respond(
        app,
        who,
        "editor/scale",
        &view,
        &format!("A scale of {survey}"),
        status,
    )
}
