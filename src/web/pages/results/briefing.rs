//! `/agencies/{code}/briefing`: one agency on two printed pages, as HTML and as a PDF file.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::agency::{
    self, Asked, AudienceView, Beside, CommitmentView, Difference, JudgedView, Moved, ServiceView,
};
use super::reader::Reader;
use super::round::{self, Head, Loaded};
use super::say::Say;
use crate::clock;
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
    beside: Beside,
    /// Whether the highest and lowest questions have room.
    ends: bool,
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
    let now = clock::now();
    let found = agency::load(&app, who.scope(), &code, asked.round.as_deref(), now).await?;
    let say = Say::new(&app, reader.lang);
    let (loaded, audience) = spoken(&found, &asked)?;
    let view = agency::audience_view(say, &found, loaded, audience).ok_or_else(|| missing(&code))?;
    let round = loaded.results.document.round.to_string();
    let suffix = format!("round={round}&audience={}", audience.name);
    let beside = agency::beside(say, &found, Some(audience), "");
    let view = View {
        ends: has_room_for_ends(&view, &beside),
        beside,
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
    let now = clock::now();
    let found = agency::load(&app, who.scope(), &code, asked.round.as_deref(), now).await?;
    let say = Say::new(&app, reader.lang);
    let (loaded, audience) = spoken(&found, &asked)?;
    let view = agency::audience_view(say, &found, loaded, audience).ok_or_else(|| missing(&code))?;
    let beside = agency::beside(say, &found, Some(audience), "");
    let briefing = briefing(say, &found, (loaded, audience), &view, &beside);
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
    (loaded, audience): (&Loaded, &DocumentAudience),
    view: &AudienceView,
    beside: &Beside,
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
        blocks.extend(moved(say, view));
        blocks.extend(differences(say, "r-below-state", &view.standing.below));
        blocks.extend(differences(say, "r-above-state", &view.standing.above));
        if has_room_for_ends(view, beside) {
            blocks.extend(ends(say, view));
        }
        if is_bare(beside) {
            blocks.extend(segments(say, view));
        }
    }
    blocks.extend(services(say, beside));
    blocks.extend(commitments(say, &beside.commitments));
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

/// What changed detectably since last time, falls before rises.
fn moved(say: Say<'_>, view: &AudienceView) -> Vec<Block> {
    let since = &view.since;
    if since.round.is_empty() {
        return Vec::new();
    }
    let point = |key: &str, moved: &Moved| {
        let told = [
            ("item", moved.title.as_str()),
            ("score", moved.value.as_str()),
            ("points", moved.points.as_str()),
            ("interval", moved.interval.as_str()),
        ];
        say.text(key, &told)
    };
    let falls = since
        .down
        .iter()
        .take(3)
        .map(|one| point("r-since-down-line", one));
    let rises = since.up.iter().take(3).map(|one| point("r-since-up-line", one));
    let points: Vec<String> = falls.chain(rises).collect();
    let what = if points.is_empty() {
        Block::Paragraph(say.text("r-since-none", &[("round", &since.round)]))
    } else {
        Block::List(points)
    };
    vec![
        Block::Heading(say.text("r-since-heading", &[("round", &since.round)])),
        what,
    ]
}

fn services(say: Say<'_>, beside: &Beside) -> Vec<Block> {
    if !beside.services.any {
        return Vec::new();
    }
    let head = [
        "r-col-service",
        "r-col-attained",
        "r-col-perceived",
        "r-col-interval",
    ]
    .map(|key| say.text(key, &[]));
    let row = |service: &ServiceView| {
        let perceived = match (service.is_asked, service.perceived.shown) {
            (false, _) => say.text("r-services-not-asked", &[]),
            (true, false) => say.text("r-withheld", &[]),
            (true, true) => service.perceived.value.clone(),
        };
        vec![
            service.title.clone(),
            service.met.clone(),
            perceived,
            service.perceived.interval.clone(),
        ]
    };
    let services = [&beside.services.whole]
        .into_iter()
        .chain(&beside.services.services);
    vec![
        Block::Heading(say.text("r-services", &[])),
        Block::Table {
            head: head.to_vec(),
            rows: services.take(1 + MOST_SERVICES).map(row).collect(),
            widths: vec![3.0, 2.2, 1.6, 1.4],
        },
    ]
}

/// How many services and commitments there is room for.
const MOST_SERVICES: usize = 4;
const MOST_COMMITMENTS: usize = 3;

fn commitments(say: Say<'_>, made: &[CommitmentView]) -> Vec<Block> {
    if made.is_empty() {
        return Vec::new();
    }
    let item = |item: &JudgedView| {
        let told = [
            ("item", item.asked.as_str()),
            ("before", item.before.as_str()),
            ("now", item.now.as_str()),
            ("points", item.change.points.as_str()),
            ("interval", item.change.interval.as_str()),
            ("verdict", item.change.word.as_str()),
        ];
        say.text("r-judged-line", &told)
    };
    let line = |one: &CommitmentView| {
        let told = [
            ("promised", one.promised.as_str()),
            ("state", one.state.as_str()),
            ("due", one.due_on.as_str()),
        ];
        let mut said = vec![say.text("r-committed-line", &told)];
        let judged = one.items.iter().filter(|item| !item.change.word.is_empty());
        said.extend(judged.take(2).map(item));
        said.extend(Some(one.waits.clone()).filter(|waits| !waits.is_empty()));
        said.join(" ")
    };
    vec![
        Block::Heading(say.text("r-committed", &[])),
        Block::List(made.iter().take(MOST_COMMITMENTS).map(line).collect()),
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

/// Two pages are two pages: the highest and lowest questions give way where others stand out or changed already, and there
/// are service levels or commitments to tell of.
fn has_room_for_ends(view: &AudienceView, beside: &Beside) -> bool {
    let (standing, since) = (&view.standing, &view.since);
    let told = [
        standing.below.len(),
        standing.above.len(),
        since.down.len(),
        since.up.len(),
    ];
    is_bare(beside) || told.iter().all(|count| *count == 0)
}

/// Whether nothing was delivered or promised that the briefing could tell of.
fn is_bare(beside: &Beside) -> bool {
    !beside.services.any && beside.commitments.is_empty()
}

/// How many questions of either end there is room for.
const ENDS: usize = 3;

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
                rows: found.iter().take(ENDS).map(row).collect(),
                widths: vec![6.0, 1.0, 1.5, 1.0],
            },
        ]
    };
    let standing = &view.standing;
    if standing.lowest.is_empty() {
        return Vec::new();
    }
    [
        table("r-lowest", &standing.lowest),
        table("r-highest", &standing.highest),
    ]
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
