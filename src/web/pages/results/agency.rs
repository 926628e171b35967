//! `/agencies/{code}`: one agency, or the cluster it is reported in, with everything that is sealed about it.

use serde::Serialize;

use super::figure::{About, FigureView, SharesView, figure_view, shares_view};
use super::more::{MoreView, more};
use super::state::{in_order, mode, text};
use super::trend::{Drawn, PastView, TrendView, past_views, trend_view};
use crate::agency::Agency;
use crate::import::{PastFigure, PastKind};
use crate::report::model::{DocumentAudience, DocumentUnit, Subject, Unit};
use crate::report::read::{PublishedRound, Results};
use crate::survey::definition::{AnswerKind, Definition, Index, Item, Page};

/// The page.
#[derive(Debug, Serialize)]
pub(super) struct View {
    pub code: String,
    pub name: String,
    /// The round that is shown; empty when no published round asked this agency.
    pub round: String,
    pub round_title: String,
    pub closed_on: String,
    pub rounds: Vec<RoundLink>,
    pub audiences: Vec<AudienceView>,
    pub past: Vec<PastView>,
    pub threshold: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct RoundLink {
    pub href: String,
    pub title: String,
    pub current: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct AudienceView {
    pub id: String,
    pub title: String,
    pub mode: &'static str,
    pub unit_title: String,
    /// The names of the cluster's agencies; empty when the agency stands alone.
    pub cluster_members: String,
    pub responses: FigureView,
    pub indices: Vec<IndexView>,
    /// By segment, its place among agencies, drivers.
    pub more: MoreView,
    pub pages: Vec<ItemsView>,
}

#[derive(Debug, Serialize)]
pub(super) struct IndexView {
    pub id: String,
    pub title: String,
    pub figure: FigureView,
    pub dimensions: Vec<NamedFigure>,
    pub has_trend: bool,
    pub trend: TrendView,
}

#[derive(Debug, Serialize)]
pub(super) struct NamedFigure {
    pub title: String,
    pub figure: FigureView,
}

#[derive(Debug, Serialize)]
pub(super) struct ItemsView {
    pub title: String,
    pub items: Vec<ItemView>,
}

#[derive(Debug, Serialize)]
pub(super) struct ItemView {
    pub text: String,
    pub note: &'static str,
    pub figure: FigureView,
    pub shares: SharesView,
}

/// What the page is made of.
pub(super) struct Given<'a> {
    pub agency: &'a Agency,
    pub shown: Option<(&'a Results, &'a Definition)>,
    pub rounds: &'a [PublishedRound],
    pub past: &'a [PastFigure],
}

/// The view of an agency.
pub(super) fn view(given: &Given<'_>) -> View {
    let document = given.shown.map(|(results, _)| &results.document);
    let round = document
        .map(|document| document.round.to_string())
        .unwrap_or_default();
    let link = |published: &PublishedRound| RoundLink {
        href: format!("/agencies/{}?round={}", given.agency.code, published.round),
        title: published.title.clone(),
        current: published.round.as_str() == round,
    };
    let audiences = given.shown.map(|(results, definition)| {
        let audiences = in_order(&results.document);
        audiences
            .filter_map(|audience| audience_view(given, results, definition, audience))
            .collect()
    });
    View {
        code: given.agency.code.to_string(),
        name: given.agency.name.clone(),
        round_title: document
            .map(|document| document.title.clone())
            .unwrap_or_default(),
        closed_on: document
            .map(|document| document.closed_on.clone())
            .unwrap_or_default(),
        threshold: document.map_or(0, |document| document.thresholds.least_respondents),
        rounds: given.rounds.iter().map(link).collect(),
        audiences: audiences.unwrap_or_default(),
        past: past_views(given.past),
        round,
    }
}

/// Where the figures of one unit are taken from.
struct Source<'a> {
    results: &'a Results,
    audience: &'a DocumentAudience,
    unit: &'a DocumentUnit,
}

impl Source<'_> {
    fn about(&self, subject: &Subject, title: &str) -> About<'_> {
        About {
            id: format!("{}-{}", self.audience.name, subject.to_string().replace('/', "-")),
            title: format!("{title}, {}", self.unit.title),
            digest: &self.results.digest,
        }
    }

    fn figure(&self, subject: &Subject, title: &str) -> FigureView {
        let figure = self.results.figure(&self.audience.name, &self.unit.unit, subject);
        figure_view(figure, &self.about(subject, title))
    }

    fn shares(&self, subject: &Subject, title: &str) -> SharesView {
        let figure = self.results.figure(&self.audience.name, &self.unit.unit, subject);
        figure
            .map(|figure| shares_view(figure, &self.about(subject, title)))
            .unwrap_or_default()
    }
}

fn audience_view(
    given: &Given<'_>,
    results: &Results,
    definition: &Definition,
    audience: &DocumentAudience,
) -> Option<AudienceView> {
    let unit = Results::unit_of(audience, &given.agency.code)?;
    let source = Source {
        results,
        audience,
        unit,
    };
    let names = unit.agencies.iter().map(|agency| {
        results
            .document
            .names
            .get(agency)
            .map_or_else(|| agency.to_string(), Clone::clone)
    });
    let is_cluster = matches!(unit.unit, Unit::Cluster(_));
    let past = if is_cluster { &[][..] } else { given.past };
    Some(AudienceView {
        id: audience.name.to_string(),
        title: audience.title.clone(),
        mode: mode(audience.mode),
        unit_title: unit.title.clone(),
        cluster_members: if is_cluster {
            names.collect::<Vec<_>>().join(", ")
        } else {
            String::new()
        },
        responses: source.figure(&Subject::Responses, "Responses"),
        indices: definition
            .indices
            .iter()
            .map(|index| index_view(&source, index, past))
            .collect(),
        more: more(results, audience, &unit.unit),
        pages: definition
            .pages
            .iter()
            .filter_map(|page| items_view(&source, page))
            .collect(),
    })
}

fn index_view(source: &Source<'_>, index: &Index, past: &[PastFigure]) -> IndexView {
    let subject = Subject::Index(index.id.clone());
    let title = text(&index.title);
    let figure = source
        .results
        .figure(&source.audience.name, &source.unit.unit, &subject);
    let drawn: Vec<Drawn<'_>> = figure
        .and_then(|figure| figure.trend.as_ref())
        .map(|trend| Drawn {
            // Short: it stands at the end of the line, and the heading says which index it is.
            label: match source.unit.unit {
                Unit::Cluster(_) => "this group".to_owned(),
                _ => "this agency".to_owned(),
            },
            trend,
        })
        .into_iter()
        .collect();
    let of_index =
        |figure: &&PastFigure| figure.subject.as_str() == index.id.as_str() && figure.kind == PastKind::Mean;
    let past: Vec<&PastFigure> = past.iter().filter(of_index).collect();
    let trend = trend_view(
        &format!("{}-{}-trend", source.audience.name, index.id),
        &format!("{title} over the rounds, {}", source.unit.title),
        &drawn,
        &past,
    );
    IndexView {
        id: index.id.to_string(),
        figure: source.figure(&subject, &title),
        dimensions: index
            .dimensions
            .iter()
            .map(|dimension| {
                let subject = Subject::Dimension(index.id.clone(), dimension.id.clone());
                let title = text(&dimension.title);
                NamedFigure {
                    figure: source.figure(&subject, &title),
                    title,
                }
            })
            .collect(),
        has_trend: trend.is_some(),
        trend: trend.unwrap_or_default(),
        title,
    }
}

/// The items of a page that have figures; `None` for a page of texts only.
fn items_view(source: &Source<'_>, page: &Page) -> Option<ItemsView> {
    let items: Vec<ItemView> = page
        .items
        .iter()
        .flat_map(|item| item_views(source, item))
        .collect();
    (!items.is_empty()).then(|| ItemsView {
        title: text(&page.title),
        items,
    })
}

fn item_views(source: &Source<'_>, item: &Item) -> Vec<ItemView> {
    let title = text(&item.text);
    let view = |subject: Subject, note: &'static str| ItemView {
        figure: source.figure(&subject, &title),
        shares: source.shares(&subject, &title),
        text: title.clone(),
        note,
    };
    match &item.answer {
        AnswerKind::Rating { reverse, .. } => {
            let note = if *reverse {
                "reverse-keyed: a high score means that people disagree"
            } else {
                ""
            };
            vec![view(Subject::Item(item.id.clone()), note)]
        }
        AnswerKind::SingleChoice { .. } | AnswerKind::MultipleChoice { .. } | AnswerKind::Number { .. } => {
            vec![view(Subject::Item(item.id.clone()), "")]
        }
        AnswerKind::ImportanceSatisfaction { .. } => vec![
            view(Subject::Importance(item.id.clone()), "importance"),
            view(Subject::Satisfaction(item.id.clone()), "satisfaction"),
        ],
        AnswerKind::ShortText { .. } | AnswerKind::LongText { .. } => Vec::new(),
    }
}
