//! `rapport survey check|diff|publish|list|schema`.
//!
//! Each command is a function from its arguments (and the store, where it needs one) to an [`Outcome`]: what to
//! print and with which exit code to end. Nothing here decides; it reads files, calls the survey room and
//! lays out what that says.

mod layout;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Context, Format, output};
use crate::clock;
use crate::store::{Store, StoreError};
use crate::survey::compare::{diff, links};
use crate::survey::definition::{Definition, SurveyId, VersionNumber};
use crate::survey::parse::{self, MAX_BYTES};
use crate::survey::problem::{Pointer, Problem};
use crate::survey::publish::{self, PublishError};
use crate::survey::schema::schema_text;

use layout::{diff_text, listed_problems, pretty, problem_list, table};

/// Work with survey definitions.
#[derive(Debug, Subcommand)]
pub enum SurveyCommand {
    /// List every problem of definition files.
    Check(CheckArgs),
    /// Show what changes from one definition to another, and what that does to each trend.
    Diff(DiffArgs),
    /// Store a definition as an immutable version.
    Publish(PublishArgs),
    /// List the published versions.
    List(ListArgs),
    /// Print the JSON Schema of definitions.
    #[command(after_help = "Example:\n  rapport survey schema > survey.schema.json")]
    Schema,
}

impl SurveyCommand {
    /// Whether the command cannot run without a database: `diff` can, between two files.
    #[must_use]
    pub fn needs_store(&self) -> bool {
        match self {
            Self::Check(_) | Self::Schema => false,
            Self::Diff(args) => [&args.old, &args.new].iter().any(|source| source.is_published()),
            Self::Publish(_) | Self::List(_) => true,
        }
    }
}

/// `survey check`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rapport survey check surveys/*.json\n\n\
    Ends with 0 when there is no problem and with 1 when there is one.")]
pub struct CheckArgs {
    /// Definition files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to print the problems.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `survey diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    rapport survey diff surveys/agency-partnership.v1.json surveys/agency-partnership.v2.json\n  \
    rapport survey diff agency-partnership@1 agency-partnership@2\n  \
    rapport survey diff agency-partnership@1 draft.json --format json")]
pub struct DiffArgs {
    /// The older definition: a file, or SURVEY@VERSION for a published one.
    #[arg(value_name = "OLD")]
    pub old: Source,
    /// The newer definition: a file, or SURVEY@VERSION for a published one.
    #[arg(value_name = "NEW")]
    pub new: Source,
    /// How to print the changes.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `survey publish`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  rapport survey publish surveys/quarterly-pulse.v1.json --by ana\n\n\
    Publishing the same content again changes nothing. A published version never changes."
)]
pub struct PublishArgs {
    /// The definition file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Who publishes it, as it will stand in the record.
    #[arg(long, default_value = "command line", value_name = "NAME")]
    pub by: String,
    /// How to print what was done.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `survey list`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rapport survey list --format json")]
pub struct ListArgs {
    /// How to print the list.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// A definition on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// In the store: `survey@version`.
    Published(SurveyId, VersionNumber),
}

impl Source {
    fn is_published(&self) -> bool {
        matches!(self, Self::Published(..))
    }
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    /// `survey@number` is a published version unless a file of that name exists.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let published = text
            .rsplit_once('@')
            .and_then(|(survey, number)| Some((survey.parse().ok()?, number.parse().ok()?)));
        Ok(match published {
            Some((survey, number)) if !Path::new(text).exists() => Self::Published(survey, number),
            _ => Self::File(PathBuf::from(text)),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Published(survey, number) => write!(f, "{survey}@{number}"),
        }
    }
}

/// What a command has to say, and the exit code to end with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// For standard output.
    pub text: String,
    /// For standard error.
    pub errors: String,
    /// 0 done, 1 the input is wrong, 2 the system failed.
    pub exit: u8,
}

impl Outcome {
    fn done(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            errors: String::new(),
            exit: 0,
        }
    }

    fn wrong(text: impl Into<String>) -> Self {
        Self {
            exit: 1,
            ..Self::done(text)
        }
    }
}

/// Why a command could not do its work.
enum Failure {
    /// These problems, of this input.
    Problems(String, Vec<Problem>),
    /// The input is wrong in another way.
    Input(String),
    /// The system failed.
    System(String),
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Invalid(problems) => Self::Problems(String::new(), problems),
            PublishError::Store(error) => Self::System(error.to_string()),
            other => Self::Input(other.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::System(error.to_string())
    }
}

/// Runs a command with the configured database, prints what it has to say, and ends as the command line does.
///
/// # Errors
/// [`super::Failure::Input`] when the definition or the arguments are wrong, [`super::Failure::System`] when the
/// store failed.
pub async fn dispatch(context: &Context, command: SurveyCommand) -> super::Outcome {
    let store = match command.needs_store() {
        true => Some(context.store().await?),
        false => None,
    };
    let outcome = run(command, store.as_ref()).await;
    output::write(&outcome.text)?;
    let said = match outcome.errors.trim_end() {
        "" => "there are problems; see above".to_owned(),
        errors => errors.to_owned(),
    };
    match outcome.exit {
        0 => Ok(()),
        1 => Err(super::Failure::Input(said)),
        _ => Err(super::Failure::System(said)),
    }
}

/// Runs a command. `store` is needed where [`SurveyCommand::needs_store`] says so.
pub async fn run(command: SurveyCommand, store: Option<&Store>) -> Outcome {
    match command {
        SurveyCommand::Check(args) => check(&args),
        SurveyCommand::Schema => Outcome::done(schema_text()),
        SurveyCommand::Diff(args) => finish(show_diff(&args, store).await, args.format),
        SurveyCommand::Publish(args) => finish(publish_file(&args, store).await, args.format),
        SurveyCommand::List(args) => finish(list(&args, store).await, args.format),
    }
}

fn finish(result: Result<Outcome, Failure>, format: Format) -> Outcome {
    let failed = |errors: String, exit| Outcome {
        text: String::new(),
        errors,
        exit,
    };
    match result {
        Ok(outcome) => outcome,
        Err(Failure::Problems(name, problems)) => Outcome::wrong(match format {
            Format::Json => pretty(&json!({ "problems": problems })),
            Format::Table => problem_list(&name, &problems),
        }),
        Err(Failure::Input(message)) => failed(format!("{message}\n"), 1),
        Err(Failure::System(message)) => failed(format!("{message}\n"), 2),
    }
}

/// `survey check FILE...`
#[must_use]
pub fn check(args: &CheckArgs) -> Outcome {
    let reports: Vec<(String, Vec<Problem>)> = args
        .files
        .iter()
        .map(|path| (path.display().to_string(), problems_of(path)))
        .collect();
    let text = match args.format {
        Format::Json => {
            let listed = reports
                .iter()
                .map(|(file, problems)| json!({ "file": file, "problems": problems }));
            pretty(&listed.collect::<Vec<_>>())
        }
        Format::Table => reports
            .iter()
            .map(|(file, problems)| problem_list(file, problems))
            .collect(),
    };
    if reports.iter().all(|(_, problems)| problems.is_empty()) {
        Outcome::done(text)
    } else {
        Outcome::wrong(text)
    }
}

fn problems_of(path: &Path) -> Vec<Problem> {
    let read = bytes(path).and_then(|bytes| parse::read(&bytes));
    read.err().unwrap_or_default()
}

/// The file's bytes. Of a file that is too large only so much is read that this can be said.
fn bytes(path: &Path) -> Result<Vec<u8>, Vec<Problem>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let read = std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(vec![Pointer::root().problem(
            format!("the file cannot be read: {error}"),
            "check the path and its permissions",
        )]),
    }
}

async fn show_diff(args: &DiffArgs, store: Option<&Store>) -> Result<Outcome, Failure> {
    let old = definition(&args.old, store).await?;
    let new = definition(&args.new, store).await?;
    let chain = match store {
        Some(store) if old.id == new.id => published(store, old.id.clone()).await?,
        _ => Vec::new(),
    };
    let chain: Vec<&Definition> = chain.iter().map(|version| &version.definition).collect();
    let diff = diff(&old, &chain, &new);
    let next = old.id == new.id && old.version.checked_add(1) == Some(new.version);
    let problems = if next { links(&old, &new) } else { Vec::new() };
    let text = match args.format {
        Format::Json => pretty(&json!({ "diff": diff, "problems": problems })),
        Format::Table => diff_text(&diff) + &listed_problems(&problems),
    };
    Ok(if problems.is_empty() {
        Outcome::done(text)
    } else {
        Outcome::wrong(text)
    })
}

async fn definition(source: &Source, store: Option<&Store>) -> Result<Definition, Failure> {
    match source {
        Source::File(path) => {
            let named = |problems| Failure::Problems(source.to_string(), problems);
            parse::read(&bytes(path).map_err(named)?).map_err(named)
        }
        Source::Published(survey, number) => {
            let (survey, number) = (survey.clone(), *number);
            let version = needed(store)?
                .read(move |conn| publish::version(conn, &survey, number))
                .await?;
            Ok(version.definition)
        }
    }
}

async fn published(store: &Store, survey: SurveyId) -> Result<Vec<publish::Version>, Failure> {
    Ok(store.read(move |conn| publish::versions(conn, &survey)).await?)
}

async fn publish_file(args: &PublishArgs, store: Option<&Store>) -> Result<Outcome, Failure> {
    let name = args.file.display().to_string();
    let named = |problems| Failure::Problems(name.clone(), problems);
    let definition = parse::read(&bytes(&args.file).map_err(named)?).map_err(named)?;
    let (by, now) = (args.by.clone(), clock::now());
    let published = needed(store)?
        .write(move |conn| publish::publish(conn, &definition, &by, now))
        .await
        .map_err(|error| match Failure::from(error) {
            Failure::Problems(_, problems) => named(problems),
            other => other,
        })?;
    let version = &published.version;
    let text = match args.format {
        Format::Json => pretty(&json!({
            "survey": version.survey,
            "version": version.number,
            "digest": version.digest,
            "is_new": published.is_new,
        })),
        Format::Table if published.is_new => format!(
            "published {} version {}\nSHA-256 {}\n",
            version.survey, version.number, version.digest
        ),
        Format::Table => format!(
            "{} version {} was published before with exactly this content; nothing to do\nSHA-256 {}\n",
            version.survey, version.number, version.digest
        ),
    };
    Ok(Outcome::done(text))
}

async fn list(args: &ListArgs, store: Option<&Store>) -> Result<Outcome, Failure> {
    let surveys = needed(store)?.read(publish::list).await?;
    if args.format == Format::Json {
        return Ok(Outcome::done(pretty(&surveys)));
    }
    if surveys.is_empty() {
        return Ok(Outcome::done(
            "no survey is published yet; `rapport survey publish FILE` publishes one\n",
        ));
    }
    let mut table = table(["survey", "version", "published", "by", "SHA-256"]);
    for survey in &surveys {
        for version in &survey.versions {
            table.add_row([
                survey.survey.to_string(),
                version.number.to_string(),
                version.published_at.to_string(),
                version.published_by.clone(),
                version.digest.clone(),
            ]);
        }
        if survey.has_draft {
            let [empty, also_empty] = [String::new(), String::new()];
            table.add_row([
                survey.survey.to_string(),
                "draft".to_owned(),
                empty,
                also_empty,
                String::new(),
            ]);
        }
    }
    Ok(Outcome::done(format!("{table}\n")))
}

fn needed(store: Option<&Store>) -> Result<&Store, Failure> {
    store.ok_or_else(|| {
        Failure::Input("this needs a database; give --data-dir DIR or --database-url URL".to_owned())
    })
}
