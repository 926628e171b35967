//! The human step: somebody reads what the scrub left of a comment, takes out more where needed, and releases or withholds it.
//!
//! Only after the seal; only comments whose writers agreed; only of units of which 20 people or more answered, as the sealed result
//! tells it. The reviewer never sees what was written but what the scrub left of it: names are those of all rosters of the round and of
//! everybody who signs in here. A decision can be changed, by somebody who saw it: of two people who decide about the same comment, the
//! second is told. The audit log says how many were released and withheld, and no word.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use thiserror::Error;

use super::bytes;
use crate::agency::AgencyCode;
use crate::identity::{Actor, IdentityError, audit, users};
use crate::protect::comment::{NotARedaction, TooFew};
use crate::protect::{Names, Released, Scrubbed, comment};
use crate::report::read;
use crate::round::manifest::hex;
use crate::round::{self, AudienceName, Mode, Round, RoundError, RoundId, RoundState};
use crate::store::comments::{self as rows, Among, Decided, DecisionRow};
use crate::store::responses::CommentRow;
use crate::store::{Conn, StoreError, invitations};
use crate::survey::canonical::digest_of_text;

/// So many hex digits of a digest tell two decisions apart: nobody gains anything by making two alike.
const MARK_LENGTH: usize = 24;

/// How many decisions are taken at once, at most.
pub const MOST_DECISIONS: usize = 200;

/// A comment in front of a reviewer.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// Its random key, in hex.
    pub key: String,
    /// The audience it comes from.
    pub audience: AudienceName,
    /// The unit it would be shown with.
    pub unit: String,
    /// The question it answers.
    pub item: String,
    /// What the scrub left of it.
    pub scrubbed: Scrubbed,
    /// What is shown of it now, if it is released.
    pub released: Option<Released>,
    /// What is decided about it now.
    pub decided: Decided,
    /// The mark of that decision, or of none: a new decision comes with the mark of the one that it replaces.
    pub seen: String,
}

/// What waits for a reviewer, or was decided.
#[derive(Debug, Clone)]
pub struct Review {
    /// The round.
    pub round: Round,
    /// The comments of this page.
    pub comments: Vec<Reviewed>,
    /// How many writers agreed, in all units that may be reviewed.
    pub agreed: u64,
    /// How many units may be reviewed.
    pub units: usize,
}

/// A decision about a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The comment's random key, in hex.
    pub key: String,
    /// What is decided.
    pub verdict: Verdict,
    /// [`Reviewed::seen`] of what its reviewer saw. Without it nothing was decided then.
    pub seen: Option<String>,
}

/// What is decided about a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Show it. With a text: show this, which may only have less in it than what the scrub left.
    Release(Option<String>),
    /// Don't.
    Withhold,
}

/// How many comments were decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Released.
    pub released: usize,
    /// Withheld.
    pub withheld: usize,
}

/// Why nothing was decided.
#[derive(Debug, Error)]
pub enum ReviewError {
    /// Comments are read after the seal and not before.
    #[error("the round `{round}` is {state}: comments can be read when it is sealed, and not before")]
    NotSealed {
        /// The round.
        round: RoundId,
        /// Where it is in its life.
        state: RoundState,
    },
    /// More than one request may decide.
    #[error("{0} decisions at once; send at most {MOST_DECISIONS}")]
    TooMany(usize),
    /// There is no such comment in front of a reviewer: it does not exist, its writer did not agree, or too few people answered.
    #[error("there is no comment `{key}` to decide about in this round; list them again")]
    Unknown {
        /// As it was sent.
        key: String,
        /// The place of the decision, from 0.
        place: usize,
    },
    /// Others decided about them since their reviewer read them; the places are those of the decisions, from 0.
    #[error(
        "somebody else has decided about {} of these comments since you read them, and nothing of this was taken; look at what was \
         decided, and decide again where you still see it otherwise",
        .0.len()
    )]
    Overtaken(Vec<(usize, String)>),
    /// The edited text is none.
    #[error("{why}")]
    NotARedaction {
        /// The comment.
        key: String,
        /// The place of the decision, from 0.
        place: usize,
        /// Why.
        why: NotARedaction,
    },
    /// Too few people answered.
    #[error(transparent)]
    TooFew(#[from] TooFew),
    /// The round cannot be read.
    #[error(transparent)]
    Round(#[from] RoundError),
    /// The decision could not be recorded in the audit log, so it was not taken.
    #[error(transparent)]
    Unrecorded(#[from] IdentityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An agency whose comments may be reviewed: the unit it is reported in, and how many answered there.
struct Open {
    unit: String,
    respondents: u64,
}

type OpenUnits = BTreeMap<AudienceName, BTreeMap<AgencyCode, Open>>;

/// Comments of a round in front of a reviewer, by their random keys, behind the key `after`, at most `limit`.
///
/// # Errors
/// [`ReviewError`].
pub fn list(
    conn: &mut Conn,
    id: &RoundId,
    decided: Decided,
    after: Option<&str>,
    limit: u32,
) -> Result<Review, ReviewError> {
    let (round, open) = open(conn, id)?;
    let after = after.and_then(bytes).unwrap_or_default();
    let (mut found, mut agreed) = (Vec::new(), 0);
    for (audience, agencies) in &open {
        let among = among(id, audience, agencies);
        found.extend(rows::agreed(conn, &among, decided, &after, limit)?);
        agreed += u64::try_from(rows::count_agreed(conn, &among)?).unwrap_or(0);
    }
    // Each audience gave its own first ones; together they are listed by key.
    found.sort_by(|one, other| one.0.key.cmp(&other.0.key));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let names = if found.is_empty() {
        Names::default()
    } else {
        names_of(conn, &round)?
    };
    let comments = found
        .into_iter()
        .filter_map(|(row, decision)| reviewed(&open, &names, row, decision));
    Ok(Review {
        comments: comments.collect::<Result<_, _>>()?,
        agreed,
        units: units(&open),
        round,
    })
}

/// One comment in front of a reviewer, decided about or not; `None` where there is none that may be reviewed.
///
/// # Errors
/// [`ReviewError`].
pub fn one(conn: &mut Conn, id: &RoundId, key: &str) -> Result<Option<Reviewed>, ReviewError> {
    let (round, open) = open(conn, id)?;
    let row = bytes(key).map(|bytes| rows::find_agreed(conn, id.as_str(), &bytes));
    let Some(row) = row.transpose()?.flatten() else {
        return Ok(None);
    };
    let decision = rows::decision(conn, &row.key)?;
    let names = names_of(conn, &round)?;
    reviewed(&open, &names, row, decision).transpose()
}

/// Takes decisions, all of them or none.
///
/// # Errors
/// [`ReviewError::Overtaken`] where somebody else decided otherwise meanwhile; else the first that cannot be taken.
pub fn decide(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    decisions: &[Decision],
    now: Timestamp,
) -> Result<Done, ReviewError> {
    if decisions.len() > MOST_DECISIONS {
        return Err(ReviewError::TooMany(decisions.len()));
    }
    // Of two who decide at once, the second waits here, and then sees what the first decided.
    round::hold(conn, id)?;
    let (round, open) = open(conn, id)?;
    let names = names_of(conn, &round)?;
    let (mut done, mut overtaken) = (Done::default(), Vec::new());
    for (place, decision) in decisions.iter().enumerate() {
        let new = new_row(conn, (&round, &open, &names), place, decision)?;
        let old = rows::decision(conn, &new.comment)?;
        let is_seen = decision.seen.as_ref().unwrap_or(&mark(None)) == &mark(old.as_ref());
        if old.as_ref() == Some(&new) {
            // It is so already: sent twice, or of one mind with whoever was faster.
        } else if is_seen {
            rows::decide(conn, &new)?;
        } else {
            overtaken.push((place, decision.key.clone()));
        }
        match new.released {
            Some(_) => done.released += 1,
            None => done.withheld += 1,
        }
    }
    if !overtaken.is_empty() {
        return Err(ReviewError::Overtaken(overtaken));
    }
    if done != Done::default() {
        let detail = format!("{} released, {} withheld", done.released, done.withheld);
        audit::record(conn, who, "comments.decide", id.as_str(), &detail, now)?;
    }
    Ok(done)
}

/// A decision as it would be stored.
fn new_row(
    conn: &mut Conn,
    (round, open, names): (&Round, &OpenUnits, &Names),
    place: usize,
    decision: &Decision,
) -> Result<DecisionRow, ReviewError> {
    let unknown = || ReviewError::Unknown {
        key: decision.key.chars().take(64).collect(),
        place,
    };
    let bytes = bytes(&decision.key).ok_or_else(unknown)?;
    let row = rows::find_agreed(conn, round.id.as_str(), &bytes)?.ok_or_else(unknown)?;
    let respondents = of_row(open, &row).ok_or_else(unknown)?.respondents;
    let released = match &decision.verdict {
        Verdict::Withhold => None,
        Verdict::Release(edited) => {
            let words = words(&row, names, edited.as_deref()).map_err(|why| ReviewError::NotARedaction {
                key: decision.key.clone(),
                place,
                why,
            })?;
            Some(comment::release(words, Some(respondents))?)
        }
    };
    Ok(stored(row, released.as_ref())?)
}

/// The mark of a decision: of what is shown, or that nothing is, or that nothing was decided.
fn mark(decision: Option<&DecisionRow>) -> String {
    let state = match decision.map(|decision| &decision.released) {
        None => "waiting".to_owned(),
        Some(None) => "withheld".to_owned(),
        Some(Some(released)) => format!("released {released}"),
    };
    digest_of_text(&state).chars().take(MARK_LENGTH).collect()
}

/// What the scrub left, less what the reviewer took out. The result is scrubbed again: the last word is the rule's.
fn words(row: &CommentRow, names: &Names, edited: Option<&str>) -> Result<Scrubbed, NotARedaction> {
    let scrubbed = comment::scrub(&row.text, names);
    let edited = scrubbed.redacted(edited.unwrap_or(scrubbed.text()))?;
    Ok(comment::scrub(edited.text(), names))
}

fn stored(row: CommentRow, released: Option<&Released>) -> Result<DecisionRow, StoreError> {
    let released = released.map(serde_json::to_string).transpose();
    Ok(DecisionRow {
        comment: row.key,
        round: row.round,
        audience: row.audience,
        agency: row.agency,
        item: row.item,
        released: released.map_err(|error| corrupt(&error))?,
    })
}

/// The round, if it is sealed, and what may be reviewed of it.
fn open(conn: &mut Conn, id: &RoundId) -> Result<(Round, OpenUnits), ReviewError> {
    let round = round::find(conn, id)?;
    let not_sealed = |state| ReviewError::NotSealed {
        round: id.clone(),
        state,
    };
    if !matches!(round.state, RoundState::Sealed | RoundState::Published) {
        return Err(not_sealed(round.state));
    }
    let Some(told) = read::participation(conn, id)? else {
        return Err(not_sealed(round.state));
    };
    let mut open = OpenUnits::new();
    for audience in told
        .document
        .audiences
        .iter()
        .filter(|audience| audience.mode == Mode::Anonymous)
    {
        let agencies = open.entry(audience.name.clone()).or_default();
        for unit in &audience.units {
            let respondents = told.respondents.get(&(audience.name.clone(), unit.unit.clone()));
            let Some(respondents) = respondents.filter(|count| **count >= comment::LEAST_RESPONDENTS) else {
                continue;
            };
            for agency in &unit.agencies {
                let unit = Open {
                    unit: unit.title.clone(),
                    respondents: *respondents,
                };
                agencies.insert(agency.clone(), unit);
            }
        }
    }
    Ok((round, open))
}

fn units(open: &OpenUnits) -> usize {
    let titles: BTreeSet<(&AudienceName, &str)> = open
        .iter()
        .flat_map(|(audience, agencies)| agencies.values().map(move |unit| (audience, unit.unit.as_str())))
        .collect();
    titles.len()
}

fn among<'a>(
    id: &'a RoundId,
    audience: &'a AudienceName,
    agencies: &'a BTreeMap<AgencyCode, Open>,
) -> Among<'a> {
    Among {
        round: id.as_str(),
        audience: audience.as_str(),
        agencies: agencies.keys().map(AgencyCode::as_str).collect(),
    }
}

fn of_row<'a>(open: &'a OpenUnits, row: &CommentRow) -> Option<&'a Open> {
    let audience = row.audience.parse::<AudienceName>().ok()?;
    let agency = row.agency.parse::<AgencyCode>().ok()?;
    open.get(&audience)?.get(&agency)
}

fn reviewed(
    open: &OpenUnits,
    names: &Names,
    row: CommentRow,
    decision: Option<DecisionRow>,
) -> Option<Result<Reviewed, ReviewError>> {
    let unit = of_row(open, &row)?.unit.clone();
    let audience = row.audience.parse().ok()?;
    let seen = mark(decision.as_ref());
    let decided = match &decision {
        None => Decided::Not,
        Some(decision) if decision.released.is_some() => Decided::Released,
        Some(_) => Decided::Withheld,
    };
    let released = decision
        .and_then(|decision| decision.released)
        .map(|text| serde_json::from_str(&text))
        .transpose();
    Some(match released {
        Ok(released) => Ok(Reviewed {
            key: hex(&row.key),
            audience,
            unit,
            scrubbed: comment::scrub(&row.text, names),
            item: row.item,
            released,
            decided,
            seen,
        }),
        Err(error) => Err(corrupt(&error).into()),
    })
}

/// Everybody on the rosters of a round, and everybody who has an account.
fn names_of(conn: &mut Conn, round: &Round) -> Result<Names, ReviewError> {
    let mut names = Names::default();
    for audience in &round.audiences {
        for person in invitations::roster(conn, &round.id, &audience.name)? {
            names.add(&person.name, &person.email, &person.person);
        }
    }
    for user in users::list(conn)? {
        names.add(&user.name, user.email.as_str(), "");
    }
    Ok(names)
}

fn corrupt(problem: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "released comment",
        problem: problem.to_string(),
    }
}
