//! How mail leaves: the server that takes it, who it is from, how many connections and how much time.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use actix_web::http::Uri;
use lettre::message::Mailbox;
use thiserror::Error;

use super::{ConfigError, FromFile};

/// What flags and variables said about mail and webhooks.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Mail and webhooks (also in rapport.toml)")]
pub struct GivenMail {
    /// The server that takes our mail: smtp://USER:PASSWORD@HOST (STARTTLS), smtps://... (TLS), or smtp+plain://HOST
    /// for a relay on this machine or in a private network [default: none, no mail is sent].
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "RAPPORT_SMTP_URL",
        hide_env_values = true
    )]
    pub smtp_url: Option<String>,
    /// Who mails are from, such as 'Partnership survey <survey@dit.example.gov>'. Needed with --smtp-url.
    #[arg(long, global = true, value_name = "MAILBOX", env = "RAPPORT_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Connections to the mail server at a time [default: 4].
    #[arg(long, global = true, value_name = "N", env = "RAPPORT_MAIL_CONNECTIONS")]
    pub mail_connections: Option<usize>,
    /// Seconds in which a mail must be taken by the server, or a connection be there [default: 60].
    #[arg(long, global = true, value_name = "SECONDS", env = "RAPPORT_MAIL_TIMEOUT")]
    pub mail_timeout: Option<u64>,
    /// A PEM file with the certificate of your own authority, where the mail server's is signed by it.
    #[arg(long, global = true, value_name = "FILE", env = "RAPPORT_MAIL_CA")]
    pub mail_ca: Option<PathBuf>,
    /// Private networks that webhooks may reach, such as 10.1.0.0/16, with a comma between [default: none].
    #[arg(
        long,
        global = true,
        value_name = "NETWORKS",
        env = "RAPPORT_WEBHOOK_NETWORKS"
    )]
    pub webhook_networks: Option<String>,
}

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// The connection begins in the clear and must become TLS before anything is said.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None: only for a relay on this machine or in a private network.
    Plain,
}

/// A mail server. Printing it masks the password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    /// How the connection is protected.
    pub security: Security,
    /// Name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// User and password, where it asks for them.
    pub sign_in: Option<(String, String)>,
}

/// Why a text is no address of a mail server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadSmtpUrl {
    /// It is not of the form.
    #[error("not a mail server: give smtp://USER:PASSWORD@HOST:PORT, smtps://... or smtp+plain://HOST:PORT")]
    Form,
    /// Mail and password would cross a public network in the clear.
    #[error(
        "smtp+plain:// sends in the clear and is for a relay on this machine or in a private network, without a \
         password; use smtp:// (STARTTLS) or smtps:// (TLS) for `{0}`"
    )]
    Clear(String),
}

/// How mail leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct MailConfig {
    /// The server that takes it.
    pub server: SmtpUrl,
    /// Who it is from.
    pub from: Mailbox,
    /// Connections at a time, at least 1.
    pub connections: usize,
    /// In which a mail must be taken, or a connection be there.
    pub timeout: Duration,
    /// A certificate authority of one's own.
    pub authority: Option<PathBuf>,
}

const CONNECTIONS: usize = 4;
const TIMEOUT_SECONDS: u64 = 60;

impl MailConfig {
    /// What flags, variables and the file say; `None` where no mail is to be sent.
    pub(super) fn resolve(given: &GivenMail, file: &FromFile) -> Result<Option<Self>, ConfigError> {
        let Some(url) = given.smtp_url.clone().or(file.smtp_url.clone()) else {
            return Ok(None);
        };
        let from = given.mail_from.clone().or(file.mail_from.clone());
        let from = from.ok_or(ConfigError::NoSender)?;
        let connections = given.mail_connections.or(file.mail_connections);
        let timeout = given.mail_timeout.or(file.mail_timeout);
        Ok(Some(Self {
            server: url.parse()?,
            from: from
                .parse()
                .map_err(|error: lettre::address::AddressError| ConfigError::Sender {
                    given: from.clone(),
                    problem: error.to_string(),
                })?,
            connections: connections.unwrap_or(CONNECTIONS).clamp(1, 64),
            timeout: Duration::from_secs(timeout.unwrap_or(TIMEOUT_SECONDS).clamp(1, 600)),
            authority: given.mail_ca.clone().or(file.mail_ca.clone()),
        }))
    }
}

impl FromStr for SmtpUrl {
    type Err = BadSmtpUrl;

    fn from_str(text: &str) -> Result<Self, BadSmtpUrl> {
        let uri: Uri = text.trim().parse().ok().ok_or(BadSmtpUrl::Form)?;
        let (security, usual) = match uri.scheme_str() {
            Some("smtp") => (Security::StartTls, 587),
            Some("smtps") => (Security::Tls, 465),
            Some("smtp+plain") => (Security::Plain, 25),
            _ => return Err(BadSmtpUrl::Form),
        };
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or(BadSmtpUrl::Form)?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let sign_in = match uri.authority().and_then(|all| all.as_str().rsplit_once('@')) {
            None => None,
            Some((before, _)) => Some(sign_in(before).ok_or(BadSmtpUrl::Form)?),
        };
        let server = Self {
            security,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(usual),
            sign_in,
        };
        match server.security {
            _ if !bare => Err(BadSmtpUrl::Form),
            Security::Plain if server.sign_in.is_some() || !server.is_near() => {
                Err(BadSmtpUrl::Clear(server.host))
            }
            _ => Ok(server),
        }
    }
}

impl SmtpUrl {
    /// Whether the name says that it is on this machine or in a private network: a private address, or a name
    /// without a dot, as networks of containers have them.
    fn is_near(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
            Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
            Err(_) => !self.host.contains('.'),
        }
    }
}

fn sign_in(text: &str) -> Option<(String, String)> {
    let (user, password) = text.split_once(':')?;
    Some((unescaped(user)?, unescaped(password)?))
}

/// A text without its `%41` escapes.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.security {
            Security::StartTls => "smtp",
            Security::Tls => "smtps",
            Security::Plain => "smtp+plain",
        };
        let who = if self.sign_in.is_some() { "***@" } else { "" };
        write!(f, "{scheme}://{who}{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_reads_as_it_is_meant_and_its_password_is_masked() {
        let server: SmtpUrl = "smtp://me%40dit.gov:p%3Aw@mail.dit.gov".parse().unwrap();
        assert_eq!((server.security, server.port), (Security::StartTls, 587));
        assert_eq!(server.sign_in, Some(("me@dit.gov".to_owned(), "p:w".to_owned())));
        assert_eq!(server.to_string(), "smtp://***@mail.dit.gov:587");
        assert!(!format!("{server:?}").contains("p:w"));
        let server: SmtpUrl = "smtps://mail.dit.gov:2465".parse().unwrap();
        assert_eq!(
            (server.security, server.port, server.sign_in),
            (Security::Tls, 2465, None)
        );
    }

    #[test]
    fn nothing_is_sent_in_the_clear_over_a_public_network() {
        for good in [
            "smtp+plain://127.0.0.1:2525",
            "smtp+plain://10.2.3.4",
            "smtp+plain://relay",
            "smtp+plain://[::1]",
        ] {
            assert!(good.parse::<SmtpUrl>().is_ok(), "{good}");
        }
        for bad in [
            "smtp+plain://mail.dit.gov",
            "smtp+plain://8.8.8.8",
            "smtp+plain://u:p@127.0.0.1",
        ] {
            assert!(
                matches!(bad.parse::<SmtpUrl>(), Err(BadSmtpUrl::Clear(_))),
                "{bad}"
            );
        }
        for bad in [
            "",
            "mail.dit.gov",
            "http://mail.dit.gov",
            "smtp://",
            "smtp://user@mail.dit.gov",
            "smtp://h/path",
        ] {
            assert_eq!(bad.parse::<SmtpUrl>(), Err(BadSmtpUrl::Form), "{bad}");
        }
    }
}
