//! `rapport roster`: who is invited, from a CSV table; the links go to a file, once.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Context, Failure, Outcome, agency, output};
use crate::clock;
use crate::identity::Actor;
use crate::round::invitation::links_csv;
use crate::round::roster_match::{Matching, Use};
use crate::round::{AudienceName, RoundId, desk};

/// What can be done with rosters.
#[derive(Debug, clap::Subcommand)]
pub enum RosterCommand {
    /// Put a table of people in the place of an audience's roster, before the round opens.
    #[command(
        after_help = "Example:\n  rapport roster import partnership-2026 staff staff.csv --links links.csv\n\n\
        Columns: agency, person, name, email, language; any other column is a segment. All or nothing.\n\
        The links begin with --public-url, else with the address of --listen. They are shown this once, in the file\n\
        or on standard output: only hashes of them are stored."
    )]
    Import(Import),
}

/// Flags of `rapport roster import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The round.
    round: RoundId,
    /// The audience.
    audience: AudienceName,
    /// The CSV file.
    file: PathBuf,
    /// What a column is whose heading does not say it, as HEADING=USE, e.g. 'Payroll number=person'; USE is agency, person, name,
    /// email, language, segment or leave-out. May be given several times.
    #[arg(long = "column", value_name = "HEADING=USE", value_parser = column)]
    columns: Vec<(String, Use)>,
    /// Where the links go, as CSV; a new file that only you can read. Without it they are printed.
    #[arg(long, value_name = "OUT.csv")]
    links: Option<PathBuf>,
}

/// Runs a command about rosters.
///
/// # Errors
/// [`Failure`] with the remedy.
pub async fn run(context: &Context, command: RosterCommand) -> Outcome {
    let RosterCommand::Import(args) = command;
    let base = base(context);
    let table = agency::read_table(&args.file)?;
    // Before anything is written: links without a place to go would be lost.
    let out = args.links.as_deref().map(private_file).transpose()?;
    let (round, audience, now) = (args.round, args.audience, clock::now());
    let mut matching = Matching::default();
    for (heading, role) in args.columns {
        matching.say(heading, role);
    }
    let store = context.existing_store().await?;
    let imported = store
        .write(move |conn| {
            desk::import_roster(
                conn,
                &Actor::operator(),
                &round,
                &audience,
                &table,
                &matching,
                now,
            )
        })
        .await;
    let done = match imported {
        Ok(done) => done,
        Err(error) => {
            // The file was made for links that do not exist.
            if let Some(path) = &args.links {
                drop(std::fs::remove_file(path));
            }
            return Err(error.into());
        }
    };
    let links = links_csv(&done.links, &base);
    match out {
        Some(mut file) => {
            file.write_all(links.as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(|error| {
                    Failure::System(format!("the links could not be written: {error}; import again"))
                })?;
            output::say!("{} people of {} agencies are invited", done.people, done.agencies);
        }
        None => output::write(&links)?,
    }
    Ok(())
}

fn column(text: &str) -> Result<(String, Use), String> {
    let said = text.rsplit_once('=');
    let read = said.and_then(|(heading, word)| Some((heading.to_owned(), Use::named(word)?)));
    let known = Use::ALL.map(Use::as_str).join(", ");
    read.ok_or_else(|| format!("write HEADING=USE, with one of {known}"))
}

/// The address under which people reach the server, as `serve` would say it.
fn base(context: &Context) -> String {
    let configured = context.config.public_url.as_ref().map(ToString::to_string);
    configured.unwrap_or_else(|| format!("http://{}", context.config.listen))
}

/// A new file that only its owner can read: whoever reads the links can answer in somebody's place.
fn private_file(path: &Path) -> Result<std::fs::File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        let place = path.display();
        Failure::Input(match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!("{place} is there already and may hold links that still work; name a new file")
            }
            _ => format!("{place}: {error}; name a file in a folder where you may write"),
        })
    })
}
