//! Reading what a result is computed from.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::alike::Earlier;
use super::error::SealError;
use super::groups::Groups;
use super::joins::{SharedForms, shared_forms};
use super::material::{Alike, Answers, Fielded, Fielding, Material, Tallied};
use super::menu::{Menu, menus};
use super::pool::{BadPool, Pool, WrongLength};
use super::progress::{Phase, Progress, Watch};
use crate::agency::{AgencyCode, LineageEvent};
use crate::collect::packed::Layout;
use crate::measure::numeric::count;
use crate::measure::parallel::Workers;
use crate::measure::scoring::IndexForm;
use crate::measure::tally::{Scorer, Tally, tally_groups};
use crate::report::model::Document;
use crate::round::{AudienceName, Mode, Promise, PromisedAudience, Round, RoundId};
use crate::store::{Conn, StoreError, agencies, pool, responses, results, rounds};
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

/// Everything that the result of `round` is computed from. Of earlier rounds only what its comparisons need is kept.
pub(super) fn material(
    conn: &mut Conn,
    round: &Round,
    context: Context,
    reading: &Reading<'_>,
) -> Result<Material, SealError> {
    let mut past = Vec::with_capacity(context.past.len());
    for id in &context.past {
        let earlier = rounds::find(conn, id)?.ok_or_else(|| SealError::Corrupt {
            round: round.id.clone(),
            problem: format!("the earlier round `{id}` is not there"),
        })?;
        past.push(head(conn, &earlier)?);
    }
    let mut material = Material {
        present: head(conn, round)?,
        past,
        versions: Vec::new(),
        lineage: context.lineage,
        names: context.names,
    };
    material.versions = versions(conn, &material)?;
    // Which forms rounds share follows from their definitions alone, so answers can be read with them in hand.
    let forms = shared_forms(&material);
    let total = responses_of(conn, &material)?;
    let mut read = Read {
        reading,
        done: 0,
        total,
        earlier: Earlier::of(&material),
    };
    let Material { present, past, .. } = &mut material;
    for earlier in past {
        read.answers(conn, earlier, &forms, false)?;
    }
    read.answers(conn, present, &forms, true)?;
    Ok(material)
}

fn versions(conn: &mut Conn, material: &Material) -> Result<Vec<Arc<Definition>>, SealError> {
    let rounds = material.past.iter().chain([&material.present]);
    let mut surveys: Vec<SurveyId> = rounds.map(|round| round.definition.id.clone()).collect();
    surveys.sort();
    surveys.dedup();
    let mut versions = Vec::new();
    for survey in &surveys {
        let published = publish::versions(conn, survey)?.into_iter();
        versions.extend(published.map(|version| Arc::new(version.definition)));
    }
    Ok(versions)
}

fn responses_of(conn: &mut Conn, material: &Material) -> Result<u64, SealError> {
    let mut total = 0;
    for round in material.past.iter().chain([&material.present]) {
        let count = responses::count_of_round(conn, round.round.as_str())?;
        total += u64::try_from(count).unwrap_or(0);
    }
    Ok(total)
}

/// How reading is done.
pub(super) struct Reading<'a> {
    /// On how many threads records are sorted and tallied.
    pub workers: Workers,
    /// Hears of every few thousand responses.
    pub progress: Watch<'a>,
}

/// Reading, with how far it is.
struct Read<'a> {
    reading: &'a Reading<'a>,
    done: u64,
    total: u64,
    /// What was read of the rounds before, to compare those after.
    earlier: Earlier,
}

/// After so many responses progress is told.
const TOLD_EVERY: usize = 1 << 14;

impl Read<'_> {
    /// Reads the answers of a round: all of them are kept, or only the tallies of the shared forms.
    fn answers(
        &mut self,
        conn: &mut Conn,
        fielding: &mut Fielding,
        forms: &SharedForms,
        keep: bool,
    ) -> Result<(), SealError> {
        let mut digests = BTreeMap::new();
        let round = fielding.round.clone();
        let mut audiences = std::mem::take(&mut fielding.audiences);
        for (name, fielded) in &mut audiences {
            let mut pool = Pool::new(fielding.layout.width());
            self.pool(conn, &round, name, fielded.mode, &mut pool)?;
            let pooled = pool.finish(self.reading.workers);
            let pooled = pooled.map_err(|bad| bad_pool(&round, &bad))?;
            let forms = forms.get(&(round.clone(), name.clone()));
            let forms = forms.map_or(&[][..], Vec::as_slice);
            (fielded.said, fielded.tallied) = tallied(
                forms,
                &pooled.answers,
                fielded.weighting.as_ref(),
                self.reading.workers,
            );
            fielded.alike = self.earlier.compare(fielding, name, fielded, &pooled.answers);
            fielded.persons = pooled.persons;
            digests.insert(name.clone(), pooled.digests);
            if keep {
                fielded.answers = pooled.answers;
            }
        }
        fielding.audiences = audiences;
        fielding.inputs_digest = inputs_digest(fielding, &digests)?;
        Ok(())
    }

    fn pool(
        &mut self,
        conn: &mut Conn,
        round: &RoundId,
        audience: &AudienceName,
        mode: Mode,
        into: &mut Pool,
    ) -> Result<(), SealError> {
        let (width, before, total) = (into.width(), self.done, self.total);
        let told = |done: u64| (self.reading.progress)(Progress::new(Phase::Reading, done, total));
        let refused = |WrongLength(found): WrongLength| StoreError::Corrupt {
            what: "response",
            problem: format!("it has {found} bytes where its version has {width}"),
        };
        pool::each(
            conn,
            round.as_str(),
            audience.as_str(),
            |(agency, person, record)| {
                let person = person.filter(|_| mode == Mode::Attributed);
                into.add(&agency, person.as_deref(), &record).map_err(refused)?;
                if into.rows().is_multiple_of(TOLD_EVERY) {
                    told(before + count(into.rows()));
                }
                Ok::<(), StoreError>(())
            },
        )?;
        self.done += count(into.rows());
        told(self.done);
        Ok(())
    }
}

fn bad_pool(round: &RoundId, bad: &BadPool) -> SealError {
    SealError::Corrupt {
        round: round.clone(),
        problem: match bad {
            BadPool::Agency(bad) => bad.to_string(),
            BadPool::Records(bad) => bad.to_string(),
        },
    }
}

/// Responses by agency and group, and what each form gives of them.
fn tallied(
    forms: &[IndexForm],
    answers: &Answers,
    menu: Option<&Menu>,
    workers: Workers,
) -> (BTreeMap<AgencyCode, Vec<u64>>, Vec<Tallied>) {
    let scorers: Vec<Scorer> = forms.iter().map(Scorer::new).collect();
    let groups = Groups::of(answers, menu);
    // There are as many group numbers as rows: they were made from the rows.
    let tallies = tally_groups(&scorers, &answers.columns, groups.grouping(), workers).unwrap_or_default();
    let agencies = || answers.agencies.iter().map(|(agency, _)| agency.clone());
    let said = agencies()
        .zip(groups.sizes().chunks(groups.each).map(<[u64]>::to_vec))
        .collect();
    let by_agency = |tallies: Vec<Tally>| {
        agencies()
            .zip(tallies.chunks(groups.each).map(<[Tally]>::to_vec))
            .collect()
    };
    let tallied = forms.iter().zip(tallies).map(|(form, tallies)| Tallied {
        form: form.clone(),
        tallies: by_agency(tallies),
    });
    (said, tallied.collect())
}

/// What is known of a round before its answers are read.
fn head(conn: &mut Conn, round: &Round) -> Result<Fielding, SealError> {
    let (definition, definition_digest) = definition(conn, round)?;
    let frozen = round.promise.as_ref().ok_or_else(|| SealError::Corrupt {
        round: round.id.clone(),
        problem: "it has no promise".to_owned(),
    })?;
    let layout = Layout::of(&definition);
    let weighting = menus(&definition, &layout).into_iter().next();
    let mut audiences = BTreeMap::new();
    for audience in &round.audiences {
        let promised = promised(round, &frozen.promise, &audience.name)?;
        let fielded = Fielded {
            title: audience.title.clone(),
            mode: promised.mode,
            headcounts: promised.headcounts.clone(),
            segments: promised.segments.clone(),
            clusters: promised.clusters.clone(),
            answers: Answers::default(),
            weighting: weighting.clone(),
            said: BTreeMap::new(),
            tallied: Vec::new(),
            persons: BTreeMap::new(),
            alike: Alike::default(),
        };
        audiences.insert(audience.name.clone(), fielded);
    }
    let (opened_at, closed_at) = times(round)?;
    Ok(Fielding {
        round: round.id.clone(),
        title: round.title.clone(),
        opened_on: day(opened_at),
        closed_on: day(closed_at),
        closed_in_years: years(closed_at),
        layout,
        definition,
        definition_digest,
        promise_digest: frozen.digest.clone(),
        thresholds: frozen.promise.thresholds,
        audiences,
        inputs_digest: String::new(),
    })
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
