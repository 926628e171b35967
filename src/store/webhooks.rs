//! Queries about webhooks and what is delivered to them.

use diesel::prelude::*;

use super::schema::{deliveries, follow_ups, rounds, webhooks};
use super::{Conn, StoreError};

/// A webhook, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhooks)]
pub struct WebhookRow {
    /// Random.
    pub id: String,
    /// Where events are sent.
    pub url: String,
    /// The names of the events, with a comma between.
    pub events: String,
    /// Milliseconds since 1970: nothing before it is told.
    pub created_at: i64,
    /// Who added it.
    pub created_by: String,
    /// Whether it rests.
    pub disabled: bool,
}

/// An event for a webhook, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries)]
pub struct DeliveryRow {
    /// Random; its `webhook-id`.
    pub id: String,
    /// To which webhook.
    pub webhook: String,
    /// `round.opened` and so on.
    pub event: String,
    /// What it happened to.
    pub subject: String,
    /// The JSON that is sent.
    pub body: String,
    /// Milliseconds since 1970.
    pub happened_at: i64,
    /// `waiting`, `sending`, `delivered` or `given-up`.
    pub state: String,
    /// How often somebody began to send it.
    pub attempts: i32,
    /// When it is due again.
    pub due_at: i64,
    /// What came back last.
    pub told: String,
}

/// Something that happened: the event, what it happened to, and when (milliseconds since 1970).
pub type Happened = (&'static str, String, i64);

/// Adds a webhook.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert(conn: &mut Conn, row: &WebhookRow) -> Result<(), StoreError> {
    diesel::insert_into(webhooks::table).values(row).execute(conn)?;
    Ok(())
}

/// Every webhook, oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn all(conn: &mut Conn) -> Result<Vec<WebhookRow>, StoreError> {
    Ok(webhooks::table
        .order((webhooks::created_at, webhooks::id))
        .select(WebhookRow::as_select())
        .load(conn)?)
}

/// One webhook.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<WebhookRow>, StoreError> {
    let found = webhooks::table.find(id).select(WebhookRow::as_select());
    Ok(found.first(conn).optional()?)
}

/// Removes a webhook with everything that was or was to be delivered to it. Returns whether it was there.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn delete(conn: &mut Conn, id: &str) -> Result<bool, StoreError> {
    diesel::delete(deliveries::table.filter(deliveries::webhook.eq(id))).execute(conn)?;
    Ok(diesel::delete(webhooks::table.find(id)).execute(conn)? == 1)
}

/// What happened to rounds and follow-ups since that time.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn happened_since(conn: &mut Conn, since: i64) -> Result<Vec<Happened>, StoreError> {
    let columns = (
        rounds::id,
        rounds::opened_at,
        rounds::closed_at,
        rounds::published_at,
    );
    let recent = rounds::opened_at
        .ge(since)
        .or(rounds::closed_at.ge(since))
        .or(rounds::published_at.ge(since));
    type Times = (String, Option<i64>, Option<i64>, Option<i64>);
    let rows: Vec<Times> = rounds::table
        .filter(recent)
        .order(rounds::id)
        .select(columns)
        .load(conn)?;
    let mut happened: Vec<Happened> = Vec::new();
    for (id, opened, closed, published) in rows {
        let steps = [
            ("round.opened", opened),
            ("round.closed", closed),
            ("round.published", published),
        ];
        happened.extend(
            steps
                .into_iter()
                .filter_map(|(event, at)| Some((event, id.clone(), at?))),
        );
    }
    let created: Vec<(String, i64)> = follow_ups::table
        .filter(follow_ups::created_at.ge(since))
        .order(follow_ups::id)
        .select((follow_ups::id, follow_ups::created_at))
        .load(conn)?;
    happened.extend(created.into_iter().map(|(id, at)| ("follow_up.created", id, at)));
    happened.retain(|(_, _, at)| *at >= since);
    Ok(happened)
}

/// Which events of which subjects a webhook has a delivery for.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn known(conn: &mut Conn, webhook: &str, since: i64) -> Result<Vec<(String, String)>, StoreError> {
    Ok(deliveries::table
        .filter(deliveries::webhook.eq(webhook))
        .filter(deliveries::happened_at.ge(since))
        .select((deliveries::event, deliveries::subject))
        .load(conn)?)
}

/// Adds a delivery, unless the webhook has one of that event and subject.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn insert_delivery(conn: &mut Conn, row: &DeliveryRow) -> Result<bool, StoreError> {
    let added = each!(conn, c => diesel::insert_into(deliveries::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Whether any delivery is due.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn any_due(conn: &mut Conn, now: i64) -> Result<bool, StoreError> {
    let due = deliveries::table
        .filter(deliveries::state.eq_any(["waiting", "sending"]))
        .filter(deliveries::due_at.le(now));
    Ok(diesel::select(diesel::dsl::exists(due)).get_result(conn)?)
}

/// Takes at most `limit` deliveries that are due, as `outbox::take_due` does with mails.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn take_due(conn: &mut Conn, now: i64, until: i64, limit: i64) -> Result<Vec<DeliveryRow>, StoreError> {
    macro_rules! due {
        () => {
            deliveries::table
                .filter(deliveries::state.eq_any(["waiting", "sending"]))
                .filter(deliveries::due_at.le(now))
                .order(deliveries::due_at)
                .limit(limit)
                .select(DeliveryRow::as_select())
        };
    }
    let rows: Vec<DeliveryRow> = match conn {
        Conn::Pg(pg) => due!().for_update().skip_locked().load(pg)?,
        Conn::Sqlite(sqlite) => due!().load(sqlite)?,
    };
    for row in &rows {
        diesel::update(deliveries::table.find(&row.id))
            .set((
                deliveries::state.eq("sending"),
                deliveries::due_at.eq(until),
                deliveries::attempts.eq(row.attempts + 1),
            ))
            .execute(conn)?;
    }
    Ok(rows)
}

/// Writes how an attempt ended, if that attempt is still the one that counts.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn settle(
    conn: &mut Conn,
    id: &str,
    attempt: i32,
    state: &str,
    due_at: i64,
    told: &str,
) -> Result<bool, StoreError> {
    let mine = deliveries::id
        .eq(id)
        .and(deliveries::state.eq("sending"))
        .and(deliveries::attempts.eq(attempt));
    let changed = diesel::update(deliveries::table.filter(mine))
        .set((
            deliveries::state.eq(state),
            deliveries::due_at.eq(due_at),
            deliveries::told.eq(told),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// The newest deliveries of a webhook, at most `limit`.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn deliveries_of(conn: &mut Conn, webhook: &str, limit: i64) -> Result<Vec<DeliveryRow>, StoreError> {
    Ok(deliveries::table
        .filter(deliveries::webhook.eq(webhook))
        .order((deliveries::happened_at.desc(), deliveries::id))
        .limit(limit)
        .select(DeliveryRow::as_select())
        .load(conn)?)
}
