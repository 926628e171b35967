//! The human step: somebody reads what the scrub left of a comment, takes out more where needed, and releases or withholds it.
//!
//! Only after the seal; only comments whose writers agreed; only of units of which 20 people or more answered, as the sealed result
//! tells it. The reviewer never sees what was written but what the scrub left of it: names are those of all rosters of the round and of
//! everybody who signs in here. A decision can be changed. The audit log says how many were released and withheld, and no word.

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

/// A decision.
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

/// Takes decisions, all of them or none.
///
/// # Errors
/// [`ReviewError`] about the first that cannot be taken.
pub fn decide(
    conn: &mut Conn,
    who: &Actor,
    id: &RoundId,
    verdicts: &[(String, Verdict)],
    now: Timestamp,
) -> Result<Done, ReviewError> {
    if verdicts.len() > MOST_DECISIONS {
        return Err(ReviewError::TooMany(verdicts.len()));
    }
    let (round, open) = open(conn, id)?;
    let names = names_of(conn, &round)?;
    let mut done = Done::default();
    for (place, (key, verdict)) in verdicts.iter().enumerate() {
        let unknown = || ReviewError::Unknown {
            key: key.chars().take(64).collect(),
            place,
        };
        let bytes = bytes(key).ok_or_else(unknown)?;
        let row = rows::find_agreed(conn, id.as_str(), &bytes)?.ok_or_else(unknown)?;
        let respondents = of_row(&open, &row).ok_or_else(unknown)?.respondents;
        let released = match verdict {
            Verdict::Withhold => {
                done.withheld += 1;
                None
            }
            Verdict::Release(edited) => {
                done.released += 1;
                let words =
                    words(&row, &names, edited.as_deref()).map_err(|why| ReviewError::NotARedaction {
                        key: key.clone(),
                        place,
                        why,
                    })?;
                Some(comment::release(words, Some(respondents))?)
            }
        };
        rows::decide(conn, &stored(row, released.as_ref())?)?;
    }
    if done != Done::default() {
        let detail = format!("{} released, {} withheld", done.released, done.withheld);
        audit::record(conn, who, "comments.decide", id.as_str(), &detail, now)?;
    }
    Ok(done)
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
