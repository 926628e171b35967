//! `rapport bench mail`: how fast the outbox of a large round is drained, while the process that sends is killed on the way.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::sink::{Count, Sink};
use super::subject::Subject;
use super::{failed, migrated, world};
use crate::cli::{Context, Failure, Format, Outcome, output};
use crate::clock;
use crate::identity::Actor;
use crate::post::PostError;
use crate::post::mailing::{self, Kind, Order};
use crate::store::{Store, outbox, rounds};

/// Flags of `rapport bench mail`.
#[derive(Debug, clap::Args)]
pub struct Mail {
    /// How many people are invited by mail.
    #[arg(long, default_value_t = 200_000)]
    people: usize,
    /// Over how many connections.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// How often the process that sends is killed (SIGKILL) on the way, in equal parts of the way.
    #[arg(long, default_value_t = 2)]
    kills: usize,
    /// How many seconds handing over one mail may take. Mails that a killed process held are taken again after five times that.
    #[arg(long, default_value_t = 2)]
    timeout: u64,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Serialize)]
struct Measured {
    people: usize,
    connections: usize,
    kills: usize,
    /// From the start of the first sender until the outbox was empty, waiting for what the killed ones held included.
    seconds: f64,
    /// Until 99 in 100 had their mail.
    seconds_to_99_per_cent: f64,
    /// Over those 99 in 100.
    mails_per_second: f64,
    /// People with a mail.
    reached: usize,
    /// People with a second copy of it, under the same Message-ID: at most one for each connection and kill.
    twice: usize,
    /// Mails beyond the first that are no copies; must be none.
    others: usize,
    /// Of the sender at the end, in MiB.
    memory: f64,
}

/// How often somebody looks.
const LOOK: Duration = Duration::from_millis(50);

/// So long nothing may happen before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs a measurement.
///
/// # Errors
/// [`Failure`] when the database is not empty, or when somebody got no mail or another mail.
pub async fn run(context: &Context, args: Mail) -> Outcome {
    let url = context.config.database()?;
    let store = migrated(&url).await?;
    let known = store.read(|conn| rounds::page(conn, None, 1)).await?;
    if !known.is_empty() {
        return Err(Failure::Input(
            "the database is not empty; give the measurement an empty folder or database of its own: --data-dir bench"
                .to_owned(),
        ));
    }
    drop(world::open_round(&store, "bench", args.people).await?);
    order(&store).await?;
    let sink = Sink::start().await?;
    let post = [
        ("RAPPORT_SMTP_URL", format!("smtp+plain://{}", sink.address)),
        (
            "RAPPORT_MAIL_FROM",
            "Survey <survey@bench.example.gov>".to_owned(),
        ),
        ("RAPPORT_MAIL_CONNECTIONS", args.connections.to_string()),
        ("RAPPORT_MAIL_TIMEOUT", args.timeout.to_string()),
    ];
    let bar = output::bar("{bar:40} {pos}/{len} people  {elapsed} (about {eta} left)");
    bar.set_length(output::count(args.people));
    let begun = Instant::now();
    let mut nearly = None;
    let mut sender = Subject::start_with(&url, 1000, &post)?;
    let (mut killed, mut last, mut moved) = (0, 0, Instant::now());
    while !is_done(&store, sink.count(), args.people).await? {
        let people = sink.count().people;
        bar.set_position(output::count(people));
        if people != last {
            (last, moved) = (people, Instant::now());
        }
        if moved.elapsed() > PATIENCE {
            return Err(failed(format!(
                "no mail came for {PATIENCE:?}; {people} people have theirs"
            )));
        }
        if nearly.is_none() && people * 100 >= args.people * 99 {
            nearly = Some(begun.elapsed().as_secs_f64());
        }
        if killed < args.kills && people * (args.kills + 1) >= args.people * (killed + 1) {
            killed += 1;
            // Dropped is killed: nothing is said to it, and nothing is handed over.
            drop(sender);
            sender = Subject::start_with(&url, 1000, &post)?;
        }
        tokio::time::sleep(LOOK).await;
    }
    bar.finish_and_clear();
    let measured = measured(&args, begun, nearly, sink.count(), sender.memory());
    drop(sender);
    tell(&args, &measured)
}

/// Whether everybody has a mail, and nothing waits any more.
async fn is_done(store: &Store, count: Count, people: usize) -> Result<bool, Failure> {
    if count.people < people {
        return Ok(false);
    }
    let ever = i64::MAX;
    Ok(!store.read(move |conn| outbox::any_due(conn, ever)).await?)
}

async fn order(store: &Store) -> Result<(), Failure> {
    let order = Order {
        round: "bench".parse().map_err(failed)?,
        audience: "staff".parse().map_err(failed)?,
        kind: Kind::Invitation,
        send_at: None,
    };
    let ordered = store.write(move |conn| mailing::order(conn, &Actor::operator(), &order, clock::now()));
    ordered.await.map(drop).map_err(|error: PostError| failed(error))
}

fn measured(args: &Mail, begun: Instant, nearly: Option<f64>, count: Count, memory: f64) -> Measured {
    let seconds = begun.elapsed().as_secs_f64();
    let nearly = nearly.unwrap_or(seconds);
    let most = u32::try_from(args.people).map_or(f64::MAX, f64::from) * 0.99;
    Measured {
        people: args.people,
        connections: args.connections,
        kills: args.kills,
        seconds,
        seconds_to_99_per_cent: nearly,
        mails_per_second: most / nearly,
        reached: count.people,
        twice: count.twice,
        others: count.others,
        memory,
    }
}

fn tell(args: &Mail, measured: &Measured) -> Outcome {
    let row = vec![
        measured.people.to_string(),
        measured.kills.to_string(),
        format!("{:.1}", measured.seconds),
        format!("{:.1}", measured.seconds_to_99_per_cent),
        format!("{:.0}", measured.mails_per_second),
        measured.reached.to_string(),
        measured.twice.to_string(),
        measured.others.to_string(),
        format!("{:.0}", measured.memory),
    ];
    let headings = [
        "people",
        "kills",
        "seconds",
        "to 99 %",
        "mails/s",
        "reached",
        "second copy",
        "another mail",
        "MiB",
    ];
    output::print(args.format, measured, &headings, [row])?;
    if measured.others > 0 || measured.twice > measured.kills * measured.connections {
        return Err(failed("somebody got more mails than a kill explains"));
    }
    Ok(())
}
