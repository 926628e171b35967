//! The conversation with the mail server, command by command: only so is it known *what* the server refused.
//!
//! | the server refuses | for now (4xx) | for good (5xx) |
//! | --- | --- | --- |
//! | to talk, or our sign-in, or our sender | try again | try again: it is about us, not about the person |
//! | the recipient | try again | **bounced** |
//! | the mail | try again | **refused** |
//!
//! A connection that breaks or falls silent is tried again, too, whether or not the mail was through: see the room.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::PostError;
use super::message::Mail;
use crate::config::{MailConfig, Security};

/// The longest answer of a server that is kept, in characters.
const LONGEST_TOLD: usize = 300;

/// A mail server, ready to be connected to.
#[derive(Clone)]
pub struct Relay {
    config: MailConfig,
    tls: Option<TlsParameters>,
    hello: ClientId,
}

/// How an attempt to hand over a mail ended, with what the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// The server has it.
    Sent,
    /// The server does not know the recipient.
    Bounced(String),
    /// The server does not want the mail.
    Refused(String),
    /// Not now.
    Later(String),
    /// The connection is of no more use.
    Broken(String),
}

impl Relay {
    /// Prepares a mail server as it is configured.
    ///
    /// # Errors
    /// [`PostError::Server`] when the certificate of the own authority cannot be read.
    pub fn new(config: &MailConfig) -> Result<Self, PostError> {
        let wrong = |error: &dyn std::fmt::Display| PostError::Server(error.to_string());
        let tls = if config.server.security == Security::Plain {
            None
        } else {
            let mut builder = TlsParameters::builder(config.server.host.clone());
            if let Some(path) = &config.authority {
                let pem = std::fs::read(path)
                    .map_err(|error| wrong(&format!("mail_ca: {}: {error}", path.display())))?;
                builder =
                    builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| wrong(&error))?);
            }
            Some(builder.build_rustls().map_err(|error| wrong(&error))?)
        };
        Ok(Self {
            tls,
            hello: ClientId::Domain(config.from.email.domain().to_owned()),
            config: config.clone(),
        })
    }

    /// How it is configured.
    #[must_use]
    pub fn config(&self) -> &MailConfig {
        &self.config
    }

    /// Connects, protects the connection and signs in.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub async fn connect(&self) -> Result<Line, String> {
        match timeout(self.config.timeout, self.connected()).await {
            Ok(line) => line,
            Err(_) => Err(silent(self.config.timeout)),
        }
    }

    async fn connected(&self) -> Result<Line, String> {
        let mut connection = self.reached().await?;
        let server = &self.config.server;
        if let Some((user, password)) = &server.sign_in {
            let credentials = Credentials::new(user.clone(), password.clone());
            let signed_in = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
            signed_in.map_err(|error| told(&error))?;
        }
        Ok(Line {
            connection,
            patience: self.config.timeout,
        })
    }

    /// A connection as protected as it is configured.
    async fn reached(&self) -> Result<AsyncSmtpConnection, String> {
        let server = &self.config.server;
        let place = (server.host.as_str(), server.port);
        if server.security == Security::Tls {
            let tls = self.tls.clone();
            let patience = Some(self.config.timeout);
            let connected = AsyncSmtpConnection::connect_tokio1(place, patience, &self.hello, tls, None);
            return connected.await.map_err(|error| told(&error));
        }
        let stream = TcpStream::connect(place)
            .await
            .map_err(|error| error.to_string())?;
        // The end of a mail is a write of its own: without this it would wait for the server to acknowledge the mail before it,
        // which servers do late on purpose, and a connection would hand over 25 mails a second.
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello)
            .await
            .map_err(|error| told(&error))?;
        if let Some(tls) = &self.tls {
            // Fails where the server does not offer it: nothing is ever said in the clear instead.
            let protected = connection.starttls(tls.clone(), &self.hello).await;
            protected.map_err(|error| told(&error))?;
        }
        Ok(connection)
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Relay({})", self.config.server)
    }
}

/// A connection to a mail server.
pub struct Line {
    connection: AsyncSmtpConnection,
    patience: Duration,
}

impl Line {
    /// Hands over a mail.
    pub async fn hand_over(&mut self, mail: &Mail) -> Handed {
        match timeout(self.patience, self.conversation(mail)).await {
            Ok(handed) => handed,
            Err(_) => Handed::Broken(silent(self.patience)),
        }
    }

    async fn conversation(&mut self, mail: &Mail) -> Handed {
        let mut parameters = Vec::new();
        if !mail.to.is_ascii() {
            if !self
                .connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                return Handed::Bounced("the mail server takes no addresses with such letters".to_owned());
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let from = MailFrom::new(Some(mail.from.clone()), parameters);
        if let Err(error) = self.connection.command(from).await {
            return self.refused(error, Handed::Later).await;
        }
        if let Err(error) = self
            .connection
            .command(Rcpt::new(mail.to.clone(), Vec::new()))
            .await
        {
            return self.refused(error, Handed::Bounced).await;
        }
        if let Err(error) = self.connection.command(Data).await {
            return self.refused(error, Handed::Refused).await;
        }
        match self.connection.message(&mail.bytes).await {
            Ok(_) => Handed::Sent,
            Err(error) if error.is_permanent() => Handed::Refused(told(&error)),
            Err(error) if error.is_transient() => Handed::Later(told(&error)),
            Err(error) => Handed::Broken(told(&error)),
        }
    }

    /// What a refusal means, after the server was told to forget the mail so that the next one can follow.
    async fn refused(&mut self, error: SmtpError, for_good: fn(String) -> Handed) -> Handed {
        let said = told(&error);
        if !error.is_permanent() && !error.is_transient() {
            return Handed::Broken(said);
        }
        // 421: the server closes the connection, whatever was asked.
        let closing = error.status().is_some_and(|code| u16::from(code) == 421);
        if closing || self.connection.command(Rset).await.is_err() {
            return if error.is_permanent() {
                for_good(said)
            } else {
                Handed::Broken(said)
            };
        }
        if error.is_permanent() {
            for_good(said)
        } else {
            Handed::Later(said)
        }
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // Whatever the server says to it, the mails are through.
        drop(timeout(Duration::from_secs(5), self.connection.command(Quit)).await);
    }
}

trait IsAscii {
    fn is_ascii(&self) -> bool;
}

impl IsAscii for Address {
    fn is_ascii(&self) -> bool {
        AsRef::<str>::as_ref(self).is_ascii()
    }
}

fn told(error: &SmtpError) -> String {
    error.to_string().chars().take(LONGEST_TOLD).collect()
}

fn silent(patience: Duration) -> String {
    format!("no answer within {} seconds", patience.as_secs())
}
