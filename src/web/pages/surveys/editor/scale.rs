//! A scale: its points from the lowest to the highest, in every language.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::fields::{Faults, Form, Typed, Words, fill, optional_text, set, slug, text_field, words};
use super::{Asked, change, faults_or, loaded, no_such, outline_at, respond};
use crate::identity::Actor;
use crate::survey::definition::{Scale, ScaleId, SurveyId};
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
    let typed = typed.into_inner();
    let mut faults = Faults::default();
    let id: Option<ScaleId> = slug(&typed, "id", &mut faults);
    let known = loaded(&app, &survey).await?.definition.scales;
    if id
        .as_ref()
        .is_some_and(|id| known.contains_key(id) && asked.of.as_deref() != Some(id.as_str()))
    {
        faults.note(
            "id",
            "another scale is called so; give this one another short name",
        );
    }
    let Some(id) = id.filter(|_| faults.is_empty()) else {
        return page(&app, &who, &survey, asked.of.clone(), Some((typed, faults))).await;
    };
    let (replaced, place) = (
        asked.of.as_ref().and_then(|of| of.parse::<ScaleId>().ok()),
        id.clone(),
    );
    change(&app, &who, &survey, move |definition| {
        let point = |number: usize| optional_text(&typed, &format!("point_{number}"), &definition.languages);
        let scale = Scale {
            points: (1..=MOST_POINTS).filter_map(point).collect(),
            opt_out: optional_text(&typed, "opt_out", &definition.languages),
        };
        edit::put_scale(definition, replaced.as_ref(), id, scale);
        Some(())
    })
    .await?;
    Ok(outline_at(&survey, &format!("scale-{place}")))
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
    if let Some(id) = &of {
        let found = definition.scales.iter().find(|(scale, _)| scale.as_str() == id);
        let (_, scale) = found.ok_or_else(|| no_such("scale", id))?;
        set(&mut typed, "id", id.clone());
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
    let (faults, refused) = faults_or(given, own);
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
        refused,
    )
}
