//! `/scorecard`: what everybody may see, without signing in; and the same as open data. Off unless a round is on it:
//! then there is no such page.

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::number::{Number, Source};
use super::overview;
use super::reader::{OtherLanguage, Reader};
use super::round::Loaded;
use super::say::Say;
use super::trend::TrendView;
use crate::report::export;
use crate::report::model::{Subject, Unit};
use crate::report::read;
use crate::report::scorecard::{self, Scorecard};
use crate::survey::definition::Index;
use crate::survey::publish;
use crate::web::App;
use crate::web::access::Visitor;
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};

#[derive(Debug, Serialize)]
struct View {
    title: String,
    closed_on: String,
    licence: String,
    digest: String,
    threshold: u32,
    responses: Number,
    headings: Vec<String>,
    indices: Vec<IndexView>,
    rows: Vec<RowView>,
    languages: Vec<OtherLanguage>,
}

#[derive(Debug, Serialize)]
struct IndexView {
    title: String,
    mean: Number,
    median: Number,
    trend: TrendView,
}

#[derive(Debug, Serialize)]
struct RowView {
    title: String,
    responses: Number,
    indices: Vec<Number>,
}

/// The page.
pub(super) async fn show(
    visitor: Visitor,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (card, loaded) = load(&app, Some(vec!["index", "responses"])).await?;
    let say = Say::new(&app, reader.lang);
    let view = view(say, &card, &loaded, reader.others(&app)).ok_or_else(missing)?;
    let page = PageContext::public(say.text("r-scorecard", &[]), visitor.0.as_ref());
    render(
        &app,
        "results/scorecard",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

/// The same as CSV.
pub(super) async fn data_csv(app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let (card, loaded) = load(&app, None).await?;
    let text = export::csv(&loaded.results).map_err(|error| Problem::internal(&error))?;
    Ok(data("text/csv; charset=utf-8", "csv", &card, text))
}

/// The same as JSON.
pub(super) async fn data_json(app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let (card, loaded) = load(&app, None).await?;
    let text = export::json(&loaded.results).map_err(|error| Problem::internal(&error))?;
    Ok(data("application/json", "json", &card, text))
}

fn data(media: &'static str, ending: &str, card: &Scorecard, text: String) -> HttpResponse {
    let name = format!("attachment; filename=\"scorecard-{}.{ending}\"", card.round);
    let mut response = HttpResponse::Ok();
    response
        .content_type(media)
        .insert_header((CONTENT_DISPOSITION, name));
    // SPDX names have an address of their own; what is none stands on the page only.
    if card
        .licence
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.'))
    {
        let link = format!("<https://spdx.org/licenses/{}>; rel=\"license\"", card.licence);
        response.insert_header((actix_web::http::header::LINK, link));
    }
    response.body(text)
}

fn missing() -> Problem {
    Problem::not_found("public scorecard")
}

async fn load(app: &App, kinds: Option<Vec<&'static str>>) -> Result<(Scorecard, Loaded), Problem> {
    let found = app
        .store
        .read(move |conn| {
            let Some((card, results)) = scorecard::current(conn, kinds)? else {
                return Ok(None);
            };
            let version = publish::find(conn, &results.document.survey, results.document.version)?;
            let rounds = read::published_rounds(conn)?;
            Ok::<_, crate::store::StoreError>(version.map(|version| {
                (
                    card,
                    Loaded {
                        results,
                        definition: version.definition,
                        rounds,
                    },
                )
            }))
        })
        .await?;
    found.ok_or_else(missing)
}

fn view(say: Say<'_>, card: &Scorecard, loaded: &Loaded, languages: Vec<OtherLanguage>) -> Option<View> {
    let document = &loaded.results.document;
    let audience = document.audiences.first()?;
    let state = loaded.source(say, audience, &Unit::StateMean)?;
    let index = |index: &Index| {
        let subject = Subject::Index(index.id.clone());
        IndexView {
            title: say.survey(&index.title),
            mean: public(state.number(&subject)),
            median: state
                .of(&Unit::StateMedian)
                .map(|median| public(median.number(&subject)))
                .unwrap_or_default(),
            trend: TrendView {
                file: String::new(),
                ..overview::course(loaded, &state, index).view()
            },
        }
    };
    let row = |source: Source<'_>| RowView {
        title: source.unit.title.clone(),
        responses: public(source.number(&Subject::Responses)),
        indices: document
            .indices
            .iter()
            .map(|index| public(source.number(&Subject::Index(index.id.clone()))))
            .collect(),
    };
    let mut units: Vec<Source<'_>> = audience
        .units
        .iter()
        .filter(|unit| matches!(unit.unit, Unit::Agency(_)))
        .filter_map(|unit| state.of(&unit.unit))
        .collect();
    units.sort_by_key(|source| source.unit.title.to_lowercase());
    Some(View {
        title: document.title.clone(),
        closed_on: say.day(&document.closed_on),
        licence: card.licence.clone(),
        digest: loaded.results.digest.clone(),
        threshold: document.thresholds.least_respondents,
        responses: public(state.number(&Subject::Responses)),
        headings: document
            .indices
            .iter()
            .map(|index| say.survey(&index.title))
            .collect(),
        indices: document.indices.iter().map(index).collect(),
        rows: units.into_iter().map(row).collect(),
        languages,
    })
}

/// The pages behind numbers are for those who sign in.
fn public(number: Number) -> Number {
    Number {
        href: String::new(),
        ..number
    }
}
