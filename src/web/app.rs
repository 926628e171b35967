//! What every handler can reach. Built once, cloned cheaply, passed in: there is no global state.

use std::sync::Arc;

use thiserror::Error;

use super::limits::Limits;
use super::metrics::Metrics;
use super::pages::answer::KeptPages;
use super::piped::Transfers;
use super::recent::Recent;
use super::sign_in::Doorkeeper;
use super::templates::Templates;
use super::texts::{BadTexts, Texts};
use crate::collect::Intake;
use crate::config::Network;
pub use crate::config::PublicUrl;
use crate::identity::tokens::Keys;
use crate::post::smtp::Relay;
use crate::post::webhook::Courier;
use crate::post::{Post, PostKeys};
use crate::report::seals::Seals;
use crate::round::Keyring;
use crate::store::Store;
use crate::telemetry::Tally;

/// What handlers get as `web::Data<App>`.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The one way in for responses, with the prepared forms.
    pub intake: Intake,
    /// Seals under way in this process.
    pub seals: Seals,
    /// The pages' templates.
    pub templates: Arc<Templates>,
    /// Pages on which people answer, as they were made.
    pub kept: Arc<KeptPages>,
    /// The interface's texts by language.
    pub texts: Arc<Texts>,
    /// Signs and reads access tokens; derives keys for other purposes.
    pub keys: Arc<Keys>,
    /// Where people reach this server.
    pub public_url: PublicUrl,
    /// Limits how often and how many at once passwords are compared.
    pub doorkeeper: Arc<Doorkeeper>,
    /// Counts the requests that are not to be logged one by one.
    pub tally: Arc<Tally>,
    /// Mail and webhooks.
    pub post: Post,
    /// Limits how often a client may be wrong.
    pub limits: Arc<Limits>,
    /// Pages of results that were made a moment ago.
    pub recent: Arc<Recent>,
    /// Who may take out single responses at the moment.
    pub transfers: Transfers,
    /// What operators see of all this.
    pub metrics: Arc<Metrics>,
}

/// What kept an [`App`] from being built: always a fault of this binary, found at start.
#[derive(Debug, Error)]
pub enum BuildError {
    /// A template does not parse.
    #[error("template: {0}")]
    Template(String),
    /// A text file does not parse.
    #[error("texts: {0}")]
    Texts(#[from] BadTexts),
}

/// What pages are made of: the same in every installation, so it is read once however many apps a process has.
#[derive(Debug, Clone)]
pub struct Interface {
    texts: Arc<Texts>,
    templates: Arc<Templates>,
}

impl Interface {
    /// Reads what is inside the binary.
    ///
    /// # Errors
    /// [`BuildError`] when a template or a text is broken.
    pub fn load() -> Result<Self, BuildError> {
        let texts = Arc::new(Texts::load()?);
        Ok(Self {
            templates: Arc::new(Templates::load(&texts)?),
            texts,
        })
    }
}

impl App {
    /// The same, able to sign credentials of rounds.
    #[must_use]
    pub fn with_keyring(self, keyring: Option<Keyring>) -> Self {
        Self {
            intake: self.intake.with_keyring(keyring),
            ..self
        }
    }

    /// Builds it from a store, the installation's secret (32 bytes or more), the address people use, and the interface.
    #[must_use]
    pub fn new(store: Store, secret: &[u8], public_url: PublicUrl, interface: Interface) -> Self {
        let Interface { texts, templates } = interface;
        let keys = Arc::new(Keys::new(secret));
        Self {
            post: post(&store, &texts, &keys, None, &[], &public_url),
            intake: Intake::new(store.clone()),
            store,
            seals: Seals::default(),
            templates,
            kept: Arc::default(),
            texts,
            keys,
            public_url,
            doorkeeper: Arc::new(Doorkeeper::default()),
            tally: Arc::new(Tally::default()),
            limits: Arc::new(Limits::default()),
            recent: Arc::default(),
            transfers: Transfers::default(),
            metrics: Arc::new(Metrics::default()),
        }
    }

    /// The same with a mail server, and with private networks that webhooks may reach.
    #[must_use]
    pub fn with_post(mut self, relay: Option<Relay>, networks: &[Network]) -> Self {
        self.post = post(
            &self.store,
            &self.texts,
            &self.keys,
            relay,
            networks,
            &self.public_url,
        );
        self
    }
}

fn post(
    store: &Store,
    texts: &Arc<Texts>,
    keys: &Keys,
    relay: Option<Relay>,
    networks: &[Network],
    public_url: &PublicUrl,
) -> Post {
    Post::new(
        store.clone(),
        Arc::clone(texts),
        PostKeys::new(keys),
        relay,
        Courier::new(networks),
        public_url.as_str(),
        Arc::new(crate::clock::now),
    )
}
