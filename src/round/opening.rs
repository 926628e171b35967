//! Opening a round takes two steps: making its signing keys, which takes a while, and the transaction that freezes
//! everything, which must not.
//!
//! ```text
//! keys_for (reads the units, makes a key for each on all cores) -> desk::take / steps::open_with (one transaction)
//! ```
//!
//! When rosters or agencies change in between, the keys fit no more and the second step says so.

use jiff::Timestamp;

use super::desk::HandStep;
use super::keys::{Keyring, NewKeys};
use super::units::{Unit, units};
use super::{Round, RoundError, RoundId, Step, life, promise};
use crate::store::{Conn, Store, StoreError};

/// Where the key secret is set, for refusals.
pub const REMEDY: &str = "set RAPPORT_KEY_SECRET to 32 bytes or more, the same for all instances, e.g. RAPPORT_KEY_SECRET=$(head -c 32 /dev/urandom | base64), and keep it apart from the database";

/// Makes the signing keys that a round needs to open. Takes about a tenth of a second for each unit and core.
/// `told` hears how many of how many are made.
///
/// # Errors
/// As [`open_with`](super::steps::open_with), and [`RoundError::NotReady`] when there is no keyring to encrypt them with.
pub async fn keys_for(
    store: &Store,
    keyring: Option<&Keyring>,
    id: &RoundId,
    now: Timestamp,
    told: impl Fn(usize, usize) + Send + Sync + 'static,
) -> Result<NewKeys, RoundError> {
    let wanted = id.clone();
    let (round, units) = store
        .read(move |conn| {
            let round = super::find(conn, &wanted)?;
            life::after(&round, Step::Open)?;
            let units = units_of(conn, &round, now)?;
            Ok::<_, RoundError>((round, units))
        })
        .await?;
    if units.is_empty() {
        return Ok(NewKeys::default());
    }
    let keyring = keyring.cloned().ok_or_else(|| no_keyring(&round, Step::Open))?;
    let all = units.len();
    let making = tokio::task::spawn_blocking(move || keyring.issue(units, &|done| told(done, all)));
    making
        .await
        .map_err(|error| StoreError::Stopped(error.to_string()))?
}

/// What a step taken by hand needs beforehand: keys for opening, a keyring for scheduling, nothing for the others.
///
/// # Errors
/// As [`keys_for`].
pub async fn ready(
    store: &Store,
    keyring: Option<&Keyring>,
    id: &RoundId,
    step: HandStep,
    now: Timestamp,
) -> Result<NewKeys, RoundError> {
    match step {
        HandStep::Open => keys_for(store, keyring, id, now, |_, _| ()).await,
        HandStep::Schedule if keyring.is_none() => {
            // Nobody should learn of a missing secret on the morning of the opening.
            let wanted = id.clone();
            store
                .read(move |conn| {
                    let round = super::find(conn, &wanted)?;
                    life::after(&round, Step::Schedule)?;
                    let needs_none = units_of(conn, &round, now)?.is_empty();
                    needs_none
                        .then(NewKeys::default)
                        .ok_or_else(|| no_keyring(&round, Step::Schedule))
                })
                .await
        }
        _ => Ok(NewKeys::default()),
    }
}

/// The units of a round that will sign with keys of their own, if it opened now.
fn units_of(conn: &mut Conn, round: &Round, now: Timestamp) -> Result<Vec<Unit>, RoundError> {
    let promise = promise::draw_up(conn, round, now)?;
    Ok(promise
        .audiences
        .iter()
        .flat_map(|(name, promised)| units(name, promised))
        .collect())
}

fn no_keyring(round: &Round, step: Step) -> RoundError {
    RoundError::NotReady {
        round: round.id.clone(),
        step,
        problem: "there is no secret under which the keys of its anonymous audiences could be encrypted"
            .to_owned(),
        remedy: REMEDY.to_owned(),
    }
}
