//! Rounds: one fielding of one version, from the plan to the published result.
//!
//! ```text
//! draft -> scheduled -> open -> closed -> sealed -> published
//!   plan, rosters       |  everything is frozen: the promise
//! ```
//!
//! | file | meaning |
//! | --- | --- |
//! | [`model`] | the types |
//! | [`life`] | which step is possible in which state, and what to do where it is not (pure) |
//! | [`plan`] | creating and editing a round before it opens |
//! | [`roster`] | who is invited: import, and the one moment at which links exist |
//! | [`roster_look`] | a roster before it is imported: its columns, its problems, what changes |
//! | [`roster_match`] | what columns are, where their headings do not say it (pure) |
//! | [`roster_change`] | who joined, left and moved since the roster before (pure) |
//! | [`mod@again`] | a round as last time |
//! | [`roster_table`] | from a CSV table to invited people, with the rows that are wrong (pure) |
//! | [`invitation`] | codes: random, shown once, stored as a hash |
//! | [`promise`] | what is frozen when a round opens |
//! | [`units`] | which agencies share a signing key, and are reported together (pure) |
//! | [`keys`] | the signing keys: made, encrypted at rest, destroyed |
//! | [`manifest`] | which keys a round signs with, for everybody to keep |
//! | [`receipts`] | what came of the credentials, for everybody to check |
//! | [`opening`] | the keys of a round that is about to open |
//! | [`steps`] | scheduling, opening, closing, publishing; by hand and by the clock |
//! | [`mod@extend`] | a later end for an open round |
//! | [`desk`] | the same use cases for people: each leaves its entry in the audit log |
//! | [`mod@progress`] | what may be seen of a round that has no result yet |
//!
//! Every use case is a function over [`Conn`] that runs inside one transaction of the
//! caller, and locks the round before it decides anything: of two people (or two instances) who do the same
//! thing at once, one does it and the other is told that it is done.

pub mod again;
pub mod desk;
pub mod error;
pub mod extend;
pub mod invitation;
pub mod keys;
pub mod life;
pub mod manifest;
pub mod model;
pub mod opening;
pub mod plan;
pub mod progress;
pub mod promise;
pub mod receipts;
pub mod roster;
pub mod roster_change;
pub mod roster_look;
pub mod roster_match;
pub mod roster_table;
pub mod steps;
pub mod units;

pub use error::RoundError;
pub use extend::extend;
pub use invitation::{Code, InvitationLink};
pub use keys::{Keyring, NewKeys};
pub use life::Step;
pub use model::{
    Audience, AudienceName, FrozenPromise, Mode, Promise, PromisedAudience, Round, RoundId, RoundState,
    RoundThresholds,
};
pub use plan::{NewRound, RoundEdit, create, edit};
pub use progress::{Progress, progress};
pub use steps::{Advance, advance, close, due_to_open, open, open_with, publish, schedule, withdraw};

use crate::store::{Conn, StoreError, rounds};

/// One round that must exist.
///
/// # Errors
/// [`RoundError::Unknown`] when it does not.
pub fn find(conn: &mut Conn, id: &RoundId) -> Result<Round, RoundError> {
    rounds::find(conn, id)?.ok_or_else(|| RoundError::Unknown(id.clone()))
}

/// Rounds by id: at most `limit`, behind the id `after`.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn list(conn: &mut Conn, after: Option<&str>, limit: u32) -> Result<Vec<Round>, StoreError> {
    rounds::page(conn, after, limit)
}

/// One round that must exist, held against every other writer until the transaction ends: for those who look at it before
/// they change it.
///
/// # Errors
/// [`RoundError::Unknown`] when it does not.
pub fn held(conn: &mut Conn, id: &RoundId) -> Result<Round, RoundError> {
    locked(conn, id)
}

/// One round that must exist, held until the transaction ends.
fn locked(conn: &mut Conn, id: &RoundId) -> Result<Round, RoundError> {
    rounds::lock(conn, id)?.ok_or_else(|| RoundError::Unknown(id.clone()))
}

/// Holds a round against every other writer until the transaction ends, so that of two who decide something about it, the second sees
/// what the first decided.
///
/// # Errors
/// [`RoundError::Unknown`]; [`RoundError::Store`] of the database.
pub fn hold(conn: &mut Conn, id: &RoundId) -> Result<(), RoundError> {
    locked(conn, id).map(drop)
}

/// An audience that the round must have.
fn audience<'a>(round: &'a Round, name: &AudienceName) -> Result<&'a Audience, RoundError> {
    let found = round.audiences.iter().find(|audience| &audience.name == name);
    found.ok_or_else(|| RoundError::UnknownAudience {
        round: round.id.clone(),
        audience: name.clone(),
    })
}
