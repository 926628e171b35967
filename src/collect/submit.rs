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
//! **Two steps.** [`prepare`] reads and judges everything on a reading connection; [`submit`] runs on the
//! writer and asks the door again, since both may have changed in between.

use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::answers::ValidAnswers;
use super::door::{Door, Shut};
use super::form::Forms;
use super::problem::AnswerProblem;
use super::{limits, mix};
use crate::round::{Mode, RoundId};
use crate::store::intake::{self, IntakeRow, Unit};
use crate::store::responses::{self, CommentRow, ResponseRow};
use crate::store::{Conn, StoreError, credentials};
use crate::survey::definition::VersionNumber;

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
    round: RoundId,
    version: VersionNumber,
    record: Vec<u8>,
    texts: Map<String, Value>,
}

/// What [`prepare`] found.
#[derive(Debug, Clone)]
pub enum Step {
    /// To be stored.
    Store(Prepared),
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
    forms: &Forms,
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
    let form = forms.get(conn, &door.survey, door.version)?;
    let answers = ValidAnswers::parse(&form, &submission.answers).map_err(SubmitError::Invalid)?;
    let texts = answers
        .texts()
        .map(|(item, text)| (item.as_str().to_owned(), Value::from(text)));
    Ok(Step::Store(Prepared {
        code_hash: submission.code_hash.clone(),
        key: submission.key.clone(),
        round: door.round,
        version: door.version,
        record: form.layout().pack(answers.answers()),
        texts: texts.collect(),
    }))
}

/// Consumes the invitation and stores the response. Run it as one transaction of the writer.
///
/// # Errors
/// [`SubmitError`]; nothing was written then.
pub fn submit(conn: &mut Conn, prepared: &Prepared, now: Timestamp) -> Result<Receipt, SubmitError> {
    intake::keep_open(conn, prepared.round.as_str())?;
    let door = Door::find(conn, &prepared.code_hash)?.ok_or(Shut::Unknown)?;
    if let Some(receipt) = repeated(&door, &prepared.key)? {
        return Ok(receipt);
    }
    door.in_window(now)?;
    if door.version != prepared.version {
        // Only a round that is not open can change its version; the record would be of another layout.
        return Err(Shut::NotYetOpen {
            opens_at: door.opens_at,
        }
        .into());
    }
    if !intake::consume(conn, &prepared.code_hash, Some(&prepared.key.0))? {
        return after_losing(conn, prepared);
    }
    let mixed = match door.mode {
        Mode::Anonymous => store_with_invitation(conn, &door, prepared)?,
        Mode::Attributed => store_attributed(conn, &door, prepared)?,
    };
    Ok(Receipt {
        round: door.round,
        mode: door.mode,
        mixed,
    })
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

/// Somebody else consumed the invitation between our question and our update, or is just doing so.
fn after_losing(conn: &mut Conn, prepared: &Prepared) -> Result<Receipt, SubmitError> {
    let door = Door::find(conn, &prepared.code_hash)?.ok_or(Shut::Unknown)?;
    repeated(&door, &prepared.key)?.ok_or(SubmitError::Contended)
}

/// Files a response of somebody with an invitation where the credentials of their unit are filed, too: otherwise a
/// response that came without one would name the smaller body.
fn store_with_invitation(conn: &mut Conn, door: &Door, prepared: &Prepared) -> Result<bool, StoreError> {
    let (round, audience) = (door.round.as_str(), door.audience.as_str());
    let key = credentials::key_of(conn, round, audience, door.agency.as_str())?;
    let agency = key.map_or_else(|| door.agency.to_string(), |key| key.agency);
    let unit = Unit {
        round,
        audience,
        agency: &agency,
    };
    store_anonymous(
        conn,
        unit,
        door.least_respondents,
        &prepared.record,
        &prepared.texts,
    )
}

/// Puts a response where it waits to be mixed; mixes the unit when k wait, and says whether it did.
pub(super) fn store_anonymous(
    conn: &mut Conn,
    unit: Unit<'_>,
    k: u32,
    record: &[u8],
    texts: &Map<String, Value>,
) -> Result<bool, StoreError> {
    let row = IntakeRow {
        key: mix::random_key()?,
        round: unit.round.to_owned(),
        audience: unit.audience.to_owned(),
        agency: unit.agency.to_owned(),
        answers: record.to_vec(),
        written: Value::Object(texts.clone()).to_string(),
    };
    intake::insert(conn, &[row])?;
    mix::mix_unit(conn, unit, k)
}

fn store_attributed(conn: &mut Conn, door: &Door, prepared: &Prepared) -> Result<bool, StoreError> {
    let response = ResponseRow {
        key: mix::random_key()?,
        round: door.round.to_string(),
        audience: door.audience.to_string(),
        agency: door.agency.to_string(),
        person: Some(door.person.clone()),
        answers: prepared.record.clone(),
    };
    let mut comments = Vec::new();
    for (item, text) in &prepared.texts {
        comments.push(CommentRow {
            key: mix::random_key()?,
            round: response.round.clone(),
            audience: response.audience.clone(),
            agency: response.agency.clone(),
            person: response.person.clone(),
            item: item.clone(),
            text: text.as_str().unwrap_or_default().to_owned(),
        });
    }
    responses::insert(conn, &[response])?;
    responses::insert_comments(conn, &comments)?;
    Ok(false)
}
