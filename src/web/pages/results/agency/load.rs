//! What an agency's pages are made of, read in one go.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::comments::Few;
use super::super::round::Loaded;
use crate::agency::{Agency, AgencyCode};
use crate::follow::FollowError;
use crate::follow::attained;
use crate::follow::commitment::{self, Commitment};
use crate::follow::judge::{self, Judgement};
use crate::follow::service_level::{self, ServiceLevel};
use crate::identity::Scope;
use crate::import::PastFigure;
use crate::report::model::{Cut, Unit};
use crate::report::read::{self, Results, Wanted};
use crate::report::since;
use crate::round::{AudienceName, RoundId};
use crate::store::{Conn, StoreError, past};
use crate::survey::definition::Definition;
use crate::survey::publish;
use crate::web::App;
use crate::web::problem::Problem;

/// What an agency's page is made of.
pub(in super::super) struct AgencyData {
    pub agency: Agency,
    /// The round that is shown, if any published one asked this agency.
    pub loaded: Option<Loaded>,
    /// The last round of the same survey before it, with the questions of the same units.
    pub last_time: Option<(Results, Definition)>,
    pub past: Vec<PastFigure>,
    /// Where the shown round does not ask how service levels are perceived: the last one before it that did.
    pub perceived: Option<(Results, Definition)>,
    pub commitments: Vec<(Commitment, Judgement)>,
    pub levels: Vec<ServiceLevel>,
    /// What people wrote and somebody released, by audience.
    pub comments: BTreeMap<AudienceName, Few>,
}

/// What the page is made of, as it is `now`.
pub(in super::super) async fn load(
    app: &App,
    scope: Scope,
    code: &str,
    round: Option<&str>,
    now: Timestamp,
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
        .read(move |conn| agency_data(conn, &agency, asked.as_ref(), &scope, now))
        .await?;
    found.ok_or_else(missing)
}

/// `None` when there is no such agency in the scope, or no published result of the round that was asked for.
fn agency_data(
    conn: &mut Conn,
    code: &AgencyCode,
    asked: Option<&RoundId>,
    scope: &Scope,
    now: Timestamp,
) -> Result<Option<AgencyData>, FollowError> {
    let Some(agency) = crate::agency::find(conn, code)?.filter(|_| scope.covers(code)) else {
        return Ok(None);
    };
    let loaded = latest(conn, code, asked, scope)?;
    if asked.is_some() && loaded.is_none() {
        return Ok(None);
    }
    let last_time = match &loaded {
        Some(loaded) => since::last_time(conn, &loaded.results, scope, code)?,
        None => None,
    };
    let levels = service_level::list(conn, scope, Some(code))?;
    let perceived = match &loaded {
        Some(loaded) if !levels.is_empty() => perceived(conn, loaded, code, scope)?,
        _ => None,
    };
    let commitments = commitment::to_agency(conn, scope, code, now)?;
    let judgements = judge::judge_in(conn, &commitments, code, scope)?;
    let mut comments = BTreeMap::new();
    if let Some(Loaded { results, .. }) = &loaded {
        for audience in &results.document.audiences {
            if let Some(unit) = Results::unit_of(audience, code) {
                comments.insert(audience.name.clone(), Few::read(conn, results, audience, unit)?);
            }
        }
    }
    Ok(Some(AgencyData {
        comments,
        past: past::of_agency(conn, code)?,
        levels,
        perceived,
        commitments: commitments.into_iter().zip(judgements).collect(),
        last_time,
        loaded,
        agency,
    }))
}

/// The round that was asked for, else the last published one that asked this agency.
fn latest(
    conn: &mut Conn,
    code: &AgencyCode,
    asked: Option<&RoundId>,
    scope: &Scope,
) -> Result<Option<Loaded>, StoreError> {
    let rounds = read::published_rounds(conn)?;
    for round in &rounds {
        if asked.is_some_and(|asked| asked != &round.round) {
            continue;
        }
        if let Some((results, definition)) = of_round(conn, &round.round, code, scope)? {
            return Ok(Some(Loaded {
                results,
                definition,
                rounds,
            }));
        }
    }
    Ok(None)
}

/// The figures of the state and of the unit that speaks for an agency in a round; `None` when the round did not ask it.
fn of_round(
    conn: &mut Conn,
    round: &RoundId,
    code: &AgencyCode,
    scope: &Scope,
) -> Result<Option<(Results, Definition)>, StoreError> {
    let wanted = Wanted {
        units: Some(BTreeSet::from([Unit::StateMean])),
        speaks_for: Some(code.clone()),
        ..Wanted::default()
    };
    let Some(results) = read::results_of(conn, round, scope, &wanted)? else {
        return Ok(None);
    };
    let document = &results.document;
    let mut audiences = document.audiences.iter();
    if !audiences.any(|audience| Results::unit_of(audience, code).is_some()) {
        return Ok(None);
    }
    let version = publish::find(conn, &document.survey, document.version)?;
    Ok(version.map(|version| (results, version.definition)))
}

/// Nothing where the shown round asks it itself, or none before it did.
fn perceived(
    conn: &mut Conn,
    loaded: &Loaded,
    code: &AgencyCode,
    scope: &Scope,
) -> Result<Option<(Results, Definition)>, StoreError> {
    let asks = |definition: &Definition| since::item_of(definition, attained::ALL).is_some();
    if asks(&loaded.definition) {
        return Ok(None);
    }
    let shown = &loaded.results.document.closed_on;
    for round in loaded.rounds.iter().filter(|round| round.closed_on < *shown) {
        let survey = round.survey.parse().ok();
        let version = match survey {
            Some(survey) => publish::find(conn, &survey, round.version)?,
            None => None,
        };
        let Some(version) = version.filter(|version| asks(&version.definition)) else {
            continue;
        };
        let wanted = Wanted {
            speaks_for: Some(code.clone()),
            kinds: Some(since::KINDS.to_vec()),
            cut: Some(Cut::Everybody),
            ..Wanted::default()
        };
        let found = read::results_of(conn, &round.round, scope, &wanted)?;
        let told = found.filter(|results| {
            let mut audiences = results.document.audiences.iter();
            audiences.any(|audience| Results::unit_of(audience, code).is_some())
        });
        if let Some(results) = told {
            return Ok(Some((results, version.definition)));
        }
    }
    Ok(None)
}
