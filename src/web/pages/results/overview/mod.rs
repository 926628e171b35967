//! `/results/{round}`: in one minute, who trusts the office less or more than before, how sure that is, and where
//! everybody stands.
//!
//! `state` is the upper half, `units` a row of the table below, `arrangement` the order of its rows.

mod arrangement;
mod state;
mod units;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use self::arrangement::Arrangement;
use self::state::{IndexView, index_view};
use self::units::{UnitView, unit_view};
use super::number::{Number, Source};
use super::reader::Reader;
use super::round::{self, Head, Link, Loaded};
use super::say::Say;
use crate::identity::Scope;
use crate::report::model::{Cut, DocumentUnit, Subject, Unit};
use crate::report::read::{self, Results, Wanted};
use crate::report::year::{self, YearChange};
use crate::round::receipts::{self, Ways};
use crate::round::{AudienceName, RoundId};
use crate::store::{Conn, StoreError};
use crate::survey::definition::IndexId;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::PageProblem;

/// What changed since a year ago, by audience.
type Years = BTreeMap<AudienceName, BTreeMap<(IndexId, Unit), YearChange>>;

pub(super) use state::course;
pub(super) use units::{members, rank};

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
    let sees_all = matches!(who.scope(), Scope::All);
    let (ways, whole) = app
        .store
        .read(move |conn| {
            let whole = if sees_all { None } else { whole(conn, &round)? };
            Ok::<_, StoreError>((receipts::ways_of(conn, &round)?, whole))
        })
        .await?;
    let years = years(whole.as_ref().unwrap_or(&loaded.results));
    let mut view = view(app, reader, asked, loaded, (&who.scope(), &years));
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

/// The indices of every agency. Verdicts are adjusted over all of them, whoever reads; only what the reader may see is shown.
fn whole(conn: &mut Conn, round: &RoundId) -> Result<Option<Results>, StoreError> {
    let wanted = Wanted {
        cut: Some(Cut::Everybody),
        kinds: Some(vec!["index"]),
        ..Wanted::default()
    };
    read::results_of(conn, round, &Scope::All, &wanted)
}

fn years(whole: &Results) -> Years {
    let audiences = whole.document.audiences.iter();
    audiences
        .map(|audience| {
            let changes = year::changes(whole, audience).unwrap_or_default();
            (audience.name.clone(), changes)
        })
        .collect()
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

fn view(
    app: &App,
    reader: &Reader,
    asked: &Asked,
    loaded: &Loaded,
    (scope, years): (&Scope, &Years),
) -> View {
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
            .map(|index| index_view(loaded, &state, index, sees_all, years))
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

/// The address of a round's overview.
pub(super) fn address(round: &RoundId) -> String {
    format!("/results/{round}")
}
