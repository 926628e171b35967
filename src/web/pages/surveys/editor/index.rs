//! An index: its parts, and which rating question belongs to which part.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::words as english;
use super::fields::{
    Faults, Form, Typed, Words, field, fill, number, optional_slug, set, slug, text, text_field, words,
};
use super::part::{self, Part, parsed};
use super::{Asked, faults_or, loaded, no_such, respond};
use crate::identity::Actor;
use crate::survey::definition::{
    AnswerKind, Definition, Dimension, DimensionId, Index, IndexId, IndexRef, ItemId, SurveyId,
};
use crate::survey::edit;
use crate::web::App;
use crate::web::access::{Allowed, DesignSurveys};
use crate::web::pages::form::{Choice, choices};
use crate::web::problem::PageProblem;

const FIELDS: [&str; 5] = ["id", "min_items", "min_dimensions", "short_survey", "short_index"];
/// How many parts the form has room for. The text of the draft takes more.
const PARTS: usize = 8;

#[derive(Serialize)]
struct View {
    survey: String,
    of: String,
    title: Words,
    parts: Vec<PartRow>,
    items: Vec<ItemRow>,
    form: Form,
}

#[derive(Serialize)]
struct PartRow {
    number: usize,
    id: String,
    fault: String,
    title: Words,
}

#[derive(Serialize)]
struct ItemRow {
    id: String,
    text: String,
    parts: Vec<Choice>,
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
    match part::save::<Index>(&app, &who, &survey, asked.of.as_deref(), typed.into_inner()).await? {
        Ok(done) => Ok(done),
        Err(refused) => page(&app, &who, &survey, asked.of.clone(), Some(refused)).await,
    }
}

impl Part for Index {
    const NAME: &'static str = "index";
    const FIRST_FIELD: &'static str = "id";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn place(&self) -> String {
        format!("index-{}", self.id)
    }

    fn shown(definition: &Definition, id: &str) -> Option<Value> {
        let index = definition.indices.iter().find(|index| index.id.as_str() == id)?;
        Some(json!(index))
    }

    fn read(typed: &Typed, definition: &Definition) -> (Option<Self>, Faults) {
        read(typed, definition)
    }

    fn put(self, definition: &mut Definition, replaced: Option<&str>) {
        edit::put_index(definition, parsed::<IndexId>(replaced).as_ref(), self);
    }
}

fn read(typed: &Typed, definition: &Definition) -> (Option<Index>, Faults) {
    let mut faults = Faults::default();
    let id: Option<IndexId> = slug(typed, "id", &mut faults);
    let mut parts: Vec<(usize, Dimension)> = Vec::new();
    for row in 1..=PARTS {
        let name = format!("part_{row}");
        if let Some(part) = optional_slug::<DimensionId>(typed, &name, &mut faults) {
            let title = text(typed, &format!("{name}_title"), &definition.languages);
            let items = Vec::new();
            parts.push((
                row,
                Dimension {
                    id: part,
                    title,
                    items,
                },
            ));
        }
    }
    if parts.is_empty() && faults.is_empty() {
        faults.note("part_1", "an index has at least one part; give it a short name");
    }
    for item in rated(definition) {
        let Ok(row) = field(typed, &format!("of_{item}")).parse::<usize>() else {
            continue;
        };
        match parts.iter_mut().find(|(number, _)| *number == row) {
            Some((_, part)) => part.items.push(item),
            None => faults.note(
                format!("part_{row}"),
                format_args!("`{item}` belongs to this part, so give it a short name"),
            ),
        }
    }
    let short_survey: Option<SurveyId> = optional_slug(typed, "short_survey", &mut faults);
    let short_index: Option<IndexId> = optional_slug(typed, "short_index", &mut faults);
    let short_form_of = match (short_survey, short_index) {
        (Some(survey), Some(index)) => Some(IndexRef { survey, index }),
        (None, None) => None,
        _ => {
            faults.note("short_index", "name both the survey and its index, or neither");
            None
        }
    };
    let min_items = number(typed, "min_items", &mut faults);
    let min_dimensions = number(typed, "min_dimensions", &mut faults);
    let index = id.map(|id| Index {
        id,
        title: text(typed, "title", &definition.languages),
        dimensions: parts.into_iter().map(|(_, part)| part).collect(),
        min_items,
        min_dimensions,
        short_form_of,
    });
    (index, faults)
}

/// The items that an index can be scored from.
fn rated(definition: &Definition) -> Vec<ItemId> {
    let is_rated = |item: &&crate::survey::definition::Item| matches!(item.answer, AnswerKind::Rating { .. });
    definition
        .items()
        .filter(is_rated)
        .map(|item| item.id.clone())
        .collect()
}

fn typed_of(index: &Index) -> Typed {
    let mut typed = Typed::new();
    set(&mut typed, "id", index.id.to_string());
    fill(&mut typed, "title", &index.title);
    for (row, part) in (1_usize..).zip(&index.dimensions) {
        set(&mut typed, &format!("part_{row}"), part.id.to_string());
        fill(&mut typed, &format!("part_{row}_title"), &part.title);
        for item in &part.items {
            set(&mut typed, &format!("of_{item}"), row.to_string());
        }
    }
    let count = |count: Option<u32>| count.map(|count| count.to_string()).unwrap_or_default();
    set(&mut typed, "min_items", count(index.min_items));
    set(&mut typed, "min_dimensions", count(index.min_dimensions));
    if let Some(long) = &index.short_form_of {
        set(&mut typed, "short_survey", long.survey.to_string());
        set(&mut typed, "short_index", long.index.to_string());
    }
    typed
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
            .indices
            .iter()
            .enumerate()
            .find(|(_, index)| index.id.as_str() == id);
        let (number, index) = found.ok_or_else(|| no_such("index", id))?;
        typed = typed_of(index);
        set(&mut typed, "seen", part::seen::<Index>(definition, id)?);
        own = Faults::at(
            &loaded.problems,
            &format!("/indices/{number}"),
            |steps| match steps {
                ["title", rest @ ..] => text_field("title", rest, definition),
                ["dimensions", number, rest @ ..] => {
                    let row = number.parse::<usize>().unwrap_or(0) + 1;
                    match rest {
                        ["title", rest @ ..] => text_field(&format!("part_{row}_title"), rest, definition),
                        _ => format!("part_{row}"),
                    }
                }
                ["dimensions"] => "part_1".to_owned(),
                ["short_form_of", ..] => "short_survey".to_owned(),
                [name @ ("min_items" | "min_dimensions"), ..] => (*name).to_owned(),
                _ => "id".to_owned(),
            },
        );
    }
    let given = given.map(|(sent, faults)| {
        typed = sent;
        faults
    });
    let (faults, status) = faults_or(given, own);
    let languages = &definition.languages;
    let part = |number: usize| {
        let name = format!("part_{number}");
        PartRow {
            id: field(&typed, &name).to_owned(),
            fault: faults.of(&name),
            title: words(
                (&format!("{name}_title"), format!("Title of part {number}"), ""),
                false,
                languages,
                &typed,
                &faults,
            ),
            number,
        }
    };
    let named: BTreeMap<usize, String> = (1..=PARTS)
        .map(|number| (number, field(&typed, &format!("part_{number}")).to_owned()))
        .collect();
    let options: Vec<(String, String)> = std::iter::once((String::new(), "not in this index".to_owned()))
        .chain(named.into_iter().map(|(number, id)| {
            let name = if id.is_empty() {
                format!("part {number}")
            } else {
                format!("part {number}: {id}")
            };
            (number.to_string(), name)
        }))
        .collect();
    let item = |id: ItemId| ItemRow {
        text: definition
            .item(&id)
            .map(|item| english(&item.text))
            .unwrap_or_default(),
        parts: choices(options.clone(), field(&typed, &format!("of_{id}"))),
        id: id.to_string(),
    };
    let view = View {
        survey: survey.to_string(),
        of: of.unwrap_or_default(),
        title: words(
            ("title", "Title", "What leadership reads."),
            false,
            languages,
            &typed,
            &faults,
        ),
        parts: (1..=PARTS).map(part).collect(),
        items: rated(definition).into_iter().map(item).collect(),
        form: Form::new(&FIELDS, &typed, &faults),
    };
    respond(
        app,
        who,
        "editor/index",
        &view,
        &format!("An index of {survey}"),
        status,
    )
}
