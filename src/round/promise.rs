//! Drawing up the promise: everything that is frozen when a round opens.
//!
//! After opening, results are computed from what stands here and not from what rosters, agencies or settings
//! say later. Its canonical JSON is stored with the SHA-256 that respondents are shown.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Audience, Promise, PromisedAudience, Round, RoundError, Step};
use crate::agency::{Agency, AgencyCode, ClusterId};
use crate::store::invitations::InvitationRow;
use crate::store::{Conn, StoreError, agencies, invitations};
use crate::survey::canonical::canonical;
use crate::survey::definition::SegmentId;
use crate::survey::publish;

/// What is known about one person, in the form in which the roster is digested.
#[derive(Serialize)]
struct DigestedPerson<'a> {
    agency: &'a str,
    email: &'a str,
    language: &'a str,
    name: &'a str,
    person: &'a str,
    segments: &'a BTreeMap<SegmentId, String>,
}

/// The promise that `round` would make if it opened at `now`.
///
/// # Errors
/// [`RoundError::NotReady`] when somebody is missing: an audience without a roster, a version that is gone.
pub fn draw_up(conn: &mut Conn, round: &Round, now: Timestamp) -> Result<Promise, RoundError> {
    let version = publish::find(conn, &round.survey, round.version)?;
    let version = version.ok_or_else(|| {
        let problem = format!("version {} of `{}` is not published", round.version, round.survey);
        not_ready(round, problem, "publish it first")
    })?;
    let clusters = clusters(&agencies::all(conn)?);
    let mut audiences = BTreeMap::new();
    for audience in &round.audiences {
        let roster = invitations::roster(conn, &round.id, &audience.name)?;
        if roster.is_empty() {
            let problem = format!("nobody is invited to the audience `{}`", audience.name);
            return Err(not_ready(
                round,
                problem,
                "import its roster, or remove the audience",
            ));
        }
        audiences.insert(audience.name.clone(), promised(audience, roster, &clusters)?);
    }
    Ok(Promise {
        round: round.id.clone(),
        survey: round.survey.clone(),
        version: round.version,
        definition_digest: version.digest,
        thresholds: round.thresholds,
        opens_at: now.to_string(),
        closes_at: round.closes_at.map(|at| at.to_string()),
        audiences,
        manifest_digest: None,
    })
}

fn clusters(agencies: &[Agency]) -> BTreeMap<AgencyCode, ClusterId> {
    let clustered = |agency: &Agency| Some((agency.code.clone(), agency.cluster.clone()?));
    agencies.iter().filter_map(clustered).collect()
}

fn promised(
    audience: &Audience,
    mut roster: Vec<InvitationRow>,
    clusters: &BTreeMap<AgencyCode, ClusterId>,
) -> Result<PromisedAudience, RoundError> {
    roster.sort_by(|one, other| one.person.cmp(&other.person));
    let mut promised = PromisedAudience {
        mode: audience.mode,
        headcounts: BTreeMap::new(),
        clusters: BTreeMap::new(),
        segments: BTreeMap::new(),
        roster_digest: String::new(),
    };
    let mut digest = Sha256::new();
    for person in &roster {
        let segments: BTreeMap<SegmentId, String> =
            serde_json::from_str(&person.segments).map_err(|error| corrupt(&error))?;
        digest.update(canonical(&digested(person, &segments))?);
        digest.update(b"\n");
        let agency: AgencyCode = person.agency.parse().map_err(|error| corrupt(&error))?;
        count(&mut promised, agency, segments);
    }
    let of_roster = |agency: &AgencyCode| promised.headcounts.contains_key(agency);
    promised.clusters = clusters
        .iter()
        .filter(|(agency, _)| of_roster(agency))
        .map(|(a, c)| (a.clone(), c.clone()))
        .collect();
    promised.roster_digest = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(promised)
}

fn digested<'a>(person: &'a InvitationRow, segments: &'a BTreeMap<SegmentId, String>) -> DigestedPerson<'a> {
    DigestedPerson {
        agency: &person.agency,
        email: &person.email,
        language: &person.language,
        name: &person.name,
        person: &person.person,
        segments,
    }
}

fn count(promised: &mut PromisedAudience, agency: AgencyCode, segments: BTreeMap<SegmentId, String>) {
    if !segments.is_empty() {
        let of_agency = promised.segments.entry(agency.clone()).or_default();
        for (segment, value) in segments {
            *of_agency.entry(segment).or_default().entry(value).or_default() += 1;
        }
    }
    *promised.headcounts.entry(agency).or_default() += 1;
}

fn not_ready(round: &Round, problem: String, remedy: &str) -> RoundError {
    RoundError::NotReady {
        round: round.id.clone(),
        step: Step::Open,
        problem,
        remedy: remedy.to_owned(),
    }
}

fn corrupt(problem: &impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "invitation",
        problem: problem.to_string(),
    }
}
