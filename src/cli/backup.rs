//! `rapport backup`: the whole database in one file, while the server runs.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::{Context, Failure, Outcome, output};
use crate::clock;
use crate::store::backup::{self, BackupError, Summary};

/// Flags of `rapport backup`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write; it must not exist.
    file: PathBuf,
}

/// Writes the file, readable by its owner only, under its name once it is whole and on the disk.
///
/// # Errors
/// [`Failure`] with the remedy.
pub async fn run(context: &Context, args: Args) -> Outcome {
    if args.file.exists() {
        let shown = args.file.display();
        return Err(Failure::Input(format!("`{shown}` exists; name a new file")));
    }
    let store = context.existing_store().await?;
    let file = args.file.clone();
    let now = clock::now();
    let summary = store
        .read(move |conn| {
            let partial = partial(&file);
            let written = write(&partial, |out| backup::write(conn, now, out));
            match &written {
                Ok(_) => fs::rename(&partial, &file)?,
                Err(_) => drop(fs::remove_file(&partial)),
            }
            written
        })
        .await?;
    output::say!("{} rows in {}", summary.rows, args.file.display());
    tell_waiting(&summary);
    Ok(())
}

/// Says what the file does not hold.
pub(super) fn tell_waiting(summary: &Summary) {
    if summary.waiting > 0 {
        eprintln!(
            "note: {} responses of open rounds wait to be mixed and are not in the backup; the people who sent them could not \
             answer again after a restore. Back up again after the round is closed: then everything is in it.",
            summary.waiting
        );
    }
}

fn partial(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

fn write(
    path: &Path,
    work: impl FnOnce(&mut dyn std::io::Write) -> Result<Summary, BackupError>,
) -> Result<Summary, BackupError> {
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let summary = work(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(summary)
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Store(error) => error.into(),
            other => Self::Input(other.to_string()),
        }
    }
}
