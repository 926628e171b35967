//! The signed token that names a session: JWT, HS256, fifteen minutes.
//!
//! The token carries no role and no name: both are read from the database at each request. Only HS256 under our own
//! key is accepted; `alg: none`, other algorithms and other keys fail in [`Keys::read`].
//!
//! `jsonwebtoken` takes its cryptography from outside. Ours is HMAC-SHA-256 of the `hmac` crate and nothing else,
//! instead of the five further signature schemes that its ready-made provider brings along.

use std::sync::Once;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use signature::{Signer, Verifier};

use super::IdentityError;

/// How long an access token is good for.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

const ISSUER: &str = "rapport";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Always `rapport`.
    pub iss: String,
    /// The user's id.
    pub sub: String,
    /// The session's id.
    pub sid: String,
    /// Issued, in seconds since 1970.
    pub iat: i64,
    /// No longer accepted from here on, in seconds since 1970.
    pub exp: i64,
}

/// The keys of this installation, derived from its one secret.
pub struct Keys {
    secret: Vec<u8>,
    signing: EncodingKey,
    verifying: DecodingKey,
    rules: Validation,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(***)")
    }
}

impl Keys {
    /// Derives the keys. Every purpose gets a key of its own, so that no output for one is valid for another.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        install_provider();
        let key = derive(secret, b"rapport access token v1");
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_required_spec_claims(&["exp", "iss", "sub"]);
        // Time is a parameter here: `read` compares `exp` itself.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        Self {
            signing: EncodingKey::from_secret(&key),
            verifying: DecodingKey::from_secret(&key),
            rules,
            secret: secret.to_vec(),
        }
    }

    /// A key for another purpose, which `purpose` names; the same for the same secret and purpose.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> [u8; 32] {
        derive(&self.secret, purpose.as_bytes())
    }

    /// Signs a token for a session.
    ///
    /// # Errors
    /// [`IdentityError::Signing`], which only a broken key could cause.
    pub fn issue(&self, user: &str, session: &str, now: Timestamp) -> Result<String, IdentityError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: user.to_owned(),
            sid: session.to_owned(),
            iat: now.as_second(),
            exp: (now + LIFETIME).as_second(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
            .map_err(|error| IdentityError::Signing(error.to_string()))
    }

    /// What a token says, if it is ours and not expired. Why it is not is nobody's business.
    #[must_use]
    pub fn read(&self, token: &str, now: Timestamp) -> Option<Claims> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.rules)
            .ok()?
            .claims;
        (now.as_second() < claims.exp).then_some(claims)
    }
}

fn derive(secret: &[u8], purpose: &[u8]) -> [u8; 32] {
    keyed(secret).chain_update(purpose).finalize().into_bytes().into()
}

/// HMAC-SHA-256 under a key of any length, which RFC 2104 hashes when it is longer than a block. Unlike
/// `new_from_slice` this has no failure to think about.
pub(super) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = [0_u8; 64];
    let hashed = Sha256::digest(key);
    let key = if key.len() > block.len() { &hashed } else { key };
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    <Hmac<Sha256> as KeyInit>::new(&block.into())
}

/// HMAC-SHA-256, keyed.
struct HmacSha256(Hmac<Sha256>);

impl HmacSha256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, JwtError> {
        if algorithm == Algorithm::HS256 {
            Ok(Self(keyed(key)))
        } else {
            Err(JwtError::from(ErrorKind::InvalidAlgorithm))
        }
    }
}

impl Signer<Vec<u8>> for HmacSha256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self
            .0
            .clone()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec())
    }
}

impl Verifier<Vec<u8>> for HmacSha256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0
            .clone()
            .chain_update(message)
            .verify_slice(signature)
            .map_err(signature::Error::from_source)
    }
}

impl JwtSigner for HmacSha256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for HmacSha256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(HmacSha256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| Ok(Box::new(HmacSha256::new(*algorithm, key.try_get_as_bytes()?)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

/// Once per process: `jsonwebtoken` keeps its provider in a global.
fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Refused only when a provider is there already, which is then this one.
        let _installed = PROVIDER.install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    #[test]
    fn a_token_reads_back_until_its_last_second() {
        let keys = Keys::new(&[7; 32]);
        let token = keys.issue("u1", "s1", now()).unwrap();
        let read = keys.read(&token, now() + SignedDuration::from_secs(899)).unwrap();
        assert_eq!((read.sub.as_str(), read.sid.as_str()), ("u1", "s1"));
        assert_eq!(keys.read(&token, now() + LIFETIME), None);
    }

    #[test]
    fn another_secret_and_another_purpose_give_other_keys() {
        let (ours, theirs) = (Keys::new(&[7; 32]), Keys::new(&[8; 32]));
        let token = theirs.issue("u1", "s1", now()).unwrap();
        assert_eq!(ours.read(&token, now()), None);
        assert_ne!(ours.derived("a"), ours.derived("b"));
        assert_eq!(ours.derived("a"), Keys::new(&[7; 32]).derived("a"));
    }

    /// The example of RFC 7515, appendix A.1: an independent check of the provider.
    #[test]
    fn the_provider_agrees_with_rfc_7515() {
        use base64::Engine as _;
        install_provider();
        let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let key = base64
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let signed = jsonwebtoken::crypto::sign(
            message.as_bytes(),
            &EncodingKey::from_secret(&key),
            Algorithm::HS256,
        );
        assert_eq!(signed.unwrap(), signature);
    }
}
