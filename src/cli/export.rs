//! `rapport export`: the published result of a round as a file.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Context, Failure, Outcome};
use crate::identity::Scope;
use crate::report::export::Form;
use crate::report::portions::Download;
use crate::round::RoundId;

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
    let store = context.existing_store().await?;
    let form = match args.format {
        FileFormat::Csv => Form::Csv,
        FileFormat::Json => Form::Json,
    };
    let found = Download::of(&store, &args.round, &Scope::All, form).await?;
    let mut file = found.ok_or_else(|| {
        Failure::Input(format!(
            "there is no published result of a round `{}`; `rapport round list` shows the rounds and their states",
            args.round
        ))
    })?;
    let mut out = Out::of(args.output)?;
    while let Some(part) = file
        .next()
        .await
        .map_err(|error| Failure::System(error.to_string()))?
    {
        out.write(&part)?;
    }
    Ok(())
}

/// Where the file goes.
enum Out {
    Standard,
    File(PathBuf, File),
}

impl Out {
    fn of(path: Option<PathBuf>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::Standard);
        };
        let file = File::create_new(&path).map_err(|error| unwritten(&path, &error))?;
        Ok(Self::File(path, file))
    }

    fn write(&mut self, part: &[u8]) -> Outcome {
        match self {
            Self::Standard => std::io::stdout()
                .write_all(part)
                .map_err(|error| Failure::System(error.to_string())),
            Self::File(path, file) => file.write_all(part).map_err(|error| unwritten(path, &error)),
        }
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Input(format!(
        "`{}` cannot be written: {error}; name another file with --output",
        path.display()
    ))
}
