//! The state: both figures of each index, their course, and who changed since the round before.

use serde::Serialize;

use super::super::number::{Number, Source};
use super::super::round::Loaded;
use super::super::say::Say;
use super::super::trend::{Course, Drawn, TrendView};
use super::units::unit_href;
use crate::report::model::{Change, Cut, DocumentUnit, Subject, TestedChange, Unit, Verdict};
use crate::survey::definition::Index;

#[derive(Debug, Serialize)]
pub(super) struct IndexView {
    id: String,
    title: String,
    mean: Number,
    median: Number,
    /// "2 agencies up, 1 down, 19 no detectable change", or empty.
    counts: String,
    since: String,
    moved: Vec<Moved>,
    trend: TrendView,
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

pub(super) fn index_view(loaded: &Loaded, state: &Source<'_>, index: &Index, sees_all: bool) -> IndexView {
    let say = state.say;
    let subject = Subject::Index(index.id.clone());
    let title = say.survey(&index.title);
    let median = state.of(&Unit::StateMedian);
    let tested = tested(state, &subject);
    IndexView {
        id: index.id.to_string(),
        mean: unrepeated(state, state.number(&subject)),
        median: median
            .map(|median| unrepeated(state, median.number(&subject)))
            .unwrap_or_default(),
        counts: if sees_all {
            counts(say, &tested)
        } else {
            String::new()
        },
        since: tested
            .first()
            .map(|(_, change)| change.before.title.clone())
            .unwrap_or_default(),
        moved: moved(state, &tested),
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

/// The units whose change was tested.
fn tested<'a>(state: &Source<'a>, subject: &Subject) -> Vec<(&'a DocumentUnit, &'a TestedChange)> {
    let units = state.audience.units.iter().filter(|unit| !unit.unit.is_state());
    units
        .filter_map(|unit| {
            match state
                .of(&unit.unit)?
                .figure(&Cut::Everybody, subject)?
                .change
                .as_ref()?
            {
                Change::Tested(change) => Some((unit, change)),
                _ => None,
            }
        })
        .collect()
}

fn counts(say: Say<'_>, tested: &[(&DocumentUnit, &TestedChange)]) -> String {
    let count = |verdict: Verdict| {
        let found = tested
            .iter()
            .filter(|(_, change)| change.verdict == verdict)
            .count();
        u32::try_from(found).unwrap_or(u32::MAX)
    };
    if tested.is_empty() {
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
fn moved(state: &Source<'_>, tested: &[(&DocumentUnit, &TestedChange)]) -> Vec<Moved> {
    let say = state.say;
    let mut moved: Vec<_> = tested
        .iter()
        .filter(|(_, change)| change.verdict != Verdict::NoDetectableChange)
        .collect();
    moved.sort_by_key(|(unit, change)| (change.verdict != Verdict::Down, unit.title.to_lowercase()));
    let one = |(unit, change): &&(&DocumentUnit, &TestedChange)| {
        let (class, word) = say.verdict(change.verdict);
        Moved {
            title: unit.title.clone(),
            href: unit_href(state, unit),
            class,
            word,
            points: say.signed(change.difference),
            interval: say.differences(change.interval),
        }
    };
    moved.iter().map(one).collect()
}
