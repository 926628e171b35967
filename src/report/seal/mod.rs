//! Sealing: the one place where a result is computed, and where it is made again to see whether it is the same.
//!
//! | file | step |
//! | --- | --- |
//! | `load`, `pool` | read the round and the rounds before it in one snapshot, rows to columns |
//! | `material` | what was read, in an order that does not depend on how it is stored |
//! | `score`, `menu` | which subjects and which cuts a version has |
//! | `cells`, `counting`, `groups`, `headcounts` | **which cells there are**: every unit, cut and subject, with n, N and sums |
//! | `disclosure`, `rules` | **what may be shown** of them, asked once over all cells, before any figure is made |
//! | `weights`, `levels`, `shares`, `choices` | the level of those |
//! | `reliability`, `comparing`, `drivers` | whether items go together and agencies may be compared; what goes with what |
//! | `joins`, `bodies` | which earlier rounds compare, on which items, and whether a unit is the same body |
//! | `change`, `pairs`, `trend` | since the round before, and over all of them |
//! | `figures` | all of it as protected figures, task by task |
//! | `result` | figures and document with their digests |
//! | `keep` | storing it, if nothing has changed meanwhile |
//! | `verify` | making it again |
//!
//! **Read first, write last.** [`read`] runs in one snapshot of the database, [`Work::compute`] without any connection,
//! and [`keep`](fn@keep) in a short write that looks again whether round, promise, earlier results, lineage and the number of responses
//! are what they were. Responses can be taken for other rounds all the while.
//!
//! **Deterministic**: the same round, responses, earlier rounds and lineage give the same bytes, whatever the order
//! of rows, the engine or the number of threads (another processor may round exp and ln of the C library otherwise, in the last digit): sums are whole numbers, and everything else is computed in
//! the order of keys. **Frozen context**: lineage, names and the list of earlier rounds are written into the document, so
//! that a later renaming does not make an old result irreproducible.

mod alike;
mod bodies;
mod cells;
mod change;
mod choices;
mod comparing;
mod counting;
mod disclosure;
mod drivers;
mod error;
mod figures;
mod groups;
mod headcounts;
mod joins;
mod keep;
mod levels;
mod load;
mod material;
mod menu;
mod pairs;
mod pool;
mod progress;
mod reliability;
mod result;
mod rules;
mod score;
mod shares;
mod trend;
mod verify;
mod weights;

pub use error::SealError;
pub use keep::{Sealed, keep};
pub use progress::{Phase, Progress, Watch};
pub use verify::{Verification, verify};

use crate::measure::parallel::Workers;
use crate::report::model::Replaced;
use crate::round::{RoundError, RoundId, RoundState, Step, life};
use crate::store::{Conn, results, rounds};
use keep::Mark;
use load::{Context, Reading};
use material::Material;
use result::{Computed, compute};

/// What was read for a seal, and what it is to become.
#[derive(Debug)]
pub struct Work {
    material: Material,
    mark: Mark,
    replaces: Option<Replaced>,
}

/// A computed result that is not stored yet.
pub struct Finished {
    computed: Computed,
    mark: Mark,
}

/// Reads everything that the result of a round is computed from: of a closed round for its first seal, with a reason
/// of a sealed one for a correction. Run it in a [`snapshot`](crate::store::Store::snapshot).
///
/// # Errors
/// [`SealError::Round`] when the round does not exist or is not closed, [`SealError::SealedAlready`],
/// [`SealError::NoReason`], [`SealError::NotSealed`], [`SealError::Corrupt`].
pub fn read(
    conn: &mut Conn,
    id: &RoundId,
    reason: Option<&str>,
    watch: Watch<'_>,
) -> Result<Work, SealError> {
    let replaces = reason.map(|reason| replaced(conn, id, reason)).transpose()?;
    let round = rounds::find(conn, id)?.ok_or_else(|| RoundError::Unknown(id.clone()))?;
    let is_sealed = matches!(round.state, RoundState::Sealed | RoundState::Published);
    if is_sealed && replaces.is_none() {
        return Err(SealError::SealedAlready(round.id));
    }
    life::after(&round, Step::Seal)?;
    let context = Context::now(conn, &round)?;
    let mark = Mark::of(conn, &round)?;
    let reading = Reading {
        workers: workers(),
        progress: watch,
    };
    Ok(Work {
        material: load::material(conn, &round, context, &reading)?,
        mark,
        replaces,
    })
}

/// The result that a correction replaces.
fn replaced(conn: &mut Conn, id: &RoundId, reason: &str) -> Result<Replaced, SealError> {
    let reason = reason.trim();
    if reason.chars().count() < 10 {
        return Err(SealError::NoReason);
    }
    let old = results::latest_seal(conn, id.as_str())?.ok_or_else(|| SealError::NotSealed(id.clone()))?;
    Ok(Replaced {
        revision: u32::try_from(old.revision).unwrap_or(0),
        digest: old.digest,
        reason: reason.to_owned(),
    })
}

impl Work {
    /// Computes the result. Touches no database and may take a while.
    ///
    /// # Errors
    /// [`SealError::NotCanonical`] for a figure that has no canonical form.
    pub fn compute(self, watch: Watch<'_>) -> Result<Finished, SealError> {
        let revision = 1 + self.replaces.as_ref().map_or(0, |replaced| replaced.revision);
        let computed = compute(&self.material, revision, self.replaces, workers(), watch)?;
        Ok(Finished {
            computed,
            mark: self.mark,
        })
    }
}

/// As many threads as the machine has; no figure depends on it.
fn workers() -> Workers {
    std::thread::available_parallelism().map_or(Workers::ONE, Workers::new)
}
