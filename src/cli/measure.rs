//! `rapport measure`: the measurement engine on files, without a database.
//!
//! | file | step |
//! | --- | --- |
//! | `subjects` | what a definition measures: indices, their dimensions, rating items |
//! | `people` | headcounts, from a roster or a table of counts |
//! | `answers` | responses, streamed into columns of bytes; rows in any order |
//! | `figures`, `figure` | every estimate of every agency and of the state |
//! | `layout` | the same as a table, CSV or JSON |
//!
//! This is an analyst's and auditor's tool on raw data: it withholds nothing, whoever is few. What is published goes
//! through `rapport round seal`, where the disclosure rule stands.

mod answers;
mod figure;
mod figures;
mod layout;
mod people;
mod subjects;

use std::num::NonZero;
use std::path::{Path, PathBuf};

use super::{Failure, Outcome, output};
use crate::measure::Confidence;
use crate::measure::parallel::Workers;
use crate::survey::definition::Definition;
use crate::survey::parse;

/// Flags of `rapport measure`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rapport measure --definition survey.json --responses responses.csv --headcounts headcounts.csv\n  \
    rapport measure --definition survey.json --responses responses.csv --roster roster.csv --segment role --format csv\n\n\
    Responses: a column `agency`, a column for each rating item under its id with the number of the point (1 is the\n\
    lowest), an empty cell where nothing was answered, and with --segment that column. Other columns are left alone.\n\
    Headcounts: columns `agency`, `people`, and with --segment that column. A roster: a row a person.\n\n\
    NO DISCLOSURE CONTROL: this prints figures of every agency, however small, from raw data. It is for analysts and\n\
    auditors who may see the responses anyway. Publish nothing of it; sealed results go through the disclosure rule.")]
pub struct Args {
    /// The survey definition.
    #[arg(long, value_name = "FILE")]
    definition: PathBuf,
    /// The responses, a CSV file with a row a person.
    #[arg(long, value_name = "FILE")]
    responses: PathBuf,
    /// Everybody who was asked, a row a person: the population of each agency is counted from it.
    #[arg(long, value_name = "FILE", conflicts_with = "headcounts")]
    roster: Option<PathBuf>,
    /// The population of each agency, a row an agency (and segment).
    #[arg(long, value_name = "FILE")]
    headcounts: Option<PathBuf>,
    /// A column of the responses and of the roster or headcounts: agencies are post-stratified by it.
    #[arg(long, value_name = "COLUMN")]
    segment: Option<String>,
    /// What stands in a cell where nothing was answered, beside nothing at all, e.g. `NA`. May be given again.
    #[arg(long, value_name = "TEXT")]
    missing: Vec<String>,
    /// Every rating item on its own as well.
    #[arg(long)]
    items: bool,
    /// The confidence of intervals, as a share.
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95)]
    confidence: f64,
    /// How to print the figures.
    #[arg(long, value_enum, default_value_t)]
    format: layout::Format,
}

/// Reads the files, measures, prints.
///
/// # Errors
/// [`Failure::Input`] names file, row, column and remedy.
pub fn run(args: &Args) -> Outcome {
    let confidence = Confidence::new(args.confidence).map_err(|_not_a_level| {
        Failure::Input(format!(
            "--confidence {} is no level: give a share between 0 and 1, e.g. 0.95",
            args.confidence
        ))
    })?;
    if let Some(segment) = &args.segment {
        check_segment(segment)?;
    }
    let definition = definition(&args.definition)?;
    let subjects = subjects::of(&definition, args.items)?;
    let population = match (&args.roster, &args.headcounts) {
        (Some(path), _) => Some(people::of_roster(path, args.segment.as_deref())?),
        (None, Some(path)) => Some(people::of_headcounts(path, args.segment.as_deref())?),
        (None, None) if args.segment.is_some() => {
            return Err(Failure::Input(
                "--segment needs the people of each segment: give --roster or --headcounts".to_owned(),
            ));
        }
        (None, None) => None,
    };
    let rules = answers::Rules {
        segment: args.segment.as_deref(),
        missing: &args.missing,
        population: population.as_ref(),
    };
    let answers = answers::read(&args.responses, &subjects, rules)?;
    if let Some((rows, first)) = answers.short {
        let path = args.responses.display();
        output::note(&format!(
            "`{path}`: {rows} rows, the first in line {first}, have fewer cells than there are headings; what they lack counts as not answered"
        ));
    }
    if let Some(population) = &population {
        population.check(&answers, &args.responses)?;
    }
    let workers = Workers::new(std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN));
    let measured = figures::measure(&subjects, &answers, population.as_ref(), confidence, workers)
        .map_err(|reason| Failure::System(reason.to_string()))?;
    layout::print(args.format, &definition, &measured)
}

/// A segment must be a column of its own.
fn check_segment(segment: &str) -> Outcome {
    let taken = people::RESERVED
        .iter()
        .any(|name| name.eq_ignore_ascii_case(segment.trim()));
    if taken || segment.trim().is_empty() {
        return Err(Failure::Input(format!(
            "--segment `{segment}` is no column of segments: name another, e.g. --segment role"
        )));
    }
    Ok(())
}

fn definition(path: &Path) -> Result<Definition, Failure> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    parse::read(&bytes).map_err(|problems| {
        let first = problems
            .first()
            .map(|problem| format!(": {problem}"))
            .unwrap_or_default();
        Failure::Input(format!(
            "`{}` is no valid definition{first}; `rapport survey check {}` lists every problem",
            path.display(),
            path.display()
        ))
    })
}

/// A file that cannot be read at all.
fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Input(format!(
        "`{}` cannot be read: {error}; check the path and its permissions",
        path.display()
    ))
}
