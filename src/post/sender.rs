//! The work in the background: in passes, each of which finds everything that is due and does it.
//!
//! Any number of processes may do this at once. What must happen once is held by the tables (see the room), so a pass
//! needs no leader; two processes share the mails and are twice as fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::message::{self, Envelope};
use super::outbox::{self, Content, Parcel, Taken, Taking};
use super::smtp::{Handed, Line, Relay};
use super::webhook::Courier;
use super::{PostError, PostKeys, mailing, webhook, words};
use crate::follow;
use crate::identity::{Actor, Email, audit};
use crate::store::{Store, mailings, outbox as rows};
use crate::texts::Texts;

/// How long the work rests when nothing was due.
const REST: Duration = Duration::from_secs(2);

/// ... and when the database or the mail server was away.
const REST_AFTER_TROUBLE: Duration = Duration::from_secs(15);

/// How many mails a connection takes at once.
const BATCH: i64 = 20;

/// A mail is taken for so many times the time that handing over one may take ...
const TAKEN_FOR: i32 = 5;

/// ... and none is begun that could not be through (connecting included) before somebody else may take it.
const LEAST_LEFT: i32 = 2;

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything that leaving the house needs. Cheap to clone.
#[derive(Clone)]
pub struct Post {
    store: Store,
    texts: Arc<Texts>,
    keys: PostKeys,
    relay: Option<Relay>,
    courier: Courier,
    base: String,
    clock: Clock,
}

/// Tells the work to come to an end: mails that are not begun are given back.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Come to an end.
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was said.
    pub(super) fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post")
            .field("relay", &self.relay)
            .finish_non_exhaustive()
    }
}

impl Post {
    /// Puts it together. `base` is where people reach this server. Without a relay no mail is sent, and what was
    /// ordered waits.
    #[must_use]
    pub fn new(
        store: Store,
        texts: Arc<Texts>,
        keys: PostKeys,
        relay: Option<Relay>,
        courier: Courier,
        base: &str,
        clock: Clock,
    ) -> Self {
        Self {
            store,
            texts,
            keys,
            relay,
            courier,
            base: base.trim_end_matches('/').to_owned(),
            clock,
        }
    }

    /// Whether mail can be sent.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.relay.is_some()
    }

    /// The sentences of mails and letters.
    #[must_use]
    pub fn texts(&self) -> &Arc<Texts> {
        &self.texts
    }

    /// What makes links and signing keys.
    #[must_use]
    pub fn keys(&self) -> &PostKeys {
        &self.keys
    }

    /// Who calls webhooks.
    #[must_use]
    pub fn courier(&self) -> &Courier {
        &self.courier
    }

    /// Works until told to stop.
    pub async fn work(&self, stop: &Stop) {
        while !stop.is_told() {
            let mut rest = REST;
            if let Err(error) = self.pass(stop).await {
                warn!(%error, "the post could not do its work; trying again");
                rest = REST_AFTER_TROUBLE;
            }
            let mut rested = Duration::ZERO;
            while rested < rest && !stop.is_told() {
                tokio::time::sleep(REST / 10).await;
                rested += REST / 10;
            }
        }
    }

    /// One pass: makes what is due, sends what waits, forgets what is over.
    ///
    /// # Errors
    /// The first [`PostError`]; what was sent is settled all the same.
    pub async fn pass(&self, stop: &Stop) -> Result<(), PostError> {
        let now = (self.clock)();
        let (sends, keys) = (self.sends_mail(), self.keys.clone());
        self.store
            .write(move |conn| {
                for (round, made) in follow::make::make_due(conn, now)? {
                    info!(%round, made, "follow-ups were made");
                }
                if sends {
                    mailing::fill_due(conn, now)?;
                    follow::week::order_due(conn, now)?;
                }
                webhook::announce(conn, now)?;
                mailings::forget_closed(conn)?;
                Ok::<_, PostError>(())
            })
            .await?;
        let called = webhook::deliver(&self.store, &self.courier, &keys, &self.clock, stop).await;
        let sent = self.send(stop).await;
        called.and(sent)
    }

    /// Sends every mail that is due, over as many connections as configured.
    ///
    /// # Errors
    /// [`PostError`] of the database, or [`PostError::Server`] when no connection can be had.
    pub async fn send(&self, stop: &Stop) -> Result<(), PostError> {
        let Some(relay) = &self.relay else { return Ok(()) };
        let now = (self.clock)().as_millisecond();
        if !self.store.read(move |conn| rows::any_due(conn, now)).await? {
            return Ok(());
        }
        let workers = (0..relay.config().connections).map(|_| self.send_over_one(relay, stop));
        join_all(workers).await.into_iter().collect()
    }

    async fn send_over_one(&self, relay: &Relay, stop: &Stop) -> Result<(), PostError> {
        let mut line = None;
        let outcome = self.drain(relay, &mut line, stop).await;
        if let Some(line) = line {
            line.close().await;
        }
        outcome
    }

    async fn drain(&self, relay: &Relay, line: &mut Option<Line>, stop: &Stop) -> Result<(), PostError> {
        let patience =
            SignedDuration::try_from(relay.config().timeout).unwrap_or(SignedDuration::from_mins(1));
        loop {
            let until = (self.clock)() + patience * TAKEN_FOR;
            let taken = self.take(until).await?;
            if !taken.any {
                return Ok(());
            }
            let mut waiting = taken.parcels.into_iter();
            while let Some(parcel) = waiting.next() {
                let in_time = (self.clock)() + patience * LEAST_LEFT <= until;
                if stop.is_told() || !in_time {
                    self.give_back(std::iter::once(parcel).chain(waiting)).await?;
                    if stop.is_told() {
                        return Ok(());
                    }
                    break;
                }
                if let Err(refused) = self.hand_over(relay, line, &parcel).await? {
                    // The server is away or wants a rest: what is left waits as long as the first.
                    let rest: Vec<Parcel> = waiting.collect();
                    for parcel in rest {
                        self.settle(parcel, Handed::Later(refused.clone())).await?;
                    }
                    return Err(PostError::Server(refused));
                }
            }
        }
    }

    /// Hands over one mail and settles it. The inner error says that no connection can be had.
    async fn hand_over(
        &self,
        relay: &Relay,
        line: &mut Option<Line>,
        parcel: &Parcel,
    ) -> Result<Result<(), String>, PostError> {
        let mail = match self.mail(relay, parcel) {
            Ok(mail) => mail,
            Err(PostError::Unmade(problem)) => {
                self.settle(parcel.clone(), Handed::Refused(problem)).await?;
                return Ok(Ok(()));
            }
            Err(other) => return Err(other),
        };
        let connected = match line.take() {
            Some(line) => Ok(line),
            None => relay.connect().await,
        };
        let mut connected = match connected {
            Ok(connected) => connected,
            Err(refused) => {
                self.settle(parcel.clone(), Handed::Later(refused.clone()))
                    .await?;
                return Ok(Err(refused));
            }
        };
        let handed = connected.hand_over(&mail).await;
        if !matches!(handed, Handed::Broken(_)) {
            *line = Some(connected);
        }
        self.settle(parcel.clone(), handed).await?;
        Ok(Ok(()))
    }

    fn mail(&self, relay: &Relay, parcel: &Parcel) -> Result<message::Mail, PostError> {
        let letter = match &parcel.content {
            Content::Asked(asked) => words::asked(&self.texts, parcel.lang, asked)?,
            Content::Week(week) => words::week(&self.texts, week, &self.base)?,
        };
        let id = self.keys.message_id(&parcel.seed);
        let envelope = Envelope {
            from: &relay.config().from,
            to: &parcel.to,
            name: &parcel.name,
            id: &id,
            date: parcel.begun_at,
        };
        message::mail(&letter, &envelope)
    }

    async fn take(&self, until: Timestamp) -> Result<Taken, PostError> {
        let keys = self.keys.clone();
        let taking = Taking {
            now: (self.clock)(),
            until,
            limit: BATCH,
            base: self.base.clone(),
        };
        self.store
            .write(move |conn| outbox::take(conn, &keys, &taking))
            .await
    }

    async fn settle(&self, parcel: Parcel, handed: Handed) -> Result<(), PostError> {
        let (now, chance) = ((self.clock)(), chance());
        self.store
            .write(move |conn| outbox::settle(conn, &parcel, &handed, chance, now))
            .await
    }

    async fn give_back(&self, parcels: impl Iterator<Item = Parcel>) -> Result<(), PostError> {
        let (now, parcels) = ((self.clock)(), parcels.collect::<Vec<_>>());
        self.store
            .write(move |conn| {
                parcels
                    .iter()
                    .try_for_each(|parcel| outbox::give_back(conn, parcel, now))
            })
            .await
    }

    /// Sends one mail at once that shows that mail arrives, recorded.
    ///
    /// # Errors
    /// [`PostError::NoServer`], [`PostError::Server`], [`PostError::NotTaken`], each with what the server said.
    pub async fn test(&self, who: &Actor, address: &str) -> Result<(), PostError> {
        let relay = self.relay.as_ref().ok_or(PostError::NoServer)?;
        let address: Email = address.parse()?;
        let letter = words::test(&self.texts, &self.base)?;
        let now = (self.clock)();
        let id = self.keys.message_id(&super::keys::seed()?);
        let envelope = Envelope {
            from: &relay.config().from,
            to: address.as_str(),
            name: "",
            id: &id,
            date: now,
        };
        let mail = message::mail(&letter, &envelope)?;
        let mut line = relay.connect().await.map_err(PostError::Server)?;
        match line.hand_over(&mail).await {
            Handed::Sent => line.close().await,
            Handed::Bounced(told) | Handed::Refused(told) | Handed::Later(told) | Handed::Broken(told) => {
                return Err(PostError::NotTaken(told));
            }
        }
        let who = who.clone();
        self.store
            .write(move |conn| {
                audit::record(conn, &who, "mail.test", "mail", "", now).map_err(PostError::from)
            })
            .await
    }
}

/// A number from 0 to 1 that nobody foresees. Without randomness the middle: waits are then not spread.
pub(super) fn chance() -> f64 {
    let mut bytes = [0_u8; 2];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_be_bytes(bytes)) / f64::from(u16::MAX),
        Err(_) => 0.5,
    }
}
