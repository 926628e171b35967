//! EMSA-PSS with SHA-384 and MGF1 (RFC 8017, section 9.1), over public values only.

use sha2::{Digest, Sha384};

/// The length of a hash, and of the salt in `RSABSSA-SHA384-PSS-Randomized`.
pub const SALT: usize = 48;

/// The encoded message for a modulus of so many bits; `None` when the modulus is too small for hash and salt.
#[must_use]
pub fn encode(message: &[u8], salt: &[u8], modulus_bits: u32) -> Option<Vec<u8>> {
    let shape = Shape::of(modulus_bits, salt.len())?;
    let hash = hash_of(message, salt);
    let padding = shape.padding;
    let block: Vec<u8> = std::iter::repeat_n(0, padding)
        .chain([1])
        .chain(salt.iter().copied())
        .collect();
    let mut masked = masked(&block, &hash);
    clear(&mut masked, shape.spare_bits);
    Some([masked.as_slice(), &hash, &[TRAILER]].concat())
}

/// Whether an encoded message belongs to a message, for a salt of so many bytes.
#[must_use]
pub fn verify(message: &[u8], encoded: &[u8], salt: usize, modulus_bits: u32) -> bool {
    let Some(shape) = Shape::of(modulus_bits, salt) else {
        return false;
    };
    let Some((rest, [TRAILER])) = encoded.split_last_chunk::<1>() else {
        return false;
    };
    let Some((masked_block, hash)) = rest.split_last_chunk::<HASH>() else {
        return false;
    };
    if masked_block.len() != shape.block {
        return false;
    }
    let mut unused = masked_block.to_vec();
    clear(&mut unused, shape.spare_bits);
    if unused != masked_block {
        return false;
    }
    let mut block = masked(masked_block, hash);
    clear(&mut block, shape.spare_bits);
    let (padding, rest) = block.split_at_checked(shape.padding).unwrap_or_default();
    match rest.split_first() {
        Some((1, salt)) if padding.iter().all(|byte| *byte == 0) => hash_of(message, salt) == *hash,
        _ => false,
    }
}

const HASH: usize = 48;
const TRAILER: u8 = 0xbc;

/// The lengths of the parts.
struct Shape {
    /// Padding, separator and salt.
    block: usize,
    padding: usize,
    /// The highest bits of the first byte, which are always zero.
    spare_bits: u32,
}

impl Shape {
    fn of(modulus_bits: u32, salt: usize) -> Option<Self> {
        let bits = modulus_bits.checked_sub(1)?;
        let length = usize::try_from(bits.div_ceil(8)).ok()?;
        let block = length.checked_sub(HASH + 1)?;
        Some(Self {
            block,
            padding: block.checked_sub(salt + 1)?,
            spare_bits: bits.div_ceil(8) * 8 - bits,
        })
    }
}

fn hash_of(message: &[u8], salt: &[u8]) -> [u8; HASH] {
    let mut hash = Sha384::new();
    hash.update([0_u8; 8]);
    hash.update(Sha384::digest(message));
    hash.update(salt);
    hash.finalize().into()
}

/// The block with MGF1 of the seed over it: masks, and takes the mask off again.
fn masked(block: &[u8], seed: &[u8; HASH]) -> Vec<u8> {
    let mask = (0_u32..).flat_map(|counter| {
        let part = Sha384::new()
            .chain_update(seed)
            .chain_update(counter.to_be_bytes());
        part.finalize()
    });
    block.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}

fn clear(block: &mut [u8], spare_bits: u32) {
    if let Some(first) = block.first_mut() {
        *first &= 0xff_u8.checked_shr(spare_bits).unwrap_or(0);
    }
}
