//! How often a client may be wrong: with invitation codes, and with passwords.
//!
//! | what | allowed | then |
//! | --- | --- | --- |
//! | codes that nobody has | [`WRONG_CODES`] at once, one more each second | 429 instead of 404 |
//! | failed sign-ins | [`WRONG_PASSWORDS`] at once, one more each 30 seconds | 429 before any password is compared |
//!
//! **A code that somebody has is never limited**, whoever else was wrong behind the same proxy: thousands of people
//! answer in the hour after the mail, from one address. A code has 128 random bits and cannot be guessed, so
//! the limit protects the machine and the log, not the code. Passwords can be guessed; their limit by account
//! is in `identity::attempts`, and this one keeps a single client from trying many accounts.
//!
//! **Addresses are not kept.** A client is known by a hash of its address under a random salt. The salt lives in memory
//! only and is replaced every hour, and all counts are forgotten with it. The addresses of one IPv6 network
//! (/64) count as one client, since one machine may use them all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::problem::{PageProblem, Problem, wants_json};
use super::{App, answering};

/// So many unknown codes a client may send at once. An office of thousands mistypes less.
pub const WRONG_CODES: u32 = 60;

/// So many failed sign-ins a client may have at once. A CIO office behind one proxy fails less.
pub const WRONG_PASSWORDS: u32 = 100;

/// How long one wrong code takes to be forgotten.
const CODE_RECOVERS: Duration = Duration::from_secs(1);

/// How long one failed sign-in takes to be forgotten.
const PASSWORD_RECOVERS: Duration = Duration::from_secs(30);

/// How long a salt lives.
const SALT_LIVES: Duration = Duration::from_secs(3600);

/// So many clients are remembered at the most; beyond it all are forgotten, so that memory stays bounded.
const REMEMBERED: usize = 50_000;

/// The memory of who was wrong lately.
#[derive(Debug)]
pub struct Limits {
    codes: Bucket,
    passwords: Bucket,
    /// Whether a proxy puts the client's address last into `X-Forwarded-For`.
    behind_proxy: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(false)
    }
}

impl Limits {
    /// Nobody was wrong yet.
    #[must_use]
    pub fn new(behind_proxy: bool) -> Self {
        Self {
            codes: Bucket::new(WRONG_CODES, CODE_RECOVERS),
            passwords: Bucket::new(WRONG_PASSWORDS, PASSWORD_RECOVERS),
            behind_proxy,
        }
    }

    fn client(&self, request: &ServiceRequest) -> Option<IpAddr> {
        let peer = request.peer_addr().map(|address| address.ip());
        if !self.behind_proxy {
            return peer;
        }
        let forwarded = request.headers().get_all("x-forwarded-for").last();
        let last = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        last.or(peer)
    }
}

/// What a request can be wrong with.
enum Wrong {
    Code,
    Password,
}

impl Wrong {
    fn of(request: &ServiceRequest) -> Option<Self> {
        let path = request.path();
        if matches!(path, "/sign-in" | "/api/v1/sessions") && request.method() == Method::POST {
            return Some(Self::Password);
        }
        let takes_code = answering::is_private(path) && !path.starts_with("/static/");
        takes_code.then_some(Self::Code)
    }
}

/// Counts wrong codes and failed sign-ins, and refuses those of a client that has too many.
///
/// # Errors
/// Those of the service inside.
pub async fn guard<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let (Some(wrong), Some(app)) = (Wrong::of(&request), app) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let client = app.limits.client(&request);
    let bucket = match wrong {
        Wrong::Code => &app.limits.codes,
        Wrong::Password => &app.limits.passwords,
    };
    if let (Wrong::Password, Err(wait)) = (&wrong, bucket.has_room(client)) {
        let refusal = refusal(request.request(), wait);
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    let response = next.call(request).await?;
    let failed = match wrong {
        Wrong::Code => response.status() == StatusCode::NOT_FOUND,
        Wrong::Password => response.status() == StatusCode::UNAUTHORIZED,
    };
    if failed && let Err(wait) = bucket.add(client) {
        let refusal = refusal(response.request(), wait);
        return Ok(response.into_response(refusal).map_into_right_body());
    }
    Ok(response.map_into_left_body())
}

fn refusal(request: &actix_web::HttpRequest, wait: Duration) -> actix_web::HttpResponse {
    let seconds = u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX);
    let problem = Problem::too_many(
        format!("too many wrong attempts came from your network; try again in {seconds} s"),
        seconds,
    );
    if wants_json(request) {
        actix_web::HttpResponse::from_error(problem)
    } else {
        actix_web::HttpResponse::from_error(PageProblem(problem))
    }
}

/// Leaky buckets by client: each wrong attempt fills one step, and time empties it.
#[derive(Debug)]
struct Bucket {
    holds: u32,
    recovers: Duration,
    clients: Mutex<Clients>,
}

#[derive(Debug)]
struct Clients {
    salt: [u8; 32],
    since: Instant,
    /// When the bucket of a client will be empty.
    empty_at: HashMap<[u8; 16], Instant>,
}

impl Bucket {
    fn new(holds: u32, recovers: Duration) -> Self {
        Self {
            holds,
            recovers,
            clients: Mutex::new(Clients::fresh()),
        }
    }

    /// Whether one more would fit; otherwise how long until it does.
    fn has_room(&self, client: Option<IpAddr>) -> Result<(), Duration> {
        self.look(client, false)
    }

    /// Counts one more; when it does not fit, how long until it would.
    fn add(&self, client: Option<IpAddr>) -> Result<(), Duration> {
        self.look(client, true)
    }

    fn look(&self, client: Option<IpAddr>, counts: bool) -> Result<(), Duration> {
        let Some(client) = client else { return Ok(()) };
        let now = Instant::now();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(clients.since) > SALT_LIVES || clients.empty_at.len() > REMEMBERED {
            *clients = Clients::fresh();
        }
        let key = clients.key(client);
        let empty_at = clients.empty_at.get(&key).copied().unwrap_or(now).max(now);
        let full_at = now + self.recovers * self.holds.saturating_sub(1);
        if empty_at > full_at {
            return Err(empty_at - full_at);
        }
        if counts {
            clients.empty_at.insert(key, empty_at + self.recovers);
        }
        Ok(())
    }
}

impl Clients {
    /// Without randomness the salt is the same for all; the counts are still no addresses on any disk.
    fn fresh() -> Self {
        let mut salt = [0; 32];
        if getrandom::fill(&mut salt).is_err() {
            tracing::warn!("the operating system gives no randomness for the salt of the limits");
        }
        Self {
            salt,
            since: Instant::now(),
            empty_at: HashMap::new(),
        }
    }

    fn key(&self, client: IpAddr) -> [u8; 16] {
        let network = match client.to_canonical() {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            IpAddr::V6(address) => address.to_bits() >> 64 << 64,
        };
        let digest = Sha256::new()
            .chain_update(self.salt)
            .chain_update(network.to_be_bytes())
            .finalize();
        let mut key = [0; 16];
        key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_fills_refuses_and_empties_with_time() {
        let bucket = Bucket::new(3, Duration::from_secs(10));
        for _ in 0..3 {
            bucket.add(client("192.0.2.1")).unwrap();
        }
        let wait = bucket.add(client("192.0.2.1")).unwrap_err();
        assert_eq!(
            (wait, bucket.add(client("192.0.2.2"))),
            (Duration::from_secs(10), Ok(()))
        );
        tokio::time::advance(wait).await;
        assert_eq!(bucket.add(client("192.0.2.1")), Ok(()));
        assert!(bucket.has_room(client("192.0.2.1")).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn one_ipv6_network_is_one_client_and_no_address_is_kept() {
        let bucket = Bucket::new(1, Duration::from_secs(10));
        bucket.add(client("2001:db8::1")).unwrap();
        assert!(bucket.add(client("2001:db8::2")).is_err());
        bucket.add(client("2001:db8:0:1::1")).unwrap();
        bucket.add(client("192.0.2.77")).unwrap();
        let kept = format!("{:?}", bucket.clients.lock().unwrap().empty_at);
        assert!(!kept.contains("192, 0, 2, 77"), "{kept}");
    }

    #[tokio::test(start_paused = true)]
    async fn counts_are_forgotten_with_their_salt() {
        let bucket = Bucket::new(1, Duration::from_secs(100_000));
        bucket.add(client("192.0.2.1")).unwrap();
        let before = bucket.clients.lock().unwrap().salt;
        tokio::time::advance(SALT_LIVES + Duration::from_secs(1)).await;
        bucket.add(client("192.0.2.1")).unwrap();
        assert_ne!(before, bucket.clients.lock().unwrap().salt);
    }
}
