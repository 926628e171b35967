//! The indices of an agency with their parts, and their course over the rounds beside the state's.

use serde::Serialize;

use super::super::number::{Number, Source};
use super::super::overview::rank;
use super::super::round::Loaded;
use super::super::trend::{Course, Drawn, TrendView};
use crate::import::{PastFigure, PastKind};
use crate::report::model::{Cut, Subject, Unit};
use crate::survey::definition::{Dimension, Index};

#[derive(Debug, Serialize)]
pub(in super::super) struct IndexView {
    pub id: String,
    pub title: String,
    pub number: Number,
    /// The state's mean, to compare.
    pub state: Number,
    pub rank: String,
    pub stabilised: Number,
    pub dimensions: Vec<NamedNumber>,
    pub trend: TrendView,
}

#[derive(Debug, Serialize)]
pub(in super::super) struct NamedNumber {
    pub title: String,
    pub number: Number,
    pub state: Number,
}

pub(super) fn index_view(
    loaded: &Loaded,
    source: &Source<'_>,
    state: &Source<'_>,
    index: &Index,
    past: &[PastFigure],
) -> IndexView {
    let say = source.say;
    let subject = Subject::Index(index.id.clone());
    let dimension = |dimension: &Dimension| {
        let subject = Subject::Dimension(index.id.clone(), dimension.id.clone());
        NamedNumber {
            title: say.survey(&dimension.title),
            number: source.number(&subject),
            state: state.number(&subject),
        }
    };
    IndexView {
        id: index.id.to_string(),
        title: say.survey(&index.title),
        number: source.number(&subject),
        state: state.number(&subject),
        rank: rank(source, index),
        stabilised: source.number(&Subject::Stabilised(index.id.clone())),
        dimensions: index.dimensions.iter().map(dimension).collect(),
        trend: course(loaded, source, index, past).view(),
    }
}

/// The unit's line over the rounds beside the state's, with what was published about the unit before. The state's line is
/// that of all employees, as everywhere on the page.
pub(in super::super) fn course<'a>(
    loaded: &'a Loaded,
    source: &Source<'a>,
    index: &Index,
    past: &'a [PastFigure],
) -> Course<'a> {
    let (say, subject) = (source.say, Subject::Index(index.id.clone()));
    let line = |source: Source<'a>, label: String| {
        let figure = source.figure(&Cut::Everybody, &subject);
        let trend = figure.and_then(|figure| figure.trend.as_ref());
        trend.map(|trend| Drawn { label, trend })
    };
    let own = line(*source, source.unit.title.clone());
    // The state alone would be no picture of this agency.
    let state = source
        .of(&Unit::StateMean)
        .filter(|_| own.is_some())
        .and_then(|state| line(state, say.text("r-line-state", &[])));
    let title = say.survey(&index.title);
    let of_index =
        |figure: &&PastFigure| figure.subject.as_str() == index.id.as_str() && figure.kind == PastKind::Mean;
    Course {
        say,
        id: format!("{}-{}-trend", source.audience.name, index.id),
        title: say.text("r-over-rounds", &[("index", &title), ("of", &source.unit.title)]),
        drawn: own.into_iter().chain(state).collect(),
        past: past.iter().filter(of_index).collect(),
        rounds: &loaded.rounds,
        file: format!(
            "/results/{}/charts/trend.KIND?audience={}&unit={}&subject={subject}",
            loaded.results.document.round, source.audience.name, source.unit.unit
        ),
    }
}
