//! RSA as blind signatures need it: keys, and the raw operation without any padding.
//!
//! The private operation goes by the Chinese remainder theorem over exponentiations whose time does not depend on
//! exponent or base, and its result is checked with the public key before it is given away: a fault in one half would
//! give the key away (RFC 9474, section 4.3, asks for the same).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero, Odd, Resize};
use crypto_primes::{Flavor, random_prime};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The size of new keys.
pub const BITS: u32 = 2048;

/// The public exponent of new keys, as everybody's: F4.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// No key beyond this is read: verifying it would cost too much.
const LARGEST_BITS: u32 = 8192;

/// SHA-256 over the SubjectPublicKeyInfo: the name of a key.
pub type KeyId = [u8; 32];

/// Numbers that make no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("these numbers make no RSA key")]
pub struct BadKey;

/// A public key.
#[derive(Debug, Clone)]
pub struct PublicKey {
    modulus: BoxedMontyParams,
    exponent: BoxedUint,
    exponent_bits: u32,
    bits: u32,
}

/// A public key as browsers read it (RFC 7517). They refuse the other usual form when it names RSASSA-PSS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwk {
    /// Always `RSA`.
    pub kty: String,
    /// The modulus, base64url.
    pub n: String,
    /// The exponent, base64url.
    pub e: String,
}

impl PublicKey {
    /// A key of a modulus and an exponent, both big-endian.
    ///
    /// # Errors
    /// [`BadKey`] for an even, tiny or huge modulus and for an exponent that is even or longer than 64 bits.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, BadKey> {
        let modulus = BoxedUint::from_be_slice_vartime(trimmed(modulus));
        let bits = modulus.bit_width_vartime();
        if !(512..=LARGEST_BITS).contains(&bits) {
            return Err(BadKey);
        }
        let exponent = BoxedUint::from_be_slice(trimmed(exponent), 64)
            .ok()
            .ok_or(BadKey)?;
        let exponent_bits = exponent.bit_width_vartime();
        if exponent_bits < 2 || !exponent.bit_vartime(0) {
            return Err(BadKey);
        }
        let odd = Odd::new(modulus).into_option().ok_or(BadKey)?;
        Ok(Self {
            modulus: BoxedMontyParams::new_vartime(odd),
            exponent,
            exponent_bits,
            bits,
        })
    }

    /// The key of a SubjectPublicKeyInfo as [`Self::spki`] writes it.
    ///
    /// # Errors
    /// [`BadKey`] for anything else.
    pub fn from_spki(spki: &[u8]) -> Result<Self, BadKey> {
        let (info, []) = value(0x30, spki)? else {
            return Err(BadKey);
        };
        let (_, rest) = value(0x30, info)?;
        let (bits, _) = value(0x03, rest)?;
        let (numbers, _) = value(0x30, bits.get(1..).ok_or(BadKey)?)?;
        let (modulus, rest) = value(0x02, numbers)?;
        let (exponent, _) = value(0x02, rest)?;
        let key = Self::new(modulus, exponent)?;
        // One spelling only: the id of a key is a digest over it.
        if key.spki() == spki { Ok(key) } else { Err(BadKey) }
    }

    /// The size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The size of a message or signature in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        usize::try_from(self.bits.div_ceil(8)).unwrap_or(usize::MAX)
    }

    /// Message to the public exponent; `None` when it is not a number below the modulus in exactly [`Self::size`] bytes.
    #[must_use]
    pub fn raw(&self, message: &[u8]) -> Option<Vec<u8>> {
        let message = self.number(message)?;
        Some(self.bytes(&self.power(message)))
    }

    /// A number below the modulus from exactly [`Self::size`] bytes.
    pub(super) fn number(&self, bytes: &[u8]) -> Option<BoxedUint> {
        if bytes.len() != self.size() {
            return None;
        }
        let modulus = self.modulus.modulus();
        let number = BoxedUint::from_be_slice(bytes, modulus.bits_precision()).ok()?;
        (number < **modulus).then_some(number)
    }

    pub(super) fn power(&self, base: BoxedUint) -> BoxedUint {
        BoxedMontyForm::new(base, &self.modulus)
            .pow_bounded_exp(&self.exponent, self.exponent_bits)
            .retrieve()
    }

    pub(super) fn params(&self) -> &BoxedMontyParams {
        &self.modulus
    }

    /// A number below the modulus in [`Self::size`] bytes.
    pub(super) fn bytes(&self, number: &BoxedUint) -> Vec<u8> {
        let bytes = number.to_be_bytes();
        let skipped = bytes.len().saturating_sub(self.size());
        bytes.into_iter().skip(skipped).collect()
    }

    /// The modulus, big-endian, without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> Vec<u8> {
        self.modulus.modulus().to_be_bytes_trimmed_vartime().into_vec()
    }

    /// The exponent, big-endian, without leading zeros.
    #[must_use]
    pub fn exponent(&self) -> Vec<u8> {
        self.exponent.to_be_bytes_trimmed_vartime().into_vec()
    }

    /// As browsers read it.
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        Jwk {
            kty: "RSA".to_owned(),
            n: URL_SAFE_NO_PAD.encode(self.modulus()),
            e: URL_SAFE_NO_PAD.encode(self.exponent()),
        }
    }

    /// The SubjectPublicKeyInfo in DER, under the plain RSA object id (RFC 8017, A.1).
    #[must_use]
    pub fn spki(&self) -> Vec<u8> {
        // SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }
        const ALGORITHM: [u8; 15] = [
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
        ];
        let numbers = [integer(&self.modulus()), integer(&self.exponent())].concat();
        let key = [vec![0], der(0x30, &numbers)].concat();
        der(0x30, &[ALGORITHM.to_vec(), der(0x03, &key)].concat())
    }

    /// The name of this key: SHA-256 over [`Self::spki`].
    #[must_use]
    pub fn id(&self) -> KeyId {
        Sha256::digest(self.spki()).into()
    }
}

/// A private key. Its `Debug` form hides it.
#[derive(Clone)]
pub struct PrivateKey {
    public: PublicKey,
    p: Half,
    q: Half,
    /// q^-1 mod p.
    coefficient: BoxedUint,
}

/// What belongs to one prime.
#[derive(Clone)]
struct Half {
    prime: NonZero<BoxedUint>,
    params: BoxedMontyParams,
    /// e^-1 mod (prime - 1).
    exponent: BoxedUint,
}

/// The primes of a key: all that has to be kept of it.
#[derive(Serialize, Deserialize)]
struct Kept {
    p: String,
    q: String,
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

impl PrivateKey {
    /// A new key of [`BITS`] bits from 32 random bytes, which must be secret and used for nothing else.
    #[must_use]
    pub fn generate(seed: [u8; 32]) -> Self {
        let mut rng = ChaCha20Rng::from_seed(seed);
        loop {
            // Both primes have their two highest bits set often enough that few tries go by.
            let p: BoxedUint = random_prime(&mut rng, Flavor::Any, BITS / 2);
            let q: BoxedUint = random_prime(&mut rng, Flavor::Any, BITS / 2);
            let key = Self::of_primes(p, q, &EXPONENT);
            if let Ok(key) = key
                && key.public.bits() == BITS
            {
                return key;
            }
        }
    }

    /// The key of two primes and a public exponent, all big-endian.
    ///
    /// # Errors
    /// [`BadKey`] when they make none.
    pub fn new(p: &[u8], q: &[u8], exponent: &[u8]) -> Result<Self, BadKey> {
        let (p, q) = (trimmed(p), trimmed(q));
        let bits = u32::try_from(p.len().max(q.len()) * 8).ok().ok_or(BadKey)?;
        let prime = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits).ok().ok_or(BadKey);
        Self::of_primes(prime(p)?, prime(q)?, exponent)
    }

    fn of_primes(p: BoxedUint, q: BoxedUint, exponent: &[u8]) -> Result<Self, BadKey> {
        // With p > q the remainder of q's half is a number below p.
        let (p, q) = if p > q { (p, q) } else { (q, p) };
        if p == q {
            return Err(BadKey);
        }
        let modulus = p.concatenating_mul(&q);
        let public = PublicKey::new(&modulus.to_be_bytes(), exponent)?;
        let p = Half::of(p, &public.exponent)?;
        let q = Half::of(q, &public.exponent)?;
        let odd = Odd::new(p.prime.as_ref().clone()).into_option().ok_or(BadKey)?;
        let coefficient = q.prime.invert_odd_mod(&odd).into_option().ok_or(BadKey)?;
        Ok(Self {
            public,
            p,
            q,
            coefficient,
        })
    }

    /// The key to give away.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Message to the private exponent: a blind signature when the message is blinded. `None` when it is not a number
    /// below the modulus in exactly as many bytes, or when the result does not check.
    #[must_use]
    pub fn sign_raw(&self, message: &[u8]) -> Option<Vec<u8>> {
        let message = self.public.number(message)?;
        let by_p = self.p.power(&message);
        let by_q = self.q.power(&message);
        let difference = by_p.sub_mod(&by_q, &self.p.prime);
        let factor = BoxedMontyForm::new(difference, &self.p.params)
            * BoxedMontyForm::new(self.coefficient.clone(), &self.p.params);
        let product = self.q.prime.concatenating_mul(factor.retrieve());
        let signature = product
            .wrapping_add(&by_q)
            .resize(self.public.params().bits_precision());
        let checks = self.public.power(signature.clone()) == message;
        checks.then(|| self.public.bytes(&signature))
    }

    /// All that has to be kept to make this key again: keep it encrypted.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = |half: &Half| URL_SAFE_NO_PAD.encode(half.prime.to_be_bytes());
        let kept = Kept {
            p: text(&self.p),
            q: text(&self.q),
        };
        serde_json::to_vec(&kept).unwrap_or_default()
    }

    /// The key of [`Self::to_bytes`].
    ///
    /// # Errors
    /// [`BadKey`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadKey> {
        let kept: Kept = serde_json::from_slice(bytes).ok().ok_or(BadKey)?;
        let number = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().ok_or(BadKey);
        Self::new(&number(&kept.p)?, &number(&kept.q)?, &EXPONENT)
    }
}

impl Half {
    fn of(prime: BoxedUint, exponent: &BoxedUint) -> Result<Self, BadKey> {
        let bits = prime.bits_precision();
        let one = BoxedUint::one_with_precision(bits);
        let below = NonZero::new(prime.wrapping_sub(&one))
            .into_option()
            .ok_or(BadKey)?;
        let exponent = exponent.clone().resize(bits).invert_mod(&below);
        let odd = Odd::new(prime.clone()).into_option().ok_or(BadKey)?;
        Ok(Self {
            exponent: exponent.into_option().ok_or(BadKey)?,
            params: BoxedMontyParams::new(odd),
            prime: NonZero::new(prime).into_option().ok_or(BadKey)?,
        })
    }

    fn power(&self, message: &BoxedUint) -> BoxedUint {
        let reduced = message.rem(&self.prime);
        BoxedMontyForm::new(reduced, &self.params)
            .pow(&self.exponent)
            .retrieve()
    }
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// A DER INTEGER of an unsigned number.
fn integer(number: &[u8]) -> Vec<u8> {
    let is_high = number.first().is_none_or(|first| *first >= 0x80);
    let sign: &[u8] = if is_high { &[0] } else { &[] };
    der(0x02, &[sign, number].concat())
}

/// A DER value with its tag and length.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = trimmed(&length);
    let head = match (u8::try_from(content.len()), u8::try_from(length.len())) {
        (Ok(short), _) if short < 0x80 => vec![tag, short],
        (_, Ok(octets)) => [&[tag, 0x80 | octets], length].concat(),
        // A length of more than 255 octets is no length of anything.
        _ => vec![tag],
    };
    [head.as_slice(), content].concat()
}

/// The content of a DER value with this tag, and what stands behind it.
fn value(tag: u8, bytes: &[u8]) -> Result<(&[u8], &[u8]), BadKey> {
    let ([found, length], rest) = bytes.split_first_chunk().ok_or(BadKey)?;
    let octets = usize::from(length & 0x7f);
    let (length, rest) = match length & 0x80 {
        0 => (octets, rest),
        _ => {
            let (digits, rest) = rest.split_at_checked(octets).ok_or(BadKey)?;
            let length = digits
                .iter()
                .take(4)
                .fold(0, |sum, digit| sum * 256 + usize::from(*digit));
            (length, rest)
        }
    };
    if *found == tag {
        rest.split_at_checked(length).ok_or(BadKey)
    } else {
        Err(BadKey)
    }
}
