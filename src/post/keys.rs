//! What is made from a seed and the secret of the installation: links, Message-IDs, signing keys.
//!
//! Everything here is HMAC-SHA-256 under a key that is derived for one purpose, so that none of it tells anything about
//! the secret, the seed or another of them. See the room's own words for why links are made like this.

use std::fmt::Write as _;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::identity::IdentityError;
use crate::identity::tokens::Keys;
use crate::round::Code;

/// How long a seed is, in bytes.
pub const SEED: usize = 16;

/// How long codes and Message-IDs are, in bytes: as long as invitation codes always were.
const SHORT: usize = 16;

/// Makes everything that is made from seeds.
#[derive(Clone)]
pub struct PostKeys {
    links: [u8; 32],
    stops: [u8; 32],
    messages: [u8; 32],
    webhooks: [u8; 32],
}

impl PostKeys {
    /// From the keys of the installation.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self {
            links: keys.derived("post: links"),
            stops: keys.derived("post: stops"),
            messages: keys.derived("post: messages"),
            webhooks: keys.derived("post: webhooks"),
        }
    }

    /// The invitation code of somebody's seed.
    #[must_use]
    pub fn code(&self, seed: &[u8]) -> Code {
        Code::given(&short(&self.links, seed))
    }

    /// The code of "no more reminders" of somebody's seed.
    #[must_use]
    pub fn stop_code(&self, seed: &[u8]) -> String {
        short(&self.stops, seed)
    }

    /// The part of a Message-ID before the `@`, of a mail's seed.
    #[must_use]
    pub fn message_id(&self, seed: &[u8]) -> String {
        short(&self.messages, seed)
    }

    /// The key with which deliveries to a webhook are signed.
    #[must_use]
    pub fn webhook(&self, id: &str) -> [u8; 32] {
        keyed(&self.webhooks, id.as_bytes())
    }
}

impl std::fmt::Debug for PostKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostKeys(..)")
    }
}

/// How a code of "no more reminders" is stored.
#[must_use]
pub fn stop_hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.trim().to_ascii_lowercase().as_bytes()).into()
}

/// A new seed.
///
/// # Errors
/// [`IdentityError::Randomness`] when the operating system has none.
pub fn seed() -> Result<[u8; SEED], IdentityError> {
    let mut bytes = [0_u8; SEED];
    getrandom::fill(&mut bytes).map_err(|error| IdentityError::Randomness(error.to_string()))?;
    Ok(bytes)
}

/// HMAC-SHA-256 under a key of 32 bytes.
pub(super) fn keyed(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.chain_update(message).finalize().into_bytes().into()
}

fn short(key: &[u8; 32], seed: &[u8]) -> String {
    let mut text = String::with_capacity(2 * SHORT);
    for byte in keyed(key, seed).iter().take(SHORT) {
        // Writing to a text cannot fail.
        let _written = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_link_again_and_another_secret_another_one() {
        let (ours, theirs) = (
            PostKeys::new(&Keys::new(&[7; 32])),
            PostKeys::new(&Keys::new(&[8; 32])),
        );
        let seed = [3_u8; SEED];
        assert_eq!(ours.code(&seed), ours.code(&seed));
        assert_eq!(ours.code(&seed).as_str().len(), 32);
        assert_ne!(ours.code(&seed), theirs.code(&seed));
        assert_ne!(ours.code(&seed), ours.code(&[4; SEED]));
        let parts = [
            ours.code(&seed).as_str().to_owned(),
            ours.stop_code(&seed),
            ours.message_id(&seed),
        ];
        assert!(parts[0] != parts[1] && parts[1] != parts[2] && parts[0] != parts[2]);
        assert_ne!(ours.webhook("a"), ours.webhook("b"));
    }

    /// RFC 4231, test case 1, whose key of 20 bytes stands here padded as the RFC pads it.
    #[test]
    fn the_mac_is_hmac_sha_256() {
        let mut key = [0_u8; 32];
        key[..20].fill(0x0b);
        let hex: String = keyed(&key, b"Hi There")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }
}
