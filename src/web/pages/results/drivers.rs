//! `/results/{round}/drivers`: what goes with each outcome in the state, in words and as a chart, and what people find
//! important beside how satisfied they are.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::number::{Number, Source, estimate};
use super::reader::Reader;
use super::round::{self, Head, Loaded};
use super::say::Say;
use crate::report::chart::{Dot, DotPlot, DotRow, Quadrant, QuadrantMark};
use crate::report::model::{Cut, DocumentAudience, Drivers, Figure, Measured, Subject, Unit};
use crate::report::read::Wanted;
use crate::survey::definition::{AnswerKind, ItemId};
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::PageProblem;

#[derive(Debug, Serialize)]
struct View {
    head: Head,
    outcomes: Vec<OutcomeView>,
    importance: Vec<ImportanceView>,
    quadrant: String,
    halved: bool,
    quadrant_file: String,
}

/// What goes with an outcome.
#[derive(Debug, Serialize)]
pub(super) struct OutcomeView {
    id: String,
    title: String,
    explained: String,
    n: String,
    href: String,
    chart: String,
    /// The chart as a file; empty for a unit other than the state.
    file: String,
    rows: Vec<DriverView>,
    /// Predictors that chance could have made, in words.
    noise: Vec<String>,
    sentence: String,
}

#[derive(Debug, Serialize)]
struct DriverView {
    title: String,
    /// Everything behind its weight.
    href: String,
    share: String,
    weight: String,
    interval: String,
}

#[derive(Debug, Serialize)]
struct ImportanceView {
    number: usize,
    title: String,
    importance: Number,
    satisfaction: Number,
}

/// Which audience.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    audience: String,
}

/// The page.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    round: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let loaded = round::load_named(&app, who.scope(), &round, wanted()).await?;
    let audience = round::audience(&loaded.results.document, &asked.audience);
    let head = round::head(&app, &reader, &loaded, "/drivers", audience);
    let view = view(Say::new(&app, reader.lang), head, &loaded, audience);
    let title = format!(
        "{}: {}",
        app.texts.get(reader.lang, "r-page-drivers").unwrap_or_default(),
        view.head.title
    );
    let page = PageContext::staff(title, &who).within("/results");
    render(
        &app,
        "results/drivers",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

/// What the page needs: of the state only.
pub(super) fn wanted() -> Wanted {
    Wanted {
        units: Some([Unit::StateMean].into()),
        cut: Some(Cut::Everybody),
        kinds: Some(vec![
            "index-drivers",
            "item-drivers",
            "importance",
            "satisfaction",
        ]),
        ..Wanted::default()
    }
}

fn view(say: Say<'_>, head: Head, loaded: &Loaded, audience: Option<&DocumentAudience>) -> View {
    let state = audience.and_then(|audience| loaded.source(say, audience, &Unit::StateMean));
    let quadrant = state.as_ref().and_then(quadrant);
    View {
        outcomes: state
            .iter()
            .flat_map(outcomes)
            .map(|(source, subject, figure, drivers)| outcome_view(&source, &subject, figure, drivers))
            .collect(),
        importance: state.iter().flat_map(importance_views).collect(),
        halved: quadrant.as_ref().is_some_and(Quadrant::is_halved),
        quadrant: quadrant
            .map(|quadrant| quadrant.picture().inline())
            .unwrap_or_default(),
        quadrant_file: state
            .map(|state| {
                format!(
                    "/results/{}/charts/importance.KIND?audience={}",
                    head.round, state.audience.name
                )
            })
            .unwrap_or_default(),
        head,
    }
}

type Outcome<'a> = (Source<'a>, Subject, &'a Figure, &'a Drivers);

/// The outcomes with drivers: indices first.
fn outcomes<'a>(state: &Source<'a>) -> Vec<Outcome<'a>> {
    let indices = state
        .definition
        .indices
        .iter()
        .map(|index| Subject::IndexDrivers(index.id.clone()));
    let items = state
        .definition
        .items()
        .map(|item| Subject::ItemDrivers(item.id.clone()));
    let found = indices.chain(items).filter_map(|subject| {
        let figure = state.figure(&Cut::Everybody, &subject)?;
        match &figure.measured {
            Measured::Drivers(drivers) => Some((*state, subject, figure, drivers)),
            _ => None,
        }
    });
    found.collect()
}

/// What goes with each index in one agency or cluster, where enough people answered for a model of their own.
pub(super) fn of_unit(unit: &Source<'_>) -> Vec<OutcomeView> {
    let found = outcomes(unit).into_iter();
    found
        .map(|(source, subject, figure, drivers)| OutcomeView {
            file: String::new(),
            ..outcome_view(&source, &subject, figure, drivers)
        })
        .collect()
}

fn outcome_view(state: &Source<'_>, subject: &Subject, figure: &Figure, drivers: &Drivers) -> OutcomeView {
    let say = state.say;
    let title = outcome_title(state, subject);
    let named = |subject: &Subject| name(state, subject);
    OutcomeView {
        id: subject.to_string().replace('/', "-"),
        explained: say.rate(drivers.explained),
        n: say.count(figure.respondents),
        href: state.href(&Cut::Everybody, subject),
        chart: if drivers.drivers.is_empty() {
            String::new()
        } else {
            plot(state, subject, drivers).picture().inline()
        },
        file: format!(
            "/results/{}/charts/drivers.KIND?audience={}&subject={subject}",
            state.results.document.round, state.audience.name
        ),
        rows: drivers
            .drivers
            .iter()
            .map(|driver| DriverView {
                title: named(&driver.subject),
                href: state.href(&Cut::Everybody, subject),
                share: say.rate(driver.share),
                weight: say.number(driver.weight, 3),
                interval: say.precise(driver.interval),
            })
            .collect(),
        noise: drivers.noise.iter().map(named).collect(),
        sentence: match drivers.drivers.first() {
            Some(first) => {
                let (driver, share) = (named(&first.subject), say.rate(first.share));
                let driver = driver.trim_end_matches('.').to_owned();
                say.text(
                    "r-first-driver",
                    &[("outcome", &title), ("driver", &driver), ("share", &share)],
                )
            }
            None => say.text("r-no-driver", &[]),
        },
        title,
    }
}

/// A predictor by name: a service by its own, a question by its words.
fn name(state: &Source<'_>, subject: &Subject) -> String {
    match subject {
        Subject::Importance(id) => format!("{}: {}", service(state, id), state.say.text("r-importance", &[])),
        Subject::Satisfaction(id) => format!(
            "{}: {}",
            service(state, id),
            state.say.text("r-satisfaction", &[])
        ),
        other => state.say.subject(state.definition, other),
    }
}

fn outcome_title(state: &Source<'_>, subject: &Subject) -> String {
    let named = |subject: &Subject| state.say.subject(state.definition, subject);
    match subject {
        Subject::IndexDrivers(id) => named(&Subject::Index(id.clone())),
        Subject::ItemDrivers(id) => {
            let text = named(&Subject::Item(id.clone()));
            state
                .say
                .text("r-quoted", &[("text", text.trim_end_matches('.'))])
        }
        other => named(other),
    }
}

/// The weights with their intervals.
pub(super) fn plot(state: &Source<'_>, subject: &Subject, drivers: &Drivers) -> DotPlot {
    let say = state.say;
    let most = drivers
        .drivers
        .iter()
        .map(|driver| driver.interval.high)
        .fold(0.0, f64::max);
    let rows = drivers.drivers.iter().map(|driver| {
        let title = name(state, &driver.subject);
        DotRow {
            dots: vec![Some(Dot {
                value: driver.weight,
                interval: Some((driver.interval.low, driver.interval.high)),
                told: format!(
                    "{} ({})",
                    say.number(driver.weight, 3),
                    say.precise(driver.interval)
                ),
            })],
            label: title,
        }
    });
    let outcome = outcome_title(state, subject);
    DotPlot {
        id: format!(
            "{}-{}",
            state.audience.name,
            subject.to_string().replace('/', "-")
        ),
        title: say.text("r-drivers-of", &[("outcome", &outcome)]),
        description: say.text("r-drivers-description", &[]),
        names: Vec::new(),
        rows: rows.collect(),
        ticks: ticks(say, most),
    }
}

/// From 0 in even steps beyond the largest value.
fn ticks(say: Say<'_>, most: f64) -> Vec<(f64, String)> {
    let step = [0.02, 0.05, 0.1, 0.2]
        .into_iter()
        .find(|step| most / step <= 5.0)
        .unwrap_or(0.25);
    let mut ticks = vec![(0.0, say.number(0.0, 0))];
    let mut at = 0.0;
    while at < most && ticks.len() < 12 {
        at += step;
        ticks.push((at, say.number(at, 2)));
    }
    ticks
}

/// The outcome that stands in a query.
pub(super) fn drivers_plot(state: &Source<'_>, subject: &str) -> Option<DotPlot> {
    let found = outcomes(state)
        .into_iter()
        .find(|(_, known, _, _)| known.to_string() == subject)?;
    Some(plot(state, &found.1, found.3))
}

fn rated(state: &Source<'_>) -> Vec<ItemId> {
    let asked = state
        .definition
        .items()
        .filter(|item| matches!(item.answer, AnswerKind::ImportanceSatisfaction { .. }));
    let shown = |id: &ItemId| {
        let shows = |subject: &Subject| state.figure(&Cut::Everybody, subject).is_some();
        shows(&Subject::Importance(id.clone())) && shows(&Subject::Satisfaction(id.clone()))
    };
    asked.map(|item| item.id.clone()).filter(shown).collect()
}

fn service(state: &Source<'_>, id: &ItemId) -> String {
    let text = state.say.subject(state.definition, &Subject::Item(id.clone()));
    // "The service desk: how important is it ..." is named by what stands before the colon.
    text.split(':').next().unwrap_or_default().trim().to_owned()
}

fn importance_views(state: &Source<'_>) -> Vec<ImportanceView> {
    let numbered = rated(state).into_iter().enumerate();
    numbered
        .map(|(place, id)| ImportanceView {
            number: place + 1,
            title: service(state, &id),
            importance: state.number(&Subject::Importance(id.clone())),
            satisfaction: state.number(&Subject::Satisfaction(id)),
        })
        .collect()
}

/// Importance against satisfaction; `None` when nothing of it is shown.
pub(super) fn quadrant(state: &Source<'_>) -> Option<Quadrant> {
    let say = state.say;
    let marks: Vec<QuadrantMark> = rated(state)
        .iter()
        .filter_map(|id| {
            let figure = |subject: Subject| {
                state
                    .figure(&Cut::Everybody, &subject)
                    .map(|figure| estimate(&figure.measured))
            };
            let (across, across_interval) = figure(Subject::Importance(id.clone()))?;
            let (up, up_interval) = figure(Subject::Satisfaction(id.clone()))?;
            let bounds = |interval: crate::report::model::Interval| (interval.low, interval.high);
            Some(QuadrantMark {
                told: format!(
                    "{}: {} / {}",
                    service(state, id),
                    say.score(across?),
                    say.score(up?)
                ),
                across: across?,
                across_interval: across_interval.map(bounds),
                up: up?,
                up_interval: up_interval.map(bounds),
            })
        })
        .collect();
    let key = |key: &str| say.text(key, &[]);
    (!marks.is_empty()).then(|| Quadrant {
        id: format!("{}-importance", state.audience.name),
        title: key("r-quadrant-title"),
        description: key("r-quadrant-description"),
        across: key("r-importance"),
        up: key("r-satisfaction"),
        corners: [
            "r-corner-keep",
            "r-corner-strong",
            "r-corner-watch",
            "r-corner-act",
        ]
        .map(key),
        marks,
    })
}

/// The numbers of the marks and the services they stand for.
pub(super) fn services(state: &Source<'_>) -> Vec<String> {
    let views = importance_views(state).into_iter();
    views
        .map(|view| format!("{}  {}", view.number, view.title))
        .collect()
}
