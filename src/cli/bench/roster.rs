//! `rapport bench roster`: a large roster, looked at and imported as somebody does on the pages.

use std::time::Instant;

use serde::Serialize;

use super::filled::{self, Size};
use super::{failed, forget_peak, peak_memory};
use crate::cli::{Context, Failure, Format, Outcome, output};
use crate::clock;
use crate::identity::Actor;
use crate::round::roster_match::Matching;
use crate::round::{self, Audience, AudienceName, Mode, NewRound, RoundError, RoundId, RoundThresholds};
use crate::round::{desk, roster_look};
use crate::store::Store;

/// Flags of `rapport bench roster`.
#[derive(Debug, clap::Args)]
pub struct Roster {
    /// How many people it has.
    #[arg(long, default_value_t = 200_000)]
    people: u32,
    /// Of how many agencies.
    #[arg(long, default_value_t = 120)]
    agencies: u32,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Serialize)]
struct Measured {
    people: u32,
    agencies: u32,
    /// Of the file, in megabytes.
    megabytes: f64,
    /// Keeping the file until it is imported, in seconds.
    keeping: f64,
    /// The first look at it.
    looking: f64,
    /// Importing it, with a link for everybody.
    importing: f64,
    /// A look at the next roster, compared with this one: one in twenty left, one in twenty joined, one in twenty moved.
    comparing: f64,
    joined: usize,
    left: usize,
    /// In megabytes; none where the system does not tell.
    peak_memory: Option<u64>,
}

/// Runs a measurement.
///
/// # Errors
/// [`Failure`] when the database is not empty or fails.
pub async fn run(context: &Context, args: Roster) -> Outcome {
    let store = context.store().await?;
    if !store.read(|conn| round::list(conn, None, 1)).await?.is_empty() {
        return Err(Failure::Input(
            "the database is not empty; give the measurement an empty folder or database of its own: --data-dir bench"
                .to_owned(),
        ));
    }
    let (id, name) = planned(&store, &args).await?;
    let bar = output::bar("{bar:20} {pos}/{len} {msg}  {elapsed}");
    bar.set_length(4);
    let (first, next) = (csv(&args, 0), csv(&args, args.people / 20));
    let megabytes = u32::try_from(first.len()).map_or(f64::MAX, f64::from) / 1e6;
    forget_peak();
    bar.set_message("keeping the file");
    let (_, keeping) = timed(keep(&store, &id, &name, first.clone())).await?;
    bar.inc(1);
    bar.set_message("looking at it");
    let (_, looking) = timed(look(&store, &id, &name, first)).await?;
    bar.inc(1);
    bar.set_message("importing it");
    let (_, importing) = timed(import(&store, &id, &name)).await?;
    bar.inc(1);
    bar.set_message("looking at the next one");
    let (look, comparing) = timed(look(&store, &id, &name, next)).await?;
    bar.finish_and_clear();
    let change = look.change.ok_or_else(|| failed("nothing was compared"))?;
    let measured = Measured {
        people: args.people,
        agencies: args.agencies,
        megabytes,
        keeping,
        looking,
        importing,
        comparing,
        joined: change.joined,
        left: change.left,
        peak_memory: peak_memory(),
    };
    tell(&args, &measured)
}

/// What a step gives, and how many seconds it took.
async fn timed<T>(step: impl Future<Output = Result<T, Failure>>) -> Result<(T, f64), Failure> {
    let begun = Instant::now();
    let done = step.await?;
    Ok((done, begun.elapsed().as_secs_f64()))
}

async fn planned(store: &Store, args: &Roster) -> Result<(RoundId, AudienceName), Failure> {
    let size = Size {
        responses: args.people,
        agencies: args.agencies,
    };
    let definition = filled::prepare(store, size, clock::now()).await?;
    let (id, name): (RoundId, AudienceName) =
        ("bench".parse().map_err(failed)?, "staff".parse().map_err(failed)?);
    let plan = NewRound {
        id: id.clone(),
        title: "Bench".to_owned(),
        survey: definition.id,
        version: definition.version,
        audiences: vec![Audience {
            name: name.clone(),
            title: "Staff".to_owned(),
            mode: Mode::Anonymous,
        }],
        thresholds: RoundThresholds::default(),
        opens_at: None,
        closes_at: None,
    };
    let made = store.write(move |conn| desk::create(conn, &Actor::operator(), plan, clock::now()));
    made.await?;
    Ok((id, name))
}

/// A roster as an office sends it, of the people from the number `from` on: one in twenty of them in another agency when they are
/// not the first ones.
fn csv(args: &Roster, from: u32) -> Vec<u8> {
    let mut csv = "agency;person;name;email;language;role\r\n".to_owned();
    for number in from..args.people + from {
        let moved = u32::from(from > 0 && number % 20 == 0);
        let agency = (number + moved) % args.agencies.max(1);
        let language = if number % 5 == 0 { "es" } else { "en" };
        csv.push_str(&format!(
            "A{agency:03};p{number};Somebody Number {number};p{number}@agency-{agency}.example.gov;{language};staff\r\n"
        ));
    }
    csv.into_bytes()
}

async fn keep(store: &Store, id: &RoundId, name: &AudienceName, csv: Vec<u8>) -> Result<(), Failure> {
    let (id, name) = (id.clone(), name.clone());
    let kept =
        store.write(move |conn| roster_look::keep(conn, &Actor::operator(), &id, &name, &csv, clock::now()));
    Ok(kept.await?)
}

async fn look(
    store: &Store,
    id: &RoundId,
    name: &AudienceName,
    csv: Vec<u8>,
) -> Result<roster_look::Look, Failure> {
    let (id, name) = (id.clone(), name.clone());
    let look = store.read(move |conn| roster_look::look(conn, &id, &name, &csv, &Matching::default()));
    let look = look.await?;
    match look.problems.len() {
        0 => Ok(look),
        problems => Err(failed(format!("the roster has {problems} problems"))),
    }
}

async fn import(store: &Store, id: &RoundId, name: &AudienceName) -> Result<(), Failure> {
    let (id, name) = (id.clone(), name.clone());
    let imported =
        store.write(move |conn| roster_look::import(conn, &Actor::operator(), &id, &name, clock::now()));
    imported.await.map(drop).map_err(|error: RoundError| error.into())
}

fn tell(args: &Roster, measured: &Measured) -> Outcome {
    let seconds = |seconds: f64| format!("{seconds:.2}");
    let row = vec![
        measured.people.to_string(),
        format!("{:.1}", measured.megabytes),
        seconds(measured.keeping),
        seconds(measured.looking),
        seconds(measured.importing),
        seconds(measured.comparing),
        measured.joined.to_string(),
        measured.left.to_string(),
        measured
            .peak_memory
            .map_or_else(String::new, |peak| peak.to_string()),
    ];
    let headings = [
        "people",
        "MB",
        "keeping s",
        "looking s",
        "importing s",
        "comparing s",
        "joined",
        "left",
        "peak MB",
    ];
    output::print(args.format, measured, &headings, [row])
}
