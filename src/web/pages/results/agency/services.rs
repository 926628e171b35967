//! Service levels: what was attained of what was agreed, beside how it is perceived.

use serde::Serialize;

use super::super::number::{Number, Source, estimate};
use super::super::say::Say;
use crate::follow::attained::{self, Attained, Gap, Measure};
use crate::follow::service_level::ServiceLevel;
use crate::report::model::{Cut, Document, Subject};
use crate::report::since;
use crate::survey::definition::Item;

/// All services of an agency.
#[derive(Debug, Default, Serialize)]
pub(in super::super) struct ServicesView {
    /// Whether anything was agreed and measured.
    pub any: bool,
    /// The round that asked how it is perceived, where that is not the shown one; else empty.
    pub asked_in: String,
    /// Everything together: how often targets were met, and whether people say that they are.
    pub whole: ServiceView,
    pub services: Vec<ServiceView>,
}

/// One service, or all of them.
#[derive(Debug, Default, Serialize)]
pub(in super::super) struct ServiceView {
    pub title: String,
    /// `met in 3 of 4`.
    pub met: String,
    pub is_met: bool,
    pub measures: Vec<MeasureView>,
    /// Whether the round asked how it is perceived.
    pub is_asked: bool,
    /// What was asked.
    pub asked: String,
    pub perceived: Number,
    /// Where targets and perception say different things, in words; else empty.
    pub gap: String,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub(in super::super) struct MeasureView {
    pub title: String,
    pub period: String,
    pub agreed: String,
    pub delivered: String,
    pub is_met: bool,
}

/// Of the year up to the day `until`, beside what the source says, which may be of an earlier round than the one shown.
pub(super) fn services(
    say: Say<'_>,
    levels: &[ServiceLevel],
    source: Option<&Source<'_>>,
    (shown, until): (Option<&Document>, &str),
) -> ServicesView {
    let found = attained::up_to(levels, until);
    if found.is_empty() {
        return ServicesView::default();
    }
    let about = |service: &Attained| {
        let item = source.and_then(|source| attained::perceived(source.definition, &service.service));
        let mut view = view(say, service.service.clone(), service.met(), (source, item));
        view.measures = service
            .measures
            .iter()
            .map(|measure| measure_view(say, measure))
            .collect();
        view
    };
    let all = found.iter().map(Attained::met);
    let met = all.fold((0, 0), |(met, of), one| (met + one.0, of + one.1));
    let asked = source.and_then(|source| since::item_of(source.definition, attained::ALL));
    ServicesView {
        any: true,
        asked_in: source
            .map(|source| &source.results.document)
            .filter(|asked| shown.is_some_and(|shown| shown.round != asked.round))
            .map(|asked| asked.title.clone())
            .unwrap_or_default(),
        whole: view(say, say.text("r-services-all", &[]), met, (source, asked)),
        services: found.iter().map(about).collect(),
    }
}

fn view(
    say: Say<'_>,
    title: String,
    (met, of): (u32, u32),
    (source, item): (Option<&Source<'_>>, Option<&Item>),
) -> ServiceView {
    let counts = [say.count(met), say.count(of)];
    let [told_met, told_of] = &counts;
    let mut view = ServiceView {
        title,
        met: say.text("r-services-met", &[("met", told_met), ("of", told_of)]),
        is_met: met == of,
        ..ServiceView::default()
    };
    let Some((source, subject)) = source.zip(item.and_then(since::rated_subject)) else {
        return view;
    };
    let figure = source.figure(&Cut::Everybody, &subject);
    let interval = figure.and_then(|figure| estimate(&figure.measured).1);
    view.is_asked = true;
    view.asked = wording(source, &subject);
    view.perceived = source.number(&subject);
    view.gap = match attained::gap((met, of), interval) {
        Some(Gap::DeliveredNotFelt) => say.text("r-gap-not-felt", &[]),
        Some(Gap::FeltNotDelivered) => say.text("r-gap-not-delivered", &[]),
        None => String::new(),
    };
    view
}

fn wording(source: &Source<'_>, subject: &Subject) -> String {
    source.say.subject(source.definition, subject)
}

fn measure_view(say: Say<'_>, measure: &Measure) -> MeasureView {
    let level = &measure.last;
    let amount = |value: f64| {
        let number = say.number(value, decimals(value));
        [number.as_str(), level.unit.as_str()]
            .join("\u{a0}")
            .trim()
            .to_owned()
    };
    let key = if level.less_is_better {
        "r-services-at-most"
    } else {
        "r-services-at-least"
    };
    MeasureView {
        title: level.measure.clone(),
        period: level.period.clone(),
        agreed: say.text(key, &[("amount", &amount(level.target))]),
        delivered: amount(level.actual),
        is_met: level.is_met,
    }
}

/// As many decimals as the value has, at most two.
fn decimals(value: f64) -> usize {
    let is_whole = |value: f64| (value - value.round()).abs() < 1e-6;
    match (is_whole(value), is_whole(value * 10.0)) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}
