//! `/agencies/{code}`: one agency, or the cluster it is reported in, with everything that is sealed about it.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::comments::{self, CommentsView, Few};
use super::drivers::{self, OutcomeView};
use super::number::{AnswersView, Number, Source, estimate};
use super::overview::{members, rank};
use super::reader::Reader;
use super::round::{self, Head, Link, Loaded};
use super::say::Say;
use super::trend::{Course, Drawn, PastView, TrendView, past_views};
use crate::agency::{Agency, AgencyCode};
use crate::identity::Scope;
use crate::import::{PastFigure, PastKind};
use crate::report::model::{Cut, DocumentAudience, Subject, Unit};
use crate::report::read::{self, PublishedRound, Results, Wanted};
use crate::round::{AudienceName, RoundId};
use crate::store::{Conn, StoreError, past};
use crate::survey::definition::{AnswerKind, Definition, Index, Item};
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};

/// Which round and audience.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    pub(super) round: Option<String>,
    #[serde(default)]
    pub(super) audience: String,
}

/// What an agency's page is made of.
pub(super) struct AgencyData {
    pub agency: Agency,
    /// The round that is shown, if any published one asked this agency.
    pub loaded: Option<Loaded>,
    pub past: Vec<PastFigure>,
    /// What people wrote and somebody released, by audience.
    pub comments: BTreeMap<AudienceName, Few>,
}

#[derive(Debug, Serialize)]
struct View {
    code: String,
    name: String,
    /// Empty where no published round asked this agency.
    heads: Vec<Head>,
    shown: Option<AudienceView>,
    past: Vec<PastView>,
    /// What people wrote to the audience that is shown; none where nothing may be shown.
    comments: Option<CommentsView>,
    languages: Vec<super::reader::OtherLanguage>,
}

/// An agency as one audience sees the office.
#[derive(Debug, Serialize)]
pub(super) struct AudienceView {
    pub id: String,
    pub title: String,
    pub mode: String,
    pub unit_title: String,
    /// The names of the cluster's agencies; empty when the agency stands alone.
    pub cluster_members: String,
    pub responses: Number,
    pub state_rate: String,
    pub indices: Vec<IndexView>,
    pub above: Vec<Difference>,
    pub below: Vec<Difference>,
    /// The questions with the lowest scores, lowest first ...
    pub lowest: Vec<Difference>,
    /// ... and with the highest, highest first.
    pub highest: Vec<Difference>,
    pub groups: Vec<ItemsView>,
    pub segments: Vec<SegmentView>,
    /// What goes with each index here; empty where too few people answered for that.
    pub outcomes: Vec<OutcomeView>,
    /// Whether the state has drivers, to lead there.
    pub drivers_of_state: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct IndexView {
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
pub(super) struct NamedNumber {
    pub title: String,
    pub number: Number,
    pub state: Number,
}

/// A question with the figures of the agency and of the state.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Difference {
    pub title: String,
    pub number: Number,
    pub state: Number,
}

#[derive(Debug, Serialize)]
pub(super) struct ItemsView {
    pub title: String,
    pub items: Vec<ItemView>,
}

#[derive(Debug, Serialize)]
pub(super) struct ItemView {
    pub text: String,
    pub note: String,
    pub number: Number,
    pub answers: AnswersView,
}

/// Who answered, and how they see it, by one segment.
#[derive(Debug, Serialize)]
pub(super) struct SegmentView {
    pub title: String,
    pub headings: Vec<String>,
    pub rows: Vec<SegmentRow>,
}

#[derive(Debug, Serialize)]
pub(super) struct SegmentRow {
    pub title: String,
    pub responses: Number,
    pub cells: Vec<Number>,
}

/// The page.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    code: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let found = load(&app, who.scope(), &code, asked.round.as_deref()).await?;
    let say = Say::new(&app, reader.lang);
    let shown = found.loaded.as_ref().and_then(|loaded| {
        let audience = spoken_for(loaded, &found.agency.code, &asked.audience)?;
        Some((loaded, audience))
    });
    let view = View {
        code: found.agency.code.to_string(),
        name: found.agency.name.clone(),
        heads: shown
            .iter()
            .map(|(loaded, audience)| head(&app, &reader, &found, loaded, audience))
            .collect(),
        comments: shown.and_then(|(loaded, audience)| comments::few(say, &found, loaded, audience)),
        shown: shown.and_then(|(loaded, audience)| audience_view(say, &found, loaded, audience)),
        past: past_views(say, &found.past),
        languages: reader.others(&app),
    };
    let page = PageContext::staff(found.agency.name.clone(), &who).within("/results");
    render(
        &app,
        "results/agency",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

/// The audience that was asked for among those that asked this agency, else the first.
pub(super) fn spoken_for<'a>(
    loaded: &'a Loaded,
    code: &AgencyCode,
    asked: &str,
) -> Option<&'a DocumentAudience> {
    let mut all = round::in_order(&loaded.results.document);
    all.retain(|audience| Results::unit_of(audience, code).is_some());
    all.iter()
        .find(|audience| audience.name.as_str() == asked)
        .or_else(|| all.first())
        .copied()
}

fn head(
    app: &App,
    reader: &Reader,
    found: &AgencyData,
    loaded: &Loaded,
    audience: &DocumentAudience,
) -> Head {
    let mut head = round::head(app, reader, loaded, "", Some(audience));
    let link = |round: &PublishedRound| Link {
        href: format!("/agencies/{}?round={}", found.agency.code, round.round),
        label: round.title.clone(),
        current: round.round == loaded.results.document.round,
    };
    head.rounds = loaded.rounds.iter().map(link).collect();
    head.audiences = audiences(Say::new(app, reader.lang), found, loaded, audience);
    for page in &mut head.pages {
        page.current = false;
    }
    head
}

fn audiences(say: Say<'_>, found: &AgencyData, loaded: &Loaded, shown: &DocumentAudience) -> Vec<Link> {
    let document = &loaded.results.document;
    let asked = round::in_order(document).into_iter();
    let asked: Vec<_> = asked
        .filter(|audience| Results::unit_of(audience, &found.agency.code).is_some())
        .collect();
    if asked.len() < 2 {
        return Vec::new();
    }
    let link = |audience: &DocumentAudience| Link {
        href: format!(
            "/agencies/{}?round={}&audience={}",
            found.agency.code, document.round, audience.name
        ),
        label: format!("{} ({})", audience.title, say.mode(audience.mode)),
        current: audience.name == shown.name,
    };
    asked.into_iter().map(link).collect()
}

/// The view of an agency in an audience; `None` when the audience did not ask it.
pub(super) fn audience_view(
    say: Say<'_>,
    found: &AgencyData,
    loaded: &Loaded,
    audience: &DocumentAudience,
) -> Option<AudienceView> {
    let unit = Results::unit_of(audience, &found.agency.code)?;
    let source = loaded.source(say, audience, &unit.unit)?;
    let state = source.of(&Unit::StateMean)?;
    let is_cluster = matches!(unit.unit, Unit::Cluster(_));
    let past = if is_cluster { &[][..] } else { &found.past[..] };
    let definition = &loaded.definition;
    let mut rated = rated(&source, &state);
    let highest = ends(&rated);
    rated.reverse();
    let lowest = ends(&rated);
    let differences = differences(&source, &rated);
    let (above, below): (Vec<_>, Vec<_>) = differences
        .into_iter()
        .partition(|(difference, _)| *difference > 0.0);
    Some(AudienceView {
        id: audience.name.to_string(),
        title: audience.title.clone(),
        mode: say.mode(audience.mode),
        unit_title: unit.title.clone(),
        cluster_members: if is_cluster {
            members(&source)
        } else {
            String::new()
        },
        responses: source.number(&Subject::Responses),
        state_rate: state.number(&Subject::Responses).rate,
        indices: definition
            .indices
            .iter()
            .map(|index| index_view(loaded, &source, &state, index, past))
            .collect(),
        above: above
            .into_iter()
            .take(MOST_DIFFERENCES)
            .map(|(_, view)| view)
            .collect(),
        below: below
            .into_iter()
            .take(MOST_DIFFERENCES)
            .map(|(_, view)| view)
            .collect(),
        lowest,
        highest,
        groups: groups(&source),
        segments: segments(&source),
        outcomes: drivers::of_unit(&source),
        drivers_of_state: !drivers::of_unit(&state).is_empty(),
    })
}

fn index_view(
    loaded: &Loaded,
    source: &Source<'_>,
    state: &Source<'_>,
    index: &Index,
    past: &[PastFigure],
) -> IndexView {
    let say = source.say;
    let subject = Subject::Index(index.id.clone());
    let dimension = |dimension: &crate::survey::definition::Dimension| {
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

/// The unit's line over the rounds, with what was published about it before.
pub(super) fn course<'a>(
    loaded: &'a Loaded,
    source: &Source<'a>,
    index: &Index,
    past: &'a [PastFigure],
) -> Course<'a> {
    let (say, subject) = (source.say, Subject::Index(index.id.clone()));
    let trend = source
        .figure(&Cut::Everybody, &subject)
        .and_then(|figure| figure.trend.as_ref());
    let title = say.survey(&index.title);
    let of_index =
        |figure: &&PastFigure| figure.subject.as_str() == index.id.as_str() && figure.kind == PastKind::Mean;
    Course {
        say,
        id: format!("{}-{}-trend", source.audience.name, index.id),
        title: say.text("r-over-rounds", &[("index", &title), ("of", &source.unit.title)]),
        drawn: trend
            .map(|trend| Drawn {
                label: source.unit.title.clone(),
                trend,
            })
            .into_iter()
            .collect(),
        past: past.iter().filter(of_index).collect(),
        rounds: &loaded.rounds,
        file: format!(
            "/results/{}/charts/trend.KIND?audience={}&unit={}&subject={subject}",
            loaded.results.document.round, source.audience.name, source.unit.unit
        ),
    }
}

/// How many items are told of each side.
const MOST_DIFFERENCES: usize = 4;

/// A rated item with the figures of the unit and of the state.
struct Rated {
    value: f64,
    interval: Option<crate::report::model::Interval>,
    of_state: f64,
    view: Difference,
}

/// How many questions are told of each end.
const ENDS: usize = 5;

fn ends(rated: &[Rated]) -> Vec<Difference> {
    // So few that both ends would tell the same questions are told once, by the other end.
    let most = ENDS.min(rated.len() / 2);
    rated.iter().take(most).map(|rated| rated.view.clone()).collect()
}

/// The items that unit and state both have a figure of, the highest first.
fn rated(source: &Source<'_>, state: &Source<'_>) -> Vec<Rated> {
    let mut found: Vec<Rated> = Vec::new();
    for item in source.definition.items() {
        let subject = match item.answer {
            AnswerKind::Rating { .. } => Subject::Item(item.id.clone()),
            AnswerKind::ImportanceSatisfaction { .. } => Subject::Satisfaction(item.id.clone()),
            _ => continue,
        };
        let own = source
            .figure(&Cut::Everybody, &subject)
            .map(|figure| estimate(&figure.measured));
        let whole = state
            .figure(&Cut::Everybody, &subject)
            .map(|figure| estimate(&figure.measured));
        let (Some((Some(value), interval)), Some((Some(of_state), _))) = (own, whole) else {
            continue;
        };
        found.push(Rated {
            value,
            interval,
            of_state,
            view: Difference {
                title: source.say.subject(source.definition, &subject),
                number: source.number(&subject),
                state: state.number(&subject),
            },
        });
    }
    found.sort_by(|a, b| b.value.total_cmp(&a.value));
    found
}

/// Items where the state's figure lies outside the unit's interval and at least the promised points away, the largest
/// first. It is a comparison of stored figures and no test; the page says so.
fn differences(source: &Source<'_>, rated: &[Rated]) -> Vec<(f64, Difference)> {
    let least = source.results.document.thresholds.least_change;
    let stands_out = |rated: &&Rated| {
        let outside = |interval| {
            let crate::report::model::Interval { low, high } = interval;
            rated.of_state < low || rated.of_state > high
        };
        rated.interval.is_some_and(outside) && (rated.value - rated.of_state).abs() >= least
    };
    let found = rated.iter().filter(stands_out);
    let mut found: Vec<(f64, Difference)> = found
        .map(|rated| (rated.value - rated.of_state, rated.view.clone()))
        .collect();
    found.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    found
}

/// Items by what they belong to: each index and theme with its items, then the rest of the form by page.
fn groups(source: &Source<'_>) -> Vec<ItemsView> {
    let definition = source.definition;
    let mut left: BTreeSet<&str> = definition.items().map(|item| item.id.as_str()).collect();
    let mut groups = Vec::new();
    let named = definition
        .indices
        .iter()
        .map(|index| (&index.title, index.items().collect::<Vec<_>>()))
        .chain(
            definition
                .themes
                .iter()
                .map(|theme| (&theme.title, theme.items.iter().collect())),
        );
    for (title, ids) in named {
        let items = ids
            .into_iter()
            .filter(|id| left.remove(id.as_str()))
            .filter_map(|id| definition.item(id));
        groups.push((source.say.survey(title), items.collect::<Vec<_>>()));
    }
    for page in &definition.pages {
        let items = page
            .items
            .iter()
            .filter(|item| left.contains(item.id.as_str()) && item.segment.is_none());
        groups.push((source.say.survey(&page.title), items.collect()));
    }
    let views = groups.into_iter().map(|(title, items)| ItemsView {
        title,
        items: items
            .into_iter()
            .flat_map(|item| item_views(source, item))
            .collect(),
    });
    views.filter(|group| !group.items.is_empty()).collect()
}

fn item_views(source: &Source<'_>, item: &Item) -> Vec<ItemView> {
    let say = source.say;
    let text = say.survey(&item.text);
    let view = |subject: Subject, note: &str| ItemView {
        number: source.number(&subject),
        answers: source.answers(&Cut::Everybody, &subject),
        text: text.clone(),
        note: if note.is_empty() {
            String::new()
        } else {
            say.text(note, &[])
        },
    };
    match &item.answer {
        AnswerKind::Rating { reverse: true, .. } => vec![view(Subject::Item(item.id.clone()), "r-reverse")],
        AnswerKind::Rating { .. }
        | AnswerKind::SingleChoice { .. }
        | AnswerKind::MultipleChoice { .. }
        | AnswerKind::Number { .. } => vec![view(Subject::Item(item.id.clone()), "")],
        AnswerKind::ImportanceSatisfaction { .. } => vec![
            view(Subject::Importance(item.id.clone()), "r-importance"),
            view(Subject::Satisfaction(item.id.clone()), "r-satisfaction"),
        ],
        AnswerKind::ShortText { .. } | AnswerKind::LongText { .. } => Vec::new(),
    }
}

/// Segments of which anything is shown.
fn segments(source: &Source<'_>) -> Vec<SegmentView> {
    let say = source.say;
    let indices: Vec<Subject> = source
        .results
        .document
        .indices
        .iter()
        .map(|index| Subject::Index(index.id.clone()))
        .collect();
    let mut views: Vec<(&str, SegmentView)> = Vec::new();
    for cut in &source.audience.cuts {
        if views.last().is_none_or(|(segment, _)| *segment != cut.segment()) {
            views.push((
                cut.segment(),
                SegmentView {
                    title: say.segment(source.definition, cut.segment()),
                    headings: indices
                        .iter()
                        .map(|subject| say.subject(source.definition, subject))
                        .collect(),
                    rows: Vec::new(),
                },
            ));
        }
        if let Some((_, view)) = views.last_mut() {
            view.rows.push(SegmentRow {
                title: say.cut(source.definition, cut),
                responses: source.number_of(cut, &Subject::Responses),
                cells: indices
                    .iter()
                    .map(|subject| source.number_of(cut, subject))
                    .collect(),
            });
        }
    }
    views
        .into_iter()
        .map(|(_, view)| view)
        .filter(|view| view.rows.iter().any(|row| row.responses.shown))
        .collect()
}

/// What the page is made of.
pub(super) async fn load(
    app: &App,
    scope: Scope,
    code: &str,
    round: Option<&str>,
) -> Result<AgencyData, Problem> {
    let missing = || Problem::not_found(format!("agency `{code}` among those whose results you may see"));
    let agency: AgencyCode = code.parse().ok().ok_or_else(missing)?;
    let asked: Option<RoundId> = match round {
        None => None,
        Some(round) => {
            let parsed = round.parse().ok();
            Some(parsed.ok_or_else(|| Problem::not_found(format!("published result of a round `{round}`")))?)
        }
    };
    let found = app
        .store
        .read(move |conn| agency_data(conn, &agency, asked.as_ref(), &scope))
        .await?;
    found.ok_or_else(missing)
}

/// `None` when there is no such agency in the scope, or no published result of the round that was asked for.
fn agency_data(
    conn: &mut Conn,
    code: &AgencyCode,
    asked: Option<&RoundId>,
    scope: &Scope,
) -> Result<Option<AgencyData>, StoreError> {
    let Some(agency) = crate::agency::find(conn, code)?.filter(|_| scope.covers(code)) else {
        return Ok(None);
    };
    let rounds = read::published_rounds(conn)?;
    let mut loaded = None;
    for round in rounds
        .iter()
        .filter(|round| asked.is_none_or(|asked| asked == &round.round))
    {
        loaded = of_round(conn, &round.round, code, scope)?;
        if loaded.is_some() {
            break;
        }
    }
    if asked.is_some() && loaded.is_none() {
        return Ok(None);
    }
    let mut comments = BTreeMap::new();
    if let Some((results, _)) = &loaded {
        for audience in &results.document.audiences {
            if let Some(unit) = Results::unit_of(audience, code) {
                comments.insert(audience.name.clone(), Few::read(conn, results, audience, unit)?);
            }
        }
    }
    Ok(Some(AgencyData {
        past: past::of_agency(conn, code)?,
        comments,
        loaded: loaded.map(|(results, definition)| Loaded {
            results,
            definition,
            rounds,
        }),
        agency,
    }))
}

/// The figures of the state and of the unit that speaks for an agency in a round; `None` when the round did not ask it.
fn of_round(
    conn: &mut Conn,
    round: &RoundId,
    code: &AgencyCode,
    scope: &Scope,
) -> Result<Option<(Results, Definition)>, StoreError> {
    let none = Wanted {
        units: Some(BTreeSet::new()),
        ..Wanted::default()
    };
    let Some(head) = read::results_of(conn, round, scope, &none)? else {
        return Ok(None);
    };
    let audiences = head.document.audiences.iter();
    let mut units: BTreeSet<Unit> = audiences
        .filter_map(|audience| Results::unit_of(audience, code))
        .map(|unit| unit.unit.clone())
        .collect();
    if units.is_empty() {
        return Ok(None);
    }
    units.insert(Unit::StateMean);
    let wanted = Wanted {
        units: Some(units),
        ..Wanted::default()
    };
    let version = crate::survey::publish::find(conn, &head.document.survey, head.document.version)?;
    let results = read::results_of(conn, round, scope, &wanted)?;
    Ok(results.zip(version.map(|version| version.definition)))
}
