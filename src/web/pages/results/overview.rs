//! `/results/{round}`: in one minute, who trusts the office less or more than before, how sure that is, and where
//! everybody stands.

use std::cmp::Ordering;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::number::{Number, Source};
use super::reader::Reader;
use super::round::{self, Head, Link, Loaded};
use super::say::Say;
use super::trend::{Course, Drawn, TrendView};
use crate::identity::Scope;
use crate::report::model::{Change, Cut, DocumentUnit, Measured, Subject, TestedChange, Unit, Verdict};
use crate::report::read::Wanted;
use crate::round::RoundId;
use crate::round::receipts::{self, Ways};
use crate::survey::definition::Index;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::PageProblem;

/// How the table is arranged.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    audience: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    show: String,
}

#[derive(Debug, Serialize)]
struct View {
    head: Head,
    /// Whether the reader sees every agency.
    sees_all: bool,
    least_change: String,
    mode: String,
    responses: Number,
    indices: Vec<IndexView>,
    rows: Vec<UnitView>,
    /// How many rows there would be without the filter.
    all_rows: usize,
    /// Whether the state can be shown, but no agency within the scope.
    all_withheld: bool,
    withheld: u32,
    sorts: Vec<Link>,
    filters: Vec<Link>,
    /// Why rows are not ordered by score; one sentence.
    order_note: String,
    /// How people answered; empty where there were no credentials.
    ways: String,
}

#[derive(Debug, Serialize)]
struct IndexView {
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

#[derive(Debug, Serialize)]
struct UnitView {
    title: String,
    /// The page of the agency; empty for a cluster.
    href: String,
    /// The names of a cluster's agencies.
    members: String,
    responses: Number,
    indices: Vec<UnitIndex>,
}

#[derive(Debug, Serialize)]
struct UnitIndex {
    title: String,
    number: Number,
    spark: String,
    /// `rank 3 to 9 of 22`, or empty.
    rank: String,
}

/// The latest published round; where there is none, a page that says so.
pub(super) async fn latest(
    who: Allowed<ReadResults>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (scope, wanted) = (who.scope(), wanted());
    let found = app
        .store
        .read(move |conn| round::load(conn, None, &scope, &wanted))
        .await?;
    match found {
        Some(loaded) => rendered(&app, &who, &reader, &asked, &loaded).await,
        None => {
            let say = Say::new(&app, reader.lang);
            let page = PageContext::staff(say.text("r-results", &[]), &who).within("/results");
            let view = serde_json::json!({ "languages": reader.others(&app) });
            render(
                &app,
                "results/none",
                &view,
                &page.told_in(reader.lang, &app.texts),
            )
        }
    }
}

/// A round.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    round: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let loaded = round::load_named(&app, who.scope(), &round, wanted()).await?;
    rendered(&app, &who, &reader, &asked, &loaded).await
}

fn wanted() -> Wanted {
    Wanted {
        cut: Some(Cut::Everybody),
        kinds: Some(vec!["index", "responses", "rank"]),
        ..Wanted::default()
    }
}

async fn rendered(
    app: &App,
    who: &Allowed<ReadResults>,
    reader: &Reader,
    asked: &Asked,
    loaded: &Loaded,
) -> Result<HttpResponse, PageProblem> {
    let page = PageContext::staff(loaded.results.document.title.clone(), who).within("/results");
    let round = loaded.results.document.round.clone();
    let ways = app
        .store
        .read(move |conn| receipts::ways_of(conn, &round))
        .await?;
    let mut view = view(app, reader, asked, loaded, &who.scope());
    view.ways = ways
        .map(|ways| told_ways(Say::new(app, reader.lang), &ways, view.head.threshold))
        .unwrap_or_default();
    render(
        app,
        "results/overview",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

/// How people answered; counts are floored where they are made.
fn told_ways(say: Say<'_>, ways: &Ways, threshold: u32) -> String {
    let told = |count: Option<u32>| match count {
        Some(count) => say.text("r-at-least-people", &[("count", &say.count(count))]),
        None => say.text("r-fewer-than", &[("count", &say.count(threshold))]),
    };
    let given = [
        ("credential", told(ways.with_credential)),
        ("invitation", told(ways.with_invitation)),
    ];
    let given: Vec<_> = given.iter().map(|(name, told)| (*name, told.as_str())).collect();
    say.text("r-ways", &given)
}

fn view(app: &App, reader: &Reader, asked: &Asked, loaded: &Loaded, scope: &Scope) -> View {
    let say = Say::new(app, reader.lang);
    let document = &loaded.results.document;
    let audience = round::audience(document, &asked.audience);
    let head = round::head(app, reader, loaded, "", audience);
    let state = audience.and_then(|audience| loaded.source(say, audience, &Unit::StateMean));
    let (Some(audience), Some(state)) = (audience, state) else {
        return View::empty(head);
    };
    let sees_all = matches!(scope, Scope::All);
    let units: Vec<&DocumentUnit> = audience
        .units
        .iter()
        .filter(|unit| !unit.unit.is_state())
        .collect();
    let responses = state.number(&Subject::Responses);
    let arrangement = Arrangement::of(&state, asked);
    let shown: Vec<Source<'_>> = units.iter().filter_map(|unit| state.of(&unit.unit)).collect();
    View {
        sees_all,
        least_change: say.score(document.thresholds.least_change),
        mode: say.mode(audience.mode),
        indices: document
            .indices
            .iter()
            .map(|index| index_view(loaded, &state, index, sees_all))
            .collect(),
        all_rows: shown.len(),
        all_withheld: responses.shown && shown.iter().all(|unit| !unit.number(&Subject::Responses).shown),
        rows: arrangement.arranged(shown).iter().map(unit_view).collect(),
        withheld: audience.units_withheld,
        sorts: arrangement.sorts(&head, audience.name.as_str()),
        filters: arrangement.filters(&head, audience.name.as_str()),
        order_note: arrangement.note(),
        ways: String::new(),
        responses,
        head,
    }
}

impl View {
    /// Of a round that asked nobody.
    fn empty(head: Head) -> Self {
        Self {
            head,
            sees_all: false,
            least_change: String::new(),
            mode: String::new(),
            responses: Number::default(),
            indices: Vec::new(),
            rows: Vec::new(),
            all_rows: 0,
            all_withheld: false,
            withheld: 0,
            sorts: Vec::new(),
            filters: Vec::new(),
            order_note: String::new(),
            ways: String::new(),
        }
    }
}

fn index_view(loaded: &Loaded, state: &Source<'_>, index: &Index, sees_all: bool) -> IndexView {
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
pub(super) fn course<'a>(loaded: &'a Loaded, state: &Source<'a>, index: &Index) -> Course<'a> {
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

fn unit_href(source: &Source<'_>, unit: &DocumentUnit) -> String {
    match &unit.unit {
        Unit::Agency(code) => format!("/agencies/{code}?round={}", source.results.document.round),
        _ => String::new(),
    }
}

/// The names of the agencies of a cluster; empty for an agency alone.
pub(super) fn members(source: &Source<'_>) -> String {
    let Unit::Cluster(_) = source.unit.unit else {
        return String::new();
    };
    let names = source.unit.agencies.iter().map(|agency| {
        let known = source.results.document.names.get(agency);
        known.map_or_else(|| agency.to_string(), Clone::clone)
    });
    names.collect::<Vec<_>>().join(", ")
}

fn unit_view(source: &Source<'_>) -> UnitView {
    let index = |index: &Index| {
        let subject = Subject::Index(index.id.clone());
        UnitIndex {
            title: source.say.survey(&index.title),
            number: source.number(&subject),
            spark: source.spark(&subject),
            rank: rank(source, index),
        }
    };
    UnitView {
        title: source.unit.title.clone(),
        href: unit_href(source, source.unit),
        members: members(source),
        responses: source.number(&Subject::Responses),
        indices: source.results.document.indices.iter().map(index).collect(),
    }
}

/// The ranks that a unit may truly have; empty when there is no ranking.
pub(super) fn rank(source: &Source<'_>, index: &Index) -> String {
    match source
        .figure(&Cut::Everybody, &Subject::Rank(index.id.clone()))
        .map(|figure| &figure.measured)
    {
        Some(Measured::Rank(rank)) => {
            let [best, worst, of] = [rank.best, rank.worst, rank.agencies].map(|rank| rank.to_string());
            source
                .say
                .text("r-rank", &[("best", &best), ("worst", &worst), ("of", &of)])
        }
        _ => String::new(),
    }
}

/// In which order rows stand, and which of them.
struct Arrangement<'a> {
    state: Source<'a>,
    sort: Sort,
    show: Show,
    /// The indices by which agencies are ranked.
    ranked: Vec<&'a Index>,
}

#[derive(Debug, Clone, PartialEq)]
enum Sort {
    Name,
    Rate,
    /// Detectable changes of an index first.
    Change(String),
    /// Only where a ranking is defensible.
    Score(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    All,
    Down,
    Up,
    Withheld,
}

impl<'a> Arrangement<'a> {
    fn of(state: &Source<'a>, asked: &Asked) -> Self {
        let is_ranked = |index: &&Index| {
            let figure = state.figure(&Cut::Everybody, &Subject::Rank(index.id.clone()));
            figure.is_some_and(
                |figure| matches!(&figure.measured, Measured::Ranking(ranking) if ranking.ranked),
            )
        };
        let ranked: Vec<&Index> = state.results.document.indices.iter().filter(is_ranked).collect();
        let sort = match asked.sort.split_once('.') {
            Some(("change", index)) => Sort::Change(index.to_owned()),
            Some(("score", id)) if ranked.iter().any(|index| index.id.as_str() == id) => {
                Sort::Score(id.to_owned())
            }
            _ if asked.sort == "rate" => Sort::Rate,
            _ => Sort::Name,
        };
        let show = match asked.show.as_str() {
            "down" => Show::Down,
            "up" => Show::Up,
            "withheld" => Show::Withheld,
            _ => Show::All,
        };
        Self {
            state: *state,
            sort,
            show,
            ranked,
        }
    }

    fn arranged(&self, units: Vec<Source<'a>>) -> Vec<Source<'a>> {
        let mut kept: Vec<Source<'a>> = units.into_iter().filter(|unit| self.keeps(unit)).collect();
        kept.sort_by(|a, b| {
            let by_choice = match &self.sort {
                Sort::Name => Ordering::Equal,
                Sort::Rate => descending(rate(a), rate(b)),
                Sort::Change(index) => change_order(a, index).cmp(&change_order(b, index)),
                Sort::Score(index) => descending(score(a, index), score(b, index)),
            };
            by_choice.then_with(|| a.unit.title.to_lowercase().cmp(&b.unit.title.to_lowercase()))
        });
        kept
    }

    fn keeps(&self, unit: &Source<'_>) -> bool {
        let indices = &self.state.results.document.indices;
        let went = |verdict: Verdict| {
            indices
                .iter()
                .any(|index| verdict_of(unit, index.id.as_str()) == Some(verdict))
        };
        match self.show {
            Show::All => true,
            Show::Down => went(Verdict::Down),
            Show::Up => went(Verdict::Up),
            Show::Withheld => unit.figure(&Cut::Everybody, &Subject::Responses).is_none(),
        }
    }

    fn link(
        &self,
        head: &Head,
        audience: &str,
        sort: &str,
        show: &str,
        label: String,
        current: bool,
    ) -> Link {
        let mut href = format!("/results/{}?audience={audience}", head.round);
        if !sort.is_empty() {
            href.push_str(&format!("&sort={sort}"));
        }
        if !show.is_empty() {
            href.push_str(&format!("&show={show}"));
        }
        href.push_str("#agencies");
        Link { href, label, current }
    }

    fn sorts(&self, head: &Head, audience: &str) -> Vec<Link> {
        let say = self.state.say;
        let show = self.show.word();
        let mut links = vec![
            self.link(
                head,
                audience,
                "",
                show,
                say.text("r-sort-name", &[]),
                self.sort == Sort::Name,
            ),
            self.link(
                head,
                audience,
                "rate",
                show,
                say.text("r-sort-rate", &[]),
                self.sort == Sort::Rate,
            ),
        ];
        for index in &self.state.results.document.indices {
            let title = say.survey(&index.title);
            let label = say.text("r-sort-change", &[("index", &title)]);
            let current = self.sort == Sort::Change(index.id.to_string());
            links.push(self.link(
                head,
                audience,
                &format!("change.{}", index.id),
                show,
                label,
                current,
            ));
            if self.ranked.iter().any(|ranked| ranked.id == index.id) {
                let current = self.sort == Sort::Score(index.id.to_string());
                links.push(self.link(
                    head,
                    audience,
                    &format!("score.{}", index.id),
                    show,
                    title,
                    current,
                ));
            }
        }
        links
    }

    fn filters(&self, head: &Head, audience: &str) -> Vec<Link> {
        let say = self.state.say;
        let sort = self.sort.word();
        [
            (Show::All, "r-show-all"),
            (Show::Down, "r-show-down"),
            (Show::Up, "r-show-up"),
            (Show::Withheld, "r-show-withheld"),
        ]
        .into_iter()
        .map(|(show, key)| {
            self.link(
                head,
                audience,
                &sort,
                show.word(),
                say.text(key, &[]),
                self.show == show,
            )
        })
        .collect()
    }

    /// Which scores order nothing, and why.
    fn note(&self) -> String {
        let say = self.state.say;
        if self.ranked.len() == self.state.results.document.indices.len() {
            say.text("r-order-ranked", &[])
        } else {
            say.text("r-order-alphabetical", &[])
        }
    }
}

impl Sort {
    fn word(&self) -> String {
        match self {
            Self::Name => String::new(),
            Self::Rate => "rate".to_owned(),
            Self::Change(index) => format!("change.{index}"),
            Self::Score(index) => format!("score.{index}"),
        }
    }
}

impl Show {
    fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Down => "down",
            Self::Up => "up",
            Self::Withheld => "withheld",
        }
    }
}

/// The larger first, what is withheld last.
fn descending(a: Option<f64>, b: Option<f64>) -> Ordering {
    b.unwrap_or(f64::NEG_INFINITY)
        .total_cmp(&a.unwrap_or(f64::NEG_INFINITY))
}

fn rate(unit: &Source<'_>) -> Option<f64> {
    unit.figure(&Cut::Everybody, &Subject::Responses)?.response_rate
}

fn index_figure<'a>(unit: &Source<'a>, index: &str) -> Option<&'a crate::report::model::Figure> {
    unit.figure(&Cut::Everybody, &Subject::Index(index.parse().ok()?))
}

fn score(unit: &Source<'_>, index: &str) -> Option<f64> {
    super::number::estimate(&index_figure(unit, index)?.measured).0
}

fn verdict_of(unit: &Source<'_>, index: &str) -> Option<Verdict> {
    match index_figure(unit, index)?.change.as_ref()? {
        Change::Tested(change) => Some(change.verdict),
        _ => None,
    }
}

fn change_order(unit: &Source<'_>, index: &str) -> u8 {
    match verdict_of(unit, index) {
        Some(Verdict::Down) => 0,
        Some(Verdict::Up) => 1,
        Some(Verdict::NoDetectableChange) => 2,
        None => 3,
    }
}

/// The address of a round's overview.
pub(super) fn address(round: &RoundId) -> String {
    format!("/results/{round}")
}
