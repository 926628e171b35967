//! Sealing as people do it: reading, computing and storing, with its entry in the audit log.

use std::sync::Arc;

use jiff::Timestamp;

use super::seal::{self, Finished, Phase, Progress, SealError, Sealed, Verification, Work};
use crate::collect::{forget_who_took_part, mix_round};
use crate::identity::{Actor, audit};
use crate::round::{RoundError, RoundId, Step, life};
use crate::store::{Conn, Store, StoreError, intake};

/// Who hears how far a seal is, from any thread and often.
pub type Told = Arc<dyn Fn(Progress) + Send + Sync>;

/// Seals a closed round; with a reason, corrects a sealed result by a new revision that names the one it replaces.
///
/// Reads in one snapshot, computes without holding any connection, and stores in a short write; nobody who answers another
/// round waits meanwhile. Responses that still waited to be mixed (there are none after an ordinary close, which mixes
/// them itself) are mixed first.
///
/// # Errors
/// As [`read`](fn@seal::read), [`Work::compute`] and [`keep`](fn@seal::keep).
pub async fn seal(
    store: &Store,
    who: &Actor,
    id: &RoundId,
    reason: Option<String>,
    now: Timestamp,
    told: Told,
) -> Result<Sealed, SealError> {
    let round = id.clone();
    if store.read(move |conn| must_be_mixed(conn, &round)).await? {
        let round = id.clone();
        store.write(move |conn| mix_round(conn, &round).map(drop)).await?;
    }
    let (round, because, watch) = (id.clone(), reason.clone(), Arc::clone(&told));
    let work: Work = store
        .snapshot(move |conn| seal::read(conn, &round, because.as_deref(), &*watch))
        .await?;
    let watch = Arc::clone(&told);
    let computing = tokio::task::spawn_blocking(move || work.compute(&*watch));
    let finished = computing
        .await
        .map_err(|error| StoreError::Stopped(error.to_string()))??;
    told(Progress::new(Phase::Storing, 0, 1));
    let who = who.clone();
    store
        .write(move |conn| kept(conn, &who, &finished, reason.as_deref(), now))
        .await
}

/// Whether responses of a round that may be sealed still wait. Of a round that is open they are left alone.
fn must_be_mixed(conn: &mut Conn, id: &RoundId) -> Result<bool, SealError> {
    let round = crate::round::find(conn, id)?;
    life::after(&round, Step::Seal)?;
    Ok(intake::waits(conn, id.as_str())?)
}

/// Makes the newest result of a round again and compares every bit.
///
/// # Errors
/// As [`verify`](fn@seal::verify).
pub async fn verify(store: &Store, id: &RoundId, told: Told) -> Result<Verification, SealError> {
    let id = id.clone();
    store.snapshot(move |conn| seal::verify(conn, &id, &*told)).await
}

/// Tells nobody.
#[must_use]
pub fn quietly() -> Told {
    Arc::new(|_| ())
}

fn kept(
    conn: &mut Conn,
    who: &Actor,
    finished: &Finished,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Sealed, SealError> {
    let sealed = seal::keep(conn, finished, now)?;
    forget_who_took_part(conn, &sealed.round)?;
    let detail = match reason {
        None => format!("digest {}", sealed.digest),
        Some(reason) => format!(
            "correction {}, digest {}: {reason}",
            sealed.revision, sealed.digest
        ),
    };
    let recorded = audit::record(conn, who, "round.seal", sealed.round.as_str(), &detail, now);
    recorded.map_err(|error| SealError::Round(RoundError::from(error)))?;
    Ok(sealed)
}
