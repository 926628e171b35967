//! Claiming a credential with an invitation: the one step of an anonymous response that knows who somebody is.
//!
//! The invitation is consumed, the key of its unit signs something that the server cannot read, and the signature is
//! kept with the invitation until the round closes, so that a lost reply costs nothing: the same blinded message gets the
//! same signature again. Another one is refused: one invitation, one credential.
//!
//! As everywhere, [`prepare`] reads and judges on a reading connection, and [`claim_all`] runs on the
//! writer and asks again.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::credential::PrivateKey;
use super::door::{Door, Shut};
use super::submit::SubmitError;
use super::windows::Windows;
use crate::round::{Keyring, Mode, RoundId};
use crate::store::credentials::{self, ClaimRow};
use crate::store::entry::{self, Use};
use crate::store::{Conn, StoreError};
use crate::survey::definition::VersionNumber;

/// What a respondent sends.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The hash of the invitation code.
    pub code_hash: Vec<u8>,
    /// The key of the manifest that is to sign.
    pub key_id: Vec<u8>,
    /// The blinded message, as long as the key.
    pub blinded: Vec<u8>,
}

/// A blind signature, worth nothing without the blinding that only the respondent has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The key that signed.
    pub key_id: Vec<u8>,
    /// The blind signature.
    pub signature: Vec<u8>,
}

/// A claim that was judged and waits to be signed.
#[derive(Debug, Clone)]
pub struct Unsigned {
    round: RoundId,
    version: VersionNumber,
    claim: Claim,
    /// The private key of the unit, encrypted.
    sealed: Vec<u8>,
    /// When it was judged.
    at: Timestamp,
}

/// A claim that was judged and signed, and waits for its transaction.
#[derive(Debug, Clone)]
pub struct Signed {
    round: RoundId,
    version: VersionNumber,
    row: ClaimRow,
    /// When it was judged.
    at: Timestamp,
}

/// What [`prepare`] found.
#[derive(Debug, Clone)]
pub enum Step {
    /// To be signed and stored.
    Sign(Unsigned),
    /// Claimed before, with the same blinded message.
    Done(Claimed),
}

/// Reads the door and judges the claim, without writing.
///
/// # Errors
/// [`SubmitError`] says why there is no credential for it.
pub fn prepare(conn: &mut Conn, claim: Claim, now: Timestamp) -> Result<Step, SubmitError> {
    let door = Door::find(conn, &claim.code_hash)?.ok_or(Shut::Unknown)?;
    if let Some(claimed) = repeated(conn, &claim.code_hash, &digest(&claim))? {
        return Ok(Step::Done(claimed));
    }
    door.may_answer(now)?;
    let key = credentials::key_of(
        conn,
        door.round.as_str(),
        door.audience.as_str(),
        door.agency.as_str(),
    )?;
    let key = key
        .filter(|_| door.mode == Mode::Anonymous)
        .ok_or(SubmitError::NoCredentials)?;
    if key.key_id != claim.key_id {
        return Err(SubmitError::OtherKey);
    }
    Ok(Step::Sign(Unsigned {
        round: door.round,
        version: door.version,
        claim,
        sealed: key.private_key.ok_or(Shut::Closed)?,
        at: now,
    }))
}

impl Unsigned {
    /// Signs the claim. It takes the processor for a millisecond or more, so no connection should wait for it.
    ///
    /// # Errors
    /// [`SubmitError`] says why it cannot be signed.
    pub fn sign(self, keyring: Option<&Keyring>) -> Result<Arc<Signed>, SubmitError> {
        let claim = self.claim;
        let signature = private_key(keyring, &claim.key_id, &self.sealed)?
            .sign_raw(&claim.blinded)
            .ok_or(SubmitError::NotBlinded)?;
        Ok(Arc::new(Signed {
            round: self.round,
            version: self.version,
            row: ClaimRow {
                blinded: digest(&claim),
                code_hash: claim.code_hash,
                key_id: claim.key_id,
                signature,
            },
            at: self.at,
        }))
    }
}

fn private_key(keyring: Option<&Keyring>, key_id: &[u8], sealed: &[u8]) -> Result<PrivateKey, SubmitError> {
    let keyring = keyring.ok_or(SubmitError::Keyless)?;
    keyring.unseal(key_id, sealed).map_err(|wrong| {
        tracing::error!(%wrong, "no credential can be signed");
        SubmitError::Keyless
    })
}

/// Consumes the invitations for credentials, as part of a transaction of the writer: a few statements, however many there
/// are. One outcome for each, in their order; whose outcome is an error has written nothing.
///
/// # Errors
/// [`StoreError`] of the database; then nothing may be kept of any.
pub fn claim_all(
    conn: &mut Conn,
    given: &[Arc<Signed>],
) -> Result<Vec<Result<Claimed, SubmitError>>, StoreError> {
    let windows = Windows::held(conn, given.iter().map(|one| &one.round))?;
    // Of several with one code the first is tried; the others then find the invitation used.
    let mut uses = BTreeMap::new();
    for (place, one) in given.iter().enumerate() {
        if windows.takes(&one.round, one.version, one.at) {
            uses.entry(one.row.code_hash.as_slice()).or_insert((place, one));
        }
    }
    let asked = uses.keys().map(|code_hash| Use { code_hash, key: None });
    let taken = entry::consume(conn, asked.collect())?;
    let taken = taken
        .iter()
        .filter_map(|code_hash| uses.get(code_hash.as_slice()).copied());
    let won: BTreeMap<usize, &Arc<Signed>> = taken.collect();
    let mut rows: Vec<ClaimRow> = won.values().map(|one| one.row.clone()).collect();
    rows.sort_by(|one, other| one.code_hash.cmp(&other.code_hash));
    credentials::insert_claims(conn, &rows)?;
    let outcomes = given
        .iter()
        .enumerate()
        .map(|(place, one)| match won.get(&place) {
            Some(_) => Ok(Ok(Claimed::of(&one.row))),
            None => instead(conn, one),
        });
    outcomes.collect()
}

/// What a claim is told that did not get its invitation.
fn instead(conn: &mut Conn, one: &Signed) -> Result<Result<Claimed, SubmitError>, StoreError> {
    let Some(door) = Door::find(conn, &one.row.code_hash)? else {
        return Ok(Err(Shut::Unknown.into()));
    };
    match repeated(conn, &one.row.code_hash, &one.row.blinded) {
        Ok(Some(claimed)) => Ok(Ok(claimed)),
        Ok(None) => {
            let shut = door.may_answer(one.at).err();
            Ok(Err(shut.map_or(SubmitError::Contended, SubmitError::Shut)))
        }
        Err(SubmitError::Store(error)) => Err(error),
        Err(refused) => Ok(Err(refused)),
    }
}

impl Claimed {
    fn of(row: &ClaimRow) -> Self {
        Self {
            key_id: row.key_id.clone(),
            signature: row.signature.clone(),
        }
    }
}

/// The signature again for the message that was signed, [`SubmitError::ClaimedAlready`] for any other.
fn repeated(conn: &mut Conn, code_hash: &[u8], blinded: &[u8]) -> Result<Option<Claimed>, SubmitError> {
    match credentials::claim(conn, code_hash)? {
        None => Ok(None),
        Some(first) if first.blinded == blinded => Ok(Some(Claimed::of(&first))),
        Some(_) => Err(SubmitError::ClaimedAlready),
    }
}

fn digest(claim: &Claim) -> Vec<u8> {
    Sha256::digest(&claim.blinded).to_vec()
}
