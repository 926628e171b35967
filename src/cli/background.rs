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
use crate::round::{self, Advance, Keyring, NewKeys, RoundError, RoundId, RoundState, opening};
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
    keyring: Option<Keyring>,
    holder: String,
}

/// The signing keys of the rounds that are due to open, or why there are none.
type Made = Vec<(RoundId, Result<NewKeys, RoundError>)>;

impl Background {
    /// A part under a random name. `None` when the operating system gives no randomness.
    pub fn new(store: Store, keyring: Option<Keyring>) -> Option<Self> {
        let holder = random_id().ok()?;
        Some(Self {
            store,
            keyring,
            holder,
        })
    }

    /// Works for as long as it is polled.
    pub async fn run(self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut ours = false;
        loop {
            tick.tick().await;
            match self.step(ours).await {
                Ok(steps) => {
                    if steps.is_some() != ours {
                        ours = steps.is_some();
                        info!(ours, "background work changed hands");
                    }
                    let steps = steps.unwrap_or_default();
                    for step in &steps {
                        info!(?step, "a round went on by its schedule");
                    }
                    if steps.iter().any(|step| step.state == RoundState::Closed) {
                        self.store.scrub_after("close").await;
                    }
                }
                Err(error) => warn!(%error, "rounds could not be opened or closed on time; trying again"),
            }
        }
    }

    /// Claims and works in one transaction, so that a holder whose lease ran out meanwhile cannot work beside its
    /// successor. `None` when another instance has the lease. Keys take time and are made before, by who had the lease
    /// at the last tick: a new holder opens rounds from its second tick on.
    async fn step(&self, ours: bool) -> Result<Option<Vec<Advance>>, StoreError> {
        let keys = if ours {
            self.keys_of_the_due().await?
        } else {
            Made::new()
        };
        let holder = self.holder.clone();
        let work = move |conn: &mut _| {
            let now = clock::now();
            let shared = lease::shared_now(conn, now)?;
            if !lease::hold(conn, WORK, &holder, shared, LEASE)? {
                return Ok(None);
            }
            round::advance(conn, keys, now).map(Some)
        };
        self.store.write(work).await
    }

    async fn keys_of_the_due(&self) -> Result<Made, StoreError> {
        let now = clock::now();
        let due = self.store.read(move |conn| round::due_to_open(conn, now)).await?;
        let mut made = Vec::with_capacity(due.len());
        for id in due {
            let keys = opening::keys_for(&self.store, self.keyring.as_ref(), &id, now, |_, _| ()).await;
            made.push((id, keys));
        }
        Ok(made)
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
