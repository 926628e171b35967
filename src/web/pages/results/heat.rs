//! `/results/{round}/heat`: agencies against the parts of indices and themes, the figures in the cells.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::number::{Source, estimate};
use super::overview::members;
use super::reader::Reader;
use super::round::{self, Head, Link, Loaded};
use super::say::Say;
use crate::report::chart::{HEAT_BOUNDS, HeatMap, heat_class};
use crate::report::model::{Cut, DocumentAudience, Subject, Unit};
use crate::report::read::Wanted;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};

/// Which audience, and which cut of the menu.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) audience: String,
    #[serde(default)]
    pub(super) cut: String,
}

#[derive(Debug, Serialize)]
struct View {
    head: Head,
    cut: String,
    cuts: Vec<CutsView>,
    groups: Vec<GroupView>,
    columns: Vec<String>,
    rows: Vec<RowView>,
    bands: Vec<BandView>,
    /// Where the picture is as a file; `KIND` stands for its ending.
    file: String,
}

/// A segment of the menu.
#[derive(Debug, Serialize)]
struct CutsView {
    title: String,
    options: Vec<Link>,
}

/// Columns that belong together.
#[derive(Debug, Serialize)]
struct GroupView {
    title: String,
    columns: usize,
}

#[derive(Debug, Serialize)]
struct RowView {
    title: String,
    href: String,
    members: String,
    is_state: bool,
    cells: Vec<CellView>,
}

#[derive(Debug, Default, Serialize)]
struct CellView {
    /// Empty when it is withheld.
    value: String,
    class: &'static str,
    href: String,
    interval: String,
}

#[derive(Debug, Serialize)]
struct BandView {
    class: &'static str,
    label: String,
}

/// A column: what it is of, its name, and the name of its group.
struct Column {
    subject: Subject,
    title: String,
    group: String,
}

/// The page.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    round: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let cut = cut_of(&asked);
    let loaded = round::load_named(&app, who.scope(), &round, wanted(&cut)).await?;
    let audience = round::audience(&loaded.results.document, &asked.audience);
    if !cut.is_everybody() && audience.is_none_or(|audience| !audience.cuts.contains(&cut)) {
        return Err(Problem::not_found(format!("group `{cut}` in the menu of this round")).into());
    }
    let head = round::head(&app, &reader, &loaded, "/heat", audience);
    let view = view(Say::new(&app, reader.lang), head, &loaded, audience, &cut);
    let title = format!(
        "{}: {}",
        app.texts.get(reader.lang, "r-page-heat").unwrap_or_default(),
        view.head.title
    );
    let page = PageContext::staff(title, &who).within("/results");
    render(
        &app,
        "results/heat",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

/// The cut that was asked for; one that is none is everybody.
pub(super) fn cut_of(asked: &Asked) -> Cut {
    let parts = asked.cut.split_once('/').unwrap_or_default();
    Cut::parse(parts.0, parts.1).unwrap_or_default()
}

/// What the map needs.
pub(super) fn wanted(cut: &Cut) -> Wanted {
    Wanted {
        cut: Some(cut.clone()),
        kinds: Some(vec!["index", "dimension", "theme"]),
        ..Wanted::default()
    }
}

fn view(say: Say<'_>, head: Head, loaded: &Loaded, audience: Option<&DocumentAudience>, cut: &Cut) -> View {
    let (columns, sources) = audience
        .map(|audience| plan(say, loaded, audience, cut))
        .unwrap_or_default();
    let address = format!("/results/{}", head.round);
    let name = audience
        .map(|audience| audience.name.to_string())
        .unwrap_or_default();
    let suffix = if cut.is_everybody() {
        String::new()
    } else {
        format!("&cut={cut}")
    };
    let mut groups: Vec<GroupView> = Vec::new();
    for column in &columns {
        match groups.last_mut() {
            Some(group) if group.title == column.group => group.columns += 1,
            _ => groups.push(GroupView {
                title: column.group.clone(),
                columns: 1,
            }),
        }
    }
    View {
        cut: if cut.is_everybody() {
            String::new()
        } else {
            say.cut(&loaded.definition, cut)
        },
        cuts: audience
            .map(|audience| cuts(say, loaded, audience, cut, &address))
            .unwrap_or_default(),
        groups,
        rows: sources.iter().map(|source| row(source, &columns, cut)).collect(),
        columns: columns.into_iter().map(|column| column.title).collect(),
        bands: bands(say),
        file: format!("{address}/charts/heat.KIND?audience={name}{suffix}"),
        head,
    }
}

/// Columns with any figure, and rows: the state first, then units by name.
fn plan<'a>(
    say: Say<'a>,
    loaded: &'a Loaded,
    audience: &'a DocumentAudience,
    cut: &Cut,
) -> (Vec<Column>, Vec<Source<'a>>) {
    let Some(state) = loaded.source(say, audience, &Unit::StateMean) else {
        return (Vec::new(), Vec::new());
    };
    let mut sources = vec![state];
    let mut units: Vec<Source<'a>> = audience
        .units
        .iter()
        .filter(|unit| !unit.unit.is_state())
        .filter_map(|unit| state.of(&unit.unit))
        .collect();
    units.sort_by_key(|source| source.unit.title.to_lowercase());
    sources.extend(units);
    let mut columns = columns(say, loaded);
    columns.retain(|column| {
        sources
            .iter()
            .any(|source| source.figure(cut, &column.subject).is_some())
    });
    (columns, sources)
}

fn columns(say: Say<'_>, loaded: &Loaded) -> Vec<Column> {
    let definition = &loaded.definition;
    let mut columns = Vec::new();
    for index in &definition.indices {
        let group = say.survey(&index.title);
        columns.push(Column {
            subject: Subject::Index(index.id.clone()),
            title: say.text("r-whole-index", &[]),
            group: group.clone(),
        });
        columns.extend(index.dimensions.iter().map(|dimension| Column {
            subject: Subject::Dimension(index.id.clone(), dimension.id.clone()),
            title: say.survey(&dimension.title),
            group: group.clone(),
        }));
    }
    columns.extend(definition.themes.iter().map(|theme| Column {
        subject: Subject::Theme(theme.id.clone()),
        title: say.survey(&theme.title),
        group: say.text("r-themes", &[]),
    }));
    columns
}

fn cuts(
    say: Say<'_>,
    loaded: &Loaded,
    audience: &DocumentAudience,
    shown: &Cut,
    address: &str,
) -> Vec<CutsView> {
    let href = |cut: &Cut| {
        let suffix = if cut.is_everybody() {
            String::new()
        } else {
            format!("&cut={cut}")
        };
        format!("{address}/heat?audience={}{suffix}", audience.name)
    };
    let mut views: Vec<(&str, CutsView)> = Vec::new();
    for cut in &audience.cuts {
        if views.last().is_none_or(|(segment, _)| *segment != cut.segment()) {
            let everybody = Link {
                href: href(&Cut::Everybody),
                label: say.text("r-everybody", &[]),
                current: shown.is_everybody(),
            };
            let title = say.segment(&loaded.definition, cut.segment());
            views.push((
                cut.segment(),
                CutsView {
                    title,
                    options: vec![everybody],
                },
            ));
        }
        if let Some((_, view)) = views.last_mut() {
            view.options.push(Link {
                href: href(cut),
                label: say.cut(&loaded.definition, cut),
                current: cut == shown,
            });
        }
    }
    views.into_iter().map(|(_, view)| view).collect()
}

fn row(source: &Source<'_>, columns: &[Column], cut: &Cut) -> RowView {
    let cell = |column: &Column| {
        let figure = source.figure(cut, &column.subject);
        let (value, interval) = figure
            .map(|figure| estimate(&figure.measured))
            .unwrap_or_default();
        let Some(value) = value else {
            return CellView::default();
        };
        CellView {
            value: source.say.score(value),
            class: heat_class(value),
            href: source.href(cut, &column.subject),
            interval: interval
                .map(|interval| source.say.interval(interval))
                .unwrap_or_default(),
        }
    };
    RowView {
        title: source.say.unit(&source.unit.unit, &source.unit.title),
        href: match &source.unit.unit {
            Unit::Agency(code) => format!("/agencies/{code}?round={}", source.results.document.round),
            _ => String::new(),
        },
        members: members(source),
        is_state: source.unit.unit.is_state(),
        cells: columns.iter().map(cell).collect(),
    }
}

fn bands(say: Say<'_>) -> Vec<BandView> {
    let [lowest, .., highest] = HEAT_BOUNDS;
    let mut bands = vec![BandView {
        class: heat_class(0.0),
        label: say.text("r-below", &[("bound", &say.score(lowest))]),
    }];
    for pair in HEAT_BOUNDS.windows(2) {
        if let [low, high] = pair {
            bands.push(BandView {
                class: heat_class(*low),
                label: format!("{}\u{2013}{}", say.score(*low), say.score(*high - 1.0)),
            });
        }
    }
    bands.push(BandView {
        class: heat_class(highest),
        label: say.text("r-from", &[("bound", &say.score(highest))]),
    });
    bands
}

/// The map as a picture.
pub(super) fn map(say: Say<'_>, loaded: &Loaded, audience: &DocumentAudience, cut: &Cut) -> HeatMap {
    let (columns, sources) = plan(say, loaded, audience, cut);
    let scores = |source: &Source<'_>| {
        let score = |column: &Column| {
            let figure = source.figure(cut, &column.subject)?;
            estimate(&figure.measured).0
        };
        (
            say.unit(&source.unit.unit, &source.unit.title),
            columns.iter().map(score).collect(),
        )
    };
    let what = if cut.is_everybody() {
        say.text("r-everybody", &[])
    } else {
        say.cut(&loaded.definition, cut)
    };
    HeatMap {
        title: format!("{}, {}: {what}", loaded.results.document.title, audience.title),
        description: say.text("r-heat-description", &[]),
        rows: sources.iter().map(scores).collect(),
        columns: columns
            .into_iter()
            .map(|column| format!("{}: {}", column.group, column.title))
            .collect(),
    }
}
