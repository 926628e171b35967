//! The HTTP client that calls webhooks: to addresses that may be called, once a delivery, following nobody elsewhere.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use super::reach::may_call;
use super::sign::signature;
use crate::config::Network;
use crate::store::webhooks::{DeliveryRow, WebhookRow};

/// In which a receiver must have answered.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of the body of an answer, which says nothing to us, at most so much is read.
const READ: u64 = 16 * 1024;

/// Calls webhooks.
#[derive(Clone)]
pub struct Courier {
    agent: Agent,
    allowed: Arc<[Network]>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// The receiver answered with a 2xx status.
    Taken,
    /// Another time.
    Later(String),
    /// The receiver is gone (410), or may not be called.
    Never(String),
}

/// A call that is to be made.
#[derive(Debug, Clone)]
pub struct Call {
    url: String,
    id: String,
    seconds: i64,
    signature: String,
    body: String,
}

impl Call {
    /// A delivery, signed at this time.
    #[must_use]
    pub fn new(hook: &WebhookRow, delivery: &DeliveryRow, key: &[u8; 32], now: Timestamp) -> Self {
        let seconds = now.as_second();
        Self {
            url: hook.url.clone(),
            id: delivery.id.clone(),
            seconds,
            signature: signature(key, &delivery.id, seconds, &delivery.body),
            body: delivery.body.clone(),
        }
    }
}

impl Courier {
    /// One that may call the public internet and these networks.
    #[must_use]
    pub fn new(allowed: &[Network]) -> Self {
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .max_idle_connections(0)
            .user_agent("rapport-webhooks")
            .build();
        let allowed: Arc<[Network]> = allowed.into();
        let resolver = Guarded {
            inner: DefaultResolver::default(),
            allowed: Arc::clone(&allowed),
        };
        Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), resolver),
            allowed,
        }
    }

    /// The networks that were named.
    #[must_use]
    pub fn allowed(&self) -> &[Network] {
        &self.allowed
    }

    /// Makes a call, off this thread.
    pub async fn call(&self, call: Call) -> Delivered {
        let agent = self.agent.clone();
        let calling = tokio::task::spawn_blocking(move || make(&agent, &call));
        calling
            .await
            .unwrap_or_else(|error| Delivered::Later(error.to_string()))
    }
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier")
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}

fn make(agent: &Agent, call: &Call) -> Delivered {
    let sent = agent
        .post(&call.url)
        .header("content-type", "application/json")
        .header("webhook-id", &call.id)
        .header("webhook-timestamp", call.seconds.to_string())
        .header("webhook-signature", &call.signature)
        .send(&call.body);
    match sent {
        Ok(mut response) => {
            let status = response.status().as_u16();
            let mut unread = Vec::new();
            // What it says does not matter; that it is read lets the other side finish.
            let _read = response
                .body_mut()
                .as_reader()
                .take(READ)
                .read_to_end(&mut unread);
            match status {
                200..=299 => Delivered::Taken,
                410 => Delivered::Never("the receiver answered 410: it is gone".to_owned()),
                _ => Delivered::Later(format!("the receiver answered {status}")),
            }
        }
        Err(Error::HostNotFound) => {
            Delivered::Later("the name leads to no address that may be called".to_owned())
        }
        Err(error) => Delivered::Later(error.to_string().chars().take(200).collect()),
    }
}

/// Resolves names and forgets the addresses that may not be called. It is asked for every connection.
#[derive(Debug)]
struct Guarded {
    inner: DefaultResolver,
    allowed: Arc<[Network]>,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let mut kept = self.empty();
        for address in found
            .iter()
            .filter(|address| may_call(address.ip(), &self.allowed))
        {
            kept.push(*address);
        }
        if kept.is_empty() {
            Err(Error::HostNotFound)
        } else {
            Ok(kept)
        }
    }
}
