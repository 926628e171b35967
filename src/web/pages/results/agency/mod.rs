//! `/agencies/{code}`: one agency, or the cluster it is reported in, with everything that is sealed about it, what the
//! office committed to and what it delivered.
//!
//! | file | part of the page |
//! | --- | --- |
//! | `load` | what all of it is made of |
//! | `indices` | the indices with their parts and their course |
//! | `standing` | questions that stand out from the state |
//! | `since` | questions that changed since last time |
//! | `services` | service levels, attained and perceived |
//! | `committed` | commitments and what became of them |
//! | `items` | every question with its answers |
//! | `segments` | who answered |

mod committed;
mod indices;
mod items;
mod load;
mod segments;
mod services;
mod since;
mod standing;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::comments::{self, CommentsView};
use super::drivers::{self, OutcomeView};
use super::number::{Number, Source};
use super::overview::members;
use super::reader::{OtherLanguage, Reader};
use super::round::{self, Head, Link, Loaded};
use super::say::Say;
use super::trend::{PastView, past_views};
use crate::agency::AgencyCode;
use crate::clock;
use crate::report::model::{DocumentAudience, Subject, Unit};
use crate::report::read::{PublishedRound, Results};
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::PageProblem;

pub(super) use committed::{CommitmentView, JudgedView};
pub(super) use indices::{IndexView, course};
pub(super) use load::{AgencyData, load};
pub(super) use services::{ServiceView, ServicesView};
pub(super) use since::{Moved, item_change, side};
pub(super) use standing::Difference;

/// Which round and audience.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    pub(super) round: Option<String>,
    #[serde(default)]
    pub(super) audience: String,
}

#[derive(Debug, Serialize)]
struct View {
    code: String,
    name: String,
    /// Empty where no published round asked this agency.
    heads: Vec<Head>,
    shown: Option<AudienceView>,
    beside: Beside,
    past: Vec<PastView>,
    /// What people wrote to the audience that is shown; none where nothing may be shown.
    comments: Option<CommentsView>,
    languages: Vec<OtherLanguage>,
}

/// What stands beside what people answered.
#[derive(Debug, Serialize)]
pub(super) struct Beside {
    pub services: ServicesView,
    pub commitments: Vec<CommitmentView>,
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
    pub standing: standing::Standing,
    pub since: since::SinceView,
    pub groups: Vec<items::ItemsView>,
    pub segments: Vec<segments::SegmentView>,
    /// What goes with each index here; empty where too few people answered for that.
    pub outcomes: Vec<OutcomeView>,
    /// Whether the state has drivers, to lead there.
    pub drivers_of_state: bool,
}

/// The page.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    code: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let now = clock::now();
    let found = load(&app, who.scope(), &code, asked.round.as_deref(), now).await?;
    let say = Say::new(&app, reader.lang);
    let shown = found.loaded.as_ref().and_then(|loaded| {
        let audience = spoken_for(loaded, &found.agency.code, &asked.audience)?;
        Some((loaded, audience))
    });
    let audience = shown.map(|(_, audience)| audience);
    let view = View {
        beside: beside(say, &found, audience, &now.strftime("%Y-%m-%d").to_string()),
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
    let since = since::Since::of_unit(found, &source);
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
        indices: loaded
            .definition
            .indices
            .iter()
            .map(|index| indices::index_view(loaded, &source, &state, index, past))
            .collect(),
        standing: standing::standing(&source, &state),
        since: since.view(&source),
        groups: items::groups(&source, &since),
        segments: segments::segments(&source),
        outcomes: drivers::of_unit(&source),
        drivers_of_state: !drivers::of_unit(&state).is_empty(),
    })
}

/// What stands beside what people answered; also for an agency that no round has asked yet, up to `today`.
pub(super) fn beside(
    say: Say<'_>,
    found: &AgencyData,
    audience: Option<&DocumentAudience>,
    today: &str,
) -> Beside {
    let shown = found.loaded.as_ref().map(|loaded| &loaded.results.document);
    let until = shown.map_or(today, |document| document.closed_on.as_str());
    let source = audience.and_then(|audience| perception(say, found, audience));
    Beside {
        services: services::services(say, &found.levels, source.as_ref(), (shown, until)),
        commitments: committed::commitments(say, found, audience),
    }
}

/// Where it is told how an audience perceives service levels: the shown round, or the last that asked it.
fn perception<'a>(say: Say<'a>, found: &'a AgencyData, audience: &DocumentAudience) -> Option<Source<'a>> {
    let (results, definition) = match (&found.perceived, &found.loaded) {
        (Some((results, definition)), _) => (results, definition),
        (None, Some(loaded)) => (&loaded.results, &loaded.definition),
        (None, None) => return None,
    };
    let mut audiences = results.document.audiences.iter();
    let audience = audiences.find(|one| one.name == audience.name && one.mode == audience.mode)?;
    Some(Source {
        say,
        results,
        definition,
        audience,
        unit: Results::unit_of(audience, &found.agency.code)?,
    })
}
