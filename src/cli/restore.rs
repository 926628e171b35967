//! `rapport restore`: an empty database filled from a backup.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::{Context, Failure, Outcome, backup::tell_waiting, output};
use crate::store::backup::{self, BackupError};

/// Flags of `rapport restore`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file that `rapport backup` wrote.
    file: PathBuf,
}

/// Checks the file, then fills the database in one transaction.
///
/// # Errors
/// [`Failure`] with the remedy; the database stays empty then.
pub async fn run(context: &Context, args: Args) -> Outcome {
    let summary = backup::check(&mut open(&args.file)?)?;
    let store = context.store_as_it_is()?;
    store.migrate().await?;
    let mut file = open(&args.file)?;
    store
        .write(move |conn| backup::read(conn, &mut file).map_err(Failure::from))
        .await?;
    output::say!("{} rows of {} restored", summary.rows, summary.made_at);
    tell_waiting(&summary);
    Ok(())
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path).map_err(BackupError::File)?;
    Ok(BufReader::with_capacity(1 << 20, file))
}
