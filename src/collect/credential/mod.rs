//! Unlinkable credentials: blind signatures after RFC 9474, `RSABSSA-SHA384-PSS-Randomized` (pure but for randomness).
//!
//! ```text
//! respondent (browser)                              server
//! token, blinded message    -- with the code -->    raw RSA over something it cannot read
//! unblind, verify           <------------------
//! token, signature, answers -- without a code -->   verify, spend the token once
//! ```
//!
//! The blinding factor never leaves the respondent. Every blinded message fits every token, so nothing that the
//! server keeps of the first step, its private key included, says which token came of it.
//!
//! | file | meaning |
//! | --- | --- |
//! | [`rsa`] | keys and the raw operation, on constant-time integers |
//! | [`pss`] | the padding: EMSA-PSS with SHA-384 |
//! | [`token`] | what a credential consists of, and whether it is good |
//! | [`client`] | the respondent's side in Rust, for the demo, the tests and other programs; browsers run `static/credential.js` |
//!
//! # Why this RSA
//!
//! Every release of the `rsa` crate stands in RUSTSEC-2023-0071 (its exponentiation takes a time that depends on the
//! key). OpenSSL has no such advisory, but building it needs make and perl, and the README's first command needs
//! a Rust toolchain and a C compiler only; aws-lc offers no raw operation. What remains to be done by hand is
//! little: one exponentiation, by `crypto-bigint`, whose arithmetic takes the same time whatever the values, and a
//! padding that is made of public values only. Primes come from `crypto-primes`. Both sides are held byte by byte
//! against the vectors of RFC 9474 and against an independent implementation.
//!
//! A signing key that leaked would let somebody forge credentials until the round closes, which received <= claimed <= N
//! bounds and shows. It would not tell who answered what: that rests on the respondent's blinding alone.

pub mod client;
pub mod pss;
pub mod rsa;
pub mod token;

pub use rsa::{BadKey, PrivateKey, PublicKey};
pub use token::{Credential, Token};
