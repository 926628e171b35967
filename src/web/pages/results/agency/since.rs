//! What changed in single questions since the last round of the same survey.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::number::{ChangeView, Source};
use super::super::say::Say;
use super::AgencyData;

use crate::report::model::{Subject, Verdict};
use crate::report::since::{self, Compared, ItemChange, Side};

/// How many questions are told of each side.
const MOST: usize = 4;

/// The questions of a unit now and last time.
pub(in super::super) struct Since<'a> {
    say: Say<'a>,
    /// The title of that round; empty where there is none.
    round: String,
    compared: Vec<Compared>,
}

/// What changed detectably.
#[derive(Debug, Default, Serialize)]
pub(in super::super) struct SinceView {
    /// Compared with which round; empty where there is none.
    pub round: String,
    /// The largest fall first.
    pub down: Vec<Moved>,
    /// The largest rise first.
    pub up: Vec<Moved>,
    /// How many points a change must have to count.
    pub least_change: String,
    /// How many questions were compared, in words.
    pub compared: String,
}

/// A question that changed.
#[derive(Debug, Clone, Serialize)]
pub(in super::super) struct Moved {
    pub title: String,
    pub href: String,
    /// The score now.
    pub value: String,
    pub points: String,
    pub interval: String,
}

impl<'a> Since<'a> {
    /// Of the unit that speaks for an agency.
    pub(super) fn of_unit(found: &AgencyData, source: &Source<'a>) -> Self {
        let earlier = found.last_time.as_ref();
        let compared = earlier.and_then(|(results, definition)| {
            let now = side(source);
            since::questions(&now, &now.earlier(results, definition)?).ok()
        });
        Self {
            say: source.say,
            round: earlier
                .filter(|_| compared.is_some())
                .map(|(results, _)| results.document.title.clone())
                .unwrap_or_default(),
            compared: compared.unwrap_or_default(),
        }
    }

    /// The change of one question; empty where there was no last time.
    pub(super) fn of(&self, subject: &Subject) -> ChangeView {
        let found = self.compared.iter().find(|one| &one.subject == subject);
        found.map_or_else(ChangeView::default, |one| item_change(self.say, one, &self.round))
    }

    /// What changed detectably.
    pub(super) fn view(&self, source: &Source<'_>) -> SinceView {
        let tested: BTreeMap<&Subject, &ItemChange> = self
            .compared
            .iter()
            .filter_map(|one| Some((&one.subject, one.change.as_ref().ok()?)))
            .collect();
        let count = u32::try_from(tested.len()).unwrap_or(u32::MAX);
        let side = |verdict: Verdict| {
            let mut moved: Vec<_> = tested
                .iter()
                .filter(|(_, change)| change.verdict == verdict)
                .collect();
            moved.sort_by(|a, b| b.1.difference.abs().total_cmp(&a.1.difference.abs()));
            let first = moved.into_iter().take(MOST);
            first.map(|(subject, change)| moved_view(source, subject, change))
        };
        // Where nothing could be compared there is nothing to say, and no column for it.
        let round = Some(&self.round).filter(|_| count > 0);
        SinceView {
            round: round.cloned().unwrap_or_default(),
            down: side(Verdict::Down).collect(),
            up: side(Verdict::Up).collect(),
            least_change: source.say.score(source.results.document.thresholds.least_change),
            compared: source.say.counted("r-since-compared", count),
        }
    }
}

/// A page's source as a side of a comparison.
pub(in super::super) fn side<'a>(source: &Source<'a>) -> Side<'a> {
    Side {
        results: source.results,
        definition: source.definition,
        audience: source.audience,
        unit: Some(source.unit),
    }
}

fn moved_view(source: &Source<'_>, subject: &Subject, change: &ItemChange) -> Moved {
    let (say, number) = (source.say, source.number(subject));
    Moved {
        title: say.subject(source.definition, subject),
        href: number.href,
        value: number.value,
        points: say.signed(change.difference),
        interval: say.differences(change.interval),
    }
}

/// The change of a question in a word and in a sentence.
pub(in super::super) fn item_change(say: Say<'_>, one: &Compared, round: &str) -> ChangeView {
    match &one.change {
        Ok(change) => {
            let (class, word) = say.verdict(change.verdict);
            let points = say.signed(change.difference);
            let interval = say.differences(change.interval);
            let told = [
                ("points", points.as_str()),
                ("round", round),
                ("interval", interval.as_str()),
            ];
            let brief = match change.verdict {
                Verdict::NoDetectableChange => say.text("r-no-change-brief", &[]),
                Verdict::Up | Verdict::Down => word.clone(),
            };
            ChangeView {
                sentence: say.text("r-tested", &told),
                class,
                word,
                brief,
                points,
                interval,
            }
        }
        Err(why) => ChangeView {
            sentence: say.untold(*why),
            ..ChangeView::default()
        },
    }
}
