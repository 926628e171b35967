//! What every handler can reach. Built once, cloned cheaply, passed in: there is no global state.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use actix_web::http::Uri;
use thiserror::Error;

use super::sign_in::Doorkeeper;
use super::templates::Templates;
use super::texts::Texts;
use crate::collect::Intake;
use crate::identity::tokens::Keys;
use crate::store::Store;
use crate::telemetry::Tally;

/// What handlers get as `web::Data<App>`.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The one way in for responses, with the prepared forms.
    pub intake: Intake,
    /// The pages' templates.
    pub templates: Arc<Templates>,
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
}

/// What kept an [`App`] from being built: always a fault of this binary, found at start.
#[derive(Debug, Error)]
pub enum BuildError {
    /// A template does not parse.
    #[error("template: {0}")]
    Template(String),
    /// A text file does not parse.
    #[error("texts: {0}")]
    Texts(String),
}

impl App {
    /// Builds it from a store, the installation's secret (32 bytes or more) and the address people use.
    ///
    /// # Errors
    /// [`BuildError`] when a template or a text inside the binary is broken.
    pub fn new(store: Store, secret: &[u8], public_url: PublicUrl) -> Result<Self, BuildError> {
        let texts = Arc::new(Texts::load()?);
        Ok(Self {
            intake: Intake::new(store.clone()),
            store,
            templates: Arc::new(Templates::load(&texts)?),
            texts,
            keys: Arc::new(Keys::new(secret)),
            public_url,
            doorkeeper: Arc::new(Doorkeeper::default()),
            tally: Arc::new(Tally::default()),
        })
    }
}

/// Scheme, host and port under which people reach this server, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    declared: bool,
}

/// Why a text is no public URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a public URL: give scheme and host only, such as https://rapport.example.gov")]
pub struct BadPublicUrl;

impl PublicUrl {
    /// The address it listens on, when nobody declared another one.
    #[must_use]
    pub fn of_listener(address: std::net::SocketAddr) -> Self {
        Self {
            text: format!("http://{address}"),
            declared: false,
        }
    }

    /// For links: `https://rapport.example.gov`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether people reach it through TLS, so that cookies can demand it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// Whether a browser's `Origin` is this server's. When no public URL was declared, the `Host` that the browser
    /// asked for counts, since this server may have several names.
    #[must_use]
    pub fn is_origin(&self, origin: &str, host: Option<&str>) -> bool {
        let from_host = host.is_some_and(|host| {
            origin
                .split_once("://")
                .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        });
        origin.eq_ignore_ascii_case(&self.text) || (!self.declared && from_host)
    }
}

impl FromStr for PublicUrl {
    type Err = BadPublicUrl;

    fn from_str(text: &str) -> Result<Self, BadPublicUrl> {
        let trimmed = text.trim_end_matches('/');
        let uri: Uri = trimmed.parse().ok().ok_or(BadPublicUrl)?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        let bare = uri.path() == "/" && uri.query().is_none() && !trimmed.contains(['@', '#']);
        if known && bare && uri.host().is_some_and(|host| !host.is_empty()) {
            Ok(Self {
                text: trimmed.to_lowercase(),
                declared: true,
            })
        } else {
            Err(BadPublicUrl)
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scheme_and_host_make_a_public_url() {
        for good in ["https://a.example", "https://a.example/", "http://127.0.0.1:8080"] {
            assert!(good.parse::<PublicUrl>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "ftp://a.example",
            "https://a.example/x",
            "https://u@a.example",
            "https://",
        ] {
            assert_eq!(bad.parse::<PublicUrl>(), Err(BadPublicUrl), "{bad}");
        }
    }

    #[test]
    fn a_declared_origin_is_the_only_one() {
        let declared: PublicUrl = "https://a.example".parse().unwrap();
        assert!(declared.is_origin("https://a.example", Some("other")));
        assert!(!declared.is_origin("https://evil.example", Some("evil.example")));
        assert!(!declared.is_origin("null", Some("a.example")));
        let found = PublicUrl::of_listener("127.0.0.1:8080".parse().unwrap());
        assert!(found.is_origin("http://localhost:8080", Some("localhost:8080")));
        assert!(!found.is_origin("http://evil.example", Some("localhost:8080")));
        assert!(!found.is_origin("null", Some("localhost:8080")));
    }
}
