//! The signing keys of a round: made before it opens, encrypted at rest, destroyed when it closes.
//!
//! One key for each [`Unit`], used for one round only: a key that served two rounds would let a
//! credential of one be spent in the other, and one that served two units would hide stuffing of one in the other.
//!
//! At rest a private key is encrypted (ChaCha20-Poly1305, bound to the id of the key) under a [`Keyring`], whose secret
//! comes from the configuration and not from the database: a backup or a stolen file cannot sign.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use thiserror::Error;

use super::units::Unit;
use super::{Round, RoundError};
use crate::collect::credential::{PrivateKey, PublicKey};
use crate::identity::{Actor, audit};
use crate::store::{Conn, credentials};

const NONCE: usize = 12;

/// Encrypts and decrypts the private keys of rounds. Its `Debug` form hides the secret.
#[derive(Clone)]
pub struct Keyring(ChaCha20Poly1305);

/// A private key that this keyring cannot read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a signing key of this round cannot be read: it was encrypted under another secret; start with the RAPPORT_KEY_SECRET (or keys.secret) with which the round was opened"
)]
pub struct WrongKeyring;

/// The key of one unit, ready to be stored.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// For whom it signs.
    pub unit: Unit,
    /// For the manifest.
    pub public: PublicKey,
    /// The private key, encrypted.
    pub sealed: Vec<u8>,
}

/// The keys of a round that is about to open: one for each of its units, none where no unit is large enough.
#[derive(Debug, Clone, Default)]
pub struct NewKeys(Vec<NewKey>);

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(..)")
    }
}

impl Keyring {
    /// A keyring of a secret of 32 bytes or more.
    ///
    /// # Errors
    /// None that HMAC could cause: it takes a secret of any length.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        // HMAC takes secrets of any length, so the fallback is never used; an empty one would be refused by the configuration.
        let key = <Hmac<Sha256> as Mac>::new_from_slice(secret)
            .map(|mac| mac.chain_update(b"rapport round keys v1").finalize().into_bytes())
            .unwrap_or_default();
        Self(ChaCha20Poly1305::new(&<[u8; 32]>::from(key).into()))
    }

    /// Makes a key for each unit, on all cores. `told` hears how many are done.
    ///
    /// # Errors
    /// [`RoundError::NoRandomness`].
    pub fn issue(&self, units: Vec<Unit>, told: &(dyn Fn(usize) + Sync)) -> Result<NewKeys, RoundError> {
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (waiting, done) = (Mutex::new(units.into_iter()), AtomicUsize::new(0));
        let next = || waiting.lock().ok().and_then(|mut units| units.next());
        let work = || -> Result<Vec<NewKey>, RoundError> {
            let mut made = Vec::new();
            while let Some(unit) = next() {
                made.push(self.new_key(unit)?);
                told(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
            Ok(made)
        };
        let mut keys = thread::scope(|scope| {
            let working: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let mut keys = Vec::new();
            for thread in working {
                let made = thread.join().ok().ok_or_else(|| {
                    RoundError::NoRandomness("a thread that made signing keys ended early".to_owned())
                })?;
                keys.extend(made?);
            }
            Ok::<_, RoundError>(keys)
        })?;
        keys.sort_by(|one, other| {
            (&one.unit.audience, &one.unit.name).cmp(&(&other.unit.audience, &other.unit.name))
        });
        Ok(NewKeys(keys))
    }

    fn new_key(&self, unit: Unit) -> Result<NewKey, RoundError> {
        let private = PrivateKey::generate(random()?);
        Ok(NewKey {
            unit,
            public: private.public().clone(),
            sealed: self.seal(&private)?,
        })
    }

    /// Encrypts a private key.
    ///
    /// # Errors
    /// [`RoundError::NoRandomness`].
    pub fn seal(&self, private: &PrivateKey) -> Result<Vec<u8>, RoundError> {
        let nonce = random::<NONCE>()?;
        let payload = Payload {
            msg: &private.to_bytes(),
            aad: &private.public().id(),
        };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|error| RoundError::NoRandomness(error.to_string()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts the private key of this id.
    ///
    /// # Errors
    /// [`WrongKeyring`] when it was encrypted under another secret or is not the key of this id.
    pub fn unseal(&self, key_id: &[u8], sealed: &[u8]) -> Result<PrivateKey, WrongKeyring> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(WrongKeyring)?;
        let payload = Payload {
            msg: sealed,
            aad: key_id,
        };
        let opened = self.0.decrypt(&Nonce::from(*nonce), payload);
        let opened = opened.ok().ok_or(WrongKeyring)?;
        PrivateKey::from_bytes(&opened).ok().ok_or(WrongKeyring)
    }
}

impl NewKeys {
    /// By audience and unit.
    pub fn iter(&self) -> impl Iterator<Item = &NewKey> {
        self.0.iter()
    }

    /// Whether these are the keys of exactly these units.
    #[must_use]
    pub fn fit(&self, units: &[Unit]) -> bool {
        self.0.len() == units.len()
            && units
                .iter()
                .all(|unit| self.0.iter().any(|key| key.unit == *unit))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Destroys the private keys of a round that closes, keeps what came of them in numbers, forgets who claimed a
/// credential, and records it.
pub(super) fn destroy(conn: &mut Conn, round: &Round, now: Timestamp) -> Result<(), RoundError> {
    let counted = credentials::count(conn, round.id.as_str())?;
    if counted.is_empty() {
        return Ok(());
    }
    for (key, counts) in &counted {
        credentials::finish_key(conn, &key.key_id, *counts)?;
    }
    credentials::delete_claims(conn, round.id.as_str())?;
    let mut tokens = credentials::take_tokens(conn, round.id.as_str())?;
    for token in &mut tokens {
        token.key_id = None;
    }
    credentials::put_tokens(conn, tokens)?;
    let detail = format!(
        "{} private keys; no credential can be made any more",
        counted.len()
    );
    // Whoever closes the round, by hand or by the clock: the keys go with it.
    let who = Actor {
        name: "the closing of the round".to_owned(),
        ..Actor::operator()
    };
    Ok(audit::record(
        conn,
        &who,
        "round.destroy-keys",
        round.id.as_str(),
        &detail,
        now,
    )?)
}

fn random<const N: usize>() -> Result<[u8; N], RoundError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| RoundError::NoRandomness(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_read_back_under_its_own_secret_and_id_only() {
        let keyring = Keyring::new(b"one secret of thirty-two bytes...");
        let private = PrivateKey::generate([7; 32]);
        let (id, sealed) = (private.public().id(), keyring.seal(&private).unwrap());
        let again = keyring.unseal(&id, &sealed).unwrap();
        assert_eq!(again.public().id(), id);
        let message = vec![1; private.public().size()];
        assert_eq!(again.sign_raw(&message), private.sign_raw(&message));

        let other = Keyring::new(b"another secret of thirty-two bytes");
        assert_eq!(other.unseal(&id, &sealed).err(), Some(WrongKeyring));
        assert_eq!(keyring.unseal(&[0; 32], &sealed).err(), Some(WrongKeyring));
        let primes = private.to_bytes();
        assert!(
            !sealed
                .windows(16)
                .any(|window| primes.windows(16).any(|bytes| bytes == window))
        );
        assert_ne!(sealed, keyring.seal(&private).unwrap(), "a nonce is used once");
    }
}
