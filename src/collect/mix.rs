//! Mixing: what an anonymous audience answered is moved into the pool so that nothing tells who answered what.
//!
//! **When.** As soon as k responses of a unit (an agency within an audience) wait, in the very transaction of
//! the k-th ([`mix_unit`]), so that no committed state ever has k or more unmixed responses of a unit; and at
//! close, for all of a round together, including what was mixed before ([`mix_round`]).
//!
//! **How.** One transaction takes the waiting responses out of the intake, shuffles them, and puts them into
//! `responses` under fresh random keys. What was written in own words goes into `comments` in a shuffle of its
//! own, each under a key of its own. The used invitations, the claims and the spent tokens of the unit are written anew,
//! each in an order of its own, in the same transaction, so that on PostgreSQL neither `ctid` nor `xmin` tells when one
//! came. (In SQLite these tables are ordered by random bytes and rows carry no transaction number.) The
//! randomness is the operating system's.
//!
//! **At the seal** who took part is forgotten: invitations become unused again, the marks of spent tokens go.
//!
//! What an insider still sees at which moment, and which sentence of the promise that supports, is said in
//! `docs/anonymity.md`.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Map, Value};

use crate::round::RoundId;
use crate::store::intake::{self, IntakeRow, Unit};
use crate::store::responses::{self, CommentRow, ResponseRow};
use crate::store::{Conn, StoreError, credentials};

/// How many rows were moved or rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mixed {
    /// Responses in the pool that are in a new order.
    pub responses: usize,
    /// Comments beside them.
    pub comments: usize,
}

/// 128 random bits of the operating system: a key that says nothing.
///
/// # Errors
/// [`StoreError::Unavailable`] when the operating system has no randomness; nothing may be stored then.
pub fn random_key() -> Result<Vec<u8>, StoreError> {
    Ok(random_bytes::<16>()?.to_vec())
}

fn random_bytes<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    let filled = getrandom::fill(&mut bytes);
    filled.map_err(|error| StoreError::Unavailable(format!("the system gave no randomness: {error}")))?;
    Ok(bytes)
}

/// Mixes a unit when k of its responses wait; says whether it did.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn mix_unit(conn: &mut Conn, unit: Unit<'_>, k: u32) -> Result<bool, StoreError> {
    // On PostgreSQL another writer may be mixing this unit: then ours wait for the next submission.
    if intake::waiting(conn, unit)? < i64::from(k) || !intake::alone_with(conn, unit)? {
        return Ok(false);
    }
    let taken = intake::take_unit(conn, unit)?;
    let (responses, comments) = apart(taken)?;
    put_shuffled(conn, responses, comments)?;
    intake::rewrite_used(conn, unit.round, Some(unit))?;
    credentials::rewrite_unit(conn, unit.round, unit.audience, unit.agency)?;
    Ok(true)
}

/// Mixes everything of a round's anonymous audiences. Part of closing and of sealing, in the same transaction; no
/// submission to the round can be on its way meanwhile. Attributed responses are left as they are.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn mix_round(conn: &mut Conn, round: &RoundId) -> Result<Mixed, StoreError> {
    intake::hold_closed(conn, round.as_str())?;
    let waiting = intake::take_round(conn, round.as_str())?;
    let (fresh, written) = apart(waiting)?;
    let mut responses = responses::take_anonymous(conn, round.as_str())?;
    let mut comments = responses::take_anonymous_comments(conn, round.as_str())?;
    responses.extend(fresh);
    comments.extend(written);
    let mixed = Mixed {
        responses: responses.len(),
        comments: comments.len(),
    };
    put_shuffled(conn, responses, comments)?;
    intake::rewrite_used(conn, round.as_str(), None)?;
    Ok(mixed)
}

/// Part of sealing: of a sealed round nobody needs to know who answered. No link opens it, no reminder is sent and no lost
/// reply can matter any more. The invitations stay, as the list of who was invited; the spent tokens stay, as receipts.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn forget_who_took_part(conn: &mut Conn, round: &RoundId) -> Result<(), StoreError> {
    intake::forget_use(conn, round.as_str())?;
    let mut tokens = credentials::take_tokens(conn, round.as_str())?;
    for token in &mut tokens {
        token.mark = None;
    }
    credentials::put_tokens(conn, tokens)
}

/// Takes the ratings and the written words of each response apart.
fn apart(rows: Vec<IntakeRow>) -> Result<(Vec<ResponseRow>, Vec<CommentRow>), StoreError> {
    let (mut responses, mut comments) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let written: Map<String, Value> =
            serde_json::from_str(&row.written).map_err(|error| StoreError::Corrupt {
                what: "response in the intake",
                problem: error.to_string(),
            })?;
        comments.extend(
            written
                .into_iter()
                .filter_map(|(item, text)| comment(&row, item, &text)),
        );
        responses.push(ResponseRow {
            key: row.key,
            round: row.round,
            audience: row.audience,
            agency: row.agency,
            person: None,
            answers: row.answers,
        });
    }
    Ok((responses, comments))
}

fn comment(row: &IntakeRow, item: String, text: &Value) -> Option<CommentRow> {
    Some(CommentRow {
        key: Vec::new(),
        round: row.round.clone(),
        audience: row.audience.clone(),
        agency: row.agency.clone(),
        person: None,
        item,
        text: text.as_str()?.to_owned(),
    })
}

/// Stores in random order under fresh keys; the two kinds are shuffled independently.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn put_shuffled(
    conn: &mut Conn,
    mut rows: Vec<ResponseRow>,
    mut comments: Vec<CommentRow>,
) -> Result<(), StoreError> {
    let mut rng = StdRng::from_seed(random_bytes()?);
    rows.shuffle(&mut rng);
    comments.shuffle(&mut rng);
    for row in &mut rows {
        row.key = random_key()?;
    }
    for comment in &mut comments {
        comment.key = random_key()?;
    }
    responses::insert(conn, &rows)?;
    responses::insert_comments(conn, &comments)
}
