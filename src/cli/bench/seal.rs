//! `rapport bench seal`: how long sealing takes on this machine, on invented responses.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;

use super::filled::{self, Size};
use super::{failed, forget_peak, peak_memory};
use crate::cli::progress::Shown;
use crate::cli::{Context, Failure, Format, Outcome, output};
use crate::clock;
use crate::identity::Actor;
use crate::report::desk;
use crate::report::seal::Phase;
use crate::round::{self, RoundId};
use crate::store::Store;

/// Flags of `rapport bench seal`.
#[derive(Debug, clap::Args)]
pub struct Seal {
    /// How many responses.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    responses: u32,
    /// Over how many agencies.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    agencies: u32,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Seconds of each part, and the most memory the process ever had.
#[derive(Debug, Serialize)]
struct Measured {
    responses: u32,
    agencies: u32,
    figures: usize,
    filling: f64,
    reading: f64,
    computing: f64,
    resampling: f64,
    storing: f64,
    sealing: f64,
    /// In megabytes; none where the system does not tell.
    peak_memory: Option<u64>,
}

/// Runs a measurement.
///
/// # Errors
/// [`Failure`] when the database is not empty or fails.
pub async fn run(context: &Context, args: Seal) -> Outcome {
    let store = context.store().await?;
    if !store.read(|conn| round::list(conn, None, 1)).await?.is_empty() {
        return Err(Failure::Input(
            "the database is not empty; give the measurement an empty folder or database of its own: --data-dir bench"
                .to_owned(),
        ));
    }
    let filling = Instant::now();
    let round = filled(&store, &args).await?;
    let filling = filling.elapsed().as_secs_f64();
    let measured = seal(&store, &round, &args, filling).await?;
    let row = vec![
        measured.responses.to_string(),
        measured.figures.to_string(),
        format!("{:.2}", measured.reading),
        format!("{:.2}", measured.computing),
        format!("{:.2}", measured.resampling),
        format!("{:.2}", measured.storing),
        format!("{:.2}", measured.sealing),
        measured
            .peak_memory
            .map_or_else(String::new, |peak| peak.to_string()),
    ];
    let headings = [
        "responses",
        "figures",
        "reading s",
        "computing s",
        "resampling s",
        "storing s",
        "sealing s",
        "peak MB",
    ];
    output::print(args.format, &measured, &headings, [row])
}

async fn filled(store: &Store, args: &Seal) -> Result<RoundId, Failure> {
    let size = Size {
        responses: args.responses,
        agencies: args.agencies,
    };
    let (round, closed): (RoundId, _) = ("bench".parse().map_err(failed)?, clock::now());
    let definition = filled::prepare(store, size, closed - filled::OPEN_FOR).await?;
    filled::round(store, &definition, &round, size, closed).await?;
    Ok(round)
}

async fn seal(store: &Store, round: &RoundId, args: &Seal, filling: f64) -> Result<Measured, Failure> {
    forget_peak();
    let shown = Shown::on_terminal();
    let moves = shown.told();
    let begun = Instant::now();
    let phases = std::sync::Arc::new(std::sync::Mutex::new(BTreeMap::<&'static str, f64>::new()));
    let noted = std::sync::Arc::clone(&phases);
    let told: desk::Told = std::sync::Arc::new(move |progress| {
        let name = progress.phase.words();
        let mut noted = noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // The end of a phase, since the next is told of when its first task is done.
        if progress.done >= progress.total {
            noted.insert(name, begun.elapsed().as_secs_f64());
        }
        drop(noted);
        moves(progress);
    });
    let operator = Actor::operator();
    let sealed = desk::seal(store, &operator, round, None, clock::now(), told).await;
    shown.end();
    let sealing = begun.elapsed().as_secs_f64();
    let sealed = sealed?;
    let phases = phases.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let at = |name: &str| phases.get(name).copied().unwrap_or(0.0);
    let (read, computed) = (at(Phase::Reading.words()), at(Phase::Computing.words()));
    let resampled = at(Phase::Resampling.words()).max(computed);
    Ok(Measured {
        responses: args.responses,
        agencies: args.agencies,
        figures: sealed.figures,
        filling,
        reading: read,
        computing: computed - read,
        resampling: resampled - computed,
        storing: sealing - resampled,
        sealing,
        peak_memory: peak_memory(),
    })
}
