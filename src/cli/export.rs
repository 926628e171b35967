//! `rapport export`: the published result of a round as a file.

use std::path::PathBuf;

use super::{Context, Failure, Outcome};
use crate::identity::Scope;
use crate::report::export;
use crate::report::read::{self, Wanted};
use crate::round::RoundId;
use crate::store::Conn;

/// Flags of `rapport export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The round; its result must be published.
    round: RoundId,
    /// The form of the file.
    #[arg(long, value_enum, default_value = "csv")]
    format: FileFormat,
    /// Where to write it; standard output unless given. An existing file is not overwritten.
    #[arg(long)]
    output: Option<PathBuf>,
}

/// The forms of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FileFormat {
    /// One row a figure, with a heading.
    Csv,
    /// The same rows under the head of the result.
    Json,
}

/// Writes the file.
///
/// # Errors
/// [`Failure`] with the remedy.
pub async fn run(context: &Context, args: Args) -> Outcome {
    let store = context.store().await?;
    let round = args.round.clone();
    let found = store
        .read(move |conn: &mut Conn| read::results_of(conn, &round, &Scope::All, &Wanted::default()))
        .await?;
    let results = found.ok_or_else(|| {
        Failure::Input(format!(
            "there is no published result of a round `{}`; `rapport round list` shows the rounds and their states",
            args.round
        ))
    })?;
    let text = match args.format {
        FileFormat::Csv => export::csv(&results),
        FileFormat::Json => export::json(&results),
    };
    let text = text.map_err(|error| Failure::System(error.to_string()))?;
    match args.output {
        None => print!("{text}"),
        Some(path) => write(&path, &text)?,
    }
    Ok(())
}

fn write(path: &PathBuf, text: &str) -> Outcome {
    use std::io::Write as _;
    let failed = |error: std::io::Error| {
        Failure::Input(format!(
            "`{}` cannot be written: {error}; name another file with --output",
            path.display()
        ))
    };
    let mut file = std::fs::File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
