//! `rapport scorecard`: what everybody may see without signing in. Off unless a round is put on it.

use std::collections::BTreeMap;

use super::{Context, Failure, Format, Outcome, output};
use crate::agency::AgencyCode;
use crate::clock;
use crate::identity::Actor;
use crate::report::scorecard::{self, Scorecard, ScorecardError};
use crate::round::RoundId;

/// What can be done with the scorecard.
#[derive(Debug, clap::Subcommand)]
pub enum ScorecardCommand {
    /// Put a published round on it, with the agencies that agreed.
    #[command(
        after_help = "Example:\n  rapport scorecard show partnership-2026 --licence CC-BY-4.0 \
        --agreed 'DOT=Jane Doe, director' --agreed 'REV=John Roe, deputy'"
    )]
    Show(Show),
    /// Take a round off it.
    #[command(after_help = "Example:\n  rapport scorecard hide partnership-2026")]
    Hide(Hide),
    /// List what is on it.
    #[command(after_help = "Example:\n  rapport scorecard list --format json")]
    List(List),
}

/// Flags of `rapport scorecard show`.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// The round.
    round: RoundId,
    /// The licence under which the data may be used.
    #[arg(long)]
    licence: String,
    /// An agency that agreed to stand on it by name, and who agreed for it: `CODE=NAME`. Again for each.
    #[arg(long, value_name = "CODE=NAME")]
    agreed: Vec<String>,
}

/// Flags of `rapport scorecard hide`.
#[derive(Debug, clap::Args)]
pub struct Hide {
    /// The round.
    round: RoundId,
}

/// Flags of `rapport scorecard list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Runs a command about the scorecard.
///
/// # Errors
/// [`Failure`] with the remedy.
pub async fn run(context: &Context, command: ScorecardCommand) -> Outcome {
    let store = context.existing_store().await?;
    let now = clock::now();
    match command {
        ScorecardCommand::Show(args) => {
            let card = Scorecard {
                round: args.round,
                licence: args.licence,
                agencies: agreed(&args.agreed)?,
            };
            let round = card.round.clone();
            store
                .write(move |conn| scorecard::show(conn, &Actor::operator(), &card, now))
                .await?;
            output::say!("`{round}` is public at /scorecard");
            Ok(())
        }
        ScorecardCommand::Hide(args) => {
            let round = args.round.clone();
            let was_there = store
                .write(move |conn| scorecard::hide(conn, &Actor::operator(), &round, now))
                .await?;
            if was_there {
                output::say!("`{}` is no longer public", args.round);
                Ok(())
            } else {
                Err(Failure::Input(format!(
                    "`{}` is not on the scorecard; `rapport scorecard list` shows what is",
                    args.round
                )))
            }
        }
        ScorecardCommand::List(args) => {
            let cards = store.read(scorecard::list).await?;
            let row = |card: &Scorecard| {
                let agencies: Vec<&str> = card.agencies.keys().map(AgencyCode::as_str).collect();
                vec![card.round.to_string(), card.licence.clone(), agencies.join(" ")]
            };
            let told: Vec<_> = cards
                .iter()
                .map(|card| {
                    serde_json::json!({ "round": card.round, "licence": card.licence, "agencies": card.agencies })
                })
                .collect();
            output::print(
                args.format,
                &told,
                &["round", "licence", "agencies"],
                cards.iter().map(row),
            )
        }
    }
}

fn agreed(given: &[String]) -> Result<BTreeMap<AgencyCode, String>, Failure> {
    let mut agencies = BTreeMap::new();
    for text in given {
        let (code, name) = text.split_once('=').unwrap_or((text, ""));
        let code: AgencyCode = code
            .trim()
            .parse()
            .map_err(|error| Failure::Input(format!("--agreed `{text}`: {error}")))?;
        agencies.insert(code, name.trim().to_owned());
    }
    Ok(agencies)
}

impl From<ScorecardError> for Failure {
    fn from(error: ScorecardError) -> Self {
        match error {
            ScorecardError::Store(error) => error.into(),
            ScorecardError::Unrecorded(error) => error.into(),
            other => Self::Input(other.to_string()),
        }
    }
}
