//! Work that goes on beside the requests: rounds open and close on time.
//!
//! Of several instances on one database exactly one does it, the holder of a lease ([`lease`]); when it dies another
//! takes over after at most [`LEASE`] and one [`TICK`]. Answers after the time of closing are refused without any of
//! this.

use std::time::Duration;

use jiff::SignedDuration;
use tracing::{info, warn};

use crate::clock;
use crate::identity::random_id;
use crate::round::{self, Advance};
use crate::store::{Store, StoreError, lease};

/// How often the clock is asked whether a round is due, and the lease renewed.
pub const TICK: Duration = Duration::from_secs(5);

/// How long the lease lasts: long enough for two renewals to fail, short enough for a close to be on time.
pub const LEASE: SignedDuration = SignedDuration::from_secs(16);

/// The name of the lease of everything that is done here.
const WORK: &str = "background";

/// One instance's part in the background work.
#[derive(Debug, Clone)]
pub struct Background {
    store: Store,
    holder: String,
}

impl Background {
    /// A part under a random name. `None` when the operating system gives no randomness.
    pub fn new(store: Store) -> Option<Self> {
        let holder = random_id().ok()?;
        Some(Self { store, holder })
    }

    /// Works for as long as it is polled.
    pub async fn run(self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut ours = false;
        loop {
            tick.tick().await;
            match self.step().await {
                Ok(steps) => {
                    if steps.is_some() != ours {
                        ours = steps.is_some();
                        info!(ours, "background work changed hands");
                    }
                    for step in steps.into_iter().flatten() {
                        info!(?step, "a round went on by its schedule");
                    }
                }
                Err(error) => warn!(%error, "rounds could not be opened or closed on time; trying again"),
            }
        }
    }

    /// Claims and works in one transaction, so that a holder whose lease ran out meanwhile cannot work beside its
    /// successor. `None` when another instance has the lease.
    async fn step(&self) -> Result<Option<Vec<Advance>>, StoreError> {
        let holder = self.holder.clone();
        let work = move |conn: &mut _| {
            let now = clock::now();
            let shared = lease::shared_now(conn, now)?;
            if !lease::hold(conn, WORK, &holder, shared, LEASE)? {
                return Ok(None);
            }
            round::advance(conn, now).map(Some)
        };
        self.store.write(work).await
    }

    /// Hands the work over to whoever asks next, at the end of the process.
    pub async fn hand_over(self) {
        let holder = self.holder;
        let released = self.store.write(move |conn| lease::release(conn, WORK, &holder));
        if let Err(error) = released.await {
            warn!(%error, "the lease could not be given back; it runs out by itself");
        }
    }
}
