//! Claiming a credential with an invitation: the one step of an anonymous response that knows who somebody is.
//!
//! The invitation is consumed, the key of its unit signs something that the server cannot read, and the signature is
//! kept with the invitation until the round closes, so that a lost reply costs nothing: the same blinded message gets the
//! same signature again. Another one is refused: one invitation, one credential.
//!
//! As everywhere, [`prepare`] reads, judges and signs on a reading connection, and [`claim`] runs on the writer and
//! asks again.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::credential::PrivateKey;
use super::door::{Door, Shut};
use super::submit::SubmitError;
use crate::round::{Keyring, Mode, RoundId};
use crate::store::Conn;
use crate::store::credentials::{self, ClaimRow};
use crate::store::intake;

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

/// A claim that was judged and signed, and waits for its transaction.
#[derive(Debug, Clone)]
pub struct Signed {
    round: RoundId,
    row: ClaimRow,
}

/// What [`prepare`] found.
#[derive(Debug, Clone)]
pub enum Step {
    /// To be stored.
    Store(Signed),
    /// Claimed before, with the same blinded message.
    Done(Claimed),
}

/// Reads the door, judges the claim and signs it, without writing.
///
/// # Errors
/// [`SubmitError`] says why there is no credential for it.
pub fn prepare(
    conn: &mut Conn,
    keyring: Option<&Keyring>,
    claim: &Claim,
    now: Timestamp,
) -> Result<Step, SubmitError> {
    let door = Door::find(conn, &claim.code_hash)?.ok_or(Shut::Unknown)?;
    if let Some(claimed) = repeated(conn, &claim.code_hash, &digest(claim))? {
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
    let sealed = key.private_key.ok_or(Shut::Closed)?;
    let signature = private_key(keyring, &key.key_id, &sealed)?
        .sign_raw(&claim.blinded)
        .ok_or(SubmitError::NotBlinded)?;
    let row = ClaimRow {
        code_hash: claim.code_hash.clone(),
        key_id: key.key_id,
        blinded: digest(claim),
        signature,
    };
    Ok(Step::Store(Signed {
        round: door.round,
        row,
    }))
}

fn private_key(keyring: Option<&Keyring>, key_id: &[u8], sealed: &[u8]) -> Result<PrivateKey, SubmitError> {
    let keyring = keyring.ok_or(SubmitError::Keyless)?;
    keyring.unseal(key_id, sealed).map_err(|wrong| {
        tracing::error!(%wrong, "no credential can be signed");
        SubmitError::Keyless
    })
}

/// Consumes the invitation for a credential. Run it as one transaction of the writer.
///
/// # Errors
/// [`SubmitError`]; nothing was written then.
pub fn claim(conn: &mut Conn, signed: &Signed, now: Timestamp) -> Result<Claimed, SubmitError> {
    let row = &signed.row;
    intake::keep_open(conn, signed.round.as_str())?;
    let door = Door::find(conn, &row.code_hash)?.ok_or(Shut::Unknown)?;
    if let Some(claimed) = repeated(conn, &row.code_hash, &row.blinded)? {
        return Ok(claimed);
    }
    door.may_answer(now)?;
    if !intake::consume(conn, &row.code_hash, None)? {
        return Err(SubmitError::Contended);
    }
    credentials::insert_claim(conn, row)?;
    Ok(Claimed {
        key_id: row.key_id.clone(),
        signature: row.signature.clone(),
    })
}

/// The signature again for the message that was signed, [`SubmitError::ClaimedAlready`] for any other.
fn repeated(conn: &mut Conn, code_hash: &[u8], blinded: &[u8]) -> Result<Option<Claimed>, SubmitError> {
    match credentials::claim(conn, code_hash)? {
        None => Ok(None),
        Some(first) if first.blinded == blinded => Ok(Some(Claimed {
            key_id: first.key_id,
            signature: first.signature,
        })),
        Some(_) => Err(SubmitError::ClaimedAlready),
    }
}

fn digest(claim: &Claim) -> Vec<u8> {
    Sha256::digest(&claim.blinded).to_vec()
}
