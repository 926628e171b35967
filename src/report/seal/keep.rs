//! Storing a computed result, if everything is still as it was read.

use jiff::Timestamp;
use serde::Serialize;

use super::Finished;
use super::error::SealError;
use crate::round::{Round, RoundError, RoundId, RoundState, Step, life};
use crate::store::results::SealRow;
use crate::store::rounds::Milestone;
use crate::store::{Conn, agencies, responses, results, rounds};
use crate::survey::canonical::digest;

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sealed {
    /// The round.
    pub round: RoundId,
    /// 1, and one more for each correction.
    pub revision: u32,
    /// SHA-256 of the document, which holds the digest of the figures.
    pub digest: String,
    /// How many figures it has.
    pub figures: usize,
    /// How many of them are withheld.
    pub withheld: usize,
}

/// A mark of what a seal is computed from, cheap to take again. The answers of a closed round change through no door that
/// would leave their number, the promise and the round as they were; an insider who changes them in the file is found by
/// `rapport round verify`, which reads every one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    round: RoundId,
    state: RoundState,
    /// SHA-256 over the parts below.
    digest: String,
}

/// What a mark is made of.
#[derive(Serialize)]
struct Marked {
    closed_at: Option<String>,
    promise: Option<String>,
    responses: i64,
    /// The newest revision of every sealed round, this one included: round, revision, digest.
    seals: Vec<(String, i32, String)>,
    lineage: Vec<crate::agency::LineageEvent>,
    names: Vec<(String, String)>,
}

impl Mark {
    /// Of a round as it is now.
    pub(super) fn of(conn: &mut Conn, round: &Round) -> Result<Self, SealError> {
        let mut seals = Vec::new();
        for sealed in results::sealed_rounds(conn)? {
            let newest = results::newest_revision(conn, &sealed)?;
            seals.extend(newest.map(|(revision, digest)| (sealed, revision, digest)));
        }
        let names = agencies::all(conn)?.into_iter();
        let marked = Marked {
            closed_at: round.closed_at.map(|at| at.to_string()),
            promise: round.promise.as_ref().map(|frozen| frozen.digest.clone()),
            responses: responses::count_of_round(conn, round.id.as_str())?,
            seals,
            lineage: agencies::events(conn)?,
            names: names
                .map(|agency| (agency.code.to_string(), agency.name))
                .collect(),
        };
        Ok(Self {
            round: round.id.clone(),
            state: round.state,
            digest: digest(&marked)?,
        })
    }
}

/// Stores a result, in the caller's write transaction: short, whatever the number of responses.
///
/// # Errors
/// [`SealError::SealedAlready`] when somebody else was faster, [`SealError::Changed`] when what it was computed from is no
/// longer what it was: seal again.
pub fn keep(conn: &mut Conn, finished: &Finished, now: Timestamp) -> Result<Sealed, SealError> {
    let (computed, mark) = (&finished.computed, &finished.mark);
    let round = rounds::lock(conn, &mark.round)?;
    let round = round.ok_or_else(|| RoundError::Unknown(mark.round.clone()))?;
    let document = &computed.document;
    if document.replaces.is_none() && matches!(round.state, RoundState::Sealed | RoundState::Published) {
        return Err(SealError::SealedAlready(round.id));
    }
    let next = life::after(&round, Step::Seal)?;
    let then = Mark {
        // A result may be published while a correction of it is computed: that changes nothing of what went in.
        state: round.state,
        ..mark.clone()
    };
    if Mark::of(conn, &round)? != then {
        return Err(SealError::Changed(round.id));
    }
    let row = SealRow {
        round: document.round.to_string(),
        revision: i32::try_from(document.revision).unwrap_or(i32::MAX),
        digest: computed.digest.clone(),
        inputs_digest: document.inputs_digest.clone(),
        document: computed.text.clone(),
        sealed_at: now.as_millisecond(),
        reason: document.replaces.as_ref().map(|replaced| replaced.reason.clone()),
    };
    results::insert(conn, &row, &computed.rows)?;
    let is_first = document.replaces.is_none();
    if is_first && !rounds::transition(conn, &round.id, round.state, next, Milestone::Sealed(now))? {
        return Err(SealError::SealedAlready(round.id));
    }
    Ok(Sealed {
        round: document.round.clone(),
        revision: document.revision,
        digest: computed.digest.clone(),
        figures: computed.rows.len(),
        withheld: computed.withheld,
    })
}
