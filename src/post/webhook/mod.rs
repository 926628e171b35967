//! Webhooks: other systems that are told when something happened.
//!
//! Messages follow Standard Webhooks (headers `webhook-id`, `webhook-timestamp`, `webhook-signature`). They are sent at
//! least once; `webhook-id` is the same in every attempt, so that a receiver can tell. They hold ids and times, never
//! a name, an address, an answer or a count: whoever wants to know more asks the API with a right of their own.
//!
//! | file | meaning |
//! | --- | --- |
//! | [`sign`] | the signature (pure) |
//! | [`reach`] | which addresses may be called, and which never (pure) |
//! | [`courier`] | the HTTP client that holds to it |
//! | [`desk`] | adding and removing webhooks |
//! | this one | finding events, and delivering them |
//!
//! **Events are found, not sent.** What happened to a round stands in the round itself, whoever did it: a page, the
//! API, a command, the clock. A pass compares that with the deliveries there are and adds what is missing, so no
//! event is lost by a crash and none can be forgotten by a new door.

pub mod courier;
pub mod desk;
pub mod reach;
pub mod sign;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

pub use courier::{Courier, Delivered};

use super::sender::{Clock, Stop, chance};
use super::{PostError, PostKeys, later};
use crate::identity::IdentityError;
use crate::store::webhooks::{self as rows, DeliveryRow, Happened, WebhookRow};
use crate::store::{Conn, Store, StoreError};

/// Every event, as it stands in `type`.
pub const EVENTS: [&str; 4] = [
    "round.opened",
    "round.closed",
    "round.published",
    "follow_up.created",
];

/// How far back events are looked for: longer than any pass can be late.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How many deliveries are taken at once, and for how long.
const BATCH: i64 = 10;
const TAKEN_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Adds a delivery for every event that has none yet. Returns how many were added.
///
/// # Errors
/// [`PostError`] of the database.
pub fn announce(conn: &mut Conn, now: Timestamp) -> Result<usize, PostError> {
    let hooks: Vec<WebhookRow> = rows::all(conn)?
        .into_iter()
        .filter(|hook| !hook.disabled)
        .collect();
    if hooks.is_empty() {
        return Ok(0);
    }
    let since = (now - LOOK_BACK).as_millisecond();
    let happened = rows::happened_since(conn, since)?;
    let mut added = 0;
    for hook in hooks {
        let known = rows::known(conn, &hook.id, since)?;
        for event in &happened {
            let wanted = hook.events.split(',').any(|name| name == event.0) && event.2 >= hook.created_at;
            let is_known = known
                .iter()
                .any(|(name, subject)| name == event.0 && *subject == event.1);
            if wanted && !is_known && rows::insert_delivery(conn, &delivery(&hook, event, now)?)? {
                added += 1;
            }
        }
    }
    Ok(added)
}

fn delivery(
    hook: &WebhookRow,
    (event, subject, at): &Happened,
    now: Timestamp,
) -> Result<DeliveryRow, PostError> {
    let when = Timestamp::from_millisecond(*at).map_err(|error| StoreError::Corrupt {
        what: "event",
        problem: error.to_string(),
    })?;
    let noun = event.split('.').next().unwrap_or("subject");
    let body = json!({ "type": event, "timestamp": when.to_string(), "data": { noun: subject } });
    Ok(DeliveryRow {
        id: message_id()?,
        webhook: hook.id.clone(),
        event: (*event).to_owned(),
        subject: subject.clone(),
        body: body.to_string(),
        happened_at: *at,
        state: "waiting".to_owned(),
        attempts: 0,
        due_at: now.as_millisecond(),
        told: String::new(),
    })
}

fn message_id() -> Result<String, IdentityError> {
    Ok(format!("msg_{}", crate::identity::random_id()?))
}

/// Delivers what is due, one after the other.
///
/// # Errors
/// [`PostError`] of the database.
pub async fn deliver(
    store: &Store,
    courier: &Courier,
    keys: &PostKeys,
    clock: &Clock,
    stop: &Stop,
) -> Result<(), PostError> {
    loop {
        let now = clock();
        let until = (now + TAKEN_FOR).as_millisecond();
        // A look costs nothing; a write waits in the queue of those who answer.
        if !store
            .read(move |conn| rows::any_due(conn, now.as_millisecond()))
            .await?
        {
            return Ok(());
        }
        let taken = store
            .write(move |conn| {
                let due = rows::take_due(conn, now.as_millisecond(), until, BATCH)?;
                let hooks = rows::all(conn)?;
                Ok::<_, StoreError>((due, hooks))
            })
            .await?;
        let (due, hooks) = taken;
        if due.is_empty() {
            return Ok(());
        }
        for delivery in due {
            let hook = hooks
                .iter()
                .find(|hook| hook.id == delivery.webhook && !hook.disabled);
            let outcome = match hook {
                _ if stop.is_told() => Delivered::Later("the server is stopping".to_owned()),
                None => Delivered::Never("the webhook rests".to_owned()),
                Some(hook) => {
                    let call = courier::Call::new(hook, &delivery, &keys.webhook(&hook.id), clock());
                    courier.call(call).await
                }
            };
            settle(store, &delivery, outcome, clock()).await?;
        }
    }
}

async fn settle(
    store: &Store,
    delivery: &DeliveryRow,
    outcome: Delivered,
    now: Timestamp,
) -> Result<(), StoreError> {
    let attempt = delivery.attempts + 1;
    let (state, told) = match outcome {
        Delivered::Taken => ("delivered", String::new()),
        Delivered::Never(told) => ("given-up", told),
        Delivered::Later(told) if attempt >= later::MOST_ATTEMPTS => ("given-up", told),
        Delivered::Later(told) => ("waiting", told),
    };
    let due_at = now
        .checked_add(later::wait(attempt, chance()))
        .map_or(i64::MAX, Timestamp::as_millisecond);
    let id = delivery.id.clone();
    store
        .write(move |conn| rows::settle(conn, &id, attempt, state, due_at, &told))
        .await?;
    Ok(())
}
