//! A commitment, judged: what became of exactly the items that measure its constructs, from the published result in
//! which it was said to the next published one.
//!
//! Both values are read from sealed results, through the door that everybody reads through: what is withheld there is
//! withheld here. The difference and its test are those of `measure` (Welch, adjusted over the items of one
//! commitment), and "up" and "down" mean what they mean everywhere, by the threshold that the later round promised.
//! A better answer after a commitment does not prove that the commitment did it, and this says nothing of that kind.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::FollowError;
use super::commitment::{Commitment, is_rated};
use crate::agency::AgencyCode;
use crate::identity::Scope;
use crate::measure::change::{Adjustment, MeanDifference, Sample, Verdict, VerdictRule, adjust, welch};
use crate::measure::interval::Confidence;
use crate::report::model::{DocumentAudience, Figure, Measured, Subject, Unit};
use crate::report::read::{self, PublishedRound, Results, Wanted};
use crate::round::RoundId;
use crate::store::{Conn, StoreError};
use crate::survey::definition::{AnswerKind, Definition, Item};
use crate::survey::publish;

/// 95 %, as everywhere.
const LEVEL: f64 = 0.95;

/// What became of a commitment's items.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Judgement {
    /// Why there is nothing to compare yet; absent when there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_yet: Option<&'static str>,
    /// The title of the round in which it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The title of the round that judges it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// By audience and item.
    pub items: Vec<Judged>,
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
    /// `up`, `down` or `no-detectable-change`; absent where nothing could be tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<&'static str>,
    /// Why something is missing; empty when nothing is.
    pub note: &'static str,
}

struct Side {
    title: String,
    results: Results,
    definition: Definition,
}

/// Judges a commitment, as far as the scope reaches.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn judge(conn: &mut Conn, commitment: &Commitment, scope: &Scope) -> Result<Judgement, FollowError> {
    if commitment.constructs.is_empty() {
        return Ok(not_yet("It names nothing by which it could be judged."));
    }
    let rounds = read::published_rounds(conn)?;
    let made_on = commitment
        .created_at
        .parse::<Timestamp>()
        .map_err(|error| corrupt(&error))?;
    let made_on = made_on.strftime("%Y-%m-%d").to_string();
    let Some(before) = said_in(conn, &rounds, commitment, &made_on, scope)? else {
        return Ok(not_yet("No published result from before it measures this."));
    };
    let Some(now) = next_after(conn, &rounds, commitment, (&before, &made_on), scope)? else {
        return Ok(Judgement {
            before: Some(before.title),
            ..not_yet("The next result that measures this is not published yet.")
        });
    };
    let items = items(commitment, &before, &now)?;
    Ok(Judgement {
        not_yet: None,
        before: Some(before.title),
        now: Some(now.title),
        items,
    })
}

fn not_yet(why: &'static str) -> Judgement {
    Judgement {
        not_yet: Some(why),
        before: None,
        now: None,
        items: Vec::new(),
    }
}

/// The round that the commitment names, else the last one that closed before it was made and measures it.
fn said_in(
    conn: &mut Conn,
    rounds: &[PublishedRound],
    commitment: &Commitment,
    made_on: &str,
    scope: &Scope,
) -> Result<Option<Side>, FollowError> {
    for round in rounds {
        let named = commitment
            .round
            .as_deref()
            .map(|named| named == round.round.as_str());
        if !named.unwrap_or(round.closed_on.as_str() <= made_on) {
            continue;
        }
        if let Some(side) = side(conn, round, commitment, scope)? {
            return Ok(Some(side));
        }
    }
    Ok(None)
}

/// The first round of the same survey that closed after both: the next time that the same was asked, not the few items
/// of it that a pulse asks in between.
fn next_after(
    conn: &mut Conn,
    rounds: &[PublishedRound],
    commitment: &Commitment,
    (before, made_on): (&Side, &str),
    scope: &Scope,
) -> Result<Option<Side>, FollowError> {
    let closed = before.results.document.closed_on.parse::<Date>().ok();
    for round in rounds.iter().rev() {
        let later = round.closed_on.parse::<Date>().ok() > closed && round.closed_on.as_str() > made_on;
        if !later {
            continue;
        }
        let found = side(conn, round, commitment, scope)?;
        let survey = &before.results.document.survey;
        if let Some(side) = found.filter(|side| side.results.document.survey == *survey) {
            return Ok(Some(side));
        }
    }
    Ok(None)
}

/// A published round, if its version measures any of the constructs.
fn side(
    conn: &mut Conn,
    round: &PublishedRound,
    commitment: &Commitment,
    scope: &Scope,
) -> Result<Option<Side>, FollowError> {
    let wanted = Wanted {
        kinds: Some(vec!["item", "satisfaction"]),
        ..Wanted::default()
    };
    let Some(results) = read::results_of(conn, &round.round, scope, &wanted)? else {
        return Ok(None);
    };
    let document = &results.document;
    let Some(version) = publish::find(conn, &document.survey, document.version)? else {
        return Ok(None);
    };
    let definition = version.definition;
    let measures = commitment
        .constructs
        .iter()
        .any(|construct| item_of(&definition, construct).is_some());
    Ok(measures.then(|| Side {
        title: round.title.clone(),
        results,
        definition,
    }))
}

/// The rated item that measures a construct.
fn item_of<'a>(definition: &'a Definition, construct: &str) -> Option<&'a Item> {
    definition.items().find(|item| {
        is_rated(item)
            && item
                .construct
                .as_ref()
                .is_some_and(|known| known.as_str() == construct)
    })
}

fn items(commitment: &Commitment, before: &Side, now: &Side) -> Result<Vec<Judged>, FollowError> {
    let agency: Option<AgencyCode> = commitment
        .agency
        .as_deref()
        .and_then(|agency| agency.parse().ok());
    let mut judged = Vec::new();
    let mut tests = Vec::new();
    for audience in &now.results.document.audiences {
        let earlier = before
            .results
            .document
            .audiences
            .iter()
            .find(|one| one.name == audience.name);
        let Some(earlier) = earlier.filter(|one| one.mode == audience.mode) else {
            continue;
        };
        for construct in &commitment.constructs {
            let Some(item) = item_of(&now.definition, construct) else {
                if let Some(old) = item_of(&before.definition, construct) {
                    let gone = "It is not asked any more.";
                    judged.push(blank(audience, construct, old, &before.definition, gone));
                    tests.push(None);
                }
                continue;
            };
            let units = (unit(earlier, agency.as_ref()), unit(audience, agency.as_ref()));
            let figures = match units {
                (Some(then), Some(now_unit)) if is_same(earlier, &then, audience, &now_unit) => {
                    Some((then, now_unit))
                }
                _ => None,
            };
            let (one, test) = compare(construct, item, (before, earlier), (now, audience), figures);
            judged.push(one);
            tests.push(test);
        }
    }
    let p: Vec<Option<f64>> = tests
        .iter()
        .map(|test| test.as_ref().map(|test| test.p))
        .collect();
    let adjusted = adjust(&p, Adjustment::BenjaminiHochberg).map_err(|error| corrupt(&error))?;
    let rule = VerdictRule {
        least_change: now.results.document.thresholds.least_change,
        ..VerdictRule::default()
    };
    for ((one, test), p) in judged.iter_mut().zip(&tests).zip(adjusted) {
        if let (Some(test), Some(p)) = (test, p) {
            one.difference = Some(test.difference);
            one.verdict = Some(match rule.judge(test.difference, p) {
                Verdict::Up => "up",
                Verdict::Down => "down",
                Verdict::NoDetectableChange => "no-detectable-change",
            });
        }
    }
    Ok(judged)
}

fn blank(
    audience: &DocumentAudience,
    construct: &str,
    item: &Item,
    definition: &Definition,
    note: &'static str,
) -> Judged {
    let language = definition.languages.first();
    Judged {
        audience: audience.title.clone(),
        construct: construct.to_owned(),
        asked: language
            .map(|language| item.text.get(language).to_owned())
            .unwrap_or_default(),
        before: None,
        now: None,
        difference: None,
        verdict: None,
        note,
    }
}

fn compare(
    construct: &str,
    item: &Item,
    (before, earlier): (&Side, &DocumentAudience),
    (now, audience): (&Side, &DocumentAudience),
    units: Option<(Unit, Unit)>,
) -> (Judged, Option<MeanDifference>) {
    let mut judged = blank(audience, construct, item, &now.definition, "");
    let Some(old) = item_of(&before.definition, construct) else {
        judged.note = "It was not asked then.";
        return (judged, None);
    };
    if old.wording.is_none() || old.wording != item.wording {
        judged.note = "It was worded differently then, so the two cannot be compared.";
        return (judged, None);
    }
    let Some((then, now_unit)) = units else {
        judged.note = "The agency is not reported as the same body as then.";
        return (judged, None);
    };
    let first = before
        .results
        .figure(&earlier.name, &then, &subject(old))
        .and_then(score);
    let second = now
        .results
        .figure(&audience.name, &now_unit, &subject(item))
        .and_then(score);
    judged.before = first.map(|(mean, ..)| mean);
    judged.now = second.map(|(mean, ..)| mean);
    let (Some(first), Some(second)) = (first, second) else {
        judged.note = "One of the two figures is withheld or was not measured.";
        return (judged, None);
    };
    let test = tested(second, first);
    if test.is_none() {
        judged.note = "It cannot be tested whether this is more than chance.";
    }
    (judged, test)
}

type Score = (f64, Option<f64>, u32);

fn score(figure: &Figure) -> Option<Score> {
    match &figure.measured {
        Measured::Score(score) => Some((score.mean, score.sd, figure.respondents)),
        _ => None,
    }
}

fn tested(now: Score, before: Score) -> Option<MeanDifference> {
    let sample = |(mean, sd, n): Score| {
        Some(Sample {
            n: u64::from(n),
            mean,
            sd: sd?,
        })
    };
    let level = Confidence::new(LEVEL).ok()?;
    welch(sample(now)?, sample(before)?, level).ok()
}

fn subject(item: &Item) -> Subject {
    match item.answer {
        AnswerKind::ImportanceSatisfaction { .. } => Subject::Satisfaction(item.id.clone()),
        _ => Subject::Item(item.id.clone()),
    }
}

fn unit(audience: &DocumentAudience, agency: Option<&AgencyCode>) -> Option<Unit> {
    match agency {
        None => Some(Unit::StateMean),
        Some(agency) => Results::unit_of(audience, agency).map(|unit| unit.unit.clone()),
    }
}

/// Whether a unit was the same body: itself, or a cluster of the same agencies.
fn is_same(earlier: &DocumentAudience, then: &Unit, audience: &DocumentAudience, now: &Unit) -> bool {
    let members = |audience: &DocumentAudience, unit: &Unit| {
        let found = audience.units.iter().find(|one| &one.unit == unit);
        found.map(|one| one.agencies.clone()).unwrap_or_default()
    };
    then == now && members(earlier, then) == members(audience, now)
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
