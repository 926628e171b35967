//! `/agencies/{code}/briefing`: one agency on two printed pages, as HTML and as a PDF file.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::agency::{self, Asked, AudienceView, Difference};
use super::reader::Reader;
use super::round::{self, Head, Loaded};
use super::say::Say;
use crate::report::briefing::{Block, Briefing, LargeFigure, pdf as printed};
use crate::report::chart::Picture;
use crate::report::model::{DocumentAudience, Unit};
use crate::report::read::Results;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};

#[derive(Debug, Serialize)]
struct View {
    head: Head,
    code: String,
    name: String,
    shown: AudienceView,
    pdf: String,
    back: String,
}

/// The page for print.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    code: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let found = agency::load(&app, who.scope(), &code, asked.round.as_deref()).await?;
    let say = Say::new(&app, reader.lang);
    let (loaded, audience) = spoken(&found, &asked)?;
    let view = agency::audience_view(say, &found, loaded, audience).ok_or_else(|| missing(&code))?;
    let round = loaded.results.document.round.to_string();
    let suffix = format!("round={round}&audience={}", audience.name);
    let view = View {
        head: round::head(&app, &reader, loaded, "", None),
        code: found.agency.code.to_string(),
        name: found.agency.name.clone(),
        shown: view,
        pdf: format!("/agencies/{}/briefing.pdf?{suffix}", found.agency.code),
        back: format!("/agencies/{}?{suffix}", found.agency.code),
    };
    let title = say.text("r-briefing-title", &[("agency", &found.agency.name)]);
    let page = PageContext::staff(title, &who).within("/results");
    render(
        &app,
        "results/briefing",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

/// The same as a file.
pub(super) async fn pdf(
    who: Allowed<ReadResults>,
    code: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let found = agency::load(&app, who.scope(), &code, asked.round.as_deref()).await?;
    let say = Say::new(&app, reader.lang);
    let (loaded, audience) = spoken(&found, &asked)?;
    let view = agency::audience_view(say, &found, loaded, audience).ok_or_else(|| missing(&code))?;
    let briefing = briefing(say, &found, loaded, audience, &view);
    let name = format!("{}-{}.pdf", found.agency.code, loaded.results.document.round);
    let made = web::block(move || printed(&briefing))
        .await
        .map_err(|error| Problem::internal(&error))?;
    let bytes = made.map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(bytes))
}

fn missing(code: &str) -> Problem {
    Problem::not_found(format!("published result about agency `{code}`"))
}

/// The round and audience that speak of the agency.
fn spoken<'a>(
    found: &'a agency::AgencyData,
    asked: &Asked,
) -> Result<(&'a Loaded, &'a DocumentAudience), Problem> {
    let missing = || missing(found.agency.code.as_str());
    let loaded = found.loaded.as_ref().ok_or_else(missing)?;
    let audience = agency::spoken_for(loaded, &found.agency.code, &asked.audience).ok_or_else(missing)?;
    Ok((loaded, audience))
}

/// What stands on paper.
fn briefing(
    say: Say<'_>,
    found: &agency::AgencyData,
    loaded: &Loaded,
    audience: &DocumentAudience,
    view: &AudienceView,
) -> Briefing {
    let document = &loaded.results.document;
    let mut blocks = participation(say, document.thresholds.least_respondents, view);
    if view.responses.shown {
        blocks.push(Block::Figures(
            view.indices
                .iter()
                .filter(|index| index.number.shown)
                .take(3)
                .map(|index| large(say, index))
                .collect(),
        ));
        blocks.extend(charts(say, found, loaded, audience));
        blocks.push(Block::PageBreak);
        blocks.extend(parts(say, view));
        blocks.extend(differences(say, "r-below-state", &view.below));
        blocks.extend(differences(say, "r-above-state", &view.above));
        blocks.extend(ends(say, view));
        blocks.extend(segments(say, view));
    }
    blocks.push(Block::Heading(say.text("r-how-to-read", &[])));
    blocks.push(Block::Paragraph(say.text("r-sheet-reading", &[])));
    let digest: String = loaded.results.digest.chars().take(16).collect();
    let method = document.method.version.to_string();
    Briefing {
        title: found.agency.name.clone(),
        subtitle: format!(
            "{} \u{b7} {} \u{b7} {} ({})",
            document.title,
            say.day(&document.closed_on),
            view.title,
            view.mode
        ),
        language: say.lang.tag().to_owned(),
        blocks,
        footer: say.text(
            "r-origin",
            &[
                ("round", &document.title),
                ("method", &method),
                ("digest", &digest),
            ],
        ),
    }
}

fn participation(say: Say<'_>, threshold: u32, view: &AudienceView) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !view.cluster_members.is_empty() {
        let told = [
            ("cluster", view.unit_title.as_str()),
            ("members", view.cluster_members.as_str()),
        ];
        blocks.push(Block::Paragraph(say.text("r-cluster", &told)));
    }
    let answered = if view.responses.shown {
        let told = [
            ("n", view.responses.n.as_str()),
            ("people", view.responses.people.as_str()),
            ("rate", view.responses.rate.as_str()),
            ("state", view.state_rate.as_str()),
        ];
        say.text("r-answered-state", &told)
    } else {
        say.text("r-withheld-agency", &[("threshold", &threshold.to_string())])
    };
    blocks.push(Block::Paragraph(answered));
    blocks
}

fn large(say: Say<'_>, index: &agency::IndexView) -> LargeFigure {
    let change = &index.number.change;
    let word = if change.word.is_empty() {
        String::new()
    } else {
        format!("{}: ", change.word)
    };
    let interval = say.text(
        "r-of-100",
        &[("interval", &index.number.interval), ("n", &index.number.n)],
    );
    LargeFigure {
        label: index.title.clone(),
        value: index.number.value.clone(),
        detail: format!("{interval} {word}{}", change.sentence),
    }
}

fn charts(
    say: Say<'_>,
    found: &agency::AgencyData,
    loaded: &Loaded,
    audience: &DocumentAudience,
) -> Vec<Block> {
    let Some(unit) = Results::unit_of(audience, &found.agency.code) else {
        return Vec::new();
    };
    let Some(source) = loaded.source(say, audience, &unit.unit) else {
        return Vec::new();
    };
    let past = if matches!(unit.unit, Unit::Cluster(_)) {
        &[][..]
    } else {
        &found.past[..]
    };
    let mut blocks = Vec::new();
    for index in loaded.definition.indices.iter().take(2) {
        let course = agency::course(loaded, &source, index, past);
        let Some(chart) = course.chart() else { continue };
        blocks.push(Block::Heading(
            say.text("r-over-rounds-short", &[("index", &say.survey(&index.title))]),
        ));
        let picture: Picture = chart.picture();
        blocks.push(Block::Chart(Box::new(picture)));
        let view = course.view();
        let breaks = view
            .breaks
            .iter()
            .map(|gap| format!("\u{2016} {}: {}", gap.when, gap.reason));
        let told: Vec<String> = [view.summary.clone()].into_iter().chain(breaks).collect();
        blocks.push(Block::Paragraph(told.join(" ")));
    }
    blocks
}

fn parts(say: Say<'_>, view: &AudienceView) -> Vec<Block> {
    let head = [
        "r-col-part",
        "r-col-score",
        "r-col-interval",
        "r-col-n",
        "r-col-state",
    ]
    .map(|key| say.text(key, &[]));
    let withheld = say.text("r-withheld", &[]);
    let row = |title: String, number: &super::number::Number, state: &super::number::Number| {
        if number.shown {
            vec![
                title,
                number.value.clone(),
                number.interval.clone(),
                number.n.clone(),
                state.value.clone(),
            ]
        } else {
            vec![
                title,
                withheld.clone(),
                String::new(),
                String::new(),
                state.value.clone(),
            ]
        }
    };
    let mut rows = Vec::new();
    for index in &view.indices {
        rows.push(row(index.title.clone(), &index.number, &index.state));
        for part in &index.dimensions {
            rows.push(row(format!("\u{2013} {}", part.title), &part.number, &part.state));
        }
    }
    vec![
        Block::Heading(say.text("r-parts", &[])),
        Block::Table {
            head: head.to_vec(),
            rows,
            widths: vec![5.0, 1.2, 1.6, 1.0, 1.2],
        },
    ]
}

fn differences(say: Say<'_>, key: &str, found: &[Difference]) -> Vec<Block> {
    if found.is_empty() {
        return Vec::new();
    }
    let point = |difference: &Difference| {
        let told = [
            ("item", difference.title.as_str()),
            ("score", difference.number.value.as_str()),
            ("interval", difference.number.interval.as_str()),
            ("state", difference.state.value.as_str()),
        ];
        say.text("r-difference", &told)
    };
    vec![
        Block::Heading(say.text(key, &[])),
        Block::List(found.iter().take(3).map(point).collect()),
    ]
}

fn ends(say: Say<'_>, view: &AudienceView) -> Vec<Block> {
    let head =
        ["r-col-question", "r-col-score", "r-col-interval", "r-col-state"].map(|key| say.text(key, &[]));
    let row = |found: &Difference| {
        let (number, state) = (&found.number, &found.state);
        vec![
            found.title.clone(),
            number.value.clone(),
            number.interval.clone(),
            state.value.clone(),
        ]
    };
    let table = |key: &str, found: &[Difference]| {
        [
            Block::Heading(say.text(key, &[])),
            Block::Table {
                head: head.to_vec(),
                rows: found.iter().map(row).collect(),
                widths: vec![6.0, 1.0, 1.5, 1.0],
            },
        ]
    };
    if view.lowest.is_empty() {
        return Vec::new();
    }
    [table("r-lowest", &view.lowest), table("r-highest", &view.highest)]
        .into_iter()
        .flatten()
        .collect()
}

fn segments(say: Say<'_>, view: &AudienceView) -> Vec<Block> {
    let mut blocks = Vec::new();
    for segment in view.segments.iter().take(1) {
        let mut head = vec![segment.title.clone(), say.text("r-col-answered", &[])];
        head.extend(segment.headings.iter().cloned());
        let withheld = say.text("r-withheld", &[]);
        let rows = segment.rows.iter().map(|row| {
            let answered = if row.responses.shown {
                row.responses.n.clone()
            } else {
                withheld.clone()
            };
            let cell = |cell: &super::number::Number| {
                if cell.shown {
                    format!("{} ({})", cell.value, cell.interval)
                } else {
                    withheld.clone()
                }
            };
            [row.title.clone(), answered]
                .into_iter()
                .chain(row.cells.iter().map(cell))
                .collect()
        });
        let widths = [4.0, 1.3]
            .into_iter()
            .chain(segment.headings.iter().map(|_| 2.0))
            .collect();
        blocks.push(Block::Heading(say.text("r-who-answered", &[])));
        blocks.push(Block::Table {
            head,
            rows: rows.collect(),
            widths,
        });
    }
    blocks
}
