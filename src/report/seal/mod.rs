//! Sealing: the one place where a result is computed, and where it is made again to see whether it is the same.
//!
//! | file | step |
//! | --- | --- |
//! | `load` | read the round, the rounds before it and all their responses, once |
//! | [`material`] | what was read, in an order that does not depend on how it is stored |
//! | `score` | from answers to scores by agency |
//! | `rules`, `participation`, `levels`, `shares`, `choices` | who may be shown, and the level of those |
//! | `joins`, `bodies` | which earlier rounds compare, on which items, and whether a unit is the same body |
//! | `change`, `trend` | since the round before, and over all of them |
//! | `figures` | all of it as protected figures |
//! | `result` | figures and document with their digests |
//!
//! **Deterministic**: the same round, responses, earlier rounds and lineage give the same bytes, whatever the order
//! of rows, the engine or the machine. **Atomic**: result and state change in the caller's one transaction.
//! **Frozen context**: lineage, names and the list of earlier rounds are written into the document, so that a later
//! renaming does not make an old result irreproducible.

mod bodies;
mod change;
mod choices;
mod error;
mod figures;
mod joins;
mod levels;
mod load;
pub mod material;
mod participation;
mod result;
mod rules;
mod score;
mod shares;
mod trend;
mod verify;

use jiff::Timestamp;
use serde::Serialize;

pub use error::SealError;
pub use verify::{Verification, verify};

use crate::collect::mix_round;
use crate::report::model::Replaced;
use crate::round::{Round, RoundError, RoundId, RoundState, Step, life};
use crate::store::results::SealRow;
use crate::store::rounds::Milestone;
use crate::store::{Conn, results, rounds};
use load::Context;
use result::{Computed, compute};

/// How far a seal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Subjects done ...
    pub done: u64,
    /// ... of so many.
    pub total: u64,
}

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

/// Seals a closed round: computes its result and stores it. Runs inside the caller's transaction; `progress` is
/// told of each subject. Responses that still waited to be mixed are mixed first.
///
/// # Errors
/// [`SealError::Round`] when the round does not exist or is not closed, [`SealError::SealedAlready`],
/// [`SealError::Corrupt`].
pub fn seal(
    conn: &mut Conn,
    id: &RoundId,
    now: Timestamp,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sealed, SealError> {
    let round = held(conn, id)?;
    if matches!(round.state, RoundState::Sealed | RoundState::Published) {
        return Err(SealError::SealedAlready(round.id));
    }
    let sealed_state = life::after(&round, Step::Seal)?;
    mix_round(conn, id)?;
    let context = Context::now(conn, &round)?;
    let material = load::material(conn, &round, context)?;
    let computed = compute(&material, 1, None, progress)?;
    let sealed = store(conn, &computed, now, None)?;
    if !rounds::transition(conn, id, round.state, sealed_state, Milestone::Sealed(now))? {
        return Err(SealError::SealedAlready(round.id));
    }
    Ok(sealed)
}

/// Corrects a sealed result: computes it anew, with what is known now, as a new revision that names the one it
/// replaces and why. What was visible stays visible, corrected; the old revision is kept.
///
/// # Errors
/// [`SealError::NoReason`], [`SealError::NotSealed`], and as [`seal`].
pub fn reseal(
    conn: &mut Conn,
    id: &RoundId,
    reason: &str,
    now: Timestamp,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sealed, SealError> {
    let reason = reason.trim();
    if reason.chars().count() < 10 {
        return Err(SealError::NoReason);
    }
    let round = held(conn, id)?;
    let old = results::latest_seal(conn, id.as_str())?.ok_or_else(|| SealError::NotSealed(id.clone()))?;
    life::after(&round, Step::Seal)?;
    let revision = u32::try_from(old.revision).unwrap_or(0);
    let replaced = Replaced {
        revision,
        digest: old.digest,
        reason: reason.to_owned(),
    };
    let context = Context::now(conn, &round)?;
    let material = load::material(conn, &round, context)?;
    let computed = compute(&material, revision + 1, Some(replaced), progress)?;
    store(conn, &computed, now, Some(reason))
}

fn held(conn: &mut Conn, id: &RoundId) -> Result<Round, SealError> {
    let round = rounds::lock(conn, id)?;
    Ok(round.ok_or_else(|| RoundError::Unknown(id.clone()))?)
}

fn store(
    conn: &mut Conn,
    computed: &Computed,
    now: Timestamp,
    reason: Option<&str>,
) -> Result<Sealed, SealError> {
    let document = &computed.document;
    let row = SealRow {
        round: document.round.to_string(),
        revision: i32::try_from(document.revision).unwrap_or(i32::MAX),
        digest: computed.digest.clone(),
        inputs_digest: document.inputs_digest.clone(),
        document: computed.text.clone(),
        sealed_at: now.as_millisecond(),
        reason: reason.map(str::to_owned),
    };
    results::insert(conn, &row, &computed.rows)?;
    Ok(Sealed {
        round: document.round.clone(),
        revision: document.revision,
        digest: computed.digest.clone(),
        figures: computed.rows.len(),
        withheld: computed.withheld,
    })
}
