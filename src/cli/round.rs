//! `rapport round`: planning rounds and taking each step of their lives.

use serde::Serialize;

use super::progress::Shown;
use super::{Context, Failure, Format, Outcome, output};
use crate::clock;
use crate::identity::Actor;
use crate::report::{self, SealError};
use crate::round::desk::{self, HandStep};
use crate::round::{
    self, Audience, AudienceName, Mode, NewKeys, NewRound, Round, RoundError, RoundId, RoundThresholds,
    opening,
};
use crate::store::Store;
use crate::survey::definition::{SurveyId, VersionNumber};

/// What can be done with rounds.
#[derive(Debug, clap::Subcommand)]
pub enum RoundCommand {
    /// List the rounds.
    #[command(after_help = "Example:\n  rapport round list --format json")]
    List(List),
    /// Plan a round as a draft.
    #[command(
        after_help = "Example:\n  rapport round create partnership-2026 --title 'Partnership survey 2026' \\\n    \
        --survey agency-partnership@1 --audience staff:anonymous --audience leaders:attributed \\\n    \
        --opens-at 2026-09-01T06:00:00Z --closes-at 2026-09-22T18:00:00Z"
    )]
    Create(Create),
    /// Let a round open by itself at its time of opening.
    #[command(after_help = "Example:\n  rapport round schedule partnership-2026")]
    Schedule(Which),
    /// Take a scheduled round back to a draft.
    #[command(after_help = "Example:\n  rapport round withdraw partnership-2026")]
    Withdraw(Which),
    /// Open a round: freezes version, rosters, thresholds and promise for good.
    #[command(after_help = "Example:\n  rapport round open partnership-2026")]
    Open(Which),
    /// Give the people of an open round more time; an end never moves to an earlier time.
    #[command(
        after_help = "Example:\n  rapport round extend partnership-2026 --closes-at 2026-09-29T18:00:00Z"
    )]
    Extend(Extend),
    /// Close a round: no response is taken any more.
    #[command(after_help = "Example:\n  rapport round close partnership-2026")]
    Close(Which),
    /// Compute and store the result of a closed round, or a correction of it that says why.
    #[command(after_help = "Examples:\n  rapport round seal partnership-2026\n  \
        rapport round seal partnership-2026 --reason 'the headcount of DOT was wrong'")]
    Seal(Seal),
    /// Make a sealed result visible to those who may see it.
    #[command(after_help = "Example:\n  rapport round publish partnership-2026")]
    Publish(Which),
    /// Compute a sealed result again and compare every bit. Ends with 1 when it differs.
    #[command(after_help = "Example:\n  rapport round verify partnership-2026 --format json")]
    Verify(Which),
}

/// Flags of `rapport round list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Flags of `rapport round create`.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// As it will stand in addresses.
    id: RoundId,
    /// As people call it.
    #[arg(long)]
    title: String,
    /// What is asked, as SURVEY@VERSION.
    #[arg(long, value_parser = survey_version)]
    survey: (SurveyId, VersionNumber),
    /// Who is asked, as NAME:anonymous or NAME:attributed, with :TITLE behind it if you like. May be given several times.
    #[arg(long = "audience", required = true, value_parser = audience, value_name = "NAME:MODE")]
    audiences: Vec<Audience>,
    /// Nothing is shown of fewer people.
    #[arg(long, default_value_t = RoundThresholds::default().least_respondents)]
    least_respondents: u32,
    /// A change is called up or down only from so many points.
    #[arg(long, default_value_t = RoundThresholds::default().least_change)]
    least_change: f64,
    /// When it is to open, RFC 3339.
    #[arg(long)]
    opens_at: Option<jiff::Timestamp>,
    /// When it is to close, RFC 3339.
    #[arg(long)]
    closes_at: Option<jiff::Timestamp>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Which round.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// The round.
    id: RoundId,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Flags of `rapport round extend`.
#[derive(Debug, clap::Args)]
pub struct Extend {
    /// The round.
    id: RoundId,
    /// When it is to close, RFC 3339: later than it would, and at most a year after it opened.
    #[arg(long)]
    closes_at: jiff::Timestamp,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Flags of `rapport round seal`.
#[derive(Debug, clap::Args)]
pub struct Seal {
    /// The round.
    id: RoundId,
    /// Why a sealed result is corrected.
    #[arg(long)]
    reason: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Runs a command about rounds.
///
/// # Errors
/// [`Failure`] with the remedy.
pub async fn run(context: &Context, command: RoundCommand) -> Outcome {
    let store = context.existing_store().await?;
    match command {
        RoundCommand::List(args) => list(&store, &args).await,
        RoundCommand::Create(args) => create(&store, args).await,
        RoundCommand::Schedule(which) => take(context, &store, which, HandStep::Schedule).await,
        RoundCommand::Withdraw(which) => take(context, &store, which, HandStep::Withdraw).await,
        RoundCommand::Open(which) => take(context, &store, which, HandStep::Open).await,
        RoundCommand::Extend(args) => extend(&store, args).await,
        RoundCommand::Close(which) => take(context, &store, which, HandStep::Close).await,
        RoundCommand::Seal(args) => seal(&store, args).await,
        RoundCommand::Publish(which) => take(context, &store, which, HandStep::Publish).await,
        RoundCommand::Verify(which) => verify(&store, which).await,
    }
}

#[derive(Serialize)]
struct Line {
    id: RoundId,
    title: String,
    state: &'static str,
    survey: SurveyId,
    version: VersionNumber,
    opens: Option<String>,
    closes: Option<String>,
    promise_digest: Option<String>,
}

impl From<Round> for Line {
    fn from(round: Round) -> Self {
        Self {
            state: round.state.as_str(),
            opens: round.opened_at.or(round.opens_at).map(|at| at.to_string()),
            closes: round.closed_at.or(round.closes_at).map(|at| at.to_string()),
            promise_digest: round.promise.map(|frozen| frozen.digest),
            id: round.id,
            title: round.title,
            survey: round.survey,
            version: round.version,
        }
    }
}

const HEADINGS: [&str; 6] = ["round", "state", "survey", "opens", "closes", "title"];

fn cells(line: &Line) -> Vec<String> {
    let by_hand = || "by hand".to_owned();
    vec![
        line.id.to_string(),
        line.state.to_owned(),
        format!("{}@{}", line.survey, line.version),
        line.opens.clone().unwrap_or_else(by_hand),
        line.closes.clone().unwrap_or_else(by_hand),
        line.title.clone(),
    ]
}

async fn list(store: &Store, args: &List) -> Outcome {
    let rounds = store.read(|conn| round::list(conn, None, u32::MAX)).await?;
    let lines: Vec<Line> = rounds.into_iter().map(Line::from).collect();
    output::print(args.format, &lines, &HEADINGS, lines.iter().map(cells))
}

async fn create(store: &Store, args: Create) -> Outcome {
    let (survey, version) = args.survey;
    let new = NewRound {
        id: args.id,
        title: args.title,
        survey,
        version,
        audiences: args.audiences,
        thresholds: RoundThresholds {
            least_respondents: args.least_respondents,
            least_change: args.least_change,
        },
        opens_at: args.opens_at,
        closes_at: args.closes_at,
    };
    let now = clock::now();
    let round = store
        .write(move |conn| desk::create(conn, &Actor::operator(), new, now))
        .await?;
    show(round, args.format)
}

async fn take(context: &Context, store: &Store, which: Which, step: HandStep) -> Outcome {
    let now = clock::now();
    let keys = match step {
        HandStep::Open => open_keys(context, store, &which.id, now).await?,
        _ => opening::ready(store, context.keyring()?.as_ref(), &which.id, step, now).await?,
    };
    let round = store
        .write(move |conn| desk::take(conn, &Actor::operator(), &which.id, step, &keys, now))
        .await?;
    if step == HandStep::Close {
        store.scrub_after("close").await;
    }
    show(round, which.format)
}

async fn extend(store: &Store, args: Extend) -> Outcome {
    let now = clock::now();
    let round = store
        .write(move |conn| desk::extend(conn, &Actor::operator(), &args.id, args.closes_at, now))
        .await?;
    show(round, args.format)
}

/// Making keys for many units takes a while: a bar says how far it is.
async fn open_keys(
    context: &Context,
    store: &Store,
    id: &RoundId,
    now: jiff::Timestamp,
) -> Result<NewKeys, Failure> {
    let bar = output::bar("{bar:40} {pos}/{len} signing keys");
    let told = bar.clone();
    let keyring = context.keyring()?;
    let keys = opening::keys_for(store, keyring.as_ref(), id, now, move |done, all| {
        told.set_length(output::count(all));
        told.set_position(output::count(done));
    });
    let keys = keys.await?;
    bar.finish_and_clear();
    Ok(keys)
}

fn show(round: Round, format: Format) -> Outcome {
    let line = Line::from(round);
    output::print(format, &line, &HEADINGS, [cells(&line)])
}

async fn seal(store: &Store, args: Seal) -> Outcome {
    let now = clock::now();
    let shown = Shown::on_terminal();
    let operator = Actor::operator();
    let sealing = report::desk::seal(store, &operator, &args.id, args.reason, now, shown.told());
    let sealed = sealing.await;
    shown.end();
    let sealed = sealed?;
    let row = vec![
        sealed.round.to_string(),
        sealed.revision.to_string(),
        sealed.figures.to_string(),
        sealed.withheld.to_string(),
        sealed.digest.clone(),
    ];
    let value = serde_json::json!({
        "round": sealed.round, "revision": sealed.revision, "figures": sealed.figures,
        "withheld": sealed.withheld, "digest": sealed.digest,
    });
    output::print(
        args.format,
        &value,
        &["round", "revision", "figures", "withheld", "digest"],
        [row],
    )
}

async fn verify(store: &Store, which: Which) -> Outcome {
    let shown = Shown::on_terminal();
    let found = report::desk::verify(store, &which.id, shown.told()).await;
    shown.end();
    let found = found?;
    let row = vec![
        found.round.to_string(),
        found.revision.to_string(),
        found.figures.to_string(),
        found.digest.clone(),
        found
            .difference
            .clone()
            .unwrap_or_else(|| "the same to the last bit".to_owned()),
    ];
    let headings = ["round", "revision", "figures", "digest", "found"];
    output::print(which.format, &found, &headings, [row])?;
    match (&found.difference, found.sealed_by_method) {
        (None, _) => Ok(()),
        (Some(_), Some(version)) => Err(Failure::Input(format!(
            "`{}` was sealed by method version {version}; verify it with a release of Rapport that computes that version",
            found.round
        ))),
        (Some(_), None) => Err(Failure::Input(format!(
            "the sealed result of `{}` is not what its stored responses give; keep the database as it is and compare \
             it with a backup",
            found.round
        ))),
    }
}

fn survey_version(text: &str) -> Result<(SurveyId, VersionNumber), String> {
    let read = || {
        let (survey, version) = text.rsplit_once('@')?;
        Some((survey.parse().ok()?, version.parse().ok()?))
    };
    read().ok_or_else(|| "write SURVEY@VERSION, e.g. quarterly-pulse@1".to_owned())
}

fn audience(text: &str) -> Result<Audience, String> {
    let mut parts = text.splitn(3, ':');
    let name: AudienceName = match parts.next().map(str::parse) {
        Some(Ok(name)) => name,
        Some(Err(bad)) => return Err(bad.to_string()),
        None => return Err("write NAME:MODE".to_owned()),
    };
    let mode = match parts.next() {
        Some("anonymous") => Mode::Anonymous,
        Some("attributed") => Mode::Attributed,
        _ => return Err(format!("write {name}:anonymous or {name}:attributed")),
    };
    Ok(Audience {
        title: parts.next().unwrap_or(name.as_str()).to_owned(),
        name,
        mode,
    })
}

impl From<RoundError> for Failure {
    fn from(error: RoundError) -> Self {
        match error {
            RoundError::Store(error) => error.into(),
            RoundError::Unrecorded(error) => error.into(),
            RoundError::NoRandomness(_) | RoundError::NotCanonical(_) => Self::System(error.to_string()),
            RoundError::Roster(problems) => Self::Input(format!("nothing was imported:\n{problems}")),
            other => Self::Input(other.to_string()),
        }
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Round(error) => error.into(),
            SealError::Store(error) => error.into(),
            SealError::NotSealed(_)
            | SealError::SealedAlready(_)
            | SealError::NoReason
            | SealError::Changed(_)
            | SealError::UnderWay(_) => Self::Input(error.to_string()),
            SealError::Corrupt { .. } | SealError::NotCanonical(_) => Self::System(error.to_string()),
        }
    }
}
