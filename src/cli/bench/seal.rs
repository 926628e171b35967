//! `rapport bench seal`: how long sealing takes on this machine, on invented responses.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde::Serialize;

use crate::agency::{self, AgencyCode};
use crate::cli::progress::Shown;
use crate::cli::{Context, Failure, Format, Outcome, output};
use crate::clock;
use crate::collect::packed::{Layout, NO_NUMBER, NOT_ANSWERED, OPT_OUT, Slot};
use crate::identity::Actor;
use crate::report::desk;
use crate::report::seal::Phase;
use crate::round::{
    self, Audience, Mode, NewRound, Promise, PromisedAudience, RoundId, RoundState, RoundThresholds,
};
use crate::store::responses::{self, ResponseRow};
use crate::store::rounds::Milestone;
use crate::store::{Conn, Store, rounds};
use crate::survey::canonical::{canonical, digest_of_text};
use crate::survey::definition::Definition;
use crate::survey::{parse, publish};

/// Flags of `rapport bench seal`.
#[derive(Debug, clap::Args)]
pub struct Seal {
    /// How many responses.
    #[arg(long, default_value_t = 1_000_000)]
    responses: u32,
    /// Over how many agencies.
    #[arg(long, default_value_t = 120)]
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

/// Responses of one transaction while filling.
const AT_ONCE: u32 = 20_000;

/// The survey that is answered.
const SURVEY: &[u8] = include_bytes!("../../../surveys/agency-partnership.v1.json");

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
    let round = fill(&store, &args).await?;
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

/// Lets the system count the peak anew, where it can: filling is not what is measured.
fn forget_peak() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// The most memory since then, in megabytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kilobytes / 1024)
}

/// A closed round with its responses. Its promise is made of whole cloth: a roster of as many people would take longer
/// than everything that is measured.
async fn fill(store: &Store, args: &Seal) -> Result<RoundId, Failure> {
    let definition = parse::parse(SURVEY).map_err(|problems| Failure::System(format!("{problems:?}")))?;
    let layout = Layout::of(&definition);
    let codes: Vec<String> = (0..args.agencies).map(|number| format!("A{number:03}")).collect();
    let round: RoundId = "bench"
        .parse()
        .map_err(|error| Failure::System(format!("{error}")))?;
    let closed = clock::now();
    let (each, agencies, id, asked) = (people_of(args), codes.clone(), round.clone(), definition.clone());
    store
        .write(move |conn| open(conn, &id, &asked, &agencies, each, closed))
        .await?;
    let mut generator = ChaCha12Rng::seed_from_u64(1);
    let mut left = args.responses;
    while left > 0 {
        let now = left.min(AT_ONCE);
        let rows: Vec<ResponseRow> = (0..now)
            .map(|number| {
                let at = usize::try_from((left - number) % args.agencies.max(1)).unwrap_or(0);
                ResponseRow {
                    key: generator.random::<[u8; 16]>().to_vec(),
                    round: round.to_string(),
                    audience: "staff".to_owned(),
                    agency: codes.get(at).cloned().unwrap_or_default(),
                    person: None,
                    answers: record(&layout, at, &mut generator),
                }
            })
            .collect();
        store.write(move |conn| responses::insert(conn, &rows)).await?;
        left -= now;
    }
    let id = round.clone();
    let close = move |conn: &mut Conn| {
        rounds::transition(
            conn,
            &id,
            RoundState::Open,
            RoundState::Closed,
            Milestone::Closed(closed),
        )
    };
    store.write(close).await?;
    Ok(round)
}

/// People of each agency: half as many again as will answer.
fn people_of(args: &Seal) -> u32 {
    let each = args.responses.div_ceil(args.agencies.max(1));
    each + each / 2 + 3
}

fn open(
    conn: &mut Conn,
    id: &RoundId,
    definition: &Definition,
    codes: &[String],
    each: u32,
    closed: Timestamp,
) -> Result<(), Failure> {
    let system = |error: &dyn std::fmt::Display| Failure::System(error.to_string());
    let opened = closed - SignedDuration::from_hours(24 * 20);
    let mut csv = "code,name\n".to_owned();
    for code in codes {
        csv.push_str(&format!("{code},Agency {code}\n"));
    }
    agency::import(conn, csv.as_bytes(), None).map_err(|error| system(&error))?;
    publish::publish(conn, definition, "bench", opened).map_err(|error| system(&error))?;
    let audience = Audience {
        name: "staff"
            .parse()
            .map_err(|error: crate::slug::BadSlug| system(&error))?,
        title: "Staff".to_owned(),
        mode: Mode::Anonymous,
    };
    let new = NewRound {
        id: id.clone(),
        title: "Bench".to_owned(),
        survey: definition.id.clone(),
        version: definition.version,
        audiences: vec![audience.clone()],
        thresholds: RoundThresholds::default(),
        opens_at: None,
        closes_at: None,
    };
    round::create(conn, new)?;
    let headcounts: BTreeMap<AgencyCode, u32> = codes
        .iter()
        .filter_map(|code| Some((code.parse().ok()?, each)))
        .collect();
    // Roles as the roster knows them, so that means are post-stratified.
    let (leads, it) = (each / 10, each / 5);
    let segments = headcounts.keys().map(|code| {
        let roles = BTreeMap::from([
            ("staff".to_owned(), each - leads - it),
            ("it".to_owned(), it),
            ("lead".to_owned(), leads),
        ]);
        let of = "role"
            .parse()
            .map(|role| BTreeMap::from([(role, roles)]))
            .unwrap_or_default();
        (code.clone(), of)
    });
    let promised = PromisedAudience {
        mode: Mode::Anonymous,
        segments: segments.collect(),
        headcounts,
        clusters: BTreeMap::new(),
        roster_digest: String::new(),
    };
    let version = publish::find(conn, &definition.id, definition.version)?;
    let promise = Promise {
        round: id.clone(),
        survey: definition.id.clone(),
        version: definition.version,
        definition_digest: version.map(|version| version.digest).unwrap_or_default(),
        thresholds: RoundThresholds::default(),
        opens_at: opened.to_string(),
        closes_at: None,
        audiences: BTreeMap::from([(audience.name, promised)]),
        manifest_digest: None,
    };
    let text = canonical(&promise).map_err(|error| system(&error))?;
    let digest = digest_of_text(&text);
    rounds::open(conn, id, RoundState::Draft, opened, &text, &digest)?;
    Ok(())
}

/// Answers that lean together as people's do: each person has a mood around that of the agency. One in twenty answers is
/// missing.
fn record(layout: &Layout, agency: usize, generator: &mut ChaCha12Rng) -> Vec<u8> {
    let lean = crate::measure::numeric::real(agency % 17) / 40.0;
    let mood = 0.3 + lean + 0.4 * generator.random::<f64>();
    let mut record = Vec::with_capacity(layout.width());
    for column in layout.columns() {
        match column.slot {
            Slot::Rating { points } => record.push(rating(points, mood, generator)),
            Slot::Pair {
                importance,
                satisfaction,
            } => {
                record.push(rating(importance, 0.8, generator));
                record.push(rating(satisfaction, mood, generator));
            }
            // Those who are many come first in the form.
            Slot::Single { options } => {
                let place = generator.random::<f64>().powi(2) * f64::from(options);
                record.push(1 + whole(place).min(options.saturating_sub(1)));
            }
            Slot::Multiple { .. } => record.extend(std::iter::repeat_n(NOT_ANSWERED, column.slot.width())),
            Slot::Number => record.extend(NO_NUMBER),
        }
    }
    record
}

fn rating(points: u8, mood: f64, generator: &mut ChaCha12Rng) -> u8 {
    match generator.random_range(0..40_u8) {
        0 => NOT_ANSWERED,
        1 => OPT_OUT,
        _ => {
            let noise = (generator.random::<f64>() + generator.random::<f64>() - 1.0) * 0.35;
            let score = (mood + noise).clamp(0.0, 0.999);
            1 + whole(score * f64::from(points))
        }
    }
}

fn whole(value: f64) -> u8 {
    u8::try_from(crate::measure::numeric::convert::position(value)).unwrap_or(u8::MAX)
}
