//! `rapport serve`.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use super::background::Background;
use super::{Context, Failure, Outcome, output};
use crate::config::Config;
use crate::identity::password;
use crate::post::Stop;
use crate::post::smtp::Relay;
use crate::store::Store;
use crate::web::app::Interface;
use crate::web::app::PublicUrl;
use crate::web::limits::Limits;
use crate::web::metrics::{Access, Metrics};
use crate::web::{self, App};

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
        output::say!("Rapport listens on {address}")
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
    let interface = Interface::load().map_err(|error| Failure::System(error.to_string()))?;
    let mut app = App::new(store, secret.bytes(), public_url, interface)
        .with_post(relay, &context.config.webhook_networks);
    app = app.with_keyring(context.keyring()?);
    app.limits = Arc::new(Limits::new(context.config.behind_proxy));
    app.metrics = Arc::new(Metrics::new(metrics_access(&context.config)));
    let warming = actix_web::rt::task::spawn_blocking(password::prepare);
    let tally = app.tally.clone();
    let background = Background::new(app.store.clone(), app.intake.keyring().cloned())
        .ok_or_else(|| Failure::System("the operating system gives no randomness".to_owned()))?;
    let working = actix_web::rt::spawn(background.clone().run());
    let (post, stop) = (app.post.clone(), Stop::default());
    let told = stop.clone();
    let posting = actix_web::rt::spawn(async move { post.work(&told).await });
    let running = web::serve(listener, app, context.config.workers).map_err(failed)?;
    drop(warming);
    ready(&shown);
    let ended = running.server.await;
    working.abort();
    stop.now();
    // Mails that are under way come to their end; those that are not begun are given back.
    drop(tokio::time::timeout(LAST_POST, posting).await);
    background.hand_over().await;
    tally.finish();
    ended.map_err(failed)
}

/// Behind a proxy everybody seems to come from this machine, so there a token is needed.
fn metrics_access(config: &Config) -> Access {
    match (&config.metrics_token, &config.public_url) {
        (Some(token), _) => Access::Token(token.clone()),
        (None, None) if !config.behind_proxy => Access::ThisMachine,
        (None, _) => Access::Nobody,
    }
}
