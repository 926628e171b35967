//! `rapport mail`: whether mail can be sent, and mail that came back.

use std::sync::Arc;

use super::{Context, Failure, Outcome, output};
use crate::clock;
use crate::identity::Actor;
use crate::identity::tokens::Keys;
use crate::post::smtp::Relay;
use crate::post::webhook::Courier;
use crate::post::{Post, PostError, PostKeys, stops};
use crate::texts::Texts;

/// What can be done with mail.
#[derive(Debug, clap::Subcommand)]
pub enum MailCommand {
    /// Send a mail that shows that mail arrives, and tell what the mail server said.
    #[command(
        after_help = "Example:\n  rapport mail test ann@dit.gov --smtp-url smtp://me:secret@mail.dit.gov \\\n    \
        --mail-from 'Survey <survey@dit.gov>'"
    )]
    Test(Address),
    /// Note that mail to an address came back: no reminder goes there.
    #[command(after_help = "Example:\n  rapport mail bounced gone@dot.gov")]
    Bounced(Address),
}

/// An address.
#[derive(Debug, clap::Args)]
pub struct Address {
    /// Such as ann@dit.gov.
    address: String,
}

/// Runs a command about mail.
///
/// # Errors
/// [`Failure`] with the remedy.
pub async fn run(context: &Context, command: MailCommand) -> Outcome {
    match command {
        MailCommand::Test(args) => test(context, &args.address).await,
        MailCommand::Bounced(args) => bounced(context, args.address).await,
    }
}

async fn test(context: &Context, address: &str) -> Outcome {
    let config = &context.config;
    let relay = config.mail.as_ref().map(Relay::new).transpose()?;
    let base = match &config.public_url {
        Some(url) => url.as_str().to_owned(),
        None => format!("http://{}", config.listen),
    };
    let texts = Texts::load().map_err(|error| Failure::System(error.to_string()))?;
    let post = Post::new(
        context.existing_store().await?,
        Arc::new(texts),
        PostKeys::new(&Keys::new(config.secret()?.bytes())),
        relay,
        Courier::new(&[]),
        &base,
        Arc::new(clock::now),
    );
    post.test(&Actor::operator(), address).await?;
    output::say!("the mail server took a test mail to {address}");
    Ok(())
}

async fn bounced(context: &Context, address: String) -> Outcome {
    let (store, now) = (context.existing_store().await?, clock::now());
    let is_new = store
        .write(move |conn| stops::bounced(conn, &Actor::operator(), &address, now))
        .await?;
    output::say!(
        "{}",
        if is_new {
            "noted: no reminder goes to that address"
        } else {
            "that was known already"
        }
    );
    Ok(())
}

impl From<PostError> for Failure {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Store(error) => error.into(),
            PostError::Server(_) | PostError::NotTaken(_) => Self::System(error.to_string()),
            other => Self::Input(other.to_string()),
        }
    }
}
