//! The command line. A command parses, opens the store, calls one function of a stage, prints.
//!
//! Exit codes: 0 done; 1 the input is wrong; 2 the system failed. Errors go to standard error and name the remedy. What a
//! command found goes to standard output, as a table for people or with `--format json` for machines.
//!
//! To add a command: a file here with a clap `Args` struct and `pub async fn run(context: &Context, args: Args) ->
//! Outcome`, a variant of [`Command`] with an example in its `after_help`, and an arm in `dispatch`.

pub mod agency;
mod background;
pub mod backup;
pub mod bench;
pub mod config;
pub mod demo;
pub mod export;
pub mod import;
pub mod mail;
pub mod measure;
pub mod migrate;
pub mod output;
pub mod progress;
pub mod responses;
pub mod restore;
pub mod roster;
pub mod round;
pub mod scorecard;
pub mod serve;
pub mod survey;
pub mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use thiserror::Error;

use crate::config::{Config, ConfigError, Given};
use crate::identity::IdentityError;
use crate::round::Keyring;
use crate::store::{Store, StoreError};
use crate::telemetry;

pub use output::Format;

/// Surveys that tell a central IT office, agency by agency, whether trust and collaboration grow.
#[derive(Debug, Parser)]
#[command(
    name = "rapport",
    version,
    disable_help_subcommand = true,
    max_term_width = 110,
    after_help = "Example:\n  rapport demo"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags that every command takes.
    #[command(flatten)]
    pub given: Given,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the pages and the API.
    #[command(
        after_help = "Example:\n  rapport serve --listen 0.0.0.0:8080 --public-url https://rapport.example.gov"
    )]
    Serve,
    /// Make a state with two years of history in a throwaway folder, and serve it.
    #[command(
        after_help = "Example:\n  rapport demo\n  rapport demo --data-dir my-demo --listen 127.0.0.1:0\n  rapport demo --database-url postgres://me@127.0.0.1:5432/demo"
    )]
    Demo(demo::Args),
    /// Bring the past along: what an earlier tool collected or published.
    #[command(
        subcommand,
        after_help = "Example:\n  rapport import results --mapping csps.json results-*.csv --dry-run"
    )]
    Import(import::ImportCommand),
    /// Check, compare and publish surveys.
    #[command(
        subcommand,
        after_help = "Example:\n  rapport survey check surveys/quarterly-pulse.v1.json"
    )]
    Survey(survey::SurveyCommand),
    /// Import agencies and what happened to them.
    #[command(subcommand, after_help = "Example:\n  rapport agency import agencies.csv")]
    Agency(agency::AgencyCommand),
    /// Plan rounds, open, close, seal and publish them.
    #[command(subcommand, after_help = "Example:\n  rapport round list")]
    Round(round::RoundCommand),
    /// Import who is invited.
    #[command(
        subcommand,
        after_help = "Example:\n  rapport roster import partnership-2026 staff staff.csv --links links.csv"
    )]
    Roster(roster::RosterCommand),
    /// Add people who sign in, give them roles, list them.
    #[command(
        subcommand,
        after_help = "Example:\n  rapport user add ann@dit.gov --name 'Ann Lee' --role admin --generate"
    )]
    User(user::UserCommand),
    /// Try the mail server, and note mail that came back.
    #[command(subcommand, after_help = "Example:\n  rapport mail test ann@dit.gov")]
    Mail(mail::MailCommand),
    /// Write the published result of a round to a file.
    #[command(
        after_help = "Examples:\n  rapport export partnership-2026 --format csv --output partnership-2026.csv\n  \
        rapport export partnership-2026 --format json | jq .digest"
    )]
    Export(export::Args),
    /// Put a published round on the public scorecard, or take it off. Off unless somebody does.
    #[command(subcommand, after_help = "Example:\n  rapport scorecard list")]
    Scorecard(scorecard::ScorecardCommand),
    /// Measure responses in files, without a database: for analysts and auditors.
    Measure(measure::Args),
    /// Bring the database's schema up to this binary.
    #[command(after_help = "Example:\n  rapport migrate --dry-run")]
    Migrate(migrate::Args),
    /// Write responses to a file, one row each.
    #[command(
        subcommand,
        after_help = "Example:\n  rapport responses export partnership-2026 leaders --output leaders.csv"
    )]
    Responses(responses::ResponsesCommand),
    /// Write the whole database to one file, while the server runs.
    #[command(
        after_help = "Example:\n  rapport backup rapport-2026-11-23.backup\n\nResponses of a round that is open are in it once they \
        are mixed; see docs/operations.md."
    )]
    Backup(backup::Args),
    /// Fill an empty database, of either engine, from a backup.
    #[command(
        after_help = "Example:\n  rapport restore rapport-2026-11-23.backup --data-dir restored\n  \
        rapport restore rapport-2026-11-23.backup --database-url postgres://me@127.0.0.1:5432/rapport"
    )]
    Restore(restore::Args),
    /// Measure what this machine holds.
    #[command(subcommand, after_help = "Example:\n  rapport bench intake")]
    Bench(bench::BenchCommand),
    /// Print the effective configuration, secrets masked.
    #[command(after_help = "Example:\n  RAPPORT_LISTEN=127.0.0.1:9000 rapport config")]
    Config,
    /// Print the table of routes and the right each needs.
    #[command(hide = true, after_help = "Example:\n  rapport routes --format json")]
    Routes(config::RoutesArgs),
}

/// Why a command did not do what it was asked.
#[derive(Debug, Error)]
pub enum Failure {
    /// The input is wrong: exit code 1.
    #[error("{0}")]
    Input(String),
    /// The system failed: exit code 2.
    #[error("{0}")]
    System(String),
}

/// What a command returns.
pub type Outcome = Result<(), Failure>;

impl Failure {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Input(_) => 1,
            Self::System(_) => 2,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let remedy = match &error {
            StoreError::Unavailable(_) => "; check --database-url or --data-dir, and that the server runs",
            StoreError::Database(_) => "; if the schema is missing, run `rapport migrate`",
            _ => "",
        };
        Self::System(format!("{error}{remedy}"))
    }
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => error.into(),
            IdentityError::Hashing(_) | IdentityError::Signing(_) | IdentityError::Randomness(_) => {
                Self::System(error.to_string())
            }
            other => Self::Input(other.to_string()),
        }
    }
}

/// What commands work with.
#[derive(Debug)]
pub struct Context {
    /// The effective configuration.
    pub config: Config,
}

impl Context {
    /// Opens the database and checks that its schema is the one this binary knows; where the configuration allows it,
    /// pending migrations are applied.
    ///
    /// # Errors
    /// [`Failure`] with the remedy.
    pub async fn store(&self) -> Result<Store, Failure> {
        let store = self.store_as_it_is()?;
        let pending = store.pending_migrations().await?;
        if pending.is_empty() {
            return Ok(store);
        }
        if !self.config.migrate {
            return Err(Failure::Input(format!(
                "the database lacks {}; run `rapport migrate`",
                pending.join(", ")
            )));
        }
        store.migrate().await?;
        Ok(store)
    }

    /// As [`store`](Self::store), for commands that make no sense without what is in it: a mistyped folder is told, not made.
    ///
    /// # Errors
    /// [`Failure`] with the remedy.
    pub async fn existing_store(&self) -> Result<Store, Failure> {
        match self.config.missing_database() {
            None => self.store().await,
            Some(file) => Err(Failure::Input(format!(
                "there is no database `{}`: check --data-dir or --database-url; `rapport migrate` makes an empty one",
                file.display()
            ))),
        }
    }

    /// What encrypts the signing keys of rounds, where it is configured.
    ///
    /// # Errors
    /// [`Failure`] with the remedy.
    pub fn keyring(&self) -> Result<Option<Keyring>, Failure> {
        let secret = self.config.key_secret()?;
        Ok(secret.map(|secret| Keyring::new(secret.bytes())))
    }

    /// Opens the database whatever its schema.
    ///
    /// # Errors
    /// [`Failure`] with the remedy.
    pub fn store_as_it_is(&self) -> Result<Store, Failure> {
        Ok(Store::open(&self.config.database()?)?)
    }
}

/// Parses the arguments, runs the command, returns the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // Help and version are told on standard output and are no failure; a wrong flag is wrong input.
            drop(told.print());
            return ExitCode::from(u8::from(told.use_stderr()));
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn run(mut cli: Cli) -> Outcome {
    // Lives until the command ends, and takes the demo's folder with it.
    let _throwaway = match cli.command {
        Command::Demo(_) => demo::settle(&mut cli.given)?,
        _ => None,
    };
    let config = Config::load(&cli.given)?;
    telemetry::start(&config.log, config.log_format).map_err(Failure::Input)?;
    actix_web::rt::System::new().block_on(dispatch(Context { config }, cli.command))
}

async fn dispatch(context: Context, command: Command) -> Outcome {
    match command {
        Command::Serve => serve::run(&context).await,
        Command::Demo(args) => demo::run(context, args).await,
        Command::Import(command) => import::run(&context, command).await,
        Command::Survey(command) => survey::dispatch(&context, command).await,
        Command::Agency(command) => agency::run(&context, command).await,
        Command::Round(command) => round::run(&context, command).await,
        Command::Roster(command) => roster::run(&context, command).await,
        Command::User(command) => user::run(&context, command).await,
        Command::Mail(command) => mail::run(&context, command).await,
        Command::Export(args) => export::run(&context, args).await,
        Command::Scorecard(command) => scorecard::run(&context, command).await,
        Command::Measure(args) => measure::run(&args),
        Command::Migrate(args) => migrate::run(&context, &args).await,
        Command::Responses(command) => responses::run(&context, command).await,
        Command::Backup(args) => backup::run(&context, args).await,
        Command::Restore(args) => restore::run(&context, args).await,
        Command::Bench(command) => bench::run(&context, command).await,
        Command::Config => config::run(&context),
        Command::Routes(args) => config::routes(&args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn without_example(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let path = format!("{path} {}", command.get_name());
        if !help.contains("Example") {
            found.push(path.clone());
        }
        for below in command.get_subcommands() {
            without_example(below, &path, found);
        }
    }

    #[test]
    fn every_command_shows_an_example_in_its_help() {
        let mut found = Vec::new();
        without_example(&Cli::command(), "", &mut found);
        assert!(found.is_empty(), "no example in the help of: {found:?}");
    }
}
