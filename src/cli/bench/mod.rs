//! `rapport bench`: what this machine holds, on invented data.
//!
//! Every measurement of the intake starts this very binary as a server in a process of its own, on a fresh database with a round that
//! is open, and drives it over keep-alive connections ([`load`]). Ratios of one run can be trusted more than single
//! figures: the load generator shares the machine with the server, and so does everybody else.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`intake`] | which measurements there are |
//! | [`seal`] | sealing a round, end to end |
//! | [`pages`] | pages of results that many people read at once |
//! | [`roster`] | a large roster, looked at and imported |
//! | [`mail`], [`sink`] | the outbox of a large round, and the mail server that takes it |
//! | [`filled`] | closed rounds with responses |
//! | [`sign_in`] | somebody who may read the measured server's results |
//! | [`load`] | connections that send one request after the other, and how long each took |
//! | [`subject`] | the server that is measured, with its memory and its time on the processor |
//! | [`world`] | a round with invited people, a store with many responses |

mod filled;
mod intake;
mod load;
mod mail;
mod pages;
mod roster;
mod seal;
mod sign_in;
mod sink;
mod subject;
mod world;

use std::path::PathBuf;

use super::{Context, Failure, Format, Outcome};
use crate::store::{DatabaseUrl, Store, StoreError};

/// What can be measured.
#[derive(Debug, clap::Subcommand)]
pub enum BenchCommand {
    /// Measure the intake of responses: with and without group commit, against a bare insert, and the form page.
    #[command(
        after_help = "Examples:\n  rapport bench intake\n  rapport bench intake --stored 10000000 --only post\n  \
        rapport bench intake --postgres postgres://me@127.0.0.1:5432/bench"
    )]
    Intake(IntakeArgs),
    /// Fill an empty database with invented responses to the yearly survey, and seal them.
    #[command(
        after_help = "Example:\n  rapport bench seal --responses 1000000 --data-dir bench-1m --format json"
    )]
    Seal(seal::Seal),
    /// Make years of published rounds, once, and read every page of results with many readers at a time.
    #[command(
        after_help = "Example:\n  rapport bench pages --data-dir bench-pages --agencies 120 --rounds 40 --readers 32"
    )]
    Pages(pages::Pages),
    /// Look at and import a large roster, and look at the next one.
    #[command(after_help = "Example:\n  rapport bench roster --people 200000 --data-dir bench-roster")]
    Roster(roster::Roster),
    /// Mail the invitations of a large round to a mail server of this process, while the sender is killed on the way.
    #[command(
        after_help = "Examples:\n  rapport bench mail --people 200000 --kills 2 --data-dir bench-mail\n  \
        rapport bench mail --people 2000 --database-url postgres://me@127.0.0.1:5432/bench"
    )]
    Mail(mail::Mail),
    /// The server that is measured.
    #[command(hide = true, after_help = "Example:\n  rapport bench serve --batch 1")]
    Serve(ServeArgs),
}

/// Flags of `rapport bench intake`.
#[derive(Debug, Clone, clap::Args)]
pub struct IntakeArgs {
    /// How long each measurement lasts, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// How many people are invited in each measurement that answers; when all have answered it ends early.
    #[arg(long, default_value_t = 100_000)]
    people: usize,
    /// At how many connections.
    #[arg(long, value_delimiter = ',', default_values_t = [32, 128])]
    connections: Vec<usize>,
    /// How many responses of earlier rounds are stored before it begins.
    #[arg(long, default_value_t = 0)]
    stored: usize,
    /// Measure with two instances on this PostgreSQL database instead, which must be empty and is left full.
    #[arg(long, value_name = "URL")]
    postgres: Option<DatabaseUrl>,
    /// Only measurements whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Where to keep the databases; a throwaway folder unless given.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Flags of the hidden server.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeArgs {
    /// How many writes share a commit at the most.
    #[arg(long)]
    batch: usize,
}

/// Measures, or serves what is measured.
///
/// # Errors
/// [`Failure`] when a server does not start or the load generator cannot reach it.
pub async fn run(context: &Context, command: BenchCommand) -> Outcome {
    match command {
        BenchCommand::Intake(args) => intake::run(&args).await,
        BenchCommand::Seal(args) => seal::run(context, args).await,
        BenchCommand::Pages(args) => pages::run(context, args).await,
        BenchCommand::Roster(args) => roster::run(context, args).await,
        BenchCommand::Mail(args) => mail::run(context, args).await,
        BenchCommand::Serve(args) => {
            let url = context.config.database()?;
            let store = Store::open_with_batches_of(&url, args.batch)?;
            let listener = super::serve::bind(context)?;
            super::serve::serve(context, store, listener, |address| {
                super::output::say!("Rapport listens on {address}")
            })
            .await
        }
    }
}

/// What went wrong while measuring is the system's fault.
fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::System(error.to_string())
}

/// A store on this database with today's schema.
async fn migrated(url: &DatabaseUrl) -> Result<Store, StoreError> {
    let store = Store::open(url)?;
    store.migrate().await?;
    Ok(store)
}

/// Lets the system count the peak anew, where it can: filling is not what is measured.
fn forget_peak() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// The most memory since then, in megabytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kilobytes / 1024)
}
