//! `rapport demo`: a state with two years of history, made in seconds and then served.

use std::path::PathBuf;
use std::time::Instant;

use super::{Context, Failure, Outcome, output, serve};
use crate::clock;
use crate::config::{Config, Given, Secret};
use crate::demo::{self, DemoError, Guide, Size};
use crate::identity::random_text;
use crate::round::Keyring;
use crate::store::Store;

/// Makes a demonstration and serves it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Make the state and stop, without serving it.
    #[arg(long)]
    pub only_build: bool,
    /// The password of the demo's sign-ins [default: a fresh random one].
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "RAPPORT_DEMO_PASSWORD",
        hide_env_values = true
    )]
    pub password: Option<String>,
}

/// The demo lives in a folder of its own that is thrown away with it, unless somebody says where.
///
/// # Errors
/// [`Failure::System`] when there is no temporary folder or no randomness.
pub fn settle(given: &mut Given) -> Result<Option<Throwaway>, Failure> {
    if given.data_dir.is_some() || given.database_url.is_some() {
        return Ok(None);
    }
    let folder = Throwaway::new()?;
    given.data_dir = Some(folder.0.clone());
    Ok(Some(folder))
}

/// Makes the state, tells where to look, and serves it until the process is told to stop.
///
/// # Errors
/// [`Failure::Input`] when the database is not empty, [`Failure::System`] otherwise.
pub async fn run(mut context: Context, args: Args) -> Outcome {
    settle_secrets(&mut context.config)?;
    let keyring = context.keyring()?;
    let store = context.store().await?;
    // Taken before the work, so that a port in use is told at once.
    let listener = if args.only_build {
        None
    } else {
        Some(serve::bind(&context)?)
    };
    let password = match args.password {
        Some(password) => password,
        None => random_text::<9>().map_err(|error| Failure::System(error.to_string()))?,
    };
    let guide = build(&store, keyring, &password).await?;
    let Some(listener) = listener else {
        output::say!("{}", told(&guide, "(not served)", &context));
        return Ok(());
    };
    serve::serve(&context, store, listener, |address| {
        output::say!("{}", told(&guide, address, &context))
    })
    .await
}

/// A demo on PostgreSQL needs no secrets of its own that last: its sessions and its signing keys end with it.
fn settle_secrets(config: &mut Config) -> Result<(), Failure> {
    if config.database_url.is_none() {
        return Ok(());
    }
    for secret in [&mut config.secret, &mut config.key_secret] {
        if secret.is_none() {
            let text = random_text::<32>().map_err(|error| Failure::System(error.to_string()))?;
            *secret = Some(Secret::new(&text, "the demo's secret")?);
        }
    }
    Ok(())
}

async fn build(store: &Store, keyring: Option<Keyring>, password: &str) -> Result<Guide, Failure> {
    let started = Instant::now();
    let bar = output::bar("{bar:40} {pos}/{len} responses  {elapsed} (about {eta} left)");
    let built = demo::build(store, keyring, Size::Full, password, clock::now(), |done, all| {
        bar.set_length(output::count(all));
        bar.set_position(output::count(done));
    });
    let guide = built.await?;
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    output::say!(
        "Two years of a state in {seconds:.1} s: 24 agencies, 10 sealed rounds, {} responses.",
        guide.responses
    );
    Ok(guide)
}

/// Where to look, and how to sign in.
fn told(guide: &Guide, address: &str, context: &Context) -> String {
    let mut text = format!(
        "\nOpen      {address}/\nAnswer    {address}/i/{}\n          {address}/i/{}  (as a leader, by name)\n",
        guide.invitation, guide.attributed_invitation
    );
    text.push_str(&format!(
        "Sign in   {address}/sign-in with the password  {}\n",
        guide.password
    ));
    for (role, email) in &guide.sign_ins {
        text.push_str(&format!("          {email:<28} {role}\n"));
    }
    let kept = match &context.config.database_url {
        Some(url) => url.to_string(),
        None => context.config.data_dir.display().to_string(),
    };
    text.push_str(&format!("Data      {kept}\nStop with Ctrl-C."));
    text
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::NotEmpty => Self::Input(error.to_string()),
            DemoError::Store(error) => error.into(),
            DemoError::Refused { .. } => Self::System(error.to_string()),
        }
    }
}

/// A temporary folder, removed when the demo ends in an orderly way.
#[derive(Debug)]
pub struct Throwaway(PathBuf);

impl Throwaway {
    fn new() -> Result<Self, Failure> {
        let name = random_text::<9>().map_err(|error| Failure::System(error.to_string()))?;
        let folder = std::env::temp_dir().join(format!("rapport-demo-{}", &name));
        std::fs::create_dir(&folder)
            .map_err(|error| Failure::System(format!("cannot create {}: {error}", folder.display())))?;
        Ok(Self(folder))
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own cleaning of temporary folders.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
