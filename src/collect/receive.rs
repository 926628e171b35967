//! The one way in: pages, API and demo all hand their claims and submissions to [`Intake`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tracing::warn;

use super::claim::{self, Claim, Claimed};
use super::door::{self, Opened, Shut, Whole};
use super::form::Forms;
use super::promised::Known;
use super::spend::{self, Spending};
use super::submit::{self, Receipt, Submission, SubmitError};
use crate::round::{Keyring, RoundId};
use crate::store::{Store, StoreError, Together};

/// How often a submission is tried while another transaction holds its invitation.
const TRIES: u32 = 40;

/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(25);

/// How long after a mix the store is scrubbed. Mixes in between are covered by the same scrubbing.
const SCRUB_AFTER: Duration = Duration::from_secs(5);

/// Takes submissions; cheap to clone, one for the whole process.
#[derive(Debug, Clone)]
pub struct Intake {
    store: Store,
    keyring: Option<Keyring>,
    known: Arc<Known>,
    waiting: Arc<Waiting>,
    scrub_is_due: Arc<AtomicBool>,
}

/// What waits for the writer, by its kind.
struct Waiting {
    responses: Together<Arc<submit::Prepared>, Receipt, SubmitError>,
    spendings: Together<Arc<spend::Prepared>, Receipt, SubmitError>,
    claims: Together<Arc<claim::Signed>, Claimed, SubmitError>,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
    }
}

impl Intake {
    /// An intake over this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            keyring: None,
            known: Arc::default(),
            waiting: Arc::new(Waiting {
                responses: Together::new(submit::submit_all),
                spendings: Together::new(spend::spend_all),
                claims: Together::new(claim::claim_all),
            }),
            scrub_is_due: Arc::default(),
        }
    }

    /// The same, able to sign credentials.
    #[must_use]
    pub fn with_keyring(self, keyring: Option<Keyring>) -> Self {
        Self { keyring, ..self }
    }

    /// What encrypts the signing keys of rounds; `None` where nobody configured it.
    #[must_use]
    pub fn keyring(&self) -> Option<&Keyring> {
        self.keyring.as_ref()
    }

    /// The prepared forms.
    #[must_use]
    pub fn forms(&self) -> &Arc<Forms> {
        &self.known.forms
    }

    /// What was read once of versions and rounds.
    #[must_use]
    pub fn known(&self) -> &Arc<Known> {
        &self.known
    }

    /// What the invitation of this code opens, or would open.
    ///
    /// # Errors
    /// [`Shut::Unknown`] as a [`SubmitError`] when no invitation has this code.
    pub async fn open_door(&self, code_hash: &[u8]) -> Result<Opened, SubmitError> {
        let (known, code_hash) = (Arc::clone(&self.known), code_hash.to_vec());
        self.store
            .glance(move |conn| Ok(door::open(conn, &known, &code_hash)?.ok_or(Shut::Unknown)?))
            .await
    }

    /// The form of a round that signs credentials; `None` where there is no such round.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn whole_form(&self, id: &RoundId) -> Result<Option<Whole>, StoreError> {
        let (known, id) = (Arc::clone(&self.known), id.clone());
        self.store
            .glance(move |conn| door::whole(conn, &known, &id))
            .await
    }

    /// Judges a submission and stores it. The receipt is given when the response is on the disk, not before.
    ///
    /// # Errors
    /// [`SubmitError`] says why nothing was stored.
    pub async fn receive(&self, submission: Submission, now: Timestamp) -> Result<Receipt, SubmitError> {
        self.receive_within(None, submission, now).await
    }

    /// Like [`Intake::receive`], but takes invitations to this round only.
    ///
    /// # Errors
    /// [`SubmitError`]; [`Shut::Unknown`] for an invitation to another round.
    pub async fn receive_within(
        &self,
        round: Option<RoundId>,
        submission: Submission,
        now: Timestamp,
    ) -> Result<Receipt, SubmitError> {
        let known = Arc::clone(&self.known);
        let reading = self
            .store
            .glance(move |conn| submit::prepare(conn, &known, &submission, round.as_ref(), now));
        let prepared = match reading.await? {
            submit::Step::Store(prepared) => prepared,
            submit::Step::Done(receipt) => return Ok(receipt),
        };
        let stored = self.write(&self.waiting.responses, prepared).await?;
        self.scrub_after(&stored);
        Ok(stored)
    }

    /// Signs a credential for an invitation. The signature is given when the claim is on the disk, not before.
    ///
    /// # Errors
    /// [`SubmitError`] says why there is none.
    pub async fn claim(&self, claim: Claim, now: Timestamp) -> Result<Claimed, SubmitError> {
        let reading = self.store.glance(move |conn| claim::prepare(conn, claim, now));
        let unsigned = match reading.await? {
            claim::Step::Sign(unsigned) => unsigned,
            claim::Step::Done(claimed) => return Ok(claimed),
        };
        let keyring = self.keyring.clone();
        let signing = tokio::task::spawn_blocking(move || unsigned.sign(keyring.as_ref()));
        let signed = signing
            .await
            .map_err(|error| StoreError::Stopped(error.to_string()))??;
        self.write(&self.waiting.claims, signed).await
    }

    /// Judges a submission with a credential and stores it. The receipt is given when it is on the disk, not before.
    ///
    /// # Errors
    /// [`SubmitError`] says why nothing was stored.
    pub async fn spend(&self, spending: Spending, now: Timestamp) -> Result<Receipt, SubmitError> {
        let known = Arc::clone(&self.known);
        let reading = self
            .store
            .glance(move |conn| spend::prepare(conn, &known.forms, &spending, now));
        let prepared = match reading.await? {
            spend::Step::Store(prepared) => prepared,
            spend::Step::Done(receipt) => return Ok(receipt),
        };
        let stored = self.write(&self.waiting.spendings, prepared).await?;
        self.scrub_after(&stored);
        Ok(stored)
    }

    /// Writes together with all that wait, again and again while another transaction holds what this one needs.
    async fn write<I, T>(
        &self,
        together: &Together<Arc<I>, T, SubmitError>,
        one: Arc<I>,
    ) -> Result<T, SubmitError>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
    {
        for _ in 0..TRIES {
            match self.store.write_together(together, Arc::clone(&one)).await {
                Err(SubmitError::Contended) => tokio::time::sleep(PAUSE).await,
                done => return done,
            }
        }
        Err(SubmitError::Contended)
    }

    /// After a mix, sees to it that the database's own log keeps no trace of how things stood before.
    fn scrub_after(&self, receipt: &Receipt) {
        if !receipt.mixed || self.scrub_is_due.swap(true, Ordering::Relaxed) {
            return;
        }
        let intake = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SCRUB_AFTER).await;
            intake.scrub_is_due.store(false, Ordering::Relaxed);
            if let Err(error) = intake.store.scrub().await {
                warn!(%error, "the store could not be scrubbed after a mix; the next mix tries again");
            }
        });
    }
}
