//! The one way in: pages, API and demo all hand their claims and submissions to [`Intake`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tracing::warn;

use super::claim::{self, Claim, Claimed};
use super::door::{self, Opened, Shut};
use super::form::Forms;
use super::spend::{self, Spending};
use super::submit::{Receipt, Step, Submission, SubmitError, prepare, submit};
use crate::round::{Keyring, RoundId};
use crate::store::{Conn, Store};

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
    forms: Arc<Forms>,
    scrub_is_due: Arc<AtomicBool>,
}

impl Intake {
    /// An intake over this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            keyring: None,
            forms: Arc::default(),
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
        &self.forms
    }

    /// What the invitation of this code opens, or would open.
    ///
    /// # Errors
    /// [`Shut::Unknown`] as a [`SubmitError`] when no invitation has this code.
    pub async fn open_door(&self, code_hash: &[u8]) -> Result<Opened, SubmitError> {
        let (forms, code_hash) = (Arc::clone(&self.forms), code_hash.to_vec());
        self.store
            .read(move |conn| Ok(door::open(conn, &forms, &code_hash)?.ok_or(Shut::Unknown)?))
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
        let forms = Arc::clone(&self.forms);
        let reading = self
            .store
            .read(move |conn| prepare(conn, &forms, &submission, round.as_ref(), now));
        let prepared = match reading.await? {
            Step::Store(prepared) => prepared,
            Step::Done(receipt) => return Ok(receipt),
        };
        let stored = self.write(move |conn| submit(conn, &prepared, now)).await?;
        self.scrub_after(&stored);
        Ok(stored)
    }

    /// Signs a credential for an invitation. The signature is given when the claim is on the disk, not before.
    ///
    /// # Errors
    /// [`SubmitError`] says why there is none.
    pub async fn claim(&self, claim: Claim, now: Timestamp) -> Result<Claimed, SubmitError> {
        let keyring = self.keyring.clone();
        let reading = self
            .store
            .read(move |conn| claim::prepare(conn, keyring.as_ref(), &claim, now));
        match reading.await? {
            claim::Step::Store(signed) => self.write(move |conn| claim::claim(conn, &signed, now)).await,
            claim::Step::Done(claimed) => Ok(claimed),
        }
    }

    /// Judges a submission with a credential and stores it. The receipt is given when it is on the disk, not before.
    ///
    /// # Errors
    /// [`SubmitError`] says why nothing was stored.
    pub async fn spend(&self, spending: Spending, now: Timestamp) -> Result<Receipt, SubmitError> {
        let forms = Arc::clone(&self.forms);
        let reading = self
            .store
            .read(move |conn| spend::prepare(conn, &forms, &spending, now));
        let prepared = match reading.await? {
            spend::Step::Store(prepared) => prepared,
            spend::Step::Done(receipt) => return Ok(receipt),
        };
        let stored = self.write(move |conn| spend::spend(conn, &prepared, now)).await?;
        self.scrub_after(&stored);
        Ok(stored)
    }

    /// Writes, again and again while another transaction holds what this one needs.
    async fn write<T, F>(&self, work: F) -> Result<T, SubmitError>
    where
        F: Fn(&mut Conn) -> Result<T, SubmitError> + Send + Sync + 'static,
        T: Send + 'static,
    {
        let work = Arc::new(work);
        for _ in 0..TRIES {
            let attempt = Arc::clone(&work);
            match self.store.write(move |conn| attempt(conn)).await {
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
