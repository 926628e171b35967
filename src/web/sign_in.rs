//! From an address and a password to a session: the one path behind the API and the page.
//!
//! Comparing a password costs tens of milliseconds and 19 MiB on purpose. It runs on a blocking thread, only
//! [`AT_ONCE`] at a time, and never inside a transaction. An address that nobody has costs the same time.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::App;
use super::codes::Code;
use super::problem::Problem;
use crate::identity::Email;
use crate::identity::attempts::Attempts;
use crate::identity::password::{self, PasswordHash};
use crate::identity::sessions::{self, Account, Tokens};

/// So many passwords are hashed or compared at a time.
const AT_ONCE: usize = 4;

/// Whoever waits longer than this for a turn is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// Limits how often and how many at once passwords are compared.
#[derive(Debug)]
pub struct Doorkeeper {
    attempts: Attempts,
    turns: Semaphore,
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self {
            attempts: Attempts::default(),
            turns: Semaphore::new(AT_ONCE),
        }
    }
}

impl Doorkeeper {
    /// Runs argon2 work when it is its turn.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Problem::busy());
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Problem::internal(&error))
    }
}

/// Signs somebody in.
///
/// # Errors
/// A [`Problem`]: 401 `wrong-password` (whether or not the address exists), 429 after too many failures, 503.
pub async fn sign_in(app: &App, email: &str, password: &str, now: Timestamp) -> Result<Tokens, Problem> {
    // What cannot be an address belongs to nobody; the answer is the same.
    let Ok(email) = email.parse::<Email>() else {
        return Err(wrong());
    };
    app.doorkeeper.attempts.admit(&email, now).map_err(|too_many| {
        let minutes = too_many.retry_after.div_ceil(60);
        Problem::too_many(
            format!("too many failed attempts for this address; try again in {minutes} min"),
            too_many.retry_after,
        )
    })?;
    let asked = email.clone();
    let account: Option<Account> = app
        .store
        .read(move |conn| sessions::account(conn, &asked))
        .await?;
    let (given, kept) = (
        password.to_owned(),
        account.as_ref().map(|account| account.password.clone()),
    );
    let right = app
        .doorkeeper
        .in_turn(move || password::verify(&given, kept.as_ref()))
        .await?;
    let Some(account) = account.filter(|_| right) else {
        return Err(wrong());
    };
    app.doorkeeper.attempts.clear(&email);
    let keys = app.keys.clone();
    Ok(app
        .store
        .write(move |conn| sessions::sign_in(conn, &keys, &account.user, now))
        .await?)
}

/// Hashes a new password when it is its turn.
///
/// # Errors
/// A [`Problem`]: 422 when it is too short or too long, 503 when too many wait.
pub async fn hash_password(app: &App, password: &str) -> Result<PasswordHash, Problem> {
    let password = password.to_owned();
    let hashed = app.doorkeeper.in_turn(move || password::hash(&password)).await?;
    Ok(hashed?)
}

fn wrong() -> Problem {
    Problem::new(
        Code::WrongPassword,
        "check both and try again; after five failures the address waits for fifteen minutes",
    )
}
