//! One response: an invitation is consumed and its response stored, in one transaction or not at all.
//!
//! **Twice the same.** A submission carries an idempotency key that the client made. Its hash stays on the
//! invitation, so that a client whose reply got lost can ask again and gets the first answer, even after the
//! round has closed. Nothing about the *answers* is kept there, not even a digest: it would tell which
//! response is theirs.
//!
//! **What an anonymous response carries**: round, audience, agency and the answers. No person, no time, no
//! order, and no segment of the roster either: copied onto the response, "manager, more than ten years, DOT"
//! can be one line of the roster and hence one name. Results are therefore cut by what respondents say about
//! themselves in the survey's own segment items, which they can see and may skip.
//!
//! **Two steps.** [`prepare`] reads and judges everything on a reading connection; [`submit_all`] runs on the
//! writer, for everything that waits there, and asks again what may have changed in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::answers::ValidAnswers;
use super::door::{Door, Shut};
use super::filing::{self, Filed};
use super::problem::AnswerProblem;
use super::promised::Known;
use super::windows::Windows;
use super::words::Words;
use super::{limits, mix};
use crate::agency::AgencyCode;
use crate::round::{Mode, RoundId};
use crate::store::entry::{self, Use};
use crate::store::intake::Unit;
use crate::store::responses::{self, CommentRow, ResponseRow};
use crate::store::{Conn, StoreError};

/// What a client sends.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The hash of the invitation code.
    pub code_hash: Vec<u8>,
    /// Made by the client for this submission.
    pub key: IdempotencyKey,
    /// The answers, not yet judged.
    pub answers: Map<String, Value>,
}

/// A key by which a repetition of the same submission is recognised; only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(Vec<u8>);

/// An idempotency key that cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "an idempotency key has 1 to {} printable ASCII characters; use a fresh random one, such as a UUID, for each submission",
    limits::IDEMPOTENCY_KEY
)]
pub struct BadKey;

/// A submission that was judged and waits for its transaction.
#[derive(Debug, Clone)]
pub struct Prepared {
    code_hash: Vec<u8>,
    key: IdempotencyKey,
    /// As it was found. Of it only the round's window and whether the invitation is used can change.
    door: Door,
    /// Under which agency it is filed.
    filed_under: AgencyCode,
    record: Vec<u8>,
    texts: Map<String, Value>,
    /// When it was judged.
    at: Timestamp,
}

/// What [`prepare`] found.
#[derive(Debug, Clone)]
pub enum Step {
    /// To be stored.
    Store(Arc<Prepared>),
    /// Stored before, under the same key.
    Done(Receipt),
}

/// The response is on the disk. For one invitation every receipt is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The round it counts in.
    pub round: RoundId,
    /// Whether it bears the name.
    pub mode: Mode,
    /// Whether this submission made a unit full, so that it was mixed.
    pub mixed: bool,
}

/// Why nothing was stored.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// The invitation does not open the door now.
    #[error(transparent)]
    Shut(#[from] Shut),
    /// Something is wrong with the answers; everything is listed.
    #[error("{} answer(s) cannot be stored", .0.len())]
    Invalid(Vec<AnswerProblem>),
    /// There are no credentials for this invitation.
    #[error(
        "there are no credentials for this invitation: its answers bear the name, or too few people were invited; send the answers with the code"
    )]
    NoCredentials,
    /// The key is not that of the invitation's unit.
    #[error("another key signs for this invitation; take the one of its unit in the round's manifest")]
    OtherKey,
    /// The blinded message is not a number that the key can sign.
    #[error("`blinded_message` must be as long as the key and a smaller number than its modulus")]
    NotBlinded,
    /// A credential was claimed with this invitation, with another blinded message.
    #[error(
        "a credential was claimed with this invitation already; it is in the browser, or in the file, of whoever claimed it"
    )]
    ClaimedAlready,
    /// The server cannot read its signing keys.
    #[error("credentials cannot be signed at the moment; nothing was stored, try again later")]
    Keyless,
    /// The credential is not one of this round.
    #[error("the credential is not signed by a key of this round")]
    Forged,
    /// The token was spent by another submission.
    #[error("this credential was used; one response was stored with it and nothing can be added")]
    Spent,
    /// Another submission of this invitation is on its way; ask again in a moment.
    #[error("another submission of this invitation is on its way; try again in a moment")]
    Contended,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IdempotencyKey {
    /// What is kept of it.
    pub(super) fn hash(&self) -> &[u8] {
        &self.0
    }

    /// Accepts 1 to [`limits::IDEMPOTENCY_KEY`] printable ASCII characters.
    ///
    /// # Errors
    /// [`BadKey`] names the rule.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let fits = (1..=limits::IDEMPOTENCY_KEY).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(Sha256::digest(text.as_bytes()).to_vec()))
        } else {
            Err(BadKey)
        }
    }
}

/// Reads the door and judges the answers, without writing. An invitation to another round than `within` is
/// treated as unknown.
///
/// # Errors
/// [`SubmitError`] says why the submission cannot be stored.
pub fn prepare(
    conn: &mut Conn,
    known: &Known,
    submission: &Submission,
    within: Option<&RoundId>,
    now: Timestamp,
) -> Result<Step, SubmitError> {
    let door = Door::find(conn, &submission.code_hash)?.ok_or(Shut::Unknown)?;
    if within.is_some_and(|round| *round != door.round) {
        return Err(Shut::Unknown.into());
    }
    if let Some(receipt) = repeated(&door, &submission.key)? {
        return Ok(Step::Done(receipt));
    }
    door.in_window(now)?;
    let form = known.forms.get(conn, &door.survey, door.version)?;
    let answers = ValidAnswers::parse(&form, &submission.answers).map_err(SubmitError::Invalid)?;
    let texts = answers
        .texts()
        .map(|(item, words)| (item.as_str().to_owned(), words.to_value()));
    let filed_under = match known.promises.of(conn, &door.round)? {
        Some(promised) => promised.filed_under(&door.audience, &door.agency),
        None => door.agency.clone(),
    };
    Ok(Step::Store(Arc::new(Prepared {
        code_hash: submission.code_hash.clone(),
        key: submission.key.clone(),
        record: form.layout().pack(answers.answers()),
        texts: texts.collect(),
        at: now,
        filed_under,
        door,
    })))
}

/// Consumes the invitations and stores the responses, as part of a transaction of the writer: a few statements, however
/// many there are. One outcome for each, in their order; whose outcome is an error has written nothing.
///
/// What the door said when a submission was judged is not asked again where an open round cannot change it.
///
/// # Errors
/// [`StoreError`] of the database; then nothing may be kept of any.
pub fn submit_all(
    conn: &mut Conn,
    given: &[Arc<Prepared>],
) -> Result<Vec<Result<Receipt, SubmitError>>, StoreError> {
    let windows = Windows::held(conn, given.iter().map(|one| &one.door.round))?;
    // Of several with one code the first is tried; the others then find the invitation used.
    let mut uses = BTreeMap::new();
    for (place, one) in given.iter().enumerate() {
        if windows.takes(&one.door.round, one.door.version, one.at) {
            uses.entry(one.code_hash.as_slice()).or_insert((place, one));
        }
    }
    let asked = uses.iter().map(|(code_hash, (_, one))| Use {
        code_hash,
        key: Some(one.key.hash()),
    });
    let taken = entry::consume(conn, asked.collect())?;
    let taken = taken
        .iter()
        .filter_map(|code_hash| uses.get(code_hash.as_slice()).copied());
    let won: BTreeMap<usize, &Arc<Prepared>> = taken.collect();
    let mixed = store(conn, won.values().copied())?;
    let outcomes = given
        .iter()
        .enumerate()
        .map(|(place, one)| match won.get(&place) {
            Some(_) => Ok(Ok(one.receipt(mixed.contains(&one.unit())))),
            None => instead(conn, one),
        });
    outcomes.collect()
}

/// Stores the responses whose invitation was just consumed, and returns the units that were mixed.
fn store<'a>(
    conn: &mut Conn,
    won: impl Iterator<Item = &'a Arc<Prepared>>,
) -> Result<BTreeSet<Unit<'a>>, StoreError> {
    let (anonymous, named): (Vec<&Prepared>, Vec<&Prepared>) = won
        .map(Arc::as_ref)
        .partition(|one| one.door.mode == Mode::Anonymous);
    store_attributed(conn, &named)?;
    let filed = anonymous.into_iter().map(|one| Filed {
        unit: one.unit(),
        k: one.door.least_respondents,
        record: &one.record,
        texts: &one.texts,
    });
    filing::file(conn, &filed.collect::<Vec<_>>())
}

impl Prepared {
    /// Among whose responses it is mixed.
    fn unit(&self) -> Unit<'_> {
        Unit {
            round: self.door.round.as_str(),
            audience: self.door.audience.as_str(),
            agency: self.filed_under.as_str(),
        }
    }

    fn receipt(&self, mixed: bool) -> Receipt {
        Receipt {
            round: self.door.round.clone(),
            mode: self.door.mode,
            mixed,
        }
    }
}

/// The receipt again for the key that used the invitation, [`Shut::Used`] for any other.
fn repeated(door: &Door, key: &IdempotencyKey) -> Result<Option<Receipt>, Shut> {
    match &door.submission_key {
        _ if !door.used => Ok(None),
        Some(first) if *first == key.0 => Ok(Some(Receipt {
            round: door.round.clone(),
            mode: door.mode,
            mixed: false,
        })),
        _ => Err(Shut::Used),
    }
}

/// What a submission is told that did not get its invitation: it was used before or by somebody who was faster, the round
/// has closed, or another transaction is just using it.
fn instead(conn: &mut Conn, one: &Prepared) -> Result<Result<Receipt, SubmitError>, StoreError> {
    let Some(door) = Door::find(conn, &one.code_hash)? else {
        return Ok(Err(Shut::Unknown.into()));
    };
    let told = match repeated(&door, &one.key) {
        Ok(Some(receipt)) => return Ok(Ok(receipt)),
        Ok(None) if door.version != one.door.version => Err(Shut::NotYetOpen {
            opens_at: door.opens_at,
        }),
        Ok(None) => door.in_window(one.at),
        Err(used) => Err(used),
    };
    Ok(Err(told.err().map_or(SubmitError::Contended, SubmitError::Shut)))
}

fn store_attributed(conn: &mut Conn, named: &[&Prepared]) -> Result<(), StoreError> {
    let (mut rows, mut comments) = (Vec::with_capacity(named.len()), Vec::new());
    for one in named {
        let row = ResponseRow {
            key: mix::random_key()?,
            round: one.door.round.to_string(),
            audience: one.door.audience.to_string(),
            agency: one.door.agency.to_string(),
            person: Some(one.door.person.clone()),
            answers: one.record.clone(),
        };
        for (item, value) in &one.texts {
            let Some(words) = Words::of_value(value) else {
                continue;
            };
            comments.push(CommentRow {
                key: mix::random_key()?,
                round: row.round.clone(),
                audience: row.audience.clone(),
                agency: row.agency.clone(),
                person: row.person.clone(),
                item: item.clone(),
                text: words.text,
                // They bear a name: there is nothing to agree to.
                may_show: false,
            });
        }
        rows.push(row);
    }
    responses::insert(conn, &rows)?;
    responses::insert_comments(conn, &comments)
}
