//! Mixing: what an anonymous audience answered is moved into the pool so that nothing tells who answered what.
//!
//! **When.** As soon as k responses of a unit (an agency within an audience) wait, in the very transaction of
//! the k-th ([`mix_units`]), so that no committed state ever has k or more unmixed responses of a unit; and at
//! close, for all of a round together, including what was mixed before ([`mix_round`]). Where several writers commit
//! at the same moment (PostgreSQL), each sees its own and what was there: then a few more may wait until the next one.
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

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Map, Value};

use super::words::Words;
use crate::round::RoundId;
use crate::store::intake::{self, IntakeRow, Unit, Units};
use crate::store::responses::{self, CommentRow, ResponseRow};
use crate::store::{Conn, StoreError, credentials, entry};

/// How many of a unit's used invitations, claims and tokens are written anew at a mix beside those of the people whose
/// responses it moves: those that were written last. In a unit in which no more have answered yet, that is all of them, and
/// nobody's row tells in which mix they were. In a larger one rows stay behind at random, so that an old one tells that its
/// person answered some time before, with so many others at the least; after the close it tells nothing. To write all anew each
/// time would cost a unit of ten thousand people five hundred rows for each response.
pub const WINDOW: u32 = 128;

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

/// Mixes units of which k responses wait or more, all together, and returns those that it mixed.
///
/// # Errors
/// [`StoreError`] of the database.
pub(super) fn mix_units<'a>(conn: &mut Conn, due: &[Unit<'a>]) -> Result<BTreeSet<Unit<'a>>, StoreError> {
    if due.is_empty() {
        return Ok(BTreeSet::new());
    }
    // On PostgreSQL another writer may be mixing a unit: then ours wait for the next submission.
    let ours = intake::alone_with(conn, due)?;
    let mut taken = Vec::new();
    for group in groups(&ours) {
        let waited = intake::take_units(conn, &group)?;
        let window = WINDOW.saturating_add(u32::try_from(waited.len()).unwrap_or(u32::MAX));
        intake::rewrite_used(conn, &group, window)?;
        credentials::rewrite_units(conn, &group, window)?;
        taken.extend(waited);
    }
    let (responses, comments) = apart(taken)?;
    put_shuffled(conn, responses, comments)?;
    Ok(ours.into_iter().collect())
}

/// Units by their audience.
fn groups<'a>(units: &[Unit<'a>]) -> Vec<Units<'a>> {
    let mut by_audience: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for unit in units {
        by_audience
            .entry((unit.round, unit.audience))
            .or_default()
            .push(unit.agency);
    }
    let group = |((round, audience), agencies)| Units {
        round,
        audience,
        agencies,
    };
    by_audience.into_iter().map(group).collect()
}

/// Mixes everything of a round's anonymous audiences. Part of closing and of sealing, in the same transaction; no
/// submission to the round can be on its way meanwhile. Attributed responses are left as they are.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn mix_round(conn: &mut Conn, round: &RoundId) -> Result<Mixed, StoreError> {
    entry::hold_closed(conn, round.as_str())?;
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
    intake::rewrite_all_used(conn, round.as_str())?;
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
                .filter_map(|(item, value)| comment(&row, item, &value)),
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

fn comment(row: &IntakeRow, item: String, value: &Value) -> Option<CommentRow> {
    let words = Words::of_value(value)?;
    Some(CommentRow {
        key: Vec::new(),
        round: row.round.clone(),
        audience: row.audience.clone(),
        agency: row.agency.clone(),
        person: None,
        item,
        text: words.text,
        may_show: words.may_show,
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
