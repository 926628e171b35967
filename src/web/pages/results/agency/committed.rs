//! What the office committed to, and what became of it in the answers of this agency.

use serde::Serialize;

use super::super::number::ChangeView;
use super::super::say::Say;
use super::AgencyData;
use crate::follow::commitment::Commitment;
use crate::follow::judge::{Judged, Judgement, Waits};

use crate::report::model::{DocumentAudience, Verdict};
use crate::report::since::item_of;
use crate::survey::definition::Definition;

/// A commitment to this agency or to all.
#[derive(Debug, Serialize)]
pub(in super::super) struct CommitmentView {
    pub href: String,
    pub said: String,
    pub promised: String,
    /// In words, with `overdue` where it is.
    pub state: String,
    /// The class of its chip.
    pub tone: &'static str,
    pub due_on: String,
    pub owner: String,
    pub outcome: String,
    /// Whether it was made to all agencies.
    pub to_all: bool,
    /// Why nothing can be said of its questions yet; else empty.
    pub waits: String,
    /// From which round to which, in words; else empty.
    pub between: String,
    pub items: Vec<JudgedView>,
}

/// A question by which a commitment is judged.
#[derive(Debug, Serialize)]
pub(in super::super) struct JudgedView {
    pub asked: String,
    pub before: String,
    pub now: String,
    pub change: ChangeView,
}

/// All of them, each with what became of it among the people of the audience that the page shows.
pub(super) fn commitments(
    say: Say<'_>,
    found: &AgencyData,
    audience: Option<&DocumentAudience>,
) -> Vec<CommitmentView> {
    let definition = found.loaded.as_ref().map(|loaded| &loaded.definition);
    let made = found.commitments.iter();
    made.map(|(one, judgement)| view(say, definition, one, (judgement, audience)))
        .collect()
}

fn view(
    say: Say<'_>,
    definition: Option<&Definition>,
    one: &Commitment,
    (judgement, audience): (&Judgement, Option<&DocumentAudience>),
) -> CommitmentView {
    let is_shown = |item: &&Judged| audience.is_none_or(|audience| audience.title == item.audience);
    let (state, tone) = state(say, one);
    let between = judgement.before.as_deref().zip(judgement.now.as_deref());
    CommitmentView {
        href: format!("/commitments/{}", one.id),
        said: one.said.clone(),
        promised: one.promised.clone(),
        state,
        tone,
        due_on: say.day(&one.due_on),
        owner: one.owner_name.clone().unwrap_or_default(),
        outcome: one.outcome.clone(),
        to_all: one.agency.is_none(),
        waits: judgement
            .waits_for
            .map(|what| waits(say, what))
            .unwrap_or_default(),
        between: between
            .map(|(before, now)| say.text("r-judged-between", &[("before", before), ("now", now)]))
            .unwrap_or_default(),
        items: judgement
            .items
            .iter()
            .filter(is_shown)
            .map(|item| judged(say, definition, item))
            .collect(),
    }
}

fn state(say: Say<'_>, one: &Commitment) -> (String, &'static str) {
    let (key, tone) = match one.state.as_str() {
        "kept" => ("r-state-kept", "good"),
        "dropped" => ("r-state-dropped", "quiet"),
        _ if one.is_overdue => ("r-state-overdue", "bad"),
        "under-way" => ("r-state-under-way", ""),
        _ => ("r-state-planned", ""),
    };
    (say.text(key, &[]), tone)
}

fn waits(say: Say<'_>, what: Waits) -> String {
    let key = match what {
        Waits::Constructs => "r-waits-constructs",
        Waits::EarlierResult => "r-waits-earlier",
        Waits::NextResult => "r-waits-next",
    };
    say.text(key, &[])
}

fn judged(say: Say<'_>, definition: Option<&Definition>, item: &Judged) -> JudgedView {
    let known = definition.and_then(|definition| item_of(definition, &item.construct));
    let score = |value: Option<f64>| value.map(|value| say.score(value)).unwrap_or_default();
    JudgedView {
        // In the reader's language where the round still asks it.
        asked: known.map_or_else(|| item.asked.clone(), |known| say.survey(&known.text)),
        before: score(item.before),
        now: score(item.now),
        change: change(say, item),
    }
}

fn change(say: Say<'_>, item: &Judged) -> ChangeView {
    if let Some(why) = item.why_not {
        return ChangeView {
            sentence: say.untold(why),
            ..ChangeView::default()
        };
    }
    let verdict = match item.verdict {
        Some("up") => Verdict::Up,
        Some("down") => Verdict::Down,
        _ => Verdict::NoDetectableChange,
    };
    let (class, word) = say.verdict(verdict);
    ChangeView {
        class,
        brief: word.clone(),
        word,
        points: item
            .difference
            .map(|points| say.signed(points))
            .unwrap_or_default(),
        interval: item
            .interval
            .map(|interval| say.differences(interval))
            .unwrap_or_default(),
        sentence: String::new(),
    }
}
