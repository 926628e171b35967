//! Spending a credential: a response from somebody of whom only the unit is known.
//!
//! Nothing in a [`Spending`] comes from the invitation, and nothing that is stored of it is of use to find the claim. The
//! token is spent and the response stored in one transaction; a repetition of the same submission is recognised by
//! its [`mark`](super::credential::Credential::mark), anything else with a spent token is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::answers::ValidAnswers;
use super::credential::{Credential, PublicKey};
use super::door::Window;
use super::filing::{self, Filed};
use super::form::Forms;
use super::submit::{IdempotencyKey, Receipt, SubmitError};
use super::windows::Windows;
use crate::round::{Mode, RoundId};
use crate::store::credentials::{self, GateRow, SpentRow};
use crate::store::intake::Unit;
use crate::store::{Conn, StoreError};
use crate::survey::definition::{SurveyId, VersionNumber};

/// What a client sends.
#[derive(Debug, Clone)]
pub struct Spending {
    /// The round it is meant for.
    pub round: RoundId,
    /// The proof of the right to answer.
    pub credential: Credential,
    /// Made by the client for this submission.
    pub key: IdempotencyKey,
    /// The answers, not yet judged.
    pub answers: Map<String, Value>,
}

/// A submission that was judged and waits for its transaction.
#[derive(Debug, Clone)]
pub struct Prepared {
    gate: Gate,
    token: Vec<u8>,
    key_id: Vec<u8>,
    mark: Vec<u8>,
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
    /// Stored before, by the same submission.
    Done(Receipt),
}

/// What a key opens, at one moment.
#[derive(Debug, Clone)]
struct Gate {
    round: RoundId,
    audience: String,
    /// Under which agency its responses are filed.
    agency: String,
    survey: SurveyId,
    version: VersionNumber,
    least_respondents: u32,
    window: Window,
    public_key: Vec<u8>,
}

/// Verifies the credential and judges the answers, without writing.
///
/// # Errors
/// [`SubmitError`] says why the submission cannot be stored.
pub fn prepare(
    conn: &mut Conn,
    forms: &Forms,
    spending: &Spending,
    now: Timestamp,
) -> Result<Step, SubmitError> {
    let credential = &spending.credential;
    let gate = Gate::find(conn, &credential.key_id)?.filter(|gate| gate.round == spending.round);
    let gate = gate.ok_or(SubmitError::Forged)?;
    let key = PublicKey::from_spki(&gate.public_key).map_err(|bad| StoreError::Corrupt {
        what: "public key",
        problem: bad.to_string(),
    })?;
    if !credential.is_signed_by(&key) {
        return Err(SubmitError::Forged);
    }
    let form = forms.get(conn, &gate.survey, gate.version)?;
    let sent = Value::Object(spending.answers.clone()).to_string();
    let mark = credential.mark(spending.key.hash(), sent.as_bytes());
    if let Some(receipt) = repeated(conn, &gate, &credential.token, &mark)? {
        return Ok(Step::Done(receipt));
    }
    gate.window.open_at(now)?;
    let answers = ValidAnswers::parse(&form, &spending.answers).map_err(SubmitError::Invalid)?;
    let texts = answers
        .texts()
        .map(|(item, words)| (item.as_str().to_owned(), words.to_value()));
    Ok(Step::Store(Arc::new(Prepared {
        token: credential.token.to_vec(),
        key_id: credential.key_id.to_vec(),
        mark,
        record: form.layout().pack(answers.answers()),
        texts: texts.collect(),
        at: now,
        gate,
    })))
}

/// Spends the tokens and stores the responses, as part of a transaction of the writer: a few statements, however many
/// there are. One outcome for each, in their order; whose outcome is an error has written nothing.
///
/// # Errors
/// [`StoreError`] of the database; then nothing may be kept of any.
pub fn spend_all(
    conn: &mut Conn,
    given: &[Arc<Prepared>],
) -> Result<Vec<Result<Receipt, SubmitError>>, StoreError> {
    let windows = Windows::held(conn, given.iter().map(|one| &one.gate.round))?;
    // Of several with one token the first is tried; the others then find it spent.
    let mut first = BTreeMap::new();
    for (place, one) in given.iter().enumerate() {
        if windows.takes(&one.gate.round, one.gate.version, one.at) {
            first.entry(one.token.as_slice()).or_insert((place, one));
        }
    }
    let free = free_tokens(conn, first.keys().copied().collect())?;
    let won: BTreeMap<usize, &Arc<Prepared>> = free
        .iter()
        .filter_map(|token| first.get(token.as_slice()).copied())
        .collect();
    let mixed = store(conn, &won)?;
    let outcomes = given
        .iter()
        .enumerate()
        .map(|(place, one)| match won.get(&place) {
            Some(_) => Ok(Ok(one.gate.receipt(mixed.contains(&one.gate.unit())))),
            None => instead(conn, one),
        });
    outcomes.collect()
}

/// Those of the tokens that are unspent and that no other transaction is just spending.
fn free_tokens(conn: &mut Conn, tokens: Vec<&[u8]>) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut ours = credentials::alone_with(conn, &tokens)?;
    let spent = credentials::spent(conn, &tokens)?;
    ours.retain(|token| spent.iter().all(|row| row.token != *token));
    Ok(ours)
}

fn store<'a>(
    conn: &mut Conn,
    won: &BTreeMap<usize, &'a Arc<Prepared>>,
) -> Result<BTreeSet<Unit<'a>>, StoreError> {
    let mut tokens: Vec<SpentRow> = won.values().map(|one| one.spent()).collect();
    tokens.sort_by(|one, other| one.token.cmp(&other.token));
    credentials::spend(conn, &tokens)?;
    let filed = won.values().map(|one| Filed {
        unit: one.gate.unit(),
        k: one.gate.least_respondents,
        record: &one.record,
        texts: &one.texts,
    });
    filing::file(conn, &filed.collect::<Vec<_>>())
}

/// What a submission is told that did not get its token: it was spent before or by somebody who was faster, the round has
/// closed, or another transaction is just spending it.
fn instead(conn: &mut Conn, one: &Prepared) -> Result<Result<Receipt, SubmitError>, StoreError> {
    let Some(gate) = Gate::find(conn, &one.key_id)? else {
        return Ok(Err(SubmitError::Forged));
    };
    match repeated(conn, &gate, &one.token, &one.mark) {
        Ok(Some(receipt)) => Ok(Ok(receipt)),
        Ok(None) => {
            let shut = gate.window.open_at(one.at).err();
            Ok(Err(shut.map_or(SubmitError::Contended, SubmitError::Shut)))
        }
        Err(SubmitError::Store(error)) => Err(error),
        Err(refused) => Ok(Err(refused)),
    }
}

/// The receipt again for the submission that spent the token, [`SubmitError::Spent`] for any other.
fn repeated(conn: &mut Conn, gate: &Gate, token: &[u8], mark: &[u8]) -> Result<Option<Receipt>, SubmitError> {
    match credentials::spent(conn, &[token])?.pop() {
        None => Ok(None),
        Some(first) if first.mark.as_deref() == Some(mark) => Ok(Some(gate.receipt(false))),
        Some(_) => Err(SubmitError::Spent),
    }
}

impl Prepared {
    fn spent(&self) -> SpentRow {
        SpentRow {
            token: self.token.clone(),
            round: self.gate.round.to_string(),
            key_id: Some(self.key_id.clone()),
            mark: Some(self.mark.clone()),
        }
    }
}

impl Gate {
    fn find(conn: &mut Conn, key_id: &[u8]) -> Result<Option<Self>, StoreError> {
        credentials::gate(conn, key_id)?.map(Self::try_from).transpose()
    }

    /// Among whose responses those of this key are mixed.
    fn unit(&self) -> Unit<'_> {
        Unit {
            round: self.round.as_str(),
            audience: &self.audience,
            agency: &self.agency,
        }
    }

    fn receipt(&self, mixed: bool) -> Receipt {
        Receipt {
            round: self.round.clone(),
            mode: Mode::Anonymous,
            mixed,
        }
    }
}

impl TryFrom<GateRow> for Gate {
    type Error = StoreError;

    fn try_from(row: GateRow) -> Result<Self, StoreError> {
        let corrupt = |problem: String| StoreError::Corrupt {
            what: "signing key",
            problem,
        };
        let slug = |error: crate::slug::BadSlug| corrupt(error.to_string());
        let whole = |number: i32| u32::try_from(number).map_err(|error| corrupt(error.to_string()));
        Ok(Self {
            window: Window::of(&row.state, row.opens_at, row.closes_at)?,
            round: row.key.round.parse().map_err(slug)?,
            audience: row.key.audience,
            agency: row.key.agency,
            survey: row.survey.parse().map_err(slug)?,
            version: whole(row.version)?,
            least_respondents: whole(row.threshold)?,
            public_key: row.key.public_key,
        })
    }
}
