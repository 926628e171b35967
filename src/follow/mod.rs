//! Answering back: what the office does about what it heard.
//!
//! ```text
//! a named answer is low, or asks for contact -> follow-up (owner, day, notes, first reply)
//! "you said" -> commitment "we do" (owner, day, what it is judged by) -> judged in the next published round
//! meetings and service levels stand beside it: what was said face to face, and what was delivered
//! ```
//!
//! | file | meaning |
//! | --- | --- |
//! | [`rule`] | when an answer of a round is followed up |
//! | [`make`] | follow-ups, made once when a round with named answers has closed |
//! | [`follow_up`] | who looks after one, until when, what was done |
//! | [`heard`] | the named answer behind a follow-up |
//! | [`commitment`] | "you said, we do" |
//! | [`judge`] | a commitment against the sealed figures of the next round |
//! | [`meeting`] | talks with agencies |
//! | [`service_level`] | what was delivered, from a table |
//! | [`attained`] | what was delivered beside how it is perceived (pure) |
//! | [`week`] | the week of a relationship manager |
//! | [`field`] | checked texts and days (pure) |
//!
//! Only attributed audiences are followed up: of an anonymous one nobody knows whom to reply to. Everything here is
//! within the [`Scope`] of whoever asks; what lies beyond it does not exist for them.

pub mod attained;
pub mod commitment;
pub mod error;
pub mod field;
pub mod follow_up;
pub mod heard;
pub mod judge;
pub mod make;
pub mod meeting;
pub mod rule;
pub mod service_level;
pub mod week;

pub use error::{Fault, FollowError};

use crate::identity::Scope;

/// Whether a text from an address can be an id at all: PostgreSQL refuses to look for a NUL.
fn can_be_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic())
}

/// The agencies of a scope as queries take them; `None` means all.
fn within(scope: &Scope) -> Option<Vec<String>> {
    match scope {
        Scope::All => None,
        Scope::Agencies(agencies) => Some(agencies.iter().map(ToString::to_string).collect()),
    }
}
