//! Everything of a draft at a glance: pages with their questions, scales and indices, each with its problems, and buttons to move and
//! remove, which work by keyboard and without scripts.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::super::{answered, words};
use super::{Loaded, change as changed, loaded, outline_at, respond};
use crate::survey::definition::{Item, Page, SurveyId};
use crate::survey::edit::{self, Way};
use crate::web::App;
use crate::web::access::{Allowed, DesignSurveys};
use crate::web::pages::trial;
use crate::web::problem::{PageProblem, Problem};

#[derive(Serialize)]
struct View {
    survey: String,
    title: String,
    version: u32,
    languages: String,
    is_saved: bool,
    saved_at: String,
    saved_by: String,
    latest: Option<u32>,
    /// Of the survey as a whole, or of a place that has no line of its own.
    problems: Vec<String>,
    problem_count: usize,
    pages: Vec<PageView>,
    scales: Vec<Part>,
    indices: Vec<Part>,
    test_link: String,
    /// The same on this server, for the frame beside the outline.
    preview: String,
}

#[derive(Serialize)]
struct PageView {
    id: String,
    title: String,
    problems: Vec<String>,
    items: Vec<ItemView>,
}

#[derive(Serialize)]
struct ItemView {
    id: String,
    text: String,
    /// In the other languages.
    others: Vec<Other>,
    answered: &'static str,
    measures: String,
    is_required: bool,
    is_conditional: bool,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct Other {
    language: String,
    text: String,
}

#[derive(Serialize)]
struct Part {
    id: String,
    title: String,
    says: String,
    problems: Vec<String>,
}

/// The outline.
pub(super) async fn show(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let loaded = loaded(&app, &survey).await?;
    let view = view(&app, &survey, &loaded);
    respond(
        &app,
        &who,
        "editor/outline",
        &view,
        &format!("Edit {survey}"),
        StatusCode::OK,
    )
}

#[derive(Deserialize)]
pub(super) struct Wish {
    /// What to do, and with what: `item-up trust-delivers`.
    #[serde(default, rename = "do")]
    what: String,
}

/// Moves or removes something.
pub(super) async fn change(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    wish: web::Form<Wish>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let Some((what, id)) = wish
        .what
        .split_once(' ')
        .map(|(what, id)| (what.to_owned(), id.to_owned()))
    else {
        return Err(unknown(&wish.what).into());
    };
    let place = match what.as_str() {
        "item-up" | "item-down" => format!("item-{id}"),
        "page-up" | "page-down" => format!("page-{id}"),
        _ => "outline".to_owned(),
    };
    let done = changed(&app, &who, &survey, move |definition| {
        match what.as_str() {
            "item-up" => drop(edit::move_item(definition, &id.parse().ok()?, Way::Up)),
            "item-down" => drop(edit::move_item(definition, &id.parse().ok()?, Way::Down)),
            "item-remove" => edit::remove_item(definition, &id.parse().ok()?),
            "page-up" => drop(edit::move_page(definition, &id.parse().ok()?, Way::Up)),
            "page-down" => drop(edit::move_page(definition, &id.parse().ok()?, Way::Down)),
            "page-remove" => edit::remove_page(definition, &id.parse().ok()?),
            "scale-remove" => drop(definition.scales.remove(id.as_str())),
            "index-remove" => edit::remove_index(definition, &id.parse().ok()?),
            _ => return None,
        }
        Some(())
    });
    if done.await? {
        Ok(outline_at(&survey, &place))
    } else {
        Err(unknown(&wish.what).into())
    }
}

fn unknown(what: &str) -> Problem {
    let what: String = what.chars().take(80).collect();
    Problem::invalid_field(
        "/do",
        format!("`{what}` is nothing that can be done; use the buttons of the outline"),
    )
}

fn view(app: &App, survey: &SurveyId, loaded: &Loaded) -> View {
    let definition = &loaded.definition;
    let at = |pointer: &str| -> Vec<String> {
        let here = loaded.problems.iter().filter(|problem| {
            let rest = problem.pointer.strip_prefix(pointer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        here.map(|problem| format!("{}; {}", problem.problem, problem.remedy))
            .collect()
    };
    let own = |pointer: &str| {
        matches!(pointer.split('/').nth(1), Some("pages" | "scales" | "indices"))
            && pointer.split('/').count() > 2
    };
    let others = loaded.problems.iter().filter(|problem| !own(&problem.pointer));
    let pages = definition.pages.iter().enumerate().map(|(number, page)| {
        let place = format!("/pages/{number}");
        let items = page
            .items
            .iter()
            .enumerate()
            .map(|(position, item)| item_view(item, at(&format!("{place}/items/{position}"))));
        PageView {
            id: page.id.to_string(),
            title: words(&page.title),
            items: items.collect(),
            problems: of_page(loaded, &place, page),
        }
    });
    let scales = definition.scales.iter().map(|(id, scale)| {
        let labels: Vec<String> = scale.points.iter().map(words).collect();
        Part {
            id: id.to_string(),
            title: id.to_string(),
            says: labels.join(" · "),
            problems: at(&format!("/scales/{id}")),
        }
    });
    let indices = definition.indices.iter().enumerate().map(|(number, index)| {
        let parts: Vec<String> = index
            .dimensions
            .iter()
            .map(|part| format!("{} ({})", words(&part.title), part.items.len()))
            .collect();
        Part {
            id: index.id.to_string(),
            title: words(&index.title),
            says: parts.join(", "),
            problems: at(&format!("/indices/{number}")),
        }
    });
    let languages: Vec<&str> = definition
        .languages
        .iter()
        .map(|language| language.as_str())
        .collect();
    View {
        survey: survey.to_string(),
        title: words(&definition.title),
        version: definition.version,
        languages: languages.join(", "),
        is_saved: loaded.is_saved,
        saved_at: loaded.saved_at.clone(),
        saved_by: loaded.saved_by.clone(),
        latest: loaded.latest,
        problems: others.map(ToString::to_string).collect(),
        problem_count: loaded.problems.len(),
        pages: pages.collect(),
        scales: scales.collect(),
        indices: indices.collect(),
        test_link: trial::link(app, survey),
        preview: trial::path(app, survey),
    }
}

/// What is wrong with a page itself, not with one of its items.
fn of_page(loaded: &Loaded, place: &str, page: &Page) -> Vec<String> {
    let own = loaded.problems.iter().filter(|problem| {
        let rest = problem.pointer.strip_prefix(place);
        rest.is_some_and(|rest| {
            let of_item = rest.strip_prefix("/items/").is_some_and(|rest| {
                rest.split('/')
                    .next()
                    .and_then(|number| number.parse().ok())
                    .is_some_and(|number: usize| number < page.items.len())
            });
            (rest.is_empty() || rest.starts_with('/')) && !of_item
        })
    });
    own.map(|problem| format!("{}; {}", problem.problem, problem.remedy))
        .collect()
}

fn item_view(item: &Item, problems: Vec<String>) -> ItemView {
    let text = words(&item.text);
    let others = item.text.0.iter().filter(|(_, other)| **other != text);
    ItemView {
        id: item.id.to_string(),
        others: others
            .map(|(language, text)| Other {
                language: language.to_string(),
                text: text.clone(),
            })
            .collect(),
        text,
        answered: answered(&item.answer),
        measures: item
            .construct
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        is_required: item.required,
        is_conditional: item.show_if.is_some(),
        problems,
    }
}
