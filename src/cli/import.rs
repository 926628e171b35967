//! `rapport import responses|results`: bringing the past along.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Context, Failure, Format, Outcome, output};
use crate::clock;
use crate::identity::{Actor, audit};
use crate::import::{mapping, responses, results};
use crate::round::{AudienceName, RoundId};

/// Bring the past along: what an earlier tool collected or published.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Bring in answers, a row for each person, as a past round.
    #[command(
        after_help = "Example:\n  rapport import responses --round climate-2019 --audience staff --mapping climate.json climate-2019.csv --dry-run\n\nThe mapping file is explained in docs/examples/bfi."
    )]
    Responses(ResponsesArgs),
    /// Bring in published figures, to be shown in trends as published.
    #[command(
        after_help = "Example:\n  rapport import results --mapping csps.json --organisations names.csv results-*.csv --dry-run\n\nThe mapping file is explained in docs/examples/csps."
    )]
    Results(ResultsArgs),
}

/// `import responses`.
#[derive(Debug, Args)]
pub struct ResponsesArgs {
    /// The past round; made when it is not there.
    #[arg(long, value_name = "ID")]
    pub round: RoundId,
    /// The name of its audience.
    #[arg(long, value_name = "NAME")]
    pub audience: AudienceName,
    /// Put these responses in the place of those of an import before. Not possible once the round is sealed.
    #[arg(long)]
    pub replace: bool,
    /// The mapping, and how to go about it.
    #[command(flatten)]
    pub common: Common,
    /// The responses, a CSV file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `import results`.
#[derive(Debug, Args)]
pub struct ResultsArgs {
    /// A CSV file with all names that organisations had: a code and a name in each row.
    #[arg(long, value_name = "FILE")]
    pub organisations: Option<PathBuf>,
    /// The mapping, and how to go about it.
    #[command(flatten)]
    pub common: Common,
    /// The published figures, a CSV file for each period. Give all of a series in one run.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// What both take.
#[derive(Debug, Args)]
pub struct Common {
    /// Which column is what: a JSON file.
    #[arg(long, value_name = "FILE")]
    pub mapping: PathBuf,
    /// Only say what would be done.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave out columns and rows that nothing in the mapping fits, instead of refusing.
    #[arg(long)]
    pub skip_unmatched: bool,
    /// How to print the report.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Runs an import.
///
/// # Errors
/// [`Failure::Input`] when something does not fit; nothing is written then.
pub async fn run(context: &Context, command: ImportCommand) -> Outcome {
    match command {
        ImportCommand::Responses(args) => import_responses(context, args).await,
        ImportCommand::Results(args) => import_results(context, args).await,
    }
}

async fn import_results(context: &Context, args: ResultsArgs) -> Outcome {
    let mapping: results::mapping::Mapping =
        mapping::read(&read(&args.common.mapping)?).map_err(Failure::Input)?;
    let organisations = args.organisations.as_deref().map(read).transpose()?;
    let files = args
        .files
        .iter()
        .map(|file| source(file))
        .collect::<Result<Vec<_>, _>>()?;
    let store = context.store().await?;
    let wanted = mapping.clone();
    let known = store.read(move |conn| results::known(conn, &wanted)).await?;
    let (plan, report) = results::plan(&mapping, &files, organisations.as_deref(), &known);
    print(args.common.format, &report)?;
    args.common.refuse(
        report.is_good(args.common.skip_unmatched),
        report.problems.is_empty(),
    )?;
    if args.common.dry_run {
        return told_dry_run(args.common.format);
    }
    let (series, now) = (mapping.series.clone(), clock::now());
    let figures = plan.figures.len();
    let writing = store.write(move |conn| -> Outcome {
        results::store(conn, &plan)?;
        let detail = format!("{figures} figures");
        Ok(audit::record(
            conn,
            &Actor::operator(),
            "results.import",
            series.as_str(),
            &detail,
            now,
        )?)
    });
    writing.await
}

async fn import_responses(context: &Context, args: ResponsesArgs) -> Outcome {
    let mapping: responses::mapping::Mapping =
        mapping::read(&read(&args.common.mapping)?).map_err(Failure::Input)?;
    let bytes = read(&args.file)?;
    let target = responses::Target {
        round: args.round,
        audience: args.audience,
        replace: args.replace,
    };
    let store = context.store().await?;
    let round = target.round.clone();
    let planning = store.read(move |conn| responses::plan(conn, &mapping, &target, &bytes));
    let (plan, report) = planning.await?;
    print(args.common.format, &report)?;
    args.common.refuse(
        report.is_good(args.common.skip_unmatched),
        report.problems.is_empty(),
    )?;
    if args.common.dry_run {
        return told_dry_run(args.common.format);
    }
    let (now, stored) = (clock::now(), report.responses);
    let writing = store.write(move |conn| -> Outcome {
        responses::store(conn, plan)?;
        let detail = format!("{stored} responses");
        Ok(audit::record(
            conn,
            &Actor::operator(),
            "responses.import",
            round.as_str(),
            &detail,
            now,
        )?)
    });
    writing.await
}

impl Common {
    fn refuse(&self, is_good: bool, only_unmatched: bool) -> Outcome {
        if is_good {
            return Ok(());
        }
        let remedy = if only_unmatched {
            "list what is unmatched under `ignore` in the mapping, map it, or use --skip-unmatched"
        } else {
            "correct what is listed under problems"
        };
        Err(Failure::Input(format!("nothing was imported: {remedy}")))
    }
}

impl From<responses::ImportError> for Failure {
    fn from(error: responses::ImportError) -> Self {
        match error {
            responses::ImportError::Mapping(told) => Self::Input(told),
            responses::ImportError::Store(error) => error.into(),
            responses::ImportError::NotCanonical(error) => Self::System(error.to_string()),
        }
    }
}

fn print(format: Format, report: &(impl Serialize + std::fmt::Display)) -> Outcome {
    match format {
        Format::Table => output::write(&report.to_string()),
        Format::Json => {
            let text = serde_json::to_string_pretty(report);
            output::write(&format!(
                "{}\n",
                text.map_err(|error| Failure::System(error.to_string()))?
            ))
        }
    }
}

fn told_dry_run(format: Format) -> Outcome {
    if format == Format::Table {
        output::say!("dry run: nothing was written");
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let told = |error| Failure::Input(format!("{} cannot be read: {error}", path.display()));
    fs::read(path).map_err(told)
}

fn source(path: &Path) -> Result<results::Source, Failure> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(results::Source {
        name,
        bytes: read(path)?,
    })
}
