//! Sessions: signing in, refreshing, signing out, and who speaks now.
//!
//! A session lives twelve hours from sign-in, a working day. Its refresh token is exchanged at every use. The one
//! before stays good for sixty seconds, because a browser sends requests in parallel and replies get lost; it is
//! answered with the *same* successor, since a successor is computed from its predecessor under the server's key.
//! Anything older is a token that somebody copied: the session ends.

use hmac::Mac;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::password::PasswordHash;
use super::tokens::{Keys, keyed};
use super::{Actor, Email, IdentityError, audit, random_id, random_text, users};
use crate::store::sessions::{self as rows, SessionRow};
use crate::store::users::{self as user_rows, UserRow};
use crate::store::{Conn, StoreError};

/// How long a session can be refreshed, counted from sign-in.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// How long the refresh token before the current one is still answered.
pub const GRACE: SignedDuration = SignedDuration::from_secs(60);

/// What a sign-in is compared against. Absent users and disabled ones have none.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user's id.
    pub user: String,
    /// What the password must match.
    pub password: PasswordHash,
}

/// A session that just began or was refreshed: the tokens to hand out.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The session's id.
    pub session: String,
    /// Good for [`super::tokens::LIFETIME`].
    pub access: String,
    /// Good once, until the session ends.
    pub refresh: String,
    /// When the session ends.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// What a refresh led to. Not an error: ending a session whose token was copied is a change that must be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// Go on with these.
    Tokens(Tokens),
    /// The session is over; sign in again.
    Ended,
}

/// The account that somebody claims to have, if it exists and is enabled.
///
/// # Errors
/// [`IdentityError::Store`] when the database fails.
pub fn account(conn: &mut Conn, email: &Email) -> Result<Option<Account>, IdentityError> {
    Ok(user_rows::by_email(conn, email.as_str())?
        .filter(|user| !user.disabled)
        .map(|user| Account {
            user: user.id,
            password: PasswordHash::from_stored(user.password_hash),
        }))
}

/// Begins a session for somebody whose password was right.
///
/// # Errors
/// [`IdentityError::NoSuchUser`] when they were removed or disabled meanwhile.
pub fn sign_in(conn: &mut Conn, keys: &Keys, user: &str, now: Timestamp) -> Result<Tokens, IdentityError> {
    rows::delete_expired(conn, now.as_millisecond())?;
    let user = user_rows::by_id(conn, user)?
        .filter(|row| !row.disabled)
        .ok_or_else(|| IdentityError::NoSuchUser(user.to_owned()))?;
    let session = random_id()?;
    let refresh = format!("{session}.{}", random_text::<32>()?);
    let expires_at = now + LIFETIME;
    rows::insert(
        conn,
        &SessionRow {
            id: session.clone(),
            user_id: user.id.clone(),
            refresh_hash: digest(&refresh),
            previous_hash: None,
            refreshed_at: now.as_millisecond(),
            expires_at: expires_at.as_millisecond(),
            revoked: false,
        },
    )?;
    let actor = actor_from(conn, &session, user)?;
    audit::record(conn, &actor, "session.begin", &actor.email, "", now)?;
    Ok(Tokens {
        access: keys.issue(&actor.user, &session, now)?,
        session,
        refresh,
        expires_at,
    })
}

/// Exchanges a refresh token.
///
/// # Errors
/// [`IdentityError::Store`] when the database fails. A bad token is [`Refreshed::Ended`].
pub fn refresh(
    conn: &mut Conn,
    keys: &Keys,
    token: &str,
    now: Timestamp,
) -> Result<Refreshed, IdentityError> {
    let Some((session, user)) = living(conn, token.split_once('.').map_or("", |(id, _)| id), now)? else {
        return Ok(Refreshed::Ended);
    };
    let given = digest(token);
    let successor = successor(keys, &session.id, token);
    let is_current = same(&given, &session.refresh_hash);
    let in_grace = session
        .previous_hash
        .as_deref()
        .is_some_and(|previous| same(&given, previous))
        && now.as_millisecond() - session.refreshed_at < i64::try_from(GRACE.as_millis()).unwrap_or(0);
    if is_current {
        rows::rotate(
            conn,
            &session.id,
            &given,
            &digest(&successor),
            now.as_millisecond(),
        )?;
    } else if !in_grace {
        rows::revoke(conn, &session.id)?;
        let actor = actor_from(conn, &session.id, user)?;
        audit::record(
            conn,
            &actor,
            "session.reuse",
            &actor.email,
            "a used refresh token came back",
            now,
        )?;
        return Ok(Refreshed::Ended);
    }
    Ok(Refreshed::Tokens(Tokens {
        access: keys.issue(&user.id, &session.id, now)?,
        refresh: successor,
        expires_at: instant(session.expires_at)?,
        session: session.id,
    }))
}

/// Ends the session that speaks.
///
/// # Errors
/// [`IdentityError::Store`] when the database fails.
pub fn revoke(conn: &mut Conn, actor: &Actor, now: Timestamp) -> Result<(), IdentityError> {
    rows::revoke(conn, &actor.session)?;
    audit::record(conn, actor, "session.end", &actor.email, "", now)
}

/// Who speaks in this session now; `None` when it ended or its user was disabled.
///
/// # Errors
/// [`IdentityError::Store`] when the database fails.
pub fn speaker(conn: &mut Conn, session: &str, now: Timestamp) -> Result<Option<Actor>, IdentityError> {
    match living(conn, session, now)? {
        None => Ok(None),
        Some((session, user)) => actor_from(conn, &session.id, user).map(Some),
    }
}

fn living(
    conn: &mut Conn,
    session: &str,
    now: Timestamp,
) -> Result<Option<(SessionRow, UserRow)>, IdentityError> {
    Ok(rows::with_user(conn, session)?.filter(|(session, user)| {
        !session.revoked && !user.disabled && now.as_millisecond() < session.expires_at
    }))
}

fn actor_from(conn: &mut Conn, session: &str, user: UserRow) -> Result<Actor, IdentityError> {
    Ok(Actor {
        roles: users::roles_of(conn, &user.id)?,
        user: user.id,
        name: user.name,
        email: user.email,
        session: session.to_owned(),
    })
}

/// The token after this one. Nobody without the server's key can tell it from a random one.
fn successor(keys: &Keys, session: &str, token: &str) -> String {
    use base64::Engine as _;
    let key = keys.derived("rapport refresh token v1");
    let next = keyed(&key).chain_update(token.as_bytes()).finalize().into_bytes();
    format!(
        "{session}.{}",
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(next)
    )
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn same(one: &[u8], two: &[u8]) -> bool {
    one.ct_eq(two).into()
}

fn instant(milliseconds: i64) -> Result<Timestamp, IdentityError> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| {
        IdentityError::Store(StoreError::Corrupt {
            what: "time",
            problem: error.to_string(),
        })
    })
}
