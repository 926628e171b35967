//! The respondent's side, as `static/credential.js` runs it in browsers: for the demo, for tests, and for programs that
//! answer on somebody's behalf.

use crypto_bigint::modular::BoxedMontyForm;
use crypto_bigint::{BoxedUint, Odd};

use super::pss::{self, SALT};
use super::rsa::PublicKey;
use super::token::{Credential, Prefix, Token, message};

/// The random numbers of one credential. All of them come from the operating system and are used once.
#[derive(Clone)]
pub struct Randomness {
    /// What will be spent.
    pub token: Token,
    /// What stands before it.
    pub prefix: Prefix,
    /// The salt of the padding.
    pub salt: [u8; SALT],
    /// The blinding factor, as large as the key; it must be below the modulus and have an inverse.
    pub blind: Vec<u8>,
}

/// A claim on its way: what is sent, and what is kept to make a credential of the answer.
#[derive(Clone)]
pub struct Blinded {
    /// What the server signs without being able to read it.
    pub message: Vec<u8>,
    inverse: Vec<u8>,
    token: Token,
    prefix: Prefix,
}

impl std::fmt::Debug for Blinded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Blinded(..)")
    }
}

impl std::fmt::Debug for Randomness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Randomness(..)")
    }
}

impl Randomness {
    /// Fresh randomness of the operating system for a key.
    ///
    /// # Errors
    /// When the operating system has none.
    pub fn draw(key: &PublicKey) -> Result<Self, getrandom::Error> {
        let mut drawn = Self {
            token: [0; 32],
            prefix: [0; 32],
            salt: [0; SALT],
            blind: vec![0; key.size()],
        };
        for part in [
            &mut drawn.token[..],
            &mut drawn.prefix,
            &mut drawn.salt,
            &mut drawn.blind,
        ] {
            getrandom::fill(part)?;
        }
        while key.number(&drawn.blind).is_none() {
            getrandom::fill(&mut drawn.blind)?;
        }
        Ok(drawn)
    }
}

/// Blinds a token for a key (RFC 9474, section 4.2). `None` for a blinding factor that fits no key of this size.
#[must_use]
pub fn blind(key: &PublicKey, random: &Randomness) -> Option<Blinded> {
    let encoded = pss::encode(&message(&random.prefix, &random.token), &random.salt, key.bits())?;
    blind_encoded(key, &encoded, random)
}

/// As [`blind`], of a message that was encoded already.
#[must_use]
pub fn blind_encoded(key: &PublicKey, encoded: &[u8], random: &Randomness) -> Option<Blinded> {
    let padded: Vec<u8> = std::iter::repeat_n(0, key.size().checked_sub(encoded.len())?)
        .chain(encoded.iter().copied())
        .collect();
    let (encoded, factor) = (key.number(&padded)?, key.number(&random.blind)?);
    let odd: &Odd<BoxedUint> = key.params().modulus();
    let inverse = factor.invert_odd_mod(odd).into_option()?;
    let product =
        BoxedMontyForm::new(encoded, key.params()) * BoxedMontyForm::new(key.power(factor), key.params());
    Some(Blinded {
        message: key.bytes(&product.retrieve()),
        inverse: key.bytes(&inverse),
        token: random.token,
        prefix: random.prefix,
    })
}

impl Blinded {
    /// Takes the blinding off a blind signature (RFC 9474, section 4.4). `None` when what comes of it is not a signature
    /// of this key: then the signer used another one, and nothing must be spent.
    #[must_use]
    pub fn finish(&self, key: &PublicKey, blind_signature: &[u8]) -> Option<Credential> {
        let credential = Credential {
            key_id: key.id(),
            token: self.token,
            prefix: self.prefix,
            signature: self.unblinded(key, blind_signature)?,
        };
        credential.is_signed_by(key).then_some(credential)
    }

    /// The signature without its blinding, unchecked.
    #[must_use]
    pub fn unblinded(&self, key: &PublicKey, blind_signature: &[u8]) -> Option<Vec<u8>> {
        let (signed, inverse) = (key.number(blind_signature)?, key.number(&self.inverse)?);
        let product = BoxedMontyForm::new(signed, key.params()) * BoxedMontyForm::new(inverse, key.params());
        Some(key.bytes(&product.retrieve()))
    }
}
