//! `/results/{round}`: the state and, within the reader's scope, every agency.

use serde::Serialize;

use super::figure::{About, FigureView, figure_view};
use super::more::{MoreView, more};
use super::trend::{Drawn, TrendView, trend_view};
use crate::identity::Scope;
use crate::report::model::{Change, Document, DocumentAudience, DocumentUnit, Subject, Unit, Verdict};
use crate::report::read::{PublishedRound, Results};
use crate::report::words;
use crate::round::Mode;
use crate::round::receipts::Receipts;
use crate::survey::definition::{Index, Language, Text};

/// The page.
#[derive(Debug, Serialize)]
pub(super) struct View {
    pub round: String,
    pub title: String,
    pub survey: String,
    pub version: u32,
    pub closed_on: String,
    pub digest: String,
    pub revision: u32,
    pub correction: String,
    pub threshold: u32,
    pub least_change: String,
    pub audiences: Vec<AudienceView>,
    /// Whether the reader sees every agency.
    pub sees_all: bool,
    /// How people answered; empty where there were no credentials.
    pub ways: String,
    /// Every published round, the latest first.
    pub rounds: Vec<PublishedRound>,
}

#[derive(Debug, Serialize)]
pub(super) struct AudienceView {
    pub id: String,
    pub title: String,
    pub mode: &'static str,
    pub responses: FigureView,
    pub indices: Vec<IndexView>,
    /// By segment, comparisons of agencies, drivers.
    pub more: MoreView,
    /// The headings of the table: the indices' titles.
    pub headings: Vec<String>,
    pub rows: Vec<UnitView>,
    /// Whether the state can be shown, but no agency within the scope.
    pub all_withheld: bool,
    pub agencies_asked: u32,
    pub withheld: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct IndexView {
    pub id: String,
    pub title: String,
    pub mean: FigureView,
    pub median: FigureView,
    /// "2 agencies up, 1 down, 19 no detectable change", or empty.
    pub counts: String,
    pub has_trend: bool,
    pub trend: TrendView,
}

#[derive(Debug, Serialize)]
pub(super) struct UnitView {
    pub title: String,
    /// The page of the agency; empty for a cluster.
    pub href: String,
    /// The names of a cluster's agencies.
    pub members: String,
    pub responses: FigureView,
    pub figures: Vec<FigureView>,
}

/// The view of a result within a scope.
pub(super) fn view(
    results: &Results,
    rounds: Vec<PublishedRound>,
    receipts: Option<&Receipts>,
    scope: &Scope,
) -> View {
    let document = &results.document;
    View {
        round: document.round.to_string(),
        title: document.title.clone(),
        survey: document.survey.to_string(),
        version: document.version,
        closed_on: document.closed_on.clone(),
        digest: results.digest.clone(),
        revision: document.revision,
        correction: document
            .replaces
            .as_ref()
            .map(|replaced| replaced.reason.clone())
            .unwrap_or_default(),
        threshold: document.thresholds.least_respondents,
        least_change: words::plain(document.thresholds.least_change, 0),
        audiences: in_order(document)
            .map(|audience| audience_view(results, audience, scope))
            .collect(),
        sees_all: matches!(scope, Scope::All),
        ways: receipts.map(ways).unwrap_or_default(),
        rounds,
    }
}

/// How many people answered in which way, floored.
fn ways(receipts: &Receipts) -> String {
    let told = |count: Option<u32>| match count {
        Some(count) => format!("at least {count}"),
        None => format!("fewer than {}", receipts.threshold),
    };
    format!(
        "Of the anonymous responses {} came with a credential that nobody can link to a person, and {} with the invitation, \
         which the system separated from them.",
        told(receipts.ways.with_credential),
        told(receipts.ways.with_invitation)
    )
}

/// Audiences as pages list them: the anonymous ones first, since they are the many.
pub(super) fn in_order(document: &Document) -> impl Iterator<Item = &DocumentAudience> {
    let of = |mode: Mode| {
        document
            .audiences
            .iter()
            .filter(move |audience| audience.mode == mode)
    };
    of(Mode::Anonymous).chain(of(Mode::Attributed))
}

/// How an audience answered, for headings.
pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Anonymous => "anonymous",
        Mode::Attributed => "under their names",
    }
}

fn audience_view(results: &Results, audience: &DocumentAudience, scope: &Scope) -> AudienceView {
    let indices = &results.document.indices;
    let responses = results.figure(&audience.name, &Unit::StateMean, &Subject::Responses);
    let about = About {
        id: format!("{}-responses", audience.name),
        title: "Responses".to_owned(),
        digest: &results.digest,
    };
    let mut units: Vec<&DocumentUnit> = audience
        .units
        .iter()
        .filter(|unit| !unit.unit.is_state())
        .collect();
    units.sort_by_key(|unit| (unit.title.to_lowercase(), unit.unit.clone()));
    let rows: Vec<UnitView> = units
        .into_iter()
        .map(|unit| unit_view(results, audience, unit))
        .collect();
    AudienceView {
        id: audience.name.to_string(),
        title: audience.title.clone(),
        mode: mode(audience.mode),
        responses: figure_view(responses, &about),
        indices: indices
            .iter()
            .map(|index| index_view(results, audience, index, scope))
            .collect(),
        more: more(results, audience, &Unit::StateMean),
        headings: indices.iter().map(|index| text(&index.title)).collect(),
        all_withheld: responses.is_some() && rows.iter().all(|row| !row.responses.shown),
        rows,
        agencies_asked: audience.agencies_asked,
        withheld: audience.units_withheld,
    }
}

/// A text of the definition as staff read it: in English where there is English.
pub(super) fn text(text: &Text) -> String {
    let english: Option<Language> = "en".parse().ok();
    english.map_or_else(String::new, |english| text.get(&english).to_owned())
}

fn index_view(results: &Results, audience: &DocumentAudience, index: &Index, scope: &Scope) -> IndexView {
    let subject = Subject::Index(index.id.clone());
    let title = text(&index.title);
    let figure = |unit: &Unit| results.figure(&audience.name, unit, &subject);
    let view = |unit: &Unit, what: &str| {
        let about = About {
            id: format!("{}-{}-{}", audience.name, index.id, unit.kind()),
            title: format!("{title}, {what}"),
            digest: &results.digest,
        };
        figure_view(figure(unit), &about)
    };
    let lines = [
        (Unit::StateMean, "all employees"),
        (Unit::StateMedian, "median agency"),
    ];
    let drawn: Vec<Drawn<'_>> = lines
        .iter()
        .filter_map(|(unit, label)| {
            let trend = figure(unit)?.trend.as_ref()?;
            Some(Drawn {
                label: (*label).to_owned(),
                trend,
            })
        })
        .collect();
    let trend = trend_view(
        &format!("{}-{}-trend", audience.name, index.id),
        &format!("{title} over the rounds, {}", audience.title),
        &drawn,
        &[],
    );
    IndexView {
        id: index.id.to_string(),
        mean: view(&Unit::StateMean, "employee-weighted mean"),
        median: view(&Unit::StateMedian, "median agency"),
        counts: if matches!(scope, Scope::All) {
            counts(results, audience, &subject)
        } else {
            String::new()
        },
        has_trend: trend.is_some(),
        trend: trend.unwrap_or_default(),
        title,
    }
}

/// How many agencies and clusters went where, of those that were compared.
fn counts(results: &Results, audience: &DocumentAudience, subject: &Subject) -> String {
    let (mut up, mut down, mut none) = (0_u32, 0_u32, 0_u32);
    for unit in audience.units.iter().filter(|unit| !unit.unit.is_state()) {
        let figure = results.figure(&audience.name, &unit.unit, subject);
        if let Some(Change::Tested(change)) = figure.and_then(|figure| figure.change.as_ref()) {
            match change.verdict {
                Verdict::Up => up += 1,
                Verdict::Down => down += 1,
                Verdict::NoDetectableChange => none += 1,
            }
        }
    }
    if up + down + none == 0 {
        return String::new();
    }
    let agencies = |count: u32| {
        if count == 1 {
            "1 agency".to_owned()
        } else {
            format!("{count} agencies")
        }
    };
    format!(
        "{} up, {down} down, {none} without a detectable change",
        agencies(up)
    )
}

fn unit_view(results: &Results, audience: &DocumentAudience, unit: &DocumentUnit) -> UnitView {
    let about = |what: &str, title: &str| About {
        id: format!("{}-{}-{}-{what}", audience.name, unit.unit.kind(), unit.unit.id()),
        title: format!("{title}, {}", unit.title),
        digest: &results.digest,
    };
    let responses = results.figure(&audience.name, &unit.unit, &Subject::Responses);
    let figure = |index: &Index| {
        let subject = Subject::Index(index.id.clone());
        let figure = results.figure(&audience.name, &unit.unit, &subject);
        figure_view(figure, &about(index.id.as_str(), &text(&index.title)))
    };
    let names = unit.agencies.iter().map(|agency| {
        results
            .document
            .names
            .get(agency)
            .map_or_else(|| agency.to_string(), Clone::clone)
    });
    UnitView {
        title: unit.title.clone(),
        href: match &unit.unit {
            Unit::Agency(code) => format!("/agencies/{code}?round={}", results.document.round),
            _ => String::new(),
        },
        members: match unit.unit {
            Unit::Cluster(_) => names.collect::<Vec<_>>().join(", "),
            _ => String::new(),
        },
        responses: figure_view(responses, &about("responses", "Responses")),
        figures: results.document.indices.iter().map(figure).collect(),
    }
}
