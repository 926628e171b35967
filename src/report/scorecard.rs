//! The public scorecard: off unless somebody who runs rounds puts a published round on it, with those agencies that agreed
//! for that round, each with the name of who agreed for it.
//!
//! What everybody sees is a part of what leadership sees, through the same door ([`read`]): the state's figures and those of the
//! agencies that agreed, of anonymous audiences only. Clusters are left out: their other agencies did not agree. Since
//! every published figure passed the disclosure rule as if all readers colluded, a part of them gives away no more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use thiserror::Error;

use super::model::Unit;
use super::read::{self, Results, Wanted};
use crate::agency::AgencyCode;
use crate::identity::{Actor, IdentityError, Scope, audit};
use crate::round::{Mode, RoundId};
use crate::store::scorecard::{self as rows, ScorecardAgencyRow, ScorecardRow};
use crate::store::{Conn, StoreError};

/// A round on the scorecard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scorecard {
    /// The round.
    pub round: RoundId,
    /// Under which licence the data may be used, e.g. `CC-BY-4.0`.
    pub licence: String,
    /// Who stands on it by name, and who agreed for them.
    pub agencies: BTreeMap<AgencyCode, String>,
}

/// Why a scorecard was not changed.
#[derive(Debug, Error)]
pub enum ScorecardError {
    /// Only published results can be shown.
    #[error(
        "there is no published result of a round `{0}`: publish it first, `rapport round list` shows the states"
    )]
    NotPublished(RoundId),
    /// The agency was not asked, or its result is not its own.
    #[error("`{0}` is not reported on its own in this round, so it cannot stand on the scorecard")]
    NotAlone(AgencyCode),
    /// Consent needs a name.
    #[error("say who agreed for `{0}`: write `{0}=Name of the person`")]
    NobodyAgreed(AgencyCode),
    /// Data without a licence is not open.
    #[error("name the licence under which the data may be used, e.g. `CC-BY-4.0`")]
    NoLicence,
    /// It could not be recorded.
    #[error(transparent)]
    Unrecorded(#[from] IdentityError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts a published round on the scorecard, in place of what was shown of it before; recorded.
///
/// # Errors
/// [`ScorecardError`] with the remedy; nothing is changed then.
pub fn show(conn: &mut Conn, who: &Actor, card: &Scorecard, now: Timestamp) -> Result<(), ScorecardError> {
    if card.licence.trim().is_empty() {
        return Err(ScorecardError::NoLicence);
    }
    let head = Wanted {
        kinds: Some(Vec::new()),
        ..Wanted::default()
    };
    let results = read::results_of(conn, &card.round, &Scope::All, &head)?;
    let results = results.ok_or_else(|| ScorecardError::NotPublished(card.round.clone()))?;
    let units = results
        .document
        .audiences
        .iter()
        .filter(|audience| audience.mode == Mode::Anonymous);
    let alone: BTreeSet<&Unit> = units
        .flat_map(|audience| &audience.units)
        .map(|unit| &unit.unit)
        .collect();
    for (agency, agreed_by) in &card.agencies {
        if agreed_by.trim().is_empty() {
            return Err(ScorecardError::NobodyAgreed(agency.clone()));
        }
        if !alone.contains(&Unit::Agency(agency.clone())) {
            return Err(ScorecardError::NotAlone(agency.clone()));
        }
    }
    let round = card.round.to_string();
    let agencies: Vec<ScorecardAgencyRow> = card
        .agencies
        .iter()
        .map(|(agency, agreed_by)| ScorecardAgencyRow {
            round: round.clone(),
            agency: agency.to_string(),
            agreed_by: agreed_by.clone(),
        })
        .collect();
    let row = ScorecardRow {
        round: round.clone(),
        licence: card.licence.clone(),
        shown_at: now.as_millisecond(),
    };
    rows::put(conn, &row, &agencies)?;
    let told = card
        .agencies
        .iter()
        .map(|(agency, by)| format!("{agency} ({by})"))
        .collect::<Vec<_>>()
        .join(", ");
    audit::record(conn, who, "scorecard.show", &round, &told, now)?;
    Ok(())
}

/// Takes a round off the scorecard; recorded. Whether it was on it.
///
/// # Errors
/// [`ScorecardError`] of the database.
pub fn hide(conn: &mut Conn, who: &Actor, round: &RoundId, now: Timestamp) -> Result<bool, ScorecardError> {
    let was_there = rows::remove(conn, round.as_str())?;
    if was_there {
        audit::record(conn, who, "scorecard.hide", round.as_str(), "", now)?;
    }
    Ok(was_there)
}

/// The rounds on the scorecard, the one that was put on last first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn list(conn: &mut Conn) -> Result<Vec<Scorecard>, StoreError> {
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt {
        what: "scorecard",
        problem: error.to_string(),
    };
    let mut cards = Vec::new();
    for (row, agencies) in rows::all(conn)? {
        let mut named = BTreeMap::new();
        for agency in agencies {
            let code = agency
                .agency
                .parse()
                .map_err(|error: crate::slug::BadSlug| corrupt(&error))?;
            named.insert(code, agency.agreed_by);
        }
        cards.push(Scorecard {
            round: row
                .round
                .parse()
                .map_err(|error: crate::slug::BadSlug| corrupt(&error))?,
            licence: row.licence,
            agencies: named,
        });
    }
    Ok(cards)
}

/// What everybody may see of the round that was put on the scorecard last; `None` while it is off.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn current(
    conn: &mut Conn,
    kinds: Option<Vec<&'static str>>,
) -> Result<Option<(Scorecard, Results)>, StoreError> {
    let Some(card) = list(conn)?.into_iter().next() else {
        return Ok(None);
    };
    let scope = Scope::Agencies(card.agencies.keys().cloned().collect());
    let wanted = Wanted {
        cut: Some(super::model::Cut::Everybody),
        kinds,
        ..Wanted::default()
    };
    let Some(mut results) = read::results_of(conn, &card.round, &scope, &wanted)? else {
        return Ok(None);
    };
    results
        .document
        .audiences
        .retain(|audience| audience.mode == Mode::Anonymous);
    for audience in &mut results.document.audiences {
        audience
            .units
            .retain(|unit| !matches!(unit.unit, Unit::Cluster(_)));
        audience.cuts.clear();
    }
    let kept: BTreeSet<_> = results
        .document
        .audiences
        .iter()
        .flat_map(|audience| {
            audience
                .units
                .iter()
                .map(|unit| (audience.name.clone(), unit.unit.clone()))
        })
        .collect();
    results
        .figures
        .retain(|(audience, unit, _, _), _| kept.contains(&(audience.clone(), unit.clone())));
    Ok(Some((card, results)))
}
