//! `/results/{round}/compare`: two agencies, or one over two rounds, item by item. Over rounds the changes of questions are
//! tested, and those of indices stand as they were sealed; between two agencies there is no test.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::agency::{item_change, side};
use super::number::{ChangeView, Number, Source, change_view, estimate};
use super::reader::Reader;
use super::round::{self, Head, Loaded};
use super::say::Say;
use crate::report::chart::{Dot, DotPlot, DotRow};
use crate::report::model::{Change, Cut, DocumentAudience, Subject, Unit};
use crate::report::read::{PublishedRound, Wanted};
use crate::report::since;
use crate::survey::definition::Definition;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::PageProblem;

/// What is compared. `a` and `b` are units such as `agency/DOT`, `with` is another round.
#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) audience: String,
    #[serde(default)]
    pub(super) a: String,
    #[serde(default)]
    pub(super) b: String,
    #[serde(default)]
    pub(super) with: String,
}

#[derive(Debug, Serialize)]
struct View {
    head: Head,
    audience: String,
    first: Vec<Choice>,
    second: Vec<Choice>,
    rounds: Vec<Choice>,
    /// The names of both sides.
    names: Vec<String>,
    /// Over rounds: the title of the earlier one; empty between agencies.
    since: String,
    chart: String,
    rows: Vec<RowView>,
    file: String,
}

/// An option of a list.
#[derive(Debug, Serialize)]
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

#[derive(Debug, Serialize)]
struct RowView {
    title: String,
    is_head: bool,
    a: Number,
    b: Number,
    /// From the earlier round to the later one.
    change: ChangeView,
}

/// Both sides, loaded.
pub(super) struct Sides {
    pub here: Loaded,
    /// Another round, where one is compared with.
    pub there: Option<Loaded>,
}

/// The page.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    round: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let sides = load(&app, &who, &round, &asked).await?;
    let audience = round::audience(&sides.here.results.document, &asked.audience);
    let head = round::head(&app, &reader, &sides.here, "/compare", audience);
    let view = view(Say::new(&app, reader.lang), head, &sides, audience, &asked);
    let title = format!(
        "{}: {}",
        app.texts.get(reader.lang, "r-page-compare").unwrap_or_default(),
        view.head.title
    );
    let page = PageContext::staff(title, &who).within("/results");
    render(
        &app,
        "results/compare",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

/// Reads both sides.
pub(super) async fn load(
    app: &App,
    who: &Allowed<ReadResults>,
    round: &str,
    asked: &Asked,
) -> Result<Sides, crate::web::problem::Problem> {
    let wanted = || Wanted {
        cut: Some(Cut::Everybody),
        kinds: Some(vec!["index", "dimension", "theme", "item", "satisfaction"]),
        ..Wanted::default()
    };
    let there = match asked.with.as_str() {
        "" => None,
        other if other == round => None,
        other => Some(round::load_named(app, who.scope(), other, wanted()).await?),
    };
    let here = round::load_named(app, who.scope(), round, wanted()).await?;
    Ok(Sides { here, there })
}

fn unit(text: &str) -> Option<Unit> {
    let (kind, id) = text.split_once('/')?;
    Unit::parse(kind, id).ok()
}

/// Both sides as sources; a unit that was not asked for is the first agency or the state.
pub(super) fn sources<'a>(
    say: Say<'a>,
    sides: &'a Sides,
    audience: &'a DocumentAudience,
    asked: &Asked,
) -> Option<(Source<'a>, Source<'a>)> {
    let units = audience.units.iter().map(|known| &known.unit);
    let first = units
        .clone()
        .find(|unit| matches!(unit, Unit::Agency(_)))
        .or_else(|| audience.units.first().map(|u| &u.unit))?;
    let a = sides
        .here
        .source(say, audience, &unit(&asked.a).unwrap_or_else(|| first.clone()))?;
    let b = match &sides.there {
        Some(there) => {
            let mut audiences = there.results.document.audiences.iter();
            let same = audiences.find(|known| known.name == audience.name)?;
            there.source(say, same, &unit(&asked.a).unwrap_or_else(|| first.clone()))?
        }
        None => sides
            .here
            .source(say, audience, &unit(&asked.b).unwrap_or(Unit::StateMean))?,
    };
    Some((a, b))
}

fn view(say: Say<'_>, head: Head, sides: &Sides, audience: Option<&DocumentAudience>, asked: &Asked) -> View {
    let both = audience.and_then(|audience| sources(say, sides, audience, asked));
    let choices = |chosen: &str| {
        let units = audience
            .map(|audience| audience.units.as_slice())
            .unwrap_or_default();
        let mut choices: Vec<Choice> = units
            .iter()
            .filter(|known| known.unit != Unit::StateMedian)
            .map(|known| Choice {
                value: known.unit.to_string(),
                label: say.unit(&known.unit, &known.title),
                chosen: known.unit.to_string() == chosen,
            })
            .collect();
        choices.sort_by_key(|choice| (!choice.value.starts_with("state"), choice.label.to_lowercase()));
        choices
    };
    let plot = both.as_ref().map(|(a, b)| plot(a, b));
    View {
        audience: audience
            .map(|audience| audience.name.to_string())
            .unwrap_or_default(),
        first: choices(
            &both
                .as_ref()
                .map(|(a, _)| a.unit.unit.to_string())
                .unwrap_or_default(),
        ),
        second: choices(
            &both
                .as_ref()
                .map(|(_, b)| b.unit.unit.to_string())
                .unwrap_or_default(),
        ),
        rounds: rounds(&sides.here.rounds, &head, asked),
        names: both
            .as_ref()
            .map(|(a, b)| names(a, b).to_vec())
            .unwrap_or_default(),
        chart: plot
            .filter(|plot| !plot.rows.is_empty())
            .map(|plot| plot.picture().inline())
            .unwrap_or_default(),
        since: both
            .as_ref()
            .and_then(|(a, b)| over_rounds(a, b))
            .map(|(_, before)| before.results.document.title.clone())
            .unwrap_or_default(),
        rows: both.as_ref().map(|(a, b)| rows(a, b)).unwrap_or_default(),
        file: format!(
            "/results/{}/charts/compare.KIND?audience={}&a={}&b={}&with={}",
            head.round,
            audience
                .map(|audience| audience.name.to_string())
                .unwrap_or_default(),
            both.as_ref()
                .map(|(a, _)| a.unit.unit.to_string())
                .unwrap_or_default(),
            both.as_ref()
                .map(|(_, b)| b.unit.unit.to_string())
                .unwrap_or_default(),
            sides
                .there
                .as_ref()
                .map(|there| there.results.document.round.to_string())
                .unwrap_or_default(),
        ),
        head,
    }
}

fn rounds(all: &[PublishedRound], head: &Head, asked: &Asked) -> Vec<Choice> {
    let others = all.iter().filter(|round| round.round.as_str() != head.round);
    others
        .map(|round| Choice {
            value: round.round.to_string(),
            label: round.title.clone(),
            chosen: round.round.as_str() == asked.with,
        })
        .collect()
}

/// The names of both sides: of the units, or of the rounds where it is one unit.
fn names(a: &Source<'_>, b: &Source<'_>) -> [String; 2] {
    let unit = |source: &Source<'_>| source.say.unit(&source.unit.unit, &source.unit.title);
    if a.results.document.round == b.results.document.round {
        [unit(a), unit(b)]
    } else {
        [a, b].map(|source| source.results.document.title.clone())
    }
}

/// What both sides have: the subject of each side and whether it is an index. Across rounds items match by construct and
/// wording, indices and their parts by id.
fn pairs(a: &Source<'_>, b: &Source<'_>) -> Vec<(Subject, Subject, bool)> {
    let mut pairs = Vec::new();
    for index in &a.definition.indices {
        pairs.push((
            Subject::Index(index.id.clone()),
            Subject::Index(index.id.clone()),
            true,
        ));
        for dimension in &index.dimensions {
            let subject = Subject::Dimension(index.id.clone(), dimension.id.clone());
            pairs.push((subject.clone(), subject, false));
        }
    }
    let theirs = rating_items(b.definition);
    for (key, subject) in ordered(a.definition) {
        if let Some(other) = theirs.get(&key) {
            pairs.push((subject, other.clone(), false));
        }
    }
    pairs.retain(|(own, other, _)| {
        a.figure(&Cut::Everybody, own).is_some() || b.figure(&Cut::Everybody, other).is_some()
    });
    pairs
}

/// Rating items in the order of the form, each with what makes it comparable.
fn ordered(definition: &Definition) -> Vec<((String, String), Subject)> {
    let items = definition.items().filter_map(|item| {
        let subject = since::rated_subject(item)?;
        let construct = item
            .construct
            .as_ref()
            .map_or_else(|| item.id.to_string(), ToString::to_string);
        Some(((construct, item.wording.clone().unwrap_or_default()), subject))
    });
    items.collect()
}

fn rating_items(definition: &Definition) -> BTreeMap<(String, String), Subject> {
    ordered(definition).into_iter().collect()
}

fn rows(a: &Source<'_>, b: &Source<'_>) -> Vec<RowView> {
    let changes = changes(a, b);
    let row = |(own, other, is_head): (Subject, Subject, bool)| RowView {
        title: a.say.subject(a.definition, &own),
        is_head,
        change: changes.get(&own).cloned().unwrap_or_default(),
        a: a.number(&own),
        b: b.number(&other),
    };
    pairs(a, b).into_iter().map(row).collect()
}

/// The later and the earlier of two rounds; nothing where both sides are of one round.
fn over_rounds<'s, 'a>(a: &'s Source<'a>, b: &'s Source<'a>) -> Option<(&'s Source<'a>, &'s Source<'a>)> {
    let (own, other) = (&a.results.document, &b.results.document);
    if own.round == other.round {
        return None;
    }
    Some(if own.closed_on >= other.closed_on {
        (a, b)
    } else {
        (b, a)
    })
}

/// What changed from the earlier to the later round, by the subjects of the first side.
fn changes(a: &Source<'_>, b: &Source<'_>) -> BTreeMap<Subject, ChangeView> {
    let Some((now, before)) = over_rounds(a, b) else {
        return BTreeMap::new();
    };
    let title = &before.results.document.title;
    let questions = side(now)
        .earlier(before.results, before.definition)
        .and_then(|then| since::questions(&side(now), &then).ok());
    let own = rating_items(a.definition);
    let of_later: BTreeMap<Subject, (String, String)> = ordered(now.definition)
        .into_iter()
        .map(|(key, subject)| (subject, key))
        .collect();
    let of_questions = questions.unwrap_or_default().into_iter().filter_map(|one| {
        let subject = own.get(of_later.get(&one.subject)?)?.clone();
        Some((subject, item_change(a.say, &one, title)))
    });
    let sealed = now.definition.indices.iter().filter_map(|index| {
        let subject = Subject::Index(index.id.clone());
        let change = now.figure(&Cut::Everybody, &subject)?.change.as_ref()?;
        is_since(change, before).then(|| (subject, change_view(a.say, change)))
    });
    of_questions.chain(sealed).collect()
}

/// Whether a sealed change is one since this round.
fn is_since(change: &Change, before: &Source<'_>) -> bool {
    let since = match change {
        Change::Tested(change) => &change.before.round,
        Change::Described { before, .. } => &before.round,
        Change::None(_) => return false,
    };
    *since == before.results.document.round
}

/// Both sides as rows of dots.
pub(super) fn plot(a: &Source<'_>, b: &Source<'_>) -> DotPlot {
    let say = a.say;
    let dot = |source: &Source<'_>, subject: &Subject| {
        let figure = source.figure(&Cut::Everybody, subject)?;
        let (value, interval) = estimate(&figure.measured);
        let value = value?;
        let range = interval.map(|interval| format!(" ({})", say.interval(interval)));
        Some(Dot {
            value,
            interval: interval.map(|interval| (interval.low, interval.high)),
            told: format!("{}{}", say.score(value), range.unwrap_or_default()),
        })
    };
    let rows = pairs(a, b).into_iter().map(|(own, other, _)| DotRow {
        label: say.subject(a.definition, &own),
        dots: vec![dot(a, &own), dot(b, &other)],
    });
    let names = names(a, b);
    let [first, second] = &names;
    DotPlot {
        id: "compare".to_owned(),
        title: say.text("r-compare-title", &[("a", first), ("b", second)]),
        description: say.text("r-table-below", &[]),
        rows: rows.collect(),
        names: names.to_vec(),
        ticks: [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
            .map(|tick| (tick, say.score(tick)))
            .to_vec(),
    }
}
