//! Reading what a result is computed from.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::error::SealError;
use super::material::{Answers, Fielded, Fielding, Material};
use crate::agency::{AgencyCode, LineageEvent};
use crate::collect::packed::Layout;
use crate::report::model::Document;
use crate::round::{AudienceName, Promise, PromisedAudience, Round, RoundId};
use crate::store::responses::ResponseRow;
use crate::store::{Conn, agencies, responses, results, rounds};
use crate::survey::canonical::digest;
use crate::survey::definition::{Definition, SurveyId};
use crate::survey::publish;

/// Milliseconds in a mean year.
const YEAR: f64 = 365.25 * 86_400_000.0;

/// What stands around the responses: as known now, or as an earlier seal wrote it down.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub past: Vec<RoundId>,
    pub lineage: Vec<LineageEvent>,
    pub names: BTreeMap<AgencyCode, String>,
}

impl Context {
    /// As known now.
    pub(super) fn now(conn: &mut Conn, round: &Round) -> Result<Self, SealError> {
        let names = agencies::all(conn)?
            .into_iter()
            .map(|agency| (agency.code, agency.name));
        Ok(Self {
            names: names.collect(),
            lineage: agencies::events(conn)?,
            past: past_rounds(conn, round)?,
        })
    }

    /// As an earlier seal wrote it down.
    pub(super) fn of(document: &Document) -> Self {
        Self {
            past: document.past.iter().map(|past| past.round.clone()).collect(),
            lineage: document.lineage.clone(),
            names: document.names.clone(),
        }
    }
}

/// The sealed rounds that closed before this one and share an audience with it, oldest first.
fn past_rounds(conn: &mut Conn, present: &Round) -> Result<Vec<RoundId>, SealError> {
    let mut past = Vec::new();
    for id in results::sealed_rounds(conn)? {
        let Some(round) = parsed(&id)
            .map(|id| rounds::find(conn, &id))
            .transpose()?
            .flatten()
        else {
            continue;
        };
        let shares = round.audiences.iter().any(|then| {
            present
                .audiences
                .iter()
                .any(|now| now.name == then.name && now.mode == then.mode)
        });
        let is_before = (round.closed_at, &round.id) < (present.closed_at, &present.id);
        if shares && is_before && round.id != present.id && relates(conn, &round, present)? {
            past.push(round.id);
        }
    }
    Ok(past)
}

fn parsed(id: &str) -> Option<RoundId> {
    id.parse().ok()
}

/// Whether an index of one could be continued by the other: the same survey, or a declared short form.
fn relates(conn: &mut Conn, one: &Round, other: &Round) -> Result<bool, SealError> {
    if one.survey == other.survey {
        return Ok(true);
    }
    let (one, other) = (definition(conn, one)?, definition(conn, other)?);
    let names = |short: &Definition, long: &SurveyId| {
        let mut forms = short
            .indices
            .iter()
            .filter_map(|index| index.short_form_of.as_ref());
        forms.any(|form| &form.survey == long)
    };
    Ok(names(&one.0, &other.0.id) || names(&other.0, &one.0.id))
}

fn definition(conn: &mut Conn, round: &Round) -> Result<(Arc<Definition>, String), SealError> {
    let version = publish::find(conn, &round.survey, round.version)?;
    let version = version.ok_or_else(|| SealError::Corrupt {
        round: round.id.clone(),
        problem: format!("version {} of {} is not there", round.version, round.survey),
    })?;
    Ok((Arc::new(version.definition), version.digest))
}

/// Everything that the result of `round` is computed from.
pub(super) fn material(conn: &mut Conn, round: &Round, context: Context) -> Result<Material, SealError> {
    let present = fielding(conn, round)?;
    let mut past = Vec::with_capacity(context.past.len());
    for id in &context.past {
        let earlier = rounds::find(conn, id)?.ok_or_else(|| SealError::Corrupt {
            round: round.id.clone(),
            problem: format!("the earlier round `{id}` is not there"),
        })?;
        past.push(fielding(conn, &earlier)?);
    }
    let mut surveys: Vec<SurveyId> = past
        .iter()
        .chain([&present])
        .map(|round| round.definition.id.clone())
        .collect();
    surveys.sort();
    surveys.dedup();
    let mut versions = Vec::new();
    for survey in &surveys {
        let published = publish::versions(conn, survey)?.into_iter();
        versions.extend(published.map(|version| Arc::new(version.definition)));
    }
    Ok(Material {
        present,
        past,
        versions,
        lineage: context.lineage,
        names: context.names,
    })
}

fn fielding(conn: &mut Conn, round: &Round) -> Result<Fielding, SealError> {
    let (definition, definition_digest) = definition(conn, round)?;
    let layout = Layout::of(&definition);
    let frozen = round.promise.as_ref().ok_or_else(|| SealError::Corrupt {
        round: round.id.clone(),
        problem: "it has no promise".to_owned(),
    })?;
    let mut audiences = BTreeMap::new();
    let mut read = BTreeMap::new();
    for audience in &round.audiences {
        let promised = promised(round, &frozen.promise, &audience.name)?;
        let rows = responses::of_audience(conn, round.id.as_str(), audience.name.as_str())?;
        read.insert(audience.name.clone(), digests(&rows));
        let fielded = Fielded {
            title: audience.title.clone(),
            mode: promised.mode,
            headcounts: promised.headcounts.clone(),
            clusters: promised.clusters.clone(),
            answers: answers(round, &layout, rows)?,
        };
        audiences.insert(audience.name.clone(), fielded);
    }
    let (opened_at, closed_at) = times(round)?;
    let mut fielding = Fielding {
        round: round.id.clone(),
        title: round.title.clone(),
        opened_on: day(opened_at),
        closed_on: day(closed_at),
        closed_in_years: years(closed_at),
        definition,
        definition_digest,
        promise_digest: frozen.digest.clone(),
        thresholds: frozen.promise.thresholds,
        layout,
        audiences,
        inputs_digest: String::new(),
    };
    fielding.inputs_digest = inputs_digest(&fielding, &read)?;
    Ok(fielding)
}

fn promised<'a>(
    round: &Round,
    promise: &'a Promise,
    audience: &AudienceName,
) -> Result<&'a PromisedAudience, SealError> {
    promise.audiences.get(audience).ok_or_else(|| SealError::Corrupt {
        round: round.id.clone(),
        problem: format!("its promise does not speak of the audience `{audience}`"),
    })
}

fn times(round: &Round) -> Result<(Timestamp, Timestamp), SealError> {
    round
        .opened_at
        .zip(round.closed_at)
        .ok_or_else(|| SealError::Corrupt {
            round: round.id.clone(),
            problem: "it has no time of opening or closing".to_owned(),
        })
}

fn answers(
    round: &Round,
    layout: &Layout,
    rows: Vec<ResponseRow>,
) -> Result<BTreeMap<AgencyCode, Answers>, SealError> {
    let corrupt = |problem: String| SealError::Corrupt {
        round: round.id.clone(),
        problem,
    };
    let mut records: BTreeMap<AgencyCode, Vec<Vec<u8>>> = BTreeMap::new();
    for row in rows {
        let found = row.answers.len();
        if found != layout.width() {
            return Err(corrupt(format!(
                "a response has {found} bytes where its version has {}",
                layout.width()
            )));
        }
        let agency = row
            .agency
            .parse()
            .map_err(|error: crate::slug::BadSlug| corrupt(error.to_string()))?;
        records.entry(agency).or_default().push(row.answers);
    }
    Ok(records
        .into_iter()
        .map(|(agency, records)| (agency, Answers::sorted(records)))
        .collect())
}

/// SHA-256 over the responses of each agency, in the order of their content.
fn digests(rows: &[ResponseRow]) -> BTreeMap<String, String> {
    let mut by_agency: BTreeMap<&str, Vec<(&[u8], &str)>> = BTreeMap::new();
    for row in rows {
        let person = row.person.as_deref().unwrap_or("");
        by_agency
            .entry(&row.agency)
            .or_default()
            .push((&row.answers, person));
    }
    let hashed = |(agency, mut rows): (&str, Vec<(&[u8], &str)>)| {
        rows.sort_unstable();
        let mut hash = Sha256::new();
        for (answers, person) in rows {
            hash.update(answers);
            hash.update([0]);
            hash.update(person.as_bytes());
            hash.update([0]);
        }
        let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        (agency.to_owned(), hex)
    };
    by_agency.into_iter().map(hashed).collect()
}

/// What identifies the input of a round: the promise (and with it version, roster, headcounts and thresholds),
/// the days, and every response.
#[derive(Serialize)]
struct Inputs<'a> {
    round: &'a RoundId,
    promise: &'a str,
    definition: &'a str,
    opened_on: &'a str,
    closed_on: &'a str,
    responses: &'a BTreeMap<AudienceName, BTreeMap<String, String>>,
}

fn inputs_digest(
    fielding: &Fielding,
    responses: &BTreeMap<AudienceName, BTreeMap<String, String>>,
) -> Result<String, SealError> {
    Ok(digest(&Inputs {
        round: &fielding.round,
        promise: &fielding.promise_digest,
        definition: &fielding.definition_digest,
        opened_on: &fielding.opened_on,
        closed_on: &fielding.closed_on,
        responses,
    })?)
}

/// The day in UTC, `2025-05-31`.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn years(at: Timestamp) -> f64 {
    at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64() * 1000.0 / YEAR
}
