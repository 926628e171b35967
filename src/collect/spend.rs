//! Spending a credential: a response from somebody of whom only the unit is known.
//!
//! Nothing in a [`Spending`] comes from the invitation, and nothing that is stored of it is of use to find the claim. The
//! token is spent and the response stored in one transaction; a repetition of the same submission is recognised by
//! its [`mark`](super::credential::Credential::mark), anything else with a spent token is refused.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::answers::ValidAnswers;
use super::credential::{Credential, PublicKey};
use super::door::Window;
use super::form::Forms;
use super::submit::{self, IdempotencyKey, Receipt, SubmitError};
use crate::round::{Mode, RoundId};
use crate::store::credentials::{self, GateRow, SpentRow};
use crate::store::intake::{self, Unit};
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
}

/// What [`prepare`] found.
#[derive(Debug, Clone)]
pub enum Step {
    /// To be stored.
    Store(Box<Prepared>),
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
        .map(|(item, text)| (item.as_str().to_owned(), Value::from(text)));
    Ok(Step::Store(Box::new(Prepared {
        token: credential.token.to_vec(),
        key_id: credential.key_id.to_vec(),
        mark,
        record: form.layout().pack(answers.answers()),
        texts: texts.collect(),
        gate,
    })))
}

/// Spends the token and stores the response. Run it as one transaction of the writer.
///
/// # Errors
/// [`SubmitError`]; nothing was written then.
pub fn spend(conn: &mut Conn, prepared: &Prepared, now: Timestamp) -> Result<Receipt, SubmitError> {
    intake::keep_open(conn, prepared.gate.round.as_str())?;
    // The round may have closed since; what does not change while it is open was read before.
    let gate = Gate::find(conn, &prepared.key_id)?.ok_or(SubmitError::Forged)?;
    if !credentials::alone_with(conn, &prepared.token)? {
        return Err(SubmitError::Contended);
    }
    if let Some(receipt) = repeated(conn, &gate, &prepared.token, &prepared.mark)? {
        return Ok(receipt);
    }
    gate.window.open_at(now)?;
    credentials::spend(
        conn,
        &SpentRow {
            token: prepared.token.clone(),
            round: gate.round.to_string(),
            key_id: Some(prepared.key_id.clone()),
            mark: Some(prepared.mark.clone()),
        },
    )?;
    let unit = Unit {
        round: gate.round.as_str(),
        audience: &gate.audience,
        agency: &gate.agency,
    };
    let mixed = submit::store_anonymous(
        conn,
        unit,
        gate.least_respondents,
        &prepared.record,
        &prepared.texts,
    )?;
    Ok(gate.receipt(mixed))
}

/// The receipt again for the submission that spent the token, [`SubmitError::Spent`] for any other.
fn repeated(conn: &mut Conn, gate: &Gate, token: &[u8], mark: &[u8]) -> Result<Option<Receipt>, SubmitError> {
    match credentials::spent(conn, token)? {
        None => Ok(None),
        Some(first) if first.mark.as_deref() == Some(mark) => Ok(Some(gate.receipt(false))),
        Some(_) => Err(SubmitError::Spent),
    }
}

impl Gate {
    fn find(conn: &mut Conn, key_id: &[u8]) -> Result<Option<Self>, StoreError> {
        credentials::gate(conn, key_id)?.map(Self::try_from).transpose()
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
