//! Somebody who may read everything, signed in to the server that is measured.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::{failed, load};
use crate::cli::Failure;
use crate::clock;
use crate::identity::users::{self, NewUser};
use crate::identity::{Actor, IdentityError, Role, password};
use crate::store::Store;

/// Their sign-in. The database is thrown away after the measurement, and its server listens on this machine only.
const EMAIL: &str = "reader@bench.example.gov";

/// Their password.
const PASSWORD: &str = "the reader of a measurement";

/// Adds a reader, unless an earlier run did.
pub async fn reader(store: &Store) -> Result<(), Failure> {
    let password = password::hash(PASSWORD).map_err(failed)?;
    let new = NewUser {
        email: EMAIL.parse().map_err(failed)?,
        name: "Reader".to_owned(),
        password,
        roles: BTreeSet::from([Role::Leadership]),
    };
    let known = store
        .read(users::list)
        .await
        .map_err(|error: IdentityError| failed(error))?;
    if known.iter().any(|user| user.email == EMAIL) {
        return Ok(());
    }
    store
        .write(move |conn| users::add(conn, &Actor::operator(), &new, clock::now()).map(drop))
        .await
        .map_err(failed)
}

/// The cookies of a session.
pub async fn cookie(address: SocketAddr) -> Result<String, Failure> {
    let escaped = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<String>()
    };
    let form = format!("email={}&password={}", escaped(EMAIL), escaped(PASSWORD));
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let answer = load::ask(address, request.as_bytes()).await?;
    let cookies: Vec<&str> = answer
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    if cookies.is_empty() {
        return Err(failed("the measured server let nobody in"));
    }
    Ok(cookies.join("; "))
}
