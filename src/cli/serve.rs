//! `rapport serve`.

use std::net::TcpListener;
use std::time::Duration;

use jiff::Timestamp;
use tracing::{info, warn};

use super::{Context, Failure, Outcome};
use crate::clock;
use crate::identity::password;
use crate::round::{self, Keyring, NewKeys, RoundError, RoundId, RoundState, opening};
use crate::store::{Store, StoreError};
use crate::web::app::PublicUrl;
use crate::web::{self, App};

/// How often the clock is asked whether a round is due.
const TICK: Duration = Duration::from_secs(15);

/// Serves until the process is told to stop.
///
/// # Errors
/// [`Failure`] when the configuration is wrong, the address is taken or the database is away.
pub async fn run(context: &Context) -> Outcome {
    let store = if context.config.migrate {
        context.store().await?
    } else {
        // Serves anyway and says in /readyz what is missing.
        context.store_as_it_is()?
    };
    let listener = bind(context)?;
    serve(context, store, listener, |address| {
        println!("Rapport listens on {address}")
    })
    .await
}

/// Takes the address of the configuration.
///
/// # Errors
/// [`Failure::Input`] when it is taken.
pub fn bind(context: &Context) -> Result<TcpListener, Failure> {
    let address = context.config.listen;
    TcpListener::bind(address).map_err(|error| {
        Failure::Input(format!(
            "cannot listen on {address}: {error}; choose another with --listen, port 0 picks a free one"
        ))
    })
}

/// Serves a store on a listener until the process is told to stop. `ready` is told where people reach it.
///
/// # Errors
/// [`Failure`] when the configuration is wrong or the server fails.
pub async fn serve(
    context: &Context,
    store: Store,
    listener: TcpListener,
    ready: impl FnOnce(&str),
) -> Outcome {
    let failed = |error: std::io::Error| Failure::System(format!("the server failed: {error}"));
    let address = listener.local_addr().map_err(failed)?;
    let public_url = match &context.config.public_url {
        Some(url) => url.clone(),
        None => PublicUrl::of_listener(address),
    };
    let secret = context.config.secret()?;
    let shown = format!("http://{address}");
    let app =
        App::new(store, secret.bytes(), public_url).map_err(|error| Failure::System(error.to_string()))?;
    let app = app.with_keyring(context.keyring()?);
    let warming = actix_web::rt::task::spawn_blocking(password::prepare);
    let tally = app.tally.clone();
    let ticking = actix_web::rt::spawn(keep_time(app.store.clone(), app.intake.keyring().cloned()));
    let running = web::serve(listener, app, context.config.workers).map_err(failed)?;
    drop(warming);
    ready(&shown);
    let ended = running.server.await;
    ticking.abort();
    tally.finish();
    ended.map_err(failed)
}

/// Opens and closes rounds on time for as long as the server runs. Several instances may do so at once: a step that
/// another has taken is not taken again. Answers after the time of closing are refused without it.
async fn keep_time(store: Store, keyring: Option<Keyring>) {
    let mut tick = tokio::time::interval(TICK);
    loop {
        tick.tick().await;
        let now = clock::now();
        let moved = match keys_of_the_due(&store, keyring.as_ref(), now).await {
            Ok(keys) => store.write(move |conn| round::advance(conn, keys, now)).await,
            Err(error) => Err(error),
        };
        match moved {
            Ok(steps) => {
                steps
                    .iter()
                    .for_each(|step| info!(?step, "a round went on by its schedule"));
                if steps.iter().any(|step| step.state == RoundState::Closed) {
                    store.scrub_after("close").await;
                }
            }
            Err(error) => warn!(%error, "rounds could not be opened or closed on time; trying again"),
        }
    }
}

/// The signing keys of the rounds that are due to open, or why there are none.
async fn keys_of_the_due(
    store: &Store,
    keyring: Option<&Keyring>,
    now: Timestamp,
) -> Result<Made, StoreError> {
    let due = store.read(move |conn| round::due_to_open(conn, now)).await?;
    let mut made = Vec::with_capacity(due.len());
    for id in due {
        let keys = opening::keys_for(store, keyring, &id, now, |_, _| ()).await;
        made.push((id, keys));
    }
    Ok(made)
}

type Made = Vec<(RoundId, Result<NewKeys, RoundError>)>;
