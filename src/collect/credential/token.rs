//! What a credential consists of, and whether it is good.

use sha2::{Digest, Sha256};

use super::pss::{self, SALT};
use super::rsa::{KeyId, PublicKey};

/// What is spent: 32 random bytes of the respondent's choice.
pub type Token = [u8; 32];

/// Random bytes before the token in the signed message (RFC 9474, section 4.1): without them a malicious signer could
/// choose a key under which few tokens fit.
pub type Prefix = [u8; 32];

/// A proof of the right to one response: a token with a signature of the round's key over it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// The key that signed.
    pub key_id: KeyId,
    /// What is spent.
    pub token: Token,
    /// What stands before the token in the signed message.
    pub prefix: Prefix,
    /// The signature. The server never stores it.
    pub signature: Vec<u8>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(..)")
    }
}

impl Credential {
    /// Whether the holder of this key signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let message = message(&self.prefix, &self.token);
        let encoded = (self.key_id == key.id())
            .then(|| key.raw(&self.signature))
            .flatten();
        encoded.is_some_and(|encoded| pss::verify(&message, &encoded, SALT, key.bits()))
    }

    /// By this the server recognises the same submission when it comes again. It cannot be tried out by
    /// somebody who has the stored answers and this mark: the submission's key and the signature are not stored.
    #[must_use]
    pub fn mark(&self, submission_key: &[u8], answers: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(b"rapport submission v1");
        for part in [submission_key, &self.signature, answers] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().to_vec()
    }
}

/// The signed message.
#[must_use]
pub fn message(prefix: &Prefix, token: &Token) -> Vec<u8> {
    [prefix.as_slice(), token].concat()
}
