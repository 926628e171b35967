//! The steps of a round's life, by hand and by the clock.
//!
//! Each step locks the round, asks [`life`] whether it is possible, and writes the new state only where the
//! old one still stands: several instances may do the same at once, and it happens once.

use jiff::Timestamp;
use serde::Serialize;

use super::keys::{self, NewKeys};
use super::{
    Promise, Round, RoundError, RoundId, RoundState, Step, life, locked, manifest, promise, roster_look,
    units,
};
use crate::collect::mix_round;
use crate::store::rounds::{self, Milestone};
use crate::store::{Conn, StoreError};
use crate::survey::canonical::{canonical, digest_of_text};
use crate::survey::publish as versions;

/// Something that the clock did, or tried to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advance {
    /// To which round.
    pub round: RoundId,
    /// What it is now.
    pub state: RoundState,
    /// Why a step that was due was not done. It will be tried again.
    pub problem: Option<String>,
}

/// Lets a round open by itself at its `opens_at`. Everything that opening needs must be there already, so that
/// nobody learns of a missing roster on the morning of the opening.
///
/// # Errors
/// [`RoundError::WrongState`] and [`RoundError::NotReady`] with the remedy.
pub fn schedule(conn: &mut Conn, id: &RoundId, now: Timestamp) -> Result<Round, RoundError> {
    let round = locked(conn, id)?;
    let state = life::after(&round, Step::Schedule)?;
    if round.opens_at.is_none_or(|opens_at| opens_at <= now) {
        return Err(not_ready(
            &round,
            Step::Schedule,
            "it has no time of opening that lies ahead",
            "set `opens_at`, or open it now",
        ));
    }
    promise::draw_up(conn, &round, now)?;
    step(conn, &round, Step::Schedule, state, Milestone::None)
}

/// Takes a scheduled round back to a draft.
///
/// # Errors
/// [`RoundError::WrongState`] with the remedy.
pub fn withdraw(conn: &mut Conn, id: &RoundId) -> Result<Round, RoundError> {
    let round = locked(conn, id)?;
    let state = life::after(&round, Step::Withdraw)?;
    step(conn, &round, Step::Withdraw, state, Milestone::None)
}

/// Opens a round without signing keys: its anonymous audiences are promised that the system separates answers from
/// invitations, and no more. See [`open_with`].
///
/// # Errors
/// [`RoundError::WrongState`] and [`RoundError::NotReady`] with the remedy.
pub fn open(conn: &mut Conn, id: &RoundId, now: Timestamp) -> Result<Round, RoundError> {
    open_frozen(conn, id, None, now)
}

/// Opens a round: freezes version, rosters, segments, headcounts, clusters, thresholds, the manifest of its signing
/// keys and the promise with its digest. It cannot be undone. [`keys_for`](super::opening::keys_for) makes the keys.
///
/// # Errors
/// [`RoundError::WrongState`] and [`RoundError::NotReady`] with the remedy.
pub fn open_with(conn: &mut Conn, id: &RoundId, keys: &NewKeys, now: Timestamp) -> Result<Round, RoundError> {
    open_frozen(conn, id, Some(keys), now)
}

fn open_frozen(
    conn: &mut Conn,
    id: &RoundId,
    keys: Option<&NewKeys>,
    now: Timestamp,
) -> Result<Round, RoundError> {
    let round = locked(conn, id)?;
    life::after(&round, Step::Open)?;
    if round.closes_at.is_some_and(|closes_at| closes_at <= now) {
        return Err(not_ready(
            &round,
            Step::Open,
            "its time of closing has passed",
            "set `closes_at` later, or remove it to close by hand",
        ));
    }
    let mut promise = promise::draw_up(conn, &round, now)?;
    let manifest = match keys {
        Some(keys) => promise_keys(conn, &round, &mut promise, keys)?,
        None => None,
    };
    let text = canonical(&promise)?;
    if !rounds::open(conn, id, round.state, now, &text, &digest_of_text(&text))? {
        return Err(overtaken(conn, id, Step::Open)?);
    }
    for (audience, promised) in &promise.audiences {
        rounds::insert_headcounts(conn, id, audience, &promised.headcounts)?;
        roster_look::discard(conn, id, audience)?;
    }
    if let Some((published, keys)) = manifest.as_ref().zip(keys) {
        manifest::store(conn, &round, published, keys)?;
    }
    super::find(conn, id)
}

/// Writes the keys into the promise: the digest of their manifest, and in which clusters joined units are reported.
fn promise_keys(
    conn: &mut Conn,
    round: &Round,
    promise: &mut Promise,
    keys: &NewKeys,
) -> Result<Option<manifest::Published>, RoundError> {
    let mut all = Vec::new();
    for (name, promised) in &mut promise.audiences {
        let units = units::units(name, promised);
        units::report_by(&units, promised);
        all.extend(units);
    }
    if !keys.fit(&all) {
        return Err(not_ready(
            round,
            Step::Open,
            "its rosters or agencies changed while its signing keys were made",
            "open it again",
        ));
    }
    if keys.is_empty() {
        return Ok(None);
    }
    let version = versions::find(conn, &round.survey, round.version)?;
    let Some(version) = version else {
        return Err(not_ready(
            round,
            Step::Open,
            "its version is not published",
            "publish it first",
        ));
    };
    let manifest = manifest::draw_up(promise, &version.definition, keys);
    let published = manifest::published(manifest)?;
    promise.manifest_digest = Some(published.digest.clone());
    Ok(Some(published))
}

/// Closes a round: from now on no response is taken, those of its anonymous audiences are mixed, and its private
/// keys are destroyed.
///
/// # Errors
/// [`RoundError::WrongState`] with the remedy.
pub fn close(conn: &mut Conn, id: &RoundId, now: Timestamp) -> Result<Round, RoundError> {
    let round = locked(conn, id)?;
    let state = life::after(&round, Step::Close)?;
    mix_round(conn, id)?;
    keys::destroy(conn, &round, now)?;
    step(conn, &round, Step::Close, state, Milestone::Closed(now))
}

/// Makes the sealed result of a round visible to those who may see it. It cannot be undone.
///
/// # Errors
/// [`RoundError::WrongState`] with the remedy.
pub fn publish(conn: &mut Conn, id: &RoundId, now: Timestamp) -> Result<Round, RoundError> {
    let round = locked(conn, id)?;
    let state = life::after(&round, Step::Publish)?;
    step(conn, &round, Step::Publish, state, Milestone::Published(now))
}

/// The scheduled rounds whose time has come, so that their keys can be made before [`advance`] opens them.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn due_to_open(conn: &mut Conn, now: Timestamp) -> Result<Vec<RoundId>, StoreError> {
    rounds::due_to_open(conn, now)
}

/// Opens the scheduled rounds whose time has come and whose keys are there, and closes the open ones whose time is over.
/// What stands in the way of one round does not stand in the way of the others. `keys` are those of
/// [`due_to_open`], or why there are none; a round that is missing there waits for the next time.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn advance(
    conn: &mut Conn,
    keys: Vec<(RoundId, Result<NewKeys, RoundError>)>,
    now: Timestamp,
) -> Result<Vec<Advance>, StoreError> {
    let mut done = Vec::new();
    roster_look::forget_old(conn, now)?;
    let due = rounds::due_to_open(conn, now)?;
    for (id, keys) in keys.into_iter().filter(|(id, _)| due.contains(id)) {
        let opened = keys.and_then(|keys| open_with(conn, &id, &keys, now));
        done.extend(told(id, RoundState::Scheduled, opened)?);
    }
    for id in rounds::due_to_close(conn, now)? {
        // Somebody may have given it more time since it was listed.
        let held = rounds::lock(conn, &id)?;
        if held.is_none_or(|round| round.closes_at.is_none_or(|end| end > now)) {
            continue;
        }
        let closed = close(conn, &id, now);
        done.extend(told(id, RoundState::Open, closed)?);
    }
    Ok(done)
}

/// What to tell of a step that the clock took. Nothing when another instance was faster.
fn told(
    id: RoundId,
    before: RoundState,
    outcome: Result<Round, RoundError>,
) -> Result<Option<Advance>, StoreError> {
    match outcome {
        Ok(round) => Ok(Some(Advance {
            round: id,
            state: round.state,
            problem: None,
        })),
        Err(RoundError::Store(error)) => Err(error),
        Err(RoundError::WrongState { .. } | RoundError::Unknown(_)) => Ok(None),
        Err(refused) => Ok(Some(Advance {
            round: id,
            state: before,
            problem: Some(refused.to_string()),
        })),
    }
}

fn step(
    conn: &mut Conn,
    round: &Round,
    step: Step,
    to: RoundState,
    milestone: Milestone,
) -> Result<Round, RoundError> {
    if rounds::transition(conn, &round.id, round.state, to, milestone)? {
        super::find(conn, &round.id)
    } else {
        Err(overtaken(conn, &round.id, step)?)
    }
}

/// Somebody else took a step between our look and our write: say what it is now.
fn overtaken(conn: &mut Conn, id: &RoundId, step: Step) -> Result<RoundError, RoundError> {
    let round = super::find(conn, id)?;
    Ok(life::after(&round, step).err().unwrap_or(RoundError::NotReady {
        round: round.id,
        step,
        problem: "somebody else is changing it at this moment".to_owned(),
        remedy: "look at it again, then try again".to_owned(),
    }))
}

fn not_ready(round: &Round, step: Step, problem: &str, remedy: &str) -> RoundError {
    RoundError::NotReady {
        round: round.id.clone(),
        step,
        problem: problem.to_owned(),
        remedy: remedy.to_owned(),
    }
}
