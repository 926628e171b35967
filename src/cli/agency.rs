//! `rapport agency`: the table of agencies and the table of what happened to them.

use std::path::{Path, PathBuf};

use super::{Context, Failure, Format, Outcome, output};
use crate::agency::{self, Agency, ImportError};
use crate::clock;
use crate::identity::Actor;
use crate::store::Store;
use crate::table::Limits;

/// What can be done with agencies.
#[derive(Debug, clap::Subcommand)]
pub enum AgencyCommand {
    /// Take over a table of agencies (code, name, parent, cluster), all or nothing.
    #[command(after_help = "Examples:\n  rapport agency import agencies.csv\n  \
        rapport agency import agencies.csv --lineage lineage.csv\n\n\
        The table of lineage has the columns date, kind (renamed, merged, split), from, to, note.")]
    Import(Import),
    /// List the agencies.
    #[command(after_help = "Example:\n  rapport agency list --format json")]
    List(List),
}

/// Flags of `rapport agency import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The CSV file.
    file: PathBuf,
    /// A CSV file of what happened to them.
    #[arg(long, value_name = "FILE")]
    lineage: Option<PathBuf>,
}

/// Flags of `rapport agency list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Runs a command about agencies.
///
/// # Errors
/// [`Failure`] with the remedy.
pub async fn run(context: &Context, command: AgencyCommand) -> Outcome {
    match command {
        AgencyCommand::Import(args) => {
            let agencies = read_table(&args.file)?;
            let lineage = args.lineage.as_deref().map(read_table).transpose()?;
            import(&context.store().await?, agencies, lineage).await
        }
        AgencyCommand::List(args) => list(&context.store().await?, &args).await,
    }
}

async fn import(store: &Store, agencies: Vec<u8>, lineage: Option<Vec<u8>>) -> Outcome {
    let now = clock::now();
    let done = store
        .write(move |conn| agency::desk::import(conn, &Actor::operator(), &agencies, lineage.as_deref(), now))
        .await?;
    output::say!(
        "{} agencies, {} of them new; {} events",
        done.agencies,
        done.new,
        done.events
    );
    Ok(())
}

async fn list(store: &Store, args: &List) -> Outcome {
    let agencies = store.read(|conn| agency::list(conn, None, u32::MAX)).await?;
    let text = |slug: Option<String>| slug.unwrap_or_default();
    let row = |agency: &Agency| {
        let parent = text(agency.parent.as_ref().map(ToString::to_string));
        let cluster = text(agency.cluster.as_ref().map(ToString::to_string));
        vec![agency.code.to_string(), agency.name.clone(), parent, cluster]
    };
    output::print(
        args.format,
        &agencies,
        &["code", "name", "parent", "cluster"],
        agencies.iter().map(row),
    )
}

/// The bytes of a table; of a file that is too large only so much is read that this can be said.
///
/// # Errors
/// [`Failure::Input`] when the file cannot be read.
pub(super) fn read_table(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let most = u64::try_from(Limits::default().bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    Ok(bytes)
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Store(error) => error.into(),
            ImportError::Unrecorded(error) => error.into(),
            ImportError::Agencies(problems) => Self::Input(format!(
                "nothing was imported; the table of agencies:\n{problems}"
            )),
            ImportError::Lineage(problems) => {
                Self::Input(format!("nothing was imported; the table of lineage:\n{problems}"))
            }
        }
    }
}
