//! The state: both figures of each index, their course, and who changed since the round before.

use serde::Serialize;

use super::super::number::{Number, Source};
use super::super::round::Loaded;
use super::super::say::Say;
use super::super::trend::{Course, Drawn, TrendView};
use super::Years;
use super::units::unit_href;

use crate::report::model::{Change, Cut, DocumentUnit, Interval, Subject, Unit, Verdict};
use crate::survey::definition::Index;

#[derive(Debug, Serialize)]
pub(super) struct IndexView {
    id: String,
    title: String,
    mean: Number,
    median: Number,
    /// Since a year ago and since the round before, as far as there was one.
    news: Vec<News>,
    trend: TrendView,
}

/// What changed since a round.
#[derive(Debug, Serialize)]
struct News {
    /// Since when.
    heading: String,
    /// "2 down, 1 up, 19 no detectable change"; empty for whoever does not see all.
    counts: String,
    /// What became of all employees.
    state: String,
    moved: Vec<Moved>,
}

/// A unit that changed detectably.
#[derive(Debug, Serialize)]
struct Moved {
    title: String,
    href: String,
    class: &'static str,
    word: String,
    points: String,
    interval: String,
}

/// A unit and how it changed.
type Changed<'a> = (&'a DocumentUnit, Verdict, f64, Interval);

pub(super) fn index_view(
    loaded: &Loaded,
    state: &Source<'_>,
    index: &Index,
    sees_all: bool,
    years: &Years,
) -> IndexView {
    let say = state.say;
    let subject = Subject::Index(index.id.clone());
    let title = say.survey(&index.title);
    let median = state.of(&Unit::StateMedian);
    let year = since_year(state, index, sees_all, years);
    IndexView {
        id: index.id.to_string(),
        mean: unrepeated(state, state.number(&subject)),
        median: median
            .map(|median| unrepeated(state, median.number(&subject)))
            .unwrap_or_default(),
        news: [year, since_before(state, &subject, sees_all)]
            .into_iter()
            .flatten()
            .collect(),
        trend: course(loaded, state, index).view(),
        title,
    }
}

/// Without the warnings that stand at the head of the page already.
fn unrepeated(state: &Source<'_>, mut number: Number) -> Number {
    let told = state.number(&Subject::Responses).warnings;
    number.warnings.retain(|warning| !told.contains(warning));
    number
}

/// The state's two lines over the rounds.
pub(in super::super) fn course<'a>(loaded: &'a Loaded, state: &Source<'a>, index: &Index) -> Course<'a> {
    let (say, subject) = (state.say, Subject::Index(index.id.clone()));
    let drawn = [Unit::StateMean, Unit::StateMedian]
        .into_iter()
        .filter_map(|unit| {
            let source = state.of(&unit)?;
            let trend = source.figure(&Cut::Everybody, &subject)?.trend.as_ref()?;
            Some(Drawn {
                label: say.unit(&unit, ""),
                trend,
            })
        });
    let title = say.survey(&index.title);
    Course {
        say,
        id: format!("{}-{}-trend", state.audience.name, index.id),
        title: say.text(
            "r-over-rounds",
            &[("index", &title), ("of", &state.audience.title)],
        ),
        drawn: drawn.collect(),
        past: Vec::new(),
        rounds: &loaded.rounds,
        file: format!(
            "/results/{}/charts/trend.KIND?audience={}&subject={subject}",
            loaded.results.document.round, state.audience.name
        ),
    }
}

/// What changed since the round before; nothing where none could be compared.
fn since_before(state: &Source<'_>, subject: &Subject, sees_all: bool) -> Option<News> {
    let units = state.audience.units.iter();
    let tested = units.filter_map(|unit| {
        let source = state.of(&unit.unit)?;
        match source.figure(&Cut::Everybody, subject)?.change.as_ref()? {
            Change::Tested(change) => Some((unit, change)),
            _ => None,
        }
    });
    let tested: Vec<_> = tested.collect();
    let title = &tested.first()?.1.before.title;
    let heading = state.say.text("r-news-before", &[("round", title)]);
    let changed = tested
        .iter()
        .map(|(unit, change)| (*unit, change.verdict, change.difference, change.interval));
    Some(news(state, heading, sees_all, changed.collect()))
}

/// What changed since a year ago; nothing where the round before is that old itself, or there was none a year ago.
fn since_year(state: &Source<'_>, index: &Index, sees_all: bool, years: &Years) -> Option<News> {
    let changes = years.get(&state.audience.name)?;
    let units = state.audience.units.iter();
    let found = units.filter_map(|unit| {
        let change = changes.get(&(index.id.clone(), unit.unit.clone()))?;
        Some((unit, change))
    });
    let found: Vec<_> = found.collect();
    let heading = state
        .say
        .text("r-news-year", &[("round", &found.first()?.1.title)]);
    let changed = found
        .iter()
        .map(|(unit, change)| (*unit, change.verdict, change.difference, change.interval));
    Some(news(state, heading, sees_all, changed.collect()))
}

fn news(state: &Source<'_>, heading: String, sees_all: bool, changed: Vec<Changed<'_>>) -> News {
    let say = state.say;
    let (whole, agencies): (Vec<_>, Vec<_>) =
        changed.into_iter().partition(|(unit, ..)| unit.unit.is_state());
    let told = |(_, verdict, difference, interval): &Changed<'_>| {
        let (points, range) = (say.signed(*difference), say.differences(*interval));
        let word = say.verdict(*verdict).1;
        say.text(
            "r-news-state",
            &[("verdict", &word), ("points", &points), ("interval", &range)],
        )
    };
    News {
        heading,
        counts: if sees_all {
            counts(say, &agencies)
        } else {
            String::new()
        },
        state: whole.first().map(told).unwrap_or_default(),
        moved: moved(state, agencies),
    }
}

fn counts(say: Say<'_>, changed: &[Changed<'_>]) -> String {
    let count = |verdict: Verdict| {
        let found = changed.iter().filter(|(_, found, ..)| *found == verdict).count();
        u32::try_from(found).unwrap_or(u32::MAX)
    };
    if changed.is_empty() {
        return String::new();
    }
    let [up, down, none] = [Verdict::Up, Verdict::Down, Verdict::NoDetectableChange].map(count);
    [
        say.counted("r-count-down", down),
        say.counted("r-count-up", up),
        say.counted("r-count-none", none),
    ]
    .join(", ")
}

/// Those that changed detectably: down before up, alphabetical within.
fn moved(state: &Source<'_>, mut changed: Vec<Changed<'_>>) -> Vec<Moved> {
    let say = state.say;
    changed.retain(|(_, verdict, ..)| *verdict != Verdict::NoDetectableChange);
    changed.sort_by_key(|(unit, verdict, ..)| (*verdict != Verdict::Down, unit.title.to_lowercase()));
    let one = |(unit, verdict, difference, interval): Changed<'_>| {
        let (class, word) = say.verdict(verdict);
        Moved {
            title: unit.title.clone(),
            href: unit_href(state, unit),
            class,
            word,
            points: say.signed(difference),
            interval: say.differences(interval),
        }
    };
    changed.into_iter().map(one).collect()
}
