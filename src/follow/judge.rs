//! A commitment, judged: what became of exactly the items that measure its constructs, from the published result in
//! which it was said to the next published one.
//!
//! Both values are read from sealed results, through the door that everybody reads through: what is withheld there is
//! withheld here. The difference and its test are those of [`since`] (Welch, adjusted over the items of one
//! commitment), and "up" and "down" mean what they mean everywhere, by the threshold that the later round promised.
//! A better answer after a commitment does not prove that the commitment did it, and this says nothing of that kind.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::FollowError;
use super::commitment::Commitment;
use crate::agency::AgencyCode;
use crate::identity::Scope;
use crate::measure::change::Verdict;
use crate::report::model::{DocumentAudience, DocumentUnit, Interval, Unit};
use crate::report::read::{self, PublishedRound, Results, Wanted};
use crate::report::since::{self, Found, Untold};
use crate::round::RoundId;
use crate::store::{Conn, StoreError};
use crate::survey::definition::{Definition, Item};
use crate::survey::publish;

/// What became of a commitment's items.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Judgement {
    /// Why there is nothing to compare yet; absent when there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_yet: Option<&'static str>,
    /// The same as a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<Waits>,
    /// The title of the round in which it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The title of the round that judges it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// By audience and item.
    pub items: Vec<Judged>,
}

/// What a judgement waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Waits {
    /// Somebody to say by what it is judged.
    Constructs,
    /// A published result from before it that measures this: there is none.
    EarlierResult,
    /// The next published result that measures this.
    NextResult,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Judged {
    /// The title of the audience that was asked.
    pub audience: String,
    /// What is measured.
    pub construct: String,
    /// The item, as it was asked now.
    pub asked: String,
    /// Its score then, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<f64>,
    /// Its score now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<f64>,
    /// Now minus before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
    /// The 95 % interval of the difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub interval: Option<Interval>,
    /// `up`, `down` or `no-detectable-change`; absent where nothing could be tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<&'static str>,
    /// Why something is missing; empty when nothing is.
    pub note: &'static str,
    /// The same as a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<Untold>,
}

impl Waits {
    fn told(self) -> &'static str {
        match self {
            Self::Constructs => "It names nothing by which it could be judged.",
            Self::EarlierResult => "No published result from before it measures this.",
            Self::NextResult => "The next result that measures this is not published yet.",
        }
    }
}

fn told(why: Untold) -> &'static str {
    match why {
        Untold::NotAskedNow => "It is not asked any more.",
        Untold::NotAskedThen => "It was not asked then.",
        Untold::Reworded => "It was worded differently then, so the two cannot be compared.",
        Untold::Reorganised => "The agency is not reported as the same body as then.",
        Untold::NoFigure => "One of the two figures is withheld or was not measured.",
        Untold::NotTestable => "It cannot be tested whether this is more than chance.",
    }
}

/// Judges a commitment by the answers of those to whom it was made, as far as the scope reaches.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn judge(conn: &mut Conn, commitment: &Commitment, scope: &Scope) -> Result<Judgement, FollowError> {
    let agency = commitment.agency.as_deref();
    let agency = agency.and_then(|agency| agency.parse::<AgencyCode>().ok());
    Shelf::new(conn, scope, agency.as_ref())?.judge(conn, commitment)
}

/// Judges commitments by the answers of one agency of the scope, also those that were made to all.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn judge_in(
    conn: &mut Conn,
    commitments: &[Commitment],
    agency: &AgencyCode,
    scope: &Scope,
) -> Result<Vec<Judgement>, FollowError> {
    let mut shelf = Shelf::new(conn, scope, Some(agency))?;
    let judged = commitments.iter().map(|one| shelf.judge(conn, one));
    judged.collect()
}

/// A published result and what was asked.
struct Volume {
    round: PublishedRound,
    results: Results,
    definition: Definition,
}

/// The published results, each read when it is asked for and kept for the next commitment.
struct Shelf<'a> {
    scope: &'a Scope,
    /// Whose answers judge; none for the whole state.
    agency: Option<&'a AgencyCode>,
    /// The last closed first.
    rounds: Vec<PublishedRound>,
    read: BTreeMap<RoundId, Option<Volume>>,
}

impl<'a> Shelf<'a> {
    fn new(conn: &mut Conn, scope: &'a Scope, agency: Option<&'a AgencyCode>) -> Result<Self, StoreError> {
        Ok(Self {
            scope,
            agency,
            rounds: read::published_rounds(conn)?,
            read: BTreeMap::new(),
        })
    }

    fn judge(&mut self, conn: &mut Conn, commitment: &Commitment) -> Result<Judgement, FollowError> {
        if commitment.constructs.is_empty() {
            return Ok(waits(Waits::Constructs, None));
        }
        let made_at: Timestamp = commitment
            .created_at
            .parse()
            .map_err(|error: jiff::Error| corrupt(&error))?;
        let made_on = made_at.strftime("%Y-%m-%d").to_string();
        let Some(before) = self.said_in(conn, commitment, &made_on)? else {
            return Ok(waits(Waits::EarlierResult, None));
        };
        let now = self.next_after(conn, commitment, &before, &made_on)?;
        let Some(before) = self.volume(&before.round) else {
            return Ok(waits(Waits::EarlierResult, None));
        };
        let Some(now) = now.and_then(|now| self.volume(&now.round)) else {
            return Ok(waits(Waits::NextResult, Some(before.round.title.clone())));
        };
        Ok(Judgement {
            not_yet: None,
            waits_for: None,
            before: Some(before.round.title.clone()),
            now: Some(now.round.title.clone()),
            items: items(commitment, self.agency, before, now)?,
        })
    }

    fn volume(&self, round: &RoundId) -> Option<&Volume> {
        self.read.get(round)?.as_ref()
    }

    /// The round that the commitment names, else the last one that closed before it was made and measures it.
    fn said_in(
        &mut self,
        conn: &mut Conn,
        commitment: &Commitment,
        made_on: &str,
    ) -> Result<Option<PublishedRound>, FollowError> {
        let named = commitment.round.as_deref();
        let may_be = |round: &PublishedRound| match named {
            Some(named) => named == round.round.as_str(),
            None => round.closed_on.as_str() <= made_on,
        };
        let rounds: Vec<PublishedRound> = self
            .rounds
            .iter()
            .filter(|round| may_be(round))
            .cloned()
            .collect();
        self.first_that_measures(conn, commitment, rounds)
    }

    /// The first round of the same survey that closed after both: the next time that the same was asked, not the few items
    /// of it that a pulse asks in between.
    fn next_after(
        &mut self,
        conn: &mut Conn,
        commitment: &Commitment,
        before: &PublishedRound,
        made_on: &str,
    ) -> Result<Option<PublishedRound>, FollowError> {
        let day = |round: &PublishedRound| round.closed_on.parse::<Date>().ok();
        let is_later = |round: &PublishedRound| {
            round.survey == before.survey && day(round) > day(before) && round.closed_on.as_str() > made_on
        };
        let rounds: Vec<PublishedRound> = self
            .rounds
            .iter()
            .rev()
            .filter(|round| is_later(round))
            .cloned()
            .collect();
        self.first_that_measures(conn, commitment, rounds)
    }

    fn first_that_measures(
        &mut self,
        conn: &mut Conn,
        commitment: &Commitment,
        rounds: Vec<PublishedRound>,
    ) -> Result<Option<PublishedRound>, FollowError> {
        for round in rounds {
            if !self.read.contains_key(&round.round) {
                let found = self.found(conn, &round)?;
                self.read.insert(round.round.clone(), found);
            }
            let definition = self.volume(&round.round).map(|volume| &volume.definition);
            let measures = |construct: &String| {
                definition.is_some_and(|definition| since::item_of(definition, construct).is_some())
            };
            if commitment.constructs.iter().any(measures) {
                return Ok(Some(round));
            }
        }
        Ok(None)
    }

    fn found(&self, conn: &mut Conn, round: &PublishedRound) -> Result<Option<Volume>, StoreError> {
        let units = match self.agency {
            None => Some(std::iter::once(Unit::StateMean).collect()),
            Some(_) => None,
        };
        let wanted = Wanted {
            units,
            speaks_for: self.agency.cloned(),
            kinds: Some(since::KINDS.to_vec()),
            ..Wanted::default()
        };
        let Some(results) = read::results_of(conn, &round.round, self.scope, &wanted)? else {
            return Ok(None);
        };
        let version = publish::find(conn, &results.document.survey, results.document.version)?;
        Ok(version.map(|version| Volume {
            round: round.clone(),
            results,
            definition: version.definition,
        }))
    }
}

fn waits(what: Waits, before: Option<String>) -> Judgement {
    Judgement {
        not_yet: Some(what.told()),
        waits_for: Some(what),
        before,
        now: None,
        items: Vec::new(),
    }
}

impl Volume {
    fn side<'a>(&'a self, audience: &'a DocumentAudience, agency: Option<&AgencyCode>) -> since::Side<'a> {
        since::Side {
            results: &self.results,
            definition: &self.definition,
            audience,
            unit: unit(audience, agency),
        }
    }
}

fn unit<'a>(audience: &'a DocumentAudience, agency: Option<&AgencyCode>) -> Option<&'a DocumentUnit> {
    match agency {
        None => audience.units.iter().find(|unit| unit.unit == Unit::StateMean),
        Some(agency) => Results::unit_of(audience, agency),
    }
}

fn items(
    commitment: &Commitment,
    agency: Option<&AgencyCode>,
    before: &Volume,
    now: &Volume,
) -> Result<Vec<Judged>, FollowError> {
    let (mut judged, mut found) = (Vec::new(), Vec::new());
    for audience in &now.results.document.audiences {
        let same = |one: &&DocumentAudience| one.name == audience.name && one.mode == audience.mode;
        let Some(earlier) = before.results.document.audiences.iter().find(same) else {
            continue;
        };
        let (side, then) = (now.side(audience, agency), before.side(earlier, agency));
        for construct in &commitment.constructs {
            let asked = since::item_of(&now.definition, construct);
            let (item, definition, one) = match asked {
                Some(item) => (item, &now.definition, since::question(&side, &then, item)),
                None => match since::item_of(&before.definition, construct) {
                    Some(old) => (old, &before.definition, gone()),
                    None => continue,
                },
            };
            judged.push(blank(audience, construct, (item, definition), &one));
            found.push(one);
        }
    }
    let least = now.results.document.thresholds.least_change;
    let changes = since::judged(&found, least).map_err(|error| corrupt(&error))?;
    for (one, change) in judged.iter_mut().zip(changes) {
        match change {
            Ok(change) => {
                one.difference = Some(change.difference);
                one.interval = Some(change.interval);
                one.verdict = Some(word(change.verdict));
            }
            Err(why) => (one.note, one.why_not) = (told(why), Some(why)),
        }
    }
    Ok(judged)
}

fn gone() -> Found {
    Found {
        before: None,
        now: None,
        test: Err(Untold::NotAskedNow),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Up => "up",
        Verdict::Down => "down",
        Verdict::NoDetectableChange => "no-detectable-change",
    }
}

fn blank(
    audience: &DocumentAudience,
    construct: &str,
    (item, definition): (&Item, &Definition),
    found: &Found,
) -> Judged {
    let language = definition.languages.first();
    Judged {
        audience: audience.title.clone(),
        construct: construct.to_owned(),
        asked: language
            .map(|language| item.text.get(language).to_owned())
            .unwrap_or_default(),
        before: found.before,
        now: found.now,
        difference: None,
        interval: None,
        verdict: None,
        note: "",
        why_not: None,
    }
}

/// The round that a commitment may name: published ones, the last first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn rounds_to_name(conn: &mut Conn) -> Result<Vec<(RoundId, String)>, StoreError> {
    let rounds = read::published_rounds(conn)?;
    Ok(rounds
        .into_iter()
        .map(|round| (round.round, round.title))
        .collect())
}

fn corrupt(problem: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "result",
        problem: problem.to_string(),
    }
}
