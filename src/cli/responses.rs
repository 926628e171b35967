//! `rapport responses`: single responses as a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::{Context, Failure, Outcome};
use crate::clock;
use crate::identity::Actor;
use crate::report::raw::{self, RawError};
use crate::round::{AudienceName, RoundId};

/// What can be done with responses.
#[derive(Debug, clap::Subcommand)]
pub enum ResponsesCommand {
    /// Write the responses of an audience, one row each: attributed ones with their person once the round is closed,
    /// anonymous ones in an order that says nothing once it is sealed.
    #[command(
        after_help = "Example:\n  rapport responses export partnership-2026 leaders --output leaders.csv\n\nAgencies whose results \
        are withheld are left out of an anonymous audience, and what people wrote or said of themselves is not in the file."
    )]
    Export(ExportArgs),
}

/// Flags of `rapport responses export`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExportArgs {
    /// The round.
    round: RoundId,
    /// Its audience.
    audience: AudienceName,
    /// Where to write it; standard output unless given. An existing file is not overwritten.
    #[arg(long)]
    output: Option<PathBuf>,
}

/// Writes the file.
///
/// # Errors
/// [`Failure`] with the remedy.
pub async fn run(context: &Context, command: ResponsesCommand) -> Outcome {
    let ResponsesCommand::Export(args) = command;
    let store = context.existing_store().await?;
    let asked = args.clone();
    let now = clock::now();
    let taken = store
        .write(move |conn| raw::take_out(conn, &Actor::operator(), &asked.round, &asked.audience, now))
        .await?;
    store
        .read(move |conn| {
            let mut out = sink(args.output.as_ref())?;
            taken.write(conn, &mut out)?;
            out.flush().map_err(RawError::from)
        })
        .await?;
    Ok(())
}

fn sink(path: Option<&PathBuf>) -> io::Result<Box<dyn Write>> {
    Ok(match path {
        None => Box::new(BufWriter::with_capacity(1 << 16, io::stdout())),
        Some(path) => Box::new(BufWriter::with_capacity(1 << 16, File::create_new(path)?)),
    })
}

impl From<RawError> for Failure {
    fn from(error: RawError) -> Self {
        match error {
            RawError::Round(error) => error.into(),
            RawError::Corrupt(_) => Self::System(error.to_string()),
            RawError::File(_) | RawError::TooEarly { .. } | RawError::Promised { .. } => {
                Self::Input(error.to_string())
            }
        }
    }
}
