//! `rapport serve`.

use std::net::TcpListener;
use std::time::Duration;

use tracing::{info, warn};

use super::{Context, Failure, Outcome};
use crate::clock;
use crate::identity::password;
use crate::post::Stop;
use crate::post::smtp::Relay;
use crate::round;
use crate::store::Store;
use crate::web::app::PublicUrl;
use crate::web::{self, App};

/// How often the clock is asked whether a round is due.
const TICK: Duration = Duration::from_secs(15);

/// How long the post may take to come to its end.
const LAST_POST: Duration = Duration::from_secs(20);

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
    let relay = context.config.mail.as_ref().map(Relay::new).transpose();
    let relay = relay.map_err(|error| Failure::Input(error.to_string()))?;
    let app = App::new(store, secret.bytes(), public_url)
        .map_err(|error| Failure::System(error.to_string()))?
        .with_post(relay, &context.config.webhook_networks);
    let warming = actix_web::rt::task::spawn_blocking(password::prepare);
    let tally = app.tally.clone();
    let ticking = actix_web::rt::spawn(keep_time(app.store.clone()));
    let (post, stop) = (app.post.clone(), Stop::default());
    let told = stop.clone();
    let posting = actix_web::rt::spawn(async move { post.work(&told).await });
    let running = web::serve(listener, app, context.config.workers).map_err(failed)?;
    drop(warming);
    ready(&shown);
    let ended = running.server.await;
    ticking.abort();
    stop.now();
    // Mails that are under way come to their end; those that are not begun are given back.
    drop(tokio::time::timeout(LAST_POST, posting).await);
    tally.finish();
    ended.map_err(failed)
}

/// Opens and closes rounds on time for as long as the server runs. Several instances may do so at once: a step that
/// another has taken is not taken again. Answers after the time of closing are refused without it.
async fn keep_time(store: Store) {
    let mut tick = tokio::time::interval(TICK);
    loop {
        tick.tick().await;
        match store.write(|conn| round::advance(conn, clock::now())).await {
            Ok(steps) => steps
                .iter()
                .for_each(|step| info!(?step, "a round went on by its schedule")),
            Err(error) => warn!(%error, "rounds could not be opened or closed on time; trying again"),
        }
    }
}
