//! One typed configuration: defaults < `rapport.toml` < `RAPPORT_*` < flags. Read once, checked at start, passed in.
//!
//! | field | flag | variable | unit, default |
//! | --- | --- | --- | --- |
//! | listen | `--listen` | `RAPPORT_LISTEN` | address and port; `127.0.0.1:8080`; port 0 picks a free one |
//! | data_dir | `--data-dir` | `RAPPORT_DATA_DIR` | folder; `rapport-data` |
//! | database_url | `--database-url` | `RAPPORT_DATABASE_URL` | URL; SQLite in the data folder |
//! | secret | (none: flags are visible to others) | `RAPPORT_SECRET` | 32 bytes or more; a file in the data folder |
//! | key_secret | (none) | `RAPPORT_KEY_SECRET` | 32 bytes or more; encrypts the signing keys of rounds; a file in the data folder |
//! | public_url | `--public-url` | `RAPPORT_PUBLIC_URL` | URL; the address it listens on |
//! | log | `--log` | `RAPPORT_LOG` | filter; `info` |
//! | log_format | `--log-format` | `RAPPORT_LOG_FORMAT` | `text` or `json`; `text` |
//! | workers | `--workers` | `RAPPORT_WORKERS` | threads; as many as cores |
//! | smtp_url | `--smtp-url` | `RAPPORT_SMTP_URL` | URL of the mail server; none: no mail is sent |
//! | mail_from | `--mail-from` | `RAPPORT_MAIL_FROM` | mailbox; needed with `smtp_url` |
//! | mail_connections | `--mail-connections` | `RAPPORT_MAIL_CONNECTIONS` | connections; 4 |
//! | mail_timeout | `--mail-timeout` | `RAPPORT_MAIL_TIMEOUT` | seconds; 60 |
//! | mail_ca | `--mail-ca` | `RAPPORT_MAIL_CA` | PEM file; public authorities only |
//! | webhook_networks | `--webhook-networks` | `RAPPORT_WEBHOOK_NETWORKS` | networks with commas; none |
//! | behind_proxy | `--behind-proxy` | `RAPPORT_BEHIND_PROXY` | `true` or `false`; `false` |
//! | metrics_token | (none: flags are visible to others) | `RAPPORT_METRICS_TOKEN` | 16 bytes or more; none, see `web::metrics` |
//! | migrate | `--migrate` | `RAPPORT_MIGRATE` | `true` or `false`; `true` |

mod mail;
mod network;
mod public_url;
mod secret;

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::store::DatabaseUrl;
use crate::store::url::BadDatabaseUrl;
pub use mail::{BadSmtpUrl, GivenMail, MailConfig, Security, SmtpUrl};
pub use network::{BadNetwork, Network};
pub use public_url::{BadPublicUrl, PublicUrl};
pub use secret::{SHORTEST_SECRET, Secret};

/// The shortest token for `/metrics`, in bytes.
const SHORTEST_TOKEN: usize = 16;

/// The file that is read when no other is named.
pub const FILE: &str = "rapport.toml";

/// What flags and variables said. Everything is optional: a file or a default fills the rest.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Configuration (also in rapport.toml)")]
pub struct Given {
    /// The configuration file [default: rapport.toml, where there is one].
    #[arg(long, global = true, value_name = "FILE", env = "RAPPORT_CONFIG")]
    pub config: Option<PathBuf>,
    /// The folder of the SQLite database and the secret [default: rapport-data].
    #[arg(long, global = true, value_name = "DIR", env = "RAPPORT_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// A database elsewhere: postgres://USER@HOST:PORT/DATABASE or sqlite://PATH. Needs RAPPORT_SECRET.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "RAPPORT_DATABASE_URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// What to log: error, warn, info, debug, or a filter such as rapport=debug [default: info].
    #[arg(long, global = true, value_name = "FILTER", env = "RAPPORT_LOG")]
    pub log: Option<String>,
    /// How to log [default: text].
    #[arg(long, global = true, value_enum, env = "RAPPORT_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
    /// What only a server needs.
    #[command(flatten)]
    pub server: GivenServer,
    /// What mail and webhooks need.
    #[command(flatten)]
    pub mail: GivenMail,
}

/// What flags and variables said about serving.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Serving (also in rapport.toml)")]
pub struct GivenServer {
    /// Where to listen; port 0 picks a free one [default: 127.0.0.1:8080].
    #[arg(long, global = true, value_name = "ADDR", env = "RAPPORT_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Where people reach the server, for links and cookies [default: the address it listens on].
    #[arg(long, global = true, value_name = "URL", env = "RAPPORT_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Threads that serve requests [default: as many as cores].
    #[arg(long, global = true, value_name = "N", env = "RAPPORT_WORKERS")]
    pub workers: Option<usize>,
    /// Whether requests come through a proxy that puts the client's address last into X-Forwarded-For. Used in
    /// memory only, to limit wrong codes and passwords [default: false].
    #[arg(long, global = true, value_name = "BOOL", env = "RAPPORT_BEHIND_PROXY")]
    pub behind_proxy: Option<bool>,
    /// Whether to apply pending migrations at start [default: true].
    #[arg(long, global = true, value_name = "BOOL", env = "RAPPORT_MIGRATE")]
    pub migrate: Option<bool>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines, an object a line.
    Json,
}

/// What `rapport.toml` says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FromFile {
    listen: Option<SocketAddr>,
    data_dir: Option<PathBuf>,
    database_url: Option<String>,
    secret: Option<String>,
    key_secret: Option<String>,
    public_url: Option<String>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    workers: Option<usize>,
    behind_proxy: Option<bool>,
    metrics_token: Option<String>,
    migrate: Option<bool>,
    smtp_url: Option<String>,
    mail_from: Option<String>,
    mail_connections: Option<usize>,
    mail_timeout: Option<u64>,
    mail_ca: Option<PathBuf>,
    webhook_networks: Option<String>,
}

/// The effective configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The folder of the SQLite database and the secret.
    pub data_dir: PathBuf,
    /// The database, where it is not the one in the data folder.
    pub database_url: Option<DatabaseUrl>,
    /// The secret, where it is not the file in the data folder.
    pub secret: Option<Secret>,
    /// What encrypts the signing keys of rounds, where it is not the file in the data folder.
    pub key_secret: Option<Secret>,
    /// Where people reach the server, where it is not the address it listens on.
    pub public_url: Option<PublicUrl>,
    /// What to log.
    pub log: String,
    /// How to log.
    pub log_format: LogFormat,
    /// Threads that serve requests.
    pub workers: usize,
    /// Whether a proxy says who the client is.
    pub behind_proxy: bool,
    /// What whoever reads `/metrics` has to show.
    pub metrics_token: Option<String>,
    /// Whether to apply pending migrations at start.
    pub migrate: bool,
    /// How mail leaves; `None` where none is to be sent.
    pub mail: Option<MailConfig>,
    /// Private networks that webhooks may reach.
    pub webhook_networks: Vec<Network>,
}

/// What is wrong with a configuration, and the remedy.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file that was named cannot be read.
    #[error("cannot read {path}: {problem}; correct `--config` or RAPPORT_CONFIG, or create the file")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        problem: String,
    },
    /// The file is not what it should be.
    #[error("{path}: {problem}")]
    BadFile {
        /// Which.
        path: String,
        /// What and where.
        problem: String,
    },
    /// A database URL that is none.
    #[error("database_url (--database-url, RAPPORT_DATABASE_URL): {0}")]
    DatabaseUrl(#[from] BadDatabaseUrl),
    /// A public URL that is none.
    #[error("public_url (--public-url, RAPPORT_PUBLIC_URL): {0}")]
    PublicUrl(#[from] BadPublicUrl),
    /// A mail server that is none.
    #[error("smtp_url (--smtp-url, RAPPORT_SMTP_URL): {0}")]
    SmtpUrl(#[from] BadSmtpUrl),
    /// A mail server, and nobody whom mails are from.
    #[error(
        "mail_from (--mail-from, RAPPORT_MAIL_FROM): say who mails are from, such as 'Survey <survey@dit.example.gov>'"
    )]
    NoSender,
    /// A sender that is none.
    #[error(
        "mail_from (--mail-from, RAPPORT_MAIL_FROM): `{given}` is no mailbox ({problem}); write 'Survey <survey@dit.example.gov>'"
    )]
    Sender {
        /// What was given.
        given: String,
        /// Why.
        problem: String,
    },
    /// A network that is none.
    #[error("webhook_networks (--webhook-networks, RAPPORT_WEBHOOK_NETWORKS): {0}")]
    WebhookNetworks(#[from] BadNetwork),
    /// A database elsewhere, and no secret.
    #[error(
        "a database given by URL needs a secret that all instances share: set RAPPORT_SECRET to {SHORTEST_SECRET} bytes \
         or more, e.g. RAPPORT_SECRET=$(head -c 32 /dev/urandom | base64)"
    )]
    NoSecret,
    /// A secret that can be guessed.
    #[error("{0}: give {SHORTEST_SECRET} bytes or more, e.g. of `head -c 32 /dev/urandom | base64`")]
    ShortSecret(&'static str),
    /// A token that can be guessed.
    #[error(
        "metrics_token (RAPPORT_METRICS_TOKEN): give {SHORTEST_TOKEN} bytes or more, e.g. of `openssl rand -hex 16`"
    )]
    ShortToken,
    /// The data folder cannot be used.
    #[error("data_dir (--data-dir, RAPPORT_DATA_DIR): {path}: {problem}")]
    DataDir {
        /// Which path.
        path: String,
        /// Why.
        problem: String,
    },
}

impl Config {
    /// Puts together what flags, variables and the file say.
    ///
    /// # Errors
    /// [`ConfigError`] names the field, where it can be set, and the remedy.
    pub fn load(given: &Given) -> Result<Self, ConfigError> {
        let mut file = read_file(given.config.as_deref())?;
        file.secret = secret_variable("RAPPORT_SECRET").or(file.secret);
        file.key_secret = secret_variable("RAPPORT_KEY_SECRET").or(file.key_secret);
        file.metrics_token = secret_variable("RAPPORT_METRICS_TOKEN").or(file.metrics_token);
        Self::resolve(given, file)
    }

    fn resolve(given: &Given, file: FromFile) -> Result<Self, ConfigError> {
        let server = &given.server;
        let mail = MailConfig::resolve(&given.mail, &file)?;
        let networks = given
            .mail
            .webhook_networks
            .clone()
            .or(file.webhook_networks.clone());
        let database_url = given.database_url.clone().or(file.database_url);
        let public_url = server.public_url.clone().or(file.public_url);
        let metrics_token = file.metrics_token;
        if metrics_token
            .as_ref()
            .is_some_and(|token| token.len() < SHORTEST_TOKEN)
        {
            return Err(ConfigError::ShortToken);
        }
        let config = Self {
            listen: server
                .listen
                .or(file.listen)
                .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
            data_dir: given
                .data_dir
                .clone()
                .or(file.data_dir)
                .unwrap_or_else(|| "rapport-data".into()),
            database_url: database_url.map(|url| url.parse()).transpose()?,
            public_url: public_url.map(|url| url.parse()).transpose()?,
            secret: file
                .secret
                .map(|text| Secret::new(&text, "secret (RAPPORT_SECRET)"))
                .transpose()?,
            key_secret: file
                .key_secret
                .map(|text| Secret::new(&text, "key_secret (RAPPORT_KEY_SECRET)"))
                .transpose()?,
            log: given
                .log
                .clone()
                .or(file.log)
                .unwrap_or_else(|| "info".to_owned()),
            log_format: given.log_format.or(file.log_format).unwrap_or_default(),
            workers: server.workers.or(file.workers).unwrap_or_else(cores).max(1),
            behind_proxy: server.behind_proxy.or(file.behind_proxy).unwrap_or(false),
            metrics_token,
            migrate: server.migrate.or(file.migrate).unwrap_or(true),
            mail,
            webhook_networks: Network::list(networks.as_deref().unwrap_or(""))?,
        };
        Ok(config)
    }

    /// The database to open. Creates the data folder when the database is in it.
    ///
    /// # Errors
    /// [`ConfigError::DataDir`] when the folder cannot be made.
    pub fn database(&self) -> Result<DatabaseUrl, ConfigError> {
        match &self.database_url {
            Some(url) => Ok(url.clone()),
            None => {
                fs::create_dir_all(&self.data_dir).map_err(|error| data_dir(&self.data_dir, &error))?;
                Ok(self.default_database())
            }
        }
    }

    /// The file of the database, where it should be a file and is none yet.
    #[must_use]
    pub fn missing_database(&self) -> Option<PathBuf> {
        let url = self
            .database_url
            .clone()
            .unwrap_or_else(|| self.default_database());
        match url {
            DatabaseUrl::Sqlite(file) if !file.exists() => Some(file),
            _ => None,
        }
    }

    fn default_database(&self) -> DatabaseUrl {
        DatabaseUrl::Sqlite(self.data_dir.join("rapport.sqlite"))
    }

    /// The secret of this installation; makes `secret.key` (readable by its owner only) in the data folder when there
    /// is none yet and the database is there, too.
    ///
    /// # Errors
    /// [`ConfigError::NoSecret`] for a database elsewhere without one; [`ConfigError::DataDir`].
    pub fn secret(&self) -> Result<Secret, ConfigError> {
        match (&self.secret, &self.database_url) {
            (Some(secret), _) => Ok(secret.clone()),
            (None, Some(_)) => Err(ConfigError::NoSecret),
            (None, None) => secret::from_file(&self.data_dir.join("secret.key")),
        }
    }

    /// What encrypts the signing keys of rounds; makes `keys.secret` in the data folder when there is none yet and the
    /// database is there, too. `None` for a database elsewhere without one: then no round with credentials opens.
    ///
    /// # Errors
    /// [`ConfigError::DataDir`].
    pub fn key_secret(&self) -> Result<Option<Secret>, ConfigError> {
        match (&self.key_secret, &self.database_url) {
            (Some(secret), _) => Ok(Some(secret.clone())),
            (None, Some(_)) => Ok(None),
            (None, None) => secret::from_file(&self.data_dir.join("keys.secret")).map(Some),
        }
    }

    /// The effective configuration as a `rapport.toml`, with the secret and any password masked.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let database = self
            .database_url
            .clone()
            .unwrap_or_else(|| self.default_database());
        let public = self
            .public_url
            .as_ref()
            .map_or("(the address it listens on)", PublicUrl::as_str);
        let secret = match (&self.secret, &self.database_url) {
            (Some(_), _) => "***",
            (None, None) => "(secret.key in the data folder)",
            (None, Some(_)) => "(missing: set RAPPORT_SECRET)",
        };
        let key_secret = match (&self.key_secret, &self.database_url) {
            (Some(_), _) => "***",
            (None, None) => "(keys.secret in the data folder)",
            (None, Some(_)) => "(missing: set RAPPORT_KEY_SECRET)",
        };
        let metrics_token = match &self.metrics_token {
            Some(_) => "***",
            None => "(none)",
        };
        let log_format = match self.log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        let text = |value: &str| toml::Value::String(value.to_owned()).to_string();
        let mail = self.mail.as_ref();
        let networks: Vec<String> = self.webhook_networks.iter().map(ToString::to_string).collect();
        let or_none = |value: Option<String>| text(&value.unwrap_or_else(|| "(none)".to_owned()));
        [
            ("listen", text(&self.listen.to_string())),
            ("data_dir", text(&self.data_dir.to_string_lossy())),
            ("database_url", text(&database.to_string())),
            ("secret", text(secret)),
            ("key_secret", text(key_secret)),
            ("public_url", text(public)),
            ("log", text(&self.log)),
            ("log_format", text(log_format)),
            ("workers", self.workers.to_string()),
            ("behind_proxy", self.behind_proxy.to_string()),
            ("metrics_token", text(metrics_token)),
            ("migrate", self.migrate.to_string()),
            ("smtp_url", or_none(mail.map(|mail| mail.server.to_string()))),
            ("mail_from", or_none(mail.map(|mail| mail.from.to_string()))),
            (
                "mail_connections",
                mail.map_or(0, |mail| mail.connections).to_string(),
            ),
            (
                "mail_timeout",
                mail.map_or(0, |mail| mail.timeout.as_secs()).to_string(),
            ),
            (
                "mail_ca",
                or_none(
                    mail.and_then(|mail| mail.authority.as_ref())
                        .map(|path| path.display().to_string()),
                ),
            ),
            ("webhook_networks", text(&networks.join(","))),
        ]
        .map(|(name, value)| format!("{name} = {value}\n"))
        .concat()
    }
}

/// The variables that are no flags: flags are visible to everybody on the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn secret_variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn read_file(named: Option<&Path>) -> Result<FromFile, ConfigError> {
    let path = named.unwrap_or(Path::new(FILE));
    let shown = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(FromFile::default());
        }
        Err(error) => {
            return Err(ConfigError::Unreadable {
                path: shown,
                problem: error.to_string(),
            });
        }
    };
    toml::from_str(&text).map_err(|error| ConfigError::BadFile {
        path: shown,
        problem: error.to_string(),
    })
}

fn data_dir(path: &Path, problem: &dyn fmt::Display) -> ConfigError {
    ConfigError::DataDir {
        path: path.display().to_string(),
        problem: problem.to_string(),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
