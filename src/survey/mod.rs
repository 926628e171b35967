//! Survey definitions: what is asked, how it is answered, and how versions compare.
//!
//! | file | meaning |
//! | --- | --- |
//! | [`definition`] | the types: they are the format |
//! | [`parse`] | bytes to a [`Definition`](definition::Definition), every problem of form with its pointer |
//! | [`check`] | every problem of meaning: what types cannot say |
//! | [`logic`] | display logic: which items somebody with these answers sees |
//! | [`canonical`] | RFC 8785 text and SHA-256 digests |
//! | [`schema`] | the JSON Schema for editors, generated from the types |
//! | [`compare`] | item classes A, B, C over versions and whether indices stay comparable |
//! | [`mod@advice`] | what can be told of the words: minutes, reading level, slips of wording |
//! | [`edit`] | changing a definition step by step |
//! | [`publish`] | drafts and immutable versions: the use cases, the one folder here that meets the store |
//!
//! All but [`publish`] is pure: no clock, no files, no database.

pub mod advice;
pub mod canonical;
pub mod check;
pub mod compare;
pub mod definition;
pub mod edit;
mod exact;
mod keys;
pub mod logic;
pub mod parse;
pub mod problem;
pub mod publish;
pub mod schema;
mod shape;
