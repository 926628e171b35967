//! Adding, listing and removing webhooks, recorded.

use jiff::Timestamp;
use serde::Serialize;

use super::super::{PostError, PostKeys};
use super::{EVENTS, reach, sign};
use crate::config::Network;
use crate::identity::{Actor, audit, random_id};
use crate::store::webhooks::{self as rows, WebhookRow};
use crate::store::{Conn, StoreError};

/// The longest address of a webhook, in characters.
const LONGEST_URL: usize = 500;

/// How many deliveries are told of.
const SHOWN: i64 = 20;

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Webhook {
    /// Random.
    pub id: String,
    /// Where events are sent.
    pub url: String,
    /// Which events.
    pub events: Vec<String>,
    /// RFC 3339; nothing before it is told.
    pub created_at: String,
    /// Who added it.
    pub created_by: String,
    /// The key that signs, as receivers configure it; shown to those who may manage webhooks.
    pub secret: String,
    /// The newest deliveries, newest first.
    pub deliveries: Vec<Delivery>,
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Delivery {
    /// Its `webhook-id`.
    pub id: String,
    /// `round.opened` and so on.
    pub event: String,
    /// `waiting`, `sending`, `delivered` or `given-up`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What came back last.
    pub told: String,
}

/// Adds a webhook.
///
/// # Errors
/// [`PostError::Invalid`] names the field.
pub fn add(
    conn: &mut Conn,
    keys: &PostKeys,
    allowed: &[Network],
    who: &Actor,
    (url, events): (&str, &[String]),
    now: Timestamp,
) -> Result<Webhook, PostError> {
    let url = checked_url(url, allowed)?;
    let events = checked_events(events)?;
    let row = WebhookRow {
        id: random_id()?,
        url,
        events: events.join(","),
        created_at: now.as_millisecond(),
        created_by: who.signature().to_owned(),
        disabled: false,
    };
    rows::insert(conn, &row)?;
    audit::record(conn, who, "webhook.add", &row.id, &row.events, now)?;
    view(conn, keys, row)
}

/// Every webhook.
///
/// # Errors
/// [`PostError`] of the database.
pub fn list(conn: &mut Conn, keys: &PostKeys) -> Result<Vec<Webhook>, PostError> {
    rows::all(conn)?
        .into_iter()
        .map(|row| view(conn, keys, row))
        .collect()
}

/// Removes a webhook with its deliveries.
///
/// # Errors
/// [`PostError::NoWebhook`].
pub fn remove(conn: &mut Conn, who: &Actor, id: &str, now: Timestamp) -> Result<(), PostError> {
    // PostgreSQL refuses to look for a NUL.
    if id.contains('\0') || !rows::delete(conn, id)? {
        return Err(PostError::NoWebhook(id.chars().take(80).collect()));
    }
    Ok(audit::record(conn, who, "webhook.remove", id, "", now)?)
}

fn view(conn: &mut Conn, keys: &PostKeys, row: WebhookRow) -> Result<Webhook, PostError> {
    let deliveries = rows::deliveries_of(conn, &row.id, SHOWN)?
        .into_iter()
        .map(|delivery| Delivery {
            id: delivery.id,
            event: delivery.event,
            state: delivery.state,
            attempts: u32::try_from(delivery.attempts).unwrap_or(0),
            told: delivery.told,
        });
    let created_at = Timestamp::from_millisecond(row.created_at).map_err(|error| StoreError::Corrupt {
        what: "webhook",
        problem: error.to_string(),
    })?;
    Ok(Webhook {
        deliveries: deliveries.collect(),
        secret: sign::secret(&keys.webhook(&row.id)),
        created_at: created_at.to_string(),
        id: row.id,
        url: row.url,
        events: row.events.split(',').map(str::to_owned).collect(),
        created_by: row.created_by,
    })
}

/// `https`, or `http` to an address within a named network. Where the name leads is looked at with every call.
fn checked_url(text: &str, allowed: &[Network]) -> Result<String, PostError> {
    let text = text.trim();
    let bad = |problem: &str| PostError::Invalid {
        field: "url",
        problem: problem.to_owned(),
    };
    let uri: ureq::http::Uri = text
        .parse()
        .ok()
        .filter(|_| text.chars().count() <= LONGEST_URL)
        .ok_or_else(|| bad("give an address such as https://chat.example.gov/hooks/rapport"))?;
    let host = uri
        .host()
        .filter(|host| !host.is_empty())
        .map(|host| host.trim_matches(['[', ']']));
    let host = host.ok_or_else(|| bad("give the whole address, with https:// and a host"))?;
    if uri.authority().is_some_and(|all| all.as_str().contains('@')) {
        return Err(bad("leave user and password out: deliveries are signed"));
    }
    let address = host.parse::<std::net::IpAddr>().ok();
    if address.is_some_and(|address| !reach::may_call(address, allowed)) {
        return Err(bad(
            "this address is inside a private network; the operator can name the network in `webhook_networks`",
        ));
    }
    let is_named = address.is_some_and(|address| allowed.iter().any(|network| network.contains(address)));
    match uri.scheme_str() {
        Some("https") => Ok(text.to_owned()),
        Some("http") if is_named => Ok(text.to_owned()),
        _ => Err(bad(
            "use https://; http:// is for addresses in the operator's `webhook_networks`",
        )),
    }
}

fn checked_events(given: &[String]) -> Result<Vec<&'static str>, PostError> {
    let known: Vec<&'static str> = EVENTS
        .into_iter()
        .filter(|name| given.iter().any(|one| one == name))
        .collect();
    let all_known = given.iter().all(|one| EVENTS.contains(&one.as_str()));
    if known.is_empty() || !all_known {
        return Err(PostError::Invalid {
            field: "events",
            problem: format!("give at least one of {}", EVENTS.join(", ")),
        });
    }
    Ok(known)
}
