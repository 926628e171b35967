//! Seals under way in this process, and how far each is. In memory only: a seal that is interrupted has stored nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::desk;
use super::seal::{Phase, Progress, SealError, Sealed};
use crate::identity::Actor;
use crate::round::RoundId;
use crate::store::Store;

/// Seals under way, and why the last one of a round failed. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Seals(Arc<Mutex<Board>>);

#[derive(Debug, Default)]
struct Board {
    under_way: BTreeMap<RoundId, Progress>,
    failed: BTreeMap<RoundId, String>,
}

/// A seal on the board. It is taken off when this is dropped, however the seal ends.
#[derive(Debug)]
pub struct Running {
    seals: Seals,
    round: RoundId,
}

impl Seals {
    /// How far the seal of a round is; `None` when none is under way.
    #[must_use]
    pub fn progress(&self, round: &RoundId) -> Option<Progress> {
        self.board().under_way.get(round).copied()
    }

    /// Why the last seal of a round failed. Told once.
    #[must_use]
    pub fn failure(&self, round: &RoundId) -> Option<String> {
        self.board().failed.remove(round)
    }

    /// Notes why a seal failed that nobody waited for to the end.
    pub fn note_failure(&self, round: &RoundId, error: &SealError) {
        self.board().failed.insert(round.clone(), error.to_string());
    }

    /// [`desk::seal`](fn@desk::seal), on the board while it runs.
    ///
    /// # Errors
    /// As it, and [`SealError::UnderWay`] when this process seals the round already.
    pub async fn run(
        &self,
        store: &Store,
        who: &Actor,
        round: RoundId,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Sealed, SealError> {
        let running = Arc::new(self.begin(&round)?);
        let told = move |progress: Progress| running.tell(progress);
        desk::seal(store, who, &round, reason, now, Arc::new(told)).await
    }

    /// Puts a seal on the board.
    ///
    /// # Errors
    /// [`SealError::UnderWay`] when one of this round is there.
    pub fn begin(&self, round: &RoundId) -> Result<Running, SealError> {
        let mut board = self.board();
        if board.under_way.contains_key(round) {
            return Err(SealError::UnderWay(round.clone()));
        }
        board.failed.remove(round);
        let begun = Progress::new(Phase::Reading, 0, 0);
        board.under_way.insert(round.clone(), begun);
        Ok(Running {
            seals: self.clone(),
            round: round.clone(),
        })
    }

    /// A panic elsewhere while the board was held left it whole: each change is one insertion or removal.
    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Shows how far it is.
    pub fn tell(&self, progress: Progress) {
        if let Some(shown) = self.seals.board().under_way.get_mut(&self.round) {
            *shown = progress;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.seals.board().under_way.remove(&self.round);
    }
}
