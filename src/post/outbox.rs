//! What is due, made into parcels, and how each attempt ended.
//!
//! Everything about a batch is decided in one transaction: that this sender has it, whether each mail is still needed,
//! and which link it carries. Texts are made afterwards, outside of it, from the facts in the parcel.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::keys::{self, PostKeys};
use super::smtp::Handed;
use super::words::Asked;
use super::{PostError, later, mailing};
use crate::follow::week::{self, Week};
use crate::round::{self, Audience, Round, RoundState};
use crate::store::mailed_links::{self, InvitedRow, LinkRow};
use crate::store::mailings::{self, MailingRow};
use crate::store::outbox::{self as rows, MailRow, Settled};
use crate::store::{Conn, StoreError, agencies, invitations};
use crate::texts::Lang;

/// A mail that this sender has, until somebody else may take it.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Of which mailing.
    pub mailing: String,
    /// To whom: the person of a roster, or a user.
    pub person: String,
    /// The number of this attempt.
    pub attempt: i32,
    /// The address.
    pub to: String,
    /// The name that belongs to it; may be empty.
    pub name: String,
    /// In which language.
    pub lang: Lang,
    /// From which its Message-ID is made.
    pub seed: Vec<u8>,
    /// When sending it first began.
    pub begun_at: Timestamp,
    /// What it says.
    pub content: Content,
}

/// What a mail says.
#[derive(Debug, Clone)]
pub enum Content {
    /// About a round.
    Asked(Box<Asked>),
    /// About a week.
    Week(Box<Week>),
}

/// A batch that was taken.
#[derive(Debug, Default)]
pub struct Taken {
    /// Whether anything was due, needed or not.
    pub any: bool,
    /// What is to be sent.
    pub parcels: Vec<Parcel>,
}

/// How a batch is taken.
#[derive(Debug, Clone)]
pub struct Taking {
    /// The time.
    pub now: Timestamp,
    /// From when somebody else may take what is not settled.
    pub until: Timestamp,
    /// At most so many.
    pub limit: i64,
    /// Where people reach this server.
    pub base: String,
}

/// Takes what is due.
///
/// # Errors
/// [`PostError`] of the database; nothing is taken then.
pub fn take(conn: &mut Conn, keys: &PostKeys, taking: &Taking) -> Result<Taken, PostError> {
    let (now, until) = (taking.now.as_millisecond(), taking.until.as_millisecond());
    let due = rows::take_due(conn, now, until, taking.limit)?;
    let mut taken = Taken {
        any: !due.is_empty(),
        parcels: Vec::with_capacity(due.len()),
    };
    let mut by_mailing: BTreeMap<String, Vec<MailRow>> = BTreeMap::new();
    for row in due {
        by_mailing.entry(row.mailing.clone()).or_default().push(row);
    }
    for (id, mails) in by_mailing {
        let mailing = mailings::mailing(conn, &id)?.ok_or_else(|| PostError::NoMailing(id.clone()))?;
        let parcels = match mailing::of_round(&mailing)? {
            Some((round, audience)) => {
                let round = round::find(conn, &round)?;
                let audience = mailing::audience(&round, &audience)?.clone();
                asked(conn, keys, taking, (&mailing, &round, &audience), mails)?
            }
            None => weekly(conn, taking, mails)?,
        };
        taken.parcels.extend(parcels);
    }
    Ok(taken)
}

fn asked(
    conn: &mut Conn,
    keys: &PostKeys,
    taking: &Taking,
    (mailing, round, audience): (&MailingRow, &Round, &Audience),
    mails: Vec<MailRow>,
) -> Result<Vec<Parcel>, PostError> {
    let ids = (round.id.as_str(), audience.name.as_str());
    let people: Vec<&str> = mails.iter().map(|mail| mail.person.as_str()).collect();
    let invited: HashMap<String, InvitedRow> = mailed_links::invited(conn, ids.0, ids.1, &people)?
        .into_iter()
        .map(|row| (row.person.clone(), row))
        .collect();
    let links: HashMap<String, LinkRow> = mailed_links::links(conn, ids.0, ids.1, &people)?
        .into_iter()
        .map(|row| (row.person.clone(), row))
        .collect();
    let addresses: Vec<String> = invited.values().map(|row| row.email.to_lowercase()).collect();
    let stopped: BTreeSet<String> = if mailing.step > 0 {
        mailed_links::stopped(conn, &addresses)?.into_iter().collect()
    } else {
        BTreeSet::new()
    };
    let is_open = round.state == RoundState::Open && round.closes_at.is_none_or(|end| taking.now < end);
    let names = agency_names(conn, invited.values())?;
    let mut parcels = Vec::with_capacity(mails.len());
    for mail in mails {
        let who = invited.get(&mail.person).filter(|who| {
            is_open && !who.used && !who.email.is_empty() && !stopped.contains(&who.email.to_lowercase())
        });
        let link = match who {
            Some(who) => link_of(conn, keys, ids, who, links.get(&mail.person))?,
            None => None,
        };
        let (Some(who), Some(link)) = (who, link) else {
            needless(conn, &mail)?;
            continue;
        };
        let (seed, begun_at) = begun(conn, &mail, taking.now)?;
        parcels.push(Parcel {
            mailing: mail.mailing,
            person: mail.person,
            attempt: mail.attempts + 1,
            to: who.email.clone(),
            name: who.name.clone(),
            lang: Lang::of_tag(&who.language).unwrap_or_default(),
            seed,
            begun_at,
            content: Content::Asked(Box::new(Asked {
                title: round.title.clone(),
                mode: audience.mode,
                name: who.name.clone(),
                agency: names
                    .get(&who.agency)
                    .cloned()
                    .unwrap_or_else(|| who.agency.clone()),
                until: round.closes_at,
                extended_from: round.extended_from(),
                promise: round
                    .promise
                    .as_ref()
                    .map(|frozen| frozen.digest.clone())
                    .unwrap_or_default(),
                step: mailing.step,
                link: format!("{}/i/{}", taking.base, keys.code(&link).as_str()),
                stop: Some(format!("{}/u/{}", taking.base, keys.stop_code(&link))),
            })),
        });
    }
    Ok(parcels)
}

/// The seed of somebody's link, after making sure that the link made of it is the one that opens. `None` when the
/// invitation was used at this very moment.
fn link_of(
    conn: &mut Conn,
    keys: &PostKeys,
    (round, audience): (&str, &str),
    who: &InvitedRow,
    known: Option<&LinkRow>,
) -> Result<Option<Vec<u8>>, PostError> {
    let seed = match known.and_then(|link| link.seed.clone()) {
        Some(seed) => seed,
        None => {
            let seed = keys::seed()?.to_vec();
            let row = LinkRow {
                round: round.to_owned(),
                audience: audience.to_owned(),
                person: who.person.clone(),
                seed: Some(seed.clone()),
                stop_hash: keys::stop_hash(&keys.stop_code(&seed)).to_vec(),
            };
            // A link without a seed comes from a backup, which holds none.
            match known {
                Some(_) => mailed_links::replace_link(conn, &row)?,
                None => mailed_links::insert_link(conn, &row)?,
            }
            seed
        }
    };
    let hash = keys.code(&seed).hash();
    let opens = who.code_hash == hash || invitations::rekey(conn, &who.code_hash, &hash)?;
    Ok(opens.then_some(seed))
}

fn weekly(conn: &mut Conn, taking: &Taking, mails: Vec<MailRow>) -> Result<Vec<Parcel>, PostError> {
    let mut parcels = Vec::new();
    for mail in mails {
        match week::of(conn, &mail.person, taking.now)? {
            Some(found) => {
                let (seed, begun_at) = begun(conn, &mail, taking.now)?;
                parcels.push(Parcel {
                    mailing: mail.mailing,
                    person: mail.person,
                    attempt: mail.attempts + 1,
                    to: found.email.clone(),
                    name: found.name.clone(),
                    lang: Lang::En,
                    seed,
                    begun_at,
                    content: Content::Week(Box::new(found)),
                });
            }
            None => needless(conn, &mail)?,
        }
    }
    Ok(parcels)
}

/// What the first attempt drew, or what this one, being the first, draws.
fn begun(conn: &mut Conn, mail: &MailRow, now: Timestamp) -> Result<(Vec<u8>, Timestamp), PostError> {
    if let (Some(seed), Some(begun_at)) = (&mail.seed, mail.begun_at) {
        let begun_at = Timestamp::from_millisecond(begun_at).map_err(|error| StoreError::Corrupt {
            what: "mail",
            problem: error.to_string(),
        })?;
        return Ok((seed.clone(), begun_at));
    }
    let seed = keys::seed()?.to_vec();
    rows::begin(conn, mail, &seed, now.as_millisecond())?;
    Ok((seed, now))
}

fn needless(conn: &mut Conn, mail: &MailRow) -> Result<(), StoreError> {
    let how = Settled {
        mailing: &mail.mailing,
        person: &mail.person,
        attempt: mail.attempts + 1,
        state: "needless",
        due_at: 0,
        told: "",
    };
    rows::settle(conn, &how)?;
    Ok(())
}

fn agency_names<'a>(
    conn: &mut Conn,
    people: impl Iterator<Item = &'a InvitedRow>,
) -> Result<HashMap<String, String>, PostError> {
    let codes: BTreeSet<&str> = people.map(|who| who.agency.as_str()).collect();
    let mut names = HashMap::with_capacity(codes.len());
    for code in codes {
        let Ok(parsed) = code.parse() else { continue };
        if let Some(agency) = agencies::find(conn, &parsed)? {
            names.insert(code.to_owned(), agency.name);
        }
    }
    Ok(names)
}

/// Writes how an attempt ended. `chance` (0 to 1) spreads the next one. An address that bounced gets no reminder.
///
/// # Errors
/// [`PostError`] of the database.
pub fn settle(
    conn: &mut Conn,
    parcel: &Parcel,
    handed: &Handed,
    chance: f64,
    now: Timestamp,
) -> Result<(), PostError> {
    let (state, told) = match handed {
        Handed::Sent => ("sent", ""),
        Handed::Bounced(told) => ("bounced", told.as_str()),
        Handed::Refused(told) => ("refused", told.as_str()),
        Handed::Later(told) | Handed::Broken(told) if parcel.attempt >= later::MOST_ATTEMPTS => {
            ("given-up", told.as_str())
        }
        Handed::Later(told) | Handed::Broken(told) => ("waiting", told.as_str()),
    };
    let due = now
        .checked_add(later::wait(parcel.attempt, chance))
        .unwrap_or(now + SignedDuration::from_hours(1));
    let how = Settled {
        mailing: &parcel.mailing,
        person: &parcel.person,
        attempt: parcel.attempt,
        state,
        due_at: due.as_millisecond(),
        told,
    };
    let counts = rows::settle(conn, &how)?;
    if counts && state == "bounced" {
        mailed_links::stop(conn, &parcel.to.to_lowercase(), "bounced", now.as_millisecond())?;
    }
    Ok(())
}

/// Gives a parcel back that was not begun: it is due at once, for anybody.
///
/// # Errors
/// [`PostError`] of the database.
pub fn give_back(conn: &mut Conn, parcel: &Parcel, now: Timestamp) -> Result<(), PostError> {
    let how = Settled {
        mailing: &parcel.mailing,
        person: &parcel.person,
        attempt: parcel.attempt,
        state: "waiting",
        due_at: now.as_millisecond(),
        told: "",
    };
    rows::settle(conn, &how)?;
    Ok(())
}
